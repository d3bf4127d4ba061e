//! A report that cannot be printed does not hide that the file was changed.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::support::{Run, SHA1, Sandbox, TWO_USERS};

const CHANGED: &str = "; the file passwd was changed\n";

/// Runs a call with each kind of failing standard output: a full disk, a closed descriptor, a pipe without a reader.
fn on_each_lost_output(text: &str, line: &[&str], input: &str, check: impl Fn(&Sandbox, &Run)) {
    for output in ["full", "closed", "pipe"] {
        let sandbox = Sandbox::with(text);
        let call = sandbox.call(line).stdin(input);
        let run = match output {
            "full" => call.stdout_to(OpenOptions::new().write(true).open("/dev/full").unwrap()).run(),
            "closed" => call.redirected(">&-").run(),
            _ => {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                call.stdout_to(Stdio::from(writer)).run()
            }
        };
        check(&sandbox, &run);
    }
}

#[track_caller]
fn says_that_the_file_was_changed(run: &Run) {
    run.exits(1);
    let text = run.stderr_without_warnings("");
    assert!(text.starts_with("htpasswd: cannot write to standard output: "), "{run}");
    assert!(text.ends_with(CHANGED) && text.lines().count() == 1, "{run}");
}

#[test]
fn a_lost_report_of_ensure_says_that_the_file_was_changed() {
    for (user, text) in
        [("alice", format!("{TWO_USERS}alice:{SHA1}\n")), ("carol", format!("bob:{SHA1}\ncarol:{SHA1}\n"))]
    {
        let line = ["--ensure", "--json", "-bs", "passwd", user, "secret"];
        on_each_lost_output(TWO_USERS, &line, "", |sandbox, run| {
            says_that_the_file_was_changed(run);
            assert_eq!(sandbox.text("passwd"), text);
        });
    }
}

#[test]
fn a_lost_object_of_a_change_says_that_the_file_was_changed() {
    let status = "Deleting password for user bob\n";
    on_each_lost_output(TWO_USERS, &["--json", "-D", "passwd", "bob"], "", |sandbox, run| {
        let text = run.exits(1).stderr_without_warnings("");
        let error = text.strip_prefix(status).unwrap();
        assert!(error.starts_with("htpasswd: cannot write to standard output: "), "{run}");
        assert!(error.ends_with(CHANGED), "{run}");
        assert_eq!(sandbox.text("passwd").lines().count(), 1);
    });
    on_each_lost_output(TWO_USERS, &["--json", "-bs", "passwd", "alice", "secret"], "", |sandbox, run| {
        assert!(run.exits(1).stderr().ends_with(CHANGED), "{run}");
        assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\n"));
    });
}

#[test]
fn a_lost_report_of_an_import_says_that_the_file_was_changed() {
    for options in [
        ["--import", "--json"].as_slice(),
        &["--import", "--ensure", "--json"],
        &["--import", "-c", "--json"],
    ] {
        let line = [options, &["-s", "passwd"]].concat();
        on_each_lost_output(TWO_USERS, &line, "bob:secret\nalice:secret\n", |sandbox, run| {
            says_that_the_file_was_changed(run);
            assert!(sandbox.text("passwd").ends_with(&format!("alice:{SHA1}\n")));
        });
    }
    let line = ["--import", "--prune", "--json", "-s", "passwd"];
    on_each_lost_output(TWO_USERS, &line, "bob:secret\n", |sandbox, run| {
        says_that_the_file_was_changed(run);
        assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    });
}

#[test]
fn a_lost_report_of_a_repair_says_that_the_file_was_changed() {
    for options in [["--check", "--fix"].as_slice(), &["--check", "--fix", "--json"]] {
        let line = [options, &["passwd"]].concat();
        on_each_lost_output(&TWO_USERS.replace('\n', "\r\n"), &line, "", |sandbox, run| {
            says_that_the_file_was_changed(run);
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        });
    }
}

#[test]
fn a_lost_report_without_a_change_mentions_none() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for line in [
        ["--ensure", "--json", "-b", "passwd", "bob", "secret"].as_slice(),
        &["--ensure", "--json", "--dry-run", "-b", "passwd", "alice", "secret"],
        &["--import", "--json", "--ensure", "passwd"],
        &["--import", "--json", "--dry-run", "-d", "passwd"],
        &["--check", "--fix", "passwd"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(line).stdin("bob:secret\n").stdout_to(full()).run();
        run.exits(1).stderr_is("htpasswd: cannot write to standard output: No space left on device\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}
