//! If servers built with the library reject a new hash by default, htpasswd warns and names their limit.

use crate::support::{Sandbox, TWO_USERS};

/// The warnings of a dry run, which makes only cheap hashes.
fn dry_run(options: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::with(TWO_USERS);
    let line = [&["--import", "--dry-run"], options, &["passwd"]].concat();
    let run = sandbox.call(line).stdin("alice:secret\n").run();
    run.exits(0);
    run.warnings()
}

#[test]
fn a_cost_above_what_servers_allow_by_default_warns() {
    let warning =
        |what: &str| [format!("Warning: servers built with this library reject {what} by default.")];
    assert_eq!(dry_run(&["-B", "-C17"]), warning("bcrypt costs above 16"));
    for scheme in ["-2", "-5"] {
        assert_eq!(dry_run(&[scheme, "-r5000001"]), warning("rounds above 5000000"));
    }
}

#[test]
fn a_cost_that_servers_allow_by_default_does_not_warn() {
    for options in [["-B", "-C16"], ["-2", "-r5000000"], ["-5", "-r5000000"]] {
        assert_eq!(dry_run(&options), Vec::<String>::new(), "{options:?}");
    }
}

#[test]
fn a_call_for_one_user_warns_like_an_import() {
    let sandbox = Sandbox::with(TWO_USERS);
    let sentence = "Warning: servers built with this library reject rounds above 5000000 by default.\n";
    for line in [
        ["-5b", "-r5000001", "passwd", "alice", "secret"].as_slice(),
        &["--ensure", "-5b", "-r5000001", "passwd", "alice", "secret"],
        &["-n5b", "-r5000001", "alice", "secret"],
    ] {
        let run = sandbox.run(line);
        run.exits(0);
        assert_eq!(run.stderr().matches(sentence).count(), 1, "{line:?}: {run}");
    }
}
