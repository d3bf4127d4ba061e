//! `--json` prints one object with every command. [`Run`] validates each object with the schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Run, SHA1, Sandbox, TWO_USERS, schema};

#[track_caller]
fn object(run: &Run) -> Value {
    let stdout = run.stdout();
    assert!(stdout.ends_with('\n') && stdout.lines().count() == 1, "not one line\n{run}");
    serde_json::from_str(&stdout).unwrap()
}

/// Runs a call in a sandbox with two users, the list `users` and a file with a disabled user.
fn run(line: &[&str]) -> (Sandbox, Run) {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("users", "dave:secret\n");
    sandbox.write("disabled", format!("bob:!{SHA1}\n"));
    let run = sandbox.run([&["--json"], line].concat());
    (sandbox, run)
}

#[test]
fn every_command_prints_an_object_that_names_the_command() {
    let mut commands = BTreeSet::new();
    for (command, line) in [
        ("set", &["-bs", "passwd", "dave", "secret"][..]),
        ("create", &["-cbs", "new", "dave", "secret"]),
        ("delete", &["-D", "passwd", "bob"]),
        ("print", &["-nbs", "dave", "secret"]),
        ("verify", &["-vb", "passwd", "bob", "secret"]),
        ("ensure", &["--ensure", "-bs", "passwd", "dave", "secret"]),
        ("ensure-deleted", &["--ensure", "-D", "passwd", "bob"]),
        ("disable", &["--disable", "passwd", "bob"]),
        ("enable", &["--enable", "disabled", "bob"]),
        ("import", &["--import", "-s", "passwd", "users"]),
        ("import", &["--import", "-s", "--prune", "--dry-run", "passwd", "users"]),
        ("check", &["--check", "passwd"]),
        ("check", &["--check", "--fix", "passwd"]),
        ("list", &["--list", "passwd"]),
        ("servers", &["--for", "help"]),
    ] {
        let object = object(&run(line).1);
        assert_eq!((&object["schema"], &object["command"]), (&1.into(), &command.into()), "{line:?}");
        assert!(object["error"].is_null(), "{object}");
        commands.insert(object["command"].to_string());
    }
    // A wrong call has no command.
    let wrong = object(&run(&["-x"]).1);
    assert!(wrong["command"].is_null(), "{wrong}");
    commands.insert(wrong["command"].to_string());
    let known = schema::schema()["properties"]["command"]["enum"].as_array().unwrap();
    let known: BTreeSet<_> = known.iter().map(Value::to_string).collect();
    assert_eq!(commands, known);
}

#[test]
fn the_schema_rejects_unknown_members_kinds_and_commands() {
    let set = object(&run(&["-bs", "passwd", "dave", "secret"]).1);
    let failure = object(&run(&["-vb", "passwd", "dave", "secret"]).1);
    let imported = object(&run(&["--import", "-s", "passwd", "users"]).1);
    for valid in [&set, &failure, &imported] {
        assert_eq!(schema::errors(valid), Vec::<String>::new(), "{valid}");
    }
    let with = |object: &Value, path: &str, value: Value| {
        let mut object = object.clone();
        let (parent, name) = path.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[name] = value;
        object
    };
    for invalid in [
        with(&set, "/other", 1.into()),
        with(&set, "/schema", 2.into()),
        with(&set, "/command", "other".into()),
        with(&set, "/change", "removed".into()),
        with(&set, "/record", "dave:x".into()),
        with(&set, "/warnings", serde_json::json!([{ "kind": "other", "message": "" }])),
        with(&failure, "/error/kind", "other".into()),
        with(&failure, "/error/other", 1.into()),
        with(&failure, "/change", "added".into()),
        with(&imported, "/rejected", serde_json::json!([{ "file": null, "line": 0, "reason": "" }])),
        with(&imported, "/written", Value::Null),
    ] {
        assert!(!schema::errors(&invalid).is_empty(), "{invalid}");
    }
}

#[test]
fn every_definition_of_the_schema_is_used() {
    let schema = schema::schema();
    let text = schema.to_string();
    let definitions = schema["$defs"].as_object().unwrap();
    assert!(definitions.len() > 15);
    for name in definitions.keys() {
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name}");
    }
}

#[test]
fn a_change_of_a_user_names_the_file_the_user_and_the_change() {
    for (line, file, user, change) in [
        (&["-bs", "passwd", "dave", "secret"][..], "passwd", "dave", "added"),
        (&["-bs", "./passwd", "bob", "other"], "./passwd", "bob", "updated"),
        (&["-cbs", "passwd", "bob", "other"], "passwd", "bob", "added"),
        (&["-D", "passwd", "bob"], "passwd", "bob", "removed"),
        (&["-D", "passwd", "dave"], "passwd", "dave", "unchanged"),
        (&["--enable", "disabled", "bob"], "disabled", "bob", "enabled"),
    ] {
        let object = object(&run(line).1);
        let expected = [file, user, change].map(Value::from);
        assert_eq!([&object["file"], &object["user"], &object["change"]], expected.each_ref(), "{line:?}");
        assert_eq!(object["dry_run"], false);
        assert!(object["password"].is_null(), "{object}");
    }
}

