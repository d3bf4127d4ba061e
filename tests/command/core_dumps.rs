//! A signal at a prompt leaves no core dump, which could contain a password.

use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Sandbox, is_root, program, skipped};

/// A process that waits at a prompt. Dropping it kills the process if the process still runs.
struct Prompting(Child);

impl Drop for Prompting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Prompting {
    /// Starts the program with core dumps enabled, and waits for its prompt.
    fn start(sandbox: &Sandbox) -> Self {
        Self::start_as(sandbox, "exec", program())
    }

    fn start_by_ordinary_user(sandbox: &Sandbox) -> Self {
        if is_root() {
            let drop_privileges = "exec setpriv --reuid=65534 --regid=65534 --clear-groups";
            Self::start_as(sandbox, drop_privileges, sandbox.program_for_everyone())
        } else {
            Self::start(sandbox)
        }
    }

    fn start_as(sandbox: &Sandbox, exec: &str, program: PathBuf) -> Self {
        let words = [program.into_os_string(), "-c".into(), "passwd".into(), "alice".into()];
        let mut process = spawn(sandbox, &format!("{exec} \"$@\""), &words);
        let mut prompt = [0; "New password: ".len()];
        process.0.stderr.as_mut().unwrap().read_exact(&mut prompt).unwrap();
        assert_eq!(&prompt, b"New password: ");
        process
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    fn end_by(&mut self, signal: Signal) -> ExitStatus {
        let status = loop {
            // The first SIGSEGV only removes the signal handler with which the standard library detects stack
            // overflows.
            kill_process(self.pid(), signal).unwrap();
            sleep(Duration::from_millis(5));
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
        };
        assert_eq!(status.signal(), Some(signal.as_raw()));
        status
    }
}

fn spawn(sandbox: &Sandbox, script: &str, words: &[OsString]) -> Prompting {
    let mut command = Command::new("setsid");
    command.args(["sh", "-c", &format!("ulimit -c unlimited; {script}"), "sh"]).args(words);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    Prompting(command.current_dir(sandbox.work()).spawn().unwrap())
}

fn core_limit(pid: Pid) -> String {
    let limits = fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    line.split_whitespace().skip(4).take(2).collect::<Vec<_>>().join(" ")
}

/// Returns true if the kernel writes core dumps of other programs.
fn kernel_dumps_cores(sandbox: &Sandbox) -> bool {
    let mut process = spawn(sandbox, "echo >&2; exec cat", &[]);
    process.0.stderr.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    process.end_by(Signal::ABORT).core_dumped()
}

#[test]
fn the_core_limit_is_zero_at_a_prompt() {
    let sandbox = Sandbox::new();
    assert_eq!(core_limit(Prompting::start(&sandbox).pid()), "0 0");
}

#[test]
fn a_signal_at_a_prompt_leaves_no_core_dump() {
    let sandbox = Sandbox::new();
    if !kernel_dumps_cores(&Sandbox::new()) {
        skipped("the kernel writes no core dumps here");
        return;
    }
    for signal in [Signal::ABORT, Signal::SEGV, Signal::QUIT] {
        assert!(!Prompting::start(&sandbox).end_by(signal).core_dumped(), "{signal:?}");
    }
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

/// A size limit of zero for core dumps is not enough, because a kernel that sends dumps to a program ignores the
/// limit.
#[test]
fn the_process_is_not_dumpable_at_a_prompt() {
    let sandbox = Sandbox::new();
    if !sandbox.for_ordinary_user() {
        return;
    }
    let process = Prompting::start_by_ordinary_user(&sandbox);
    // The entries in /proc of a process that is not dumpable belong to root (PR_SET_DUMPABLE(2const)).
    let environment = fs::metadata(format!("/proc/{}/environ", process.pid().as_raw_nonzero())).unwrap();
    assert_eq!(environment.uid(), 0);
}

#[test]
fn ordinary_users_can_create_files_and_read_descriptors() {
    let sandbox = Sandbox::new();
    if !sandbox.for_ordinary_user() {
        return;
    }
    // The entries in /proc of a process that is not dumpable belong to root. The program names a new file through one
    // of these entries.
    for line in
        [["-cbs", "new", "alice", "secret"].as_slice(), &["--ensure", "-bs", "newer", "alice", "secret"]]
    {
        let run = sandbox.call(line).by_ordinary_user().umask("022").run();
        run.exits(0);
    }
    assert_eq!(sandbox.names(), ["new", "newer"]);
    let call =
        sandbox.call(["-s", "--password-fd=3", "new", "bob"]).stdin("secret\n").redirected("3<&0 </dev/null");
    call.by_ordinary_user().run().exits(0);
    // The program opens /dev/stdin, which is a link to an entry in /proc.
    let call = sandbox.call(["-vb", "/dev/stdin", "alice", "secret"]).by_ordinary_user();
    call.after("exec < new").run().exits(0);
}
