//! Passwords: their sources, their length, and warnings about them.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{FIRST, SECOND, TOO_LONG, is_rejected};
use crate::support::{Exit, SHA1, Sandbox, TWO_USERS, Terminal, bytes, original, skipped};
use rustix::fs::{OFlags, fcntl_setfl};

/// The `{SHA}` hash of the empty password.
const SHA1_OF_NOTHING: &str = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";

#[test]
fn d07_plain_text_with_a_newline_is_rejected() {
    let password = format!("x\nroot:{SHA1}");
    for password in [password.as_str(), "x\ny", "x\n", "\nx", "x\ry", "x\r"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-bp", "passwd", "eve", password]);
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}eve:{password}\n"));
        } else {
            is_rejected(&sandbox, &run, 2);
        }
    }
    for input in ["x\ny\n", "x\ry\n", "x\0y\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-ip", "passwd", "eve"]).stdin(input).run();
        if original() {
            run.exits(0);
        } else {
            is_rejected(&sandbox, &run, 2);
        }
    }
}

#[test]
fn d11_a_password_longer_than_72_bytes_warns_with_bcrypt() {
    for (password, is_truncated) in
        [("x".repeat(72), false), ("x".repeat(73), true), ("é".repeat(36) + "z", true)]
    {
        let sandbox = Sandbox::with("");
        let argument = sandbox.run(["-bB", "-C", "4", "passwd", "alice", &password]);
        argument.exits(0).stderr_is("Adding password for user alice\n");
        let input = sandbox.call(["-iB", "-C", "4", "passwd", "alice"]).stdin(format!("{password}\n")).run();
        input.exits(0).stderr_is("Updating password for user alice\n");
        for run in [&argument, &input] {
            assert_eq!(
                run.warnings().iter().any(|line| line.contains("72")),
                is_truncated && !original(),
                "{run}"
            );
        }
        assert!(sandbox.verifies("alice", &password));
        assert!(sandbox.verifies("alice", bytes(&password.as_bytes()[..72])));
    }
    // The other schemes, such as the default MD5, read the whole password.
    Sandbox::new().run(["-nb", "alice", &"x".repeat(73)]).exits(0).does_not_warn();
}

#[test]
fn d12_a_nul_byte_in_a_password_is_rejected() {
    for input in ["sec\0ret\n", "\0secret\n", "secret\0", "secret\0\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let typed = format!("{0}\n{0}\n", input.trim_end());
        for run in [
            sandbox.call(["-im", "passwd", "alice"]).stdin(input).run(),
            sandbox.call(["-m", "passwd", "alice"]).stdin(typed).run(),
        ] {
            if original() {
                run.exits(0);
            } else {
                is_rejected(&sandbox, &run, 2);
            }
        }
        if original() {
            assert!(sandbox.verifies("alice", input.split('\0').next().unwrap()));
        }
    }
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-vi", "passwd", "bob"]).stdin("secret\0more\n").run();
    run.exits(if original() { 0 } else { 2 });
}

#[test]
fn d13_a_newline_within_a_password_on_stdin_warns() {
    for (input, inside) in [
        ("secret\nsecret\n", true),
        ("secret\n\n", true),
        ("\nsecret", true),
        ("secret\n", false),
        ("secret\r\n", false),
    ] {
        let sandbox = Sandbox::with("");
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(!run.warnings().is_empty(), inside && !original(), "{run}");
        let password = input.strip_suffix("\r\n").or_else(|| input.strip_suffix('\n')).unwrap_or(input);
        assert!(sandbox.verifies("alice", password));
    }
}

#[test]
fn d14_an_empty_password_warns() {
    let sandbox = Sandbox::with("");
    let argument = sandbox.run(["-bs", "passwd", "alice", ""]);
    argument.exits(0).stderr_is("Adding password for user alice\n");
    for input in ["\n", "\r\n"] {
        let run = sandbox.call(["-is", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stderr_is("Updating password for user alice\n");
        assert_eq!(run.warnings().is_empty(), original(), "{run}");
    }
    assert_eq!(argument.warnings().is_empty(), original(), "{argument}");
    let lines = sandbox.call(["-s", "passwd", "alice"]).stdin("\n\n").run();
    lines.exits(0);
    assert_eq!(lines.stderr().contains("Warning: "), !original(), "{lines}");
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.answer(FIRST, "\n");
    terminal.answer(SECOND, "\n");
    terminal.ends(0, "New password: \r\nRe-type new password: \r\nUpdating password for user alice\r\n");
    assert_eq!(terminal.transcript().contains("\nWarning: "), !original(), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1_OF_NOTHING}\n"));
}

#[test]
fn d14_an_empty_input_is_rejected_as_a_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    for run in [
        sandbox.run(["-is", "passwd", "alice"]),
        sandbox.call(["-is", "passwd", "alice"]).stdin("").run(),
        sandbox.run(["-s", "passwd", "alice"]),
        sandbox.call(["-s", "passwd", "alice"]).stdin("").run(),
        // The first answer is empty, and the second one is missing.
        sandbox.call(["-s", "passwd", "alice"]).stdin("\n").run(),
        sandbox.call(["-s", "passwd", "alice"]).redirected("<&-").run(),
    ] {
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1_OF_NOTHING}\n"));
        } else {
            run.exits(1).stdout_is("");
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{run}");
        }
    }
    for answers in [["\x04", "\x04"], ["\n", "\x04"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
        terminal.answer(FIRST, answers[0]);
        // This program may reject the first answer at once, or prompt for the second one.
        if terminal.appears(SECOND) {
            terminal.wait_for_echo(false);
            terminal.send(answers[1]);
        }
        let exit = terminal.wait();
        assert_eq!(exit, Exit::Code(i32::from(!original())), "{}", terminal.transcript());
        assert_eq!(sandbox.text("passwd") == TWO_USERS, !original());
    }
}

