//! With `--json`, a command that fails prints its error as an object. Standard error has the same message as without it.

use serde_json::Value;

use crate::support::{BCRYPT, Exit, Run, SHA1, Sandbox, TWO_USERS, Terminal, bytes};

#[track_caller]
fn error(run: &Run) -> Value {
    let stdout = run.stdout();
    assert_eq!(stdout.lines().count(), 1, "not one line\n{run}");
    let object: Value = serde_json::from_str(&stdout).unwrap();
    assert!(object["error"].is_object(), "{run}");
    object
}

/// A sandbox with files that cause errors.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("invalid", "bob:x\nno colon\n");
    sandbox.write("hashes", format!("empty:\nlocked:*\ncostly:{}\n", BCRYPT.replace("$04$", "$31$")));
    sandbox.write("list", "dave:secret\nno colon\n");
    sandbox.write("empty", "");
    sandbox.write("columns.csv", "a,b\n");
    sandbox.write("as-hashes", format!("bob:{SHA1}\n"));
    sandbox.write("utf16", b"\xff\xfea\0:\0b\0");
    sandbox.write("nul", "a\0b");
    sandbox.write("secret.yaml", "a: 1\n");
    sandbox
}

#[test]
fn each_kind_of_error_has_its_exit_code_and_its_place() {
    let long = "x".repeat(5000);
    for (kind, exit, file, line, call) in [
        ("wrong-call", 2, None, None, &["--no-such-option"][..]),
        ("wrong-call", 2, None, None, &["passwd"]),
        ("unknown-group", 2, None, None, &["-cb", "--group", "no such group", "new", "u", "p"]),
        ("too-long", 5, None, None, &["-b", "passwd", "u", &long]),
        ("invalid-user-name", 6, None, None, &["-b", "passwd", "a:b", "p"]),
        ("invalid-password", 2, None, None, &["--password-file", "nul", "passwd", "u"]),
        ("no-password", 1, None, None, &["--password-file", "empty", "passwd", "u"]),
        ("no-password", 1, None, None, &["--password-env", "UNSET", "passwd", "u"]),
        ("unreadable-password", 1, Some("none"), None, &["--password-file", "none", "passwd", "u"]),
        ("strict-warning", 1, None, None, &["--strict", "-bp", "passwd", "u", "p"]),
        ("unreadable-list", 1, Some("none"), None, &["--import", "passwd", "none"]),
        ("invalid-list", 1, Some("columns.csv"), Some(1), &["--import", "passwd", "columns.csv"]),
        ("invalid-list", 1, Some("as-hashes"), None, &["--import", "passwd", "as-hashes"]),
        ("rejected-records", 1, None, None, &["--import", "passwd", "list"]),
        ("empty-list", 1, Some("empty"), None, &["--import", "--prune", "passwd", "empty"]),
        ("file-not-found", 1, Some("none"), None, &["-b", "none", "u", "p"]),
        ("file-not-found", 1, Some("none"), None, &["--list", "none"]),
        ("file-not-found", 1, Some("none"), None, &["--secret", "none", "-b", "u", "p"]),
        ("file-not-accessible", 1, Some("."), None, &["-b", ".", "u", "p"]),
        ("file-not-accessible", 1, Some("no/such"), None, &["-cb", "no/such", "u", "p"]),
        ("file-exists", 1, Some("passwd"), None, &["-cb", "--no-clobber", "passwd", "u", "p"]),
        (
            "file-exists",
            1,
            Some("empty"),
            None,
            &["--import", "--generate", "--output=empty", "passwd", "list"],
        ),
        ("invalid-file", 7, Some("invalid"), Some(2), &["-b", "invalid", "u", "p"]),
        ("invalid-file", 7, Some("invalid"), Some(2), &["--disable", "invalid", "bob"]),
        ("invalid-file", 7, Some("utf16"), None, &["--list", "utf16"]),
        ("empty-hash", 7, None, None, &["-vb", "hashes", "empty", "p"]),
        ("invalid-manifest", 1, Some("secret.yaml"), None, &["--secret", "secret.yaml", "-b", "u", "p"]),
        ("user-not-found", 6, None, None, &["-vb", "passwd", "dave", "p"]),
        ("user-not-found", 6, None, None, &["--strict", "-D", "passwd", "dave"]),
        ("user-not-found", 6, None, None, &["--disable", "passwd", "dave"]),
        ("wrong-password", 3, None, None, &["-vb", "passwd", "bob", "hunter2"]),
        ("unverifiable-hash", 3, None, None, &["-vb", "hashes", "locked", "p"]),
        ("hash-above-limits", 3, None, None, &["-vb", "hashes", "costly", "p"]),
        ("hash-above-limits", 1, None, None, &["--ensure", "-b", "hashes", "costly", "p"]),
    ] {
        let sandbox = sandbox();
        let text = sandbox.run(call);
        let json = sandbox.run([&["--json"], call].concat());
        assert_eq!(json.stderr(), text.stderr(), "{call:?}");
        let object = error(json.exits(exit));
        let members = &object["error"];
        let expected = [
            kind.into(),
            exit.into(),
            file.map_or(Value::Null, Value::from),
            line.map_or(Value::Null, Value::from),
        ];
        let actual = [&members["kind"], &members["exit"], &members["file"], &members["line"]];
        assert_eq!(actual, expected.each_ref(), "{call:?}: {object}");
        assert!(json.stderr().contains(members["message"].as_str().unwrap()), "{json}");
        assert!(!json.stdout().contains("hunter2"), "{json}");
    }
}

