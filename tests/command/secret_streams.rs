//! `--secret -` reads the manifest from standard input, edits it like a file, and writes it to standard output.

use std::process::Command;

use crate::support::{SHA1, Sandbox, TWO_USERS, has_tool, skipped};

const MANIFEST: &str = "# c\nkind: Secret\nstringData:\n  htpasswd: |\n    bob:x\n  # d\n";

#[test]
fn the_manifest_is_copied_to_standard_output() {
    let sandbox = Sandbox::new();
    let after = MANIFEST.replace("bob:x\n", &format!("bob:x\n    alice:{SHA1}\n"));
    let run = sandbox.call(["--secret", "-", "-bs", "alice", "secret"]).stdin(MANIFEST).run();
    run.exits(0).stdout_is(&after).stderr_is("Adding password for user alice\n");
    // The next program of a pipeline needs the manifest even if htpasswd did not change it.
    let run = sandbox.call(["--secret", "-", "-D", "unknown"]).stdin(MANIFEST).run();
    run.exits(0).stdout_is(MANIFEST);
    sandbox.write("users", "alice:secret\n");
    let run = sandbox.call(["--secret", "-", "--import", "-s", "users"]).stdin(MANIFEST).run();
    run.exits(0).stdout_is(&after).stderr_is("Imported -: 1 added, 0 updated, 0 unchanged, 0 rejected\n");
    let ensure = ["--secret", "-", "--ensure", "-bs", "alice", "secret"];
    sandbox.call(ensure).stdin(MANIFEST).run().exits(0).stdout_is(&after);
    sandbox.call(ensure).stdin(&after).run().exits(0).stdout_is(&after).stderr_has("unchanged");
    sandbox.write("users", "");
    sandbox.call(["--secret", "-", "--import", "users"]).stdin(MANIFEST).run().exits(0).stdout_is(MANIFEST);
    assert_eq!(sandbox.names(), ["users"]);
}

#[test]
fn read_only_modes_print_no_manifest() {
    let sandbox = Sandbox::new();
    let manifest = MANIFEST.replace("bob:x", &format!("bob:{SHA1}"));
    let run = sandbox.call(["--secret", "-", "-vb", "bob", "secret"]).stdin(&manifest).run();
    run.exits(0).stdout_is("");
    sandbox.call(["--secret", "-", "-vb", "bob", "wrong"]).stdin(&manifest).run().exits(3).stdout_is("");
    let run = sandbox.call(["--secret", "-", "--list", "--format", "plain"]).stdin(&manifest).run();
    run.exits(0).stdout_is(&format!("bob:{SHA1}\n"));
}

#[test]
fn an_error_prints_no_manifest() {
    for input in ["", "kind: Secret\n", "kind: [\n", "kind: Secret\ndata: {htpasswd: '?'}\n"] {
        let run = Sandbox::new().call(["--secret", "-", "-bs", "alice", "secret"]).stdin(input).run();
        run.exits(1).stdout_is("").stderr_has("htpasswd: cannot use the manifest standard input: ");
    }
    let run = Sandbox::new().call(["--secret", "-", "-s", "alice"]).stdin(MANIFEST).run();
    run.exits(1).stdout_is("").stderr_has("no password was given");
}

#[test]
fn other_uses_of_the_standard_streams_are_rejected() {
    let conflict = "the manifest uses standard input and output";
    for (arguments, reason) in [
        (&["-is", "alice"][..], "-i cannot be combined with --secret -"),
        (&["--import", "-s"], "--import needs the file USERS with --secret -"),
        (&["--import", "-s", "-"], "--import needs the file USERS with --secret -"),
        (&["--import", "-s", "--json", "users"], "--json cannot be combined with --secret -"),
        (&["--check", "--fix"], "--fix cannot be combined with --secret -"),
        (&["--generate", "-s", "alice"], "--generate cannot be combined with --secret -"),
        (&["--password-fd", "0", "-s", "alice"], "--password-fd cannot be combined with --secret -"),
        (&["--ensure", "--json", "-bs", "alice", "secret"], "--json cannot be combined with --secret -"),
    ] {
        let run = Sandbox::new().call([&["--secret", "-"], arguments].concat()).stdin(MANIFEST).run();
        run.is_wrong_call(&format!("{reason}: {conflict}"));
    }
}

