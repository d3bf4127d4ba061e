//! `--argon2` makes hashes of argon2id, and argon2 hashes are verified, listed, checked and imported.

use crate::support::check::{finds, private};
use crate::support::import::{import, imported};
use crate::support::{BCRYPT, Sandbox, hash_of};

/// Hashes of `secret` by the program argon2 of Debian 12, the reference implementation.
const HASHES: [&str; 4] = [
    "$argon2i$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$HXUF0bTInM4EKJmawGN8E2P6TZSLJ6ir",
    "$argon2d$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$LdYKcC5NasN7UZQVeA3eE5Z2J2YrZp4d",
    "$argon2id$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI",
    "$argon2id$v=16$m=64,t=2,p=2$c2FsdHNhbHQ$pUMqnmawyTEWjRQLAuEt82E1+EyDeFDl",
];

/// Options for a hash that is computed at once.
const CHEAP: [&str; 2] = ["--argon2", "--argon2-params=m=64,t=2,p=1"];

#[test]
fn a_new_hash_has_the_default_or_the_chosen_cost() {
    for (options, start) in [
        (&["--argon2"][..], "$argon2id$v=19$m=19456,t=2,p=1$"),
        (&CHEAP, "$argon2id$v=19$m=64,t=2,p=1$"),
        (&["--argon2", "--argon2-params", "p=3"], "$argon2id$v=19$m=19456,t=2,p=3$"),
        (&["-B", "--argon2"], "$argon2id$"),
        (&["--for", "radicale", "--argon2"], "$argon2id$"),
    ] {
        let sandbox = Sandbox::new();
        let run = sandbox.run([options, &["-cb", "passwd", "alice", "secret"]].concat());
        run.exits(0).does_not_warn();
        let text = sandbox.text("passwd");
        assert!(hash_of(&text, "alice").starts_with(start), "{options:?}: {text}");
        assert!(sandbox.verifies("alice", "secret") && !sandbox.verifies("alice", "Secret"));
    }
}

#[test]
fn argon2_of_the_reference_implementation_verifies() {
    for hash in HASHES {
        let sandbox = Sandbox::with(format!("alice:{hash}\n"));
        assert!(sandbox.verifies("alice", "secret"), "{hash}");
        sandbox.run(["-vb", "passwd", "alice", "other"]).exits(3).stderr_is("password verification failed\n");
    }
}

#[test]
fn wrong_parameters_are_a_wrong_call_with_one_sentence() {
    for value in ["", "x", "m=7", "m=1048577", "t=0", "t=17", "p=17", "m=8,p=2", "m=64 t=2"] {
        let sandbox = Sandbox::new();
        let run = sandbox.run(["--argon2", "--argon2-params", value, "-cb", "passwd", "alice", "secret"]);
        run.exits(2).stdout_is("").stderr_has("argument to --argon2-params must be like m=19456,t=2,p=1");
        assert_eq!(run.stderr().lines().count(), 2, "{run}");
        assert!(!sandbox.exists("passwd"));
    }
    Sandbox::new()
        .run(["--argon2-params=t=2", "-nb", "alice", "secret"])
        .exits(2)
        .stderr_has("needs --argon2");
}

#[test]
fn servers_that_do_not_read_argon2_reject_the_option() {
    let sandbox = Sandbox::with("");
    let run = sandbox.run(["--for", "nginx", "--argon2", "-b", "passwd", "alice", "secret"]);
    run.exits(2).stderr_has("nginx cannot read the hashes of --argon2");
    assert_eq!(sandbox.text("passwd"), "");
    let caddy = ["--for", "caddy", "--format", "caddy", "-nb", "alice", "secret"];
    let run = sandbox.run([&CHEAP[..], &caddy].concat());
    run.exits(0);
    assert!(run.stdout().starts_with("alice $argon2id$"), "{run}");
}

#[test]
fn many_users_are_imported_with_argon2() {
    let users = (0..9).map(|number| format!("u{number}:pw{number}\n")).collect::<Vec<_>>().concat();
    let sandbox = imported(&CHEAP, users, 9);
    for number in 0..9 {
        assert!(sandbox.verifies(&format!("u{number}"), format!("pw{number}")));
    }
}

