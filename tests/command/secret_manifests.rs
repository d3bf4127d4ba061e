//! Every mode works on a key of a Secret manifest as on a file, and preserves everything else in the manifest.

use crate::support::{APR1, SHA1, Sandbox, TWO_USERS, hash_of};

const ADDED: &str = "Adding password for user alice\n";

/// A manifest with other members and with this password file as literal text.
fn manifest(users: &str) -> String {
    let text = users.lines().map(|line| format!("    {line}\n")).collect::<Vec<_>>().concat();
    format!(
        "# kept\r\n---\nkind: ConfigMap\ndata: {{htpasswd: 'no: users'}}\n---\n\
         apiVersion: v1  # as ever\nkind: Secret\nstringData:\n  htpasswd: |  # the registry's\n{text}\n  \
         other: \"x\\u00e9\"   # m\u{fc}ller\n...\n---\nkind: Last"
    )
}

fn with(users: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest(users));
    sandbox
}

/// Asserts that a call changes the value in a manifest as it changes a file, and prints the same text in both cases.
/// Returns the new value.
#[track_caller]
fn same_as_file(options: &[&str], operands: &[&str], input: &str) -> String {
    let file = Sandbox::with(TWO_USERS);
    file.write("users", "dave:secret\nbob:other\n");
    let on_file = file.call([options, &["passwd"], operands].concat()).stdin(input).run();
    let sandbox = with(TWO_USERS);
    sandbox.write("users", "dave:secret\nbob:other\n");
    let on_secret = sandbox.call([&["--secret", "s.yaml"], options, operands].concat()).stdin(input).run();
    assert_eq!(on_secret.exit, on_file.exit, "{on_secret}");
    assert_eq!(on_secret.stderr(), on_file.stderr().replace(" passwd: ", " s.yaml: "));
    assert_eq!(on_secret.stdout(), on_file.stdout());
    let after = file.text("passwd");
    assert_eq!(sandbox.text("s.yaml"), manifest(&after));
    assert_eq!(sandbox.names(), ["s.yaml", "users"]);
    after
}

#[test]
fn users_of_a_secret_are_changed_and_verified() {
    assert_eq!(same_as_file(&["-bs"], &["alice", "secret"], ""), format!("{TWO_USERS}alice:{SHA1}\n"));
    assert_eq!(hash_of(&same_as_file(&["-is"], &["carol"], "secret\n"), "carol"), SHA1);
    assert_eq!(same_as_file(&["-D"], &["bob"], ""), format!("carol:{APR1}\n"));
    assert_eq!(same_as_file(&["-D"], &["unknown"], ""), TWO_USERS);
    for password in ["secret", "wrong"] {
        assert_eq!(same_as_file(&["-vb"], &["bob", password], ""), TWO_USERS);
    }
    same_as_file(&["-vb"], &["unknown", "secret"], "");
    assert_eq!(same_as_file(&["-cbs"], &["alice", "secret"], ""), format!("alice:{SHA1}\n"));
}

#[test]
fn lists_are_imported_into_a_secret() {
    let after = same_as_file(&["--import", "-s"], &["users"], "");
    assert_eq!(hash_of(&after, "dave"), SHA1);
    same_as_file(&["--import", "-s"], &[], "eve:secret\n");
    same_as_file(&["--import", "-cs"], &["users"], "");
    same_as_file(&["--import", "-s"], &[], "no colon\n");
}

#[test]
fn users_of_a_secret_are_ensured_and_pruned() {
    assert_eq!(
        same_as_file(&["--ensure", "-bs"], &["alice", "secret"], ""),
        format!("{TWO_USERS}alice:{SHA1}\n")
    );
    assert_eq!(same_as_file(&["--ensure", "-b"], &["bob", "secret"], ""), TWO_USERS);
    assert_eq!(hash_of(&same_as_file(&["--ensure", "-bs"], &["carol", "secret"], ""), "carol"), SHA1);
    assert_eq!(same_as_file(&["--ensure", "--dry-run", "-bs"], &["alice", "secret"], ""), TWO_USERS);
    same_as_file(&["--import", "--prune", "-s"], &["users"], "");
    same_as_file(&["--import", "--prune", "--ensure", "-s"], &[], "bob:secret\n");
    assert_eq!(same_as_file(&["--import", "--prune", "--dry-run", "-s"], &["users"], ""), TWO_USERS);
}

