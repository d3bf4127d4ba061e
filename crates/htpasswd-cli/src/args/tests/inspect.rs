//! Calls of `--check` and `--list`.

use super::*;

fn check(line: &[&str]) -> Check {
    match command(&[&["--check"], line].concat()) {
        Ok(Command::Check(check)) => check,
        other => panic!("{line:?}: {other:?}"),
    }
}

fn files(paths: &[&str]) -> Vec<Target> {
    paths.iter().map(|path| file(path)).collect()
}

#[test]
fn the_options_of_check_are_found() {
    let plain = check(&["f"]);
    assert_eq!(plain, Check { files: files(&["f"]), user: None, servers: None, ignored: vec![], fix: false });
    let all = check(&["--fix", "--json", "--for=nginx", "--lock-timeout=1", "f"]);
    let servers = ServerSet::named("nginx").ok();
    assert_eq!(all, Check { files: files(&["f"]), user: None, servers, ignored: vec![], fix: true });
    assert!(matches!(
        error(&["--check", "--lock-timeout=1", "f"]),
        UsageError::Conflict(FlagId::LockTimeout, FlagId::Check)
    ));
}

#[test]
fn list_accepts_one_file_and_its_own_options() {
    let what = Inspect { file: file("f"), servers: None, output: None };
    assert!(matches!(command(&["--list", "--json", "f"]), Ok(Command::List(list)) if list == what));
    assert!(
        matches!(command(&["--list", "--format=env", "f"]), Ok(Command::List(list)) if list.output.is_some())
    );
    assert!(matches!(error(&["--list"]), UsageError::MissingOperand("FILE")));
    assert!(matches!(error(&["--list", "f", "u"]), UsageError::TooManyOperands { .. }));
    assert!(matches!(command(&["--list", "-"]), Ok(Command::List(list)) if list.file == file("-")));
}

#[test]
fn check_accepts_many_files_in_their_order() {
    assert_eq!(check(&["b", "a", "c"]).files, files(&["b", "a", "c"]));
    assert_eq!(check(&["--fix", "a", "b", "c"]).files.len(), 3);
    assert!(matches!(error(&["--check"]), UsageError::MissingOperand("FILE")));
    assert!(
        matches!(error(&["--check", "a", "b", "--json"]), UsageError::LateOption(word) if word == "--json")
    );
    let long = "x".repeat(4096);
    for line in [&["--check", &long][..], &["--check", "a", "b", &long]] {
        assert!(matches!(error(line), UsageError::PathTooLong));
    }
}

#[test]
fn the_second_of_two_operands_may_be_a_user() {
    let user = |line: &[&str]| check(line).user.map(|user| String::from_utf8(user).unwrap());
    assert_eq!(user(&["f", "alice"]).as_deref(), Some("alice"));
    assert_eq!(user(&["-", "alice"]).as_deref(), Some("alice"));
    assert_eq!(user(&["--secret", "s", "alice"]).as_deref(), Some("alice"));
    assert_eq!(check(&["f", "alice"]).files, files(&["f", "alice"]));
    for line in [&["f"][..], &["f", "-"], &["f", "./alice"], &["f", "a/"], &["f", "alice", "bob"]] {
        assert_eq!(user(line), None, "{line:?}");
    }
    for line in [&["--fix", "f", "alice"][..], &["--secret", "s", "a", "b"]] {
        assert_eq!(user(line), None, "{line:?}");
    }
}

#[test]
fn check_accepts_standard_input_once_and_does_not_repair_it() {
    assert_eq!(check(&["-"]).files, files(&["-"]));
    assert_eq!(check(&["a", "-", "b"]).files, files(&["a", "-", "b"]));
    assert_eq!(error(&["--check", "-", "a", "-"]), UsageError::RepeatedStdin);
    for line in [&["--check", "--fix", "-"][..], &["--check", "--fix", "a", "b", "-"]] {
        assert_eq!(error(line), UsageError::FixOfStdin);
    }
    let secret = |line: &[&str]| error(&[&["--secret", "s", "--check"], line].concat());
    assert_eq!(secret(&["--fix", "a", "-"]), UsageError::FixOfStdin);
    assert_eq!(error(&["--secret", "-", "--check", "a", "-"]), UsageError::RepeatedStdin);
}

