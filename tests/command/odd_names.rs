//! User names that servers change when they read them, or that look like other names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::check::{STRONG, finds, private};
use crate::support::import::{import, is_alone, rejects, summary};
use crate::support::servers::Server;
use crate::support::{SHA1, Sandbox, TWO_USERS};

/// White space that some servers remove from the ends of a name.
const WHITE_SPACE: &str = "\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}";

/// Invisible characters: one that reverses the text after it, one without width, an isolate, a soft hyphen, and a tag.
const INVISIBLE: [&str; 5] = ["\u{202e}", "\u{200b}", "\u{2066}", "\u{ad}", "\u{e0041}"];

fn at_either_end() -> impl Iterator<Item = String> {
    WHITE_SPACE.chars().flat_map(|character| [format!("{character}bob"), format!("bob{character}")])
}

#[test]
fn ensure_rejects_names_with_white_space_at_an_end() {
    for user in at_either_end() {
        for options in [["--ensure", "-bs"].as_slice(), &["--ensure", "--dry-run", "-bs"]] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = sandbox.run([options, &["passwd", &user, "x"]].concat());
            run.exits(6).stdout_is("").stderr_has("the user name ");
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
            is_alone(&sandbox);
        }
    }
}

#[test]
fn import_rejects_names_with_white_space_at_an_end() {
    for user in at_either_end() {
        rejects(&["-s"], format!("dave:x\n{user}:hunter2\n"), &[2], 2);
        rejects(&["-s", "--import-format=csv"], format!("user,password\n{user},hunter2\n"), &[2], 1);
        // At the start of the list, a byte order mark belongs to the list and not to the name.
        let object = format!("\n{{\"user\":\"{user}\",\"password\":\"hunter2\"}}\n");
        rejects(&["-s", "--import-format=json"], object, &[2], 1);
        rejects(&["--hashed"], format!("\n{user}:{SHA1}\n"), &[2], 1);
        rejects(&["-s", "--ensure"], format!("\n{user}:hunter2\n"), &[2], 1);
    }
}

#[test]
fn secrets_reject_names_with_white_space_at_an_end() {
    for user in at_either_end() {
        let sandbox = Sandbox::new();
        let manifest = format!("kind: Secret\nstringData:\n  htpasswd: 'bob:{SHA1}'\n");
        sandbox.write("s.yaml", &manifest);
        sandbox.run(["-bs", "--secret", "s.yaml", &user, "x"]).exits(6);
        assert_eq!(sandbox.text("s.yaml"), manifest);
    }
}

