//! `--disable` and `--enable`: `!` before the hash of a user.

use crate::support::{SHA1, Sandbox};

const RECORDS: &str =
    "# staff\nmax:$2y$05$abcdefghijklmnopqrstuu5s4W8vIOoPDwPlI9WGLGHmLJVA0Kp7a:Max\neva:x\n";

fn switch(sandbox: &Sandbox, option: &str, user: &str, status: &str) {
    sandbox.run([option, "passwd", user]).exits(0).stderr_is(&format!("User {user}: {status}\n"));
}

#[test]
fn a_disabled_user_gets_the_same_hash_back() {
    let sandbox = Sandbox::with(RECORDS);
    switch(&sandbox, "--disable", "max", "disabled");
    let disabled = RECORDS.replace("max:$", "max:!$");
    assert_eq!(sandbox.text("passwd"), disabled);
    switch(&sandbox, "--disable", "max", "unchanged");
    sandbox.run(["-vb", "passwd", "max", "x"]).exits(3).stderr_has("the user is locked");
    sandbox.run(["--check", "passwd"]).exits(7);
    switch(&sandbox, "--enable", "max", "enabled");
    switch(&sandbox, "--enable", "max", "unchanged");
    assert_eq!(sandbox.text("passwd"), RECORDS);
}

#[test]
fn a_missing_user_or_file_is_an_error() {
    let sandbox = Sandbox::with(RECORDS);
    for option in ["--disable", "--enable"] {
        sandbox.run([option, "passwd", "bob"]).exits(6).stderr_is("User bob not found\n");
        sandbox.run([option, "none", "bob"]).exits(1);
    }
    assert_eq!(sandbox.text("passwd"), RECORDS);
    let sandbox = Sandbox::with("no colon\nmax:x\n");
    sandbox.run(["--disable", "passwd", "max"]).exits(7);
}

#[test]
fn a_run_without_changes_needs_no_permission_to_write() {
    let sandbox = Sandbox::with("max:!x\n");
    if sandbox.for_ordinary_user() {
        sandbox.set_mode("passwd", 0o444);
        let run = sandbox.call(["--disable", "passwd", "max"]).by_ordinary_user().run();
        run.exits(0).stderr_is("User max: unchanged\n");
    }
    let run = sandbox.run(["--disable", "--dry-run", "--json", "passwd", "max"]);
    let members = "\"user\":\"max\",\"change\":\"unchanged\",\"dry_run\":true,\"warnings\":[]}\n";
    assert!(run.exits(0).stdout().ends_with(members), "{run}");
    let run = sandbox.run(["--enable", "--dry-run", "passwd", "max"]);
    run.exits(0).stderr_is("User max: enabled (dry run, nothing was written)\n");
    assert_eq!(sandbox.text("passwd"), "max:!x\n");
}

#[test]
fn ensure_and_import_leave_a_disabled_user_disabled() {
    let warning = "Warning: the user is disabled, and stays disabled until --enable.\n";
    for call in [&["--ensure", "-bs", "passwd", "max", "secret"][..], &["--import", "-s", "passwd", "list"]] {
        let sandbox = Sandbox::with("max:!x\n");
        sandbox.write("list", "max:secret\n");
        let strict = sandbox.run([&["--strict"], call].concat());
        strict.exits(1).stderr_has(warning);
        assert_eq!(sandbox.text("passwd"), "max:!x\n");
        sandbox.run(call).exits(0).stderr_has(warning);
        assert_eq!(sandbox.text("passwd"), format!("max:!{SHA1}\n"));
    }
    let sandbox = Sandbox::with(format!("max:!{SHA1}\n"));
    let run = sandbox.run(["--ensure", "-bs", "passwd", "max", "secret"]);
    run.exits(0).stderr_has("User max: unchanged\n");
    sandbox.write("list", "max:secret\neva:secret\n");
    sandbox
        .run(["--import", "--ensure", "-s", "passwd", "list"])
        .exits(0)
        .stderr_has("1 added, 0 updated, 1 unchanged");
    assert_eq!(sandbox.text("passwd"), format!("max:!{SHA1}\neva:{SHA1}\n"));
}

#[test]
fn a_plain_update_enables_the_user() {
    let sandbox = Sandbox::with("max:!x\n");
    sandbox.run(["-bs", "passwd", "max", "secret"]).exits(0).stderr_is("Updating password for user max\n");
    assert_eq!(sandbox.text("passwd"), format!("max:{SHA1}\n"));
}

#[test]
fn a_server_that_reads_plain_text_has_no_disabled_users() {
    let sandbox = Sandbox::with("max:x\n");
    for server in ["pypiserver", "radicale"] {
        let reason = format!(
            "{server} reads the hash of a disabled user as a plain-text password; delete the user with -D"
        );
        sandbox.run(["--disable", "--for", server, "passwd", "max"]).is_wrong_call(&reason);
    }
    assert_eq!(sandbox.text("passwd"), "max:x\n");
    sandbox.run(["--disable", "--for", "nginx", "passwd", "max"]).exits(0);
}

#[test]
fn options_without_meaning_are_wrong_calls() {
    let sandbox = Sandbox::with("max:x\n");
    for call in [
        &["--disable", "-b", "passwd", "max", "x"][..],
        &["--disable", "-B", "passwd", "max"],
        &["--enable", "--generate", "passwd", "max"],
        &["--enable", "--disable", "passwd", "max"],
        &["--enable", "--for", "nginx", "passwd", "max"],
        &["--enable", "-D", "passwd", "max"],
        &["--ensure", "--disable", "passwd", "max"],
        &["--import", "--disable", "passwd", "max"],
        &["--disable", "passwd"],
        &["--disable", "passwd", "max", "eva"],
    ] {
        sandbox.run(call).exits(2);
        assert_eq!(sandbox.text("passwd"), "max:x\n");
    }
}

#[test]
fn a_user_of_a_secret_is_disabled() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", "kind: Secret\nstringData:\n  auth: \"max:x\"\n");
    sandbox.run(["--secret", "s.yaml", "--disable", "max"]).exits(0);
    assert_eq!(sandbox.text("s.yaml"), "kind: Secret\nstringData:\n  auth: \"max:!x\\n\"\n");
    let ensure = ["--secret", "s.yaml", "--ensure", "-bs", "max", "secret"];
    sandbox.run(ensure).exits(0).stderr_has("stays disabled");
    assert!(sandbox.text("s.yaml").contains(&format!("max:!{SHA1}")));
}