#[test]
fn check_accepts_many_manifests() {
    let check = check(&["--secret", "s", "--secret-key=auth", "a", "b"]);
    let selector = Selector::new().key("auth").unwrap();
    let manifest = |path: &str| Target::Manifest { path: path.into(), selector: selector.clone() };
    assert_eq!(check.files, ["s", "a", "b"].map(manifest));
}

#[test]
fn ignored_kinds_are_collected_from_all_values() {
    let ignored = |line: &[&str]| check(&[line, &["f"]].concat()).ignored;
    assert_eq!(ignored(&["--ignore", "crlf"]), ["crlf"]);
    assert_eq!(
        ignored(&["--ignore=low-cost,crlf", "--ignore=leftover-file"]),
        ["low-cost", "crlf", "leftover-file"]
    );
    for (value, unknown) in [("", ""), ("crlf,", ""), ("CRLF", "CRLF"), ("crlf,x,y", "x"), ("help", "help")] {
        let expected = UsageError::UnknownKind(unknown.as_bytes().to_vec());
        assert_eq!(error(&["--check", "--ignore", value, "f"]), expected);
    }
}

#[test]
fn every_kind_that_completion_offers_is_accepted() {
    let kinds = offered(FlagId::Ignore);
    assert_eq!(check(&["--ignore", &kinds.join(","), "f"]).ignored, kinds);
}

#[test]
fn only_check_can_ignore_findings() {
    assert!(matches!(
        error(&["--ignore=crlf", "f", "u"]),
        UsageError::Requires(FlagId::Ignore, [FlagId::Check])
    ));
    for line in [["--list", "--ignore=crlf", "f"], ["--ignore=crlf", "--list", "f"]] {
        assert!(matches!(error(&line), UsageError::Conflict(FlagId::Ignore, FlagId::List)));
    }
}

#[test]
fn the_kinds_about_a_whole_file_have_the_names_of_the_report() {
    use crate::accounts::Account;
    use crate::report::FileFinding;

    let lines = |text: &str| [text.to_owned()];
    let reader = Account::named("www", &lines("www:x:33:33::/:/bin/sh"), &lines("www:x:33:")).unwrap();
    let server = Server::ALL.first().unwrap();
    let findings = [
        FileFinding::Missing,
        FileFinding::NotReadableBy { server, reader, directory: None },
        FileFinding::ReadableByOthers,
        FileFinding::WritableByOthers,
        FileFinding::UnhiddenBackup(PathBuf::new()),
        FileFinding::Leftover(PathBuf::new()),
    ];
    assert_eq!(findings.map(|finding| finding.name()), options::FILE_KINDS);
}

#[test]
fn check_and_list_exclude_each_other() {
    assert!(matches!(error(&["--fix", "f", "u"]), UsageError::Requires(FlagId::Fix, _)));
    assert!(matches!(error(&["--list", "--fix", "f"]), UsageError::Conflict(FlagId::Fix, FlagId::List)));
    assert!(matches!(error(&["--list", "--check", "f"]), UsageError::Conflict(FlagId::List, FlagId::Check)));
}

#[test]
fn check_and_list_reject_the_options_of_other_commands() {
    for (option, id) in [
        ("-c", FlagId::Create),
        ("-n", FlagId::Print),
        ("-D", FlagId::Delete),
        ("-v", FlagId::Verify),
        ("-b", FlagId::Batch),
        ("-i", FlagId::Stdin),
        ("-B", FlagId::Bcrypt),
        ("-C9", FlagId::Cost),
        ("--import", FlagId::Import),
        ("--import-format=csv", FlagId::ImportFormat),
        ("--hashed", FlagId::Hashed),
        ("--keep-going", FlagId::KeepGoing),
    ] {
        for (verb, verb_id) in [("--check", FlagId::Check), ("--list", FlagId::List)] {
            assert!(
                matches!(error(&[option, verb, "f"]), UsageError::Conflict(a, b) if a == id && b == verb_id),
                "{option} {verb}"
            );
        }
    }
}
