//! `--import --prune` and `--import --ensure` make the file match the list, and write nothing if it matches already.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::support::import::import;
use crate::support::{APR1, BCRYPT, DES, Run, SHA1, SHA512_CRYPT, Sandbox, TWO_USERS, hash_of};

/// The lines of these users.
fn lines(users: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    users.map(line).collect::<Vec<_>>().concat()
}

fn reports(run: &Run, added: usize, updated: usize, unchanged: usize, removed: usize) {
    let counts = format!("{added} added, {updated} updated, {unchanged} unchanged, 0 rejected");
    run.exits(0).stdout_is("").stderr_is(&format!("Imported passwd: {counts}, {removed} removed\n"));
    run.does_not_warn();
}

#[test]
fn users_outside_the_list_are_removed_and_comments_stay() {
    let text = "# staff\nbob:x:Bob\n\n  carol:y\n:z\n# guests\ndave:w\ncarol:v\n";
    let sandbox = Sandbox::with(text);
    let run = import(&sandbox, &["-s", "--prune"], "alice:secret\nbob:secret\n");
    reports(&run, 1, 1, 0, 3);
    let expected = format!("# staff\nbob:{SHA1}:Bob\n\n# guests\nalice:{SHA1}\n");
    assert_eq!(sandbox.text("passwd"), expected);
    let before = fs::metadata(sandbox.path("passwd")).unwrap();
    reports(&import(&sandbox, &["-s", "--prune"], "alice:secret\nbob:secret\n"), 0, 0, 2, 0);
    let after = fs::metadata(sandbox.path("passwd")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
}

#[test]
fn prune_works_with_hashed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let list = format!("carol:{APR1}\nalice:{BCRYPT}\n");
    reports(&import(&sandbox, &["--hashed", "--prune"], &list), 1, 0, 1, 1);
    assert_eq!(sandbox.text("passwd"), list);
}

#[test]
fn duplicate_records_of_a_listed_user_are_updated() {
    let sandbox = Sandbox::with("bob:x\ncarol:y\nbob:z\n");
    reports(&import(&sandbox, &["--hashed", "--prune"], format!("bob:{SHA1}\n")), 0, 1, 0, 1);
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\nbob:{SHA1}\n"));
}

