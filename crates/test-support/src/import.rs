//! Runs `--import`, and compares its messages.

use super::{Run, SHA1, Sandbox, TWO_USERS};

/// Runs `--import` with these options on the file `passwd`; the users come from standard input.
pub fn import(sandbox: &Sandbox, options: &[&str], users: impl AsRef<[u8]>) -> Run {
    sandbox.call([&["--import"], options, &["passwd"]].concat()).stdin(users).run()
}

/// The summary that htpasswd prints at the end of an import into `passwd`. The summary has the numbers of users that
/// were added, updated and unchanged, and of invalid records.
pub fn summary(added: usize, updated: usize, unchanged: usize, rejected: usize) -> String {
    format!("Imported passwd: {added} added, {updated} updated, {unchanged} unchanged, {rejected} rejected\n")
}

/// Imports users into an empty file, and asserts that the import adds `count` users without a warning.
#[track_caller]
pub fn imported(options: &[&str], users: impl AsRef<[u8]>, count: usize) -> Sandbox {
    let (sandbox, run) = imported_with_warnings(options, users, count);
    run.does_not_warn();
    sandbox
}

/// Imports users into an empty file, and asserts that the import adds `count` users.
#[track_caller]
pub fn imported_with_warnings(options: &[&str], users: impl AsRef<[u8]>, count: usize) -> (Sandbox, Run) {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, options, users);
    run.exits(0).stdout_is("").stderr_is(&summary(count, 0, 0, 0));
    is_alone(&sandbox);
    (sandbox, run)
}

/// Asserts that the sandbox has no file except `passwd`, so no journal either.
#[track_caller]
pub fn is_alone(sandbox: &Sandbox) {
    assert_eq!(sandbox.names(), ["passwd"]);
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
}

/// Asserts that exactly these lines, in this order, of a user list with `records` records are invalid. By default,
/// htpasswd then writes nothing; with `--keep-going`, it writes the valid records. The messages contain neither
/// `hunter2` nor control characters.
///
/// Returns the messages about the invalid lines.
#[track_caller]
pub fn rejects(options: &[&str], users: impl AsRef<[u8]>, lines: &[usize], records: usize) -> String {
    let users = users.as_ref();
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, options, users);
    run.exits(1).stdout_is("");
    let count = lines.len();
    let nothing = format!(
        "htpasswd: nothing was written: {count} of {records} records are invalid; --keep-going skips them\n"
    );
    let messages = run.stderr_without_warnings("");
    let messages =
        messages.strip_suffix(&nothing).unwrap_or_else(|| panic!("not {nothing:?} at the end\n{run}"));
    let starts: Vec<_> =
        lines.iter().map(|line| format!("htpasswd: line {line} of standard input: ")).collect();
    assert_eq!(messages.lines().count(), count, "{run}");
    for (line, start) in messages.lines().zip(&starts) {
        assert!(line.starts_with(start.as_str()) && line.len() > start.len(), "not {start:?}\n{run}");
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    is_alone(&sandbox);
    shows_no_secret(&run);

    let keeping_going = import(&sandbox, &[options, &["--keep-going"]].concat(), users);
    let summary = summary(records - count, 0, 0, count);
    keeping_going.exits(1).stdout_is("").stderr_is(&format!("{messages}{summary}"));
    let text = sandbox.text("passwd");
    let new = text.strip_prefix(TWO_USERS).unwrap_or_else(|| panic!("users are not as before: {text}"));
    assert_eq!(new.lines().count(), records - count, "{text}");
    is_alone(&sandbox);
    shows_no_secret(&keeping_going);
    messages.to_owned()
}

/// Asserts that the output contains no part of the password `hunter2`, no known hash and no escape sequence.
#[track_caller]
pub fn shows_no_secret(run: &Run) {
    let output = run.stdout() + &run.stderr();
    for part in ["hunter", &SHA1[5..], "\x1b", "\r"] {
        assert!(!output.contains(part), "{part:?} is shown\n{run}");
    }
}

/// The numbers in a text, in the order of the text.
pub fn numbers(text: &str) -> Vec<usize> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// Asserts that a run has exactly one warning, and that the warning contains these numbers.
#[track_caller]
pub fn warns_once_with(run: &Run, expected: &[usize]) {
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 1, "{run}");
    let found = numbers(&warnings[0]);
    assert!(expected.iter().all(|number| found.contains(number)), "not {expected:?}\n{run}");
}
