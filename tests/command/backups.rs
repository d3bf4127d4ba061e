//! `--backup` keeps the old file before a change that removes or replaces users.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::support::{SHA1, Sandbox, TWO_USERS, is_root, skipped};

const KEPT: &str = "Kept the old file as passwd~\n";

/// Calls that change or remove a user of [`TWO_USERS`].
const CHANGES: &[&[&str]] = &[
    &["-bs", "passwd", "bob", "other"],
    &["-cbs", "passwd", "alice", "other"],
    &["-D", "passwd", "bob"],
    &["--ensure", "-bs", "passwd", "bob", "other"],
    &["--ensure", "-D", "passwd", "bob"],
    &["--disable", "passwd", "bob"],
    &["--import", "-s", "passwd", "list"],
    &["--import", "-cs", "passwd", "list"],
    &["--import", "-s", "--prune", "passwd", "list"],
    &["--import", "-s", "--ensure", "passwd", "list"],
];

#[test]
fn every_change_of_a_user_keeps_the_old_file() {
    for call in CHANGES {
        for (option, name) in
            [("--backup", "passwd~"), ("--backup=.old", "passwd.old"), ("--backup=~", "passwd~")]
        {
            let sandbox = Sandbox::with(TWO_USERS);
            sandbox.write("list", "bob:other\n");
            sandbox.set_mode("passwd", 0o640);
            let run = sandbox.call([&["--strict", option], *call].concat()).umask("0").run();
            run.exits(0).does_not_warn().stderr_has(&format!("Kept the old file as {name}\n"));
            assert_eq!((sandbox.text(name).as_str(), sandbox.mode(name)), (TWO_USERS, 0o640), "{call:?}");
            assert_ne!(sandbox.text("passwd"), TWO_USERS, "{call:?}");
            assert_eq!(sandbox.names(), ["list", "passwd", name], "{call:?}");
        }
    }
}

#[test]
fn a_repair_keeps_the_old_file() {
    let content = format!("{TWO_USERS}{TWO_USERS}");
    let sandbox = Sandbox::with(&content);
    sandbox.run(["--check", "--fix", "--backup", "passwd"]).stderr_is(KEPT);
    assert_eq!(sandbox.text("passwd~"), content);
}

#[test]
fn a_manifest_is_kept_as_a_whole() {
    let sandbox = Sandbox::new();
    let manifest =
        format!("kind: Secret\nmetadata: {{name: a}}\nstringData:\n  htpasswd: |\n    bob:{SHA1}\n");
    sandbox.write("s.yaml", &manifest);
    let run = sandbox.run(["--secret", "s.yaml", "--backup", "--ensure", "-D", "bob"]);
    run.exits(0).stderr_has("Kept the old file as s.yaml~\n");
    assert_eq!(sandbox.text("s.yaml~"), manifest);
    let run = sandbox.call(["--secret", "-", "--backup", "--ensure", "-D", "bob"]).stdin(&manifest).run();
    run.exits(0);
    assert_eq!(sandbox.names(), ["s.yaml", "s.yaml~"]);
}

#[test]
fn a_call_that_only_adds_users_or_changes_nothing_keeps_the_older_backup() {
    for call in [
        &["-bs", "passwd", "erin", "secret"][..],
        &["--ensure", "-bs", "passwd", "erin", "secret"],
        &["--enable", "passwd", "bob"],
        &["-D", "passwd", "dave"],
        &["--disable", "--dry-run", "passwd", "bob"],
        &["--import", "-s", "--dry-run", "passwd", "list"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("passwd~", "older");
        sandbox.write("list", "bob:secret\n");
        let run = sandbox.run([&["--backup"], call].concat());
        assert!(!run.exits(0).stderr().contains("Kept"), "{run}");
        assert_eq!(sandbox.text("passwd~"), "older", "{call:?}");
    }
}

#[test]
fn nothing_is_kept_of_a_missing_or_an_empty_file() {
    for sandbox in [Sandbox::new(), Sandbox::with("")] {
        let run = sandbox.run(["-cbs", "--backup", "passwd", "alice", "secret"]);
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(sandbox.names(), ["passwd"]);
    }
    let run = Sandbox::new().run(["-cbs", "--backup", "/dev/stdout", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n"));
}

#[test]
fn any_content_is_kept_byte_for_byte() {
    for content in
        [b"AuthType Basic\n".as_slice(), b"\xff\0\x80", b"\xff\xfeb\0:\0x\0", &b"#".repeat(300_000)]
    {
        let sandbox = Sandbox::with(content);
        sandbox.run(["--strict", "-cbs", "--backup", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.read("passwd~"), content);
    }
}

#[test]
fn an_older_backup_is_replaced_and_a_link_is_not_followed() {
    for is_link in [false, true] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("other", "other");
        if is_link {
            symlink("other", sandbox.path("passwd~")).unwrap();
        } else {
            sandbox.write("passwd~", "older, and longer than the new one".repeat(100));
            sandbox.set_mode("passwd~", 0o666);
        }
        sandbox.set_mode("passwd", 0o600);
        sandbox.run(["-D", "--backup", "passwd", "bob"]).exits(0);
        assert_eq!((sandbox.text("passwd~").as_str(), sandbox.mode("passwd~")), (TWO_USERS, 0o600));
        assert!(sandbox.path("passwd~").symlink_metadata().unwrap().is_file());
        assert_eq!(sandbox.text("other"), "other");
    }
}

#[test]
fn the_backup_of_root_has_the_owner_of_the_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !is_root() {
        skipped("only root can give a file away");
        return;
    }
    std::os::unix::fs::chown(sandbox.path("passwd"), Some(4711), Some(4712)).unwrap();
    sandbox.set_mode("passwd", 0o640);
    sandbox.run(["-D", "--backup", "passwd", "bob"]).exits(0);
    let metadata = fs::metadata(sandbox.path("passwd~")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o777), (4711, 4712, 0o640));
}

#[test]
fn a_backup_without_the_owner_of_the_file_is_private() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !is_root() || !sandbox.for_ordinary_user() {
        skipped("only root can make a file of another user");
        return;
    }
    // The sandbox belongs to the ordinary user now, and the file to a third user.
    std::os::unix::fs::chown(sandbox.path("passwd"), Some(4711), Some(4712)).unwrap();
    sandbox.set_mode("passwd", 0o666);
    sandbox.call(["-D", "--backup", "passwd", "bob"]).by_ordinary_user().run().exits(0);
    assert_eq!((sandbox.text("passwd~").as_str(), sandbox.mode("passwd~")), (TWO_USERS, 0o600));
}

