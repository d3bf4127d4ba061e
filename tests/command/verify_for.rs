//! `-v --for SERVER`: the password is verified as the server does it, and the server must read the record.

use crate::support::check::{STRONG, private};
use crate::support::{APR1, Run, SHA1, Sandbox, hash_of};

/// Verifies a password of `alice` for servers.
fn verify(sandbox: &Sandbox, servers: &str, password: &str) -> Run {
    sandbox.run(["-vb", "--for", servers, "passwd", "alice", password])
}

/// A hash of the password `other`.
fn other_hash() -> String {
    hash_of(&Sandbox::new().run(["-nbs", "alice", "other"]).stdout(), "alice")
}

#[test]
fn a_record_that_the_server_reads_is_verified() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    for servers in ["registry", "nginx", "registry,nginx,traefik"] {
        verify(&sandbox, servers, "secret")
            .exits(0)
            .stdout_is("")
            .stderr_is("Password for user alice correct.\n");
        verify(&sandbox, servers, "wrong").exits(3).stderr_is("password verification failed\n");
    }
    sandbox
        .run(["-vb", "--for", "nginx", "passwd", "bob", "secret"])
        .exits(6)
        .stderr_is("User bob not found\n");
}

#[test]
fn a_right_password_does_not_help_if_the_server_does_not_read_the_scheme() {
    let sandbox = private(format!("alice:{SHA1}\n"));
    verify(&sandbox, "nginx", "secret").exits(0);
    for servers in ["registry", "nginx,registry"] {
        verify(&sandbox, servers, "secret").exits(3).stderr_is(
            "password verification failed: the password is right, but registry does not read this record: \
             registry does not read {SHA}; it reads bcrypt\n",
        );
        verify(&sandbox, servers, "wrong").exits(3).stderr_is("password verification failed\n");
    }
}

#[test]
fn a_right_password_does_not_help_if_the_server_rejects_the_file() {
    for (text, server, reason) in [
        (
            format!("alice:{STRONG}\nno colon\n"),
            "registry",
            "the line has no colon; htpasswd does not change a file with such a line; registry rejects the whole file",
        ),
        (
            format!("\u{feff}alice:{STRONG}\n"),
            "nginx",
            "the file starts with a byte order mark, which becomes part of the user name; nginx rejects the user",
        ),
        (
            format!("alice:{STRONG}\n"),
            "caddy",
            "caddy reads no password file; its hashes are in the Caddyfile",
        ),
        (
            format!(" alice:{STRONG}\n"),
            "nginx",
            "there is white space before the user name; nginx rejects the user",
        ),
    ] {
        let run = verify(&private(text), server, "secret");
        run.exits(3).stderr_is(&format!(
            "password verification failed: the password is right, but {server} does not read this record: {reason}\n"
        ));
    }
}

#[test]
fn a_right_password_does_not_help_if_the_server_cannot_read_the_file() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    if crate::support::check::group_of_web_servers().is_none() {
        return crate::support::skipped("no group www-data");
    }
    verify(&sandbox, "nginx", "secret").exits(0);
    let sandbox = Sandbox::with(format!("alice:{STRONG}\n"));
    sandbox.set_mode("passwd", 0o600);
    verify(&sandbox, "nginx", "secret").exits(3).stderr_has(
        "the password is right, but nginx does not read this record: nginx runs as www-data, which cannot ",
    );
    sandbox.run(["-vb", "passwd", "alice", "secret"]).exits(0);
}

#[test]
fn the_record_that_the_server_uses_is_verified() {
    let sandbox = private(format!("alice:{}\nbob:{STRONG}\nalice:{STRONG}\n", other_hash()));
    verify(&sandbox, "lighttpd", "other").exits(0).stderr_is("Password for user alice correct.\n");
    verify(&sandbox, "registry", "secret").exits(0).stderr_is(
        "Password for user alice correct.\nregistry uses the record in line 3, which is not the first one.\n",
    );
    verify(&sandbox, "registry", "other").exits(3).stderr_is(
        "password verification failed: the password is right for the record in line 1, \
         but registry uses the record in line 3\n",
    );
    verify(&sandbox, "registry", "wrong")
        .exits(3)
        .stderr_is("password verification failed: registry uses the record in line 3\n");
    verify(&sandbox, "lighttpd", "secret").exits(3).stderr_is("password verification failed\n");
    verify(&sandbox, "lighttpd,registry", "secret").exits(3).stderr_is("password verification failed\n");
}

#[test]
fn a_server_that_tries_all_records_accepts_each_password() {
    let sandbox = private(format!("alice:{}\nalice:{APR1}\n", other_hash()));
    verify(&sandbox, "h2o", "other").exits(0).stderr_is("Password for user alice correct.\n");
    verify(&sandbox, "h2o", "secret").exits(0).stderr_has("h2o uses the record in line 2");
    verify(&sandbox, "h2o", "wrong").exits(3).stderr_is("password verification failed\n");
}

#[test]
fn text_that_the_server_ignores_is_no_part_of_the_hash() {
    let sandbox = private(format!("alice:{STRONG}tail\n"));
    verify(&sandbox, "registry", "secret").exits(0);
    verify(&sandbox, "nginx", "secret").exits(3).stderr_has("the hash is malformed; no password matches it");
    sandbox.run(["-vb", "passwd", "alice", "secret"]).exits(3);
}

#[test]
fn plain_text_is_verified_for_a_server_that_reads_it() {
    let sandbox = private("alice:geheim\n");
    verify(&sandbox, "pypiserver", "geheim").exits(0);
    verify(&sandbox, "pypiserver", "falsch").exits(3).stderr_is("password verification failed\n");
    verify(&sandbox, "registry", "geheim").exits(3).stderr_has("plain text is not verified");
}

#[test]
fn hashes_that_no_password_matches_have_the_messages_of_v() {
    for (hash, exit, message) in [
        ("", 7, "Empty hash for user alice\n"),
        (
            "*",
            3,
            "password verification failed: the user is locked: no password matches a hash that starts with '*' or '!'\n",
        ),
        ("$2y$10$short", 3, "password verification failed: the hash is malformed; no password matches it\n"),
    ] {
        verify(&private(format!("alice:{hash}\n")), "nginx", "x").exits(exit).stderr_is(message);
    }
}

#[test]
fn a_user_of_a_manifest_is_verified_for_its_server() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "s.yaml",
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  auth: |\n    alice:{APR1}\n"
        ),
    );
    let verify =
        |server: &str| sandbox.run(["--secret", "s.yaml", "-vb", "--for", server, "alice", "secret"]);
    verify("ingress-nginx").exits(0);
    verify("registry").exits(3).stderr_has("registry does not read apr1; it reads bcrypt");
}

#[test]
fn no_message_has_the_password_or_a_hash() {
    let sandbox = private(format!("alice:{SHA1}\nalice:{STRONG}\n"));
    for servers in ["registry", "traefik", "nginx,registry", "caddy"] {
        for password in ["secret", "geheimnis"] {
            let text = verify(&sandbox, servers, password).stderr();
            assert!(!text.contains("secret") && !text.contains("geheimnis"), "{text}");
            assert!(!text.contains(SHA1) && !text.contains(STRONG), "{text}");
        }
    }
}
