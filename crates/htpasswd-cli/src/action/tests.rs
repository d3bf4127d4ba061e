mod import;

use secret_manifest::Selector;

use super::*;
use crate::argv;
use crate::messages::Placing;
use crate::options::{OPTIONS, Values};

fn action(line: &[&str]) -> Result<Action, Problem> {
    parse(argv::split(line.iter().map(OsString::from))).map(|(action, _)| action)
}

fn params(line: &[&str]) -> (Params, bool) {
    match action(line) {
        Ok(Action::Print { hash_spec, .. }) => (hash_spec.params, hash_spec.unused_number),
        other => panic!("{line:?}: {other:?}"),
    }
}

fn problem(line: &[&str]) -> Problem {
    action(line).unwrap_err()
}

fn at(path: &str) -> Target {
    Target::File(path.into())
}

#[test]
fn numbers_are_read_like_strtol() {
    let read = |text: &str| number(OsStr::new(text));
    for (text, value) in [("5", 5), ("+5", 5), (" \t5", 5), ("0005", 5), ("99999999999999999999", u64::MAX)] {
        assert_eq!(read(text), Some(value), "{text:?}");
    }
    for text in ["", " ", "+", "x", "5x", "5 ", "-5", "--5", "+-5", "0", "5.0", "5e3", "0x5", "\u{664}"] {
        assert_eq!(read(text), None, "{text:?}");
    }
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
        match problem(&line) {
            Problem::Range { least, most, .. } => assert_eq!((least, most), range, "{line:?}"),
            other => panic!("{line:?}: {other:?}"),
        }
    }
    // What makes no hash has no use for the number.
    assert!(matches!(action(&["-vb", "-C99", "f", "u", "p"]), Ok(Action::Verify { .. })));
}

#[test]
fn modes_exclude_each_other_before_operands_are_counted() {
    for line in ["-cn", "-cv", "-cD", "-nv", "-nD", "-vD", "-cnvD"] {
        assert!(matches!(problem(&[line]), Problem::Modes), "{line}");
    }
    for line in [&["-cc", "f", "u"][..], &["-DD", "f", "u"], &["-vv", "f", "u"], &["-nn", "u"]] {
        assert!(action(line).is_ok(), "{line:?}");
    }
}

#[test]
fn operands_are_counted_by_mode_and_source() {
    for (line, operands) in [("-c", 2), ("-D", 2), ("-v", 2), ("-n", 1), ("-cb", 3), ("-nb", 2), ("-nbi", 1)]
    {
        for count in 0..5 {
            let words = [&[line][..], &["x"; 5][..count]].concat();
            let right = !matches!(action(&words), Err(Problem::Operands(_)));
            assert_eq!(right, count == operands, "{words:?}");
        }
    }
}

#[test]
fn checks_come_in_apaches_order() {
    let long = "x".repeat(256);
    let path = "x".repeat(4096);
    assert!(matches!(problem(&["-b", &path, &long, &long]), Problem::PathTooLong));
    assert!(matches!(problem(&["-b", "f", &(long.clone() + ":"), &long]), Problem::NameTooLong));
    assert!(matches!(problem(&["-b", "f", "a:b", &long]), Problem::NameWithColon));
    assert!(matches!(problem(&["-b", "f", "", &long]), Problem::PasswordTooLong));
    assert!(matches!(problem(&["-b", "f", "", "p"]), Problem::Name(UsernameError::Empty)));
    assert!(action(&["-b", &path[1..], &long[1..], &long[1..]]).is_ok(), "the longest of each");
    assert!(matches!(problem(&["-C", "x", "-z"]), Problem::NotANumber));
    assert!(matches!(problem(&["-z", "-C", "x"]), Problem::Words(_)));
}

