//! Passwords, where they come from, and how long they may be.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{FIRST, SECOND, TOO_LONG, refused};
use crate::support::{Exit, SHA1, Sandbox, TWO_USERS, Terminal, bytes, original, skipped};
use rustix::fs::{OFlags, fcntl_setfl};

/// `{SHA}` of the empty password.
const SHA1_OF_NOTHING: &str = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";

#[test]
fn d07_plain_text_cannot_bring_lines_of_its_own() {
    let password = format!("x\nroot:{SHA1}");
    for password in [password.as_str(), "x\ny", "x\n", "\nx", "x\ry", "x\r"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-bp", "passwd", "eve", password]);
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}eve:{password}\n"));
        } else {
            refused(&sandbox, &run, 2);
        }
    }
    for input in ["x\ny\n", "x\ry\n", "x\0y\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-ip", "passwd", "eve"]).stdin(input).run();
        if original() {
            run.exits(0);
        } else {
            refused(&sandbox, &run, 2);
        }
    }
}

#[test]
fn d11_a_password_longer_than_bcrypt_uses_warns() {
    for (password, cut) in [("x".repeat(72), false), ("x".repeat(73), true), ("é".repeat(36) + "z", true)] {
        let sandbox = Sandbox::with("");
        let argument = sandbox.run(["-bB", "-C", "4", "passwd", "alice", &password]);
        argument.exits(0).stderr_is("Adding password for user alice\n");
        let input = sandbox.call(["-iB", "-C", "4", "passwd", "alice"]).stdin(format!("{password}\n")).run();
        input.exits(0).stderr_is("Updating password for user alice\n");
        for run in [&argument, &input] {
            assert_eq!(run.warnings().iter().any(|line| line.contains("72")), cut && !original(), "{run}");
        }
        assert!(sandbox.verifies("alice", &password));
        assert!(sandbox.verifies("alice", bytes(&password.as_bytes()[..72])));
    }
    // Other schemes use all of it.
    Sandbox::new().run(["-nb", "alice", &"x".repeat(73)]).exits(0).does_not_warn();
}

#[test]
fn d12_a_nul_byte_in_a_password_is_refused() {
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
                refused(&sandbox, &run, 2);
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
fn d13_a_line_break_inside_a_password_on_stdin_warns() {
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
fn d14_end_of_input_is_no_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    for run in [
        sandbox.run(["-is", "passwd", "alice"]),
        sandbox.call(["-is", "passwd", "alice"]).stdin("").run(),
        sandbox.run(["-s", "passwd", "alice"]),
        sandbox.call(["-s", "passwd", "alice"]).stdin("").run(),
        // One of the two answers is missing, both are empty.
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
        // Ours may refuse the first end of input at once, or ask for the second answer.
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
fn d25_a_password_argument_stays_in_the_process_list_as_before() {
    if !Path::new("/proc/self/cmdline").exists() {
        skipped("there is no /proc");
        return;
    }
    // The program waits for room in a pipe that is full.
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
    // Not by the number of the process: /proc may be that of the world outside of a container.
    let in_the_list = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut lists = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lists.any(|list| list.ends_with(format!("\0-nbs\0alice\0{password}\0").as_bytes()))
    };
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !in_the_list() {
        assert!(std::time::Instant::now() < deadline, "the program does not start, or hides its arguments");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(100));
    assert!(in_the_list());
    let output = thread::spawn(move || std::io::read_to_string(reader).unwrap());
    running.wait().exits(0);
    assert!(output.join().unwrap().trim_start_matches('.').starts_with("alice:{SHA}"));
}

#[test]
fn d30_the_limit_of_a_password_is_255_bytes_wherever_it_comes_from() {
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    let sandbox = Sandbox::with(TWO_USERS);
    let argument = sandbox.run(["-b", "passwd", "alice", &too_long]);
    let inputs = ["", "\n", "\r\n"]
        .map(|end| sandbox.call(["-i", "passwd", "alice"]).stdin(format!("{too_long}{end}")).run());
    let prompt = sandbox.call(["passwd", "alice"]).stdin(format!("{too_long}\n{too_long}\n")).run();
    if original() {
        argument.exits(5).stderr_is("htpasswd: password too long (> 256)\n");
        prompt.exits(0);
        // The line end counts.
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
fn d42_unreadable_input_is_called_that() {
    let sandbox = Sandbox::with(TWO_USERS);
    let directory = File::open(sandbox.root()).unwrap();
    for run in [
        sandbox.call(["-is", "passwd", "alice"]).stdin_from(directory).run(),
        sandbox.call(["-is", "passwd", "alice"]).redirected("<&-").run(),
    ] {
        if original() {
            run.exits(5).stderr_is(TOO_LONG);
        } else {
            refused(&sandbox, &run, 1);
            assert!(!run.stderr().contains("too long"), "{run}");
        }
    }
}

#[test]
fn d52_a_plain_text_password_that_ends_in_a_backslash_is_refused() {
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
                refused(&sandbox, &run, 2);
                run.stderr_has("a plain-text password cannot end in a backslash");
            }
        }
    }
}
