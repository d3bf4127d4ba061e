//! `--password-file`, `--password-fd` and `--password-env` read passwords that are neither operands nor typed.

use std::os::unix::net::UnixStream;

use crate::support::{Call, Exit, SHA1, Sandbox, TWO_USERS, bytes, has_tool, skipped};

const DESCRIPTOR: &str = "argument to --password-fd must be a number of 0 or more";

/// Writes a private file `secret` with these bytes.
fn secret(sandbox: &Sandbox, content: impl AsRef<[u8]>) {
    sandbox.write("secret", content);
    sandbox.set_mode("secret", 0o600);
}

/// One call for each source of the password. The environment is not a source for bytes that it cannot contain.
fn calls<'a>(sandbox: &'a Sandbox, mode: &[&str], operands: &[&str], content: &[u8]) -> Vec<Call<'a>> {
    secret(sandbox, content);
    let call = |source: &str| sandbox.call([mode, &[source], operands].concat());
    let mut calls = vec![
        call("--password-file=secret"),
        call("--password-fd=3").redirected("3<secret"),
        call("--password-fd=0").stdin(content),
        call("--password-fd=7").stdin(content).redirected("7<&0 0<&-"),
    ];
    if !content.contains(&0) && !content.ends_with(b"\n") {
        calls.push(call("--password-env=SECRET").env("SECRET", bytes(content)));
    }
    calls
}

#[test]
fn every_source_works_in_every_mode() {
    for (mode, operands) in [
        (["-s"].as_slice(), ["passwd", "alice"].as_slice()),
        (&["-cs"], &["passwd", "alice"]),
        (&["-sn"], &["alice"]),
        (&["--ensure", "-s"], &["passwd", "alice"]),
    ] {
        let count = calls(&Sandbox::new(), mode, operands, b"secret").len();
        for source in 0..count {
            let sandbox = Sandbox::with("");
            let run = calls(&sandbox, mode, operands, b"secret").swap_remove(source).run();
            run.exits(0).does_not_warn();
            let text = run.stdout() + &sandbox.text("passwd");
            assert_eq!(text.trim_end(), format!("alice:{SHA1}"), "{mode:?}, source {source}");
        }
    }
}

#[test]
fn every_source_works_with_verify() {
    for (password, code) in [("secret", 0), ("other", 3)] {
        let sandbox = Sandbox::with(TWO_USERS);
        for call in calls(&sandbox, &["-v"], &["passwd", "bob"], password.as_bytes()) {
            call.run().exits(code);
        }
    }
}

#[test]
fn only_the_final_newline_is_removed() {
    for (content, password) in [
        (&b"secret\n"[..], &b"secret"[..]),
        (b"secret\r\n", b"secret"),
        (b"secret\r", b"secret\r"),
        (b" se:cr\xe4t ", b" se:cr\xe4t "),
    ] {
        let sandbox = Sandbox::with("");
        for call in calls(&sandbox, &["-s"], &["passwd", "alice"], content) {
            call.run().exits(0);
            let run = sandbox.run(["-vb".into(), "passwd".into(), "alice".into(), bytes(password)]);
            run.exits(0);
        }
    }
}

#[test]
fn a_newline_inside_the_password_warns() {
    let sandbox = Sandbox::with("");
    for call in calls(&sandbox, &["-s"], &["passwd", "alice"], b"one\ntwo") {
        let run = call.run();
        run.exits(0).warns();
        assert!(run.warnings()[0].contains("newline"), "{run}");
        assert!(sandbox.verifies("alice", "one\ntwo"));
    }
}

