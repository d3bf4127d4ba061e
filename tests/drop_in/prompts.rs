//! Prompts on a terminal, and prompts of a program without a terminal. These tests pass on both programs.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Exit, PLAIN_WARNING, SHA1, Sandbox, TWO_USERS, Terminal, bytes, original};
use rustix::process::Signal;
use rustix::termios::{LocalModes, tcgetattr};

const FIRST: &str = "New password: ";
const SECOND: &str = "Re-type new password: ";
const VERIFY: &str = "Enter password: ";

/// The content of [`TWO_USERS`] after `alice` is added with `-s` and `secret`.
fn added() -> String {
    format!("{TWO_USERS}alice:{SHA1}\n")
}

// On a terminal

#[test]
fn a_new_password_is_asked_for_twice() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    terminal.ends(0, "New password: \r\nRe-type new password: \r\nAdding password for user alice\r\n");
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn updating_and_creating_have_the_same_prompts() {
    for (options, user, status) in [("-s", "bob", "Updating"), ("-cs", "bob", "Adding")] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", user]);
        terminal.answer(FIRST, "secret\n");
        terminal.answer(SECOND, "secret\n");
        terminal.ends(
            0,
            &format!("New password: \r\nRe-type new password: \r\n{status} password for user bob\r\n"),
        );
        assert!(sandbox.verifies("bob", "secret"));
    }
}

#[test]
fn printing_prompts_before_the_record() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start(&sandbox, ["-ns", "alice"]);
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    terminal.ends(0, &format!("New password: \r\nRe-type new password: \r\nalice:{SHA1}\r\n\r\n"));
}

#[test]
fn verifying_asks_once() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-v", "passwd", "bob"]);
    terminal.answer(VERIFY, "secret\n");
    terminal.ends(0, "Enter password: \r\nPassword for user bob correct.\r\n");
    let mut terminal = Terminal::start(&sandbox, ["-v", "passwd", "bob"]);
    terminal.answer(VERIFY, "wrong\n");
    terminal.ends(3, "Enter password: \r\npassword verification failed\r\n");
}

#[test]
fn typed_passwords_are_not_shown() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start(&sandbox, ["-ns", "alice"]);
    terminal.answer(FIRST, "visible?\n");
    terminal.answer(SECOND, "visible?\n");
    assert_eq!(terminal.wait(), Exit::Code(0));
    assert!(!terminal.transcript().contains("visible"), "{}", terminal.transcript());
}

#[test]
fn the_terminal_has_its_settings_back_at_the_end() {
    for (answers, code) in [(["secret\n", "secret\n"], 0), (["secret\n", "other\n"], 3)] {
        let sandbox = Sandbox::new();
        let mut terminal = Terminal::start(&sandbox, ["-ns", "alice"]);
        terminal.answer(FIRST, answers[0]);
        terminal.answer(SECOND, answers[1]);
        assert_eq!(terminal.wait(), Exit::Code(code));
        assert!(terminal.echoes() && terminal.is_restored(), "after exit {code}");
    }
}

#[test]
fn different_answers_exit_with_3_and_write_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    for options in ["-s", "-cs"] {
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "alice"]);
        terminal.answer(FIRST, "one\n");
        terminal.answer(SECOND, "two\n");
        let output = "New password: \r\nRe-type new password: \r\nhtpasswd: password verification error\r\n";
        terminal.ends(3, output);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn an_answer_may_have_all_characters_of_unicode() {
    for password in ["päss wörd", "€ 𝄞", ":", " "] {
        let sandbox = Sandbox::with("");
        let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
        terminal.answer(FIRST, format!("{password}\n"));
        terminal.answer(SECOND, format!("{password}\n"));
        assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
        assert!(sandbox.verifies("alice", password), "{password}");
    }
}

