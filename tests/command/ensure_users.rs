//! `--ensure` writes only a user who differs, so a second run writes nothing.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::support::{
    APR1, BCRYPT, DES, MD5_CRYPT, Run, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, Terminal,
    hash_of,
};

/// Runs `--ensure` for `bob` with the password `secret`.
fn ensure(sandbox: &Sandbox, options: &[&str]) -> Run {
    sandbox.run([&["--ensure", "-b"], options, &["passwd", "bob", "secret"]].concat())
}

#[track_caller]
fn reports(run: &Run, change: &str) {
    run.exits(0).stdout_is("").stderr_is(&format!("User bob: {change}\n")).does_not_warn();
}

/// The inode, the size and the times of the last change.
fn stamp(sandbox: &Sandbox) -> (u64, u64, i64, i64, i64, i64) {
    let metadata = fs::metadata(sandbox.path("passwd")).unwrap();
    let (modified, changed) = (metadata.mtime_nsec(), metadata.ctime_nsec());
    (metadata.ino(), metadata.size(), metadata.mtime(), modified, metadata.ctime(), changed)
}

/// Asserts that a run changes neither the content nor the times of the file.
#[track_caller]
fn is_unchanged(sandbox: &Sandbox, options: &[&str]) {
    let before = (stamp(sandbox), sandbox.text("passwd"));
    reports(&ensure(sandbox, options), "unchanged");
    assert_eq!((stamp(sandbox), sandbox.text("passwd")), before, "{options:?}");
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn a_missing_user_is_added_and_a_second_run_writes_nothing() {
    for options in [[].as_slice(), &["-B", "-C", "4"], &["-s"], &["-d"], &["-2"], &["-5", "-r", "1000"]] {
        let sandbox = Sandbox::with("# staff\ncarol:x\n");
        reports(&ensure(&sandbox, options), "added");
        assert!(sandbox.text("passwd").starts_with("# staff\ncarol:x\nbob:"), "{options:?}");
        assert!(sandbox.verifies("bob", "secret"));
        is_unchanged(&sandbox, options);
        is_unchanged(&sandbox, options);
    }
}

#[test]
fn a_missing_file_is_created_with_mode_600() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["--ensure", "-b", "passwd", "bob", "secret"]).umask("0").run();
    reports(&run, "added");
    assert_eq!(sandbox.mode("passwd"), 0o600);
    is_unchanged(&sandbox, &[]);
}

#[test]
fn mode_applies_to_new_files_only() {
    let sandbox = Sandbox::new();
    reports(&ensure(&sandbox, &["--mode", "644"]), "added");
    assert_eq!(sandbox.mode("passwd"), 0o644);
    reports(&ensure(&sandbox, &["--mode=644"]), "unchanged");
    // create_options.rs tests the warning of this call.
    ensure(&sandbox, &["--mode=600"]).exits(0).stderr_is("User bob: unchanged\n");
    sandbox.run(["--ensure", "--mode=600", "-b", "passwd", "carol", "secret"]).exits(0);
    assert_eq!(sandbox.mode("passwd"), 0o644);
}

#[test]
fn another_password_is_set() {
    for hash in [SHA1, APR1, BCRYPT, DES, SHA256_CRYPT, SHA512_CRYPT, MD5_CRYPT] {
        let sandbox = Sandbox::with(format!("bob:{hash}\ncarol:x\n"));
        let run = sandbox.run(["--ensure", "-b", "passwd", "bob", "other"]);
        run.exits(0).stdout_is("").stderr_is("User bob: updated\n");
        assert!(sandbox.verifies("bob", "other"), "{hash}");
        // Without a scheme, the new hash is not weaker than the old one, and never weak.
        let start = if hash.starts_with("$5$") || hash.starts_with("$6$") { &hash[..3] } else { "$2y$10$" };
        assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with(start), "{hash}");
        assert!(sandbox.text("passwd").ends_with("\ncarol:x\n"));
    }
}

