//! Hashes of schemes that htpasswd does not verify are named, and never called unknown or plain text.

use crate::support::check::{finds, private};
use crate::support::import::{import, imported, imported_with_warnings, is_alone};
use crate::support::{SHA1, Sandbox};

/// Hashes and the names of their schemes.
const HASHES: [(&str, &str); 10] = [
    ("$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "scrypt"),
    (
        "$pbkdf2-sha256$29000$9t7be09prfXee2/NOUeotQ$Y.RDnnq8vsezSZSKy1QNy6xhKPdoBIwc.0XDdRm9sJ8",
        "pbkdf2-sha256",
    ),
    ("$pbkdf2$131000$r5WythYixhgj5BxDiBHCuA$XKDI40IpZ3lD0nSAzT8ezTSuYdc", "pbkdf2-sha1"),
    ("{BLF-CRYPT}$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe", "{BLF-CRYPT}"),
    ("{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG", "{BCRYPT}"),
    ("{SSHA512}swXK27O85U86pZxk/sAN6nNhbHQ=", "{SSHA512}"),
    ("{SMD5}swXK27O85U86pZxk/sAN6nNhbHQ=", "{SMD5}"),
    ("{PBKDF2-SHA256}10000$saltsalt$swXK27O85U86pZxk", "{PBKDF2-SHA256}"),
    ("{ARGON2}$argon2id$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI", "{ARGON2}"),
    ("pbkdf2_sha256$260000$saltsalt$swXK27O85U86pZxk/sAN6nNhbHQ=", "pbkdf2_sha256"),
];

#[test]
fn a_check_names_the_scheme_and_its_readers() {
    for (hash, name) in HASHES {
        let text = format!("alice:{hash}\n");
        finds(&text, &[], 7, &["1 error unreadable-scheme"]);
        finds(&text, &["--for", "nginx"], 7, &["1 error unreadable-scheme"]);
        finds(&text, &["--for", "pypiserver"], 7, &["1 error taken-for-password"]);
        for (options, sentence) in [
            (&["--check", "passwd"][..], "which htpasswd does not verify and no known server reads"),
            (&["--check", "--for", "registry", "passwd"], "; it reads bcrypt"),
        ] {
            let run = private(&text).run(options);
            let shown = format!("{}{}", run.stdout(), run.stderr());
            assert!(shown.contains(name) && shown.contains(sentence), "{run}");
            assert!(!shown.contains(hash), "{run}");
        }
    }
}

#[test]
fn verification_names_the_scheme() {
    for (hash, name) in HASHES {
        let sandbox = Sandbox::with(format!("alice:{hash}\n"));
        let run = sandbox.run(["-vb", "passwd", "alice", "secret"]);
        run.exits(3).stdout_is("");
        let stderr = run.stderr();
        assert!(stderr.starts_with(&format!("password verification failed: the hash is {name}")), "{run}");
        assert!(stderr.ends_with(", which htpasswd does not verify\n"), "{run}");
    }
}

#[test]
fn foreign_hashes_are_imported_with_a_warning() {
    for (hash, name) in HASHES {
        let (sandbox, run) = imported_with_warnings(&["--hashed"], format!("alice:{hash}\n"), 1);
        assert_eq!(sandbox.text("passwd"), format!("alice:{hash}\n"));
        let warnings = run.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains(name), "{run}");
        assert!(warnings[0].ends_with("which no known server reads (line 1)."), "{run}");
    }
}

#[test]
fn a_warning_counts_the_hashes_of_a_scheme() {
    let [first, second] = [HASHES[5].0, HASHES[6].0];
    let list = format!("a:{SHA1}\nb:{first}\nc:{second}\nd:{first}\n");
    let (_, run) = imported_with_warnings(&["--hashed"], &list, 4);
    let warnings = run.warnings();
    assert_eq!(warnings.len(), 2, "{run}");
    assert!(
        warnings[0].contains("2 hashes are {SSHA512}") && warnings[1].contains("1 hash is {SMD5}"),
        "{run}"
    );
    let sandbox = Sandbox::with("");
    import(&sandbox, &["--hashed", "--strict"], &list).exits(1);
    assert_eq!(sandbox.text("passwd"), "");
    is_alone(&sandbox);
    imported(&["--hashed"], format!("a:{SHA1}\n"), 1);
}

#[test]
fn a_list_of_users_names_the_scheme() {
    for (hash, name) in HASHES {
        let run = Sandbox::with(format!("alice:{hash}\n")).run(["--list", "passwd"]);
        run.exits(0);
        assert!(run.stdout().lines().any(|row| row.starts_with("alice") && row.contains(name)), "{run}");
    }
}

#[test]
fn a_password_that_is_a_foreign_hash_warns() {
    for (hash, _) in HASHES {
        let sandbox = Sandbox::with("");
        sandbox.run(["-bs", "passwd", "alice", hash]).exits(0).warns().stderr_has("--hashed");
    }
}

#[test]
fn words_that_only_begin_like_a_hash_stay_unknown() {
    for text in ["{SSHA512}short", "md5$secret", "$nosuch$scheme$of$a$hash", "bcrypt"] {
        finds(format!("alice:{text}\n"), &[], 7, &["1 error unknown-hash"]);
    }
}
