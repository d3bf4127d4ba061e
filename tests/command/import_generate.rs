//! `--import --generate` makes a password for each name of a list, and hands the passwords out.

use std::os::unix::fs::symlink;

use crate::support::import::{numbers, summary};
use crate::support::{Run, SHA1, Sandbox, TWO_USERS};

/// The users with their passwords, from the CSV of a run.
fn handed_out(csv: &str) -> Vec<(String, String)> {
    let rows = csv.strip_prefix("user,password\n").expect("the header").lines();
    rows.map(|row| row.split_once(',').expect("two fields")).map(|(a, b)| (a.into(), b.into())).collect()
}

fn generate(sandbox: &Sandbox, options: &[&str], names: &str) -> Run {
    sandbox.call([&["--import", "--generate", "-s"], options, &["passwd"]].concat()).stdin(names).run()
}

#[test]
fn each_user_gets_the_password_that_is_handed_out() {
    for output in [None, Some("out.csv")] {
        let sandbox = Sandbox::with(TWO_USERS);
        let options: &[&str] = if output.is_some() { &["--output", "out.csv"] } else { &[] };
        let run = generate(&sandbox, options, "# names\nalice\nbob\n");
        let place = output.map_or(String::new(), |name| format!(" in {name}"));
        let generated = format!("Generated 2 passwords of 26 characters, 128 bits of entropy{place}\n");
        run.exits(0).stderr_is(&format!("{generated}{}", summary(1, 1, 0, 0)));
        let users = handed_out(&output.map_or_else(|| run.stdout(), |name| sandbox.text(name)));
        assert_eq!(users.iter().map(|(user, _)| user).collect::<Vec<_>>(), ["alice", "bob"]);
        for (user, password) in &users {
            assert!(password.len() == 26 && sandbox.verifies(user, password), "{user}");
        }
        assert_ne!(users[0].1, users[1].1);
        if let Some(name) = output {
            assert_eq!(sandbox.mode(name), 0o600);
            run.stdout_is("");
        }
    }
}

#[test]
fn the_name_of_the_output_chooses_json_lines() {
    let sandbox = Sandbox::new();
    for name in ["out.jsonl", "out.json", "out.ndjson"] {
        generate(&sandbox, &["-c", "--output", name], "alice\n\"q\n").exits(0);
        let text = sandbox.text(name);
        let rows: Vec<serde_json::Value> =
            text.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        assert_eq!(
            rows.iter().map(|row| row["user"].as_str().unwrap()).collect::<Vec<_>>(),
            ["alice", "\"q"]
        );
        assert!(sandbox.verifies("alice", rows[0]["password"].as_str().unwrap()));
    }
    let list = sandbox.call(["--import", "-s", "passwd", "out.jsonl"]).run();
    list.exits(0).stderr_is(&summary(0, 2, 0, 0));
}

#[test]
fn the_output_can_be_imported_again() {
    let sandbox = Sandbox::new();
    generate(&sandbox, &["-c", "--output=out.csv"], "alice\na,b\n\"c\"\n").exits(0);
    let run = sandbox.run(["--import", "--ensure", "-s", "passwd", "out.csv"]);
    run.exits(0).stderr_is(&summary(0, 0, 3, 0));
}

#[test]
fn names_come_from_csv_and_json_too() {
    let sandbox = Sandbox::new();
    sandbox.write("names.csv", "mail,user\na@b,alice\n");
    sandbox.write("names.jsonl", "{\"user\":\"bob\",\"mail\":\"a@b\"}\n");
    for (option, list, user) in [("-cs", "names.csv", "alice"), ("-s", "names.jsonl", "bob")] {
        let run = sandbox.run(["--import", "--generate", option, "passwd", list]);
        assert_eq!(handed_out(&run.exits(0).stdout())[0].0, user);
    }
}

#[test]
fn ensure_gives_passwords_to_new_users_only() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = generate(&sandbox, &["--ensure"], "bob\nalice\ncarol\n");
    let users = handed_out(&run.exits(0).stdout());
    assert_eq!(users.len(), 1);
    assert!(users[0].0 == "alice" && sandbox.verifies("alice", &users[0].1));
    assert!(run.stderr().ends_with(&summary(1, 0, 2, 0)), "{run}");
    assert!(sandbox.text("passwd").starts_with(TWO_USERS));

    let run = generate(&sandbox, &["--ensure", "--prune", "--output=none.csv"], "bob\n");
    run.exits(0).stdout_is("");
    assert_eq!(numbers(&run.stderr()), [0, 0, 1, 0, 2], "{run}");
    assert_eq!(sandbox.text("passwd"), format!("{}\n", TWO_USERS.lines().next().unwrap()));
    assert!(!sandbox.exists("none.csv"), "there is no password to hand out");
}

#[test]
fn an_existing_output_is_an_error_before_the_list_is_read() {
    for is_link in [false, true] {
        let sandbox = Sandbox::with(TWO_USERS);
        if is_link {
            symlink("nowhere", sandbox.path("out.csv")).unwrap();
        } else {
            sandbox.write("out.csv", "old");
        }
        // A program that reads this pipe would wait forever, because the pipe stays open and empty.
        let (reader, _writer) = std::io::pipe().unwrap();
        let call = ["--import", "--generate", "-s", "--output", "out.csv", "passwd"];
        let run = sandbox.call(call).stdin_from(reader).run();
        run.exits(1).stderr_is("htpasswd: the file out.csv exists already; name a new one with --output\n");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        assert_eq!(sandbox.names(), ["out.csv", "passwd"]);
    }
}

