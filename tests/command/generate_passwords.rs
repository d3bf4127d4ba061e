//! `--generate` sets a new password and prints it once.

use std::fs::File;

use crate::support::{Run, Sandbox, TWO_USERS, Terminal, has_tool, skipped};

/// The message if the password was set, but could not be printed.
const LOST: &str =
    "htpasswd: the generated password was set, but could not be printed; set another password\n";
const GENERATED: &str = "Generated a password of 26 characters, 128 bits of entropy\n";

/// The password, which is the only line on standard output.
#[track_caller]
fn printed(run: &Run, length: usize) -> String {
    let stdout = run.exits(0).stdout();
    let password = stdout.strip_suffix('\n').unwrap();
    is_password(password, length);
    password.to_owned()
}

#[track_caller]
fn is_password(password: &str, length: usize) {
    assert_eq!(password.len(), length, "{password}");
    let is_clear = |byte| matches!(byte, b'a'..=b'z' | b'2'..=b'9') && !b"ilo".contains(&byte);
    assert!(password.bytes().all(is_clear), "{password}");
}

#[test]
fn a_user_gets_the_password_that_is_printed() {
    for (options, status_line) in [
        (["-m"].as_slice(), "Adding password for user alice\n"),
        (&["-B", "-C", "4"], "Adding password for user alice\n"),
        (&["-c"], "Adding password for user alice\n"),
        (&["-p"], "Adding password for user alice\n"),
    ] {
        let sandbox = Sandbox::with("");
        let run = sandbox.run([&["--generate"], options, &["passwd", "alice"]].concat());
        run.stderr_is(&format!("{GENERATED}{status_line}"));
        let password = printed(&run, 26);
        if options != ["-p"] {
            assert!(sandbox.verifies("alice", &password));
        }
        assert!(!run.stderr().contains(&password), "{run}");
    }
}

#[test]
fn every_password_is_new() {
    let sandbox = Sandbox::with("");
    let one = printed(&sandbox.run(["--generate", "passwd", "alice"]), 26);
    let run = sandbox.run(["--generate", "passwd", "alice"]);
    let other = printed(&run, 26);
    run.stderr_is(&format!("{GENERATED}Updating password for user alice\n"));
    assert_ne!(one, other);
    assert!(sandbox.verifies("alice", &other) && !sandbox.verifies("alice", &one));
}

#[test]
fn with_n_the_password_has_its_own_line_after_the_record() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-n", "--generate=30", "-B", "-C4", "alice"]);
    run.exits(0).stderr_is("Generated a password of 30 characters, 148 bits of entropy\n");
    let stdout = run.stdout();
    let lines: Vec<_> = stdout.split('\n').collect();
    assert_eq!((lines.len(), lines[1], lines[3]), (4, "", ""), "{stdout}");
    is_password(lines[2], 30);
    sandbox.write("passwd", lines[0]);
    assert!(sandbox.verifies("alice", lines[2]));
}

#[test]
fn the_length_needs_an_equals_sign() {
    let sandbox = Sandbox::with("");
    for length in [13, 26, 72] {
        let run = sandbox.run(["-B", "-C4", &format!("--generate={length}"), "passwd", "alice"]);
        let password = printed(&run, length);
        run.does_not_warn();
        assert!(sandbox.verifies("alice", &password));
    }
    printed(&sandbox.run(["-m", "--generate=255", "passwd", "alice"]), 255);
    // If a call has several --generate options, the last one counts.
    printed(&sandbox.run(["--generate=20", "--generate", "passwd", "alice"]), 26);
    // Without an equals sign, 20 is the operand FILE.
    sandbox.run(["--generate", "20", "alice"]).exits(1).stderr_has("cannot modify file 20;");
}

