//! `--json`, which every command accepts, and the names of the commands in JSON.

use super::*;
use crate::exit::{ErrorKind, Exit};

/// The name of the command, and true if the call asks for JSON.
fn name(line: &[&str]) -> (Option<&'static str>, bool) {
    let (command, globals) = parsed(line).result.unwrap_or_else(|wrong| panic!("{line:?}: {wrong}"));
    (command.name(), globals.json)
}

fn wrong(line: &[&str]) -> WrongCall {
    parsed(line).result.unwrap_err()
}

#[test]
fn every_command_has_a_name_and_accepts_json() {
    for (line, expected) in [
        (&["-b", "f", "u", "p"][..], Some("set")),
        (&["-cb", "f", "u", "p"], Some("create")),
        (&["-D", "f", "u"], Some("delete")),
        (&["-nb", "u", "p"], Some("print")),
        (&["-nb", "", "p"], Some("print")),
        (&["-vb", "f", "u", "p"], Some("verify")),
        (&["--ensure", "-b", "f", "u", "p"], Some("ensure")),
        (&["--ensure", "-D", "f", "u"], Some("ensure-deleted")),
        (&["--disable", "f", "u"], Some("disable")),
        (&["--enable", "f", "u"], Some("enable")),
        (&["--import", "f"], Some("import")),
        (&["--import", "-c", "f"], Some("import")),
        (&["--check", "f"], Some("check")),
        (&["--check", "--fix", "f"], Some("check")),
        (&["--list", "f"], Some("list")),
        (&["--for", "help"], Some("servers")),
        (&["--help"], None),
        (&["--version"], None),
    ] {
        assert_eq!(name(line), (expected, false), "{line:?}");
        assert_eq!(name(&[&["--json"], line].concat()), (expected, true), "{line:?}");
    }
    assert_eq!(name(&["-h"]), (None, false));
    assert_eq!(name(&["-V"]), (None, false));
    assert_eq!(name(&["--for", "help", "--json"]), (Some("servers"), true));
    // The last word is the password.
    assert_eq!(name(&["-b", "f", "u", "--json"]), (Some("set"), false));
}

#[test]
fn a_generated_password_can_be_in_json_but_another_format_cannot() {
    for line in [&["--generate", "f", "u"][..], &["--generate", "-c", "f", "u"], &["--generate", "-n", "u"]] {
        assert!(name(&[&["--json"], line].concat()).1, "{line:?}");
    }
    for format in ["plain", "env"] {
        let line = ["--json", "--format", format, "-nb", "u", "p"];
        assert_eq!(error(&line), UsageError::Conflict(FlagId::Json, FlagId::Format), "{format}");
    }
}

#[test]
fn json_needs_standard_output_unless_the_manifest_is_only_read() {
    assert_eq!(name(&["--secret", "-", "--json", "-vb", "u", "p"]), (Some("verify"), true));
    for line in [&["-b", "u", "p"][..], &["-D", "u"], &["-cb", "u", "p"]] {
        let line = [&["--secret", "-", "--json"], line].concat();
        assert_eq!(error(&line), UsageError::StreamsTaken(FlagId::Json), "{line:?}");
    }
}

#[test]
fn a_wrong_call_asks_for_json_if_one_of_its_words_does() {
    for line in [&["--json", "-x"][..], &["-x", "--json"], &["f", "u", "--json"], &["--json=1", "f", "u"]] {
        assert!(wrong(line).wants_json(), "{line:?}");
    }
    assert!(!wrong(&["-x", "json"]).wants_json());
}

#[test]
fn a_wrong_call_has_a_kind_and_a_message_without_operands() {
    let long = "x".repeat(5000);
    for (line, kind, exit) in [
        (&["-x"][..], ErrorKind::WrongCall, Exit::Usage),
        (&["-b", "f", "u:", "p"], ErrorKind::InvalidUserName, Exit::User),
        (&["-b", "f", "u", &long], ErrorKind::TooLong, Exit::TooLong),
        (&["-b", &long, "u", "p"], ErrorKind::TooLong, Exit::TooLong),
        (&["-b", "f", "u", "p\0"], ErrorKind::InvalidPassword, Exit::Usage),
    ] {
        let wrong = wrong(line);
        assert_eq!((wrong.kind(), wrong.exit()), (kind, exit), "{wrong}");
    }
    let superfluous = wrong(&["f", "u", "secret"]);
    assert!(superfluous.to_string().contains("'secret'"));
    assert_eq!(superfluous.without_operands(), "too many operands");
    let late = wrong(&["f", "u", "-secret"]);
    assert!(late.to_string().ends_with(": -secret"));
    assert_eq!(late.without_operands(), "options go before FILE");
    assert_eq!(wrong(&["-b", "f"]).without_operands(), "USER is missing");
}
