//! The hash that each scheme option makes. Apache's tool and openssl verify these hashes. These tests pass on both
//! programs.

use std::path::Path;
use std::process::Command;

use crate::support::{PLAIN_WARNING, SHA1, Sandbox, TWO_USERS, bytes, has_tool, is_crypt_text};

/// The record that `-n` prints for these options, user `alice` and password `secret`.
#[track_caller]
fn printed(options: &[&str]) -> String {
    let run = Sandbox::new().run([options, &["alice", "secret"]].concat());
    run.exits(0);
    let text = run.stdout();
    text.strip_prefix("alice:")
        .and_then(|rest| rest.strip_suffix("\n\n"))
        .expect("a record and an empty line")
        .to_owned()
}

#[test]
fn apr1_is_the_default_and_has_8_characters_of_salt() {
    for options in [["-nb"].as_slice(), &["-nbm"]] {
        let hash = printed(options);
        let (salt, digest) = hash.strip_prefix("$apr1$").unwrap().split_once('$').unwrap();
        assert!(is_crypt_text(salt, 8) && is_crypt_text(digest, 22), "{hash}");
    }
}

#[test]
fn bcrypt_is_2y_and_has_cost_5_by_default() {
    for (options, start) in [
        (["-nbB"].as_slice(), "$2y$05$"),
        (&["-nbB", "-C", "4"], "$2y$04$"),
        (&["-nbB", "-C", "6"], "$2y$06$"),
        (&["-nbB", "-C", "10"], "$2y$10$"),
    ] {
        let hash = printed(options);
        assert!(hash.strip_prefix(start).is_some_and(|rest| is_crypt_text(rest, 53)), "{hash}");
    }
}

#[test]
fn sha256_and_sha512_have_16_characters_of_salt() {
    for (options, start, length) in [("-nb2", "$5$", 43), ("-nb5", "$6$", 86)] {
        let hash = printed(&[options]);
        let (salt, digest) = hash.strip_prefix(start).unwrap().split_once('$').unwrap();
        assert!(is_crypt_text(salt, 16) && is_crypt_text(digest, length), "{hash}");
    }
}

#[test]
fn rounds_are_in_the_hash_if_they_are_given() {
    for (scheme, start) in [("-nb2", "$5$"), ("-nb5", "$6$")] {
        assert!(!printed(&[scheme]).contains("rounds="));
        for rounds in ["1000", "1001", "4999", "5000", "5001"] {
            for letter in ["-r", "-C"] {
                let hash = printed(&[scheme, letter, rounds]);
                assert!(hash.starts_with(&format!("{start}rounds={rounds}$")), "{hash}");
            }
        }
    }
}

#[test]
fn a_des_hash_has_13_characters() {
    let hash = printed(&["-nbd"]);
    assert!(is_crypt_text(&hash, 13), "{hash}");
}

#[test]
fn sha1_has_no_salt() {
    assert_eq!(printed(&["-nbs"]), SHA1);
}

#[test]
fn the_hash_of_plain_text_is_the_password() {
    for password in ["secret", "with:colons:", " blanks ", "a\tb", "pässword", "$apr1$", "#", ":"] {
        let run = Sandbox::new().run(["-nbp", "alice", password]);
        run.exits(0).stdout_is(&format!("alice:{password}\n\n")).stderr_is(PLAIN_WARNING);
    }
}

#[test]
fn salts_differ_between_runs() {
    for options in
        [["-nb"].as_slice(), &["-nbB", "-C", "4"], &["-nb2", "-r", "1000"], &["-nb5", "-r", "1000"]]
    {
        assert_ne!(printed(options), printed(options));
    }
}

#[test]
fn a_hash_of_each_scheme_verifies_its_password() {
    for options in [
        ["-b"].as_slice(),
        &["-bm"],
        &["-bB", "-C", "4"],
        &["-b2"],
        &["-b5"],
        &["-b5r1000"],
        &["-bd"],
        &["-bs"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.run([options, &["passwd", "alice", "pässw0r"]].concat()).exits(0);
        assert!(sandbox.verifies("alice", "pässw0r"), "{options:?}");
        assert!(!sandbox.verifies("alice", "pässw0R"), "{options:?}");
        assert!(!sandbox.verifies("alice", ""), "{options:?}");
    }
}

#[test]
fn apaches_tool_verifies_hashes_of_this_program() {
    let apache = Path::new("/usr/bin/htpasswd");
    if !apache.exists() {
        crate::support::skipped("Apache's htpasswd is not installed");
        return;
    }
    for options in
        [["-bm"].as_slice(), &["-bB", "-C", "4"], &["-b2"], &["-b5", "-r", "2000"], &["-bd"], &["-bs"]]
    {
        for password in
            [b"secret".as_slice(), b"", b"p\xe4ss w\xf6rd", b"\xff\xff\xa3", &[b'x'; 72], b"line\nbreak"]
        {
            let sandbox = Sandbox::with("");
            let mut args: Vec<_> = options.iter().map(Into::into).collect();
            args.extend(["passwd".into(), "alice".into(), bytes(password)]);
            sandbox.run(args).exits(0);
            let verified = |password: &[u8]| {
                let mut command = Command::new(apache);
                command.arg("-vb").arg(sandbox.path("passwd")).arg("alice").arg(bytes(password));
                command.output().unwrap().status.success()
            };
            assert!(verified(password), "{options:?} {}", password.escape_ascii());
            // The wrong password has an additional first character, because DES reads only 8 bytes.
            assert!(!verified(&[b"!", password].concat()), "{options:?} {}", password.escape_ascii());
        }
    }
}

#[test]
fn openssl_makes_the_same_hash_from_the_same_salt() {
    if !has_tool("openssl", &["passwd", "-6", "-salt", "x", "x"]) {
        crate::support::skipped("openssl is not installed");
        return;
    }
    for (options, kind) in
        [(["-nbm"].as_slice(), "-apr1"), (&["-nb2"], "-5"), (&["-nb5"], "-6"), (&["-nb5r1234"], "-6")]
    {
        let hash = printed(options);
        let (front, _) = hash.rsplit_once('$').unwrap();
        let salt = front.trim_start_matches("$apr1$").trim_start_matches("$5$").trim_start_matches("$6$");
        let output =
            Command::new("openssl").args(["passwd", kind, "-salt", salt, "secret"]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), hash);
    }
}
