//! Keys and signals at a prompt on a terminal.

use super::{FIRST, SECOND};
use crate::support::{Exit, Sandbox, TWO_USERS, Terminal, bytes, original};
use rustix::process::Signal;

#[test]
fn d15_ctrl_c_interrupts() {
    for (prompts, options) in [(1, "-s"), (2, "-s"), (1, "-v")] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "bob"]);
        let first = if options == "-v" { "Enter password: " } else { FIRST };
        if original() {
            // For Apache's tool, Ctrl-C is a character of the password, so the tool waits for Enter.
            terminal.answer(first, "\x03\n");
            if options != "-v" {
                terminal.answer(SECOND, "\x03\n");
            }
            assert_eq!(terminal.wait(), Exit::Code(if options == "-v" { 3 } else { 0 }));
            assert_eq!(sandbox.verifies("bob", "\x03"), options != "-v");
            continue;
        }
        if prompts == 2 {
            terminal.answer(FIRST, "secret\n");
            terminal.answer(SECOND, "\x03");
        } else {
            terminal.answer(first, "\x03");
        }
        assert_eq!(terminal.wait(), Exit::Code(4), "{}", terminal.transcript());
        assert!(terminal.echoes() && terminal.is_restored());
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn d16_a_signal_at_a_prompt_restores_the_terminal() {
    // Users, shells and other programs send these signals to stop a program. An example is `timeout 1 htpasswd …`.
    let signals = [
        (Signal::TERM, 15),
        (Signal::HUP, 1),
        (Signal::INT, 2),
        (Signal::QUIT, 3),
        (Signal::USR1, 10),
        (Signal::USR2, 12),
        (Signal::ALARM, 14),
        (Signal::XCPU, 24),
        (Signal::VTALARM, 26),
        (Signal::PROF, 27),
    ];
    for (signal, number) in signals {
        for prompts in [1, 2] {
            let sandbox = Sandbox::new();
            let mut terminal = Terminal::start(&sandbox, ["-c", "passwd", "alice"]);
            if prompts == 2 {
                terminal.answer(FIRST, "secret\n");
                terminal.expect(SECOND);
            } else {
                terminal.expect(FIRST);
            }
            terminal.wait_for_echo(false);
            terminal.signal(signal);
            let exit = terminal.wait();
            if original() {
                assert_eq!(exit, Exit::Signal(number));
                assert!(!terminal.echoes());
                continue;
            }
            if number == 2 {
                assert_eq!(exit, Exit::Code(4));
            } else {
                // A shell reports 128 plus the number of the signal in both cases.
                assert!([Exit::Signal(number), Exit::Code(128 + number)].contains(&exit), "{exit:?}");
            }
            assert!(terminal.echoes() && terminal.is_restored(), "after signal {number} at prompt {prompts}");
            assert_eq!(sandbox.names(), Vec::<String>::new());
        }
    }
}

/// Typed keys, and the password that Apache's tool reads from them. This program reads `secret` each time.
const IGNORED_KEYS: [(&str, &str); 6] = [
    ("sec\tret\n", "sec\tret"),
    ("sec\x16\x01ret\n", "sec\x01ret"),
    ("sec\x1aret\n", "sec\x1aret"),
    ("sec\x1cret\n", "sec\x1cret"),
    ("sec\x04ret\n", "secret"),
    // These are arrow keys.
    ("\x1b[Asec\x1bOBret\x1b[1;5C\n", "\x1b[Asec\x1bOBret\x1b[1;5C"),
];

#[test]
fn d45_keys_without_a_character_are_ignored_at_a_prompt() {
    for (typed, stored) in IGNORED_KEYS {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
        terminal.answer(FIRST, typed);
        terminal.answer(SECOND, typed);
        terminal.ends(0, "New password: \r\nRe-type new password: \r\nAdding password for user alice\r\n");
        let password = if original() { stored } else { "secret" };
        assert!(sandbox.verifies("alice", password), "{typed:?}");
        assert!(terminal.is_restored(), "{typed:?}");
    }
}

#[test]
fn d45_ctrl_d_after_text_does_not_send_the_text() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.answer(FIRST, "secret\x04\x04");
    if !original() {
        terminal.send("\n");
    }
    terminal.answer(SECOND, "secret\n");
    // Only Enter prints a newline.
    let newline = if original() { "" } else { "\r\n" };
    terminal.ends(0, &format!("{FIRST}{newline}{SECOND}\r\nAdding password for user alice\r\n"));
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn d45_an_answer_that_is_not_utf_8_is_rejected() {
    // Enter ends the answer even after an incomplete character.
    for password in [b"p\xe4ss".as_slice(), b"p\xe4", b"\xff", "\u{1d11e}".as_bytes().split_at(3).0] {
        for options in ["-s", "-cs"] {
            let sandbox = Sandbox::with(TWO_USERS);
            let mut terminal = Terminal::start(&sandbox, [options, "passwd", "alice"]);
            let typed = [password, b"\n"].concat();
            terminal.answer(FIRST, &typed);
            if original() {
                terminal.answer(SECOND, &typed);
                assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
                assert!(sandbox.verifies("alice", bytes(password)), "{}", password.escape_ascii());
                continue;
            }
            let why = "the answer is not UTF-8 (use -i or --password-file)";
            terminal.ends(1, &format!("{FIRST}\r\nhtpasswd: cannot read the password: {why}\r\n"));
            assert!(terminal.echoes() && terminal.is_restored());
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

#[test]
fn d45_ctrl_c_interrupts_within_the_bytes_of_a_key() {
    for key in [b"\x1b".as_slice(), b"\x1b[", b"\xe4"] {
        let sandbox = Sandbox::with("");
        let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
        terminal.answer(FIRST, [key, b"\x03"].concat());
        if original() {
            // For Apache's tool, Ctrl-C is a character of the password.
            terminal.send("\n");
            terminal.answer(SECOND, [key, b"\x03\n"].concat());
            assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
            assert!(sandbox.verifies("alice", bytes(&[key, b"\x03"].concat())));
            continue;
        }
        terminal.ends(4, "New password: \r\n");
        assert_eq!(sandbox.text("passwd"), "");
    }
}

#[test]
fn d38_a_password_typed_for_i_is_not_shown() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-i", "passwd", "alice"]);
    if !original() {
        terminal.wait_for_echo(false);
    }
    terminal.send("TopSecret\n\x04");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(terminal.transcript().contains("TopSecret"), original(), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert!(sandbox.verifies("alice", "TopSecret"));
}