#[test]
fn ensure_creates_a_missing_key() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", "kind: Secret\n");
    for change in ["added", "unchanged"] {
        let run = sandbox.run(["--secret", "s.yaml", "--ensure", "-bs", "alice", "secret"]);
        run.exits(0).stderr_has(change);
    }
    sandbox.run(["--secret", "s.yaml", "-vb", "alice", "secret"]).exits(0);
    sandbox.write("s.yaml", "kind: Secret\n");
    sandbox.call(["--secret", "s.yaml", "--import", "--ensure", "-s"]).stdin("alice:secret\n").run().exits(0);
    sandbox.run(["--secret", "s.yaml", "-vb", "alice", "secret"]).exits(0);
    sandbox
        .run(["--secret", "none.yaml", "--ensure", "-bs", "alice", "secret"])
        .exits(1)
        .stderr_has("the file does not exist");
}

#[test]
fn users_of_a_secret_are_listed_and_checked() {
    same_as_file(&["--list"], &[], "");
    same_as_file(&["--list", "--format", "plain"], &[], "");
    let sandbox = with(TWO_USERS);
    let run = sandbox.run(["--secret", "s.yaml", "--check", "--for", "registry"]);
    run.exits(7);
    assert!(run.stdout().contains("s.yaml:1: error:   user bob: "), "{run}");
    assert!(run.stdout().ends_with("htpasswd --for registry --secret s.yaml USER\n"), "{run}");
    let run = sandbox.run(["--secret", "s.yaml", "--list", "--json"]);
    run.exits(0);
    assert!(run.stdout().contains("\"bob\""), "{run}");
}

#[test]
fn a_repair_changes_only_the_value() {
    let sandbox = Sandbox::new();
    let twice = manifest(TWO_USERS).replace("    carol", &format!("    bob:{SHA1}\n    carol"));
    sandbox.write("s.yaml", twice);
    sandbox.run(["--secret", "s.yaml", "--check", "--fix"]);
    assert_eq!(sandbox.text("s.yaml"), manifest(TWO_USERS));
}

#[test]
fn an_unchanged_manifest_is_not_written() {
    let sandbox = with(TWO_USERS);
    let before = std::fs::metadata(sandbox.path("s.yaml")).unwrap().modified().unwrap();
    sandbox.run(["--secret", "s.yaml", "-D", "unknown"]).exits(0);
    sandbox.run(["--secret", "s.yaml", "-bs", "bob", "secret"]).exits(0);
    assert_eq!(std::fs::metadata(sandbox.path("s.yaml")).unwrap().modified().unwrap(), before);
}

#[test]
fn base64_in_data_is_edited_in_place() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", "kind: Secret\ndata: # c\n  auth:   ''  # none yet\n  z: eg==\n");
    sandbox.run(["--secret", "s.yaml", "-bs", "alice", "secret"]).exits(0).stderr_is(ADDED);
    let text = sandbox.text("s.yaml");
    let line = text.lines().nth(2).unwrap();
    assert!(line.starts_with("  auth:   '") && line.ends_with("=='  # none yet"), "{text}");
    sandbox.run(["--secret", "s.yaml", "-vb", "alice", "secret"]).exits(0);
    sandbox.run(["--secret", "s.yaml", "-D", "alice"]).exits(0);
    assert_eq!(sandbox.text("s.yaml"), "kind: Secret\ndata: # c\n  auth:   ''  # none yet\n  z: eg==\n");
}

#[test]
fn options_choose_the_key_and_the_secret() {
    let secret = |name: &str| {
        format!("---\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{auth: '', my.key: ''}}\n")
    };
    let sandbox = Sandbox::new();
    let both = secret("one") + &secret("two");
    sandbox.write("s.yaml", &both);
    sandbox.run(["--secret", "s.yaml", "-bs", "alice", "secret"]).exits(1).stderr_has("--secret-name");
    assert_eq!(sandbox.text("s.yaml"), both);
    let options = ["--secret", "s.yaml", "--secret-name=two", "--secret-key", "my.key", "-bs"];
    sandbox.run([&options[..], &["alice", "secret"]].concat()).exits(0);
    let two = secret("two").replace("my.key: ''", &format!("my.key: \"alice:{SHA1}\\n\""));
    assert_eq!(sandbox.text("s.yaml"), secret("one") + &two);
}

#[test]
fn only_c_and_ensure_create_a_missing_key() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", "kind: Secret\ndata: {}\n");
    let run = sandbox.run(["--secret", "s.yaml", "-bs", "alice", "secret"]);
    run.exits(1).stdout_is("").stderr_is(
        "htpasswd: cannot use the manifest s.yaml: the Secret has no key 'htpasswd' or 'auth'; \
         --ensure creates it, or name another key with --secret-key\n",
    );
    assert_eq!(sandbox.text("s.yaml"), "kind: Secret\ndata: {}\n");
    sandbox.run(["--secret", "s.yaml", "-cbs", "alice", "secret"]).exits(0).stderr_is(ADDED);
    let text = sandbox.text("s.yaml");
    assert!(text.starts_with("kind: Secret\ndata: {\"htpasswd\": \"") && text.ends_with("\"}\n"), "{text}");
    sandbox.run(["--secret", "s.yaml", "-vb", "alice", "secret"]).exits(0);
}

