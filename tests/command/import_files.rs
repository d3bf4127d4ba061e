//! `--import`: the user list, the password file, and the summary.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::thread;
use std::time::Duration;

use crate::support::import::{import, is_alone, shows_no_secret, summary, warns_once_with};
use crate::support::users::{OTHER, users};
use crate::support::{APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA512_CRYPT, Sandbox, TWO_USERS};

const NO_FILE: &str = "htpasswd: cannot modify file passwd; use '-c' to create it\n";

// The user list

#[test]
fn users_are_read_from_a_file_or_from_standard_input() {
    for (operands, input) in [
        (["passwd", "users"].as_slice(), "erin:hunter2\n"),
        (&["passwd", "./users"], ""),
        (&["passwd"], "alice:secret\n"),
        (&["passwd", "-"], "alice:secret\n"),
        (&["passwd", "/dev/stdin"], "alice:secret\n"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.write("users", "alice:secret\n");
        sandbox.write("-", "fred:hunter2\n");
        let run = sandbox.call([["--import", "-s"].as_slice(), operands].concat()).stdin(input).run();
        run.exits(0).stdout_is("").stderr_is(&summary(1, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\n"), "{operands:?}");
        assert_eq!(sandbox.text("users"), "alice:secret\n");
        assert_eq!(sandbox.names(), ["-", "passwd", "users"]);
    }
}

#[test]
fn an_unreadable_list_changes_nothing() {
    for create in [[].as_slice(), &["-c"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        fs::create_dir(sandbox.path("directory")).unwrap();
        for name in ["none", "directory", "none/users", "passwd/users"] {
            let run = sandbox.run([&["--import", "-s"], create, &["passwd", name]].concat());
            run.exits(1).stdout_is("").stderr_has("htpasswd: ").stderr_has(name);
            assert!(!run.stderr().contains("Imported"), "{run}");
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{name}");
            assert_eq!(sandbox.names(), ["directory", "passwd"]);
        }
    }
}

#[test]
fn the_list_may_be_a_slow_pipe() {
    let sandbox = Sandbox::with("");
    let (reader, mut writer) = std::io::pipe().unwrap();
    let running = sandbox.call(["--import", "-s", "passwd"]).stdin_from(reader).start();
    for piece in ["ali", "ce:sec", "ret\r", "\ndave", ":", "secret", "\n"] {
        writer.write_all(piece.as_bytes()).unwrap();
    }
    drop(writer);
    running.wait().exits(0).stderr_is(&summary(2, 0, 0, 0));
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{SHA1}\n"));
}

#[test]
fn the_password_file_is_rejected_as_user_list() {
    let sandbox = Sandbox::with(TWO_USERS);
    std::os::unix::fs::symlink("passwd", sandbox.path("link")).unwrap();
    let error = "htpasswd: FILE and USERS are the same file; its hashes would be imported as passwords (use --hashed)\n";
    for (file, users) in [("passwd", "passwd"), ("passwd", "./link"), ("link", "passwd")] {
        for options in [["--import", "-s"], ["--import", "-c"]] {
            sandbox.run([&options[..], &[file, users]].concat()).exits(2).stdout_is("").stderr_is(error);
        }
    }
    let itself = fs::File::open(sandbox.path("passwd")).unwrap();
    sandbox.call(["--import", "-s", "passwd"]).stdin_from(itself).run().exits(2).stderr_is(error);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

// The password file

#[test]
fn a_missing_file_fails_before_the_list_is_read() {
    let sandbox = Sandbox::new();
    // A program that reads this pipe would wait forever, because the pipe stays open and empty.
    let (reader, _writer) = std::io::pipe().unwrap();
    let run = sandbox.call(["--import", "-s", "passwd"]).stdin_from(reader).run();
    run.exits(1).stdout_is("").stderr_is(NO_FILE);
    sandbox.run(["--import", "-s", "passwd", "none"]).exits(1).stderr_is(NO_FILE);
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_file_that_cannot_be_created_fails_before_reading() {
    let sandbox = Sandbox::new();
    let (reader, _writer) = std::io::pipe().unwrap();
    let run = sandbox.call(["--import", "-cs", "no/passwd"]).stdin_from(reader).run();
    run.exits(1).stdout_is("").stderr_is("htpasswd: cannot create file no/passwd\n");
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_read_only_file_fails_before_the_list_is_read() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o444);
    let (reader, _writer) = std::io::pipe().unwrap();
    let run = sandbox.call(["--import", "-s", "passwd"]).stdin_from(reader).by_ordinary_user().run();
    run.exits(1).stderr_is("htpasswd: cannot open file passwd for read/write access\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_directory_is_rejected() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("passwd")).unwrap();
    import(&sandbox, &["-s"], "alice:secret\n").exits(1).stderr_is(NO_FILE);
    let run = import(&sandbox, &["-cs"], "alice:secret\n");
    run.exits(1).stderr_is("htpasswd: cannot create file passwd\n");
    assert!(sandbox.path("passwd").is_dir());
}

#[test]
fn an_invalid_password_file_is_unchanged() {
    for content in ["no colon\n".to_owned(), format!("{TWO_USERS}<html>\n"), format!("x\n{TWO_USERS}")] {
        let sandbox = Sandbox::with(&content);
        for options in [["-s"].as_slice(), &["-s", "--keep-going"]] {
            let run = import(&sandbox, options, "alice:secret\nbob:secret\n");
            run.exits(7).stdout_is("");
            run.stderr_has("htpasswd: The file passwd does not appear to be a valid htpasswd file.\n");
            assert_eq!(sandbox.text("passwd"), content);
            is_alone(&sandbox);
        }
    }
}

#[test]
fn one_imported_user_is_written_as_by_a_single_call() {
    for content in [
        "",
        "\n",
        TWO_USERS,
        &TWO_USERS[..TWO_USERS.len() - 1],
        &TWO_USERS.replace('\n', "\r\n"),
        TWO_USERS.replace('\n', "\r\n").trim_end(),
        &format!("\u{feff}{TWO_USERS}"),
        &format!("# staff\n\n  # more\n \t bob:{SHA1}:Bob:third: \r\n\n\n"),
        &format!("bob:{SHA1}\ncarol:{SHA1}\nbob:{DES}\nbob:\n"),
        &format!("\tcarol:{SHA1}\r\n# no end"),
        &format!("bob:{SHA512_CRYPT}:Bob\r\nBob:{APR1}\nbobby:{MD5_CRYPT}"),
    ] {
        for user in ["alice", "bob", "carol"] {
            let single = Sandbox::with(content);
            single.run(["-bs", "passwd", user, "other"]).exits(0);
            let sandbox = Sandbox::with(content);
            let known = content.contains(&format!("{user}:"));
            let run = import(&sandbox, &["-s"], format!("{user}:other\n"));
            run.exits(0).stderr_is(&summary(usize::from(!known), usize::from(known), 0, 0));
            assert_eq!(sandbox.text("passwd"), single.text("passwd"), "{user} into {content:?}");
        }
    }
}

#[test]
fn other_lines_are_preserved_byte_for_byte() {
    let mut content = b"\xef\xbb\xbf# staff \xff\x00\r\n\r\n \tbob:".to_vec();
    content.extend([SHA1, ":Bob:third \r\nm\u{fc}ller:", APR1, ":x\n  # carol:\n\ncarol:"].concat().bytes());
    content.extend([SHA1, "\r\ndave:", BCRYPT, ":no end"].concat().bytes());
    let sandbox = Sandbox::with(&content);
    let run = import(&sandbox, &["-s"], "erin:secret\ncarol:other\nbob:secret\nfred:secret\n");
    run.exits(0).stderr_is(&summary(2, 1, 1, 0));
    let carol = [b"\ncarol:", SHA1.as_bytes()].concat();
    let start = content.windows(carol.len()).position(|window| window == carol).unwrap();
    let mut expected = content.clone();
    expected.splice(start..start + carol.len(), [b"\ncarol:", OTHER.as_bytes()].concat());
    let text = sandbox.read("passwd");
    assert!(text.starts_with(&expected), "{}", text.escape_ascii());
    let new = String::from_utf8(text[expected.len()..].to_vec()).unwrap();
    assert_eq!(new.trim_start(), format!("erin:{SHA1}\nfred:{SHA1}\n"));
}

#[test]
fn the_inode_and_the_mode_are_preserved() {
    for options in ["-s", "-cs"] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.set_mode("passwd", 0o640);
        let before = fs::metadata(sandbox.path("passwd")).unwrap();
        import(&sandbox, &[options], "alice:secret\n").exits(0);
        let after = fs::metadata(sandbox.path("passwd")).unwrap();
        assert_eq!((before.ino(), before.mode()), (after.ino(), after.mode()));
    }
}

#[test]
fn an_import_without_changes_writes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    let modified = || fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
    let before = modified();
    import(&sandbox, &["-s"], "bob:secret\n").exits(0).stderr_is(&summary(0, 0, 1, 0));
    import(&sandbox, &["-s"], "").exits(0).stderr_is(&summary(0, 0, 0, 0));
    import(&sandbox, &["-s"], "hunter2\n").exits(1);
    assert_eq!((modified(), sandbox.text("passwd").as_str()), (before, TWO_USERS));
}

#[test]
fn changes_of_other_programs_are_preserved() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
    file.lock().unwrap();
    let running = sandbox.call(["--import", "-s", "passwd"]).stdin("alice:secret\n").start();
    file.write_all(format!("dave:{DES}\n").as_bytes()).unwrap();
    file.unlock().unwrap();
    running.wait().exits(0).stderr_is(&summary(1, 0, 0, 0));
    assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}dave:{DES}\nalice:{SHA1}\n"));
}

#[test]
fn concurrent_imports_lose_no_user() {
    let sandbox = Sandbox::with(TWO_USERS);
    thread::scope(|scope| {
        for writer in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let input = (0..300)
                    .map(|number| format!("w{writer}-{number}:secret\n"))
                    .collect::<Vec<_>>()
                    .concat();
                import(sandbox, &["-s"], input).exits(0).stderr_is(&summary(300, 0, 0, 0));
            });
        }
    });
    let text = sandbox.text("passwd");
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 2 + 8 * 300);
    is_alone(&sandbox);
}

