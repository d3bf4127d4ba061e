//! Calls, and the commands or errors that the parser makes of them.

mod argon2;
mod formats;
mod import;
mod inspect;
mod json;
mod switch;
mod words;

use std::path::PathBuf;

use htpasswd::document::UsernameError;
use htpasswd::hash::{PasswordError, Rounds};
use htpasswd::servers::{Server, ServerSet};
use htpasswd::{Cost, Params};
use secret_manifest::Selector;

use super::command::{
    Check, Ensure, EnsureDeleted, HashSpec, Import, Inspect, ListFormat, PasswordInput, Print, Secrets, Set,
    Target,
};
use super::error::UsageError;
use super::options::FlagId;
use super::*;

fn parsed(line: &[&str]) -> Parsed {
    parse(&line.iter().map(OsString::from).collect::<Vec<_>>())
}

fn command(line: &[&str]) -> Result<Command, UsageError> {
    parsed(line).result.map(|(command, _)| command).map_err(|wrong| wrong.reason)
}

fn params(line: &[&str]) -> (Params, bool) {
    match command(line) {
        Ok(Command::Print(Print { hash_spec, .. })) => (hash_spec.params, hash_spec.unused_number),
        other => panic!("{line:?}: {other:?}"),
    }
}

fn error(line: &[&str]) -> UsageError {
    command(line).unwrap_err()
}

fn file(path: &str) -> Target {
    Target::File(path.into())
}

#[test]
fn the_last_scheme_and_the_last_number_count() {
    assert_eq!(params(&["-nbBm", "u", "p"]), (Params::Apr1, false));
    assert_eq!(params(&["-nbmB", "u", "p"]), (Params::Bcrypt(Cost::new(5).unwrap()), false));
    assert_eq!(params(&["-nbB", "-C6", "-r", "4", "u", "p"]), (Params::Bcrypt(Cost::new(4).unwrap()), false));
    assert_eq!(params(&["-nb5", "u", "p"]), (Params::Sha512Crypt(None), false));
    let rounds = Rounds::new(5000).unwrap();
    assert_eq!(params(&["-nb2", "-r5000", "u", "p"]), (Params::Sha256Crypt(Some(rounds)), false));
    assert_eq!(params(&["-nb", "-C99", "u", "p"]), (Params::Apr1, true));
    assert_eq!(params(&["-nbdBs", "-C9", "u", "p"]), (Params::Sha1, true));
    assert_eq!(params(&["-nbd", "u", "p"]), (Params::DesCrypt, false));
    assert_eq!(params(&["-nbp", "u", "p"]), (Params::Plain, false));
}

#[test]
fn numbers_out_of_range_name_the_range() {
    for (line, range) in [
        (["-nbB", "-C3"], (4, 17)),
        (["-nbB", "-C18"], (4, 17)),
        (["-nbB", "-C4294967300"], (4, 17)),
        (["-nb5", "-r999"], (1000, 999_999_999)),
        (["-nb2", "-r1000000000"], (1000, 999_999_999)),
        (["-nbm", "-C4294967296"], (1, u32::MAX)),
    ] {
        let line = [&line[..], &["u", "p"]].concat();
        match error(&line) {
            UsageError::OutOfRange { least, most, .. } => assert_eq!((least, most), range, "{line:?}"),
            other => panic!("{line:?}: {other:?}"),
        }
    }
    // -v makes no hash, so it ignores the number.
    assert!(matches!(command(&["-vb", "-C99", "f", "u", "p"]), Ok(Command::Verify { .. })));
}

#[test]
fn modes_exclude_each_other_before_operands_are_counted() {
    for line in ["-cn", "-cv", "-cD", "-nv", "-nD", "-vD", "-cnvD"] {
        assert!(matches!(error(&[line]), UsageError::SeveralModes), "{line}");
    }
    for line in [&["-cc", "f", "u"][..], &["-DD", "f", "u"], &["-vv", "f", "u"], &["-nn", "u"]] {
        assert!(command(line).is_ok(), "{line:?}");
    }
}

#[test]
fn operands_are_counted_by_mode_and_source() {
    for (line, operands) in [("-c", 2), ("-D", 2), ("-v", 2), ("-n", 1), ("-cb", 3), ("-nb", 2), ("-nbi", 1)]
    {
        for count in 0..5 {
            let words = [&[line][..], &["x"; 5][..count]].concat();
            let right = !matches!(
                command(&words),
                Err(UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. })
            );
            assert_eq!(right, count == operands, "{words:?}");
        }
    }
}

