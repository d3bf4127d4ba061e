//! Schemes, their costs and rounds, and hashes that other programs have made.

use std::time::Duration;

use super::{FIRST, SECOND, WRONG, is_rejected};
use crate::support::{BCRYPT, Exit, SHA1, Sandbox, TWO_USERS, hash_of, original};

#[test]
fn d09_rounds_out_of_range_are_rejected() {
    for (options, rounds) in [
        ("-2", "1"),
        ("-2", "999"),
        ("-5", "1"),
        ("-5", "12"),
        ("-5", "999"),
        ("-2", "1000000000"),
        ("-5", "1000000000"),
    ] {
        for letter in ["-r", "-C"] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run =
                sandbox.call([options, letter, rounds, "passwd", "bob"]).stdin("secret\nsecret\n").run();
            if original() {
                run.exits(0);
                assert_eq!(hash_of(&sandbox.text("passwd"), "bob"), "*0");
            } else {
                is_rejected(&sandbox, &run, 2);
                run.stderr_has("1000").stderr_has("999999999");
                assert!(!run.stderr().contains(FIRST), "asked before the check\n{run}");
            }
        }
    }
}

#[test]
fn d10_numbers_do_not_wrap() {
    for (options, number, range, wrapped) in [
        ("-nbB", "4294967300", ["4", "17"], "$2y$04$"),
        ("-nbB", "4294967296", ["4", "17"], "$2y$05$"),
        ("-nb5", "4294968296", ["1000", "999999999"], "$6$rounds=1000$"),
        ("-nb2", "4294967296", ["1000", "999999999"], "$5$"),
    ] {
        let run = Sandbox::new().run([options, "-C", number, "alice", "secret"]);
        if original() {
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("alice:{wrapped}")), "{run}");
        } else {
            run.exits(2).stdout_is("").stderr_has(range[0]).stderr_has(range[1]);
        }
    }
}

#[test]
fn d24_the_default_scheme_and_cost_are_as_before() {
    let sandbox = Sandbox::with(format!("alice:{BCRYPT}\n"));
    sandbox.run(["-b", "passwd", "alice", "secret"]).exits(0).stderr_is("Updating password for user alice\n");
    assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$apr1$"));
    sandbox.run(["-bB", "passwd", "alice", "secret"]).exits(0);
    assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$2y$05$"));
}

#[test]
fn d49_a_weak_default_beside_stronger_hashes_warns() {
    for (content, part) in [
        (format!("alice:{BCRYPT}\n"), Some("weaker than the user's bcrypt; use -B or --for SERVER")),
        (
            format!("bob:{SHA1}\ncarol:{BCRYPT}\n"),
            Some("weaker than the bcrypt of other users; use -B or --for"),
        ),
        (format!("bob:{SHA1}\nalice:{SHA1}\n"), None),
    ] {
        let sandbox = Sandbox::with(&content);
        let run = sandbox.run(["-b", "passwd", "alice", "secret"]);
        run.exits(0).stdout_is("");
        assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$apr1$"));
        let part = part.filter(|_| !original());
        let warnings = run.warnings();
        assert_eq!(warnings.len(), usize::from(part.is_some()), "{run}");
        assert!(part.is_none_or(|part| warnings[0].contains(part)), "{run}");
        // A call with a scheme does not warn.
        sandbox.run(["-bm", "passwd", "alice", "secret"]).exits(0).does_not_warn();
    }
}

