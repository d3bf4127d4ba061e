//! The exact bytes that edits write into the password file and that `-n` prints. These tests pass on both programs.

use std::fs;

use crate::support::{SHA1, Sandbox, TWO_USERS, bytes, hash_of};

const INVALID: &str = "htpasswd: The file passwd does not appear to be a valid htpasswd file.\n";

/// Adds or updates `user` with the SHA-1 hash of `secret`, and returns the new content of the file.
#[track_caller]
fn with_user(content: impl AsRef<[u8]>, user: &str, status: &str) -> String {
    let sandbox = Sandbox::with(content);
    let run = sandbox.run(["-bs", "passwd", user, "secret"]);
    run.exits(0).stdout_is("").stderr_is(&format!("{status} password for user {user}\n"));
    assert_eq!(sandbox.names(), ["passwd"], "another file is left in the directory");
    sandbox.text("passwd")
}

/// Deletes `user`, and returns the new content of the file.
#[track_caller]
fn without_user(content: impl AsRef<[u8]>, user: &str, status: &str) -> String {
    let sandbox = Sandbox::with(content);
    let run = sandbox.run(["-D", "passwd", user]);
    run.exits(0).stdout_is("").stderr_is(&format!("{status} password for user {user}\n"));
    sandbox.text("passwd")
}

// Adding

#[test]
fn a_new_user_is_added_at_the_end() {
    assert_eq!(with_user(TWO_USERS, "alice", "Adding"), format!("{TWO_USERS}alice:{SHA1}\n"));
}

#[test]
fn the_first_user_is_added_to_an_empty_file() {
    assert_eq!(with_user("", "alice", "Adding"), format!("alice:{SHA1}\n"));
}

#[test]
fn adding_keeps_comments_and_blank_lines() {
    let before = "# users\n\n  # indented\n \t \nbob:x\n\t\n#bob:y\n";
    assert_eq!(with_user(before, "alice", "Adding"), format!("{before}alice:{SHA1}\n"));
}

#[test]
fn adding_keeps_all_bytes_of_other_lines() {
    let before = "  bob:x\r\n\r\ncarol:y:Carol:carol@example.org\ndave :z\n:no name\nerin:\n";
    assert_eq!(with_user(before, "alice", "Adding"), format!("{before}alice:{SHA1}\n"));
}

#[test]
fn adding_keeps_other_lines_that_are_not_ascii() {
    let before = b"m\xfcller:x\n\xc2\xa0:y\n".as_slice();
    let sandbox = Sandbox::with(before);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.read("passwd"), [before, b"alice:", SHA1.as_bytes(), b"\n"].concat());
}

#[test]
fn names_that_look_alike_are_different_users() {
    for (existing, new) in
        [("Bob", "bob"), ("bob ", "bob"), ("bo", "bob"), ("bobby", "bob"), ("b\u{43e}b", "bob")]
    {
        let before = format!("{existing}:x\n");
        assert_eq!(with_user(&before, new, "Adding"), format!("{before}{new}:{SHA1}\n"));
    }
}

#[test]
fn user_names_may_have_blanks_symbols_and_all_letters() {
    for user in
        ["b ob", "bob@example.org", "müller", "用户", "%s%n", "a\\b", "a#b", "\"quoted\"", "-bob", "bob "]
    {
        let file = with_user("", user, "Adding");
        assert_eq!(file, format!("{user}:{SHA1}\n"));
        assert_eq!(with_user(&file, user, "Updating"), file);
    }
}

#[test]
fn a_user_name_need_not_be_utf8() {
    let sandbox = Sandbox::with("");
    let run = sandbox.run([bytes(b"-bs"), "passwd".into(), bytes(b"m\xfcller"), "secret".into()]);
    run.exits(0);
    let run = sandbox.run([bytes(b"-bs"), "passwd".into(), bytes(b"m\xfcller"), "secret".into()]);
    run.exits(0).stderr_has("Updating");
    assert_eq!(sandbox.read("passwd"), [b"m\xfcller:", SHA1.as_bytes(), b"\n"].concat());
}

// Updating

#[test]
fn an_updated_record_stays_in_its_line() {
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "alice", "Updating");
    assert_eq!(file, format!("alice:{SHA1}\nbob:y\ncarol:z\n"));
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "bob", "Updating");
    assert_eq!(file, format!("alice:x\nbob:{SHA1}\ncarol:z\n"));
    let file = with_user("alice:x\nbob:y\ncarol:z\n", "carol", "Updating");
    assert_eq!(file, format!("alice:x\nbob:y\ncarol:{SHA1}\n"));
}

#[test]
fn an_updated_record_may_get_shorter_or_longer() {
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
fn updating_the_last_line_adds_its_missing_newline() {
    assert_eq!(with_user("bob:x\ncarol:y", "carol", "Updating"), format!("bob:x\ncarol:{SHA1}\n"));
}

#[test]
fn updating_another_line_adds_no_newline_at_the_end() {
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
fn a_file_with_a_line_without_colon_is_not_changed() {
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
fn deleting_removes_only_the_record_of_the_user() {
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
fn deleting_finds_indented_records_and_empty_hashes() {
    assert_eq!(without_user("a:b\n  bob:x\n", "bob", "Deleting"), "a:b\n");
    assert_eq!(without_user("a:b\n\tbob:\n", "bob", "Deleting"), "a:b\n");
}

#[test]
fn deleting_the_last_line_adds_no_newline() {
    assert_eq!(without_user("a:b\nbob:x", "bob", "Deleting"), "a:b\n");
    assert_eq!(without_user("bob:x\na:b", "bob", "Deleting"), "a:b");
}

#[test]
fn a_record_with_an_empty_name_can_be_deleted() {
    assert_eq!(without_user(":x\nbob:y\n", "", "Deleting"), "bob:y\n");
}

#[test]
fn deleting_an_unknown_user_does_not_touch_the_file() {
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
fn create_writes_a_file_with_one_record() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
    run.exits(0).stdout_is("").stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn create_replaces_the_content_of_a_file() {
    for before in [TWO_USERS.to_owned(), String::new(), "user:x\n".repeat(500)] {
        let sandbox = Sandbox::with(before);
        let run = sandbox.run(["-cbs", "passwd", "bob", "secret"]);
        run.exits(0).stderr_is("Adding password for user bob\n");
        assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    }
}

#[test]
fn create_ignores_invalid_lines_of_the_old_file() {
    let sandbox = Sandbox::with("no colon here\n\x00\n");
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

// Printing

#[test]
fn printing_writes_the_record_and_an_empty_line() {
    let run = Sandbox::new().run(["-nbs", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("").does_not_warn();
}

#[test]
fn printing_does_not_change_any_file() {
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
fn printing_into_a_closed_pipe_ends_with_sigpipe() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = Sandbox::new().call(["-nbs", "alice", "secret"]).stdout_to(writer).run();
    assert_eq!(run.exit, crate::support::Exit::Signal(13), "{run}");
}
