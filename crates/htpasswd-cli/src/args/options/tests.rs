//! The table of options: its names and letters, and the layout of the help.

use super::*;

#[test]
fn each_option_has_a_name_and_each_name_an_option() {
    let command = command();
    let known: Vec<_> = command.get_arguments().filter(|arg| !arg.is_positional()).collect();
    assert_eq!(known.len(), rows().count());
    for arg in known {
        let id = FlagId::named(arg.get_id().as_str()).unwrap();
        assert_eq!(arg.get_short().and_then(FlagId::lettered), arg.get_short().map(|_| id));
        assert_eq!(id.row().id, id);
    }
    command.debug_assert();
}

#[test]
fn options_that_no_word_contains_are_left_out() {
    let mentioned = mentioned(&["-nbs", "--cost=7", "user", "password"].map(OsString::from));
    let names: Vec<_> = mentioned.get_arguments().filter_map(Arg::get_long).collect();
    assert_eq!(names, ["stdout", "batch", "cost", "sha1"]);
}

#[test]
fn every_letter_of_apaches_tool_is_there() {
    let mut letters: Vec<_> = rows().filter_map(|row| row.letter).collect();
    letters.sort_unstable();
    assert_eq!(String::from_iter(letters), "25BCDbcdimnprsv");
}

#[test]
fn help_starts_with_usage_and_fits_a_terminal() {
    let help = help();
    assert!(help.starts_with("Usage:\n"), "{help}");
    assert!(help.ends_with('\n') && !help.ends_with("\n\n"), "{help}");
    for text in [&help[..], SHORT_HELP, SHORT_USAGE] {
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    }
    assert!(SHORT_HELP.lines().count() <= 24);
}

#[test]
fn weak_schemes_come_last() {
    let help = help();
    let strong = help.find("  -B, --bcrypt").unwrap();
    let weak = ["-m, --md5", "-s, --sha1", "-d, --crypt", "-p, --plain"].map(|name| help.find(name).unwrap());
    assert!(weak.iter().all(|&place| place > strong && place > help.find("--version").unwrap()));
}