#[test]
fn without_a_backup_nothing_is_changed() {
    let sandbox = Sandbox::with(TWO_USERS);
    fs::create_dir(sandbox.path("passwd~")).unwrap();
    let error = "htpasswd: cannot create the backup passwd~: ";
    let run = sandbox.run(["-D", "--backup", "passwd", "bob"]);
    run.exits(1).stderr_is(&format!("{error}Is a directory; nothing was changed\n"));
    assert_eq!(sandbox.names(), ["passwd", "passwd~"]);
    fs::remove_dir(sandbox.path("passwd~")).unwrap();
    if is_root() && !sandbox.for_ordinary_user() {
        skipped("there is no ordinary user");
        return;
    }
    sandbox.set_mode(".", 0o555);
    for call in CHANGES.iter().filter(|call| !call.contains(&"list")) {
        let run = sandbox.call([&["--backup"], *call].concat()).by_ordinary_user().run();
        run.exits(1).stderr_is(&format!("{error}Permission denied; nothing was changed\n"));
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn check_reports_a_backup_that_a_web_server_may_serve() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.set_mode("passwd", 0o600);
    symlink("passwd", sandbox.path(".htpasswd")).unwrap();
    let check = |file| sandbox.run(["--check", "--ignore=weak-scheme", file]);
    assert!(!check(".htpasswd").stdout().contains("backup"));
    sandbox.run(["-D", "--backup", ".htpasswd", "bob"]).exits(0).stderr_has(KEPT);
    let report = check(".htpasswd");
    let warning = "a web server hides names that begin with .ht, but may serve the backup /";
    assert!(report.exits(8).stdout().contains(warning) && report.stdout().contains("/passwd~\n"), "{report}");
    // Neither a hidden backup nor the backup of a visible file is reported.
    assert!(!check("passwd").stdout().contains("backup"));
    fs::remove_file(sandbox.path(".htpasswd")).unwrap();
    fs::rename(sandbox.path("passwd"), sandbox.path(".htpasswd")).unwrap();
    sandbox.write(".htpasswd~", TWO_USERS);
    assert!(!check(".htpasswd").stdout().contains("backup"));
}

#[test]
fn the_suffix_is_in_the_same_directory() {
    let sandbox = Sandbox::with(TWO_USERS);
    for suffix in ["--backup=", "--backup=/x", "--backup=.d/x"] {
        sandbox
            .run(["-cbs", suffix, "passwd", "alice", "secret"])
            .is_wrong_call("argument to --backup must be a suffix without '/', such as .old");
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_call_that_changes_no_file_needs_no_backup() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (call, reason) in [
        (&["-n", "-bs", "alice", "secret"][..], "--backup cannot be combined with -n"),
        (&["-vb", "passwd", "bob", "secret"], "--backup cannot be combined with -v"),
        (&["--list", "passwd"], "--backup cannot be combined with --list"),
        (&["--check", "passwd"], "--backup cannot be combined with --check"),
        (
            &["-cbs", "--no-clobber", "passwd", "bob", "secret"],
            "--no-clobber cannot be combined with --backup",
        ),
    ] {
        sandbox.run([&["--backup"], call].concat()).is_wrong_call(reason);
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
