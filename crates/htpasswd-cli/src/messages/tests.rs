use super::*;

#[test]
fn a_name_that_is_nearly_right_is_guessed() {
    assert_eq!(nearest(b"bcrpyt"), Some("bcrypt"));
    assert_eq!(nearest(b"sha-256"), Some("sha256"));
    assert_eq!(nearest(b"qqq\xff"), None);
}

#[test]
fn a_path_in_a_command_is_one_word_of_the_shell() {
    let word = |path: &str| String::from_utf8(shell_word(Path::new(path))).unwrap();
    assert_eq!(word("/etc/nginx/users.d/a-b_c"), "/etc/nginx/users.d/a-b_c");
    assert_eq!(word("-rf"), "./-rf");
    assert_eq!(word("my users"), "'my users'");
    assert_eq!(word("-a'b;$c"), r"'./-a'\''b;$c'");
    assert_eq!(word(""), "''");
}

#[test]
fn control_characters_are_escaped_and_ordinary_names_are_not() {
    assert_eq!(shown("müller %s".as_bytes()), "müller %s".as_bytes());
    assert_eq!(shown(b"m\xfcller"), b"m\xfcller");
    assert_eq!(shown(b"a\x1b[31m\n\x7f"), b"a\\u{1b}[31m\\n\\u{7f}");
    assert_eq!(shown("a\u{9b}b".as_bytes()), b"a\\u{9b}b");
}

#[test]
fn a_name_cannot_look_like_another_one() {
    for (name, said) in [
        ("\u{202e}ecila", "\\u{202e}ecila"),
        ("al\u{200b}ice", "al\\u{200b}ice"),
        ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
        ("a\u{ad}b\u{a0}", "a\\u{ad}b\\u{a0}"),
        ("\u{e0041}", "\\u{e0041}"),
        ("漢字 é", "漢字 é"),
    ] {
        assert_eq!(String::from_utf8(shown(name.as_bytes())).unwrap(), said);
    }
    assert_eq!(shown(b"a\xa0b\xad\xe9"), b"a\\xa0b\\xad\xe9");
}

#[test]
fn every_problem_but_an_interruption_is_one_or_more_whole_lines() {
    let io = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let at = |step: &str| StoreError::NotAFile(PathBuf::from(step));
    let problems = [
        Problem::NotANumber,
        Problem::Range { what: "bcrypt", least: 4, most: 17 },
        Problem::NoPassword,
        Problem::PlainWithLineBreak,
        Problem::PlainWithBackslash,
        Problem::Unreadable(io()),
        Problem::Update(at("a")),
        Problem::Create(at("b\n")),
        Problem::Verify(at("c")),
        Problem::Look(at("c")),
        Problem::WrongPassword { why: Some("x") },
        Problem::UnknownUser(b"a\nb".to_vec()),
        Problem::NotTogether(FlagId::Print, FlagId::Import),
        Problem::GoesWith(FlagId::Json, &[FlagId::Import, FlagId::Ensure]),
        Problem::Create(StoreError::Exists("a\nb".into())),
        Problem::NotAFormat,
        Problem::UnknownServer(b"a\nb".to_vec()),
        Problem::UnreadableScheme(FlagId::Md5, &Server::ALL[0]),
        Problem::Users { path: Some("a\nb".into()), source: io() },
        Problem::Users { path: None, source: io() },
        Problem::UsersTooLarge { path: Some("a\nb".into()), limit: 1 << 30 },
        Problem::NotVerified(LimitExceeded::BcryptCost { cost: 31, limit: 20 }),
        Problem::NotCompared {
            user: b"a\nb".to_vec(),
            exceeded: LimitExceeded::BcryptCost { cost: 31, limit: 20 },
        },
        Problem::Update(StoreError::TooLarge { path: "a\nb".into(), limit: 1 << 30 }),
        Problem::Columns { secret: "hash" },
        Problem::NothingWritten { refused: 1, records: 2 },
    ];
    for problem in problems {
        let text = problem.text(b"htpasswd");
        assert!(text.ends_with(b"\n") && !text.ends_with(b"\n\n"), "{}", text.escape_ascii());
        let lines: Vec<_> = text.split_inclusive(|&byte| byte == b'\n').collect();
        assert!(lines.iter().skip(1).all(|line| line.starts_with(b"Warning: ")), "{}", text.escape_ascii());
    }
}
