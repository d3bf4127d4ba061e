//! Options, messages and exit codes.

use std::fs;
use std::thread;
use std::time::Duration;

use super::{is_rejected, many_users};
use crate::added;
use crate::options::NOT_A_NUMBER;
use crate::support::{DES, Exit, SHA1, Sandbox, TWO_USERS, bytes, hash_of, original};
use rustix::fs::{CWD, FileType, Mode, mknodat};

#[test]
fn d19_deleting_an_unknown_user_succeeds_as_before() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-D", "passwd", "zed"]).exits(0).stderr_is("User zed not found\n");
    if !original() {
        sandbox.run(["--strict", "-D", "passwd", "zed"]).exits(6).stderr_is("User zed not found\n");
        sandbox.run(["--ensure", "-D", "passwd", "zed"]).exits(0).stderr_is("User zed: unchanged\n");
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn d21_n_fails_if_its_output_is_lost() {
    let lost = i32::from(!original());
    let sandbox = Sandbox::new();
    sandbox.call(["-nbs", "alice", "secret"]).redirected(">/dev/full").run().exits(lost);
    sandbox.call(["-nbs", "alice", "secret"]).redirected(">&-").run().exits(lost);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = sandbox.call(["-nbs", "alice", "secret"]).after("trap '' PIPE").stdout_to(writer).run();
    run.exits(lost);
}

#[test]
fn d29_unknown_long_options_are_rejected() {
    for word in ["--nonsense", "---", "--bcrypt12", "--no"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-b", word, "passwd", "alice", "secret"]);
        if original() {
            run.exits(0).stderr_is("Adding password for user alice\n");
        } else {
            is_rejected(&sandbox, &run, 2);
        }
    }
}

#[test]
fn d29_a_dash_among_letters_is_rejected() {
    for (arguments, first) in [(["-nbs-", "x"].as_slice(), "-nbs-"), (&["-n", "-bs-", "x"], "-bs-")] {
        let run = Sandbox::new().run(arguments);
        if original() {
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("{first}:{{SHA}}")), "{run}");
        } else {
            run.is_usage_error_after("htpasswd: illegal option -- -\n");
        }
    }
}

#[test]
fn d29_every_letter_has_a_long_name() {
    let sandbox = Sandbox::with(TWO_USERS);
    if original() {
        sandbox.run(["-b", "--bcrypt", "passwd", "alice", "secret"]).exits(0);
        assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$apr1$"));
        sandbox.run(["-b", "--bcrypt", "--cost=12", "passwd", "alice", "secret"]).is_usage_error();
        return;
    }
    for (options, start) in [
        (["--md5"].as_slice(), "$apr1$"),
        (&["--sha256"], "$5$"),
        (&["--sha512"], "$6$"),
        (&["--bcrypt"], "$2y$05$"),
        (&["--bcrypt", "--cost=4"], "$2y$04$"),
        (&["--cost", "4", "--bcrypt"], "$2y$04$"),
        (&["--sha512", "--rounds=1000"], "$6$rounds=1000$"),
        (&["--rounds", "1000", "--sha256"], "$5$rounds=1000$"),
        (&["--bcrypt", "--rounds", "6", "-C4"], "$2y$04$"),
        (&["--sha1"], SHA1),
        (&["--plain"], "secret\n"),
        (&["--md5", "-B", "--sha1"], SHA1),
    ] {
        for words in [["--stdout", "--batch"].as_slice(), &["-nb"]] {
            let run = sandbox.run([words, options, &["alice", "secret"]].concat());
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("alice:{start}")), "{options:?}\n{run}");
        }
    }
    let run = sandbox.run(["--stdout", "--batch", "--crypt", "alice", "secret"]);
    run.exits(0);
    assert_eq!(run.stdout().len(), "alice:".len() + DES.len() + 2, "{run}");
    sandbox.call(["--stdin", "--sha1", "passwd", "alice"]).stdin("secret\n").run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.run(["--verify", "--batch", "passwd", "alice", "secret"]).exits(0);
    sandbox.run(["--delete", "passwd", "alice"]).exits(0);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    sandbox.run(["--create", "--batch", "--sha1", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    sandbox.run(["--create", "--delete", "passwd", "alice"]).exits(2);
    sandbox.run(["--bcrypt", "--cost=x", "--stdout", "alice"]).exits(2);
    sandbox.run(["-nb", "--bcrypt", "--cost"]).exits(2);
}

#[test]
fn d29_help_and_version_are_on_standard_output() {
    for (word, part) in [("--help", "Usage:"), ("--version", "htpasswd")] {
        let run = Sandbox::new().run([word]);
        if original() {
            run.is_usage_error();
        } else {
            run.exits(0).stderr_is("");
            assert!(run.stdout().contains(part), "{run}");
        }
    }
}

#[test]
fn d37_a_repeated_n_counts_once() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-nnbs", "alice", "secret"]);
    let crash = sandbox.call(["-nnb", "alice"]).after("ulimit -c 0").run();
    if original() {
        run.is_usage_error();
        assert_eq!(crash.exit, Exit::Signal(11));
        return;
    }
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("");
    crash.is_usage_error();
    sandbox.run(["-nn"]).is_usage_error();
    sandbox.run(["-n", "-n", "-bns", "alice", "secret"]).exits(0).stdout_is(&format!("alice:{SHA1}\n\n"));
}

