//! What is written into the password file and printed by `-n`, byte for byte. Passes on both programs.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use crate::support::{
    APR1, PLAIN_WARNING, SHA1, Sandbox, TWO_USERS, bytes, has_tool, hash_of, is_crypt_text,
};

const INVALID: &str = "htpasswd: The file passwd does not appear to be a valid htpasswd file.\n";

/// The record that `-n` prints for these options, user `alice` and password `secret`.
#[track_caller]
fn printed(options: &[&str]) -> String {
    let run = Sandbox::new().run([options, &["alice", "secret"]].concat());
    run.exits(0);
    let text = run.stdout();
    text.strip_prefix("alice:")
        .and_then(|rest| rest.strip_suffix("\n\n"))
        .expect("a record and an empty line")
        .to_owned()
}

/// Adds or updates `user` with the SHA-1 hash of `secret`, and says what is in the file then.
#[track_caller]
fn with_user(content: impl AsRef<[u8]>, user: &str, status: &str) -> String {
    let sandbox = Sandbox::with(content);
    let run = sandbox.run(["-bs", "passwd", user, "secret"]);
    run.exits(0).stdout_is("").stderr_is(&format!("{status} password for user {user}\n"));
    assert_eq!(sandbox.names(), ["passwd"], "something else was left in the directory");
    sandbox.text("passwd")
}

#[track_caller]
fn without_user(content: impl AsRef<[u8]>, user: &str, status: &str) -> String {
    let sandbox = Sandbox::with(content);
    let run = sandbox.run(["-D", "passwd", user]);
    run.exits(0).stdout_is("").stderr_is(&format!("{status} password for user {user}\n"));
    sandbox.text("passwd")
}

// Adding

#[test]
fn a_new_user_goes_to_the_end() {
    assert_eq!(with_user(TWO_USERS, "alice", "Adding"), format!("{TWO_USERS}alice:{SHA1}\n"));
}

#[test]
fn an_empty_file_takes_a_first_user() {
    assert_eq!(with_user("", "alice", "Adding"), format!("alice:{SHA1}\n"));
}

#[test]
fn comments_and_blank_lines_stay_as_they_are() {
    let before = "# users\n\n  # indented\n \t \nbob:x\n\t\n#bob:y\n";
    assert_eq!(with_user(before, "alice", "Adding"), format!("{before}alice:{SHA1}\n"));
}

#[test]
fn lines_of_others_keep_their_spacing_fields_and_carriage_returns() {
    let before = "  bob:x\r\n\r\ncarol:y:Carol:carol@example.org\ndave :z\n:no name\nerin:\n";
    assert_eq!(with_user(before, "alice", "Adding"), format!("{before}alice:{SHA1}\n"));
}

#[test]
fn bytes_beyond_ascii_in_lines_of_others_stay() {
    let before = b"m\xfcller:x\n\xc2\xa0:y\n".as_slice();
    let sandbox = Sandbox::with(before);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.read("passwd"), [before, b"alice:", SHA1.as_bytes(), b"\n"].concat());
}

#[test]
fn names_that_look_alike_are_different_users() {
    for (there, other) in
        [("Bob", "bob"), ("bob ", "bob"), ("bo", "bob"), ("bobby", "bob"), ("b\u{43e}b", "bob")]
    {
        let before = format!("{there}:x\n");
        assert_eq!(with_user(&before, other, "Adding"), format!("{before}{other}:{SHA1}\n"));
    }
}

#[test]
fn user_names_may_hold_blanks_signs_and_letters_of_any_language() {
    for user in
        ["b ob", "bob@example.org", "müller", "用户", "%s%n", "a\\b", "a#b", "\"quoted\"", "-bob", "bob "]
    {
        let file = with_user("", user, "Adding");
        assert_eq!(file, format!("{user}:{SHA1}\n"));
        assert_eq!(with_user(&file, user, "Updating"), file);
    }
}

#[test]
fn a_user_name_is_bytes_and_need_not_be_utf8() {
    let sandbox = Sandbox::with("");
    let run = sandbox.run([bytes(b"-bs"), "passwd".into(), bytes(b"m\xfcller"), "secret".into()]);
    run.exits(0);
    let run = sandbox.run([bytes(b"-bs"), "passwd".into(), bytes(b"m\xfcller"), "secret".into()]);
    run.exits(0).stderr_has("Updating");
    assert_eq!(sandbox.read("passwd"), [b"m\xfcller:", SHA1.as_bytes(), b"\n"].concat());
}

// Updating