// -c

#[test]
fn c_creates_a_missing_file() {
    for (options, mode) in [(["-c", "-s"].as_slice(), 0o644), (&["-sc"], 0o600)] {
        let sandbox = Sandbox::new();
        let call = sandbox.call([&["--import"], options, &["passwd"]].concat());
        let umask = if mode == 0o644 { "022" } else { "077" };
        let run = call.umask(umask).stdin("zed:secret\nalice:secret\n").run();
        run.exits(0).stdout_is("").stderr_is(&summary(2, 0, 0, 0)).does_not_warn();
        assert_eq!(sandbox.text("passwd"), format!("zed:{SHA1}\nalice:{SHA1}\n"));
        assert_eq!(sandbox.mode("passwd"), mode);
        is_alone(&sandbox);
    }
}

#[test]
fn c_replaces_the_file_and_warns_of_removed_users() {
    let content = format!("# staff\n{TWO_USERS}dave:{DES}\n");
    for (input, gone) in [
        ("alice:secret\n", Some(3)),
        ("alice:secret\ncarol:secret\n", Some(2)),
        ("bob:secret\ncarol:secret\ndave:secret\n", None),
    ] {
        let sandbox = Sandbox::with(&content);
        let run = import(&sandbox, &["-c", "-s"], input);
        run.exits(0).stdout_is("").stderr_is(&summary(input.lines().count(), 0, 0, 0));
        match gone {
            Some(gone) => warns_once_with(&run, &[gone]),
            None => assert!(run.warnings().is_empty(), "{run}"),
        }
        assert_eq!(sandbox.text("passwd"), input.replace("secret", SHA1));
        is_alone(&sandbox);
    }
}

