//! Messages are coloured only on a terminal that supports colours, and not with `NO_COLOR`.

use std::process::Stdio;

use crate::support::{Exit, Sandbox, TWO_USERS, Terminal};

const ESCAPE: char = '\x1b';

/// The text that a terminal receives if these environment variables are set.
fn transcript(variables: &[(&str, &str)], words: &[&str]) -> String {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal =
        Terminal::start_with(&sandbox, words, |command| command.envs(variables.iter().copied()));
    assert_ne!(terminal.wait(), Exit::TimedOut);
    terminal.transcript()
}

const TERM: (&str, &str) = ("TERM", "xterm-256color");
/// A call that warns and succeeds.
const WARNS: &[&str] = &["-bB", "-C4", "passwd", "alice", ""];

#[test]
fn on_a_terminal_only_the_word_warning_is_coloured() {
    let text = transcript(&[TERM], WARNS);
    let expected = "\x1b[33mWarning:\x1b[0m the password is empty.\r\nAdding password for user alice\r\n";
    assert_eq!(text, expected);
}

#[test]
fn on_a_terminal_only_the_name_before_an_error_is_coloured() {
    let text = transcript(&[TERM], &["none", "alice"]);
    assert!(text.starts_with("\x1b[31m"), "{text:?}");
    assert!(
        text.ends_with("htpasswd:\x1b[0m cannot modify file none; use '-c' to create it\r\n"),
        "{text:?}"
    );
    let text = transcript(&[TERM], &["-x"]);
    assert!(text.starts_with("\x1b[31mhtpasswd:\x1b[0m illegal option -- x\r\nUsage: htpasswd "), "{text:?}");
    assert_eq!(text.matches(ESCAPE).count(), 2, "{text:?}");
}

#[test]
fn results_are_never_coloured() {
    for words in [
        ["--help"].as_slice(),
        &["--version"],
        &["-D", "passwd", "bob"],
        &["-vb", "passwd", "bob", "secret"],
        &["-nbs", "alice", "Warning: x"],
    ] {
        let text = transcript(&[TERM], words);
        assert!(!text.is_empty() && !text.contains(ESCAPE), "{words:?}: {text:?}");
    }
}

#[test]
fn prompts_are_not_coloured() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal =
        Terminal::start_with(&sandbox, ["-d", "passwd", "alice"], |command| command.envs([TERM]));
    terminal.answer("New password: ", "123456789\n");
    terminal.answer("Re-type new password: ", "123456789\n");
    assert_eq!(terminal.wait(), Exit::Code(0));
    let expected = "New password: \r\nRe-type new password: \r\n\
        \x1b[33mWarning:\x1b[0m Password truncated to 8 characters by CRYPT algorithm.\r\n\
        Adding password for user alice\r\n";
    assert_eq!(terminal.transcript(), expected);
}

#[test]
fn no_color_and_dumb_terminals_turn_colour_off() {
    for variables in [
        [TERM, ("NO_COLOR", "1")].as_slice(),
        &[TERM, ("NO_COLOR", "0")],
        &[("TERM", "dumb")],
        &[("TERM", "")],
        &[],
    ] {
        let text = transcript(variables, WARNS);
        assert_eq!(
            text, "Warning: the password is empty.\r\nAdding password for user alice\r\n",
            "{variables:?}"
        );
        assert!(!transcript(variables, &["none", "alice"]).contains(ESCAPE), "{variables:?}");
    }
    // An empty NO_COLOR has no effect, as no-color.org defines it.
    assert!(transcript(&[TERM, ("NO_COLOR", "")], WARNS).contains(ESCAPE));
}

#[test]
fn pipes_get_no_colour() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = |words: &[&str]| sandbox.call(words).env("TERM", TERM.1).env("CLICOLOR_FORCE", "1").run();
    run(WARNS).exits(0);
    assert_eq!(run(WARNS).stderr(), "Warning: the password is empty.\nUpdating password for user alice\n");
    assert_eq!(
        run(&["none", "alice"]).stderr(),
        "htpasswd: cannot modify file none; use '-c' to create it\n"
    );
    assert!(!run(&["-x"]).stderr().contains(ESCAPE));
}

#[test]
fn a_redirected_standard_error_gets_no_colour() {
    let sandbox = Sandbox::with(TWO_USERS);
    let log = std::fs::File::create(sandbox.path("log")).unwrap();
    let change = |command: pty_process::blocking::Command| command.envs([TERM]).stderr(Stdio::from(log));
    let mut terminal = Terminal::start_with(&sandbox, ["none", "alice"], change);
    assert_eq!(terminal.wait(), Exit::Code(1));
    assert!(!sandbox.text("log").contains(ESCAPE) && sandbox.text("log").contains("cannot modify file"));
}
