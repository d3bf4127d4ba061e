//! `--check FILE USER`: why one user cannot log in.

use crate::support::check::{STRONG, findings, private};
use crate::support::{Run, SHA1, Sandbox};

/// Checks a user of `passwd`.
fn check(sandbox: &Sandbox, options: &[&str], user: &str) -> Run {
    sandbox.run([&["--check"], options, &["passwd", user]].concat())
}

/// The findings of the JSON report about a user, and the report.
fn json(sandbox: &Sandbox, options: &[&str], user: &str) -> (Vec<String>, serde_json::Value) {
    let run = check(sandbox, &[options, &["--json"]].concat(), user);
    let report = serde_json::from_slice(&run.stdout).unwrap();
    (findings(&report), report)
}

#[test]
fn the_report_has_the_records_of_the_user_and_no_hash() {
    let sandbox = private(format!("alice:{STRONG}\nbob:{SHA1}\n"));
    check(&sandbox, &[], "alice")
        .exits(0)
        .stderr_is("")
        .stdout_is("passwd:1: record:  bcrypt, cost 10\npasswd: clean, user alice\n");
    let run = check(&sandbox, &[], "bob");
    run.exits(8).stdout_is(
        "passwd:2: record:  {SHA}\n\
         passwd:2: warning: user bob: {SHA} is weak\n\
         passwd: 0 errors and 1 warning, user bob; for a new hash: htpasswd --for SERVER passwd bob\n",
    );
    assert!(!run.stdout().contains(SHA1));
}

#[test]
fn findings_about_other_users_are_left_out() {
    let text = format!("alice:{STRONG}\nbob:x\ncarol:*\nalice2:{STRONG} \n");
    assert_eq!(json(&private(&text), &[], "alice").0, [""; 0]);
    assert_eq!(json(&private(&text), &[], "bob").0, ["2 error unknown-hash"]);
    let sandbox = private(&text);
    sandbox.set_mode("passwd", 0o644);
    check(&sandbox, &[], "alice").exits(0);
}

#[test]
fn findings_about_the_whole_file_that_keep_the_user_out_are_reported() {
    let no_colon = private(format!("alice:{STRONG}\nno colon\n"));
    assert_eq!(json(&no_colon, &["--for", "registry"], "alice").0, ["2 error no-colon"]);
    check(&no_colon, &["--for", "nginx"], "alice").exits(0);
    let crlf = private(format!("bob:{STRONG}\r\nalice:{STRONG}\r\ncarol:{STRONG}\n"));
    assert_eq!(json(&crlf, &["--for", "wsgidav"], "carol").0, [""; 0]);
    let envoy = json(&crlf, &["--for", "envoy"], "carol").0;
    assert!(envoy.contains(&"1 error crlf".to_owned()), "{envoy:?}");
    assert_eq!(json(&crlf, &[], "alice").0, ["1 warning crlf"]);
    assert_eq!(json(&crlf, &[], "carol").0, [""; 0]);
    let marked = private(format!("\u{feff}alice:{STRONG}\nbob:{STRONG}\n"));
    assert_eq!(json(&marked, &[], "alice").0, ["1 error byte-order-mark"]);
    assert_eq!(json(&marked, &[], "bob").0, [""; 0]);
    let without_file = private(format!("alice:{STRONG}\n"));
    assert_eq!(json(&without_file, &["--for", "caddy"], "alice").0, ["1 error not-read"]);
}

