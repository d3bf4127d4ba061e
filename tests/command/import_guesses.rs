//! `--import` without `--import-format`: the name of the list tells the format, and other formats are rejected.

use crate::support::import::{import, imported, is_alone, shows_no_secret};
use crate::support::{SHA1, Sandbox, TWO_USERS};

const JSON: &str = "{\"user\":\"alice\",\"password\":\"secret\"}\n";
const CSV: &str = "user,password\nalice,secret\n";

#[test]
fn the_name_of_the_list_tells_its_format() {
    for (name, list) in [
        ("people.csv", CSV),
        ("PEOPLE.CSV", CSV),
        ("people.json", JSON),
        ("people.jsonl", JSON),
        ("./a.b/people.json", JSON),
        ("people", "alice:secret\n"),
        ("people.txt", "alice:secret\n"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        std::fs::create_dir(sandbox.path("a.b")).unwrap();
        sandbox.write(name, list);
        sandbox.run(["--import", "-s", "passwd", name]).exits(0).does_not_warn();
        assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\n"), "{name}");
    }
}

#[test]
fn an_option_decides_before_the_name() {
    let sandbox = Sandbox::with("");
    sandbox.write("people.csv", "alice:secret\n");
    sandbox.run(["--import", "-s", "--import-format=lines", "passwd", "people.csv"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_list_of_another_format_is_never_read_as_lines() {
    for (list, line, message) in [
        (JSON.to_owned(), 1, "the list looks like JSON; use --import-format json, "),
        (format!("\n# people\n {JSON}"), 3, "the list looks like JSON; use --import-format json, "),
        (format!("[{}]\n", JSON.trim()), 1, "the list looks like a JSON array; use jq -c '.[]' and "),
        ("- user: alice\n  password: hunter2\n".to_owned(), 1, "the list looks like YAML; use "),
        ("---\n- user: alice\n".to_owned(), 1, "the list looks like YAML; use "),
        (
            "\u{feff}user,password\r\nalice,hunter:2\r\n".to_owned(),
            1,
            "the list looks like CSV; use --import-format csv, ",
        ),
    ] {
        for options in
            [["-s"].as_slice(), &["-s", "--prune"], &["-c", "-s"], &["-s", "--keep-going"], &["--ensure"]]
        {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = import(&sandbox, options, &list);
            run.exits(1).stdout_is("");
            run.stderr_is(&format!(
                "htpasswd: line {line} of standard input: {message}{}",
                run.stderr().rsplit_once(message).map_or("", |(_, end)| end)
            ));
            run.stderr_has("or --import-format lines for user:password\n");
            shows_no_secret(&run);
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{list:?}");
            is_alone(&sandbox);

            sandbox.write("my list", &list);
            let run = sandbox.run([&["--import"], options, &["passwd", "my list"]].concat());
            run.exits(1).stderr_has(&format!("htpasswd: line {line} of my list: the list looks like "));
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{list:?}");
        }
    }
}

#[test]
fn such_user_names_are_accepted_in_the_format_lines() {
    let sandbox = imported(&["-s", "--import-format=lines"], "{a:secret\n[b:secret\n- c:secret\n", 3);
    assert_eq!(sandbox.text("passwd"), format!("{{a:{SHA1}\n[b:{SHA1}\n- c:{SHA1}\n"));
    // Only the first record tells the format.
    let sandbox = imported(&["-s"], "a:secret\n{b:secret\n-c:secret\n", 3);
    assert_eq!(sandbox.text("passwd"), format!("a:{SHA1}\n{{b:{SHA1}\n-c:{SHA1}\n"));
}

#[test]
fn a_json_array_is_rejected_with_the_next_step() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("people.json", "[\n  {\"user\": \"alice\", \"password\": \"hunter2\"}\n]\n");
    sandbox.run(["--import", "-s", "passwd", "people.json"]).exits(1).stderr_is(
        "htpasswd: line 1 of people.json: the list is a JSON array; write one object per line (jq -c '.[]')\n",
    );
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn every_rejection_names_the_list_and_the_line() {
    for (name, list, line) in [
        ("people", "alice:secret\nhunter2\n", 2),
        ("people", "alice:secret\n\n:hunter2\n", 3),
        ("people.csv", "\nuser,pass\nalice,hunter2\n", 2),
        ("people.csv", "user,password\nalice,secret\nhunter2\n", 3),
        ("people.json", "{\"user\":\"alice\"}\n", 1),
        ("people.jsonl", "{\"user\":\"alice\",\"password\":\"secret\"}\n{\"user\"\n", 2),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write(name, list);
        let run = sandbox.run(["--import", "-s", "passwd", name]);
        run.exits(1);
        assert!(run.stderr().starts_with(&format!("htpasswd: line {line} of {name}: ")), "{run}");
        shows_no_secret(&run);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("people", "# empty\n");
    let run = sandbox.run(["--import", "-s", "--prune", "passwd", "people"]);
    run.exits(1).stderr_has("nothing was written: people has no users, ");
}
