//! The sentences of wrong calls, with their exit codes and endings.

use super::*;

fn text(reason: UsageError) -> String {
    WrongCall { reason, long: Vec::new() }.to_string()
}

#[test]
fn options_are_spelled_as_they_were_typed() {
    let wrong =
        WrongCall { reason: UsageError::Conflict(FlagId::Create, FlagId::Print), long: vec![FlagId::Print] };
    assert_eq!(wrong.to_string(), "-c cannot be combined with --stdout");
}

#[test]
fn a_server_that_is_nearly_right_is_suggested() {
    let text = |name: &[u8]| text(UsageError::UnknownServer(name.to_vec()));
    assert_eq!(text(b"ngnix"), "unknown server 'ngnix'; did you mean nginx?");
    assert_eq!(text(b"Registry"), "unknown server 'Registry'; did you mean registry?");
    assert_eq!(text(b"my-registry"), "unknown server 'my-registry'; did you mean registry?");
    assert_eq!(text(b"apache3"), "unknown server 'apache3'; did you mean apache?");
    for other in ["harbour-x", "tomcat", "iis", "the", "file", "proxy", "hapr"] {
        let expected = format!("unknown server '{other}'; --for help lists the known servers");
        assert_eq!(text(other.as_bytes()), expected);
    }
    assert_eq!(text(b""), "unknown server ''; --for help lists the known servers");
    assert_eq!(text(b"\n"), "unknown server '\\n'; --for help lists the known servers");
}

#[test]
fn a_kind_that_is_nearly_right_is_suggested() {
    let text = |name: &[u8]| text(UsageError::UnknownKind(name.to_vec()));
    for (name, kind) in [
        ("weak-schema", "weak-scheme"),
        ("Low-Cost", "low-cost"),
        ("lowcost", "low-cost"),
        ("clrf", "crlf"),
        ("weak", "weak-scheme"),
        ("readable", "readable-by-others"),
    ] {
        let expected = format!("unknown kind of finding '{name}'; did you mean {kind}?");
        assert_eq!(text(name.as_bytes()), expected);
    }
    // Three wrong characters are too many for a name of six, and two characters start too many names.
    for name in ["", "x", "we", "help", "quxyzd", "everything", "nginx"] {
        let end = "--check --json prints the kind of each finding";
        assert_eq!(text(name.as_bytes()), format!("unknown kind of finding '{name}'; {end}"));
    }
}

#[test]
fn sentences_without_a_value_are_the_documented_ones() {
    for (reason, expected) in [
        (UsageError::NotANumber, "argument to -C/-r must be a positive integer"),
        (UsageError::SeveralModes, "only one of -c -n -v -D may be specified"),
        (
            UsageError::GenerateForCrypt,
            "--generate cannot be combined with -d: DES crypt uses 8 characters, which can be guessed",
        ),
        (
            UsageError::StreamsTaken(FlagId::Import),
            "--import needs the file USERS with --secret -: the manifest uses standard input and output",
        ),
        (
            UsageError::FixOfStdin,
            "--fix cannot be combined with -: standard input cannot be repaired, so name a file",
        ),
        (UsageError::RepeatedStdin, "- is standard input, which can be read only once"),
        (UsageError::PathTooLong, "filename too long"),
        (UsageError::Name(UsernameError::TooLong), "username too long (> 255)"),
        (UsageError::Name(UsernameError::Colon), "username contains illegal character ':'"),
        (UsageError::Password(PasswordError::TooLong), "password too long (>256)"),
        (
            UsageError::Password(PasswordError::Nul),
            "the password contains a NUL byte; servers would cut it there",
        ),
        (UsageError::UnusedPasswordTooLong, "password too long (> 256)"),
    ] {
        assert_eq!(text(reason), expected);
    }
}

#[test]
fn each_reason_has_its_exit_code_and_its_ending() {
    let wrong = |reason| WrongCall { reason, long: Vec::new() };
    for reason in [
        UsageError::PathTooLong,
        UsageError::Name(UsernameError::TooLong),
        UsageError::Password(PasswordError::TooLong),
        UsageError::UnusedPasswordTooLong,
    ] {
        assert_eq!(
            {
                let wrong = wrong(reason);
                (wrong.exit(), wrong.ending())
            },
            (Exit::TooLong, String::new())
        );
    }
    let name = wrong(UsageError::Name(UsernameError::Colon));
    assert_eq!((name.exit(), name.ending()), (Exit::User, String::new()));
    for reason in [UsageError::NotANumber, UsageError::SeveralModes] {
        assert_eq!(
            {
                let wrong = wrong(reason);
                (wrong.exit(), wrong.ending())
            },
            (Exit::Usage, String::new())
        );
    }
    for reason in [UsageError::UnknownLetter('x'), UsageError::MissingOperand("FILE")] {
        assert_eq!(wrong(reason).ending(), format!("{SHORT_USAGE}{TRY_HELP}"));
    }
    let conflict = wrong(UsageError::Conflict(FlagId::Print, FlagId::Import));
    assert_eq!((conflict.exit(), conflict.ending()), (Exit::Usage, TRY_HELP.to_owned()));
}

#[test]
fn every_reason_is_one_line() {
    for error in [
        UsageError::UnknownLetter('\n'),
        UsageError::UnknownOption { name: "--a\nb".into(), suggestion: None },
        UsageError::NotANumber,
        UsageError::OutOfRange { what: "bcrypt", least: 4, most: 17 },
        UsageError::UnknownFormat(b"a\nb".to_vec()),
        UsageError::UnknownColor(b"a\nb".to_vec()),
        UsageError::UnknownKind(b"a\nb".to_vec()),
        UsageError::NotADescriptor,
        UsageError::NotAnArgon2Cost,
        UsageError::PasswordLength { what: "bcrypt", least: 13, most: 72 },
        UsageError::Conflict(FlagId::Print, FlagId::Import),
        UsageError::Requires(FlagId::DryRun, &[FlagId::Import, FlagId::Ensure]),
        UsageError::UnreadableScheme(FlagId::Md5, (&Server::ALL[0]).into()),
        UsageError::NoCommonScheme(ServerSet::named("registry,envoy").unwrap()),
        UsageError::NoPasswordFile(&Server::ALL[3]),
        UsageError::DisabledIsPlain(&Server::ALL[3]),
        UsageError::StreamsTaken(FlagId::Import),
        UsageError::FixOfStdin,
        UsageError::RepeatedStdin,
        UsageError::LateOption("-b\n".into()),
        UsageError::TooManyOperands { word: "a\nb".into(), needs_batch: true },
        UsageError::Name(UsernameError::Control),
        UsageError::Password(PasswordError::Nul),
    ] {
        let text = text(error);
        assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
    }
    let three = UsageError::Requires(FlagId::DryRun, &[FlagId::Import, FlagId::Ensure, FlagId::List]);
    assert_eq!(text(three), "--dry-run needs --import, --ensure or --list");
}