#[test]
fn c_creates_no_file_for_invalid_records() {
    let sandbox = Sandbox::new();
    let run = import(&sandbox, &["-c", "-s"], "alice:secret\nhunter2\n");
    run.exits(1).stderr_has("htpasswd: nothing was written: 1 of 2 records are invalid;");
    assert_eq!(sandbox.names(), Vec::<String>::new());

    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-c", "-s"], "alice:secret\nhunter2\n");
    run.exits(1).does_not_warn();
    assert_eq!(sandbox.text("passwd"), TWO_USERS);

    let run = import(&sandbox, &["-c", "-s", "--keep-going"], "alice:secret\nhunter2\n");
    run.exits(1).stderr_has(&summary(1, 0, 0, 1));
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn c_keeps_the_file_if_the_list_is_empty() {
    let sandbox = Sandbox::with(TWO_USERS);
    import(&sandbox, &["-c", "-s"], "").exits(0).stderr_is(&summary(0, 0, 0, 0)).does_not_warn();
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn c_writes_to_a_pipe() {
    let run =
        Sandbox::new().call(["--import", "-cs", "/dev/stdout"]).stdin("alice:secret\ndave:other\n").run();
    run.exits(0).stdout_is(&format!("alice:{SHA1}\ndave:{OTHER}\n"));
    run.stderr_is("Imported /dev/stdout: 2 added, 0 updated, 0 unchanged, 0 rejected\n");
}

// The summary

#[test]
fn the_summary_counts_users() {
    let sandbox = Sandbox::with(format!("{TWO_USERS}dave:{SHA1}\ndave:{DES}\n"));
    let input = "bob:secret\nalice:secret\ncarol:secret\ndave:other\nerin:secret\nfred:secret\n";
    import(&sandbox, &["-s"], input).exits(0).stderr_is(&summary(3, 2, 1, 0)).does_not_warn();
    import(&sandbox, &["-s"], input).exits(0).stderr_is(&summary(0, 0, 6, 0));
    // Each import makes a new salt, so each hash differs and the user is updated.
    import(&sandbox, &[], input).exits(0).stderr_is(&summary(0, 6, 0, 0));
}

#[test]
fn the_summary_names_the_file_as_in_the_call() {
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["--import", "-s", "./passwd"]).stdin("alice:secret\n").run();
    run.exits(0).stderr_is("Imported ./passwd: 1 added, 0 updated, 0 unchanged, 0 rejected\n");
}

const REJECTED: &str = r#"{"file":null,"line":2,"reason":"no colon between user and password"},{"file":null,"line":5,"reason":"the user name is empty"}"#;
const NO_WARNINGS: &str = "\"warnings\":[]}\n";

#[test]
fn json_prints_the_summary_on_standard_output() {
    let sandbox = Sandbox::with(TWO_USERS);
    let json = |counts: [usize; 5], written: bool| {
        let [added, updated, unchanged, rejected, duplicates] = counts;
        format!(
            "{{\"schema\":1,\"command\":\"import\",\"file\":\"passwd\",\"added\":{added},\
             \"updated\":{updated},\"unchanged\":{unchanged},\"rejected_count\":{rejected},\
             \"rejected\":[{}],\"duplicates\":{duplicates},\"written\":{written},",
            if rejected == 0 { "" } else { REJECTED }
        )
    };
    let input = "bob:secret\ncarol:secret\nalice:hunter1\ndave:secret\nalice:secret\n";
    let run = import(&sandbox, &["-s", "--json"], input);
    run.exits(0).stderr_is("");
    let warning = r#""warnings":[{"kind":"duplicate-user","message":"user alice is in line 3 and in line 5; the last one counts"}]}"#;
    run.stdout_is(&(json([2, 1, 1, 0, 1], true) + warning + "\n"));
    warns_once_with(&run, &[3, 5]);

    let before = sandbox.text("passwd");
    let input = "erin:secret\nhunter2\nbob:other\ncarol:secret\n:hunter3\n";
    let run = import(&sandbox, &["-s", "--json"], input);
    let error = r#""error":{"kind":"rejected-records","exit":1,"message":"nothing was written: 2 of 5 records are invalid; --keep-going skips them","file":null,"line":null},"#;
    run.exits(1).stdout_is(&(json([0, 0, 0, 2, 0], false) + error + NO_WARNINGS));
    run.stderr_has("htpasswd: line 2 of standard input: ").stderr_has("htpasswd: line 5 of standard input: ");
    shows_no_secret(&run);
    assert_eq!(sandbox.text("passwd"), before);

    let run = import(&sandbox, &["-s", "--json", "--keep-going"], input);
    run.exits(1).stdout_is(&(json([1, 1, 1, 2, 0], true) + NO_WARNINGS));
    run.stderr_has("htpasswd: line 2 of standard input: ").stderr_has("htpasswd: line 5 of standard input: ");
    assert!(!run.stderr().contains("Imported"), "{run}");
    shows_no_secret(&run);
}

#[test]
fn a_summary_that_cannot_be_written_exits_with_1() {
    let sandbox = Sandbox::with("");
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run =
        sandbox.call(["--import", "-s", "--json", "passwd"]).stdin("alice:secret\n").stdout_to(full).run();
    run.exits(1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

// Many users

#[test]
fn an_import_adds_and_updates_20_000_users() {
    let limit = Duration::from_secs(15);
    let mut input = String::new();
    for number in 0..20_000 {
        writeln!(input, "u{number:05}:secret").unwrap();
    }
    let sandbox = Sandbox::with("");
    let run = |input: &str| sandbox.call(["--import", "-s", "passwd"]).stdin(input).limit(limit).run();
    run(&input).exits(0).stderr_is(&summary(20_000, 0, 0, 0)).does_not_warn();
    assert!(sandbox.text("passwd") == users(20_000), "not the users of the input in their order");
    run(&input).exits(0).stderr_is(&summary(0, 0, 20_000, 0));
    run(&input.replace("secret", "other")).exits(0).stderr_is(&summary(0, 20_000, 0, 0));
    assert!(sandbox.text("passwd") == users(20_000).replace(SHA1, OTHER), "not every user is updated");
    for user in ["u00000", "u00001", "u09999", "u19999"] {
        assert!(sandbox.verifies(user, "other") && !sandbox.verifies(user, "secret"), "{user}");
    }
    is_alone(&sandbox);
}

#[test]
fn users_are_found_anywhere_in_a_large_file() {
    let sandbox = Sandbox::with(users(20_000));
    let input = "u19999:other\nnew2:secret\nu00000:other\nu12345:secret\nnew1:secret\nu10000:other\n";
    import(&sandbox, &["-s"], input).exits(0).stderr_is(&summary(2, 3, 1, 0));
    let mut expected = users(20_000);
    for user in ["u00000", "u10000", "u19999"] {
        expected = expected.replace(&format!("{user}:{SHA1}"), &format!("{user}:{OTHER}"));
    }
    assert!(sandbox.text("passwd") == format!("{expected}new2:{SHA1}\nnew1:{SHA1}\n"));
}