#[test]
fn d39_verifying_a_missing_file_does_not_suggest_c() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-vb", "none", "bob", "secret"]);
    if original() {
        run.exits(1).stderr_is("htpasswd: cannot modify file none; use '-c' to create it\n");
    } else {
        run.exits(1).stderr_is("htpasswd: cannot open file none for read access\n");
    }
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn d39_verifying_reads_pipes() {
    let sandbox = Sandbox::new();
    for (password, code) in [("secret", 0), ("wrong", 3)] {
        let run = sandbox.call(["-vb", "/dev/stdin", "bob", password]).stdin(TWO_USERS).run();
        run.exits(if original() { 1 } else { code });
    }
    if original() {
        // Apache's tool does not read the FIFO, so the writer below would wait forever.
        return;
    }
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let path = sandbox.path("passwd");
    let writer = thread::spawn(move || fs::write(path, TWO_USERS));
    sandbox.run(["-vb", "passwd", "carol", "secret"]).exits(0);
    writer.join().unwrap().unwrap();
}

#[test]
fn d39_verifying_a_fifo_without_a_writer_ends() {
    let sandbox = Sandbox::new();
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let run = sandbox.call(["-vb", "passwd", "bob", "secret"]).limit(Duration::from_secs(12)).run();
    run.exits(1).stdout_is("");
    assert_eq!(run.stderr().contains("use '-c' to create it"), original(), "{run}");
}

#[test]
fn d41_messages_are_whole_lines() {
    let message = "htpasswd: The file passwd does not appear to be a valid htpasswd file.\n";
    for (arguments, prefix) in [
        (["-bs", "passwd", "bob", "secret"].as_slice(), "Updating "),
        (&["-D", "passwd", "bob"], "Deleting "),
    ] {
        let sandbox = Sandbox::with("bob:x\ngarbage\n");
        let run = sandbox.run(arguments);
        run.exits(7);
        assert_eq!(sandbox.text("passwd"), "bob:x\ngarbage\n");
        if original() {
            run.stderr_is(&format!("{prefix}{message}"));
        } else {
            let cause = ": line 2 has no colon; the file is untouched\n";
            let message = message.replace(".\n", cause);
            assert!(run.stderr().split_inclusive('\n').any(|line| line == message), "{run}");
            assert!(run.stderr().ends_with('\n'), "{run}");
        }
    }

    let before = many_users(500);
    let sandbox = Sandbox::with(&before);
    let limit = "ulimit -f 8; trap '' XFSZ";
    let run = sandbox.call(["-bs", "passwd", "alice", "secret"]).after(limit).run();
    run.exits(1);
    assert_eq!(run.stderr().ends_with('\n'), !original(), "{run}");
    assert_eq!(sandbox.text("passwd"), before);
}

