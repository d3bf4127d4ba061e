//! The program under `strace`: which system calls it makes, and what happens if one fails or is its last.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::sync::OnceLock;

use super::{Call, Sandbox, has_tool, is_root, original, skipped};

/// A system call of a run, named as `strace` wants it: the first, second, … of its name.
#[derive(Clone, Debug)]
pub struct SystemCall {
    pub name: String,
    pub number: usize,
    /// With its arguments and its result.
    pub text: String,
}

impl SystemCall {
    /// The rule that lets this happen at this call, such as `signal=KILL` or `error=EIO`.
    pub fn inject(&self, what: &str) -> String {
        format!("inject={}:{what}:when={}", self.name, self.number)
    }

    /// The same from this call on.
    pub fn inject_from_here(&self, what: &str) -> String {
        format!("{}+", self.inject(what))
    }
}

/// The calls that a run makes, in their order.
pub fn system_calls(sandbox: &Sandbox, call: Call<'_>) -> Vec<SystemCall> {
    let log = sandbox.root().join("strace.log");
    let run = call.under(["strace", "-f", "-s", "300", "-o", log.to_str().unwrap()]).run();
    let text = fs::read_to_string(&log).unwrap_or_else(|error| panic!("no trace: {error}\n{run}"));
    fs::remove_file(log).unwrap();
    let mut counts = HashMap::<String, usize>::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        // "1234  openat(AT_FDCWD, ...": no signal, no end.
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

/// The calls from the first one on that names this file; those before are the loader's.
pub fn from_file_on(mut calls: Vec<SystemCall>, file: &str) -> Vec<SystemCall> {
    let name = format!("\"{file}\"");
    // The first one of all is execve, which has the name as an argument.
    let start = calls.iter().skip(1).position(|call| call.text.contains(&name));
    calls.split_off(start.unwrap_or_else(|| panic!("{file} is never used: {calls:?}")) + 1)
}

/// Makes a run under these rules of `strace`.
pub fn with_rules<'a>(call: Call<'a>, rules: &[impl AsRef<str>]) -> Call<'a> {
    call.under(strace(rules))
}

/// The words that put a program under these rules.
pub fn strace(rules: &[impl AsRef<str>]) -> Vec<String> {
    let names = rules.iter().filter_map(|rule| rule.as_ref().split(['=', ':']).nth(1));
    let trace = format!("trace={}", names.collect::<Vec<_>>().join(","));
    let mut words: Vec<String> = ["strace", "-f", "-o", "/dev/null", "-e", &trace].map(str::to_owned).into();
    // Signals get lost on the fast way.
    if is_fast() && !rules.iter().any(|rule| rule.as_ref().contains(":signal=")) {
        words.push("--seccomp-bpf".to_owned());
    }
    for rule in rules {
        words.extend(["-e".to_owned(), rule.as_ref().to_owned()]);
    }
    words
}

/// Can `strace` let the calls that it has no rule for pass by?
fn is_fast() -> bool {
    static FAST: OnceLock<bool> = OnceLock::new();
    *FAST.get_or_init(|| {
        let arguments = ["-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", "/dev/null", "true"];
        let output = Command::new("strace").args(arguments).output();
        output.is_ok_and(|output| output.status.success() && output.stderr.is_empty())
    })
}

/// May this test run? Otherwise says why not.
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

/// Can this test of our program make files of other users? Otherwise says why not.
pub fn can_make_files_of_others() -> bool {
    if !ours() {
        return false;
    }
    if !is_root() {
        skipped("only root can make files of other users");
    }
    is_root()
}

/// False, and says so, if the program under test is Apache's: it does not promise what these tests look for.
pub fn ours() -> bool {
    if original() {
        skipped("the program under test is Apache's, which makes no such promise");
    }
    !original()
}

/// Are the long tests wanted too (`HTPASSWD_TEST_FULL=1`)?
pub fn full() -> bool {
    std::env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1")
}

/// Says on the real standard error, past the capture of the test harness, what a test counted.
pub fn counted(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "COUNTED: {test}: {what}");
}
