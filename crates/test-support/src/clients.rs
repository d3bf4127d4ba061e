//! Runs the clients that users have for a registry, such as docker, skopeo and curl.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Sandbox, has_tool, skipped};

/// The maximum time of a client in seconds. After this time, the client counts as hanging.
const LIMIT: &str = "120";

/// The answer of a server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        Self { status: status.unwrap(), headers: lines.map(header).collect(), body: body.to_owned() }
    }

    /// The values of a header, named in lower case.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let values = self.headers.iter().filter(|(header, _)| header == name);
        values.map(|(_, value)| value.as_str()).collect()
    }
}

/// Prepares a run of a program that does not read the password file. The program runs in the sandbox with its own home
/// directory, for at most `LIMIT`.
pub fn client<A: AsRef<OsStr>>(sandbox: &Sandbox, name: &str, args: &[A]) -> ClientRun {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", LIMIT, name]).args(args).current_dir(sandbox.work()).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    command.env("HOME", sandbox.root().join("home")).env("TMPDIR", sandbox.temporary()).env("LANG", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    fs::create_dir_all(sandbox.root().join("home")).unwrap();
    ClientRun { command, input: String::new() }
}

/// A run of a client that has not started.
pub struct ClientRun {
    command: Command,
    input: String,
}

impl ClientRun {
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    pub fn run(mut self) -> Ran {
        let mut child = self.command.spawn().unwrap();
        // Writing fails if the client ends without reading its input, which is allowed.
        let _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { succeeded: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// The result of a run of a client.
pub struct Ran {
    pub succeeded: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn succeeds(&self) {
        assert!(self.succeeded, "{self}");
    }

    /// Asserts that the client failed with a message that contains `part`.
    #[track_caller]
    pub fn fails_with(&self, part: &str) {
        assert!(!self.succeeded && self.stderr.contains(part), "no failure with {part:?}\n{self}");
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "succeeded: {}\nstdout: {}\nstderr: {}", self.succeeded, self.stdout, self.stderr)
    }
}

/// Returns true if these programs are installed. Otherwise reports the test as skipped.
pub fn have(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| !has_tool("sh", &["-c", "command -v \"$0\"", tool]));
    if let Some(missing) = missing {
        skipped(&format!("{missing} is not installed"));
    }
    missing.is_none()
}
