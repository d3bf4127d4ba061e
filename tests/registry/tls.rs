//! The example registry over HTTPS, with certificates made as in common tutorials.

use std::fs;

use crate::support::clients::{client, have};
use crate::support::images::{blobs, copy, make};
use crate::support::registry::{Registry, example};
use crate::support::{SHA1, Sandbox};

/// Creates a private certificate authority, and a certificate that it signs for a name and an address.
const PRIVATE_AUTHORITY: &str = r#"set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj "/CN=Own authority"
openssl req -newkey rsa:2048 -nodes -keyout domain.key -out domain.csr -subj /CN=localhost
echo subjectAltName=DNS:localhost,IP:127.0.0.1 > names
openssl x509 -req -in domain.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out domain.crt
"#;

/// Creates a self-signed certificate, as in Docker's documentation.
const SELF_SIGNED: &str = r"set -e
openssl req -newkey rsa:4096 -nodes -sha256 -keyout domain.key -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -x509 -days 365 -subj /CN=localhost -out domain.crt
cp domain.crt ca.crt
";

const TLS: [&str; 3] = ["--tls", "../certs/domain.crt", "../certs/domain.key"];

/// Returns a sandbox with the certificates that the script makes. The directory `trusted` contains only `ca.crt`.
fn sandbox(script: &str) -> Option<Sandbox> {
    if !have(&["openssl"]) {
        return None;
    }
    let sandbox = Sandbox::with(format!("alice:{SHA1}\n"));
    let script = format!("mkdir ../certs ../trusted; cd ../certs\n{script}\ncp ca.crt ../trusted");
    client(&sandbox, "sh", &["-c", &script]).run().succeeds();
    Some(sandbox)
}

fn assert_curl_trusts(script: &str) {
    let Some(sandbox) = sandbox(script) else { return };
    let Some(registry) = Registry::start(&sandbox, &TLS) else { return };
    let authority = ["--cacert", "../trusted/ca.crt"];
    for (credentials, status) in [("alice:secret", 200), ("alice:wrong", 401)] {
        let answer = registry.curl("/v2/", &[&authority[..], &["-u", credentials]].concat());
        assert_eq!(answer.status, status);
    }
    let by_name = format!("https://localhost:{}/v2/", registry.port());
    client(&sandbox, "curl", &[&authority[..], &["-sf", "-u", "alice:secret", &by_name]].concat())
        .run()
        .succeeds();
    client(&sandbox, "curl", &["-sS", &registry.url("/v2/")]).run().fails_with("certificate");
    // The HTTPS port does not answer requests over HTTP.
    let plain = registry.url("/v2/").replace("https:", "http:");
    assert!(!client(&sandbox, "curl", &["-sf", "-u", "alice:secret", &plain]).run().succeeded);
}

#[test]
fn curl_accepts_a_certificate_of_a_private_authority() {
    assert_curl_trusts(PRIVATE_AUTHORITY);
}

#[test]
fn curl_accepts_a_self_signed_certificate() {
    assert_curl_trusts(SELF_SIGNED);
}

#[test]
fn skopeo_pushes_and_pulls_over_https() {
    if !have(&["skopeo", "tar", "gzip"]) {
        return;
    }
    let Some(sandbox) = sandbox(PRIVATE_AUTHORITY) else { return };
    let Some(registry) = Registry::start(&sandbox, &TLS) else { return };
    make(&sandbox);
    let image = registry.image("hello:1");
    let push = |options: &[&str], credentials| {
        copy(&sandbox, &[options, &["--dest-creds", credentials, "oci:image", &image]].concat())
    };
    push(&[], "alice:secret").fails_with("certificate signed by unknown authority");
    push(&["--dest-cert-dir", "../trusted"], "alice:wrong").fails_with("unauthorized");
    push(&["--dest-cert-dir", "../trusted"], "alice:secret").succeeds();
    let pull = ["--src-cert-dir", "../trusted", "--src-creds", "alice:secret", &image, "oci:back"];
    copy(&sandbox, &pull).succeeds();
    assert_eq!(blobs(&sandbox, "back"), blobs(&sandbox, "image"));
}

/// The docker client checks no certificate for a loopback address. For other addresses, the engine reads authorities
/// from `/etc/docker/certs.d`, and the test has no engine.
#[test]
fn docker_login_works_over_https() {
    if !have(&["docker"]) {
        return;
    }
    let Some(sandbox) = sandbox(PRIVATE_AUTHORITY) else { return };
    let Some(registry) = Registry::start(&sandbox, &TLS) else { return };
    let directory = sandbox.root().join("docker");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("config.json"), r#"{"auths":{"example.invalid":{}}}"#).unwrap();
    let login = |password| {
        let args = ["login", "-u", "alice", "--password-stdin", registry.address()];
        let docker = client(&sandbox, "docker", &args).env("DOCKER_CONFIG", &directory);
        docker.env("DOCKER_HOST", "unix:///no-engine").stdin(password).run()
    };
    login("secret").succeeds();
    login("wrong").fails_with("401 Unauthorized");
}

#[test]
fn an_unreadable_certificate_is_an_error_at_start() {
    let sandbox = Sandbox::with(format!("alice:{SHA1}\n"));
    sandbox.write("empty", "");
    for files in [["missing", "missing"], ["empty", "empty"]] {
        let run =
            client(&sandbox, example().to_str().unwrap(), &["passwd", "--tls", files[0], files[1]]).run();
        run.fails_with("registry: ");
        assert_eq!(run.stdout, "");
    }
}