#[test]
fn argon2_hashes_are_imported_unchanged_without_a_warning() {
    for hash in HASHES {
        let sandbox = imported(&["--hashed"], format!("alice:{hash}\n"), 1);
        assert_eq!(sandbox.text("passwd"), format!("alice:{hash}\n"));
    }
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &[], format!("alice:{}\n", HASHES[0]));
    run.exits(1).stderr_has("--hashed");
}

#[test]
fn ensure_keeps_a_hash_that_is_strong_enough() {
    let ensure = |options: &[&str], password: &str, expected: &str| {
        let sandbox = Sandbox::with(format!("alice:{}\n", HASHES[2]));
        let run = sandbox.run([&["--ensure", "-b"], options, &["passwd", "alice", password]].concat());
        run.exits(0);
        let text = sandbox.text("passwd");
        assert!(hash_of(&text, "alice").starts_with(expected), "{options:?} {password}: {text}");
        assert!(sandbox.verifies("alice", password));
    };
    ensure(&[], "secret", HASHES[2]);
    ensure(&CHEAP, "secret", HASHES[2]);
    ensure(&["--argon2", "--argon2-params=m=65,t=2"], "secret", "$argon2id$v=19$m=65,t=2,p=1$");
    ensure(&["--argon2", "--argon2-params=m=64,t=3"], "secret", "$argon2id$v=19$m=64,t=3,p=1$");
    // Without a scheme, the new hash is of the old scheme, and has at least the default cost.
    ensure(&[], "other", "$argon2id$v=19$m=19456,t=2,p=2$");
    ensure(&["-B"], "secret", "$2y$10$");
}

#[test]
fn a_plain_call_warns_if_it_replaces_argon2_by_md5() {
    let sandbox = Sandbox::with(format!("alice:{}\n", HASHES[2]));
    sandbox.run(["-b", "passwd", "alice", "secret"]).exits(0).warns().stderr_has("argon2id");
}

#[test]
fn costs_above_the_limits_are_not_computed() {
    for (cost, reason) in [
        ("m=2097152,t=2,p=2", "2 GiB of memory are above the limit 1 GiB"),
        ("m=64,t=17,p=2", "17 passes are above the limit 16"),
        ("m=256,t=2,p=17", "17 lanes are above the limit 16"),
    ] {
        let hash = HASHES[2].replace("m=64,t=2,p=2", cost);
        let sandbox = Sandbox::with(format!("alice:{hash}\n"));
        let run = sandbox.run(["-vb", "passwd", "alice", "secret"]);
        run.exits(3).stderr_is(&format!("password verification failed: {reason} (--no-limits allows it)\n"));
    }
}

#[test]
fn a_check_says_who_reads_argon2() {
    let cost = "m=19456,t=2,p=1";
    let good = HASHES[2].replace("m=64,t=2,p=2", cost);
    let text = format!("alice:{good}\n");
    finds(&text, &[], 8, &["1 warning rarely-read-scheme"]);
    finds(&text, &["--for", "radicale"], 0, &[]);
    finds(&text, &["--for", "registry"], 7, &["1 error unreadable-scheme"]);
    finds(format!("alice:{}\n", HASHES[0]), &["--for", "radicale"], 8, &["1 warning low-cost"]);
    let run = private(&text).run(["--check", "passwd"]);
    run.exits(8);
    let shown = format!("{}{}", run.stdout(), run.stderr());
    for part in
        ["argon2id", "caddy (2.11 or later, in a block basic_auth argon2id)", "radicale (3.5.3 or later)"]
    {
        assert!(shown.contains(part), "{run}");
    }
}

#[test]
fn a_list_has_the_variant_and_the_memory() {
    let sandbox = Sandbox::with(format!("alice:{}\nbob:{BCRYPT}\n", HASHES[0]));
    let run = sandbox.run(["--list", "passwd"]);
    let row = run.stdout();
    let row: Vec<_> =
        row.lines().find(|line| line.starts_with("alice")).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["alice", "argon2i", "64"]);
}

#[test]
fn a_dry_run_of_an_import_computes_cheap_hashes() {
    let sandbox = Sandbox::with("");
    let options = ["--argon2", "--argon2-params=m=1048576,t=16,p=1", "--dry-run"];
    let users = (0..50).map(|number| format!("u{number}:secret\n")).collect::<Vec<_>>().concat();
    let run = import(&sandbox, &options, users);
    run.exits(0).stderr_has("50 added");
    assert_eq!(sandbox.text("passwd"), "");
}
