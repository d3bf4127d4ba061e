//! `--import` on a terminal: the progress bar, and signals.

use std::time::{Duration, Instant};

use crate::support::import::{import, is_alone, summary};
use crate::support::{Exit, Sandbox, TWO_USERS, Terminal};
use pty_process::blocking::Command;
use rustix::process::Signal;

/// A list with this number of users. All have the password `secret`.
fn many(count: usize) -> String {
    (0..count).map(|number| format!("user{number}:secret\n")).collect::<Vec<_>>().concat()
}

/// A bcrypt cost at which 431 passwords take about the same time on any number of cores. Each level doubles the work.
fn cost() -> String {
    let cores = std::thread::available_parallelism().unwrap().get();
    (7 + cores.next_power_of_two().ilog2()).to_string()
}

/// Starts an import of these users into `passwd` on a terminal that supports control sequences.
fn on_terminal<'a>(sandbox: &'a Sandbox, options: &[&str], users: &str) -> Terminal<'a> {
    // Tests check that the working directory contains only the password file, so the list is in another directory.
    let file = sandbox.root().join("users");
    std::fs::write(&file, users).unwrap();
    let args = [&["--import"], options, &["passwd", file.to_str().unwrap()]].concat();
    Terminal::start_with(sandbox, args, |command: Command| command.env("TERM", "xterm"))
}

/// The lines on the screen of a terminal that received this text.
fn screen(written: &str) -> Vec<String> {
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let (mut row, mut column) = (0_usize, 0_usize);
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                assert_eq!(characters.next(), Some('['), "what is this for a terminal? {written:?}");
                let mut number = String::new();
                let command = loop {
                    match characters.next().unwrap() {
                        letter if letter.is_ascii_alphabetic() => break letter,
                        other => number.push(other),
                    }
                };
                let count = number.parse().unwrap_or(1);
                match (command, number.as_str()) {
                    ('A', _) => row = row.saturating_sub(count),
                    ('B', _) => row += count,
                    ('C', _) => column += count,
                    ('D', _) => column = column.saturating_sub(count),
                    ('G', _) => column = count - 1,
                    ('K', "2") => lines[row].clear(),
                    ('K', "" | "0") => lines[row].truncate(column),
                    ('J', "" | "0") => {
                        lines.truncate(row + 1);
                        lines[row].truncate(column);
                    }
                    // The sequence sets a colour, or shows or hides the cursor.
                    ('m' | 'h' | 'l', _) => {}
                    other => panic!("what is {other:?} for a terminal? {written:?}"),
                }
            }
            visible => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = visible;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let text = lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned());
    text.filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_screen_model_handles_control_sequences() {
    assert_eq!(screen("a\r\nb\r\n"), ["a", "b"]);
    assert_eq!(screen("bar 1\rbar 2\r\x1b[2Kdone\r\n"), ["done"]);
    assert_eq!(screen("one\r\ntwo\x1b[1A\r\x1b[Kx\x1b[1B\r\x1b[0K\x1b[1my"), ["x", "y"]);
    assert_eq!(screen("bar\r\ndone\r\n"), ["bar", "done"]);
}

#[test]
fn a_long_import_shows_a_progress_bar_and_removes_it() {
    let sandbox = Sandbox::with("");
    let mut terminal = on_terminal(&sandbox, &["-B", "-C", &cost()], &many(431));
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    let transcript = terminal.transcript();
    let expected = summary(431, 0, 0, 0);
    let before = transcript.split("Imported").next().unwrap();
    assert!(before.contains("431"), "no bar that says how many users there are: {transcript:?}");
    assert_eq!(screen(&transcript), [expected.trim_end()], "{transcript:?}");
    assert!(transcript.ends_with(&expected.replace('\n', "\r\n")), "{transcript:?}");
    assert!(terminal.is_restored());
    assert!(!transcript.contains("secret"), "{transcript:?}");
    assert_eq!(
        transcript.matches("\x1b[?25l").count(),
        transcript.matches("\x1b[?25h").count(),
        "a hidden cursor: {transcript:?}"
    );
    assert!(sandbox.verifies("user430", "secret"));
}

#[test]
fn a_short_import_shows_no_progress_bar() {
    for options in [["-s"].as_slice(), &["-B", "-C", "4"]] {
        let sandbox = Sandbox::with("");
        let mut terminal = on_terminal(&sandbox, options, &many(7));
        terminal.ends(0, &summary(7, 0, 0, 0).replace('\n', "\r\n"));
    }
}

#[test]
fn without_a_terminal_there_is_no_progress_bar() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-B", "-C", &cost()], many(431));
    run.exits(0).stdout_is("");
    assert_eq!(run.stderr(), summary(431, 0, 0, 0));
}

#[test]
fn the_progress_bar_needs_standard_error_on_a_terminal() {
    let sandbox = Sandbox::with("");
    let file = sandbox.root().join("users");
    std::fs::write(&file, many(431)).unwrap();
    let args = ["--import", "-B", "-C", &cost(), "passwd", file.to_str().unwrap()];
    let mut terminal = Terminal::start_with(&sandbox, args, |command: Command| {
        command.env("TERM", "xterm").stderr(std::process::Stdio::null())
    });
    terminal.ends(0, "");
    assert_eq!(sandbox.text("passwd").lines().count(), 431);
}

#[test]
fn ctrl_c_while_hashing_changes_nothing() {
    for create in [[].as_slice(), &["-c"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        // The passwords take much longer to hash than this test.
        let mut terminal = on_terminal(&sandbox, &[create, &["-B", "-C", "14"]].concat(), &many(997));
        // Hashing has begun when the bar appears.
        terminal.expect("997");
        terminal.send("\x03");
        let pressed = Instant::now();
        let exit = terminal.wait();
        assert!(matches!(exit, Exit::Signal(2) | Exit::Code(4 | 130)), "{exit:?}: {}", terminal.transcript());
        assert!(pressed.elapsed() < Duration::from_secs(10), "it took {:?}", pressed.elapsed());
        assert!(!terminal.transcript().contains("Imported"), "{}", terminal.transcript());
        assert!(terminal.is_restored());
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        is_alone(&sandbox);
    }
}

#[test]
fn ctrl_c_while_hashing_creates_no_file() {
    let sandbox = Sandbox::new();
    let mut terminal = on_terminal(&sandbox, &["-c", "-B", "-C", "14"], &many(997));
    terminal.expect("997");
    terminal.send("\x03");
    let exit = terminal.wait();
    assert!(matches!(exit, Exit::Signal(2) | Exit::Code(4 | 130)), "{exit:?}: {}", terminal.transcript());
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_signal_while_hashing_changes_nothing() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::KILL, 9)] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = on_terminal(&sandbox, &["-B", "-C", "14"], &many(997));
        terminal.expect("997");
        terminal.signal(signal);
        assert_eq!(terminal.wait(), Exit::Signal(number), "{}", terminal.transcript());
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        is_alone(&sandbox);
    }
}

#[test]
fn a_hangup_ends_the_import() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = on_terminal(&sandbox, &["-B", "-C", "14"], &many(997));
    terminal.expect("997");
    assert_eq!(terminal.hang_up(), Exit::Signal(1));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    is_alone(&sandbox);
}
