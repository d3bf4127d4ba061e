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

/// A Secret with one key for each user, as ingress-nginx (`auth-map`) and haproxytech read it.
const ONE_KEY_A_USER: &str =
    "kind: Secret\ndata:\n  max: e1NIQX1tYXg=  # first\nstringData:\n  \"ann\": '{SHA}ann'\n";

#[test]
fn keys_that_are_users_are_edited_as_users() {
    for edit in EDITS.into_iter().filter(|edit| !edit.contains(&"-cbs")) {
        let sandbox = with(ONE_KEY_A_USER);
        sandbox.run([&["--secret", "s.yaml"], edit].concat()).exits(0);
        let list = sandbox.run(["--secret", "s.yaml", "--list", "--format", "plain"]);
        list.exits(0).stdout_is(&format!("ann:{{SHA}}ann\neva:{SHA1}\nmax:{{SHA}}max\n"));
        let text = sandbox.text("s.yaml");
        assert!(text.contains("  max: e1NIQX1tYXg=  # first\n") && !text.contains("htpasswd"), "{text}");
    }
    let sandbox = with(ONE_KEY_A_USER);
    sandbox.run(["--secret", "s.yaml", "-D", "ann"]).exits(0).stderr_is("Deleting password for user ann\n");
    assert_eq!(sandbox.text("s.yaml"), "kind: Secret\ndata:\n  max: e1NIQX1tYXg=  # first\n");
    sandbox.run(["--secret", "s.yaml", "-vb", "max", "wrong"]).exits(3);
    let run = sandbox.run(["--secret", "s.yaml", "--check"]);
    run.exits(7);
    assert!(run.stdout().contains("user max"), "{run}");
}

#[test]
fn a_server_that_reads_user_keys_gets_user_keys() {
    let ensure = ["--secret", "s.yaml", "--for", "haproxytech", "--ensure", "-b", "eva", "secret"];
    let check = ["--secret", "s.yaml", "--for", "haproxytech", "--check"];
    for manifest in [ONE_KEY_A_USER, "kind: Secret\n", "kind: Secret\ndata: {}\n"] {
        let sandbox = with(manifest);
        sandbox.set_mode("s.yaml", 0o600);
        sandbox.run(ensure).exits(0);
        let text = sandbox.text("s.yaml");
        assert!(text.contains("eva") && !text.contains("htpasswd"), "{text}");
        let run = sandbox.run(check);
        let is_clean = manifest != ONE_KEY_A_USER;
        run.exits(if is_clean { 0 } else { 7 });
        assert_eq!(run.stdout().contains("the hash is malformed"), !is_clean, "{run}");
    }
    for manifest in
        ["kind: Secret\nstringData: {htpasswd: 'max:{SHA}x'}\n", "kind: Secret\ndata: {a: eA==}\n"]
    {
        for call in [&ensure[..], &check] {
            let sandbox = with(manifest);
            let run = sandbox.run(call);
            run.exits(1)
                .stderr_has("it is not one Secret in which each key is a user and each value is a hash");
            assert_eq!(sandbox.text("s.yaml"), manifest);
        }
    }
    let sandbox = Sandbox::with("max:x\n");
    let advice = "for a user of a Secret: htpasswd --secret MANIFEST --for haproxytech USER";
    let reason = format!("haproxytech reads no password file; {advice}");
    sandbox.run(["--for", "haproxytech", "-b", "passwd", "eva", "x"]).is_wrong_call(&reason);
    let run = sandbox.run(["--check", "--for", "haproxytech", "passwd"]);
    assert!(run.stdout().ends_with(&format!("{advice}\n")), "{run}");
}

#[test]
fn a_user_or_hash_that_cannot_be_a_key_or_value_changes_nothing() {
    for (edit, reason) in [
        (
            &["-bs", "e va", "x"][..],
            "each user is a key of this Secret, which has letters, digits, '-', '_' and '.' only",
        ),
        (
            &["-bp", "eva", "x"],
            "each value of this Secret is a hash; it cannot hold a password as plain text",
        ),
        (&["-bd", "eva", "x"], "or a hash without a prefix"),
    ] {
        let sandbox = with(ONE_KEY_A_USER);
        let run = sandbox.run([&["--secret", "s.yaml"], edit].concat());
        run.exits(1).stderr_has(reason);
        assert_eq!(sandbox.text("s.yaml"), ONE_KEY_A_USER);
    }
    let one = "kind: Secret\nstringData:\n  max: '{SHA}max'\n";
    let sandbox = with(one);
    let run = sandbox.run(["--secret", "s.yaml", "-D", "max"]);
    run.exits(1).stderr_has("the last user of this Secret cannot be removed; delete the Secret instead");
    assert_eq!(sandbox.text("s.yaml"), one);
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
