//! `--no-lock` changes a file on a file system without locks.

use crate::support::strace::{can_trace, strace};
use crate::support::{Sandbox, TWO_USERS};

/// The kernel answers ENOLCK to flock(2) on a network file system without a lock service.
const NO_LOCKS: [&str; 1] = ["inject=flock:error=ENOLCK"];

#[test]
fn a_file_system_without_locks_is_an_error_that_names_no_lock() {
    if !can_trace() {
        return;
    }
    for options in [&["-bs"][..], &["--ensure", "-bs"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let line = [options, &["passwd", "alice", "secret"]].concat();
        let run = sandbox.call(line.iter().copied()).under(strace(&NO_LOCKS)).run();
        run.exits(1).stderr_has("cannot lock file passwd: ").stderr_has("; --no-lock writes without a lock");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        let line = [&["--no-lock"], line.as_slice()].concat();
        let run = sandbox.call(line.iter().copied()).under(strace(&NO_LOCKS)).run();
        run.exits(0).does_not_warn();
        assert!(sandbox.verifies("alice", "secret"));
    }
}

#[test]
fn no_lock_does_not_wait_for_other_writers() {
    let sandbox = Sandbox::with(TWO_USERS);
    let other = std::fs::File::open(sandbox.path("passwd")).unwrap();
    other.lock().unwrap();
    sandbox.run(["--lock-timeout", "0", "-bs", "passwd", "alice", "secret"]).exits(1);
    sandbox.run(["--no-lock", "-bs", "passwd", "alice", "secret"]).exits(0);
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn no_lock_is_rejected_where_no_file_is_changed() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (line, reason) in [
        (&["--no-lock", "-nbs", "u", "p"][..], "--no-lock cannot be combined with -n"),
        (&["--no-lock", "-vb", "passwd", "bob", "secret"], "--no-lock cannot be combined with -v"),
        (&["--no-lock", "--check", "passwd"], "--no-lock cannot be combined with --check"),
        (
            &["--no-lock", "--lock-timeout", "1", "-bs", "passwd", "u", "p"],
            "--lock-timeout cannot be combined with --no-lock",
        ),
    ] {
        sandbox.run(line).is_wrong_call(reason);
    }
    sandbox.run(["--no-lock", "--check", "--fix", "passwd"]);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