#[test]
fn status_lines_stay_on_standard_error() {
    for (line, status) in [
        (&["-bs", "passwd", "dave", "secret"][..], "Adding password for user dave\n"),
        (&["-bs", "passwd", "bob", "secret"], "Updating password for user bob\n"),
        (&["-D", "passwd", "bob"], "Deleting password for user bob\n"),
        (&["-D", "passwd", "dave"], "User dave not found\n"),
        (&["-vb", "passwd", "bob", "secret"], "Password for user bob correct.\n"),
    ] {
        run(line).1.exits(0).stderr_is(status);
    }
}

#[test]
fn the_record_of_n_is_a_member() {
    let object = object(run(&["-nbs", "dave", "secret"]).1.exits(0));
    assert_eq!((&object["user"], &object["record"]), (&"dave".into(), &format!("dave:{SHA1}").into()));
    assert!(object["password"].is_null(), "{object}");
}

#[test]
fn a_generated_password_is_a_member_and_nowhere_else() {
    for line in [
        &["--generate", "-s", "passwd", "dave"][..],
        &["--generate", "-cs", "passwd", "dave"],
        &["--generate", "-s", "--ensure", "passwd", "dave"],
        &["--generate", "-ns", "dave"],
    ] {
        let (sandbox, run) = run(line);
        let object = object(run.exits(0));
        let password = object["password"].as_str().unwrap();
        assert_eq!(password.len(), 26, "{run}");
        assert_eq!(run.stdout().matches(password).count(), 1, "{run}");
        assert!(!run.stderr().contains(password), "{run}");
        assert!(run.stderr().contains("Generated a password of 26 characters"), "{run}");
        match object["record"].as_str() {
            Some(record) => sandbox.write("passwd", format!("{record}\n")),
            None => assert_eq!(object["change"], "added"),
        }
        assert!(sandbox.verifies("dave", password), "{run}");
    }
    // An existing user keeps the password.
    let unchanged = object(&run(&["--generate", "-s", "--ensure", "passwd", "bob"]).1);
    assert_eq!((&unchanged["change"], &unchanged["password"]), (&"unchanged".into(), &Value::Null));
}

#[test]
fn the_servers_are_a_table_in_any_order_of_the_options() {
    let sandbox = Sandbox::new();
    let before = sandbox.run(["--json", "--for", "help"]);
    let after = sandbox.run(["--for=help", "--json"]);
    before.exits(0).stderr_is("");
    assert_eq!(before.stdout(), after.stdout());
    let table = object(&before);
    let names = table["servers"].as_array().unwrap().iter().map(|server| server["name"].as_str().unwrap());
    assert!(names.eq(htpasswd::servers::Server::ALL.iter().map(|server| server.name)));
}

#[test]
fn warnings_are_in_the_object_and_on_standard_error() {
    let (_, run) = run(&["-bp", "passwd", "dave", ""]);
    let object = object(run.exits(0));
    let warnings = object["warnings"].as_array().unwrap();
    let kinds: Vec<_> = warnings.iter().map(|warning| warning["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["plain-text", "empty-password"]);
    for warning in warnings {
        run.stderr_has(&format!("Warning: {}.\n", warning["message"].as_str().unwrap()));
    }
}

#[test]
fn an_import_names_all_rejected_records() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("users", format!("dave:secret\n{}", "hunter2\n".repeat(30)));
    for (options, written, count) in [(&["--keep-going"][..], true, 1), (&[], false, 0)] {
        let run = sandbox.run([&["--import", "-s", "--json"], options, &["passwd", "users"]].concat());
        let object = object(run.exits(1));
        let rejected = object["rejected"].as_array().unwrap();
        assert_eq!((rejected.len(), &object["rejected_count"]), (30, &30.into()), "{run}");
        assert_eq!((&rejected[29]["file"], &rejected[29]["line"]), (&"users".into(), &31.into()), "{run}");
        assert_eq!(rejected[29]["reason"], "no colon between user and password");
        assert_eq!((&object["written"], &object["added"]), (&written.into(), &count.into()), "{run}");
        assert_eq!(object["error"]["kind"], if written { Value::Null } else { "rejected-records".into() });
        assert!(!run.stdout().contains("hunter2"), "{run}");
        run.stderr_has("htpasswd: … and 10 more\n");
    }
}

#[test]
fn the_help_and_the_version_are_text() {
    let sandbox = Sandbox::new();
    for option in ["--help", "--version"] {
        let text = sandbox.run([option]).stdout();
        sandbox.run(["--json", option]).exits(0).stdout_is(&text).stderr_is("");
    }
}
