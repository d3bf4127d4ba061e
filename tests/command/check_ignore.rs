//! `--check --ignore KIND`: findings of this kind are neither reported nor counted.

use crate::support::check::{STRONG, findings, finds, json, private};
use crate::support::{SHA1, Sandbox};

#[test]
fn ignored_findings_are_neither_reported_nor_counted() {
    let text = format!("alice:{SHA1}\nbob:*\ncarol:x\n");
    finds(&text, &[], 7, &["1 warning weak-scheme", "2 warning locked", "3 error unknown-hash"]);
    finds(&text, &["--ignore", "locked"], 7, &["1 warning weak-scheme", "3 error unknown-hash"]);
    finds(&text, &["--ignore=unknown-hash,locked"], 8, &["1 warning weak-scheme"]);
    finds(&text, &["--ignore=unknown-hash", "--ignore=locked,weak-scheme"], 0, &[]);
}

#[test]
fn findings_about_the_whole_file_can_be_ignored() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    sandbox.set_mode("passwd", 0o646);
    let run = sandbox.run(["--check", "--ignore", "readable-by-others,writable-by-others", "passwd"]);
    run.exits(0).stdout_is("passwd: clean, 1 user, 2 findings ignored\n");
    Sandbox::new().run(["--check", "--ignore=missing-file", "passwd"]).exits(0);
}

#[test]
fn json_has_the_number_of_ignored_findings() {
    let sandbox = private(format!("alice:{SHA1}\nbob:{SHA1}\ncarol:x\n"));
    for (options, ignored, left) in
        [(&[][..], 0, 3), (&["--ignore=weak-scheme"], 2, 1), (&["--ignore=crlf"], 0, 3)]
    {
        let (_, report) = json(&sandbox, options);
        assert_eq!((report["ignored_count"].as_u64(), findings(&report).len()), (Some(ignored), left));
    }
}

#[test]
fn the_advice_is_about_a_finding_that_is_not_ignored() {
    let sandbox = private(format!("alice:{SHA1}\nno colon\n"));
    let report = |options: &[&str]| sandbox.run([&["--check"], options, &["passwd"]].concat()).stdout();
    assert!(report(&[]).contains("; correct or delete line 2 by hand"));
    let ignoring = report(&["--ignore", "no-colon"]);
    assert!(
        ignoring.ends_with(", 1 finding ignored; for a new hash: htpasswd --for SERVER passwd USER\n"),
        "{ignoring}"
    );
}

#[test]
fn an_unknown_kind_is_a_wrong_call() {
    let sandbox = private("");
    for (value, name, hint) in [
        ("weak-schema", "weak-schema", "did you mean weak-scheme?"),
        ("crlf,duplikate", "duplikate", "did you mean duplicate?"),
        ("all", "all", "--check --json prints the kind of each finding"),
    ] {
        let reason = format!("unknown kind of finding '{name}'; {hint}");
        sandbox.run(["--check", "--ignore", value, "passwd"]).is_wrong_call(&reason);
    }
    sandbox.run(["--ignore", "crlf", "passwd", "alice"]).is_wrong_call("--ignore needs --check");
    sandbox
        .run(["--list", "--ignore", "crlf", "passwd"])
        .is_wrong_call("--ignore cannot be combined with --list");
}