#[test]
fn an_output_that_cannot_be_written_changes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = generate(&sandbox, &["--output=none/out.csv"], "alice\n");
    run.exits(1).stderr_is(
        "htpasswd: cannot write the passwords to none/out.csv: No such file or directory; nothing was changed\n",
    );
    // A list that is larger than the limit of the file size.
    let names: String = (0..2000).flat_map(|number| [format!("user{number}"), "\n".to_owned()]).collect();
    let run = sandbox
        .call(["--import", "--generate", "-s", "--output=out.csv", "passwd"])
        .after("trap '' XFSZ; ulimit -f 8")
        .stdin(&names)
        .run();
    run.exits(1).stderr_has("cannot write the passwords to out.csv: File too large");
    let run = sandbox
        .call(["--import", "--generate", "-s", "passwd"])
        .redirected(">/dev/full")
        .stdin("alice\n")
        .run();
    run.exits(1).stderr_has("No space left");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn passwords_that_are_not_in_force_are_named() {
    let sandbox = Sandbox::with(TWO_USERS.repeat(200));
    for (option, place) in [(&["--output=out.csv"][..], "in out.csv"), (&[], "that were printed")] {
        // The limit of the file size permits the passwords, but not the password file.
        let run = sandbox
            .call([&["--import", "--generate", "-s"], option, &["passwd"]].concat())
            .after("trap '' XFSZ; ulimit -f 2")
            .stdin("alice\n")
            .run();
        run.exits(1).stderr_has(&format!("; no user has the passwords {place}\n"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS.repeat(200));
    }
    assert_eq!(handed_out(&sandbox.text("out.csv")).len(), 1);
    let run = sandbox
        .call(["--json", "--import", "--generate", "-s", "--output=other.csv", "passwd"])
        .after("trap '' XFSZ; ulimit -f 2")
        .stdin("alice\n")
        .run();
    let object: serde_json::Value = serde_json::from_str(&run.exits(1).stdout()).unwrap();
    let error = &object["error"];
    assert_eq!((&error["kind"], &error["file"]), (&"passwords-not-in-force".into(), &"other.csv".into()));
}

#[test]
fn json_has_the_number_of_passwords() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = generate(&sandbox, &["--json", "--output=out.csv"], "alice\nbob\n");
    let object: serde_json::Value = serde_json::from_str(&run.exits(0).stdout()).unwrap();
    assert_eq!((&object["generated"], &object["added"]), (&2.into(), &1.into()));
}

#[test]
fn the_password_file_is_no_place_for_the_passwords() {
    let sandbox = Sandbox::new();
    for (option, file) in [("-c", "passwd"), ("--ensure", "./passwd")] {
        let run = generate(&sandbox, &[option, "--output", file], "alice\n");
        run.exits(1).stderr_has("--output names the password file; nothing was changed");
        assert_eq!(handed_out(&sandbox.text("passwd")).len(), 1);
        std::fs::remove_file(sandbox.path("passwd")).unwrap();
    }
}

#[test]
fn a_dry_run_makes_no_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = generate(&sandbox, &["--dry-run", "--output=out.csv"], "alice\nbob\n");
    run.exits(0).stdout_is("added alice\nupdated bob\n");
    assert_eq!((sandbox.text("passwd").as_str(), sandbox.names()), (TWO_USERS, vec!["passwd".to_owned()]));
}

#[test]
fn a_list_with_passwords_is_rejected() {
    for (list, reason) in [
        ("alice:secret\n", "line 1 of standard input: the user name contains a colon"),
        ("user\nalice\n", "the list looks like CSV"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        generate(&sandbox, &[], list).exits(1).stderr_has(reason);
        let run = generate(&sandbox, &["--import-format=csv"], "user,password\nalice,secret\n");
        run.exits(1).stderr_has("and with --generate no column 'password' or 'hash'");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn a_name_that_json_cannot_contain_is_an_error() {
    let sandbox = Sandbox::with(TWO_USERS);
    let call = ["--import", "--generate", "-s", "--output=out.jsonl", "passwd"];
    let run = sandbox.call(call).stdin(b"alice\nm\xfcller\n").run();
    run.exits(1).stderr_has("line 2: the user name is not UTF-8, so JSON cannot contain it");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    let run = sandbox.call(["--import", "--generate", "-s", "passwd"]).stdin(b"m\xfcller\n").run();
    assert!(run.exits(0).stdout.starts_with(b"user,password\nm\xfcller,"), "{run}");
}

#[test]
fn options_that_contradict_generate_are_wrong_calls() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\n"));
    for (options, reason) in [
        (&["--hashed"][..], "--generate cannot be combined with --hashed"),
        (&["--json"], "--json needs --output"),
        (&["-d"], "--generate"),
    ] {
        let call = [&["--import", "--generate"], options, &["passwd"]].concat();
        sandbox.call(call).stdin("alice\n").run().exits(2).stderr_has(reason);
    }
    sandbox.run(["--generate", "--output=x", "passwd", "bob"]).is_wrong_call("--output needs --import");
    assert_eq!(sandbox.names(), ["passwd"]);
}
