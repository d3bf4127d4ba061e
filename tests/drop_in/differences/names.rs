//! User names that this program rejects or warns about, and their length.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{FIRST, is_rejected};
use crate::support::{SHA1, Sandbox, TWO_USERS, original};

#[test]
fn d06_control_characters_in_user_names_are_rejected() {
    for user in
        ["eve\nroot", "eve\n", "\neve", "e\rve", "eve\r", "e\x1b[31mve", "e\x7fve", "e\x01ve", "e\tve"]
    {
        let sandbox = Sandbox::with(TWO_USERS);
        for arguments in [["-bs", "passwd", user, "secret"].as_slice(), &["-cbs", "passwd", user, "secret"]] {
            let run = sandbox.run(arguments);
            if original() {
                run.exits(0);
            } else {
                is_rejected(&sandbox, &run, 6);
            }
        }
        sandbox.run(["-nbs", user, "secret"]).exits(if original() { 0 } else { 6 });
        if !original() {
            // Messages show control characters as escapes.
            let run = sandbox.run(["-vb", "passwd", user, "secret"]);
            run.exits(6);
            assert!(!run.stderr().trim_end_matches('\n').contains(char::is_control), "{run}");
        }
    }
    if !original() {
        // A name may contain the control characters of ISO 8859. Messages show these characters as escapes.
        for (user, shown) in [(&b"u\xc2\x9b31m"[..], "u\\u{9b}31m"), (b"u\x9b31m", "u\\x9b31m")] {
            let sandbox = Sandbox::with(TWO_USERS);
            let call =
                |letter: &str| sandbox.run([letter.as_bytes(), b"passwd", user, b"x"].map(OsStr::from_bytes));
            for (letter, status) in [("-bs", "Adding"), ("-bs", "Updating"), ("-cbs", "Adding")] {
                let run = call(letter);
                run.exits(0);
                let expected = format!("{status} password for user {shown}");
                assert!(run.stderr().lines().any(|line| line == expected), "{run}");
            }
        }
        // Messages also show invisible characters, and characters that change the direction of text, as escapes.
        for (user, shown) in [("al\u{200b}ice", "al\\u{200b}ice"), ("\u{202e}bob", "\\u{202e}bob")] {
            let run = Sandbox::with(TWO_USERS).run(["-bs", "passwd", user, "secret"]);
            run.exits(0).stderr_is(&format!("Adding password for user {shown}\n"));
        }
        let run = Sandbox::new().run(["-\x1b[2J"]);
        run.exits(2);
        assert!(run.stderr().starts_with("htpasswd: illegal option -- \\u{1b}\n"), "{run}");
    }
}

#[test]
fn d08_user_names_that_servers_do_not_find_are_rejected() {
    for user in ["#eve", " eve", "\teve", "#", " ", "\u{feff}eve", ""] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-bs", "passwd", user, "secret"]);
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}{user}:{SHA1}\n"));
        } else {
            is_rejected(&sandbox, &run, 6);
        }
        if !user.is_empty() {
            let run = sandbox.run(["-nbs", user, "secret"]);
            run.exits(if original() { 0 } else { 6 });
        }
    }
}

/// White space that servers remove from the start and the end of a user name.
const WHITE_SPACE: &str = "\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}";

#[test]
fn d08_user_names_with_white_space_at_an_end_are_rejected() {
    for character in WHITE_SPACE.chars() {
        for user in [format!("{character}bob"), format!("bob{character}"), format!("bob{character} ")] {
            for line in [["-bs", "passwd"].as_slice(), &["-cbs", "passwd"], &["-nbs"]] {
                let sandbox = Sandbox::with(TWO_USERS);
                let run = sandbox.run([line, &[&user, "secret"]].concat());
                if original() {
                    run.exits(0);
                } else {
                    is_rejected(&sandbox, &run, 6);
                    run.stderr_has("choose another name");
                    assert!(!run.stderr().contains(FIRST), "{run}");
                }
            }
        }
        if !original() {
            let user = format!("b{character}ob");
            Sandbox::with(TWO_USERS).run(["-bs", "passwd", &user, "secret"]).exits(0);
        }
    }
}