#[test]
fn odd_names_can_be_looked_up_and_deleted_but_not_written() {
    for name in ["", "#x", " x", "a\nb"] {
        assert!(matches!(action(&["-D", "f", name]), Ok(Action::Delete { .. })), "{name:?}");
        assert!(matches!(action(&["-v", "f", name]), Ok(Action::Verify { .. })), "{name:?}");
        for mode in ["-c", "-m"] {
            assert!(matches!(problem(&[mode, "f", name]), Problem::Name(_)), "{name:?}");
        }
        // Only the hash is wanted with an empty name.
        assert_eq!(action(&["-n", name]).is_ok(), name.is_empty(), "{name:?}");
    }
}

fn import(line: &[&str]) -> Import {
    match action(&[&["--import"], line].concat()) {
        Ok(Action::Import(import)) => import,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn globals(line: &[&str]) -> GlobalOptions {
    parse(argv::split(line.iter().map(OsString::from))).unwrap().1
}

fn ensure(line: &[&str]) -> Ensure {
    match action(&[&["--ensure"], line].concat()) {
        Ok(Action::Ensure(ensure)) => ensure,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn to_ensure_is_a_mode_of_its_own() {
    let plain = ensure(&["f", "u"]);
    assert!(matches!(plain.source, Source::Prompt));
    assert!(!plain.hash_spec.is_asked_for && !plain.dry_run && !plain.json);
    let all = ensure(&["--dry-run", "--json", "-bB", "f", "u", "p"]);
    assert!(matches!(all.source, Source::Operand(_)));
    assert!(all.hash_spec.is_asked_for && all.dry_run && all.json);
    for (mode, id) in
        [("-c", FlagId::Create), ("-n", FlagId::Print), ("-D", FlagId::Delete), ("-v", FlagId::Verify)]
    {
        for line in [["--ensure", mode, "f", "u"], [mode, "--ensure", "f", "u"]] {
            assert!(
                matches!(problem(&line), Problem::NotTogether(FlagId::Ensure, other) if other == id),
                "{line:?}"
            );
        }
    }
    assert!(matches!(problem(&["--ensure", "f"]), Problem::Operands(_)));
    assert!(matches!(problem(&["--ensure", "f", ""]), Problem::Name(_)));
}

#[test]
fn a_password_has_one_source() {
    let sources = ["--password-file=x", "--password-fd=3", "--password-env=X", "--generate"];
    for (index, source) in sources.iter().enumerate() {
        for letter in ["-b", "-i"] {
            for line in [[letter, source], [source, letter]] {
                let line = [&line[..], &["f", "u", "p"]].concat();
                assert!(matches!(problem(&line), Problem::NotTogether(..)), "{line:?}");
            }
        }
        for other in sources.iter().skip(index + 1) {
            assert!(matches!(problem(&[source, other, "f", "u"]), Problem::NotTogether(..)), "{other}");
        }
        assert!(matches!(problem(&[source, "-D", "f", "u"]), Problem::NotTogether(..)), "{source}");
        assert!(matches!(problem(&[source, "--import", "f"]), Problem::NotTogether(..)), "{source}");
        for mode in ["-c", "-m", "--ensure"] {
            assert!(action(&[source, mode, "f", "u"]).is_ok(), "{source} {mode}");
        }
        assert!(action(&[source, "-n", "u"]).is_ok(), "{source}");
        assert_eq!(action(&[source, "-v", "f", "u"]).is_ok(), *source != "--generate", "{source}");
    }
    assert!(matches!(problem(&["--ensure", "--generate", "--json", "f", "u"]), Problem::NotTogether(..)));
    let generated = action(&["--generate=13", "f", "u"]);
    assert!(matches!(generated, Ok(Action::Write { source: Source::Generate(13), .. })));
    let last = action(&["--password-fd=3", "--password-fd=4", "f", "u"]);
    assert!(matches!(last, Ok(Action::Write { source: Source::Descriptor(4), .. })));
}

#[test]
fn the_manner_is_asked_for_where_it_matters() {
    let all = globals(&["-c", "--no-clobber", "--mode", "640", "--lock-timeout=0.5", "--strict", "f", "u"]);
    assert_eq!((all.no_clobber, all.mode), (true, Some(0o640)));
    assert_eq!(all.lock_timeout, Some(std::time::Duration::from_millis(500)));
    assert_eq!(all.warnings, Warnings::Fatal);
    for (option, modes) in [
        ("--no-clobber", &["-c"][..]),
        ("--mode=600", &["-c", "--ensure"]),
        ("--dry-run", &["--ensure"]),
        ("--json", &["--ensure"]),
        ("--lock-timeout=1", &["-m", "-c", "-D", "--ensure"]),
        ("--strict", &["-m", "-c", "-D", "-v", "--ensure"]),
        ("--prune", &[]),
    ] {
        for mode in ["-m", "-c", "-D", "-v", "--ensure"] {
            let fine = action(&[option, mode, "f", "u"]).is_ok();
            assert_eq!(fine, modes.contains(&mode), "{option} {mode}");
        }
    }
    assert!(matches!(problem(&["-n", "--lock-timeout=1", "u"]), Problem::NotTogether(..)));
}

/// What completion offers for the value of an option.
fn offered(id: FlagId) -> &'static [&'static str] {
    let option = OPTIONS.iter().find(|option| option.id == id).unwrap();
    let Values::OneOf(values) = option.values else { panic!("{option:?}") };
    values
}

#[test]
fn every_format_that_completion_offers_is_taken() {
    for format in offered(FlagId::ImportFormat) {
        let import = import(&[&format!("--import-format={format}"), "f"]);
        assert_eq!(import.file, at("f"), "{format}");
    }
}

#[test]
fn every_format_of_records_that_completion_offers_is_taken() {
    use crate::export::Format;
    assert_eq!(offered(FlagId::Format), Format::ALL.map(|(name, _)| name));
}

#[test]
fn a_server_chooses_scheme_and_cost_where_none_are_asked_for() {
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
    assert!(matches!(problem(&["--for", "registry", "-C3", "-nb", "u", "p"]), Problem::Range { .. }));
    assert!(matches!(
        problem(&["--for", "registry", "-m", "-nb", "u", "p"]),
        Problem::UnreadableScheme(FlagId::Md5, server) if server.name == "registry"
    ));
    assert!(
        matches!(problem(&["--for", "x", "-nb", "u", "p"]), Problem::UnknownServer(name) if name == b"x")
    );
    assert!(matches!(action(&["-D", "--for", "help"]), Ok(Action::Servers)));
}

#[test]
fn a_letter_is_refused_where_the_server_cannot_read_its_scheme() {
    use htpasswd::Scheme;
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
            let taken = action(&["--for", server.name, letter, "-nb", "u", "p"]).is_ok();
            assert_eq!(taken, server.can_read(scheme), "{letter} for {}", server.name);
        }
    }
}

#[test]
fn to_be_strict_is_to_make_no_weak_hash_for_a_server() {
    let strict = |server| action(&["--strict", "--for", server, "-nb", "u", "p"]);
    assert!(strict("registry").is_ok());
    assert!(matches!(strict("envoy"), Err(Problem::Provisioning(Provisioning::Strict))));
}

#[test]
fn a_server_is_nothing_to_what_makes_no_hash() {
    for (line, other) in [(&["-D", "f", "u"][..], FlagId::Delete), (&["-vb", "f", "u", "p"], FlagId::Verify)]
    {
        let line = [&["--for", "nginx"], line].concat();
        assert!(matches!(problem(&line), Problem::NotTogether(FlagId::For, id) if id == other), "{line:?}");
    }
    let hashed = ["--import", "--hashed", "--for", "nginx", "f"];
    assert!(matches!(problem(&hashed), Problem::NotTogether(FlagId::For, FlagId::Hashed)));
    assert_eq!(import(&["--for", "nginx", "f"]).file, at("f"));
}

#[test]
fn looking_at_a_file_takes_the_file_alone() {
    let what = |json, server| Inspect { file: at("f"), server: Server::named(server), json, output: None };
    let checks = |line: &[&str], wanted: Inspect, wanted_fix| match action(line) {
        Ok(Action::Check { what, fix }) => assert_eq!((what, fix), (wanted, wanted_fix), "{line:?}"),
        other => panic!("{line:?}: {other:?}"),
    };
    checks(&["--check", "f"], what(false, ""), false);
    checks(&["--fix", "--check", "--json", "--for=nginx", "f"], what(true, "nginx"), true);
    checks(&["--check", "--fix", "--lock-timeout=1", "f"], what(false, ""), true);
    assert!(matches!(
        problem(&["--check", "--lock-timeout=1", "f"]),
        Problem::NotTogether(FlagId::LockTimeout, FlagId::Check)
    ));
    assert!(matches!(action(&["--list", "--json", "f"]), Ok(Action::List(list)) if list == what(true, "")));
    assert!(
        matches!(action(&["--list", "--format=env", "f"]), Ok(Action::List(list)) if list.output.is_some())
    );
    for operands in [&[][..], &["f", "u"]] {
        for verb in ["--check", "--list"] {
            assert!(
                matches!(problem(&[&[verb], operands].concat()), Problem::Operands(_)),
                "{verb} {operands:?}"
            );
        }
    }
    assert!(matches!(problem(&["--check", &"x".repeat(4096)]), Problem::PathTooLong));
    assert!(matches!(problem(&["--fix", "f", "u"]), Problem::GoesWith(FlagId::Fix, _)));
    assert!(matches!(problem(&["--list", "--fix", "f"]), Problem::NotTogether(FlagId::Fix, FlagId::List)));
    assert!(matches!(
        problem(&["--list", "--check", "f"]),
        Problem::NotTogether(FlagId::List, FlagId::Check)
    ));
    for (option, id) in [
        ("-c", FlagId::Create),
        ("-n", FlagId::Print),
        ("-D", FlagId::Delete),
        ("-v", FlagId::Verify),
        ("-b", FlagId::Batch),
        ("-i", FlagId::Stdin),
        ("-B", FlagId::Bcrypt),
        ("-C9", FlagId::Number),
        ("--import", FlagId::Import),
        ("--import-format=csv", FlagId::ImportFormat),
        ("--hashed", FlagId::Hashed),
        ("--keep-going", FlagId::KeepGoing),
    ] {
        for (verb, verb_id) in [("--check", FlagId::Check), ("--list", FlagId::List)] {
            assert!(
                matches!(problem(&[option, verb, "f"]), Problem::NotTogether(a, b) if a == id && b == verb_id),
                "{option} {verb}"
            );
        }
    }
}

#[test]
fn a_manifest_takes_the_place_of_the_file() {
    let selector = Selector::new().key("auth").unwrap().secret("registry").unwrap();
    let manifest = Target::Manifest { path: "s".into(), selector };
    let secret = |line: &[&str]| {
        action(&[&["--secret", "s", "--secret-key=auth", "--secret-name=registry"], line].concat()).unwrap()
    };
    let targets = [
        match secret(&["-b", "u", "p"]) {
            Action::Write { create: false, file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-c", "u"]) {
            Action::Write { create: true, file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-D", "u"]) {
            Action::Delete { file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["-vb", "u", "p"]) {
            Action::Verify { file, .. } => file,
            other => panic!("{other:?}"),
        },
        match secret(&["--import", "users"]) {
            Action::Import(Import { file, users: Some(_), .. }) => file,
            other => panic!("{other:?}"),
        },
        match secret(&["--check", "--fix"]) {
            Action::Check { what, .. } => what.file,
            other => panic!("{other:?}"),
        },
        match secret(&["--list"]) {
            Action::List(what) => what.file,
            other => panic!("{other:?}"),
        },
    ];
    assert!(targets.iter().all(|target| *target == manifest), "{targets:?}");
}

#[test]
fn what_does_not_go_with_a_manifest_or_a_format_is_told() {
    use FlagId::{
        Fix, Format, Generate, Import, Json, PasswordFd, Print, Secret, SecretKey, SecretName, Stdin,
    };
    let taken = |line: &[&str]| match problem(&[&["--secret", "-"], line].concat()) {
        Problem::Placing(Placing::StreamsTaken(id)) => id,
        other => panic!("{line:?}: {other:?}"),
    };
    assert_eq!(taken(&["-i", "u"]), Stdin);
    assert_eq!(taken(&["--check", "--fix"]), Fix);
    assert_eq!(taken(&["--import"]), Import);
    assert_eq!(taken(&["--import", "-"]), Import);
    assert_eq!(taken(&["--import", "--json", "users"]), Json);
    assert_eq!(taken(&["--password-fd", "0", "u"]), PasswordFd);
    assert_eq!(taken(&["--generate", "u"]), Generate);
    assert_eq!(taken(&["--ensure", "--json", "u"]), Json);
    assert!(action(&["--secret", "-", "--ensure", "--json", "--dry-run", "u"]).is_ok());
    assert!(action(&["--secret", "-", "--password-fd", "3", "u"]).is_ok());
    assert!(action(&["--secret", "-", "--import", "users"]).is_ok());
    for option in ["--no-clobber", "--mode=640"] {
        assert!(matches!(problem(&["--secret", "s", "-c", option, "u"]), Problem::NotTogether(Secret, _)));
    }
    assert!(action(&["--secret", "s", "-i", "u"]).is_ok());

    assert!(matches!(problem(&["--secret", "s", "-n", "u"]), Problem::NotTogether(Secret, Print)));
    assert!(matches!(
        problem(&["--list", "--json", "--format=env", "f"]),
        Problem::NotTogether(Json, Format)
    ));
    assert!(matches!(problem(&["--secret-key=a", "f", "u"]), Problem::Placing(Placing::NoSecret(SecretKey))));
    assert!(action(&["-nb", "--format=k8s-secret", "--secret-key=a", "u", "p"]).is_ok());
    assert!(matches!(
        problem(&["-n", "--format=env", "--secret-name=a", "u"]),
        Problem::Placing(Placing::NoSecret(SecretName))
    ));
    assert!(matches!(
        problem(&["--secret-key=a b", "f", "u"]),
        Problem::Placing(Placing::Selector(SecretKey, _))
    ));
    assert!(matches!(problem(&["--format=env", "f", "u"]), Problem::GoesWith(Format, _)));
    assert!(matches!(problem(&["--format=xml", "-n", "u"]), Problem::Placing(Placing::UnknownFormat(_))));
    assert!(matches!(problem(&["--secret", "s"]), Problem::Operands(_)));
    assert!(matches!(problem(&["--secret", "s", "f", "u"]), Problem::Operands(_)));
}

#[test]
fn the_reader_of_a_format_chooses_the_scheme() {
    let bcrypt = Params::Bcrypt(Cost::new(10).unwrap());
    assert_eq!(params(&["-nb", "--format=caddy", "u", "p"]), (bcrypt, false));
    assert_eq!(
        params(&["-nb", "--format=haproxy", "--for=squid", "-5", "u", "p"]),
        (Params::Sha512Crypt(Rounds::new(100_000).ok()), false)
    );
    assert_eq!(params(&["-nb", "--format=compose", "u", "p"]), (Params::Apr1, false));
    match problem(&["-nbs", "--format=haproxy", "u", "p"]) {
        Problem::UnreadableScheme(FlagId::Sha1, server) => assert_eq!(server.name, "haproxy"),
        other => panic!("{other:?}"),
    }
}
