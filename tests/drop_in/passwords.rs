//! Passwords from an argument and from standard input. These tests pass on both programs.

use std::fs;
use std::io::Read as _;

use crate::support::{APR1, SHA1, Sandbox, TWO_USERS, bytes};

#[test]
fn a_password_argument_is_hashed_byte_for_byte() {
    for password in
        [b"\xff\xfe".as_slice(), b"p\xc3\xa4ss", b"a\nb", b"trailing\n", b"cr\r", b"\x01\x1b", b" ", b"\\n"]
    {
        let sandbox = Sandbox::with("");
        sandbox.run([bytes(b"-b"), "passwd".into(), "alice".into(), bytes(password)]).exits(0);
        assert!(sandbox.verifies("alice", bytes(password)), "{}", password.escape_ascii());
        let trimmed = password.trim_ascii();
        if trimmed != password {
            assert!(!sandbox.verifies("alice", bytes(trimmed)), "{}", password.escape_ascii());
        }
    }
}

#[test]
fn a_password_argument_may_be_255_bytes_long() {
    let password = "x".repeat(255);
    for options in [["-b"].as_slice(), &["-bB", "-C", "4"], &["-b2"], &["-b5"], &["-bs"], &["-bd"]] {
        let sandbox = Sandbox::with("");
        sandbox.run([options, &["passwd", "alice", &password]].concat()).exits(0);
        assert!(sandbox.verifies("alice", &password), "{options:?}");
    }
}

#[test]
fn des_warns_of_passwords_longer_than_8_bytes() {
    let warning = "Warning: Password truncated to 8 characters by CRYPT algorithm.\n";
    let sandbox = Sandbox::with("");
    sandbox.run(["-bd", "passwd", "alice", "12345678"]).exits(0).does_not_warn();
    let run = sandbox.run(["-bd", "passwd", "alice", "123456789"]);
    run.exits(0).stderr_is(&format!("{warning}Updating password for user alice\n"));
    assert!(sandbox.verifies("alice", "12345678"));
    assert!(sandbox.verifies("alice", "12345678 and more"));
    assert!(!sandbox.verifies("alice", "1234567"));
    // The warning about the unused cost comes first.
    let run = sandbox.run(["-nbd", "-C", "5", "alice", "123456789"]);
    run.exits(0).stderr_is(&format!("Warning: Ignoring -C/-r argument for this algorithm.\n{warning}"));
}

#[test]
fn one_newline_is_removed_from_a_password_on_stdin() {
    for (input, password) in [
        (b"secret\n".as_slice(), b"secret".as_slice()),
        (b"secret", b"secret"),
        (b"secret\r\n", b"secret"),
        (b"secret\r", b"secret\r"),
        (b"secret\r\r\n", b"secret\r"),
        (b" secret \n", b" secret "),
        (b"a:b\n", b"a:b"),
        (b"p\xe4ss\n", b"p\xe4ss"),
        (b"\x01\x1b\n", b"\x01\x1b"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stdout_is("").stderr_is("Adding password for user alice\n");
        assert!(sandbox.verifies("alice", bytes(password)), "{}", input.escape_ascii());
    }
}

#[test]
fn i_reads_stdin_once_and_does_not_prompt() {
    for mode in ["-is", "-cis"] {
        let sandbox = Sandbox::with("");
        let run = sandbox.call([mode, "passwd", "alice"]).stdin("secret\n").run();
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    }
    let run = Sandbox::new().call(["-nis", "alice"]).stdin("secret\n").run();
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("");
}

#[test]
fn a_password_on_stdin_may_come_from_a_file() {
    let sandbox = Sandbox::with("");
    sandbox.write("password", "secret\n");
    let file = fs::File::open(sandbox.path("password")).unwrap();
    sandbox.call(["-is", "passwd", "alice"]).stdin_from(file).run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_password_on_stdin_may_have_254_bytes_and_a_newline() {
    for input in [format!("{}\n", "x".repeat(254)), "x".repeat(255)] {
        let sandbox = Sandbox::with("");
        sandbox.call(["-i", "passwd", "alice"]).stdin(&input).run().exits(0);
        assert!(sandbox.verifies("alice", input.trim_end()));
    }
}

#[test]
fn a_password_on_stdin_longer_than_256_bytes_is_rejected() {
    for length in [257, 300, 3_000_000] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin("x".repeat(length)).run();
        run.exits(5).stdout_is("").stderr_is("htpasswd: password too long (>256)\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn a_password_argument_leaves_stdin_unread() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let sandbox = Sandbox::with("");
    std::io::Write::write_all(&mut writer, b"next line\n").unwrap();
    drop(writer);
    let mut rest = String::new();
    sandbox.call(["-bs", "passwd", "alice", "secret"]).stdin_from(reader.try_clone().unwrap()).run().exits(0);
    (&reader).read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "next line\n");
}

#[test]
fn a_run_leaves_nothing_in_the_temporary_directory() {
    let sandbox = Sandbox::with(format!("alice:{APR1}\n"));
    sandbox.run(["-bs", "passwd", "bob", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", "alice"]).exits(0);
    sandbox.run(["-D", "passwd", "alice"]).exits(0);
    sandbox.run(["-b", "passwd", "a:b", "secret"]).exits(6);
    sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3);
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
}