#[test]
fn checks_have_the_order_of_apaches_tool() {
    let long = "x".repeat(256);
    let path = "x".repeat(4096);
    assert!(matches!(error(&["-b", &path, &long, &long]), UsageError::PathTooLong));
    assert!(matches!(
        error(&["-b", "f", &(long.clone() + ":"), &long]),
        UsageError::Name(UsernameError::TooLong)
    ));
    assert!(matches!(error(&["-b", "f", "a:b", &long]), UsageError::Name(UsernameError::Colon)));
    assert!(matches!(error(&["-b", "f", "", &long]), UsageError::Password(PasswordError::TooLong)));
    assert!(matches!(error(&["-b", "f", "", "p"]), UsageError::Name(UsernameError::Empty)));
    assert!(command(&["-b", &path[1..], &long[1..], &long[1..]]).is_ok(), "the longest of each");
    assert!(matches!(error(&["-C", "x", "-z"]), UsageError::NotANumber));
    assert!(matches!(error(&["-z", "-C", "x"]), UsageError::UnknownLetter(_)));
}

#[test]
fn odd_names_can_be_looked_up_and_deleted_but_not_written() {
    for name in ["", "#x", " x", "a\nb"] {
        assert!(matches!(command(&["-D", "f", name]), Ok(Command::Delete { .. })), "{name:?}");
        assert!(matches!(command(&["-v", "f", name]), Ok(Command::Verify { .. })), "{name:?}");
        for mode in ["-c", "-m"] {
            assert!(matches!(error(&[mode, "f", name]), UsageError::Name(_)), "{name:?}");
        }
        // `-n` accepts an empty name, for users who need only the hash.
        assert_eq!(command(&["-n", name]).is_ok(), name.is_empty(), "{name:?}");
    }
}