#[test]
fn imported_names_that_end_with_a_blank_give_one_warning() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-s"], "alice:secret\nbob :secret\ncarol  :secret\n");
    let warning =
        "Warning: 2 user names end with a blank, which some servers remove (the first in line 2).\n";
    run.exits(0).stderr_is(&format!("{warning}{}", summary(3, 0, 0, 0)));
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\nbob :{SHA1}\ncarol  :{SHA1}\n"));

    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["--hashed", "--strict"], format!("dave :{SHA1}\n"));
    run.exits(1).stderr_has("1 user name ends with a blank");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn ensure_warns_of_a_name_that_ends_with_a_blank() {
    let sandbox = Sandbox::with(TWO_USERS);
    let line = ["--ensure", "-bs", "passwd", "dave ", "secret"];
    for change in ["added", "unchanged"] {
        let run = sandbox.run(line);
        run.exits(0)
            .stderr_has("the user name ends with a blank")
            .stderr_has(&format!("User dave : {change}\n"));
    }
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run([&["--strict"][..], &line].concat()).exits(1);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn invisible_characters_are_escaped_wherever_names_are_shown() {
    for character in INVISIBLE {
        let user = format!("al{character}ice");
        let escaped = format!("al{}ice", character.escape_unicode());
        let sandbox = private(TWO_USERS);
        let reports = |line: &[&str], exit: i32, part: &str| {
            let run = sandbox.run(line);
            run.exits(exit);
            let output = format!("{}{}", run.stdout(), run.stderr());
            assert!(!output.contains(character), "{line:?}: {run}");
            assert!(output.contains(&part.replace("NAME", &escaped)), "{line:?}: {run}");
        };
        reports(&["-D", "passwd", &user], 0, "User NAME not found");
        reports(&["-vb", "passwd", &user, "x"], 6, "User NAME not found");
        reports(&["-bs", "passwd", &user, "secret"], 0, "Adding password for user NAME\n");
        reports(&["-bs", "passwd", &user, "secret"], 0, "Updating password for user NAME\n");
        reports(&["-vb", "passwd", &user, "secret"], 0, "Password for user NAME correct.\n");
        reports(&["--ensure", "-bs", "passwd", &user, "secret"], 0, "User NAME: unchanged\n");
        reports(&["--check", "passwd"], 8, "user NAME: the user name contains an invisible character\n");
        reports(&["--check", "--for", "httpd", "--json", "passwd"], 8, "invisible-character");
        reports(&["--list", "passwd"], 0, "\nNAME ");
        reports(&["--list", "--json", "passwd"], 0, "invisible-character");
        sandbox.write("list", format!("new{user}:x\nnew{user}:y\n"));
        reports(&["--import", "-s", "--dry-run", "passwd", "list"], 0, "Warning: user newNAME is in line 1");
        reports(&["--import", "-s", "--dry-run", "passwd", "list"], 0, "added newNAME\n");
        reports(&["--import", "-s", "--dry-run", "--json", "passwd", "list"], 0, "\"plan\"");
        reports(&["--check", &format!("no{user}")], 7, "noNAME: error:   the file does not exist");
        reports(&["--check", "--for", &user, "passwd"], 2, "unknown server 'NAME'");
        reports(&["-bs", &format!("no/{user}"), "bob", "x"], 1, "no/NAME");
        reports(&["-D", "passwd", &user], 0, "Deleting password for user NAME\n");
    }
}

#[test]
fn json_has_the_exact_user_name() {
    for character in INVISIBLE.into_iter().chain(["\u{a0}", "\u{9b}", "\u{7f}", "\""]) {
        let user = format!("a{character}b");
        let sandbox = private(format!("{user}:{STRONG}\n"));
        let json = |line: &[&str]| -> serde_json::Value {
            let run = sandbox.run(line);
            let has_none =
                |character: char| character == '\n' || !htpasswd::document::is_invisible(character);
            assert!(run.stdout().chars().all(has_none), "{run}");
            serde_json::from_slice(&run.stdout).unwrap()
        };
        assert_eq!(json(&["--list", "--json", "passwd"])["users"][0]["user"], *user);
        if character != "\"" {
            assert_eq!(json(&["--check", "--json", "passwd"])["findings"][0]["user"], *user);
        }
        if !character.contains(char::is_control) || character == "\u{9b}" {
            let line = ["--ensure", "--json", "--dry-run", "-b", "passwd", &user, "secret"];
            assert_eq!(json(&line)["user"], *user);
        }
    }
}

#[test]
fn invisible_bytes_are_escaped_and_others_shown() {
    let sandbox = Sandbox::with(TWO_USERS);
    let words = [&b"-D"[..], b"passwd", b"m\xfcller\x9b\xa0\xad\xe9"].map(OsStr::from_bytes);
    let run = sandbox.run(words);
    // JSON contains U+FFFD in place of a byte that is not UTF-8.
    run.exits(0).stderr_is("User m\u{fffd}ller\\x9b\\xa0\\xad\u{fffd} not found\n");
}

#[test]
fn check_reports_names_that_the_server_trims() {
    let text = format!("alice:{STRONG}\n\u{a0}alice:{STRONG}\n");
    for server in ["registry", "traefik", "verdaccio"] {
        finds(&text, &["--for", server], 7, &["2 error trimmed-name", "2 warning duplicate"]);
    }
    for server in ["httpd", "nginx", "pypiserver"] {
        finds(&text, &["--for", server], 8, &["2 warning invisible-character"]);
    }
    finds(&text, &[], 8, &["2 warning trimmed-name"]);
    let text = format!("alice:{STRONG}\nalice :{STRONG}\n");
    finds(&text, &["--for", "verdaccio"], 7, &["2 error space-after-name", "2 warning duplicate"]);
    finds(&text, &["--for", "registry"], 8, &["2 warning space-after-name"]);
    let run = private(&text).run(["--check", "--for", "verdaccio", "passwd"]);
    assert!(run.stdout().contains("verdaccio removes it and reads another user's name"), "{run}");
    assert!(!run.stdout().contains("a part of the name"), "{run}");
    assert!(run.stdout().ends_with("; to remove such a user: htpasswd -D passwd USER\n"), "{run}");
}

/// A real registry and a real nginx read these names as the table of servers states.
#[test]
fn real_servers_trim_names_as_the_table_says() {
    let sandbox = private("");
    sandbox.set_mode("passwd", 0o644);
    let Some(registry) = Server::registry(&sandbox) else { return };
    let nginx = Server::nginx(&sandbox);
    for character in WHITE_SPACE.chars().chain(['\u{200b}', '\u{202e}']) {
        for name in [format!("{character}alice"), format!("alice{character}")] {
            sandbox.write("passwd", format!("{name}:{STRONG}\n"));
            let escaped = name.escape_unicode();
            for (server, name) in [(Some(&registry), "registry"), (nginx.as_ref(), "nginx")] {
                let Some(server) = server else { continue };
                let is_alice = server.client("alice", "secret").get() == 200;
                let run = sandbox.run(["--check", "--for", name, "passwd"]);
                assert_eq!(
                    run.stdout().contains("reads another user's name"),
                    is_alice,
                    "{name} {escaped}: {run}"
                );
            }
        }
    }
}
