//! Edits by an ordinary user, with different modes of the file and its directory. These tests pass on both programs.

use std::fs;

use crate::added;
use crate::support::{SHA1, Sandbox, TWO_USERS};

const NO_ACCESS: &str = "htpasswd: cannot open file passwd for read/write access\n";

#[test]
fn an_ordinary_user_edits_their_own_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.call(["-bs", "passwd", "alice", "secret"]).by_ordinary_user().run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.call(["-cbs", "new", "alice", "secret"]).by_ordinary_user().run().exits(0);
    assert_eq!(sandbox.text("new"), format!("alice:{SHA1}\n"));
}

#[test]
fn missing_permissions_are_reported_before_any_prompt() {
    for mode in [0o444, 0o222, 0o000] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.set_mode("passwd", mode);
        if !sandbox.for_ordinary_user() {
            return;
        }
        for arguments in
            [["-s", "passwd", "alice"].as_slice(), &["-cs", "passwd", "alice"], &["-D", "passwd", "bob"]]
        {
            let run = sandbox.call(arguments).stdin("secret\nsecret\n").by_ordinary_user().run();
            run.exits(1).stdout_is("").stderr_is(NO_ACCESS);
        }
        sandbox.set_mode("passwd", 0o644);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn verifying_needs_only_the_permission_to_read() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.set_mode("passwd", 0o444);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.call(["-vb", "passwd", "bob", "secret"]).by_ordinary_user().run().exits(0);
    sandbox.set_mode("passwd", 0o222);
    let run = sandbox.call(["-vb", "passwd", "bob", "secret"]).by_ordinary_user().run();
    run.exits(1).stderr_is("htpasswd: cannot open file passwd for read access\n");
}

#[test]
fn files_in_a_read_only_directory_can_be_updated_only() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode(".", 0o555);
    sandbox.call(["-bs", "passwd", "alice", "secret"]).by_ordinary_user().run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.call(["-D", "passwd", "alice"]).by_ordinary_user().run().exits(0);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    sandbox.call(["-cbs", "passwd", "alice", "secret"]).by_ordinary_user().run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    // The program reports the error before it prompts for a password.
    for arguments in [&["-cbs", "new", "alice", "secret"][..], &["-cs", "new", "alice"]] {
        let run = sandbox.call(arguments).stdin("secret\nsecret\n").by_ordinary_user().run();
        run.exits(1).stdout_is("").stderr_is("htpasswd: cannot create file new\n");
    }
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn a_file_in_an_unlistable_directory_can_be_updated() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode(".", 0o333);
    sandbox.call(["-bs", "passwd", "alice", "secret"]).by_ordinary_user().run().exits(0);
    sandbox.set_mode(".", 0o755);
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn a_file_in_an_unsearchable_directory_is_reported_missing() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("sub")).unwrap();
    fs::write(sandbox.path("sub/passwd"), TWO_USERS).unwrap();
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("sub", 0o666);
    let run = sandbox.call(["-bs", "sub/passwd", "alice", "secret"]).by_ordinary_user().run();
    run.exits(1).stderr_is("htpasswd: cannot modify file sub/passwd; use '-c' to create it\n");
    let run = sandbox.call(["-cbs", "sub/passwd", "alice", "secret"]).by_ordinary_user().run();
    run.exits(1).stderr_is("htpasswd: cannot create file sub/passwd\n");
    sandbox.set_mode("sub", 0o755);
    assert_eq!(sandbox.text("sub/passwd"), TWO_USERS);
}