#[test]
fn without_a_scheme_only_the_password_is_compared() {
    for hash in [SHA1, APR1, BCRYPT, DES, SHA256_CRYPT, SHA512_CRYPT, MD5_CRYPT] {
        is_unchanged(&Sandbox::with(format!("bob:{hash}\n")), &[]);
    }
}

#[test]
fn a_scheme_that_differs_is_replaced() {
    let schemes =
        [("-s", SHA1), ("-m", APR1), ("-B", BCRYPT), ("-d", DES), ("-2", SHA256_CRYPT), ("-5", SHA512_CRYPT)];
    for (option, of_option) in schemes {
        for (_, hash) in schemes {
            let sandbox = Sandbox::with(format!("bob:{hash}\n"));
            // The hash in `BCRYPT` has cost 4.
            let options: &[&str] = if option == "-B" { &["-B", "-C", "4"] } else { &[option] };
            if hash == of_option {
                is_unchanged(&sandbox, options);
            } else {
                reports(&ensure(&sandbox, options), "updated");
                is_unchanged(&sandbox, options);
            }
        }
    }
    let sandbox = Sandbox::with(format!("bob:{MD5_CRYPT}\n"));
    reports(&ensure(&sandbox, &["-m"]), "updated");
}

#[test]
fn a_cost_is_raised_but_never_lowered() {
    let sandbox = Sandbox::with(format!("bob:{BCRYPT}\n"));
    is_unchanged(&sandbox, &["-B", "-C", "4"]);
    reports(&ensure(&sandbox, &["-B"]), "updated");
    assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with("$2y$10$"));
    reports(&ensure(&sandbox, &["-B", "-C", "11"]), "updated");
    is_unchanged(&sandbox, &["-B", "-C", "4"]);

    let sandbox = Sandbox::with(format!("bob:{SHA512_CRYPT}\n"));
    is_unchanged(&sandbox, &["-5", "-r", "5000"]);
    is_unchanged(&sandbox, &["-5", "-r", "1000"]);
    reports(&ensure(&sandbox, &["-5", "-r", "5001"]), "updated");
    is_unchanged(&sandbox, &["-5"]);
}

#[test]
fn for_requires_the_scheme_of_the_server() {
    let sandbox = Sandbox::with(format!("bob:{APR1}\n"));
    reports(&ensure(&sandbox, &["--for", "registry"]), "updated");
    assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with("$2y$10$"));
    is_unchanged(&sandbox, &["--for", "registry"]);
}

#[test]
fn older_names_of_bcrypt_are_the_same_scheme() {
    for name in ["$2a$", "$2b$", "$2y$"] {
        is_unchanged(&Sandbox::with(format!("bob:{}\n", BCRYPT.replace("$2y$", name))), &["-B", "-C4"]);
    }
    // `$2x$` marks hashes that were computed with an old bug. These hashes differ from others only for passwords that
    // are not ASCII.
    let sandbox = Sandbox::with(format!("bob:{}\n", BCRYPT.replace("$2y$", "$2x$")));
    reports(&ensure(&sandbox, &["-B", "-C4"]), "updated");
    assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with("$2y$"));
}

#[test]
fn correct_plain_text_is_kept() {
    // The second password looks like a DES hash.
    for password in ["secret", "abNANd1rDfiNc"] {
        let sandbox = Sandbox::with(format!("bob:{password}\n"));
        let before = stamp(&sandbox);
        let run = sandbox.run(["--ensure", "-bp", "passwd", "bob", password]);
        run.exits(0).stderr_is("User bob: unchanged\n");
        assert_eq!(stamp(&sandbox), before);
    }
    let sandbox = Sandbox::with(format!("bob:{SHA1}\n"));
    sandbox.run(["--ensure", "-bp", "passwd", "bob", "secret"]).exits(0).stderr_is("User bob: updated\n");
    assert_eq!(sandbox.text("passwd"), "bob:secret\n");
    // Without -p, plain text does not count as a hash.
    reports(&ensure(&sandbox, &[]), "updated");
}

