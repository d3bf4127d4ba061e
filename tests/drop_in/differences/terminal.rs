//! Prompts on a terminal.

use super::{FIRST, SECOND};
use crate::support::{Exit, Sandbox, TWO_USERS, Terminal, original};
use rustix::process::Signal;

#[test]
fn d15_ctrl_c_interrupts() {
    for (prompts, options) in [(1, "-s"), (2, "-s"), (1, "-v")] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "bob"]);
        let first = if options == "-v" { "Enter password: " } else { FIRST };
        if original() {
            // It is a part of the password: the program goes on to wait for the end of the line.
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
fn d16_a_signal_at_a_prompt_leaves_the_terminal_as_it_was() {
    // What people, shells and programs send that give up: `perl -e 'alarm 1; exec …'` is one.
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
                // Either is 128 and the number for the shell.
                assert!([Exit::Signal(number), Exit::Code(128 + number)].contains(&exit), "{exit:?}");
            }
            assert!(terminal.echoes() && terminal.is_restored(), "after signal {number} at prompt {prompts}");
            assert_eq!(sandbox.names(), Vec::<String>::new());
        }
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