#[test]
fn invalid_manifests_are_rejected_and_unchanged() {
    for (content, message) in [
        ("kind: Secret\ndata:\n\thtpasswd: x\n", "line 3: "),
        ("kind: Secret\ndata: {htpasswd: ''\n", "line "),
        ("kind: ConfigMap\n", "there is no Secret in the manifest"),
        ("", "there is no Secret in the manifest"),
        ("bob:{SHA}x\n", "there is no Secret in the manifest"),
        ("kind: Secret\ndata:\n  htpasswd: '???'\n", "line 3: 'htpasswd' is not Base64"),
        ("kind: Secret\ndata:\n  htpasswd: &a eA==\n", "line 3: 'htpasswd' has an anchor"),
        ("kind: Secret\ndata:\n  htpasswd: a\n  htpasswd: b\n", "line 4: 'htpasswd' is a duplicate key"),
        ("kind: Secret\nstringData: {auth: ''}\ndata: {auth: ''}\n", "both data and stringData"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("s.yaml", content);
        for arguments in [&["-bs", "alice", "secret"][..], &["-D", "bob"], &["-vb", "bob", "x"], &["--list"]]
        {
            let run = sandbox.run([&["--secret", "s.yaml"], arguments].concat());
            run.exits(1)
                .stdout_is("")
                .stderr_has("htpasswd: cannot use the manifest s.yaml: ")
                .stderr_has(message);
            assert_eq!(run.stderr().lines().count(), 1, "{run}");
            assert_eq!(sandbox.text("s.yaml"), content);
        }
    }
    let run = Sandbox::new().run(["--secret", "none.yaml", "-cbs", "alice", "secret"]);
    run.exits(1).stderr_has("the file does not exist; -n --format k8s-secret prints a new manifest\n");
}

#[test]
fn a_value_that_is_not_a_password_file_is_unchanged() {
    let sandbox = with("bob:x\nno colon\n");
    for arguments in [&["-bs", "alice", "secret"][..], &["-D", "bob"]] {
        let run = sandbox.run([&["--secret", "s.yaml"], arguments].concat());
        run.exits(7).stderr_is(
            "htpasswd: The file s.yaml, key htpasswd, does not appear to be a valid htpasswd file: \
             line 2 has no colon; the file is untouched\n",
        );
    }
    assert_eq!(sandbox.text("s.yaml"), manifest("bob:x\nno colon\n"));
}

#[test]
fn wrong_calls_change_nothing() {
    let sandbox = with(TWO_USERS);
    for (arguments, reason) in [
        (&["--secret", "s.yaml", "-n", "alice"][..], "--secret cannot be combined with -n"),
        (
            &["--secret", "s.yaml", "--secret-key", "a/b", "-bs", "alice", "secret"],
            "argument to --secret-key: a key of a Secret has letters, digits, '-', '_' and '.' only",
        ),
        (
            &["--secret", "s.yaml", "--secret-name", "A", "-bs", "alice", "secret"],
            "argument to --secret-name: the name of a Secret has lower-case letters, digits, '-' and '.' only",
        ),
        (
            &["--secret-key", "auth", "-bs", "s.yaml", "alice", "secret"],
            "--secret-key needs --secret or --format k8s-secret",
        ),
        (&["--secret"], "option --secret needs a value"),
    ] {
        sandbox.run(arguments).is_wrong_call(reason);
    }
    sandbox.run(["--secret", "s.yaml", "-bs", "passwd", "alice", "secret"]).is_usage_error();
    sandbox.run(["--secret", "s.yaml"]).is_usage_error();
    assert_eq!(sandbox.text("s.yaml"), manifest(TWO_USERS));
}

#[test]
fn user_names_that_are_not_utf_8_are_rejected() {
    let sandbox = with(TWO_USERS);
    let name = crate::support::bytes(b"m\xfcller");
    let arguments = ["--secret", "s.yaml", "-bs"].map(Into::into);
    let run = sandbox.run([&arguments[..], &[name.clone(), "x".into()]].concat());
    run.exits(1).stderr_has("stringData holds UTF-8 only");
    assert_eq!(sandbox.text("s.yaml"), manifest(TWO_USERS));
    sandbox.write("s.yaml", "kind: Secret\ndata: {auth: ''}\n");
    sandbox.run([&arguments[..], &[name, "x".into()]].concat()).exits(0);
}