#[test]
fn d26_a_cost_above_the_limit_is_named_and_not_verified() {
    for cost in ["18", "20"] {
        let sandbox = Sandbox::with(format!("u:{}\n", BCRYPT.replace("$04$", &format!("${cost}$"))));
        let run = sandbox.call(["-vb", "passwd", "u", "secret"]).limit(Duration::from_millis(400)).run();
        // Cost 18 takes many seconds, so the test does not wait for the result. Apache's tool gives up at once.
        assert_eq!(run.exit, if original() { Exit::Code(9) } else { Exit::TimedOut }, "{run}");
    }
    for (cost, reason) in [("21", "cost 21"), ("31", "cost 31")] {
        let sandbox = Sandbox::with(format!("u:{}\n", BCRYPT.replace("$04$", &format!("${cost}$"))));
        let run = sandbox.run(["-vb", "passwd", "u", "secret"]);
        if original() {
            run.exits(9).stderr_is("Could not verify password: Invalid argument\n");
            continue;
        }
        let message =
            format!("password verification failed: {reason} is above the limit 20 (--no-limits allows it)\n");
        run.exits(3).stderr_is(&message);
        let line = ["--no-limits", "-vb", "passwd", "u", "secret"];
        let run = sandbox.call(line).limit(Duration::from_millis(400)).run();
        assert_eq!(run.exit, Exit::TimedOut, "{run}");
    }
    let rounds = "$6$rounds=999999999$saltsalt$".to_owned() + &".".repeat(86);
    let sandbox = Sandbox::with(format!("u:{rounds}\n"));
    let run = sandbox.call(["-vb", "passwd", "u", "secret"]).limit(Duration::from_millis(400)).run();
    if original() {
        assert_eq!(run.exit, Exit::TimedOut, "{run}");
    } else {
        run.exits(3).stderr_has("999999999 rounds are above the limit 50000000 (--no-limits allows it)");
    }
    let broken =
        [BCRYPT.replace("$04$", "$03$"), BCRYPT.replace("abcd", "abc!"), BCRYPT.replace("2y$04", "2a$32")];
    for hash in broken {
        let run = Sandbox::with(format!("u:{hash}\n")).run(["-vb", "passwd", "u", "secret"]);
        if original() {
            run.exits(9).stderr_is("Could not verify password: Invalid argument\n");
        } else {
            run.exits(3).stderr_is(WRONG);
        }
    }
}

#[test]
fn d28_verifying_plain_text_fails_with_the_reason() {
    for password in ["secret", "s", "a password of some length"] {
        let sandbox = Sandbox::with(format!("u:{password}\n"));
        let run = sandbox.run(["-vb", "passwd", "u", password]);
        run.exits(3).stderr_has("password verification failed");
        if original() {
            run.stderr_is(WRONG);
        } else {
            assert!(run.stderr().to_lowercase().contains("plain"), "{run}");
        }
    }
}

#[test]
fn d40_an_invalid_cost_is_rejected_before_the_prompts() {
    for cost in ["1", "2", "3", "18", "31", "32", "99", "5000", "2147483647", "99999999999999999999"] {
        let sandbox = Sandbox::with(TWO_USERS);
        for mode in ["-BC", "-cBC"] {
            let run = sandbox.call([mode, cost, "passwd", "alice"]).stdin("secret\nsecret\n").run();
            if original() {
                run.exits(3)
                    .stderr_has("Unable to encode with bcrypt: Invalid argument\n")
                    .stderr_has(SECOND);
            } else {
                is_rejected(&sandbox, &run, 2);
                run.stderr_has("4").stderr_has("17");
                assert!(!run.stderr().contains(FIRST), "asked before the check\n{run}");
            }
        }
    }
}

#[test]
fn d43_salted_sha1_verifies() {
    // These are hashes of "secret" with the salts "salt" and "saltsalt" and with an empty salt.
    for hash in [
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
        "{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA==",
        "{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    ] {
        let sandbox = Sandbox::with(format!("u:{hash}\n"));
        sandbox.run(["-vb", "passwd", "u", "secret"]).exits(if original() { 3 } else { 0 });
        sandbox.run(["-vb", "passwd", "u", "wrong"]).exits(3).stderr_is(WRONG);
    }
    for broken in [
        "{SSHA}",
        "{SSHA}AAAA",
        "{ssha}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0x",
    ] {
        let run = Sandbox::with(format!("u:{broken}\n")).run(["-vb", "passwd", "u", "secret"]);
        run.exits(3).stderr_is(WRONG);
    }
}