#[test]
fn d08_records_of_such_users_can_be_verified_and_deleted() {
    for character in WHITE_SPACE.chars() {
        for user in [format!("{character}bob"), format!("bob{character}")] {
            // The record is in the second line, because at the start of a file U+FEFF is not part of the name.
            let sandbox = Sandbox::with(format!("carol:x\n{user}:{SHA1}\n"));
            sandbox.run(["-vb", "passwd", &user, "secret"]).exits(0);
            sandbox.run(["-D", "passwd", &user]).exits(0);
            assert_eq!(sandbox.text("passwd"), "carol:x\n");
        }
    }
}

#[test]
fn d08_blanks_at_the_end_of_a_user_name_warn() {
    for user in ["eve ", "eve   "] {
        let sandbox = Sandbox::with(TWO_USERS);
        for (line, status) in [
            (["-bs", "passwd"].as_slice(), "Adding"),
            (&["-bs", "passwd"], "Updating"),
            (&["-cbs", "passwd"], "Adding"),
        ] {
            let run = sandbox.run([line, &[user, "secret"]].concat());
            run.exits(0).stderr_has(&format!("{status} password for user {user}\n"));
            let warnings = run.warnings();
            let warns = warnings.iter().any(|warning| warning.contains("the user name ends with a blank"));
            assert_eq!(warns, !original(), "{run}");
        }
        assert_eq!(sandbox.text("passwd"), format!("{user}:{SHA1}\n"));
        sandbox.run(["-vb", "passwd", user, "secret"]).exits(0).does_not_warn();
        let run = sandbox.run(["-nbs", user, "secret"]);
        run.exits(0).stdout_is(&format!("{user}:{SHA1}\n\n"));
        assert_eq!(run.warnings().is_empty(), original(), "{run}");
        sandbox.run(["-D", "passwd", user]).exits(0).does_not_warn();
        assert_eq!(sandbox.text("passwd"), "");
    }
}

#[test]
fn d08_printing_a_hash_for_no_user_works_as_before() {
    // Many scripts have the line `htpasswd -nbB "" secret | tr -d ':\n'`.
    let run = Sandbox::new().run(["-nbs", "", "secret"]);
    run.exits(0).stdout_is(&format!(":{SHA1}\n\n")).stderr_is("");
}

#[test]
fn d08_names_without_a_record_are_not_found_as_before() {
    let before = format!("#eve:{SHA1}\n eve:{SHA1}\n:{SHA1}\nbob:{SHA1}\n");
    let sandbox = Sandbox::with(&before);
    for user in ["#eve", " eve"] {
        sandbox
            .run(["-vb", "passwd", user, "secret"])
            .exits(6)
            .stderr_is(&format!("User {user} not found\n"));
        sandbox.run(["-D", "passwd", user]).exits(0).stderr_is(&format!("User {user} not found\n"));
    }
    assert_eq!(sandbox.text("passwd"), before);
    sandbox.run(["-vb", "passwd", "", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", ""]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("#eve:{SHA1}\n eve:{SHA1}\nbob:{SHA1}\n"));
}

#[test]
fn d36_a_user_name_may_be_255_bytes_long_with_every_scheme() {
    let user = "u".repeat(255);
    for options in [
        ["-b"].as_slice(),
        &["-bB", "-C", "4"],
        &["-b2"],
        &["-b5"],
        &["-b5r1000"],
        &["-bd"],
        &["-bs"],
        &["-bp"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([options, &["passwd", &user, "secret"]].concat());
        if original() {
            run.exits(5).stderr_has("htpasswd: resultant record too long\n");
            continue;
        }
        run.exits(0);
        if options != ["-bp"] {
            sandbox.run(["-vb", "passwd", &user, "secret"]).exits(0);
        }
        sandbox.run(["-D", "passwd", &user]).exits(0);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
    // This is the longest record that the program makes.
    let run = Sandbox::new().run(["-nbp", &user, &"p".repeat(255)]);
    if original() {
        run.exits(5).stderr_has("htpasswd: resultant record too long\n");
    } else {
        run.exits(0).stdout_is(&format!("{user}:{}\n\n", "p".repeat(255)));
    }
}