#[test]
fn an_updated_user_keeps_its_place() {
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "alice", "Updating");
    assert_eq!(file, format!("alice:{SHA1}\nbob:y\ncarol:z\n"));
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "bob", "Updating");
    assert_eq!(file, format!("alice:x\nbob:{SHA1}\ncarol:z\n"));
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "carol", "Updating");
    assert_eq!(file, format!("alice:x\nbob:y\ncarol:{SHA1}\n"));
}

#[test]
fn an_updated_record_may_shrink_and_grow() {
    let long = "x".repeat(200);
    assert_eq!(with_user(format!("bob:{long}\nz:z\n"), "bob", "Updating"), format!("bob:{SHA1}\nz:z\n"));
    assert_eq!(with_user("bob:\nz:z\n", "bob", "Updating"), format!("bob:{SHA1}\nz:z\n"));
}

#[test]
fn every_duplicate_is_updated_with_the_same_hash() {
    let sandbox = Sandbox::with("bob:1\nx:y\nbob:2\nbob:3\n");
    let run = sandbox.run(["-b", "passwd", "bob", "secret"]);
    run.exits(0).stderr_is("Updating Updating Updating password for user bob\n");
    let file = sandbox.text("passwd");
    let hash = hash_of(&file, "bob");
    assert!(hash.starts_with("$apr1$"), "{hash}");
    assert_eq!(file, format!("bob:{hash}\nx:y\nbob:{hash}\nbob:{hash}\n"));
}

#[test]
fn a_last_line_without_newline_gets_one_when_it_is_updated() {
    assert_eq!(with_user("bob:x\ncarol:y", "carol", "Updating"), format!("bob:x\ncarol:{SHA1}\n"));
}

#[test]
fn a_missing_last_newline_stays_missing_when_another_line_is_updated() {
    assert_eq!(with_user("bob:x\ncarol:y", "bob", "Updating"), format!("bob:{SHA1}\ncarol:y"));
}

#[test]
fn a_commented_out_record_is_not_updated() {
    assert_eq!(with_user("#bob:x\n # bob:y\n", "bob", "Adding"), format!("#bob:x\n # bob:y\nbob:{SHA1}\n"));
}

#[test]
fn the_scheme_of_the_old_hash_does_not_matter() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-b", "passwd", "bob", "new"]).exits(0);
    assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with("$apr1$"));
    assert!(sandbox.verifies("bob", "new"));
    assert!(!sandbox.verifies("bob", "secret"));
    assert!(sandbox.verifies("carol", "secret"), "another user changed");
}

#[test]
fn a_line_without_colon_makes_the_file_invalid_and_leaves_it_alone() {
    for content in [
        "garbage\n",
        "garbage",
        "bob:x\ngarbage\n",
        "# fine\n\ngarbage\nbob:x\n",
        "\x7fELF\x02\n",
        "\u{a0}\n",
    ] {
        for options in [["-bs", "passwd", "alice", "secret"].as_slice(), &["-D", "passwd", "alice"]] {
            let sandbox = Sandbox::with(content);
            sandbox.run(options).exits(7).stdout_is("").stderr_is(INVALID);
            assert_eq!(sandbox.text("passwd"), content);
        }
    }
}

// Deleting

#[test]
fn a_deleted_user_goes_and_nothing_else() {
    assert_eq!(without_user("alice:x\nbob:y\ncarol:z\n", "alice", "Deleting"), "bob:y\ncarol:z\n");
    assert_eq!(without_user("alice:x\nbob:y\ncarol:z\n", "bob", "Deleting"), "alice:x\ncarol:z\n");
    assert_eq!(without_user("alice:x\nbob:y\ncarol:z\n", "carol", "Deleting"), "alice:x\nbob:y\n");
}

#[test]
fn deleting_the_only_user_leaves_an_empty_file() {
    assert_eq!(without_user("bob:x\n", "bob", "Deleting"), "");
    assert_eq!(without_user("bob:x", "bob", "Deleting"), "");
}

#[test]
fn every_duplicate_is_deleted() {
    let file =
        without_user("bob:1\nbob:2\nx:y\nbob:3\nbob:4\n", "bob", "Deleting Deleting Deleting Deleting");
    assert_eq!(file, "x:y\n");
}

#[test]
fn deleting_keeps_comments_blank_lines_and_carriage_returns() {
    let file = without_user("# bob\n\nbob:x\n#bob:y\ncarol:z\r\n  \n", "bob", "Deleting");
    assert_eq!(file, "# bob\n\n#bob:y\ncarol:z\r\n  \n");
}

