//! `--secret` rejects manifests that would hide users, and warns of changes that are useless or harmful.

use crate::support::{Run, SHA1, Sandbox};

const DATA: &str = "data: {htpasswd: Ym9iOngK}\n";

fn run(manifest: &str, line: &[&str]) -> (Run, String) {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest);
    let run = sandbox.call([&["--secret", "s.yaml"], line].concat()).stdin("alice:secret\n").run();
    assert_eq!(sandbox.names(), ["s.yaml"]);
    (run, sandbox.text("s.yaml"))
}

#[test]
fn a_merge_key_in_a_secret_is_rejected_in_every_mode() {
    for (manifest, reason) in [
        (
            format!("x: &m\n  {DATA}<<: *m\nkind: Secret\n"),
            "line 3: '<<' merges another mapping into the Secret, which cannot be edited",
        ),
        (
            "x: &m {htpasswd: Ym9iOngK}\nkind: Secret\ndata: {<<: *m}\n".to_owned(),
            "line 3: '<<' merges another mapping into 'data', which cannot be edited",
        ),
        (
            "x: &m {htpasswd: 'bob:x'}\nkind: Secret\nstringData: {<<: *m}\n".to_owned(),
            "line 3: '<<' merges another mapping into 'stringData', which cannot be edited",
        ),
        (
            format!("x: &k <<\nkind: Secret\n*k : {{{}}}\n", DATA.trim_end()),
            "line 3: a key of the Secret is an alias, which cannot be edited",
        ),
    ] {
        for line in [
            ["--ensure", "-bs", "alice", "secret"].as_slice(),
            &["-cbs", "alice", "secret"],
            &["-bs", "alice", "secret"],
            &["-D", "bob"],
            &["-vb", "bob", "secret"],
            &["--import", "-s"],
            &["--import", "--ensure", "-s"],
            &["--check"],
            &["--list"],
        ] {
            let (run, after) = run(&manifest, line);
            run.exits(1).stdout_is("");
            let message = format!("htpasswd: cannot use the manifest s.yaml: {reason}\n");
            assert_eq!(run.stderr(), message, "{line:?}");
            assert_eq!(after, manifest, "{line:?}");
        }
    }
}

const IMMUTABLE: &str = "Warning: the Secret is immutable, so Kubernetes rejects this change; delete the Secret \
                         before you apply the manifest.";
const SOPS: &str = "Warning: the manifest has a sops block, and SOPS cannot decrypt it after this change; use sops to change it.";
const VERSION: &str = "Warning: the apiVersion of the Secret is 'v2' and not v1.";

const FIELDS: [(&str, &str); 3] =
    [("immutable: true\n", IMMUTABLE), ("sops: {mac: x}\n", SOPS), ("apiVersion: v2\n", VERSION)];

/// A call of each mode that writes. Each call changes the value.
const CHANGES: [&[&str]; 6] = [
    &["-bs", "alice", "secret"],
    &["-cbs", "alice", "secret"],
    &["-D", "bob"],
    &["--ensure", "-bs", "alice", "secret"],
    &["--import", "-s"],
    &["--import", "--ensure", "-s"],
];

#[test]
fn changes_that_kubernetes_or_sops_reject_warn() {
    for (field, warning) in FIELDS {
        let manifest = format!("{field}kind: Secret\n{DATA}");
        for line in CHANGES {
            let (run, after) = run(&manifest, line);
            assert!(run.exits(0).warnings().contains(&warning.to_owned()), "{line:?}: {run}");
            assert!(
                after.starts_with(&format!("{field}kind: Secret\ndata: ")) && after != manifest,
                "{after}"
            );
        }
    }
    let manifest = format!("{}kind: Secret\n{DATA}", FIELDS.map(|(field, _)| field).concat());
    let (run, _) = run(&manifest, &["-bs", "alice", "secret"]);
    assert_eq!(run.exits(0).warnings(), [IMMUTABLE, SOPS, VERSION]);
}

#[test]
fn strict_stops_changes_that_kubernetes_or_sops_reject() {
    for (field, warning) in FIELDS {
        let manifest = format!("{field}kind: Secret\n{DATA}");
        for line in CHANGES.iter().filter(|line| line[0] != "-cbs") {
            let (run, after) = run(&manifest, &[&["--strict"], *line].concat());
            run.exits(1).stdout_is("");
            let strict = "htpasswd: --strict treats this warning as an error; nothing was changed\n";
            assert_eq!(run.stderr(), format!("{warning}\n{strict}"), "{line:?}");
            assert_eq!(after, manifest, "{line:?}");
        }
    }
}

#[test]
fn calls_that_change_nothing_do_not_warn() {
    let manifest = FIELDS.map(|(field, _)| field).concat() + "kind: Secret\nstringData:\n  auth: \"bob:";
    let manifest = format!("{manifest}{SHA1}\\n\"\n");
    for line in [
        ["-vb", "bob", "secret"].as_slice(),
        &["--list"],
        &["--ensure", "-bs", "bob", "secret"],
        &["--ensure", "--dry-run", "-bs", "alice", "secret"],
        &["--import", "--dry-run", "-s"],
        &["-D", "unknown"],
    ] {
        let (run, after) = run(&manifest, line);
        run.exits(0).does_not_warn();
        assert_eq!(after, manifest, "{line:?}");
    }
}

#[test]
fn a_manifest_on_standard_input_warns_too() {
    let sandbox = Sandbox::new();
    let call = |line: &[&str], manifest: &str| {
        sandbox.call([&["--secret", "-", "-bs"], line, &["alice", "secret"]].concat()).stdin(manifest).run()
    };
    let manifest = format!("immutable: true\nkind: Secret\n{DATA}");
    let run = call(&[], &manifest);
    assert_eq!(run.exits(0).warnings(), [IMMUTABLE]);
    assert!(run.stdout().starts_with("immutable: true\nkind: Secret\ndata: "), "{run}");
    call(&["--strict"], &manifest).exits(1).stdout_is("");
    call(&[], &format!("x: &m {{}}\n<<: *m\nkind: Secret\n{DATA}")).exits(1).stdout_is("").stderr_has("'<<'");
}
