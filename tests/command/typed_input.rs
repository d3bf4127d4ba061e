//! Input that a user types on a terminal, while the program is stopped, gets signals, or loses the terminal.

use crate::support::{Exit, Sandbox, TWO_USERS, Terminal, program};
use pty_process::blocking::Command;
use rustix::process::Signal;

const FIRST: &str = "New password: ";
const SECOND: &str = "Re-type new password: ";

#[test]
fn an_import_list_is_not_shown_and_ends_with_ctrl_d() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["--import", "-s", "passwd"]);
    terminal.answer("Users, one per line (not shown; end with Ctrl-D):\r\n", "alice:TopSecret\n");
    terminal.wait_until_read();
    terminal.send("eve:Other\n\x04");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(!terminal.transcript().contains("Secret"), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert!(sandbox.verifies("alice", "TopSecret") && sandbox.verifies("eve", "Other"));
}

#[test]
fn ctrl_c_ends_an_import_list_that_is_typed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["--import", "-s", "passwd"]);
    terminal.answer("Ctrl-D):\r\n", "alice:TopSecret\n");
    terminal.wait_until_read();
    terminal.send("\x03");
    assert_eq!(terminal.wait(), Exit::Code(4), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn ctrl_z_is_ignored_while_the_password_of_i_is_typed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-i", "passwd", "alice"]);
    terminal.wait_for_echo(false);
    terminal.send("Top\x1aSecret\n\x04");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert!(sandbox.verifies("alice", "TopSecret"));
}

#[test]
fn keys_before_a_prompt_are_discarded() {
    let sandbox = Sandbox::with("");
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    // Both lines arrive at once. Only the first line is an answer to the first prompt.
    terminal.answer(FIRST, "secret\nhidden\n");
    terminal.answer(SECOND, "secret\n");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn a_prompt_is_printed_again_after_a_stop() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.answer(FIRST, "forgotten");
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.answer(FIRST, "secret\n");
    terminal.answer(SECOND, "secret\n");
    terminal.ends(0, &format!("{FIRST}{FIRST}\r\n{SECOND}\r\nAdding password for user alice\r\n"));
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn a_signal_to_a_stopped_program_ends_it_later() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    for signal in [Signal::STOP, Signal::TERM, Signal::CONT] {
        terminal.signal(signal);
    }
    assert_eq!(terminal.wait(), Exit::Signal(15), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

/// Starts `htpasswd passwd alice` with these signals ignored.
fn start_ignoring<'a>(sandbox: &'a Sandbox, signals: &str) -> Terminal<'a> {
    let script = format!("trap '' {signals}; exec \"$0\" passwd alice");
    let shell =
        |_: Command| Command::new("sh").args(["-c", &script]).arg(program()).current_dir(sandbox.work());
    Terminal::start_with(sandbox, [""; 0], shell)
}

#[test]
fn a_signal_that_the_caller_ignores_stays_ignored_at_a_prompt() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = start_ignoring(&sandbox, "HUP TERM");
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    terminal.signal(Signal::HUP);
    terminal.signal(Signal::TERM);
    terminal.send("secret\n");
    terminal.answer(SECOND, "secret\n");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn ctrl_c_at_a_prompt_ends_a_program_whose_caller_ignores_it() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = start_ignoring(&sandbox, "INT");
    terminal.answer(FIRST, "\x03");
    assert_eq!(terminal.wait(), Exit::Code(4), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_hang_up_at_a_prompt_is_not_an_empty_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = start_ignoring(&sandbox, "HUP");
    terminal.expect(FIRST);
    terminal.wait_for_echo(false);
    assert_eq!(terminal.hang_up(), Exit::Code(1));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
