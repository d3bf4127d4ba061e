//! Tests of findings about argon2, and about schemes that this library names and does not verify.

use super::super::check;
use super::finds;
use crate::document::Document;
use crate::hash::Scheme;
use crate::servers::Server;

/// A hash of argon2id with OWASP's parameters, by the program argon2 of Debian 12.
const ARGON2ID: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$PvSgfyNF2PJwvvyQHhu1Fj1+Y7CWmbCbYhGgqHta9To";

fn message(hash: &str, server: &str) -> String {
    let document = Document::parse(format!("max:{hash}\n"));
    check(&document, Server::named(server)).first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn argon2_is_read_by_radicale_and_caddy_only() {
    let text = format!("max:{ARGON2ID}\n");
    let (alone, radicale): (&[&str], &[&str]) = if cfg!(feature = "argon2") {
        (&["1 Warning rarely-read-scheme"], &[])
    } else {
        (&["1 Warning not-verified"], &["1 Warning not-verified"])
    };
    finds(&text, "", alone);
    finds(&text, "radicale", radicale);
    for server in Server::ALL.iter().filter(|server| server.file.is_some() && server.name != "radicale") {
        let is_plain = server.can_read(Scheme::Plain);
        let expected = if is_plain { "1 Error taken-for-password" } else { "1 Error unreadable-scheme" };
        finds(&text, server.name, &[expected]);
    }
    let caddy = Server::named("caddy").unwrap();
    assert!(caddy.can_read(Scheme::Argon2id) && !caddy.can_read(Scheme::Argon2i));
    let expected = if cfg!(feature = "argon2") {
        "the hash is argon2id; only caddy (2.11 or later, in a block basic_auth argon2id) and \
         radicale (3.5.3 or later) read it"
    } else {
        "the hash is argon2id, which htpasswd does not verify; caddy (2.11 or later, in a block basic_auth \
         argon2id) and radicale (3.5.3 or later) read it"
    };
    assert_eq!(message(ARGON2ID, ""), expected);
    assert_eq!(message(ARGON2ID, "registry"), "registry does not read argon2id; it reads bcrypt");
}

#[cfg(feature = "argon2")]
#[test]
fn a_cost_below_the_recommendations_of_owasp_is_low() {
    for (cost, is_low) in [
        ("m=19456,t=2,p=1", false),
        ("m=19456,t=1,p=1", true),
        ("m=19455,t=2,p=1", true),
        ("m=47104,t=1,p=1", false),
        ("m=47103,t=1,p=1", true),
        ("m=12288,t=3,p=1", false),
        ("m=9216,t=4,p=1", false),
        ("m=7168,t=5,p=4", false),
        ("m=7167,t=16,p=1", true),
    ] {
        for prefix in ["$argon2id$v=19$", "$argon2i$v=19$", "$argon2d$"] {
            let hash = ARGON2ID.replace("$argon2id$v=19$", prefix).replace("m=19456,t=2,p=1", cost);
            finds(format!("max:{hash}\n"), "radicale", if is_low { &["1 Warning low-cost"] } else { &[] });
        }
    }
    finds(format!("max:{}\n", ARGON2ID.replace("t=2", "t=17")), "radicale", &["1 Error high-cost"]);
}

#[cfg(feature = "argon2")]
#[test]
fn argon2_that_this_library_does_not_verify_is_named() {
    let hash = ARGON2ID.replace("p=1", "p=1,keyid=8PDw8A");
    finds(format!("max:{hash}\n"), "radicale", &["1 Warning not-verified"]);
    assert_eq!(
        message(&hash, "radicale"),
        "the hash is argon2id, which htpasswd does not verify; radicale (3.5.3 or later) reads it"
    );
}

#[test]
fn schemes_that_no_server_reads_are_named() {
    for (hash, name) in [
        ("{SSHA512}swXK27O85U86pZxk/sAN6nNhbHQ=", "{SSHA512}"),
        ("{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW", "{BLF-CRYPT}"),
        (
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD",
            "scrypt (PHC format)",
        ),
        ("pbkdf2_sha256$260000$saltsalt$swXK27O85U86pZxk", "pbkdf2_sha256 (Django)"),
    ] {
        let expected =
            format!("the hash is {name}, which htpasswd does not verify and no known server reads");
        assert_eq!(message(hash, ""), expected);
        assert_eq!(message(hash, "registry"), format!("registry does not read {name}; it reads bcrypt"));
        finds(format!("{hash}\n"), "", &["1 Error hash-without-name", "1 Warning no-users"]);
        finds(format!("max:'{hash}'\n"), "nginx", &["1 Error quoted"]);
        finds(format!("max:{hash}\n"), "pypiserver", &["1 Error taken-for-password"]);
    }
}
