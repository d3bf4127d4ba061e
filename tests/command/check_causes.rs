//! `--check` names the cause of a record that no server reads, and what to do about it.

use crate::support::Sandbox;
use crate::support::check::{STRONG, findings, finds, json, private};

/// Asserts that `--check` finds this kind for any server, in a sentence that contains `fix`, and prints no hash.
#[track_caller]
fn has_cause(line: &str, kind: &str, fix: &str) {
    for options in [&[][..], &["--for", "nginx"], &["--for", "registry"], &["--for", "traefik"]] {
        let sandbox = private(format!("{line}\n"));
        let (run, report) = json(&sandbox, options);
        let found = findings(&report);
        assert!(found.contains(&format!("1 {kind}")), "{line}: {found:?}");
        for other in ["unknown-hash", "malformed-hash", "no-colon"] {
            assert!(!found.iter().any(|finding| finding.ends_with(other)), "{line}: {found:?}");
        }
        let text = run.stdout();
        assert!(text.contains(fix) && !text.contains("MqOaKJ9yy"), "{text}");
    }
}

#[test]
fn dollars_that_compose_doubles_are_the_cause() {
    let doubled = STRONG.replace('$', "$$");
    has_cause(&format!("max:{doubled}"), "error doubled-dollar", "write each $ once");
    // The text is no password in plain text for pypiserver either.
    finds(format!("max:{doubled}\n"), &["--for", "pypiserver"], 7, &["1 error doubled-dollar"]);
}

#[test]
fn dollars_that_a_shell_replaces_are_the_cause() {
    for line in ["max:y05", "max:ybash5", "max:2y10"] {
        has_cause(line, "error lost-dollar", "single quotation marks");
    }
}

#[test]
fn quotation_marks_around_a_record_are_the_cause() {
    for line in [
        format!("\"max:{STRONG}\""),
        format!("'max:{STRONG}'"),
        format!("max:\"{STRONG}\""),
        format!("max:'{STRONG}'"),
    ] {
        has_cause(&line, "error quoted", "remove them");
    }
}

#[test]
fn a_name_with_the_start_of_an_assignment_or_item_is_reported() {
    for start in ["HTPASSWD=", "BASIC_AUTH=", "- "] {
        has_cause(&format!("{start}max:{STRONG}"), "warning prefixed-name", "remove it");
    }
    finds(format!("max=x:{STRONG}\n"), &[], 0, &[]);
}

#[test]
fn two_records_on_a_line_are_the_cause() {
    for between in [" ", "", ","] {
        let line = format!("max:{STRONG}{between}eva:{STRONG}");
        has_cause(&line, "error two-records", "begin a new line");
    }
}

#[test]
fn records_of_htdigest_and_md5_digits_are_the_cause() {
    let digits = "0123456789abcdef0123456789abcdef";
    has_cause(&format!("max:Private:{digits}"), "error htdigest-record", "htdigest");
    has_cause(&format!("max:{digits}"), "error hex-md5", "only squid reads it");
}

#[test]
fn a_hash_without_a_name_is_the_cause() {
    has_cause(STRONG, "error hash-without-name", "write USER: before it");
    has_cause("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "error hash-without-name", "write USER: before it");
}

#[test]
fn a_secret_that_is_encoded_twice_is_the_cause() {
    let encoded = "bWF4OiQyeSQxMCRNcU9hS0o5eXlSUW40NS80Z2xjVVNPU3dtc280MlB2MENNOEJLR25TVWk2RTJ6WUtYRUtvQwo=";
    has_cause(encoded, "error base64", "encode a Secret only once");
    let twice = "YldGNE9pUXllU1F4TUNSTmNVOWhTMG81ZVhsU1VXNDBOUzgwWjJ4alZWTlBVM2R0YzI4ME1sQjJNRU5OT0VKTFIyNVRWV2syUlRKNldVdFlSVXR2UXdvPQo=";
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", format!("kind: Secret\ndata:\n  auth: {twice}\n"));
    let run = sandbox.run(["--check", "--secret", "s.yaml"]);
    run.exits(7);
    assert!(run.stdout().contains("encode a Secret only once"), "{run}");
}

#[test]
fn the_advice_for_such_a_line_is_to_correct_it() {
    let sandbox = private(format!("max:{}\n", STRONG.replace('$', "$$")));
    let run = sandbox.run(["--check", "--for", "traefik", "passwd"]);
    run.exits(7);
    assert!(run.stdout().ends_with("1 user; correct or delete line 1 by hand\n"), "{run}");
    let sandbox = private("max:y05\n");
    let run = sandbox.run(["--check", "--for", "nginx", "passwd"]);
    assert!(run.stdout().ends_with("for a new hash: htpasswd --for nginx passwd USER\n"), "{run}");
}
