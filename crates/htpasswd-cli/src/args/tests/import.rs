//! Calls with `--import`.

use super::*;

#[test]
fn an_import_has_one_or_two_operands_and_a_dash_is_standard_input() {
    for (operands, users) in [(&["f"][..], None), (&["f", "-"], None), (&["f", "u"], Some("u"))] {
        let import = import(operands);
        assert_eq!((import.file, import.users), (file("f"), users.map(PathBuf::from)), "{operands:?}");
    }
    assert!(matches!(
        error(&["--import"]),
        UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. }
    ));
    assert!(matches!(
        error(&["--import", "f", "u", "x"]),
        UsageError::MissingOperand(_) | UsageError::TooManyOperands { .. }
    ));
    assert!(matches!(error(&["--import", &"x".repeat(4096)]), UsageError::PathTooLong));
}

#[test]
fn import_accepts_schemes_and_its_own_options() {
    let plain = import(&["f"]);
    assert!(matches!(
        plain.secrets,
        Secrets::Passwords(HashSpec { params, unused_number: false, is_explicit: false, servers: None })
            if params == Params::Bcrypt(Cost::new(10).unwrap())
    ));
    assert_eq!((plain.create, plain.keep_going), (false, false));
    assert_eq!(plain.format, None);

    let all = import(&["-cB", "-C10", "--keep-going", "--import-format=csv", "f"]);
    let bcrypt = Params::Bcrypt(Cost::new(10).unwrap());
    assert!(matches!(all.secrets, Secrets::Passwords(HashSpec { params, .. }) if params == bcrypt));
    assert_eq!((all.create, all.keep_going), (true, true));
    assert_eq!(all.format, Some(ListFormat::Csv));

    assert!(matches!(import(&["--hashed", "--hashed", "f"]).secrets, Secrets::Hashes));
    assert_eq!(
        import(&["--import-format", "csv", "--import-format", "json", "f"]).format,
        Some(ListFormat::Json)
    );
    // -C alone asks for bcrypt, and -r alone has no use.
    for (option, expected) in
        [("-C9", (9, false, true)), ("-B", (10, false, true)), ("-r9", (10, true, false))]
    {
        let Secrets::Passwords(HashSpec { params: Params::Bcrypt(cost), unused_number, is_explicit, .. }) =
            import(&[option, "f"]).secrets
        else {
            panic!("{option}");
        };
        assert_eq!((cost.get(), unused_number, is_explicit), expected, "{option}");
    }
    assert!(matches!(error(&["--import", "-BC", "18", "f"]), UsageError::OutOfRange { .. }));
    for name in ["", "CSV", "lines ", "tsv"] {
        assert!(
            matches!(error(&["--import", "--import-format", name, "f"]), UsageError::UnknownListFormat),
            "{name}"
        );
    }
}

#[test]
fn import_excludes_other_modes_and_hashed_excludes_schemes() {
    for (option, id) in [
        ("-n", FlagId::Print),
        ("-D", FlagId::Delete),
        ("-v", FlagId::Verify),
        ("-b", FlagId::Batch),
        ("-i", FlagId::Stdin),
    ] {
        for line in [[option, "--import", "f"], ["--import", option, "f"]] {
            assert!(
                matches!(error(&line), UsageError::Conflict(other, FlagId::Import) if other == id),
                "{line:?}"
            );
        }
    }
    assert!(matches!(error(&["--import", "-cn", "f"]), UsageError::SeveralModes));
    for option in ["-m", "-B", "-2", "-5", "-d", "-s", "-p", "-C10", "-r5000"] {
        let line = ["--import", "--hashed", option, "f"];
        assert!(matches!(error(&line), UsageError::Conflict(_, FlagId::Hashed)), "{option}");
    }
}

#[test]
fn options_of_an_import_need_import() {
    for (option, id) in [
        ("--import-format=lines", FlagId::ImportFormat),
        ("--hashed", FlagId::Hashed),
        ("--keep-going", FlagId::KeepGoing),
    ] {
        let line = [option, "f", "u"];
        assert!(matches!(error(&line), UsageError::Requires(other, _) if other == id), "{option}");
    }
}

#[test]
#[cfg(unix)]
fn some_combinations_of_import_options_are_rejected() {
    let all = import(&["--ensure", "--prune", "--dry-run", "--mode=640", "f"]);
    assert!(all.ensure && all.prune && all.dry_run);
    assert!(import(&["--hashed", "--prune", "f"]).prune);
    assert!(import(&["--hashed", "--ensure", "f"]).ensure);
    assert_eq!(import(&["f", "people.csv"]).format, Some(ListFormat::Csv));
    assert_eq!(import(&["--import-format=lines", "f", "people.csv"]).format, Some(ListFormat::Lines));
    for line in [["-c", "--prune"], ["-c", "--dry-run"], ["-c", "--ensure"], ["--prune", "--keep-going"]] {
        let line = [&["--import"], &line[..], &["f"]].concat();
        assert!(matches!(error(&line), UsageError::Conflict(..)), "{line:?}");
    }
}

#[test]
fn an_import_generates_passwords_for_a_list_of_names() {
    let generated = |words: &[&str]| match import(words).secrets {
        Secrets::Generate { hash_spec, length, output } => (hash_spec.params, length, output),
        other => panic!("{other:?}"),
    };
    let bcrypt = Params::Bcrypt(Cost::new(10).unwrap());
    assert_eq!(generated(&["--generate", "f"]), (bcrypt, 26, None));
    let output = Some(PathBuf::from("a.csv"));
    assert_eq!(generated(&["-s", "--generate=40", "--output=a.csv", "f", "u"]), (Params::Sha1, 40, output));
    assert!(command(&["--import", "--generate", "--output=a.csv", "--json", "f"]).is_ok());
    assert!(matches!(error(&["--import", "--generate=4", "f"]), UsageError::PasswordLength { .. }));
    assert!(matches!(error(&["--import", "--generate", "-d", "f"]), UsageError::GenerateForCrypt));
    assert!(matches!(
        error(&["--import", "--generate", "--hashed", "f"]),
        UsageError::Conflict(FlagId::Generate, FlagId::Hashed)
    ));
    assert!(matches!(
        error(&["--import", "--generate", "--json", "f"]),
        UsageError::Requires(FlagId::Json, [FlagId::Output])
    ));
    for (words, needed) in [
        (&["--output=a.csv", "--generate", "f", "u"][..], FlagId::Import),
        (&["--output=a.csv", "--import", "f"], FlagId::Generate),
    ] {
        assert!(
            matches!(error(words), UsageError::Requires(FlagId::Output, [id]) if *id == needed),
            "{words:?}"
        );
    }
    assert!(matches!(
        error(&["--import", "--secret=-", "--generate", "users"]),
        UsageError::StreamsTaken(FlagId::Generate)
    ));
    assert!(command(&["--import", "--secret=-", "--generate", "--output=a.csv", "users"]).is_ok());
}
