//! `--ensure -D`, which deletes a user who may not exist, and `--strict -D`, which rejects an unknown user.

use crate::support::{SHA1, Sandbox, TWO_USERS, bytes};

const WITHOUT_BOB: &str = "carol:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n";

#[test]
fn the_report_says_removed_or_unchanged() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (change, options) in [
        ("removed (dry run, nothing was written)", ["--dry-run"].as_slice()),
        ("removed", &[]),
        ("unchanged", &[]),
        ("unchanged", &["--strict"]),
        ("unchanged (dry run, nothing was written)", &["--dry-run"]),
    ] {
        let run = sandbox.run([&["--ensure", "-D"], options, &["passwd", "bob"]].concat());
        run.exits(0).stdout_is("").stderr_is(&format!("User bob: {change}\n")).does_not_warn();
        let expected =
            if options == ["--dry-run"] && change.starts_with("removed") { TWO_USERS } else { WITHOUT_BOB };
        assert_eq!(sandbox.text("passwd"), expected);
    }
}

#[test]
fn json_has_the_same_members_as_for_a_user_who_is_added() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (change, dry_run) in [("removed", true), ("removed", false), ("unchanged", false)] {
        let options = if dry_run { ["--json", "--dry-run"].as_slice() } else { &["--json"] };
        let run = sandbox.run([&["--ensure", "-D"], options, &["passwd", "bob"]].concat());
        run.exits(0).stderr_is("");
        let members =
            format!("\"user\":\"bob\",\"change\":\"{change}\",\"dry_run\":{dry_run},\"warnings\":[]}}\n");
        assert!(run.stdout().ends_with(&members), "{run}");
    }
}

#[test]
fn all_records_and_odd_names_are_removed() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\n#eve:x\ncarol:x\nbob:y\n eve:z\n"));
    sandbox.run(["--ensure", "-D", "passwd", "bob"]).exits(0).stderr_is("User bob: removed\n");
    assert_eq!(sandbox.text("passwd"), "#eve:x\ncarol:x\n eve:z\n");
    sandbox.write("passwd", b"m\xfcller:x\n:y\n");
    for user in [&b"m\xfcller"[..], b""] {
        let words = [&b"--ensure"[..], b"-D", b"passwd", user].map(bytes);
        sandbox.run(words).exits(0).stderr_has(": removed\n");
    }
    assert_eq!(sandbox.text("passwd"), "");
}

#[test]
fn a_run_without_changes_needs_no_permission_to_write() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o444);
    let call = |user: &str| sandbox.call(["--ensure", "-D", "passwd", user]).by_ordinary_user().run();
    call("dave").exits(0).stderr_is("User dave: unchanged\n");
    call("bob").exits(1).stderr_is("htpasswd: cannot open file passwd for read/write access\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_missing_file_warns() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["--ensure", "-D", "passwd", "bob"]);
    run.exits(0);
    assert_eq!(run.stderr(), "Warning: the file passwd does not exist.\nUser bob: unchanged\n");
    sandbox.run(["--strict", "--ensure", "-D", "passwd", "bob"]).exits(1);
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn an_invalid_file_is_rejected_with_or_without_the_user() {
    let content = format!("{TWO_USERS}no colon\n");
    let sandbox = Sandbox::with(&content);
    for user in ["bob", "dave"] {
        for options in [[].as_slice(), &["--dry-run"]] {
            let run = sandbox.run([&["--ensure", "-D"], options, &["passwd", user]].concat());
            run.exits(7).stderr_has("The file passwd does not appear to be a valid htpasswd file.\n");
        }
    }
    assert_eq!(sandbox.text("passwd"), content);
}

#[test]
fn a_manifest_is_edited_too() {
    let manifest = |users: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  auth: |\n{users}")
    };
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest("    bob:x\n    carol:y\n"));
    sandbox.run(["--ensure", "-D", "--secret=s.yaml", "bob"]).exits(0).stderr_is("User bob: removed\n");
    assert_eq!(sandbox.text("s.yaml"), manifest("    carol:y\n"));
    let run = sandbox.call(["--ensure", "-D", "--secret=-", "bob"]).stdin(sandbox.read("s.yaml")).run();
    run.exits(0).stdout_is(&manifest("    carol:y\n")).stderr_is("User bob: unchanged\n");
}

#[test]
fn strict_rejects_an_unknown_user() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-D", "passwd", "dave"]).exits(0).stderr_is("User dave not found\n");
    sandbox.run(["--strict", "-D", "passwd", "dave"]).exits(6).stderr_is("User dave not found\n");
    sandbox.run(["--strict", "-D", "passwd", "bob"]).exits(0).stderr_is("Deleting password for user bob\n");
    assert_eq!(sandbox.text("passwd"), WITHOUT_BOB);
}

#[test]
fn options_for_a_new_password_conflict_with_d() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (option, reason) in [
        ("--mode=600", "--mode cannot be combined with -D"),
        ("--generate", "--generate cannot be combined with -D"),
        ("--password-env=HOME", "--password-env cannot be combined with -D"),
        ("--for=nginx", "--for cannot be combined with -D"),
    ] {
        sandbox.run(["--ensure", "-D", option, "passwd", "bob"]).is_wrong_call(reason);
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
