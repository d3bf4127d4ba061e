//! Prompts, on a terminal and without one. Passes on both programs.

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

/// The content after `alice` was added with `-s` and `secret`.
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
fn updating_and_creating_ask_alike() {
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
fn printing_asks_and_then_prints() {
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
fn what_is_typed_is_not_shown() {
    let sandbox = Sandbox::new();
    let mut terminal = Terminal::start(&sandbox, ["-ns", "alice"]);
    terminal.answer(FIRST, "visible?\n");
    terminal.answer(SECOND, "visible?\n");
    assert_eq!(terminal.wait(), Exit::Code(0));
    assert!(!terminal.transcript().contains("visible"), "{}", terminal.transcript());
}

#[test]
fn the_terminal_is_as_before_when_the_program_is_done() {
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
fn answers_that_differ_end_with_code_3_and_change_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    for options in ["-s", "-cs"] {
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "alice"]);
        terminal.answer(FIRST, "one\n");
        terminal.answer(SECOND, "two\n");
        let shown = "New password: \r\nRe-type new password: \r\nhtpasswd: password verification error\r\n";
        terminal.ends(3, shown);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn an_answer_may_hold_any_letter_that_can_be_typed() {
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
fn ctrl_d_is_an_empty_answer_that_differs_from_others() {
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
fn ctrl_d_is_a_wrong_password_when_verifying() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-v", "passwd", "bob"]);
    terminal.answer(VERIFY, "\x04");
    terminal.ends(3, "Enter password: password verification failed\r\n");
}

#[test]
fn an_answer_of_255_bytes_is_taken() {
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
fn a_terminal_is_asked_even_if_stdin_is_something_else() {
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
fn a_terminal_shows_the_prompts_even_if_stdout_and_stderr_are_elsewhere() {
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
fn a_terminal_is_not_asked_when_nothing_is_to_be_typed() {
    for (arguments, shown) in [
        (["-bs", "passwd", "alice", "secret"].as_slice(), "Adding password for user alice\r\n"),
        (&["-D", "passwd", "bob"], "Deleting password for user bob\r\n"),
        (&["-vb", "passwd", "bob", "secret"], "Password for user bob correct.\r\n"),
        (&["-v", "passwd", "zed"], "User zed not found\r\n"),
        (&["none", "alice"], "htpasswd: cannot modify file none; use '-c' to create it\r\n"),
        (&["passwd", "a:b"], "htpasswd: username contains illegal character ':'\r\n"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, arguments);
        terminal.wait();
        assert_eq!(terminal.transcript(), shown);
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
fn a_password_on_stdin_is_taken_on_a_terminal_without_asking() {
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
fn a_program_killed_at_the_prompt_leaves_the_file_alone() {
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
fn a_terminal_that_goes_away_ends_the_program() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    assert_eq!(terminal.hang_up(), Exit::Signal(1));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

// Without a terminal

#[test]
fn without_terminal_prompts_are_on_stderr_and_answers_are_lines_of_stdin() {
    for input in ["secret\nsecret\n", "secret\nsecret", "secret\nsecret\nignored\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-s", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stdout_is("");
        run.stderr_is("New password: Re-type new password: Adding password for user alice\n");
        assert_eq!(sandbox.text("passwd"), added());
    }
}

#[test]
fn without_terminal_what_stands_behind_the_answers_is_left_for_others() {
    for (option, exit, input, taken) in [
        ("-s", 0, "secret\nsecret\nnext\n", 14),
        ("-s", 3, "one\ntwo\nnext\n", 8),
        ("-v", 3, "wrong\nnext\n", 6),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("answers", input);
        let mut answers = File::open(sandbox.path("answers")).unwrap();
        let stdin = answers.try_clone().unwrap();
        sandbox.call([option, "passwd", "bob"]).stdin_from(stdin).run().exits(exit);
        assert_eq!(answers.stream_position().unwrap(), taken, "{option}");
    }
}

#[test]
fn without_terminal_answers_that_differ_end_with_code_3() {
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
fn without_terminal_answers_are_bytes() {
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
fn without_terminal_too_long_an_answer_is_refused_at_once() {
    for length in [257, 100_000] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["passwd", "alice"]).stdin(format!("{}\n", "x".repeat(length))).run();
        run.exits(5).stderr_is("New password: htpasswd: password too long (>256)\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn without_terminal_printing_keeps_prompts_out_of_the_record() {
    let run = Sandbox::new().call(["-ns", "alice"]).stdin("secret\nsecret\n").run();
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("New password: Re-type new password: ");
    let run = Sandbox::new().call(["-ns", "alice"]).stdin("one\ntwo\n").run();
    run.exits(3).stdout_is("");
    run.stderr_is("New password: Re-type new password: htpasswd: password verification error\n");
}

#[test]
fn without_terminal_the_warning_of_plain_text_comes_before_the_prompts() {
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["-p", "passwd", "alice"]).stdin("secret\nsecret\n").run();
    run.exits(0);
    run.stderr_is(&format!(
        "{PLAIN_WARNING}New password: Re-type new password: Adding password for user alice\n"
    ));
    assert_eq!(sandbox.text("passwd"), "alice:secret\n");
}

#[test]
fn a_terminal_that_is_only_stdin_is_read_without_echo_and_prompted_on_stderr() {
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

/// As after Ctrl-Z and `fg`.
#[test]
fn what_was_typed_for_i_before_a_pause_counts() {
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
