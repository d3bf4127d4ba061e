//! htpasswd does not compute stored hashes with a cost above its limits, unless `--no-limits` is given.

use std::time::Duration;

use crate::support::{BCRYPT, Exit, Run, SHA1, Sandbox};

/// Hashes that would need days or too much memory, and the message about each.
fn costly() -> [(String, &'static str); 6] {
    let digest = |length: usize| ".".repeat(length);
    [
        (BCRYPT.replace("$04$", "$31$"), "cost 31 is above the limit 20"),
        (BCRYPT.replace("$04$", "$21$"), "cost 21 is above the limit 20"),
        (
            format!("$5$rounds=999999999$saltsalt${}", digest(43)),
            "999999999 rounds are above the limit 50000000",
        ),
        (
            format!("$6$rounds=50000001$saltsalt${}", digest(86)),
            "50000001 rounds are above the limit 50000000",
        ),
        (format!("$y$jIT$saltsalt${}", digest(43)), "8 GiB of memory are above the limit 1 GiB"),
        (format!("$y$jGT$saltsalt${}", digest(43)), "2 GiB of memory are above the limit 1 GiB"),
    ]
}

/// A sandbox whose password file gives alice this hash, and the text of that file.
fn with(hash: &str) -> (Sandbox, String) {
    let text = format!("bob:{SHA1}\nalice:{hash}\n# the end\n");
    let sandbox = Sandbox::with(&text);
    sandbox.write("users", "bob:secret\nalice:secret\n");
    (sandbox, text)
}

#[test]
fn verifying_above_a_limit_exits_with_3_and_names_the_limit() {
    for (hash, reason) in costly() {
        let (sandbox, text) = with(&hash);
        let run = sandbox.run(["-vb", "passwd", "alice", "secret"]);
        run.exits(3).stdout_is("");
        assert_eq!(run.stderr(), format!("password verification failed: {reason} (--no-limits allows it)\n"));
        assert_eq!(sandbox.text("passwd"), text);
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(0);
    }
}

#[test]
fn ensuring_above_a_limit_fails_and_leaves_the_file_alone() {
    for (hash, reason) in costly() {
        let (sandbox, text) = with(&hash);
        for line in [
            ["--ensure", "-b", "passwd", "alice", "secret"].as_slice(),
            &["--ensure", "--dry-run", "-b", "passwd", "alice", "secret"],
            &["--import", "--ensure", "passwd", "users"],
            &["--import", "--ensure", "--prune", "passwd", "users"],
            &["--import", "--ensure", "--dry-run", "passwd", "users"],
        ] {
            let run = sandbox.run(line);
            run.exits(1).stdout_is("");
            let message = format!(
                "htpasswd: cannot compare the password of user alice: {reason} (--no-limits allows it)\n"
            );
            assert_eq!(run.stderr(), message, "{line:?}");
            assert_eq!(sandbox.text("passwd"), text, "{line:?}");
        }
    }
}

#[test]
fn calls_that_compute_no_stored_hash_work_on_costly_records() {
    for (hash, _) in costly() {
        let (sandbox, text) = with(&hash);
        sandbox.run(["--list", "passwd"]).exits(0);
        sandbox.run(["--check", "passwd"]).exits(7);
        sandbox.run(["--ensure", "-bs", "passwd", "bob", "secret"]).exits(0).stderr_has("unchanged");
        // The call names another scheme, so the stored hash is replaced without a comparison.
        sandbox.run(["--ensure", "--dry-run", "-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("passwd"), text);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("passwd"), text.replace(&hash, SHA1));
        let (sandbox, text) = with(&hash);
        sandbox.run(["-D", "passwd", "alice"]).exits(0);
        assert_eq!(sandbox.text("passwd"), text.replace(&format!("alice:{hash}\n"), ""));
        let (sandbox, text) = with(&hash);
        sandbox.run(["--import", "-s", "passwd", "users"]).exits(0);
        assert_eq!(sandbox.text("passwd"), text.replace(&hash, SHA1));
    }
}

#[test]
fn no_limits_computes_a_hash_of_any_cost() {
    let hash = BCRYPT.replace("$04$", "$31$");
    for line in [
        ["--no-limits", "-vb", "passwd", "alice", "secret"].as_slice(),
        &["--ensure", "--no-limits", "-b", "passwd", "alice", "secret"],
        &["--import", "--ensure", "--no-limits", "passwd", "users"],
    ] {
        let (sandbox, text) = with(&hash);
        // Hashing would take hours, so the test only checks that the program is still running after a while.
        let run: Run = sandbox.call(line).limit(Duration::from_millis(400)).run();
        assert_eq!((run.exit, run.stderr()), (Exit::TimedOut, String::new()), "{line:?}");
        assert_eq!(sandbox.text("passwd"), text);
    }
}

#[test]
fn no_limits_works_in_every_mode_that_reads_a_file() {
    let (sandbox, _) = with(BCRYPT);
    for (line, code) in [
        (["--no-limits", "-vb", "passwd", "alice", "secret"].as_slice(), 0),
        (&["--no-limits", "-bs", "passwd", "alice", "secret"], 0),
        (&["--no-limits", "--list", "passwd"], 0),
        (&["--no-limits", "--check", "passwd"], 8),
        (&["--no-limits", "--check", "--fix", "passwd"], 8),
        (&["--no-limits", "--import", "-s", "passwd", "users"], 0),
        (&["--no-limits", "-D", "passwd", "alice"], 0),
        (&["--no-limits", "-cbs", "passwd", "alice", "secret"], 0),
    ] {
        sandbox.run(line).exits(code);
    }
    let run = sandbox.run(["--no-limits", "-nb", "alice", "secret"]);
    run.is_wrong_call("--no-limits cannot be combined with -n");
}
