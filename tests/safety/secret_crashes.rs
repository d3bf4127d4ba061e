//! Tests that kill a run with `--secret` at each of its system calls, and tests in which several runs write one
//! manifest at the same time. After a kill, the manifest must be the old one or the new one: at once, or after the
//! next run.

use crate::support::strace::{can_trace, counted, from_file_on, system_calls, with_rules};
use crate::support::users::users;
use crate::support::{Exit, Sandbox};

/// A manifest of several pages, with the users between other keys.
fn manifest(users: &str) -> String {
    let text = users.lines().map(|line| format!("    {line}\n")).collect::<Vec<_>>().concat();
    let filler = "  filler: '................................................................'\n";
    let filler =
        (0..100).map(|n| filler.replace("filler", &format!("filler{n}"))).collect::<Vec<_>>().concat();
    format!("kind: Secret\nstringData:\n  htpasswd: |\n{text}  # after the users\n{filler}")
}

#[test]
fn a_killed_write_leaves_the_old_or_the_new_manifest() {
    if !can_trace() {
        return;
    }
    let old = users(200);
    let mut kills = 0;
    for arguments in [
        ["--secret", "s.yaml", "-bs", "alice", "secret"].as_slice(),
        &["--secret", "s.yaml", "-D", "u00003"],
        &["--secret", "s.yaml", "-cbs", "alice", "secret"],
    ] {
        let sandbox = || {
            let sandbox = Sandbox::new();
            sandbox.write("s.yaml", manifest(&old));
            sandbox
        };
        let tried = sandbox();
        let calls = from_file_on(system_calls(&tried, tried.call(arguments)), "s.yaml");
        let after = tried.text("s.yaml");
        assert_ne!(after, manifest(&old));
        for call in calls {
            let sandbox = sandbox();
            let run = with_rules(sandbox.call(arguments), &[call.inject("signal=KILL")]).run();
            kills += usize::from(run.exit == Exit::Signal(9));
            let context = format!("{arguments:?} killed at {} number {}", call.name, call.number);
            // This run finishes the interrupted write before it reads the manifest.
            sandbox.run(["--secret", "s.yaml", "--list"]).exits(0);
            let now = sandbox.text("s.yaml");
            assert!(now == after || now == manifest(&old), "{context}: neither old nor new");
            assert_eq!(sandbox.names(), ["s.yaml"], "{context}");
        }
    }
    assert!(kills > 20, "the program was not killed");
    counted(&format!("{kills} kills"));
}

#[test]
fn writers_of_one_manifest_wait_for_each_other() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest(&users(3)));
    let calls =
        (0..20).map(|n| sandbox.call(["--secret", "s.yaml", "-bs", &format!("w{n}"), "secret"]).start());
    let running: Vec<_> = calls.collect();
    for running in running {
        running.wait().exits(0);
    }
    let run = sandbox.run(["--secret", "s.yaml", "--list", "--format", "plain"]);
    assert_eq!(run.stdout().lines().count(), 23, "{run}");
}
