//! Mounts file systems and files for one test, in a mount namespace that ends with the test. Other processes do not
//! see them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::strace::strace;
use super::{Call, Sandbox, has_tool, is_root, skipped};

/// A process that keeps a mount namespace until it ends.
pub struct Mounted<'a> {
    holder: Child,
    /// The number of the process in `/proc`. It differs from the number of the child if `/proc` belongs to another
    /// process namespace than the test.
    id: String,
    sandbox: &'a Sandbox,
}

impl<'a> Mounted<'a> {
    /// Runs this shell command in the working directory and in a new mount namespace. If the test cannot mount, reports
    /// the test as skipped and returns `None`.
    pub fn new(sandbox: &'a Sandbox, command: &str) -> Option<Self> {
        let unshare = ["-m", "--propagation", "private"];
        if !is_root()
            || !has_tool("unshare", &[&unshare[..], &["mount", "-t", "tmpfs", "none", "/mnt"]].concat())
        {
            skipped("only root can mount, and not in every container");
            return None;
        }
        let script = format!("{command} && read id rest </proc/self/stat && echo ready $id && read end");
        let mut holder = Command::new("unshare");
        holder.args(unshare).args(["sh", "-c", &script]).current_dir(sandbox.work());
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let id = line.strip_prefix("ready ").unwrap_or_default().trim().to_owned();
        let mounted = Self { holder, id, sandbox };
        assert_ne!(mounted.id, "", "cannot mount: {command}");
        Some(mounted)
    }

    /// The words before a command that runs in the mount namespace and in the working directory.
    pub fn words(&self) -> Vec<String> {
        self.words_in(&self.sandbox.work())
    }

    /// The words before a command that runs in the mount namespace and in this directory.
    pub fn words_in(&self, directory: &Path) -> Vec<String> {
        let script = "cd \"$0\" && exec \"$@\"";
        ["nsenter", "-t", &self.id, "-m", "sh", "-c", script, directory.to_str().unwrap()]
            .map(str::to_owned)
            .into()
    }

    /// Prepares a run of the program in the mount namespace.
    pub fn call<'c>(&self, arguments: impl IntoIterator<Item = &'c str>) -> Call<'a> {
        self.sandbox.call(arguments).under(self.words())
    }

    /// Prepares a run of the program in the mount namespace, under a rule of `strace`.
    pub fn call_with_rule<'c>(&self, arguments: impl IntoIterator<Item = &'c str>, rule: &str) -> Call<'a> {
        let words = self.words().into_iter().chain(strace(&[rule]));
        self.sandbox.call(arguments).under(words)
    }

    /// Runs a shell command in the mount namespace, and returns its output.
    pub fn shell(&self, command: &str) -> String {
        let words = self.words();
        let mut inside = Command::new(&words[0]);
        let output = inside.args(&words[1..]).args(["sh", "-c", command]).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // The process ends at the end of its input.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
