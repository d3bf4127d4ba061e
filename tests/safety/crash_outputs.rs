//! Tests that kill the program at each of its system calls while it writes a second file: the passwords of
//! `--import --generate`, or a backup.
//!
//! After a kill, no new password may be in force unless all passwords were handed out, and the password file may have
//! changed only if the whole backup exists.

use crate::support::strace::{can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::users;
use crate::support::{Exit, Sandbox};

const GENERATE: &[&str] = &["--import", "--generate", "-s", "--output", "out.csv", "passwd", "names"];

/// Kills the call at each of its system calls, and passes the sandbox of each kill to `check`, after the next run has
/// recovered the password file.
fn kill_everywhere(arguments: &[&str], start: impl Fn() -> Sandbox, check: impl Fn(&Sandbox, &str)) {
    if !can_trace() {
        return;
    }
    let tried = start();
    let calls = system_calls(&tried, tried.call(arguments));
    check(&tried, "without a kill");
    let calls = if full() { calls } else { from_file_on(calls, "passwd") };
    let mut kills = 0;
    for call in &calls {
        let sandbox = start();
        let run = with_rules(sandbox.call(arguments), &[call.inject("signal=KILL")]).run();
        kills += usize::from(run.exit == Exit::Signal(9));
        // This run finishes an interrupted write.
        sandbox.run(["--list", "passwd"]).exits(0);
        check(&sandbox, &format!("{arguments:?} killed at {} number {}", call.name, call.number));
    }
    counted(&format!("{kills} kills at {} system calls", calls.len()));
    assert!(kills > 20, "the program was not killed");
}

#[test]
fn a_killed_import_has_handed_out_all_passwords_in_force() {
    let old = users(50);
    for names in ["u00003\n", "u00003\nalice\nu00007\nbob\n"] {
        let start = || {
            let sandbox = Sandbox::with(&old);
            sandbox.write("names", names);
            sandbox
        };
        let check = |sandbox: &Sandbox, context: &str| {
            let now = sandbox.text("passwd");
            if now == old {
                return;
            }
            let out = sandbox.text("out.csv");
            let rows: Vec<_> = out.lines().skip(1).map(|row| row.split_once(',').unwrap()).collect();
            assert_eq!(rows.len(), names.lines().count(), "{context}: not all were handed out");
            for (user, password) in rows {
                assert!(sandbox.verifies(user, password), "{context}: {user}");
            }
            assert_eq!(sandbox.mode("out.csv"), 0o600, "{context}");
        };
        kill_everywhere(GENERATE, start, check);
    }
}

#[test]
fn a_killed_change_has_the_old_or_the_new_backup() {
    let (older, old) = (users(3), users(400));
    for arguments in [["--backup", "-D", "passwd", "u00003"], ["--backup", "--disable", "passwd", "u00200"]] {
        let start = || {
            let sandbox = Sandbox::with(&old);
            sandbox.write("passwd~", &older);
            sandbox
        };
        let check = |sandbox: &Sandbox, context: &str| {
            let (now, backup) = (sandbox.text("passwd"), sandbox.text("passwd~"));
            assert!(backup == old || (backup == older && now == old), "{context}");
            let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).count();
            assert!([399, 400].contains(&lines(&now)), "{context}");
        };
        kill_everywhere(&arguments, start, check);
    }
}
