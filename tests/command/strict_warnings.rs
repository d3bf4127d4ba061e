//! `--strict` makes every warning an error before anything is written.

use std::os::unix::fs::MetadataExt as _;

use crate::support::{Call, PLAIN_WARNING, Sandbox, TWO_USERS};

const STRICT: &str = "htpasswd: --strict treats this warning as an error; nothing was changed\n";

/// Asserts that a call succeeds with a warning, and that with `--strict` it fails with the same warning.
#[track_caller]
fn is_strict(line: &[&str], prepare: impl for<'a> Fn(&'a Sandbox, Call<'a>) -> Call<'a>) {
    let fresh = || {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("secret", "secret\n");
        sandbox
    };
    let sandbox = fresh();
    let lax = prepare(&sandbox, sandbox.call(line)).run();
    lax.exits(0).warns();

    let sandbox = fresh();
    let before = sandbox.path("passwd").metadata().unwrap();
    let run = prepare(&sandbox, sandbox.call([&["--strict"], line].concat())).run();
    run.exits(1).stdout_is("");
    assert_eq!(run.stderr(), format!("{}\n{STRICT}", lax.warnings()[0]), "{line:?}");
    let after = sandbox.path("passwd").metadata().unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!(sandbox.text("passwd"), TWO_USERS, "{line:?}");
    assert_eq!(sandbox.names(), ["passwd", "secret"], "{line:?}");
}

#[test]
fn a_warning_about_the_call_or_the_password_is_an_error() {
    let long = "x".repeat(73);
    for line in [
        ["-bp", "passwd", "alice", "x"].as_slice(),
        &["-bps", "passwd", "alice", "x"],
        &["-bs", "passwd", "alice", ""],
        &["-bsC5", "passwd", "alice", "x"],
        &["-bd", "passwd", "alice", "longer than eight"],
        &["-bBC4", "passwd", "alice", &long],
        &["-cb", "passwd", "alice", "x"],
        &["-cb", "passwd", "bob", "x"],
        &["-cb", "--mode=600", "passwd", "alice", "x"],
        &["-nbd", "alice", "longer than eight"],
        &["-nbp", "alice", "x"],
        &["-Dp", "passwd", "bob"],
        &["-vbp", "passwd", "bob", "secret"],
        &["-b", "--for", "envoy", "passwd", "alice", "x"],
        &["--ensure", "--mode=600", "-bs", "passwd", "alice", "x"],
        &["--ensure", "--mode=600", "-b", "passwd", "bob", "secret"],
        &["--ensure", "-bs", "passwd", "alice", ""],
        &["--ensure", "-bd", "passwd", "alice", "longer than eight"],
        &["--ensure", "--dry-run", "-bd", "passwd", "alice", "longer than eight"],
        &["--password-file=secret", "passwd", "alice"],
        &["-v", "--password-file=secret", "passwd", "bob"],
    ] {
        is_strict(line, |_, call| call);
    }
}

#[test]
fn a_warning_about_the_input_is_an_error() {
    is_strict(&["-i", "passwd", "alice"], |_, call| call.stdin("one\ntwo\n"));
    is_strict(&["--password-fd=0", "passwd", "alice"], |_, call| call.stdin("one\ntwo\n"));
    is_strict(&["--password-env=PW", "passwd", "alice"], |_, call| call.env("PW", "one\n"));
    is_strict(&["--import", "-s", "passwd"], |_, call| call.stdin("alice:\n"));
    is_strict(&["--import", "-s", "passwd"], |_, call| call.stdin("alice:x\nalice:y\n"));
    is_strict(&["--import", "-d", "passwd"], |_, call| call.stdin("alice:longer than eight\n"));
    is_strict(&["--import", "-sC5", "passwd"], |_, call| call.stdin("alice:x\n"));
    is_strict(&["--import", "-cs", "passwd"], |_, call| call.stdin("alice:x\n"));
    is_strict(&["--import", "-s", "--dry-run", "passwd"], |_, call| call.stdin("alice:\n"));
    // A dry run makes only cheap hashes.
    for options in [["-BC17"].as_slice(), &["-2", "-r5000001"], &["-5", "-r5000001"]] {
        let line = [&["--import", "--dry-run"], options, &["passwd"]].concat();
        is_strict(&line, |_, call| call.stdin("alice:x\n"));
    }
}

#[test]
fn strict_may_come_before_or_after_other_options() {
    for line in [["-p", "--strict"], ["--strict", "-p"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([&line[..], &["-b", "passwd", "alice", "x"]].concat());
        assert_eq!(run.exits(1).stderr(), format!("{PLAIN_WARNING}{STRICT}"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn strict_without_a_warning_changes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (line, code) in [
        (["-b", "passwd", "alice", "x"].as_slice(), 0),
        (&["-bs", "passwd", "alice", "x"], 0),
        (&["-vb", "passwd", "bob", "secret"], 0),
        (&["-vb", "passwd", "bob", "wrong"], 3),
        (&["-D", "passwd", "alice"], 0),
        (&["-D", "passwd", "unknown"], 6),
        (&["-nb", "alice", "x"], 0),
        (&["--ensure", "-b", "passwd", "alice", "x"], 0),
        (&["--generate", "-B", "-C4", "passwd", "alice"], 0),
        (&["-cb", "new", "alice", "x"], 0),
    ] {
        let run = sandbox.run([&["--strict"], line].concat());
        run.exits(code).does_not_warn();
    }
}

#[test]
fn strict_rejects_a_partly_compared_password() {
    let sandbox = Sandbox::with("");
    let password = "x".repeat(73);
    sandbox.run(["-bBC4", "passwd", "bob", &password]).exits(0);
    let run = sandbox.run(["--strict", "-vb", "passwd", "bob", &password]);
    run.exits(1).stderr_has("only the first 72 bytes").stderr_has(STRICT);
    assert!(!run.stderr().contains("correct"), "{run}");
}

#[test]
fn strict_does_not_hide_usage_errors() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox
        .run(["--strict", "-p", "-z"])
        .is_usage_error_after(&format!("{PLAIN_WARNING}htpasswd: illegal option -- z\n"));
    sandbox.run(["--strict=yes", "passwd", "x"]).is_wrong_call("option --strict takes no value");
}
