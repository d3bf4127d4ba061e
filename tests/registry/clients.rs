//! The example registry with the clients `docker login` and `skopeo copy`.

use std::fs;

use crate::support::Sandbox;
use crate::support::clients::{Ran, client, have};
use crate::support::images::{blobs, copy, make};
use crate::support::registry::Registry;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(["-cbBC", "4", "passwd", "alice", "abc123"]).exits(0);
    sandbox
}

/// Runs docker without an engine, which `docker login` does not need for a loopback address.
fn docker(sandbox: &Sandbox, args: &[&str], password: &str) -> Ran {
    let root = sandbox.root();
    client(sandbox, "docker", args)
        .env("DOCKER_CONFIG", root.join("docker"))
        .env("DOCKER_HOST", format!("unix://{}/no-engine", root.display()))
        .env("GNUPGHOME", root.join("gnupg"))
        .env("PASSWORD_STORE_DIR", root.join("store"))
        .stdin(password)
        .run()
}

fn configure(sandbox: &Sandbox, text: &str) {
    fs::create_dir(sandbox.root().join("docker")).unwrap();
    fs::write(sandbox.root().join("docker/config.json"), text).unwrap();
}

fn login(registry: &Registry<'_>, user: &str, password: &str) -> Ran {
    docker(registry.sandbox, &["login", "-u", user, "--password-stdin", registry.address()], password)
}

/// Asserts that only the right password logs in, before and after the password is changed to `new`.
#[track_caller]
fn assert_password_change_takes_effect(registry: &Registry<'_>) {
    let unauthorized = "401 Unauthorized";
    login(registry, "alice", "abc124").fails_with(unauthorized);
    login(registry, "unknown", "abc123").fails_with(unauthorized);
    let run = login(registry, "alice", "abc123");
    assert!(run.succeeded && run.stdout.contains("Login Succeeded"), "{run}");

    registry.sandbox.run(["-bBC", "4", "passwd", "alice", "new"]).exits(0);
    registry.login_becomes("alice:new", 200);
    login(registry, "alice", "abc123").fails_with(unauthorized);
    login(registry, "alice", "new").succeeds();
}

#[track_caller]
fn assert_deleted_user_is_rejected(registry: &Registry<'_>) {
    registry.sandbox.run(["-D", "passwd", "alice"]).exits(0);
    registry.login_becomes("alice:new", 401);
    login(registry, "alice", "new").fails_with("401 Unauthorized");
}

#[test]
fn docker_login_stores_credentials_in_its_configuration() {
    let sandbox = sandbox();
    if !have(&["docker"]) {
        return;
    }
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    // Without any login in its configuration, docker would look for a credential store.
    configure(&sandbox, r#"{"auths":{"example.invalid":{}}}"#);
    assert_password_change_takes_effect(&registry);
    let file = fs::read_to_string(sandbox.root().join("docker/config.json")).unwrap();
    // The value is `alice:new` in Base64.
    assert!(file.contains("\"auth\": \"YWxpY2U6bmV3\""), "{file}");
    assert_deleted_user_is_rejected(&registry);
}

#[test]
fn docker_login_stores_credentials_in_a_credential_store() {
    let sandbox = sandbox();
    if !have(&["docker", "docker-credential-pass", "pass", "gpg", "gpgconf"]) {
        return;
    }
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    configure(&sandbox, r#"{"credsStore":"pass"}"#);
    let store = Store::new(&sandbox);
    assert_password_change_takes_effect(&registry);
    let file = fs::read_to_string(sandbox.root().join("docker/config.json")).unwrap();
    assert!(!file.contains("\"auth\""), "{file}");
    let kept = store.run("docker-credential-pass", &["get"], registry.address());
    assert!(kept.stdout.contains(r#""Username":"alice","Secret":"new""#), "{kept}");
    assert_deleted_user_is_rejected(&registry);
}

/// The password store `pass`, with a key of its own.
struct Store<'a>(&'a Sandbox);

impl<'a> Store<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        let store = Self(sandbox);
        client(sandbox, "mkdir", &["-m", "700", "../gnupg"]).run().succeeds();
        let key = "--quick-generate-key tester@localhost default default never";
        let options = ["--batch", "--pinentry-mode", "loopback", "--passphrase", ""];
        store.run("gpg", &[&options, &key.split(' ').collect::<Vec<_>>()[..]].concat(), "").succeeds();
        store.run("pass", &["init", "tester@localhost"], "").succeeds();
        store
    }

    fn run(&self, name: &str, args: &[&str], input: &str) -> Ran {
        let run = client(self.0, name, args).env("GNUPGHOME", self.0.root().join("gnupg"));
        run.env("PASSWORD_STORE_DIR", self.0.root().join("store")).stdin(input).run()
    }
}

impl Drop for Store<'_> {
    fn drop(&mut self) {
        // This command stops only the gpg agent that holds the key of this test.
        self.run("gpgconf", &["--kill", "all"], "");
    }
}

#[test]
fn skopeo_pushes_and_pulls_over_http() {
    let sandbox = sandbox();
    if !have(&["skopeo", "tar", "gzip"]) {
        return;
    }
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    make(&sandbox);
    let image = registry.image("library/hello:1");
    let push = |credentials: &[&str]| {
        copy(&sandbox, &[&["--dest-tls-verify=false"], credentials, &["oci:image", &image]].concat())
    };
    let pull = |credentials: &[&str], to: &str| {
        copy(&sandbox, &[&["--src-tls-verify=false"], credentials, &[&image, to]].concat())
    };
    push(&[]).fails_with("unauthorized");
    push(&["--dest-creds", "alice:abc124"]).fails_with("unauthorized");
    pull(&["--src-creds", "alice:abc123"], "oci:none").fails_with("manifest unknown");

    push(&["--dest-creds", "alice:abc123"]).succeeds();
    pull(&["--src-creds", "alice:abc123"], "oci:back").succeeds();
    assert_eq!(blobs(&sandbox, "back"), blobs(&sandbox, "image"));
    assert_eq!(blobs(&sandbox, "back").len(), 3);
    let catalog = registry.curl("/v2/_catalog", &["-u", "alice:abc123"]);
    assert_eq!(catalog.body, "{\"repositories\":[\"library/hello\"]}");

    pull(&[], "oci:none").fails_with("unauthorized");
    sandbox.run(["-D", "passwd", "alice"]).exits(0);
    registry.login_becomes("alice:abc123", 401);
    pull(&["--src-creds", "alice:abc123"], "oci:none").fails_with("unauthorized");
    push(&["--dest-creds", "alice:abc123"]).fails_with("unauthorized");
}
