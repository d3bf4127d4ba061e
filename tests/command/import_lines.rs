//! `--import` of lines `user:password`: records, their passwords, and invalid lines.

use crate::support::import::{
    import, imported, imported_with_warnings, is_alone, numbers, rejects, shows_no_secret, summary,
    warns_once_with,
};
use crate::support::users::OTHER;
use crate::support::{SHA1, Sandbox, TWO_USERS, bytes, hash_of};

const NO_COLON: &str = "no colon between user and password";

// Records and their passwords

#[test]
fn a_line_has_a_user_a_colon_and_a_password() {
    let sandbox = imported(&["-s"], "alice:secret\ndave:other\n", 2);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{OTHER}\n"));
}

#[test]
fn lines_are_the_default_format() {
    let sandbox = imported(&["-s", "--import-format", "lines"], "alice:secret\n", 1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    let sandbox = imported(&["-s", "--import-format=lines"], "alice:secret\n", 1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn new_users_are_added_in_the_order_of_the_list() {
    let users = ["zed", "anna", "mike", "Anna", "bob2", "0"];
    let input = users.iter().map(|user| format!("{user}:secret\n")).collect::<Vec<_>>().concat();
    let expected = users.iter().map(|user| format!("{user}:{SHA1}\n")).collect::<Vec<_>>().concat();
    assert_eq!(imported(&["-s"], input, users.len()).text("passwd"), expected);
}

#[test]
fn only_the_newline_is_removed() {
    for (input, password) in [
        ("alice:secret\n", "secret"),
        ("alice:secret\r\n", "secret"),
        ("alice:secret", "secret"),
        ("alice:secret\r\r\n", "secret\r"),
        ("alice:secret\r", "secret\r"),
        ("alice:se\rcret\n", "se\rcret"),
        ("alice: secret \n", " secret "),
        ("alice:\tsecret\t\r\n", "\tsecret\t"),
        ("alice:secret\u{b}\u{c}\n", "secret\u{b}\u{c}"),
        ("alice:secret\u{85}\n", "secret\u{85}"),
        ("alice:secret\u{2028}\n", "secret\u{2028}"),
    ] {
        let (sandbox, _) = imported_with_warnings(&["-m"], input, 1);
        assert!(sandbox.verifies("alice", password), "{input:?}");
    }
}

#[test]
fn newlines_may_be_mixed_and_the_last_may_be_missing() {
    let sandbox = imported(&["-s"], "alice:secret\r\ndave:secret\nerin:secret", 3);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{SHA1}\nerin:{SHA1}\n"));
}

#[test]
fn only_the_first_colon_splits() {
    for password in ["a:b", ":", "::", ":secret", "secret:", "https://example.org:8080/"] {
        let sandbox = imported(&[], format!("alice:{password}\n"), 1);
        assert!(sandbox.verifies("alice", password), "{password}");
    }
}

#[test]
fn a_password_may_look_like_something_else() {
    let passwords =
        ["#secret", "\"secret\"", "'", "$HOME", "\\n", "%s", "a,b", "-", "{SHA}", "{SHA}x", "--keep-going"];
    for password in passwords {
        let sandbox = imported(&[], format!("alice:{password}\n"), 1);
        assert!(sandbox.verifies("alice", password), "{password}");
    }
}

#[test]
fn users_and_passwords_are_bytes() {
    for (user, password) in
        [(b"m\xfcller".as_slice(), b"p\xe4ss".as_slice()), ("müller".as_bytes(), "pässwörd".as_bytes())]
    {
        let sandbox = imported(&["-m"], [user, b":", password, b"\n"].concat(), 1);
        assert!(sandbox.read("passwd").starts_with(&[user, b":$apr1$"].concat()));
        let run = sandbox.run(["-vb".into(), "passwd".into(), bytes(user), bytes(password)]);
        run.exits(0);
    }
}

#[test]
fn blank_lines_and_comments_are_skipped() {
    let input = "\n# staff\nalice:secret\n\r\n#dave:secret\r\n#\n\n\nerin:secret\n# no line end";
    let sandbox = imported(&["-s"], input, 2);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\nerin:{SHA1}\n"));
}

#[test]
fn a_byte_order_mark_at_the_start_is_skipped() {
    let sandbox = imported(&["-s"], "\u{feff}alice:secret\n", 1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    let sandbox = imported(&["-s"], "\u{feff}# comment\r\nalice:secret\r\n", 1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_byte_order_mark_inside_a_name_is_kept() {
    let sandbox = imported(&["-s"], "alice:secret\nda\u{feff}ve:secret\n", 2);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\nda\u{feff}ve:{SHA1}\n"));
    // A byte order mark at the start of a name is an error, because in the first line of a file it would not be part
    // of the name.
    rejects(&["-s"], "alice:secret\n\u{feff}dave:secret\n", &[2], 2);
}

#[test]
fn a_list_without_records_changes_nothing() {
    for input in ["", "\n", "\r\n\n", "# no users\n", "#", "\u{feff}"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = import(&sandbox, &["-s"], input);
        run.exits(0).stdout_is("").stderr_is(&summary(0, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), TWO_USERS, "{input:?}");
        is_alone(&sandbox);
    }
}

#[test]
fn names_and_passwords_may_have_255_bytes() {
    let (user, password) = ("u".repeat(255), "p".repeat(255));
    for end in ["", "\n", "\r\n"] {
        let sandbox = imported(&["-m"], format!("{user}:{password}{end}"), 1);
        assert!(sandbox.verifies(&user, &password), "{end:?}");
        assert!(!sandbox.verifies(&user, &password[1..]));
    }
}

// Invalid lines

#[test]
fn a_line_without_a_colon_is_rejected() {
    let messages = rejects(&["-s"], "alice:secret\ndave:secret\nhunter2\nerin:secret\n", &[3], 4);
    assert_eq!(messages, format!("htpasswd: line 3 of standard input: {NO_COLON}\n"));
}

#[test]
fn skipped_lines_count_in_line_numbers() {
    rejects(&["-s"], "\u{feff}\n# comment\r\n\r\nhunter2\r\nalice:secret\n\nhunter3", &[4, 7], 3);
}

#[test]
fn invalid_user_names_are_rejected() {
    let long = "u".repeat(256);
    for user in ["", " alice", "a\tb", "\talice", "a\x1b[31m", "a\x7f", "a\0", "a\r", &long] {
        let input = format!("dave:hunter1\n{user}:hunter2\nerin:hunter3\n");
        rejects(&["-s"], input, &[2], 3);
    }
}

#[test]
fn too_long_passwords_are_rejected_with_every_scheme() {
    for scheme in ["-m", "-2", "-B", "-d", "-s", "-p"] {
        for length in [256, 257, 513, 100_000] {
            let password = format!("hunter2{}", "p".repeat(length - 7));
            rejects(&[scheme], format!("alice:{password}\r\n"), &[1], 1);
        }
    }
}

#[test]
fn passwords_with_a_nul_byte_are_rejected() {
    for password in ["hunter2\0", "\0", "hunter\x002"] {
        rejects(&["-s"], format!("alice:secret\ndave:{password}\n"), &[2], 2);
    }
}

#[test]
fn plain_text_with_a_carriage_return_is_rejected() {
    rejects(&["-p"], "alice:hunter2\r\r\ndave:secret\r\n", &[1], 2);
    rejects(&["-p"], "dave:secret\nalice:hunt\rer2\n", &[2], 2);
}

#[test]
fn lines_of_megabytes_are_rejected_like_short_ones() {
    let long = "x".repeat(3_000_000);
    rejects(&["-s"], format!("{long}\nalice:secret\n{long}:secret\ndave:{long}"), &[1, 3, 4], 4);
}

#[test]
fn twenty_invalid_lines_are_named_and_more_are_counted() {
    for (count, more) in [(20, None), (21, Some(1)), (45, Some(25))] {
        let invalid = "hunter2\n".repeat(count);
        let sandbox = Sandbox::with(TWO_USERS);
        let run = import(&sandbox, &["-s"], format!("alice:secret\n{invalid}dave:secret\n"));
        let named = (0..count.min(20))
            .map(|number| format!("htpasswd: line {} of standard input: {NO_COLON}\n", number + 2))
            .collect::<Vec<_>>()
            .concat();
        let rest = more.map(|more| format!("htpasswd: … and {more} more\n")).unwrap_or_default();
        let nothing = format!(
            "htpasswd: nothing was written: {count} of {} records are invalid; --keep-going skips them\n",
            count + 2
        );
        run.exits(1).stdout_is("").stderr_is(&format!("{named}{rest}{nothing}"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        is_alone(&sandbox);

        let run = import(&sandbox, &["-s", "--keep-going"], format!("alice:secret\n{invalid}dave:secret\n"));
        run.exits(1).stderr_is(&format!("{named}{rest}{}", summary(2, 0, 0, count)));
        assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\ndave:{SHA1}\n"));
    }
}

#[test]
fn the_whole_list_is_validated_before_hashing() {
    // This test would take minutes if the passwords were hashed.
    let users = (0..200).map(|number| format!("user{number}:secret\n")).collect::<Vec<_>>().concat();
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-B", "-C", "17"], format!("{users}hunter2\n"));
    run.exits(1).stderr_has("htpasswd: nothing was written: 1 of 201 records are invalid;");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn keep_going_without_valid_records_changes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-s", "--keep-going"], "hunter2\n");
    run.exits(1)
        .stderr_is(&format!("htpasswd: line 1 of standard input: {NO_COLON}\n{}", summary(0, 0, 0, 1)));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn keep_going_without_invalid_records_succeeds() {
    imported(&["-s", "--keep-going"], "alice:secret\n", 1);
}

// Warnings

#[test]
fn the_last_line_of_a_duplicate_user_counts() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-s"], "\nalice:first\n# comment\ndave:secret\nalice:secret\n");
    run.exits(0).stderr_is(&summary(2, 0, 0, 0));
    warns_once_with(&run, &[2, 5]);
    assert!(run.warnings()[0].contains("alice"), "{run}");
    let text = sandbox.text("passwd");
    assert_eq!(text.lines().count(), 4, "{text}");
    assert_eq!(hash_of(&text, "alice"), SHA1);

    let run = import(&sandbox, &["-s"], "bob:secret\nbob:other\n");
    run.exits(0).stderr_is(&summary(0, 1, 0, 0));
    warns_once_with(&run, &[1, 2]);
    assert_eq!(hash_of(&sandbox.text("passwd"), "bob"), OTHER);
}

#[test]
fn user_names_are_case_sensitive() {
    imported(&["-s"], "alice:secret\nAlice:secret\nALICE:secret\n", 3);
}

#[test]
fn an_invalid_line_does_not_replace_an_earlier_one() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-s", "--keep-going"], "alice:secret\nalice:hunt\0er2\n");
    run.exits(1).stderr_has(&summary(1, 0, 0, 1));
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn ten_duplicate_users_are_named_and_more_are_counted() {
    for (count, more) in [(10, None), (11, Some(1)), (35, Some(25))] {
        let once = (0..count).map(|number| format!("user{number}:secret\n")).collect::<Vec<_>>().concat();
        let sandbox = Sandbox::with("");
        let run = import(&sandbox, &["-s"], format!("{once}{once}"));
        run.exits(0).stderr_is(&summary(count, 0, 0, 0));
        let warnings = run.warnings();
        assert_eq!(warnings.len(), 10 + usize::from(more.is_some()), "{run}");
        for (number, warning) in warnings.iter().take(10).enumerate() {
            let (user, lines) = (format!("user{number}"), [number + 1, number + 1 + count]);
            assert!(warning.contains(&user), "{user}: {warning}");
            assert!(lines.iter().all(|line| numbers(warning).contains(line)), "{lines:?}: {warning}");
        }
        if let Some(more) = more {
            assert!(numbers(&warnings[10]).contains(&more), "{}", warnings[10]);
        }
    }
}

#[test]
fn empty_passwords_give_one_warning() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &[], "alice:secret\n\n# comment\ndave:\nerin:\r\nfred:");
    run.exits(0).stderr_is(&summary(4, 0, 0, 0));
    warns_once_with(&run, &[3, 4]);
    for user in ["dave", "erin", "fred"] {
        assert!(sandbox.verifies(user, ""), "{user}");
    }
}

#[test]
fn truncated_passwords_give_one_warning() {
    for (options, length) in [(["-d"].as_slice(), 8), (&["-B", "-C", "4"], 72)] {
        let (whole, cut) = ("p".repeat(length), "p".repeat(length + 1));
        imported(options, format!("alice:{whole}\n"), 1);
        let sandbox = Sandbox::with("");
        let users = format!("alice:{whole}\n\n\ndave:{whole}\r\nerin:{cut}\nfred:{cut}!\n");
        let run = import(&sandbox, options, users);
        run.exits(0).stderr_is(&summary(4, 0, 0, 0));
        warns_once_with(&run, &[2, 5]);
        assert!(sandbox.verifies("erin", &whole));
    }
    let long = "p".repeat(255);
    for scheme in ["-m", "-2", "-5", "-s"] {
        imported(&[scheme], format!("alice:{long}\n"), 1);
    }
}

#[test]
fn no_password_is_ever_shown() {
    let users = "alice:hunter1\nalice:hunter2\ndave:\nhunter3\nerin:hunter4hunter4\n:hunter5\n";
    for options in
        [["-d"].as_slice(), &["-d", "--keep-going"], &["-d", "--json"], &["-d", "--json", "--keep-going"]]
    {
        let run = import(&Sandbox::with(TWO_USERS), options, users);
        run.exits(1).stderr_has("htpasswd: line 4 of standard input: ");
        shows_no_secret(&run);
    }
}
