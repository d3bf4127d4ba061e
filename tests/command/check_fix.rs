//! `--check --fix` repairs a file and changes no login.

use std::os::unix::fs::MetadataExt as _;

use crate::support::check::{STRONG, findings, json, private};
use crate::support::import::is_alone;
use crate::support::{APR1, BCRYPT, SHA1, Sandbox};

/// Asserts that `--fix` changes the file from `before` to `after`, and that the report contains the repairs `fixed` and
/// the findings `left`.
#[track_caller]
fn fixes(before: impl AsRef<[u8]>, after: impl AsRef<[u8]>, fixed: &str, left: &[&str]) -> Sandbox {
    let sandbox = private(before);
    let (run, report) = json(&sandbox, &["--fix"]);
    let after = after.as_ref().escape_ascii().to_string();
    assert_eq!(sandbox.read("passwd").escape_ascii().to_string(), after, "{run}");
    assert_eq!(report["fixed"], serde_json::from_str::<serde_json::Value>(fixed).unwrap());
    assert_eq!(findings(&report), left);
    run.exits(if left.iter().any(|f| f.contains("error")) {
        7
    } else if left.is_empty() {
        0
    } else {
        8
    });
    is_alone(&sandbox);
    sandbox
}

const NOTHING: &str =
    r#"{"byte_order_mark":false,"crlf":0,"duplicates":0,"final_line_feed":false,"utf16":false}"#;

#[test]
fn newlines_byte_order_marks_and_duplicates_are_repaired() {
    let all = format!("\u{feff}alice:{STRONG}\r\nbob:{STRONG}\r\nalice:{STRONG}x\r\nbob:{STRONG}");
    fixes(
        &all[3..],
        format!("alice:{STRONG}\nbob:{STRONG}\nalice:{STRONG}x\n"),
        r#"{"byte_order_mark":false,"crlf":3,"duplicates":1,"final_line_feed":true,"utf16":false}"#,
        &["3 warning duplicate", "3 error malformed-hash"],
    );
    fixes(
        format!("\u{feff}alice:{STRONG}\r\nbob:{STRONG}\r\nbob:{STRONG}"),
        format!("alice:{STRONG}\nbob:{STRONG}\n"),
        r#"{"byte_order_mark":true,"crlf":2,"duplicates":1,"final_line_feed":true,"utf16":false}"#,
        &[],
    );
}

#[test]
fn the_report_has_repairs_and_remaining_findings() {
    let sandbox = private(format!("\u{feff}alice:{SHA1}\r\nalice:{SHA1}\r\nbob:{STRONG}"));
    sandbox.run(["--check", "--fix", "passwd"]).exits(8).stderr_is("").stdout_is(
        "passwd: fixed: removed the byte order mark, removed 2 carriage returns, deleted 1 exact duplicate, \
         added the final newline\n\
         passwd:1: warning: user alice: {SHA} is weak\n\
         passwd: 0 errors and 1 warning, 2 users; for a new hash: htpasswd --for SERVER passwd USER\n",
    );
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\nbob:{STRONG}\n"));
}

#[test]
fn a_valid_file_is_not_written() {
    let sandbox = private(format!("# staff\nalice:{STRONG}\n"));
    let before = std::fs::metadata(sandbox.path("passwd")).unwrap();
    let run = sandbox.run(["--check", "--fix", "passwd"]);
    run.exits(0).stdout_is("passwd: nothing to fix\npasswd: clean, 1 user\n");
    let after = std::fs::metadata(sandbox.path("passwd")).unwrap();
    let stamp = |of: &std::fs::Metadata| (of.ino(), of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec());
    assert_eq!(stamp(&before), stamp(&after));
}

#[test]
fn repairs_that_would_change_a_login_are_not_made() {
    // With the byte order mark, httpd uses line 2 for alice. Without it, httpd would use line 1.
    let marked = format!("\u{feff}alice:{STRONG}\nalice:{STRONG}:x\n");
    fixes(
        &marked,
        &marked,
        NOTHING,
        &["1 error byte-order-mark", "2 warning more-fields", "2 warning duplicate"],
    );
    // The registry uses the last record, and other servers use the first one.
    let between = format!("a:{STRONG}\na:{APR1}\na:{STRONG}\n");
    fixes(
        &between,
        &between,
        NOTHING,
        &["2 warning duplicate", "2 warning weak-scheme", "3 warning duplicate"],
    );
    // httpd joins the first two lines, so it uses the last record.
    let joined = format!("# x\\\na:{STRONG}\na:{STRONG}\n");
    fixes(&joined, &joined, NOTHING, &["1 warning backslash", "3 warning duplicate"]);
}

#[test]
fn a_file_without_any_record_is_repaired() {
    fixes(
        "what\r\n",
        "what\n",
        r#"{"byte_order_mark":false,"crlf":1,"duplicates":0,"final_line_feed":false,"utf16":false}"#,
        &["1 error no-colon", "1 warning no-users"],
    );
}

#[test]
fn a_repair_changes_no_login() {
    let users = [("alice", "secret"), ("bob", "secret"), ("carol", "secret")];
    let text = format!(
        "\u{feff}alice:{BCRYPT}\r\n bob:{SHA1}:more\r\ncarol:{APR1}\r\nbob:{BCRYPT}\r\nbob:{BCRYPT}\r\ncarol:{APR1}"
    );
    let sandbox = private(text);
    let hashes = |sandbox: &Sandbox| {
        let records = htpasswd::Document::parse(sandbox.read("passwd"));
        users.map(|(user, _)| records.get(user).map(|record| record.hash.to_vec()))
    };
    let before = hashes(&sandbox);
    sandbox.run(["--check", "--fix", "passwd"]).exits(7);
    assert_eq!(hashes(&sandbox), before);
    assert_eq!(
        sandbox.text("passwd"),
        format!("alice:{BCRYPT}\n bob:{SHA1}:more\ncarol:{APR1}\nbob:{BCRYPT}\n")
    );
    for (user, password) in users {
        assert!(sandbox.verifies(user, password), "{user}");
        assert!(!sandbox.verifies(user, "wrong"), "{user}");
    }
}

#[test]
fn a_read_only_file_exits_with_1_and_is_unchanged() {
    let text = format!("alice:{STRONG}");
    let sandbox = private(&text);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o400);
    let run = sandbox.call(["--check", "--fix", "passwd"]).by_ordinary_user().run();
    run.exits(1).stdout_is("");
    assert!(run.stderr().starts_with("htpasswd: cannot open file passwd"), "{run}");
    assert_eq!(sandbox.text("passwd"), text);
    // Without --fix, the check needs no right to write.
    sandbox.call(["--check", "passwd"]).by_ordinary_user().run().exits(8);
}

#[test]
fn a_repair_keeps_the_inode_and_the_mode() {
    let sandbox = private(format!("alice:{STRONG}\r\n"));
    sandbox.set_mode("passwd", 0o640);
    let inode = || std::fs::metadata(sandbox.path("passwd")).unwrap().ino();
    let before = inode();
    sandbox.run(["--check", "--fix", "passwd"]).exits(0);
    assert_eq!((inode(), sandbox.mode("passwd")), (before, 0o640));
}
