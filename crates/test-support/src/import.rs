//! Runs of `--import`, and their messages.

use super::{Run, SHA1, Sandbox, TWO_USERS};

/// Runs `--import` with these options on the file `passwd`; the users come from standard input.
pub fn import(sandbox: &Sandbox, options: &[&str], users: impl AsRef<[u8]>) -> Run {
    sandbox.call([&["--import"], options, &["passwd"]].concat()).stdin(users).run()
}

/// The line at the end of an import into `passwd`: users added, updated and unchanged, and records that are invalid.
pub fn summary(added: usize, updated: usize, unchanged: usize, rejected: usize) -> String {
    format!("Imported passwd: {added} added, {updated} updated, {unchanged} unchanged, {rejected} rejected\n")
}

/// Imports into an empty file, with success and without a warning, this number of users.
#[track_caller]
pub fn imported(options: &[&str], users: impl AsRef<[u8]>, count: usize) -> Sandbox {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, options, users);
    run.exits(0).stdout_is("").stderr_is(&summary(count, 0, 0, 0)).does_not_warn();
    is_alone(&sandbox);
    sandbox
}

/// Nothing lies beside the file `passwd`, such as a journal.
#[track_caller]
pub fn is_alone(sandbox: &Sandbox) {
    assert_eq!(sandbox.names(), ["passwd"]);
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
}

/// Exactly these lines, in this order, of an input of `records` records are invalid: by default nothing is written,
/// with `--keep-going` the others are. The messages contain neither `hunter2` nor control characters.
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
    let said = run.stderr_without_warnings("");
    let said = said.strip_suffix(&nothing).unwrap_or_else(|| panic!("not {nothing:?} at the end\n{run}"));
    let starts: Vec<_> = lines.iter().map(|line| format!("htpasswd: line {line}: ")).collect();
    assert_eq!(said.lines().count(), count, "{run}");
    for (line, start) in said.lines().zip(&starts) {
        assert!(line.starts_with(start.as_str()) && line.len() > start.len(), "not {start:?}\n{run}");
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    is_alone(&sandbox);
    is_discreet(&run);

    let going_on = import(&sandbox, &[options, &["--keep-going"]].concat(), users);
    going_on.exits(1).stdout_is("").stderr_is(&format!("{said}{}", summary(records - count, 0, 0, count)));
    let text = sandbox.text("passwd");
    let new = text.strip_prefix(TWO_USERS).unwrap_or_else(|| panic!("users are not as before: {text}"));
    assert_eq!(new.lines().count(), records - count, "{text}");
    is_alone(&sandbox);
    is_discreet(&going_on);
    said.to_owned()
}

/// Nothing of `hunter2`, of a known hash or of the codes of a terminal is in the output.
#[track_caller]
pub fn is_discreet(run: &Run) {
    let said = run.stdout() + &run.stderr();
    for part in ["hunter", &SHA1[5..], "\x1b", "\r"] {
        assert!(!said.contains(part), "{part:?} is shown\n{run}");
    }
}

/// The numbers in a text, in their order.
pub fn numbers(text: &str) -> Vec<usize> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// The one warning of a run holds these numbers.
#[track_caller]
pub fn warns_once_with(run: &Run, wanted: &[usize]) {
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 1, "{run}");
    let found = numbers(&warnings[0]);
    assert!(wanted.iter().all(|number| found.contains(number)), "not {wanted:?}\n{run}");
}