#[test]
fn d51_a_password_that_users_cannot_type_warns() {
    for password in ["\u{feff}secret", "secret\r", "sec\tret", "one\ntwo"] {
        let sandbox = Sandbox::with("");
        let run = sandbox.run(["-bs", "passwd", "alice", password]);
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(run.warnings().len(), usize::from(!original()), "{run}");
        assert!(sandbox.verifies("alice", password));
    }
    if !original() {
        let run = Sandbox::new().run(["--strict", "-nbs", "alice", "secret\r"]);
        run.exits(1).stderr_has("the password ends with a carriage return, which users cannot type");
    }
}

#[test]
fn d51_a_password_that_is_a_hash_warns() {
    let sandbox = Sandbox::with("");
    let run = sandbox.run(["-bs", "passwd", "alice", SHA1]);
    run.exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(run.warnings().iter().any(|line| line.contains("--hashed")), !original(), "{run}");
}

#[test]
fn d25_a_password_argument_is_in_the_process_list_as_before() {
    if !Path::new("/proc/self/cmdline").exists() {
        skipped("there is no /proc");
        return;
    }
    // The pipe is full, so the program waits in its write while the test reads the process list.
    let (reader, writer) = std::io::pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    loop {
        match (&writer).write(&[b'.'; 4096]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    let sandbox = Sandbox::new();
    let password = format!("secret of {}", sandbox.root().display());
    let running = sandbox.call(["-nbs", "alice", &password]).stdout_to(writer).start();
    // The test searches all processes, because /proc may have other process numbers than a container.
    let is_listed = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut lists = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lists.any(|list| list.ends_with(format!("\0-nbs\0alice\0{password}\0").as_bytes()))
    };
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !is_listed() {
        assert!(std::time::Instant::now() < deadline, "the program does not start, or hides its arguments");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(100));
    assert!(is_listed());
    let output = thread::spawn(move || std::io::read_to_string(reader).unwrap());
    running.wait().exits(0);
    assert!(output.join().unwrap().trim_start_matches('.').starts_with("alice:{SHA}"));
}

#[test]
fn d30_a_password_has_255_bytes_at_most_from_each_source() {
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    let sandbox = Sandbox::with(TWO_USERS);
    let argument = sandbox.run(["-b", "passwd", "alice", &too_long]);
    let inputs = ["", "\n", "\r\n"]
        .map(|end| sandbox.call(["-i", "passwd", "alice"]).stdin(format!("{too_long}{end}")).run());
    let prompt = sandbox.call(["passwd", "alice"]).stdin(format!("{too_long}\n{too_long}\n")).run();
    if original() {
        argument.exits(5).stderr_is("htpasswd: password too long (> 256)\n");
        prompt.exits(0);
        // Apache's tool counts the newline.
        sandbox
            .call(["-i", "passwd", "alice"])
            .stdin(format!("{longest}\n"))
            .run()
            .exits(5)
            .stderr_is(TOO_LONG);
        return;
    }
    argument.exits(5).stderr_is(TOO_LONG);
    for input in inputs {
        input.exits(5).stderr_is(TOO_LONG);
    }
    prompt.exits(5).stderr_is(&format!("{FIRST}{TOO_LONG}"));
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.answer(FIRST, format!("{too_long}\n"));
    terminal.ends(5, "New password: \r\nhtpasswd: password too long (>256)\r\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);

    for end in ["", "\n", "\r\n"] {
        sandbox.call(["-i", "passwd", "alice"]).stdin(format!("{longest}{end}")).run().exits(0);
        assert!(sandbox.verifies("alice", &longest));
    }
    sandbox.run(["-vb", "passwd", "alice", &too_long]).exits(5);
    sandbox.call(["-vi", "passwd", "alice"]).stdin(format!("{longest}\n")).run().exits(0);
    let run = sandbox.call(["-vi", "passwd", "alice"]).stdin(format!("{too_long}\n")).run();
    run.exits(5).stderr_is("password too long (>256)\n");
}

#[test]
fn d42_the_message_says_that_the_input_is_unreadable() {
    let sandbox = Sandbox::with(TWO_USERS);
    let directory = File::open(sandbox.root()).unwrap();
    for run in [
        sandbox.call(["-is", "passwd", "alice"]).stdin_from(directory).run(),
        sandbox.call(["-is", "passwd", "alice"]).redirected("<&-").run(),
    ] {
        if original() {
            run.exits(5).stderr_is(TOO_LONG);
        } else {
            is_rejected(&sandbox, &run, 1);
            assert!(!run.stderr().contains("too long"), "{run}");
        }
    }
}

#[test]
fn d52_plain_text_that_ends_in_a_backslash_is_rejected() {
    for password in ["\\", "abc\\", "a:b\\\\"] {
        for (line, input) in [
            (["-bp", "passwd", "eve", password].as_slice(), String::new()),
            (&["-ip", "passwd", "eve"], format!("{password}\n")),
            (&["-p", "passwd", "eve"], format!("{password}\n{password}\n")),
            (&["-nbp", "eve", password], String::new()),
        ] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = sandbox.call(line).stdin(input).run();
            if original() {
                run.exits(0);
            } else {
                is_rejected(&sandbox, &run, 2);
                run.stderr_has("a plain-text password cannot end in a backslash");
            }
        }
    }
}