#[test]
fn lost_output_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let call = Sandbox::new();
    let run = call.call(["--secret", "-", "-bs", "alice", "secret"]).stdin(MANIFEST).stdout_to(full).run();
    run.exits(1).stderr_has("htpasswd: cannot write to standard output: No space left on device\n");
}

fn kubectl(sandbox: &Sandbox, key: &str, format: &str) -> Vec<u8> {
    let file = format!("--from-file={key}={}", sandbox.path("passwd").display());
    let arguments = ["create", "secret", "generic", "registry", &file, "--dry-run=client", "-o", format];
    let run = Command::new("kubectl").args(arguments).current_dir(sandbox.work()).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    run.stdout
}

/// Edits a file and makes its manifest with kubectl, and edits the manifest of the unedited file with htpasswd. Both
/// manifests must be equal.
#[test]
fn kubectl_creates_the_same_secret() {
    if !has_tool("kubectl", &["version", "--client"]) {
        return skipped("kubectl is not installed");
    }
    for format in ["yaml", "json"] {
        for key in ["htpasswd", "auth"] {
            for content in ["", TWO_USERS, "bob:x", "# c\n\nbob:x\r\ncarol:y:more\n", "m\u{fc}ller:x\n"] {
                for arguments in
                    [["-bs", "bob", "secret"].as_slice(), &["-bs", "alice", "secret"], &["-D", "bob"]]
                {
                    let sandbox = Sandbox::with(content);
                    let before = kubectl(&sandbox, key, format);
                    let run = sandbox.call([&["--secret", "-"], arguments].concat()).stdin(before).run();
                    run.exits(0);
                    let on_file = [&arguments[..1], &["passwd"], &arguments[1..]].concat();
                    sandbox.run(on_file).exits(0);
                    let after = String::from_utf8(kubectl(&sandbox, key, format)).unwrap();
                    // kubectl and htpasswd put quotation marks around different values. No value of this test contains
                    // a quotation mark, so the test removes all of them.
                    assert_eq!(
                        run.stdout().replace('"', ""),
                        after.replace('"', ""),
                        "{content:?} {arguments:?}"
                    );
                }
            }
        }
    }
}

/// htpasswd and kubectl accept the manifest of `--format k8s-secret`.
#[test]
fn htpasswd_and_kubectl_read_a_new_manifest() {
    let sandbox = Sandbox::new();
    let names = ["--secret-name", "my-registry", "--secret-key", "auth"];
    let run = sandbox.run([&["-nbs", "--format", "k8s-secret"], &names[..], &["alice", "secret"]].concat());
    run.exits(0);
    let made = run.stdout();
    let run =
        sandbox.call([&["--secret", "-", "-vb"][..], &names, &["alice", "secret"]].concat()).stdin(&made);
    run.run().exits(0);
    if !has_tool("kubectl", &["version", "--client"]) {
        return skipped("kubectl is not installed");
    }
    sandbox.write("s.yaml", made);
    let mut patch = Command::new("kubectl");
    // This command reads the file as a Secret and needs no cluster.
    patch.args(["set", "env", "--local", "-f", "s.yaml", "A=b", "-o", "yaml"]).current_dir(sandbox.work());
    let output = patch.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("cannot") && !stderr.contains("error converting YAML"), "{stderr}");
}

/// A call with `--secret -` gets no advice to repair a file, and no finding about a file with the name `-`.
#[test]
fn advice_for_a_manifest_can_be_followed() {
    let manifest = "kind: Secret\nstringData:\n  auth: |-\n    alice:$2y$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
    let sandbox = Sandbox::new();
    sandbox.write("-", "");
    sandbox.set_mode("-", 0o666);
    let run = sandbox.call(["--secret", "-", "--check"]).stdin(manifest).run();
    assert!(run.stdout().contains("no newline") && !run.stdout().contains("--fix"), "{run}");
    assert!(!run.stdout().contains("others"), "{run}");
    sandbox.write("s.yaml", manifest);
    sandbox.set_mode("s.yaml", 0o600);
    let run = sandbox.run(["--secret", "s.yaml", "--check"]);
    assert!(run.stdout().contains("htpasswd --check --fix --secret s.yaml\n"), "{run}");
    let run = sandbox.run(["--secret", "s.yaml", "--secret-key", "auth", "--check"]);
    let advice = "htpasswd --check --fix --secret s.yaml, with the options that select its key\n";
    assert!(run.stdout().contains(advice), "{run}");
}
