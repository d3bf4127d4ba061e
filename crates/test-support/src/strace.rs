//! Runs the program under `strace`, to list its system calls, to let a call fail, or to kill the program at a call.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::sync::OnceLock;

use super::{Call, Sandbox, has_tool, is_root, original, skipped};

/// A system call of a run. `strace` identifies it by its name and its number among the calls with this name.
#[derive(Clone, Debug)]
pub struct SystemCall {
    pub name: String,
    pub number: usize,
    /// The line of `strace`: the name, the arguments and the result.
    pub text: String,
}

impl SystemCall {
    /// The rule of `strace` for a fault at this call, such as `signal=KILL` or `error=EIO`.
    pub fn inject(&self, fault: &str) -> String {
        format!("inject={}:{fault}:when={}", self.name, self.number)
    }

    /// The rule of `strace` for a fault at this call and at all later calls with this name.
    pub fn inject_from_here(&self, fault: &str) -> String {
        format!("{}+", self.inject(fault))
    }
}

/// The system calls of a run, in their order.
pub fn system_calls(sandbox: &Sandbox, call: Call<'_>) -> Vec<SystemCall> {
    let log = sandbox.root().join("strace.log");
    let run = call.under(["strace", "-f", "-s", "300", "-o", log.to_str().unwrap()]).run();
    let text = fs::read_to_string(&log).unwrap_or_else(|error| panic!("no trace: {error}\n{run}"));
    fs::remove_file(log).unwrap();
    let mut counts = HashMap::<String, usize>::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        // A call is a line like "1234  openat(AT_FDCWD, …". Lines about signals and exits are skipped.
        let text = line.trim_start_matches(|letter: char| letter.is_ascii_digit()).trim_start();
        let Some((name, _)) = text.split_once('(') else { continue };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let number = counts.entry(name.to_owned()).or_default();
        *number += 1;
        calls.push(SystemCall { name: name.to_owned(), number: *number, text: text.to_owned() });
    }
    assert!(calls.len() > 20, "no trace: {text}\n{run}");
    calls
}

/// Returns the calls from the first one that names this file. The dynamic linker makes the calls before it.
pub fn from_file_on(mut calls: Vec<SystemCall>, file: &str) -> Vec<SystemCall> {
    let name = format!("\"{file}\"");
    // The first call is execve, which has the name as an argument.
    let start = calls.iter().skip(1).position(|call| call.text.contains(&name));
    calls.split_off(start.unwrap_or_else(|| panic!("{file} is never used: {calls:?}")) + 1)
}

/// Prepares a run under these rules of `strace`.
pub fn with_rules<'a>(call: Call<'a>, rules: &[impl AsRef<str>]) -> Call<'a> {
    call.under(strace(rules))
}

/// The words before a command that runs under these rules.
pub fn strace(rules: &[impl AsRef<str>]) -> Vec<String> {
    let names = rules.iter().filter_map(|rule| rule.as_ref().split(['=', ':']).nth(1));
    let trace = format!("trace={}", names.collect::<Vec<_>>().join(","));
    let mut words: Vec<String> = ["strace", "-f", "-o", "/dev/null", "-e", &trace].map(str::to_owned).into();
    // With `--seccomp-bpf`, strace loses injected signals.
    if is_fast() && !rules.iter().any(|rule| rule.as_ref().contains(":signal=")) {
        words.push("--seccomp-bpf".to_owned());
    }
    for rule in rules {
        words.extend(["-e".to_owned(), rule.as_ref().to_owned()]);
    }
    words
}

/// Returns true if `strace` has `--seccomp-bpf`, with which it does not stop the program at calls without a rule.
fn is_fast() -> bool {
    static FAST: OnceLock<bool> = OnceLock::new();
    *FAST.get_or_init(|| {
        let arguments = ["-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", "/dev/null", "true"];
        let output = Command::new("strace").args(arguments).output();
        output.is_ok_and(|output| output.status.success() && output.stderr.is_empty())
    })
}

/// Returns true if this test can run this project's program under `strace`. Otherwise reports the test as skipped.
pub fn can_trace() -> bool {
    if !ours() {
        return false;
    }
    let works =
        has_tool("strace", &["-f", "-o", "/dev/null", "-e", "inject=close:error=EIO:when=99", "true"]);
    if !works {
        skipped("strace is not installed or may not trace");
    }
    works
}

/// Returns true if this test of this project's program can make files of other users. Otherwise reports the test as
/// skipped.
pub fn can_make_files_of_others() -> bool {
    if !ours() {
        return false;
    }
    if !is_root() {
        skipped("only root can make files of other users");
    }
    is_root()
}

/// Returns true if the program under test is this project's. Otherwise reports the test as skipped, because Apache's
/// tool does not have the tested property.
pub fn ours() -> bool {
    if original() {
        skipped("the program under test is Apache's, which does not have the tested property");
    }
    !original()
}

/// Returns true if the long tests run too (`HTPASSWD_TEST_FULL=1`).
pub fn full() -> bool {
    std::env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1")
}

/// Prints the count of a test on standard error, with `writeln!` because the test harness captures the output of
/// `eprintln!`.
pub fn counted(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "COUNTED: {test}: {what}");
}