#[test]
fn deleting_finds_records_behind_blanks_and_without_hash() {
    assert_eq!(without_user("a:b\n  bob:x\n", "bob", "Deleting"), "a:b\n");
    assert_eq!(without_user("a:b\n\tbob:\n", "bob", "Deleting"), "a:b\n");
}

#[test]
fn deleting_the_last_line_keeps_a_missing_newline_out() {
    assert_eq!(without_user("a:b\nbob:x", "bob", "Deleting"), "a:b\n");
    assert_eq!(without_user("bob:x\na:b", "bob", "Deleting"), "a:b");
}

#[test]
fn a_record_with_an_empty_name_can_be_deleted() {
    assert_eq!(without_user(":x\nbob:y\n", "", "Deleting"), "bob:y\n");
}

#[test]
fn deleting_a_user_that_is_not_there_leaves_the_file_untouched() {
    for content in [TWO_USERS, "", "bob:x", "# zed:x\nZed:x\n"] {
        let sandbox = Sandbox::with(content);
        let before = fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
        let run = sandbox.run(["-D", "passwd", "zed"]);
        run.exits(0).stdout_is("").stderr_is("User zed not found\n");
        assert_eq!(sandbox.text("passwd"), content);
        assert_eq!(fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap(), before);
    }
}

// Creating

#[test]
fn create_makes_a_file_of_one_record() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
    run.exits(0).stdout_is("").stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn create_replaces_what_was_there() {
    for before in [TWO_USERS.to_owned(), String::new(), "user:x\n".repeat(500)] {
        let sandbox = Sandbox::with(before);
        let run = sandbox.run(["-cbs", "passwd", "bob", "secret"]);
        run.exits(0).stderr_is("Adding password for user bob\n");
        assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    }
}