#[test]
fn a_file_that_has_no_readable_records_has_its_own_finding() {
    let utf16: Vec<u8> =
        format!("\u{feff}alice:{STRONG}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sandbox = private(utf16);
    assert_eq!(json(&sandbox, &[], "alice").0, ["1 error utf-16"]);
    let run = Sandbox::new().run(["--check", "--for", "registry", "passwd", "alice"]);
    run.exits(7).stderr_is("").stdout_is(
        "passwd: error:   the file does not exist\n\
         passwd: 1 error and 0 warnings for registry, user alice; \
         to create it: htpasswd --for registry -c passwd alice\n",
    );
}

#[test]
fn the_report_says_which_record_a_server_uses_and_reads() {
    let sandbox = private(format!("alice:{STRONG}\nbob:{STRONG}\nalice:{SHA1}\n"));
    let records = |servers: &str| {
        let lines = check(&sandbox, &["--for", servers], "alice").stdout();
        let lines: Vec<_> =
            lines.lines().filter(|line| line.contains(" record: ")).map(str::to_owned).collect();
        lines
    };
    assert_eq!(
        records("registry"),
        [
            "passwd:1: record:  bcrypt, cost 10; not used",
            "passwd:3: record:  {SHA}; registry does not read it"
        ]
    );
    assert_eq!(
        records("traefik,lighttpd"),
        [
            "passwd:1: record:  bcrypt, cost 10; lighttpd reads it",
            "passwd:3: record:  {SHA}; traefik reads it"
        ]
    );
    let (_, report) = json(&sandbox, &["--for", "registry,traefik"], "alice");
    let record = &report["records"][1];
    assert_eq!(record["used_by"], serde_json::json!(["registry", "traefik"]));
    assert_eq!(record["read_by"], serde_json::json!(["traefik"]));
}

#[test]
fn disabled_and_locked_users_are_named() {
    let sandbox = private(format!("alice:!{STRONG}\nbob:*\n"));
    for (user, line) in [
        ("alice", "passwd:1: record:  bcrypt, cost 10; the user is disabled (--enable)\n"),
        ("bob", "passwd:2: record:  no hash; the user is locked\n"),
    ] {
        let run = check(&sandbox, &[], user);
        run.exits(8);
        assert!(run.stdout().starts_with(line), "{run}");
    }
    assert_eq!(json(&sandbox, &[], "alice").1["records"][0]["state"], "disabled");
}

#[test]
fn names_that_look_the_same_are_named() {
    let sandbox = private(format!("alice:{STRONG}\nAlice:{STRONG}\nal\u{200b}ice:{STRONG}\n"));
    let run = check(&sandbox, &[], "alice");
    assert!(
        run.stdout().contains("passwd:   similar: user Alice\npasswd:   similar: user al\\u{200b}ice\n"),
        "{run}"
    );
    assert_eq!(json(&sandbox, &[], "Alice").1["similar"], serde_json::json!(["alice", "al\u{200b}ice"]));
}

#[test]
fn a_word_that_is_neither_a_file_nor_a_user_is_reported() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    for (user, hint) in [("bob", ""), ("Alice", "; did you mean alice?"), ("alcie", "; did you mean alice?")]
    {
        let message = format!("htpasswd: there is no file '{user}' and no user '{user}' in passwd{hint}\n");
        check(&sandbox, &[], user).exits(6).stdout_is("").stderr_is(&message);
    }
}

#[test]
fn a_name_that_looks_like_a_hash_is_not_suggested() {
    let hash = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
    let run = check(&private(format!("{hash}:alice\n")), &[], &hash.to_uppercase());
    run.exits(6).stderr_has("did you mean …?");
}

#[test]
fn an_existing_file_is_no_user() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    sandbox.write("alice", "bob:x\n");
    sandbox.set_mode("alice", 0o600);
    let run = check(&sandbox, &[], "alice");
    run.exits(7);
    assert!(run.stdout().starts_with("passwd: clean, 1 user\nalice:1: error:"), "{run}");
    for word in ["./bob", "alice/"] {
        let run = check(&sandbox, &[], word);
        assert!(!run.stdout().contains("record:") && !run.stderr().contains("no user"), "{run}");
    }
    check(&sandbox, &["--fix"], "bob").exits(7).stderr_is("");
}

#[test]
fn a_user_is_diagnosed_in_a_pipe_and_in_a_manifest() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["--check", "-", "bob"]).stdin(format!("alice:x\nbob:{STRONG}\n")).run();
    run.exits(0).stdout_is("-:2: record:  bcrypt, cost 10\n-: clean, user bob\n");
    sandbox.write(
        "s.yaml",
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  auth: |\n    alice:{SHA1}\n"
        ),
    );
    sandbox.set_mode("s.yaml", 0o600);
    let run = sandbox.run(["--secret", "s.yaml", "--check", "--for", "registry", "alice"]);
    run.exits(7);
    let advice = "user alice; for a new hash: htpasswd --for registry --secret s.yaml alice\n";
    assert!(run.stdout().ends_with(advice), "{run}");
}

#[test]
fn ignored_findings_of_the_user_are_counted() {
    let sandbox = private(format!("alice:{SHA1}\nbob:{SHA1}\n"));
    let run = check(&sandbox, &["--ignore=weak-scheme"], "bob");
    run.exits(0).stdout_is("passwd:2: record:  {SHA}\npasswd: clean, user bob, 1 finding ignored\n");
}

#[test]
fn the_json_of_a_user_adds_three_members() {
    let (_, report) = json(&private(format!("alice:{STRONG}\n")), &[], "alice");
    let expected = r#"{"schema":1,"command":"check","file":"passwd","server":null,"users":1,"error_count":0,"warning_count":0,"fixed":null,"findings":[],"ignored_count":0,"user":"alice","records":[{"line":1,"scheme":"bcrypt","cost":10,"state":"enabled","used_by":null,"read_by":null}],"similar":[],"warnings":[]}"#;
    assert_eq!(report, serde_json::from_str::<serde_json::Value>(expected).unwrap());
}