#[test]
fn the_keys_for_return_erase_and_kill_work() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.answer(FIRST, "secreX\x7ft\r");
    terminal.answer(SECOND, "wrong\x15secret\r");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn ctrl_d_differs_from_an_answer_with_text() {
    for answers in [["\x04", "x\n"], ["x\n", "\x04"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
        terminal.answer(FIRST, answers[0]);
        terminal.answer(SECOND, answers[1]);
        assert_eq!(terminal.wait(), Exit::Code(3), "{}", terminal.transcript());
        assert!(terminal.transcript().ends_with("htpasswd: password verification error\r\n"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn ctrl_d_is_a_wrong_password_for_v() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-v", "passwd", "bob"]);
    terminal.answer(VERIFY, "\x04");
    terminal.ends(3, "Enter password: password verification failed\r\n");
}

#[test]
fn an_answer_may_have_255_bytes() {
    let sandbox = Sandbox::with("");
    let password = "x".repeat(255);
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.answer(FIRST, format!("{password}\n"));
    terminal.answer(SECOND, format!("{password}\n"));
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(sandbox.verifies("alice", &password));
}

#[test]
fn an_answer_of_257_bytes_is_too_long() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.answer(FIRST, format!("{}\n", "x".repeat(257)));
    terminal.ends(5, "New password: \r\nhtpasswd: password too long (>256)\r\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn prompts_read_the_terminal_even_if_stdin_is_a_pipe() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start_with_input(&sandbox, ["-s", "passwd", "alice"], b"other\nother\n");
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), added());

    let sandbox = Sandbox::with(TWO_USERS);
    let no_input = |command: pty_process::blocking::Command| command.stdin(Stdio::null());
    let mut terminal = Terminal::start_with(&sandbox, ["-s", "passwd", "alice"], no_input);
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn prompts_are_on_the_terminal_if_output_is_redirected() {
    let sandbox = Sandbox::with(TWO_USERS);
    let no_output =
        |command: pty_process::blocking::Command| command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut terminal = Terminal::start_with(&sandbox, ["-s", "passwd", "alice"], no_output);
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    terminal.ends(0, "New password: \r\nRe-type new password: \r\n");
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn there_is_no_prompt_if_no_password_is_needed() {
    for (arguments, output) in [
        (&["-bs", "passwd", "alice", "secret"][..], "Adding password for user alice\r\n"),
        (&["-D", "passwd", "bob"], "Deleting password for user bob\r\n"),
        (&["-vb", "passwd", "bob", "secret"], "Password for user bob correct.\r\n"),
        (&["-v", "passwd", "zed"], "User zed not found\r\n"),
        (&["none", "alice"], "htpasswd: cannot modify file none; use '-c' to create it\r\n"),
        (&["passwd", "a:b"], "htpasswd: username contains illegal character ':'\r\n"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, arguments);
        terminal.wait();
        assert_eq!(terminal.transcript(), output);
    }
}

#[test]
fn usage_errors_come_before_any_prompt() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["passwd"]);
    assert_eq!(terminal.wait(), Exit::Code(2));
    let transcript = terminal.transcript();
    let usage = transcript.strip_prefix("htpasswd: USER is missing\r\n").filter(|_| !original());
    assert!(usage.unwrap_or(&transcript).starts_with("Usage:"), "{transcript}");
}

#[test]
fn i_reads_a_pipe_without_prompts_on_a_terminal() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start_with_input(&sandbox, ["-is", "passwd", "alice"], b"secret\n");
    terminal.ends(0, "Adding password for user alice\r\n");
    assert!(terminal.echoes() && terminal.is_restored());
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn warnings_about_the_scheme_come_after_the_prompts() {
    let sandbox = Sandbox::with("");
    let mut terminal = Terminal::start(&sandbox, ["-d", "passwd", "alice"]);
    terminal.answer(FIRST, "123456789\n");
    terminal.answer(SECOND, "123456789\n");
    let warning = "Warning: Password truncated to 8 characters by CRYPT algorithm.\r\n";
    terminal.ends(
        0,
        &format!("New password: \r\nRe-type new password: \r\n{warning}Adding password for user alice\r\n"),
    );
}

#[test]
fn a_change_of_the_window_size_is_harmless() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    terminal.signal(Signal::WINCH);
    terminal.send("secret\n");
    terminal.answer(SECOND, "secret\n");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn a_program_killed_at_the_prompt_writes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    for options in ["-s", "-cs"] {
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "alice"]);
        terminal.expect(FIRST);
        terminal.signal(Signal::KILL);
        assert_eq!(terminal.wait(), Exit::Signal(9));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        assert_eq!(sandbox.names(), ["passwd"]);
    }
}

#[test]
fn closing_the_terminal_ends_the_program() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    assert_eq!(terminal.hang_up(), Exit::Signal(1));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

// Without a terminal

#[test]
fn without_terminal_prompts_are_on_stderr_and_answers_on_stdin() {
    for input in ["secret\nsecret\n", "secret\nsecret", "secret\nsecret\nignored\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-s", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stdout_is("");
        run.stderr_is("New password: Re-type new password: Adding password for user alice\n");
        assert_eq!(sandbox.text("passwd"), added());
    }
}