#[test]
fn an_unknown_hash_is_replaced() {
    for text in ["", "*", "secret", "$2y$05$short", &format!("*{SHA1}")] {
        let sandbox = Sandbox::with(format!("bob:{text}:more\n"));
        reports(&ensure(&sandbox, &["-s"]), "updated");
        assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}:more\n"), "{text}");
    }
}

#[test]
fn the_first_record_of_a_user_is_compared() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\ncarol:x\nbob:other\n"));
    is_unchanged(&sandbox, &["-s"]);
    let sandbox = Sandbox::with(format!("bob:other\ncarol:x\nbob:{SHA1}\n"));
    reports(&ensure(&sandbox, &["-s"]), "updated");
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\ncarol:x\nbob:{SHA1}\n"));
}

#[test]
fn a_password_is_asked_for_twice() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (password, change) in [("secret", "unchanged"), ("other", "updated"), ("other", "unchanged")] {
        let mut terminal = Terminal::start(&sandbox, ["--ensure", "-s", "passwd", "bob"]);
        terminal.answer("New password: ", format!("{password}\n"));
        terminal.answer("Re-type new password: ", format!("{password}\n"));
        terminal.ends(0, &format!("New password: \r\nRe-type new password: \r\nUser bob: {change}\r\n"));
    }
    let run = sandbox.call(["--ensure", "passwd", "bob"]).stdin("one\ntwo\n").run();
    run.exits(3).stderr_has("password verification error");
}

#[test]
fn a_password_comes_from_stdin_too() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["--ensure", "-i", "passwd", "bob"]).stdin("secret\n").run();
    reports(&run, "unchanged");
    sandbox.call(["--ensure", "-i", "passwd", "bob"]).run().exits(1).stderr_has("no password was given");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_dry_run_reports_the_change_and_writes_nothing() {
    for (text, change) in
        [(TWO_USERS.to_owned(), "unchanged"), ("bob:x\n".to_owned(), "updated"), (String::new(), "added")]
    {
        let sandbox = Sandbox::with(&text);
        let before = stamp(&sandbox);
        reports(&ensure(&sandbox, &["--dry-run"]), &format!("{change} (dry run, nothing was written)"));
        assert_eq!((stamp(&sandbox), sandbox.text("passwd")), (before, text));
        reports(&ensure(&sandbox, &[]), change);
    }
    let sandbox = Sandbox::new();
    reports(&ensure(&sandbox, &["--dry-run"]), "added (dry run, nothing was written)");
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_dry_run_works_on_a_read_only_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o444);
    let words = ["--ensure", "-b", "passwd", "bob", "secret"];
    let run = sandbox.call([&["--dry-run"], &words[..]].concat()).by_ordinary_user().run();
    reports(&run, "unchanged (dry run, nothing was written)");
}

#[test]
fn a_run_without_changes_works_on_a_read_only_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o444);
    let before = stamp(&sandbox);
    let call =
        |line: &[&str]| sandbox.call(line).stdin("bob:secret\ncarol:secret\n").by_ordinary_user().run();
    reports(&call(&["--ensure", "-b", "passwd", "bob", "secret"]), "unchanged");
    let run = call(&["--import", "--ensure", "--prune", "passwd"]);
    run.exits(0).stderr_has("0 added, 0 updated, 2 unchanged, 0 rejected, 0 removed\n");
    assert_eq!(stamp(&sandbox), before);
}

