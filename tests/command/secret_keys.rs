//! `--secret` never guesses a key, and `--format k8s-secret` writes a namespace and a type.

use crate::support::{SHA1, Sandbox};

/// The calls that edit a Secret.
const EDITS: [&[&str]; 5] = [
    &["-bs", "eva", "secret"],
    &["-cbs", "eva", "secret"],
    &["--ensure", "-bs", "eva", "secret"],
    &["--import", "-s", "list"],
    &["--import", "--ensure", "-s", "list"],
];

fn with(manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest);
    sandbox.write("list", "eva:secret\n");
    sandbox
}

/// The records of the key, as `--list` prints them.
fn records(sandbox: &Sandbox, key: &str) -> String {
    let run = sandbox.run(["--secret", "s.yaml", "--secret-key", key, "--list", "--format", "plain"]);
    run.exits(0);
    run.stdout()
}

#[test]
fn a_single_key_is_the_key() {
    for key in ["users", ".htpasswd"] {
        for edit in EDITS {
            let sandbox = with(&format!("kind: Secret\nstringData:\n  {key}: \"max:{SHA1}\\n\"\n"));
            sandbox.run([&["--secret", "s.yaml"], edit].concat()).exits(0);
            let max = if edit.contains(&"-cbs") { String::new() } else { format!("max:{SHA1}\n") };
            assert_eq!(records(&sandbox, key), format!("{max}eva:{SHA1}\n"), "{edit:?}");
            assert_eq!(sandbox.text("s.yaml").matches(": \"").count(), 1, "no second key");
        }
    }
}

#[test]
fn other_keys_are_named_and_nothing_is_done() {
    let manifest = "kind: Secret\ndata:\n  users: bWF4OngK\n  other: eA==\n";
    for edit in EDITS.into_iter().chain([&["-D", "max"][..], &["-vb", "max", "x"], &["--list"], &["--check"]])
    {
        let sandbox = with(manifest);
        let run = sandbox.run([&["--secret", "s.yaml"], edit].concat());
        run.exits(1).stderr_is(
            "htpasswd: cannot use the manifest s.yaml: the Secret has no key 'htpasswd' or 'auth'; \
             its keys are 'users', 'other'; name one with --secret-key\n",
        );
        assert_eq!(sandbox.text("s.yaml"), manifest);
    }
    let sandbox = with(manifest);
    sandbox.run(["--secret", "s.yaml", "--secret-key", "users", "-bs", "eva", "secret"]).exits(0);
    assert_eq!(records(&sandbox, "users"), format!("max:x\neva:{SHA1}\n"));
}

#[test]
fn a_plain_password_of_kubernetes_is_no_password_file() {
    let manifest =
        "kind: Secret\ntype: kubernetes.io/basic-auth\nstringData:\n  username: max\n  password: x\n";
    for edit in EDITS {
        let sandbox = with(manifest);
        let run = sandbox.run([&["--secret", "s.yaml"], edit].concat());
        run.exits(1).stderr_has("its type is kubernetes.io/basic-auth, which holds a plain password");
        assert_eq!(sandbox.text("s.yaml"), manifest);
    }
}

#[test]
fn a_new_manifest_has_the_namespace_and_the_type() {
    let call = ["-nbs", "--format", "k8s-secret", "--secret-name", "users"];
    let options = ["--namespace", "web", "--secret-type", "nginx.org/htpasswd", "eva", "secret"];
    let run = Sandbox::new().run([&call[..], &options].concat());
    run.exits(0);
    let start = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: users\n  namespace: web\ntype: nginx.org/htpasswd\ndata:\n  htpasswd: ";
    assert!(run.stdout().starts_with(start), "{run}");
    let plain = Sandbox::new().run([&call[..], &["eva", "secret"]].concat());
    assert!(plain.stdout().contains("  name: users\ntype: Opaque\n"), "{plain}");
}

#[test]
fn a_wrong_namespace_or_type_is_a_wrong_call() {
    let sandbox = Sandbox::with("");
    for (option, value, reason) in [
        ("--namespace", "Web", "a namespace has at most 63 lower-case letters, digits and '-'"),
        ("--secret-type", "", "the type of a Secret has 1 to 253 printable characters"),
        (
            "--secret-type",
            "kubernetes.io/basic-auth",
            "its type is kubernetes.io/basic-auth, which holds a plain password and no password file",
        ),
    ] {
        let run = sandbox.run(["-nbs", "--format", "k8s-secret", option, value, "u", "p"]);
        run.is_wrong_call(&format!("argument to {option}: {reason}"));
    }
    for option in ["--namespace", "--secret-type"] {
        let reason = format!("{option} needs --format k8s-secret");
        sandbox.run(["-nbs", option, "x", "u", "p"]).is_wrong_call(&reason);
        sandbox.run(["-bs", option, "x", "passwd", "u", "p"]).is_wrong_call(&reason);
    }
    assert_eq!(sandbox.text("passwd"), "");
}
