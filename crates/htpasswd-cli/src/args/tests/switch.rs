//! `--disable` and `--enable`, and servers that read no password file.

use secret_manifest::Selector;

use super::*;

fn switch(line: &[&str]) -> command::Switch {
    match command(line) {
        Ok(Command::Switch(switch)) => switch,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn the_option_decides_between_disabling_and_enabling() {
    let plain = switch(&["--disable", "f", "u:ser"]);
    assert_eq!((&plain.file, plain.user.as_slice()), (&file("f"), &b"u:ser"[..]));
    assert!(!plain.enables && !plain.dry_run);
    assert!(switch(&["--enable", "f", "u"]).enables);
    assert!(switch(&["--disable", "--dry-run", "f", "u"]).dry_run);
    switch(&["--disable", "--for", "nginx,registry", "f", "u"]);
}

#[test]
fn options_for_passwords_and_hashes_are_rejected() {
    for (mode, id) in [("--disable", FlagId::Disable), ("--enable", FlagId::Enable)] {
        for option in ["-b", "-i", "-B", "-5", "-2", "-m", "-s", "-d", "-p", "--argon2", "--generate"] {
            let error = error(&[option, mode, "f", "u"]);
            assert!(matches!(error, UsageError::Conflict(first, _) if first == id), "{option}: {error:?}");
        }
        for (option, value) in
            [("-C", "5"), ("-r", "5000"), ("--password-file", "p"), ("--password-env", "P")]
        {
            let error = error(&[option, value, mode, "f", "u"]);
            assert!(matches!(error, UsageError::Conflict(first, _) if first == id), "{option}: {error:?}");
        }
        assert!(matches!(error(&[mode, "f"]), UsageError::MissingOperand("USER")));
        assert!(matches!(error(&["-D", mode, "f", "u"]), UsageError::SeveralModes));
        assert!(matches!(error(&["--ensure", mode, "f", "u"]), UsageError::Conflict(FlagId::Ensure, _)));
        assert!(matches!(error(&["--import", mode, "f", "u"]), UsageError::Conflict(_, FlagId::Import)));
    }
    assert!(matches!(
        error(&["--enable", "--for", "nginx", "f", "u"]),
        UsageError::Conflict(FlagId::Enable, FlagId::For)
    ));
    for servers in ["pypiserver", "nginx,radicale"] {
        let error = error(&["--disable", "--for", servers, "f", "u"]);
        assert!(matches!(error, UsageError::DisabledIsPlain(_)), "{error:?}");
    }
}

#[test]
fn a_server_without_a_password_file_edits_only_secrets_with_user_keys() {
    for server in ["prometheus", "haproxytech", "nginx,caddy"] {
        for line in [&["--for", server, "-b", "f", "u", "p"][..], &["--import", "-c", "--for", server, "f"]] {
            assert!(matches!(error(line), UsageError::NoPasswordFile(_)), "{line:?}");
        }
    }
    let secret = ["--secret", "s", "--for", "prometheus", "-b", "u", "p"];
    assert!(matches!(error(&secret), UsageError::NoPasswordFile(_)));
    for (server, has_user_keys) in [("haproxytech", true), ("ingress-nginx", false), ("nginx", false)] {
        let set = command(&["--secret", "s", "--for", server, "-b", "u", "p"]);
        let Ok(Command::Set(Set { file: Target::Manifest { selector, .. }, .. })) = set else {
            panic!("{server}: {set:?}");
        };
        let expected = Selector::new();
        let expected = if has_user_keys { expected.user_keys() } else { expected };
        assert_eq!(selector, expected, "{server}");
    }
    // -n prints a record for any server.
    assert!(matches!(command(&["--for", "prometheus", "-nb", "u", "p"]), Ok(Command::Print(_))));
}