#[test]
fn a_change_of_a_read_only_file_fails() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    let error = "htpasswd: cannot open file passwd for read/write access\n";
    for mode in [0o444, 0o200, 0o000] {
        sandbox.set_mode("passwd", mode);
        let call = |line: &[&str]| sandbox.call(line).stdin("bob:other\n").by_ordinary_user().run();
        call(&["--ensure", "-b", "passwd", "bob", "other"]).exits(1).stderr_is(error);
        call(&["--ensure", "-b", "passwd", "eve", "secret"]).exits(1).stderr_is(error);
        call(&["--import", "--ensure", "passwd"]).exits(1).stderr_is(error);
        // Without --ensure, the file is written in any case.
        call(&["-bs", "passwd", "bob", "secret"]).exits(1).stderr_is(error);
    }
    sandbox.set_mode("passwd", 0o644);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_run_without_changes_works_on_a_read_only_file_system() {
    // Only root gets this far, because root can write to a file without the permission.
    let sandbox = Sandbox::with(TWO_USERS);
    let mount = "mount -t tmpfs none ro && cp passwd ro/passwd && mount -o remount,ro ro || exit 77";
    fs::create_dir(sandbox.path("ro")).unwrap();
    let unshare = ["unshare", "-m", "sh", "-c"];
    let script = format!("{mount}; exec \"$@\"");
    let words: Vec<_> = unshare.into_iter().chain([&*script, "sh"]).collect();
    let call = |line: &[&str]| sandbox.call(line).stdin("bob:secret\n").under(words.clone()).run();
    let run = call(&["--ensure", "-b", "ro/passwd", "bob", "secret"]);
    if run.exit == crate::support::Exit::Code(77) || !crate::support::is_root() {
        crate::support::skipped("this user cannot mount a file system");
        return;
    }
    run.exits(0).stderr_is("User bob: unchanged\n");
    call(&["--import", "--ensure", "ro/passwd"]).exits(0).stderr_has("0 added, 0 updated, 1 unchanged");
    let run = call(&["--ensure", "-b", "ro/passwd", "bob", "other"]);
    run.exits(1).stderr_is("htpasswd: cannot open file ro/passwd for read/write access\n");
}

#[test]
fn json_prints_one_object() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (options, user, change, dry_run) in [
        (["--json"].as_slice(), "bob", "unchanged", false),
        (&["--json", "--dry-run"], "a\"ä\\", "added", true),
        (&["--json"], "a\"ä\\", "added", false),
        (&["--json", "-s"], "carol", "updated", false),
    ] {
        let run = sandbox.run([&["--ensure", "-b"], options, &["passwd", user, "secret"]].concat());
        run.exits(0).stderr_is("");
        let name = user.replace('\\', "\\\\").replace('"', "\\\"");
        run.stdout_is(&format!(
            "{{\"schema\":1,\"command\":\"ensure\",\"file\":\"passwd\",\"user\":\"{name}\",\
             \"change\":\"{change}\",\"dry_run\":{dry_run},\"warnings\":[]}}\n"
        ));
    }
}

#[test]
fn failed_calls_change_nothing() {
    let sandbox = Sandbox::with(format!("{TWO_USERS}no colon\n"));
    for options in [["--ensure", "-b"].as_slice(), &["--ensure", "--dry-run", "-b"]] {
        let run = sandbox.run([options, &["passwd", "bob", "other"]].concat());
        run.exits(7).stderr_has("The file passwd does not appear to be a valid htpasswd file.\n");
    }
    assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}no colon\n"));
    sandbox.run(["--ensure", "-b", "passwd", "#eve", "x"]).exits(6);
    sandbox.run(["--ensure", "-b", "passwd", "a:b", "x"]).exits(6);
    let run = sandbox.run(["--ensure", "-b", "no/passwd", "bob", "x"]);
    run.exits(1).stderr_is("htpasswd: cannot create file no/passwd\n");
    sandbox.run(["--ensure", "--dry-run", "-b", "no/passwd", "bob", "x"]).exits(1);
    let run = sandbox.run(["--ensure", "-b", ".", "bob", "x"]);
    run.exits(1).stderr_is("htpasswd: cannot create file .\n");
    let run = sandbox.run(["--ensure", "-b", "/dev/null", "bob", "x"]);
    run.exits(1).stderr_is("htpasswd: cannot create file /dev/null\n");
    for mode in ["-c", "-n", "-v"] {
        let run = sandbox.run(["--ensure", mode, "-b", "passwd", "bob", "x"]);
        run.is_wrong_call(&format!("--ensure cannot be combined with {mode}"));
    }
    sandbox.run(["--ensure", "passwd"]).is_usage_error();
    assert_eq!(sandbox.names(), ["passwd"]);
}