#[test]
fn an_empty_source_fails() {
    for mode in [["-s"].as_slice(), &["--ensure"], &["-v"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        for call in calls(&sandbox, mode, &["passwd", "bob"], b"") {
            call.run().exits(1).stderr_is("htpasswd: no password was given: the input ended too early\n");
        }
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn an_empty_line_is_an_empty_password() {
    let sandbox = Sandbox::with("");
    for call in calls(&sandbox, &["-s"], &["passwd", "alice"], b"\n") {
        call.run().exits(0).stderr_has("Warning: the password is empty.\n");
        assert!(sandbox.verifies("alice", ""));
    }
}

#[test]
fn too_long_passwords_and_nul_bytes_are_rejected() {
    for (content, code) in [(vec![b'x'; 256], 5), (vec![b'x'; 100_000], 5), (b"a\0b".to_vec(), 2)] {
        let sandbox = Sandbox::with(TWO_USERS);
        for call in calls(&sandbox, &["-s"], &["passwd", "bob"], &content) {
            call.run().exits(code);
        }
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
    let sandbox = Sandbox::with("");
    for call in calls(&sandbox, &["-s"], &["passwd", "alice"], &[&[b'x'; 255][..], b"\r\n"].concat()) {
        call.run().exits(0);
    }
}

#[test]
fn unreadable_password_files_are_named() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (path, why) in [
        ("none", "No such file or directory"),
        ("none/none", "No such file or directory"),
        (".", "Is a directory"),
        ("", "No such file or directory"),
    ] {
        let run = sandbox.run(["--password-file", path, "passwd", "bob"]);
        run.exits(1).stdout_is("");
        run.stderr_is(&format!("htpasswd: cannot read the password from {path}: {why}\n"));
    }
    let run = sandbox.run(["--password-file", "a\nb", "passwd", "bob"]);
    run.exits(1).stderr_has("from a\\nb: ");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_password_file_that_others_can_read_warns() {
    for (mode, warnings) in [(0o600, 0), (0o640, 0), (0o604, 1), (0o644, 1)] {
        let sandbox = Sandbox::with("");
        sandbox.write("secret", "secret\n");
        sandbox.set_mode("secret", mode);
        let run = sandbox.run(["--password-file", "secret", "passwd", "alice"]);
        run.exits(0);
        assert_eq!(run.warnings().len(), warnings, "{mode:o}\n{run}");
        let run = sandbox.run(["-v", "--password-file", "secret", "passwd", "alice"]);
        assert_eq!(run.exits(0).warnings().len(), warnings, "{mode:o}\n{run}");
    }
}

#[test]
fn a_password_file_may_be_a_pipe() {
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["-s", "--password-file=/dev/stdin", "passwd", "alice"]).stdin("secret\n").run();
    run.exits(0).does_not_warn();
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_descriptor_is_read_from_its_current_position() {
    let sandbox = Sandbox::with("");
    secret(&sandbox, "first line\nsecret\n");
    let call = sandbox.call(["-s", "--password-fd=3", "passwd", "alice"]);
    call.after("exec 3<secret; read first <&3").run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_descriptor_may_be_a_socket() {
    let sandbox = Sandbox::with("");
    let (ours, theirs) = UnixStream::pair().unwrap();
    std::io::Write::write_all(&mut &ours, b"secret\n").unwrap();
    drop(ours);
    let call = sandbox.call(["-s", "--password-fd=9", "passwd", "alice"]);
    call.stdin_from(std::os::fd::OwnedFd::from(theirs)).redirected("9<&0 0</dev/null").run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_descriptor_that_is_not_open_is_named() {
    let sandbox = Sandbox::with(TWO_USERS);
    for number in ["3", "4", "5", "9", "1000", "2147483647"] {
        let run = sandbox.run(["--password-fd", number, "passwd", "bob"]);
        let why = "Bad file descriptor\n";
        run.exits(1)
            .stderr_is(&format!("htpasswd: cannot read the password from file descriptor {number}: {why}"));
    }
    // Descriptor 1 is open, but not for reading.
    sandbox.call(["--password-fd=3", "passwd", "bob"]).redirected("3>out").run().exits(1);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn descriptors_are_read_without_pidfd_getfd() {
    if !has_tool("strace", &["-V"]) {
        skipped("strace is not installed");
        return;
    }
    for error in ["EPERM", "ENOSYS"] {
        let sandbox = Sandbox::with("");
        secret(&sandbox, "secret\n");
        let inject = format!("inject=pidfd_getfd:error={error}");
        let strace = ["strace", "-qq", "-o", "trace", "-e", "trace=pidfd_getfd", "-e", &inject];
        let call = |number: &str| sandbox.call(["-s", "--password-fd", number, "passwd", "alice"]);
        call("7").redirected("7<secret").under(strace).run().exits(0);
        assert!(sandbox.text("trace").contains("INJECTED"), "{}", sandbox.text("trace"));
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
        call("8").under(strace).run().exits(1).stderr_has("file descriptor 8: Bad file descriptor\n");
    }
}

/// Ctrl-C always ends a prompt. After the prompts, it has no effect if the calling script ignores it.
#[test]
fn an_ignored_ctrl_c_stays_ignored_after_the_prompts() {
    if !has_tool("strace", &["-V"]) {
        skipped("strace is not installed");
        return;
    }
    for (before, exit) in [("trap '' INT", Exit::Code(0)), ("true", Exit::Signal(2))] {
        let sandbox = Sandbox::with(TWO_USERS);
        let call = sandbox.call(["-s", "passwd", "alice"]).stdin("secret\nsecret\n").after(before);
        let strace = ["strace", "-qq", "-o", "trace", "-e", "trace=flock", "-e", "inject=flock:signal=INT"];
        let run = call.under(strace).run();
        assert_eq!(run.exit, exit, "{before}: {run}");
        assert_eq!(sandbox.text("passwd").contains("alice"), exit == Exit::Code(0), "{before}");
    }
}

#[test]
fn invalid_descriptors_are_rejected() {
    for number in ["", "x", "-1", "3x", " 3", "2147483648"] {
        let run = Sandbox::with("").run(["--password-fd", number, "passwd", "bob"]);
        run.is_wrong_call(DESCRIPTOR);
    }
}

#[test]
fn unset_variables_are_named() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (name, escaped) in [("NONE", "NONE"), ("", ""), ("A=B", "A=B"), ("a\nb", "a\\nb")] {
        let run = sandbox.run(["--password-env", name, "passwd", "bob"]);
        run.exits(1).stderr_is(&format!("htpasswd: the environment variable {escaped} is not set\n"));
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn two_password_sources_conflict() {
    let sandbox = Sandbox::with(TWO_USERS);
    let sources = ["--password-file=secret", "--password-fd=0", "--password-env=HOME", "--generate"];
    for one in sources {
        for other in sources.into_iter().filter(|other| *other != one).chain(["-b", "-i"]) {
            for pair in [[one, other], [other, one]] {
                let run = sandbox.run([&pair[..], &["passwd", "bob", "x"]].concat());
                run.exits(2).stdout_is("").stderr_has("cannot be combined with");
            }
        }
        let source = one.split('=').next().unwrap();
        let reason = |mode| format!("{source} cannot be combined with {mode}");
        sandbox.run([one, "-D", "passwd", "bob"]).is_wrong_call(&reason("-D"));
        if source != "--generate" {
            sandbox.run([one, "--import", "passwd"]).is_wrong_call(&reason("--import"));
        }
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_password_operand_conflicts_with_a_source() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["--password-env=HOME", "passwd", "bob", "secret"]).is_usage_error();
    sandbox.run(["--password-env"]).is_wrong_call("option --password-env needs a value");
}

#[test]
fn the_file_is_opened_before_the_password_is_read() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--password-file=none", "passwd", "bob"]);
    run.exits(1).stderr_is("htpasswd: cannot modify file passwd; use '-c' to create it\n");
}