#[test]
fn create_does_not_look_at_the_lines_that_were_there() {
    let sandbox = Sandbox::with("no colon here\n\x00\n");
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

// Printing

#[test]
fn printing_gives_the_record_and_an_empty_line() {
    let run = Sandbox::new().run(["-nbs", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("").does_not_warn();
}

#[test]
fn printing_touches_no_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-nbs", "passwd", "secret"]).exits(0).stdout_is(&format!("passwd:{SHA1}\n\n"));
    sandbox.run(["-nbs", "no/such/file", "secret"]).exits(0).stdout_is(&format!("no/such/file:{SHA1}\n\n"));
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn printing_can_be_appended_to_a_file_by_the_shell() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = fs::OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
    sandbox.call(["-nbs", "alice", "secret"]).stdout_to(file).run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\n\n"));
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn printing_into_a_pipe_that_nobody_reads_ends_as_other_commands_do() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = Sandbox::new().call(["-nbs", "alice", "secret"]).stdout_to(writer).run();
    assert_eq!(run.exit, crate::support::Exit::Signal(13), "{run}");
}

// Schemes

#[test]
fn md5_is_the_default_and_has_eight_letters_of_salt() {
    for options in [["-nb"].as_slice(), &["-nbm"]] {
        let hash = printed(options);
        let (salt, digest) = hash.strip_prefix("$apr1$").unwrap().split_once('$').unwrap();
        assert!(is_crypt_text(salt, 8) && is_crypt_text(digest, 22), "{hash}");
    }
}

#[test]
fn bcrypt_is_2y_with_cost_5_unless_asked_otherwise() {
    for (options, start) in [
        (["-nbB"].as_slice(), "$2y$05$"),
        (&["-nbB", "-C", "4"], "$2y$04$"),
        (&["-nbB", "-C", "6"], "$2y$06$"),
        (&["-nbB", "-C", "10"], "$2y$10$"),
    ] {
        let hash = printed(options);
        assert!(hash.strip_prefix(start).is_some_and(|rest| is_crypt_text(rest, 53)), "{hash}");
    }
}

#[test]
fn sha256_and_sha512_have_sixteen_letters_of_salt() {
    for (options, start, length) in [("-nb2", "$5$", 43), ("-nb5", "$6$", 86)] {
        let hash = printed(&[options]);
        let (salt, digest) = hash.strip_prefix(start).unwrap().split_once('$').unwrap();
        assert!(is_crypt_text(salt, 16) && is_crypt_text(digest, length), "{hash}");
    }
}

#[test]
fn rounds_are_written_exactly_when_they_were_asked_for() {
    for (scheme, start) in [("-nb2", "$5$"), ("-nb5", "$6$")] {
        assert!(!printed(&[scheme]).contains("rounds="));
        for rounds in ["1000", "1001", "4999", "5000", "5001"] {
            for letter in ["-r", "-C"] {
                let hash = printed(&[scheme, letter, rounds]);
                assert!(hash.starts_with(&format!("{start}rounds={rounds}$")), "{hash}");
            }
        }
    }
}

#[test]
fn des_has_two_letters_of_salt_and_eleven_of_hash() {
    let hash = printed(&["-nbd"]);
    assert!(is_crypt_text(&hash, 13), "{hash}");
}

#[test]
fn sha1_has_no_salt() {
    assert_eq!(printed(&["-nbs"]), SHA1);
}

#[test]
fn plain_text_is_the_password_itself() {
    for password in ["secret", "with:colons:", " blanks ", "a\tb", "pässword", "$apr1$", "#", ":"] {
        let run = Sandbox::new().run(["-nbp", "alice", password]);
        run.exits(0).stdout_is(&format!("alice:{password}\n\n")).stderr_is(PLAIN_WARNING);
    }
}

#[test]
fn salts_differ_between_runs() {
    for options in
        [["-nb"].as_slice(), &["-nbB", "-C", "4"], &["-nb2", "-r", "1000"], &["-nb5", "-r", "1000"]]
    {
        assert_ne!(printed(options), printed(options));
    }
}

#[test]
fn every_scheme_that_is_written_verifies() {
    for options in [
        ["-b"].as_slice(),
        &["-bm"],
        &["-bB", "-C", "4"],
        &["-b2"],
        &["-b5"],
        &["-b5r1000"],
        &["-bd"],
        &["-bs"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.run([options, &["passwd", "alice", "pässw0r"]].concat()).exits(0);
        assert!(sandbox.verifies("alice", "pässw0r"), "{options:?}");
        assert!(!sandbox.verifies("alice", "pässw0R"), "{options:?}");
        assert!(!sandbox.verifies("alice", ""), "{options:?}");
    }
}

#[test]
fn apaches_own_tool_verifies_what_is_written() {
    let apache = Path::new("/usr/bin/htpasswd");
    if !apache.exists() {
        crate::support::skipped("Apache's htpasswd is not installed");
        return;
    }
    for options in
        [["-bm"].as_slice(), &["-bB", "-C", "4"], &["-b2"], &["-b5", "-r", "2000"], &["-bd"], &["-bs"]]
    {
        for password in
            [b"secret".as_slice(), b"", b"p\xe4ss w\xf6rd", b"\xff\xff\xa3", &[b'x'; 72], b"line\nbreak"]
        {
            let sandbox = Sandbox::with("");
            let mut args: Vec<_> = options.iter().map(Into::into).collect();
            args.extend(["passwd".into(), "alice".into(), bytes(password)]);
            sandbox.run(args).exits(0);
            let verified = |password: &[u8]| {
                let mut command = Command::new(apache);
                command.arg("-vb").arg(sandbox.path("passwd")).arg("alice").arg(bytes(password));
                command.output().unwrap().status.success()
            };
            assert!(verified(password), "{options:?} {}", password.escape_ascii());
            // In front, since DES looks at no more than eight bytes.
            assert!(!verified(&[b"!", password].concat()), "{options:?} {}", password.escape_ascii());
        }
    }
}

#[test]
fn openssl_makes_the_same_hash_from_the_same_salt() {
    if !has_tool("openssl", &["passwd", "-6", "-salt", "x", "x"]) {
        crate::support::skipped("openssl is not installed");
        return;
    }
    for (options, kind) in
        [(["-nbm"].as_slice(), "-apr1"), (&["-nb2"], "-5"), (&["-nb5"], "-6"), (&["-nb5r1234"], "-6")]
    {
        let hash = printed(options);
        let (front, _) = hash.rsplit_once('$').unwrap();
        let salt = front.trim_start_matches("$apr1$").trim_start_matches("$5$").trim_start_matches("$6$");
        let output =
            Command::new("openssl").args(["passwd", kind, "-salt", salt, "secret"]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), hash);
    }
}

// Passwords

#[test]
fn a_password_argument_is_taken_byte_for_byte() {
    for password in
        [b"\xff\xfe".as_slice(), b"p\xc3\xa4ss", b"a\nb", b"trailing\n", b"cr\r", b"\x01\x1b", b" ", b"\\n"]
    {
        let sandbox = Sandbox::with("");
        sandbox.run([bytes(b"-b"), "passwd".into(), "alice".into(), bytes(password)]).exits(0);
        assert!(sandbox.verifies("alice", bytes(password)), "{}", password.escape_ascii());
        let trimmed = password.trim_ascii();
        if trimmed != password {
            assert!(!sandbox.verifies("alice", bytes(trimmed)), "{}", password.escape_ascii());
        }
    }
}

#[test]
fn a_password_argument_may_be_255_bytes_long() {
    let password = "x".repeat(255);
    for options in [["-b"].as_slice(), &["-bB", "-C", "4"], &["-b2"], &["-b5"], &["-bs"], &["-bd"]] {
        let sandbox = Sandbox::with("");
        sandbox.run([options, &["passwd", "alice", &password]].concat()).exits(0);
        assert!(sandbox.verifies("alice", &password), "{options:?}");
    }
}

#[test]
fn des_uses_eight_bytes_and_warns_of_more() {
    let warning = "Warning: Password truncated to 8 characters by CRYPT algorithm.\n";
    let sandbox = Sandbox::with("");
    sandbox.run(["-bd", "passwd", "alice", "12345678"]).exits(0).does_not_warn();
    let run = sandbox.run(["-bd", "passwd", "alice", "123456789"]);
    run.exits(0).stderr_is(&format!("{warning}Updating password for user alice\n"));
    assert!(sandbox.verifies("alice", "12345678"));
    assert!(sandbox.verifies("alice", "12345678 and more"));
    assert!(!sandbox.verifies("alice", "1234567"));
    // The second number is unused as well: both warnings, in this order.
    let run = sandbox.run(["-nbd", "-C", "5", "alice", "123456789"]);
    run.exits(0).stderr_is(&format!("Warning: Ignoring -C/-r argument for this algorithm.\n{warning}"));
}

#[test]
fn one_line_end_is_taken_off_the_password_on_stdin() {
    for (input, password) in [
        (b"secret\n".as_slice(), b"secret".as_slice()),
        (b"secret", b"secret"),
        (b"secret\r\n", b"secret"),
        (b"secret\r", b"secret\r"),
        (b"secret\r\r\n", b"secret\r"),
        (b" secret \n", b" secret "),
        (b"a:b\n", b"a:b"),
        (b"p\xe4ss\n", b"p\xe4ss"),
        (b"\x01\x1b\n", b"\x01\x1b"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stdout_is("").stderr_is("Adding password for user alice\n");
        assert!(sandbox.verifies("alice", bytes(password)), "{}", input.escape_ascii());
    }
}

#[test]
fn stdin_is_asked_for_no_prompt_and_only_once() {
    for mode in ["-is", "-cis"] {
        let sandbox = Sandbox::with("");
        let run = sandbox.call([mode, "passwd", "alice"]).stdin("secret\n").run();
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    }
    let run = Sandbox::new().call(["-nis", "alice"]).stdin("secret\n").run();
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("");
}

#[test]
fn a_password_on_stdin_may_come_from_a_file() {
    let sandbox = Sandbox::with("");
    sandbox.write("password", "secret\n");
    let file = fs::File::open(sandbox.path("password")).unwrap();
    sandbox.call(["-is", "passwd", "alice"]).stdin_from(file).run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_password_on_stdin_may_be_254_bytes_and_a_newline_or_255_bytes() {
    for input in [format!("{}\n", "x".repeat(254)), "x".repeat(255)] {
        let sandbox = Sandbox::with("");
        sandbox.call(["-i", "passwd", "alice"]).stdin(&input).run().exits(0);
        assert!(sandbox.verifies("alice", input.trim_end()));
    }
}

#[test]
fn too_long_a_password_on_stdin_is_refused_and_the_file_left_alone() {
    for length in [257, 300, 3_000_000] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin("x".repeat(length)).run();
        run.exits(5).stdout_is("").stderr_is("htpasswd: password too long (>256)\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn an_argument_leaves_stdin_unread() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let sandbox = Sandbox::with("");
    std::io::Write::write_all(&mut writer, b"next line\n").unwrap();
    drop(writer);
    let mut rest = String::new();
    sandbox.call(["-bs", "passwd", "alice", "secret"]).stdin_from(reader.try_clone().unwrap()).run().exits(0);
    (&reader).read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "next line\n");
}

#[test]
fn a_run_leaves_nothing_in_the_temporary_directory() {
    let sandbox = Sandbox::with(format!("alice:{APR1}\n"));
    sandbox.run(["-bs", "passwd", "bob", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", "alice"]).exits(0);
    sandbox.run(["-D", "passwd", "alice"]).exits(0);
    sandbox.run(["-b", "passwd", "a:b", "secret"]).exits(6);
    sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3);
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
}