fn import(line: &[&str]) -> Import {
    match command(&[&["--import"], line].concat()) {
        Ok(Command::Import(import)) => import,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn globals(line: &[&str]) -> GlobalOptions {
    parsed(line).result.unwrap().1
}

fn ensure(line: &[&str]) -> Ensure {
    match command(&[&["--ensure"], line].concat()) {
        Ok(Command::Ensure(ensure)) => ensure,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn ensure_excludes_the_other_modes() {
    let plain = ensure(&["f", "u"]);
    assert!(matches!(plain.password, PasswordInput::Prompt));
    assert!(!plain.hash_spec.is_explicit && !plain.dry_run);
    let all = ensure(&["--dry-run", "-bB", "f", "u", "p"]);
    assert!(matches!(all.password, PasswordInput::Operand(_)));
    assert!(all.hash_spec.is_explicit && all.dry_run);
    for (mode, id) in [("-c", FlagId::Create), ("-n", FlagId::Print), ("-v", FlagId::Verify)] {
        for line in [["--ensure", mode, "f", "u"], [mode, "--ensure", "f", "u"]] {
            assert!(
                matches!(error(&line), UsageError::Conflict(FlagId::Ensure, other) if other == id),
                "{line:?}"
            );
        }
    }
    let delete = command(&["--ensure", "-D", "--dry-run", "f", "u"]);
    assert!(matches!(delete, Ok(Command::EnsureDeleted(EnsureDeleted { dry_run: true, .. }))));
    assert!(matches!(
        error(&["--ensure", "f"]),
        UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. }
    ));
    assert!(matches!(error(&["--ensure", "f", ""]), UsageError::Name(_)));
}

#[test]
#[cfg(unix)]
fn a_password_has_one_source() {
    let sources = ["--password-file=x", "--password-fd=3", "--password-env=X", "--generate"];
    for (index, source) in sources.iter().enumerate() {
        for letter in ["-b", "-i"] {
            for line in [[letter, source], [source, letter]] {
                let line = [&line[..], &["f", "u", "p"]].concat();
                assert!(matches!(error(&line), UsageError::Conflict(..)), "{line:?}");
            }
        }
        for other in sources.iter().skip(index + 1) {
            assert!(matches!(error(&[source, other, "f", "u"]), UsageError::Conflict(..)), "{other}");
        }
        assert!(matches!(error(&[source, "-D", "f", "u"]), UsageError::Conflict(..)), "{source}");
        assert_eq!(command(&[source, "--import", "f"]).is_ok(), *source == "--generate", "{source}");
        for mode in ["-c", "-m", "--ensure"] {
            assert!(command(&[source, mode, "f", "u"]).is_ok(), "{source} {mode}");
        }
        assert!(command(&[source, "-n", "u"]).is_ok(), "{source}");
        assert_eq!(command(&[source, "-v", "f", "u"]).is_ok(), *source != "--generate", "{source}");
    }
    let generated = command(&["--generate=13", "f", "u"]);
    assert!(matches!(generated, Ok(Command::Set(Set { password: PasswordInput::Generate(13), .. }))));
    let last = command(&["--password-fd=3", "--password-fd=4", "f", "u"]);
    assert!(matches!(last, Ok(Command::Set(Set { password: PasswordInput::Descriptor(4), .. }))));
}

#[test]
fn the_suffix_of_a_backup_is_neither_empty_nor_a_path() {
    for (option, expected) in [("--backup", "~"), ("--backup=.old", ".old"), ("--backup=.bak", ".bak")] {
        assert_eq!(globals(&["-D", option, "f", "u"]).backup.unwrap(), expected);
    }
    assert_eq!(globals(&["--check", "--fix", "--backup", "f"]).backup.unwrap(), "~");
    for words in [["-v", "f", "u"].as_slice(), &["-n", "u"], &["--check", "f"], &["--list", "f"]] {
        let words = [&["--backup"], words].concat();
        assert!(matches!(error(&words), UsageError::Conflict(FlagId::Backup, _)), "{words:?}");
    }
    for option in ["--backup=", "--backup=/", "--backup=a/b", "--backup=/tmp/f"] {
        assert!(matches!(error(&["-c", option, "f", "u"]), UsageError::NotASuffix), "{option}");
    }
}

#[test]
#[cfg(unix)]
fn global_options_are_accepted_only_where_they_have_an_effect() {
    let all = globals(&["-c", "--no-clobber", "--mode", "640", "--lock-timeout=0.5", "--strict", "f", "u"]);
    assert_eq!((all.no_clobber, all.mode), (true, Some(0o640)));
    assert_eq!(all.lock_timeout, Some(std::time::Duration::from_millis(500)));
    assert!(all.strict);
    for (option, modes) in [
        ("--no-clobber", &["-c"][..]),
        ("--mode=600", &["-c", "--ensure"]),
        ("--dry-run", &["--ensure"]),
        ("--json", &["-m", "-c", "-D", "-v", "--ensure"]),
        ("--lock-timeout=1", &["-m", "-c", "-D", "--ensure"]),
        ("--strict", &["-m", "-c", "-D", "-v", "--ensure"]),
        ("--prune", &[]),
    ] {
        for mode in ["-m", "-c", "-D", "-v", "--ensure"] {
            let is_accepted = command(&[option, mode, "f", "u"]).is_ok();
            assert_eq!(is_accepted, modes.contains(&mode), "{option} {mode}");
        }
    }
    assert!(matches!(error(&["-n", "--lock-timeout=1", "u"]), UsageError::Conflict(..)));
}

/// The values that completion offers for an option.
fn offered(id: FlagId) -> Vec<String> {
    let command = options::command();
    let option = command.get_arguments().find(|option| option.get_id() == id.name()).unwrap();
    option.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

#[test]
fn every_import_format_that_completion_offers_is_accepted() {
    for format in offered(FlagId::ImportFormat) {
        let import = import(&[&format!("--import-format={format}"), "f"]);
        assert_eq!(import.file, file("f"), "{format}");
    }
}

#[test]
fn every_record_format_that_completion_offers_is_accepted() {
    use crate::export::Format;
    assert_eq!(offered(FlagId::Format), Format::ALL.map(|(name, _)| name));
}

#[test]
fn a_server_chooses_scheme_and_cost_if_the_call_does_not() {
    let (cost, rounds) = (Cost::new(10).unwrap(), Rounds::new(100_000).unwrap());
    assert_eq!(params(&["--for", "registry", "-nb", "u", "p"]), (Params::Bcrypt(cost), false));
    assert_eq!(params(&["-B", "--for", "registry", "-nb", "u", "p"]), (Params::Bcrypt(cost), false));
    assert_eq!(
        params(&["-5", "--for", "nginx", "-nb", "u", "p"]),
        (Params::Sha512Crypt(Some(rounds)), false)
    );
    assert_eq!(params(&["--for", "envoy", "-C7", "-nb", "u", "p"]), (Params::Sha1, true));
    let cost = Cost::new(7).unwrap();
    assert_eq!(params(&["--for", "registry", "-C7", "-nb", "u", "p"]), (Params::Bcrypt(cost), false));
    assert!(matches!(error(&["--for", "registry", "-C3", "-nb", "u", "p"]), UsageError::OutOfRange { .. }));
    assert!(matches!(
        error(&["--for", "registry", "-m", "-nb", "u", "p"]),
        UsageError::UnreadableScheme(FlagId::Md5, servers) if servers.names() == "registry"
    ));
    assert!(
        matches!(error(&["--for", "x", "-nb", "u", "p"]), UsageError::UnknownServer(name) if name == b"x")
    );
    assert!(matches!(command(&["-D", "--for", "help"]), Ok(Command::Servers)));
}

#[test]
fn a_scheme_option_is_rejected_if_the_server_cannot_read_it() {
    use htpasswd::hash::Scheme;
    for server in Server::ALL {
        for (letter, scheme) in [
            ("-m", Scheme::Apr1),
            ("-B", Scheme::Bcrypt),
            ("-2", Scheme::Sha256Crypt),
            ("-5", Scheme::Sha512Crypt),
            ("-d", Scheme::DesCrypt),
            ("-s", Scheme::Sha1),
            ("-p", Scheme::Plain),
        ] {
            let is_accepted = command(&["--for", server.name, letter, "-nb", "u", "p"]).is_ok();
            assert_eq!(is_accepted, server.can_read(scheme), "{letter} for {}", server.name);
        }
    }
}

#[test]
fn a_server_is_rejected_if_the_call_makes_no_hash() {
    let delete = ["--for", "nginx", "-D", "f", "u"];
    assert!(matches!(error(&delete), UsageError::Conflict(FlagId::For, FlagId::Delete)));
    let hashed = ["--import", "--hashed", "--for", "nginx", "f"];
    assert!(matches!(error(&hashed), UsageError::Conflict(FlagId::For, FlagId::Hashed)));
    assert_eq!(import(&["--for", "nginx", "f"]).file, file("f"));
}

#[test]
fn verify_accepts_servers() {
    for (line, expected) in [
        (&["-v", "f", "u"][..], None),
        (&["-v", "--for=nginx,docker", "f", "u"], Some("nginx,registry")),
        (&["--for=caddy", "-vb", "f", "u", "p"], Some("caddy")),
    ] {
        let Ok(Command::Verify { servers, .. }) = command(line) else { panic!("{line:?}") };
        assert_eq!(servers.map(|servers| servers.names()).as_deref(), expected);
    }
}

#[test]
fn a_manifest_takes_the_place_of_the_file() {
    let selector = Selector::new().key("auth").unwrap().secret("registry").unwrap();
    let manifest = Target::Manifest { path: "s".into(), selector };
    let secret = |line: &[&str]| {
        command(&[&["--secret", "s", "--secret-key=auth", "--secret-name=registry"], line].concat()).unwrap()
    };
    let targets = [
        match secret(&["-b", "u", "p"]) {
            Command::Set(Set { create: false, file, .. }) => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-c", "u"]) {
            Command::Set(Set { create: true, file, .. }) => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-D", "u"]) {
            Command::Delete { file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-vb", "u", "p"]) {
            Command::Verify { file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["--import", "users"]) {
            Command::Import(Import { file, users: Some(_), .. }) => file,
            other => panic!("{other:?}"),
        },
        match secret(&["--check", "--fix"]) {
            Command::Check(Check { mut files, .. }) => files.remove(0),
            other => panic!("{other:?}"),
        },
        match secret(&["--list"]) {
            Command::List(what) => what.file,
            other => panic!("{other:?}"),
        },
    ];
    assert!(targets.iter().all(|target| *target == manifest), "{targets:?}");
}

#[test]
#[cfg(unix)]
fn options_that_exclude_a_manifest_or_a_format_are_named() {
    use FlagId::{
        Fix, Format, Generate, Import, Json, PasswordFd, Print, Secret, SecretKey, SecretName, Stdin,
    };
    let stream_conflict = |line: &[&str]| match error(&[&["--secret", "-"], line].concat()) {
        UsageError::StreamsTaken(id) => id,
        other => panic!("{line:?}: {other:?}"),
    };
    assert_eq!(stream_conflict(&["-i", "u"]), Stdin);
    assert_eq!(stream_conflict(&["--check", "--fix"]), Fix);
    assert_eq!(stream_conflict(&["--import"]), Import);
    assert_eq!(stream_conflict(&["--import", "-"]), Import);
    assert_eq!(stream_conflict(&["--import", "--json", "users"]), Json);
    assert_eq!(stream_conflict(&["--password-fd", "0", "u"]), PasswordFd);
    assert_eq!(stream_conflict(&["--generate", "u"]), Generate);
    assert_eq!(stream_conflict(&["--ensure", "--json", "u"]), Json);
    assert!(command(&["--secret", "-", "--ensure", "--json", "--dry-run", "u"]).is_ok());
    assert!(command(&["--secret", "-", "--password-fd", "3", "u"]).is_ok());
    assert!(command(&["--secret", "-", "--import", "users"]).is_ok());
    for option in ["--no-clobber", "--mode=640"] {
        assert!(matches!(error(&["--secret", "s", "-c", option, "u"]), UsageError::Conflict(Secret, _)));
    }
    assert!(command(&["--secret", "s", "-i", "u"]).is_ok());

    assert!(matches!(error(&["--secret", "s", "-n", "u"]), UsageError::Conflict(Secret, Print)));
    assert!(matches!(error(&["--list", "--json", "--format=env", "f"]), UsageError::Conflict(Json, Format)));
    assert!(matches!(error(&["--secret-key=a", "f", "u"]), UsageError::SelectorWithoutSecret(SecretKey)));
    assert!(command(&["-nb", "--format=k8s-secret", "--secret-key=a", "u", "p"]).is_ok());
    assert!(matches!(
        error(&["-n", "--format=env", "--secret-name=a", "u"]),
        UsageError::SelectorWithoutSecret(SecretName)
    ));
    assert!(matches!(error(&["--secret-key=a b", "f", "u"]), UsageError::Selector(SecretKey, _)));
    assert!(matches!(error(&["--format=env", "f", "u"]), UsageError::Requires(Format, _)));
    assert!(matches!(error(&["--format=xml", "-n", "u"]), UsageError::UnknownFormat(_)));
    assert!(matches!(
        error(&["--secret", "s"]),
        UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. }
    ));
    assert!(matches!(
        error(&["--secret", "s", "f", "u"]),
        UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. }
    ));
}

#[test]
fn the_reader_of_a_format_chooses_the_scheme() {
    let bcrypt = Params::Bcrypt(Cost::new(10).unwrap());
    assert_eq!(params(&["-nb", "--format=caddy", "u", "p"]), (bcrypt, false));
    assert_eq!(
        params(&["-nb", "--format=haproxy", "--for=squid", "-5", "u", "p"]),
        (Params::Sha512Crypt(Rounds::new(100_000).ok()), false)
    );
    assert_eq!(params(&["-nb", "--format=compose", "u", "p"]), (bcrypt, false));
    match error(&["-nbs", "--format=haproxy", "u", "p"]) {
        UsageError::UnreadableScheme(FlagId::Sha1, servers) => assert_eq!(servers.names(), "haproxy"),
        other => panic!("{other:?}"),
    }
}

#[test]
#[cfg(windows)]
fn options_and_words_that_windows_does_not_have_are_wrong_calls() {
    use std::os::windows::ffi::OsStringExt;

    let error = |words: &[OsString]| parse(words).result.unwrap_err();
    for (option, value, id) in [
        ("--mode", "640", FlagId::Mode),
        ("--group", "www", FlagId::Group),
        ("--password-fd", "3", FlagId::PasswordFd),
    ] {
        let error = error(&["-c", option, value, "f", "u"].map(OsString::from));
        assert!(matches!(error.reason, UsageError::Unavailable(found, _) if found == id), "{error:?}");
        assert!(error.to_string().starts_with(&format!("{option} is not available: ")), "{error}");
    }
    let error = error(&["f".into(), OsString::from_wide(&[0x75, 0xd83d])]);
    assert_eq!(error.exit(), crate::exit::Exit::Usage);
    assert_eq!(error.reason, UsageError::NotUnicode);
}