#[test]
fn invalid_lengths_are_rejected() {
    for (options, lengths, range) in [
        (["-B"].as_slice(), ["12", "73", "0"], "from 13 to 72 for bcrypt"),
        (&["-m"], ["12", "256", "x"], "from 13 to 255 for any algorithm"),
        (&["-cm"], ["", "-26", "1e2"], "from 13 to 255 for any algorithm"),
        (&["-c"], ["73", "x", "12"], "from 13 to 72 for bcrypt"),
    ] {
        for length in lengths {
            let sandbox = Sandbox::with(TWO_USERS);
            let generate = format!("--generate={length}");
            let run = sandbox.run([options, &[&generate, "passwd", "alice"]].concat());
            run.is_wrong_call(&format!("argument to --generate must be {range}"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

#[test]
fn des_crypt_is_rejected() {
    let sandbox = Sandbox::with(TWO_USERS);
    for option in ["--generate", "--generate=8", "--generate=26"] {
        let run = sandbox.run(["-d", option, "passwd", "alice"]);
        run.is_wrong_call(
            "--generate cannot be combined with -d: DES crypt uses 8 characters, which can be guessed",
        );
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn an_existing_user_keeps_the_password() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--ensure", "--generate", "-B", "-C4", "passwd", "alice"]);
    run.stderr_is(&format!("User alice: added\n{GENERATED}"));
    let password = printed(&run, 26);
    assert!(sandbox.verifies("alice", &password));
    let before = sandbox.text("passwd");
    for options in [["--ensure", "-B"], ["--ensure", "-5"]] {
        let run = sandbox.run([&options[..], &["--generate", "passwd", "alice"]].concat());
        run.exits(0).stdout_is("").stderr_is("User alice: unchanged\n");
    }
    assert_eq!(sandbox.text("passwd"), before);
}

#[test]
fn a_dry_run_makes_no_password() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--ensure", "--dry-run", "--generate", "passwd", "alice"]);
    run.exits(0).stdout_is("").stderr_is("User alice: added (dry run, nothing was written)\n");
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_password_that_cannot_be_printed_is_not_set() {
    for options in [["-m"].as_slice(), &["-c"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let args = [options, &["--generate", "passwd", "bob"]].concat();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let run = sandbox.call(&args).stdout_to(full).run();
        run.exits(1).stderr_is("htpasswd: cannot write to standard output: No space left on device\n");
        sandbox.call(&args).redirected(">&-").run().exits(1).stderr_has("cannot write to standard output");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn ensure_reports_a_password_that_cannot_be_printed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let args = ["--ensure", "--generate", "passwd", "alice"];
    sandbox.call(args).redirected(">&-").run().exits(1).stderr_has("cannot write to standard output");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let run = sandbox.call(args).stdout_to(full).run();
    run.exits(1).stderr_has(LOST);
}

#[test]
fn generate_is_rejected_where_no_password_is_needed() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (line, option) in [
        (["-v", "--generate", "passwd", "bob"].as_slice(), "-v"),
        (&["-D", "--generate", "passwd", "bob"], "-D"),
    ] {
        sandbox.run(line).is_wrong_call(&format!("--generate cannot be combined with {option}"));
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn generate_does_not_prompt() {
    let sandbox = Sandbox::with("");
    let mut terminal = Terminal::start(&sandbox, ["--generate", "passwd", "alice"]);
    terminal.wait();
    let transcript = terminal.transcript();
    assert!(!transcript.contains("assword:"), "{transcript}");
    assert!(sandbox.verifies("alice", transcript.lines().next().unwrap()), "{transcript}");
}

#[test]
fn without_random_bytes_generate_fails() {
    if !has_tool("strace", &["-V"]) {
        skipped("strace is not installed");
        return;
    }
    let sandbox = Sandbox::with(TWO_USERS);
    let inject = ["-e", "trace=getrandom,openat", "-e", "inject=getrandom:error=EINVAL"];
    let strace = [&["strace", "-qq", "-o", "/dev/null"], &inject[..]].concat();
    let run = sandbox.call(["--generate", "-s", "passwd", "bob"]).under(strace).run();
    run.exits(1).stdout_is("").stderr_is("htpasswd: the operating system returned no random bytes\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

/// If the reader of the pipe has ended, as with `| head -0`, the user is stored and the password is lost. The error
/// message must report this.
#[test]
fn ensure_reports_a_password_lost_in_a_closed_pipe() {
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let sandbox = Sandbox::new();
    let call = sandbox.call(["--ensure", "--generate", "-B", "-C4", "passwd", "alice"]).stdout_to(closed());
    call.run().exits(1).stderr_has("User alice: added\n").stderr_has(LOST);
    let sandbox = Sandbox::with("");
    sandbox.call(["--generate", "-B", "-C4", "passwd", "alice"]).stdout_to(closed()).run().exits(1);
    assert_eq!(sandbox.text("passwd"), "");
}