#[test]
fn an_invalid_line_of_a_manifest_has_the_path_of_the_manifest() {
    let sandbox = Sandbox::new();
    let manifest = "apiVersion: v1\nkind: Secret\nstringData:\n  auth: |\n    bob:x\n    no colon\n";
    sandbox.write("s.yaml", manifest);
    let run = sandbox.run(["--json", "--secret", "s.yaml", "-b", "bob", "p"]);
    run.stderr_has(
        "The file s.yaml, key auth, does not appear to be a valid htpasswd file: line 2 has no colon",
    );
    let object = error(run.exits(7));
    assert_eq!((&object["error"]["file"], &object["error"]["line"]), (&"s.yaml".into(), &2.into()));
}

#[test]
fn standard_input_is_named_as_in_the_call() {
    let call = ["--json", "--secret", "-", "--list"];
    let run = Sandbox::new().call(call).stdin(" ".repeat((16 << 20) + 1)).run();
    run.stderr_has(
        "htpasswd: cannot read standard input: it is larger than 16 MiB (--no-limits allows it)\n",
    );
    let object = error(run.exits(1));
    assert_eq!((&object["error"]["kind"], &object["error"]["file"]), (&"too-large".into(), &"-".into()));
}

#[test]
fn a_wrong_call_prints_an_error_wherever_json_is() {
    let sandbox = sandbox();
    for call in [
        &["--json", "passwd", "bob", "hunter2"][..],
        &["passwd", "bob", "hunter2", "--json"],
        &["--json", "passwd", "bob", "-hunter2"],
        &["--json", "-nv", "bob"],
        &["--json=yes", "-nb", "bob", "x"],
        &["-nb", "--json", "--format", "env", "bob", "x"],
    ] {
        let run = sandbox.run(call);
        let object = error(run.exits(2));
        assert_eq!(object["error"]["kind"], "wrong-call", "{run}");
        assert!(object["command"].is_null(), "{run}");
        // A superfluous operand may be a password.
        assert!(!run.stdout().contains("hunter2"), "{run}");
    }
    sandbox.run(["passwd", "bob", "hunter2"]).exits(2).stdout_is("");
}

#[test]
fn warnings_before_an_error_are_in_the_object() {
    let run = sandbox().run(["--json", "-bp", "none", "dave", "x"]);
    let object = error(run.exits(1));
    assert_eq!(object["warnings"][0]["kind"], "plain-text", "{run}");
    let run = sandbox().run(["--json", "--strict", "-bp", "passwd", "dave", "x"]);
    let object = error(run.exits(1));
    assert_eq!((&object["error"]["kind"], &object["command"]), (&"strict-warning".into(), &"set".into()));
    assert_eq!(object["warnings"][0]["kind"], "plain-text", "{run}");
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced_in_messages() {
    let words = [&b"--json"[..], b"-vb", b"passwd", b"m\xfcller", b"x"].map(bytes);
    let object = error(sandbox().run(words).exits(6));
    assert_eq!(object["error"]["message"], "User m\u{fffd}ller not found");
}

#[test]
fn a_record_that_is_not_utf_8_cannot_be_in_json() {
    for words in [[&b"--json"[..], b"-nbs", b"m\xfcller", b"x"], [b"--json", b"-nbp", b"bob", b"m\xfcller"]] {
        let run = sandbox().run(words.map(bytes));
        let object = error(run.exits(2));
        assert_eq!(object["error"]["kind"], "unsupported-by-format", "{run}");
        run.stderr_has("htpasswd: JSON cannot contain a record that is not UTF-8; omit --json\n");
    }
}

#[test]
fn answers_that_differ_at_the_prompts_are_an_error() {
    let sandbox = sandbox();
    let mut terminal = Terminal::start(&sandbox, ["--json", "passwd", "bob"]);
    terminal.answer("New password: ", "one\n");
    terminal.answer("Re-type new password: ", "two\n");
    terminal.wait();
    let transcript = terminal.transcript();
    assert!(transcript.contains("htpasswd: password verification error"), "{transcript}");
    assert!(transcript.contains("\"error\":{\"kind\":\"password-mismatch\",\"exit\":3,"), "{transcript}");
}

#[test]
fn an_interrupted_prompt_is_an_error_without_a_message_on_standard_error() {
    let sandbox = sandbox();
    let mut terminal = Terminal::start(&sandbox, ["--json", "passwd", "bob"]);
    terminal.answer("New password: ", "\x03");
    assert_eq!(terminal.wait(), Exit::Code(4));
    let transcript = terminal.transcript();
    let error = "\"error\":{\"kind\":\"interrupted\",\"exit\":4,\"message\":\"interrupted\",";
    assert!(transcript.contains(error) && !transcript.contains("htpasswd:"), "{transcript}");
}

#[test]
fn a_lost_password_is_reported_on_standard_error() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for options in [&["--json"][..], &["--json", "--ensure"]] {
        let sandbox = sandbox();
        let call = [options, &["--generate", "-s", "passwd", "dave"]].concat();
        let run = sandbox.call(call).stdout_to(full()).run();
        run.exits(1)
            .stderr_has("the generated password was set, but could not be printed; set another password\n");
        assert!(sandbox.text("passwd").contains("dave:"), "{run}");
        let closed = sandbox.call(["--json", "--generate", "-s", "passwd", "erin"]).redirected(">&-").run();
        closed.exits(1).stderr_has("cannot write to standard output: it is closed");
        assert!(!sandbox.text("passwd").contains("erin:"), "{closed}");
    }
}