#[test]
fn d44_an_equals_sign_before_a_number_is_skipped() {
    let sandbox = Sandbox::new();
    for (options, start) in [
        (["-nbB", "-C=5"], "alice:$2y$05$"),
        (["-nbB", "-C=04"], "alice:$2y$04$"),
        (["-nb5", "-r=5000"], "alice:$6$rounds=5000$"),
        (["-nb2", "-r=1000"], "alice:$5$rounds=1000$"),
    ] {
        let run = sandbox.run([&options[..], &["alice", "secret"]].concat());
        if original() {
            run.exits(2).stdout_is("").stderr_is(NOT_A_NUMBER);
        } else {
            run.exits(0).stderr_is("");
            assert!(run.stdout().starts_with(start), "{run}");
        }
    }
    for word in ["-C=", "-C==5", "-C=x"] {
        sandbox.run(["-nbB", word, "alice", "secret"]).exits(2).stdout_is("").stderr_has(NOT_A_NUMBER);
    }
    // At the start of the next word, the equals sign is part of the value.
    sandbox.run(["-nbB", "-C", "=5", "alice", "secret"]).exits(2).stdout_is("").stderr_has(NOT_A_NUMBER);
}

#[test]
fn d44_an_unknown_letter_is_shown_as_a_character() {
    for (word, byte, character) in [
        (&b"-\xff"[..], b"\xff", "\u{fffd}"),
        (b"-b\xff", b"\xff", "\u{fffd}"),
        ("-é".as_bytes(), b"\xc3", "é"),
    ] {
        let run = Sandbox::new().run([bytes(word), "passwd".into(), "alice".into()]);
        run.exits(2).stdout_is("");
        let letter = if original() { &byte[..] } else { character.as_bytes() };
        let start = [b"htpasswd: illegal option -- ", letter, b"\nUsage:"].concat();
        assert!(run.raw_stderr.starts_with(&start), "{run}");
    }
}

#[test]
fn d47_a_file_error_names_its_cause_on_the_same_line() {
    let sandbox = Sandbox::with("no colon\n");
    fs::create_dir(sandbox.path("directory")).unwrap();
    for (arguments, code, sentence, cause) in [
        (
            &["-cbs", "no/passwd", "bob", "x"][..],
            1,
            "cannot create file no/passwd",
            "the directory no does not exist (mkdir -p no)",
        ),
        (
            &["-vb", "none", "bob", "x"],
            1,
            "cannot open file none for read access",
            "No such file or directory",
        ),
        (
            &["-bs", "passwd", "bob", "x"],
            7,
            "The file passwd does not appear to be a valid htpasswd file",
            "line 1 has no colon; the file is untouched",
        ),
    ] {
        let run = sandbox.run(arguments);
        if original() {
            assert!(!run.stderr().contains(cause), "{run}");
        } else {
            run.exits(code).stdout_is("");
            assert_eq!(run.stderr(), format!("htpasswd: {sentence}: {cause}\n"), "{run}");
        }
    }
}

#[test]
fn d46_a_wrong_call_gets_its_reason_and_a_short_usage() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (arguments, reason) in [
        (&[][..], "FILE is missing"),
        (&["passwd"], "USER is missing"),
        (&["-b", "passwd", "bob"], "PASSWORD is missing"),
        (&["passwd", "bob", "secret"], "too many operands: 'secret' (is -b missing?)"),
        (&["-b", "passwd", "bob", "secret", "x"], "too many operands: 'x'"),
        (&["-D", "passwd", "bob", "x"], "too many operands: 'x'"),
        (&["passwd", "-b", "bob", "secret"], "options go before FILE: -b"),
        (&["passwd", "bob", "--bcrypt"], "options go before FILE: --bcrypt"),
        (&["passwd", "bob", "a\x1b[2Jb"], "too many operands: 'a\\u{1b}[2Jb' (is -b missing?)"),
    ] {
        let run = sandbox.run(arguments);
        run.exits(2).stdout_is("");
        let text = run.stderr();
        if original() {
            assert!(text.starts_with("Usage:") && text.lines().count() > 20, "{run}");
        } else {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines[0], format!("htpasswd: {reason}"), "{run}");
            assert!(lines[1].starts_with("Usage: ") && lines.len() == 5, "{run}");
            assert_eq!(lines[4], "Try 'htpasswd --help'.", "{run}");
        }
    }
    for letter in ["-h", "-V"] {
        sandbox.run([letter, "x"]).exits(2).stdout_is("").stderr_has("illegal option -- ");
        let run = sandbox.run([letter]);
        if original() {
            run.exits(2);
        } else {
            run.exits(0).stderr_is("");
            let lines = run.stdout().lines().count();
            assert!((1..=24).contains(&lines) && run.stdout().lines().all(|line| line.len() <= 80), "{run}");
        }
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
