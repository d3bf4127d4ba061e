//! Help, version, colour, warnings, and the messages of wrong calls.

use super::*;
use crate::output::ColorChoice;

#[test]
fn batch_is_suggested_only_if_the_call_is_right_with_it() {
    for (line, expected) in [
        (&["f", "u", "p"][..], true),
        (&["-n", "u", "p"], true),
        (&["-v", "f", "u", "p"], true),
        (&["f", "u", "p", "x"], false),
        (&["-b", "f", "u", "p", "x"], false),
        (&["-D", "f", "u", "p"], false),
        (&["-nb", "u", "p", "x"], false),
    ] {
        match error(line) {
            UsageError::TooManyOperands { needs_batch, .. } => assert_eq!(needs_batch, expected, "{line:?}"),
            other => panic!("{line:?}: {other:?}"),
        }
    }
}

#[test]
fn messages_spell_options_as_the_call_does() {
    let text = |line: &[&str]| parsed(line).result.unwrap_err().to_string();
    let import = ["--create", "--prune", "--import", "f"];
    assert_eq!(text(&import), "--create cannot be combined with --prune");
    assert_eq!(text(&["-c", "--prune", "--import", "f"]), "-c cannot be combined with --prune");
}

#[test]
fn help_and_version_end_the_parsing() {
    assert!(matches!(command(&["-n", "--help", "-C", "x"]), Ok(Command::Help)));
    assert!(matches!(command(&["--version", "-z"]), Ok(Command::Version)));
}

#[test]
fn completion_offers_every_server() {
    let mut names: Vec<_> = Server::ALL.iter().map(|server| server.name.to_owned()).collect();
    names.push("help".to_owned());
    assert_eq!(offered(FlagId::For), names);
}

#[test]
fn h_and_v_count_only_as_the_whole_call() {
    assert!(matches!(command(&["-h"]), Ok(Command::ShortHelp)));
    assert!(matches!(command(&["-V"]), Ok(Command::Version)));
    for line in [["-h", "x"], ["-n", "-V"], ["-nh", "u"]] {
        assert!(matches!(error(&line), UsageError::UnknownLetter('h' | 'V')), "{line:?}");
    }
}

#[test]
fn colour_is_a_choice_of_three() {
    for (when, choice) in
        [("auto", ColorChoice::Auto), ("always", ColorChoice::Always), ("never", ColorChoice::Never)]
    {
        assert_eq!(globals(&["--color", when, "--check", "f"]).color, choice);
    }
    assert!(matches!(error(&["--color=", "f", "u"]), UsageError::UnknownColor(_)));
}

#[test]
fn plain_text_warns_even_if_the_call_is_wrong() {
    for line in [&["-np", "u"][..], &["-p", "-z"], &["-p", "-C", "x"], &["-p", "--help"]] {
        assert!(matches!(parsed(line).warnings[..], [Warning::PlainText]), "{line:?}");
    }
    assert_eq!(parsed(&["-pp", "f", "u"]).warnings.len(), 2);
    assert!(parsed(&["-z", "-p"]).warnings.is_empty());
}

#[test]
fn a_server_without_a_strong_scheme_warns() {
    let warnings = |server| parsed(&["--for", server, "-nb", "u", "p"]).warnings;
    assert!(warnings("registry").is_empty());
    assert!(
        matches!(&warnings("envoy")[..], [Warning::WeakServer(servers, _)] if servers.names() == "envoy")
    );
}