#[test]
fn an_invalid_record_removes_no_user() {
    for list in ["bob:secret\nno colon\n", "bob:secret\n#x:y\n:z\n", "bob:a\n b:c\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = import(&sandbox, &["-s", "--prune"], list);
        run.exits(1).stdout_is("").stderr_has("1 of 2 records are invalid; --prune needs a complete list\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        // With --keep-going, --prune would delete the user of an invalid record.
        let run = import(&sandbox, &["-s", "--prune", "--keep-going"], list);
        run.is_wrong_call("--prune cannot be combined with --keep-going");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn a_list_without_users_removes_no_user() {
    for list in ["", "\n\n", "# no users\n"] {
        for options in [["--prune"].as_slice(), &["--prune", "--ensure"], &["--prune", "--hashed"]] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = import(&sandbox, options, list);
            run.exits(1).stdout_is("").stderr_is(
                "htpasswd: nothing was written: standard input has no users, and --prune would delete all users of the file\n",
            );
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
    let run = import(&Sandbox::with(TWO_USERS), &["--prune", "--json"], "");
    assert!(run.exits(1).stdout().contains("\"written\":false"), "{run}");
}

#[test]
fn options_that_conflict_are_rejected() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-c", "--prune"], "bob:secret\n");
    run.is_wrong_call("-c cannot be combined with --prune");
    let run = import(&sandbox, &["-c", "--ensure"], "bob:secret\n");
    run.is_wrong_call("--ensure cannot be combined with -c");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn an_invalid_or_missing_password_file_fails() {
    let text = format!("{TWO_USERS}<html>\n");
    let sandbox = Sandbox::with(&text);
    import(&sandbox, &["-s", "--prune"], "bob:secret\n").exits(7).stdout_is("");
    assert_eq!(sandbox.text("passwd"), text);
    import(&Sandbox::new(), &["-s", "--prune"], "bob:secret\n").exits(1).stderr_has("use '-c' to create it");
}

#[test]
fn ensure_keeps_correct_hashes() {
    let hashes = [SHA1, APR1, DES, BCRYPT, SHA512_CRYPT];
    let text = lines(0..5, |user| format!("u{user}:{}\n", hashes[user]));
    let sandbox = Sandbox::with(&text);
    let list = "u3:secret\nu0:secret\nu1:secret\nu2:secret\nu4:secret\n";
    let run = import(&sandbox, &["--ensure"], list);
    run.exits(0).stderr_is("Imported passwd: 0 added, 0 updated, 5 unchanged, 0 rejected\n");
    assert_eq!(sandbox.text("passwd"), text);

    let run = import(&sandbox, &["--ensure"], list.replace("u1:secret", "u1:other") + "u5:secret\n");
    run.exits(0).stderr_is("Imported passwd: 1 added, 1 updated, 4 unchanged, 0 rejected\n");
    assert!(sandbox.verifies("u1", "other") && sandbox.verifies("u5", "secret"));
    assert_eq!(hash_of(&sandbox.text("passwd"), "u0"), SHA1);
}

#[test]
fn ensure_with_a_scheme_replaces_weaker_hashes() {
    let sandbox = Sandbox::with(format!("a:{APR1}\nb:{BCRYPT}\nc:{SHA1}\n"));
    let list = "a:secret\nb:secret\nc:secret\n";
    let run = import(&sandbox, &["--ensure", "-B", "-C4"], list);
    run.exits(0).stderr_is("Imported passwd: 0 added, 2 updated, 1 unchanged, 0 rejected\n");
    assert_eq!(hash_of(&sandbox.text("passwd"), "b"), BCRYPT);
    let run = import(&sandbox, &["--ensure", "-B", "-C5"], list);
    run.exits(0).stderr_is("Imported passwd: 0 added, 3 updated, 0 unchanged, 0 rejected\n");
    let run = import(&sandbox, &["--ensure", "-B", "-C4"], list);
    run.exits(0).stderr_is("Imported passwd: 0 added, 0 updated, 3 unchanged, 0 rejected\n");
}

#[test]
fn a_second_ensure_with_prune_writes_nothing() {
    let list = |users| lines(users, |user| format!("u{user}:password {user}\n"));
    let sandbox = Sandbox::new();
    let options = ["--ensure", "--prune", "-B", "-C4"];
    reports(&import(&sandbox, &options, list(0..40)), 40, 0, 0, 0);
    assert_eq!(sandbox.mode("passwd"), 0o600);
    let before = (sandbox.text("passwd"), fs::metadata(sandbox.path("passwd")).unwrap());
    reports(&import(&sandbox, &options, list(0..40)), 0, 0, 40, 0);
    let after = fs::metadata(sandbox.path("passwd")).unwrap();
    assert_eq!(sandbox.text("passwd"), before.0);
    assert_eq!((before.1.ino(), before.1.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    reports(&import(&sandbox, &options, list(7..40)), 0, 0, 33, 7);
    for user in 7..40 {
        assert!(sandbox.verifies(&format!("u{user}"), format!("password {user}")));
    }
}

#[test]
fn ensure_creates_a_file_with_the_given_mode() {
    let sandbox = Sandbox::new();
    import(&sandbox, &["--ensure", "-s", "--mode=644"], "bob:secret\n").exits(0);
    assert_eq!((sandbox.mode("passwd"), sandbox.text("passwd")), (0o644, format!("bob:{SHA1}\n")));
}

#[test]
fn concurrent_prunes_end_with_the_list() {
    let list = lines(0..20, |user| format!("u{user}:secret\n"));
    for content in [None, Some(TWO_USERS)] {
        for _ in 0..6 {
            let sandbox = Sandbox::new();
            if let Some(content) = content {
                sandbox.write("passwd", content);
            }
            let call = || sandbox.call(["--import", "--ensure", "--prune", "-s", "passwd"]).stdin(&list);
            let running: Vec<_> = (0..3).map(|_| call().start()).collect();
            for running in running {
                running.wait().exits(0);
            }
            let expected = lines(0..20, |user| format!("u{user}:{SHA1}\n"));
            assert_eq!(sandbox.text("passwd"), expected);
        }
    }
}