#[test]
fn without_terminal_only_the_answers_are_read_from_stdin() {
    for (option, exit, input, read) in [
        ("-s", 0, "secret\nsecret\nnext\n", 14),
        ("-s", 3, "one\ntwo\nnext\n", 8),
        ("-v", 3, "wrong\nnext\n", 6),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("answers", input);
        let mut answers = File::open(sandbox.path("answers")).unwrap();
        let stdin = answers.try_clone().unwrap();
        sandbox.call([option, "passwd", "bob"]).stdin_from(stdin).run().exits(exit);
        assert_eq!(answers.stream_position().unwrap(), read, "{option}");
    }
}

#[test]
fn without_terminal_different_answers_exit_with_3() {
    for input in ["one\ntwo\n", "one\n", "one", "\none\n", "secret\nsecret \n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-s", "passwd", "alice"]).stdin(input).run();
        run.exits(3).stderr_is("New password: Re-type new password: htpasswd: password verification error\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn without_terminal_a_carriage_return_is_part_of_the_answer() {
    let sandbox = Sandbox::with("");
    sandbox.call(["passwd", "alice"]).stdin("secret\r\nsecret\r\n").run().exits(0);
    assert!(sandbox.verifies("alice", "secret\r"));
    assert!(!sandbox.verifies("alice", "secret"));
}

#[test]
fn without_terminal_answers_need_not_be_utf8() {
    let sandbox = Sandbox::with("");
    sandbox.call(["passwd", "alice"]).stdin(b"p\xe4ss\np\xe4ss\n").run().exits(0);
    assert!(sandbox.verifies("alice", bytes(b"p\xe4ss")));
}

#[test]
fn without_terminal_an_answer_may_be_255_bytes_long() {
    let sandbox = Sandbox::with("");
    let password = "x".repeat(255);
    sandbox.call(["passwd", "alice"]).stdin(format!("{password}\n{password}\n")).run().exits(0);
    assert!(sandbox.verifies("alice", &password));
}

#[test]
fn without_terminal_a_long_answer_is_rejected_at_once() {
    for length in [257, 100_000] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["passwd", "alice"]).stdin(format!("{}\n", "x".repeat(length))).run();
        run.exits(5).stderr_is("New password: htpasswd: password too long (>256)\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn without_terminal_the_record_is_on_stdout_and_prompts_are_not() {
    let run = Sandbox::new().call(["-ns", "alice"]).stdin("secret\nsecret\n").run();
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("New password: Re-type new password: ");
    let run = Sandbox::new().call(["-ns", "alice"]).stdin("one\ntwo\n").run();
    run.exits(3).stdout_is("");
    run.stderr_is("New password: Re-type new password: htpasswd: password verification error\n");
}

#[test]
fn without_terminal_plain_text_warns_before_the_prompts() {
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["-p", "passwd", "alice"]).stdin("secret\nsecret\n").run();
    run.exits(0);
    run.stderr_is(&format!(
        "{PLAIN_WARNING}New password: Re-type new password: Adding password for user alice\n"
    ));
    assert_eq!(sandbox.text("passwd"), "alice:secret\n");
}

#[test]
fn a_terminal_on_stdin_only_has_no_echo_and_prompts_on_stderr() {
    let (mut pty, pts) = pty_process::blocking::open().unwrap();
    let sandbox = Sandbox::with(TWO_USERS);
    let stdin = pts.as_fd().try_clone_to_owned().unwrap();
    let running = sandbox.call(["-v", "passwd", "bob"]).stdin_from(stdin).start();
    let echoes = || tcgetattr(pts.as_fd()).unwrap().local_modes.contains(LocalModes::ECHO);
    let deadline = Instant::now() + Duration::from_secs(10);
    while echoes() {
        assert!(Instant::now() < deadline, "the echo stays on");
        thread::sleep(Duration::from_millis(1));
    }
    pty.write_all(b"secret\n").unwrap();
    let run = running.wait();
    run.exits(0).stderr_is("Enter password: \nPassword for user bob correct.\n");
    assert!(echoes(), "the echo stays off");
}

/// A user pauses the program with Ctrl-Z and continues it with `fg`, which sends SIGCONT.
#[test]
fn text_typed_for_i_before_a_pause_is_kept() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-i", "passwd", "alice"]);
    if !original() {
        terminal.wait_for_echo(false);
    }
    terminal.send("Top\n");
    terminal.wait_until_read();
    terminal.signal(Signal::CONT);
    thread::sleep(Duration::from_millis(100));
    terminal.send("Secret\n\x04");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(sandbox.verifies("alice", "Top\nSecret"));
}
