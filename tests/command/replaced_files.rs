//! `-c` on a file that exists: the warnings come before the prompts, and `--backup` keeps the old file.

use std::os::unix::fs::symlink;

use crate::support::import::import;
use crate::support::{SHA1, Sandbox, TWO_USERS, Terminal, is_root, skipped};

const NOT_A_PASSWORD_FILE: &str = "Warning: -c replaces the file passwd, which does not appear to be a password file; \
     --backup keeps it.\n";
const USERS: &str = "Warning: -c replaces the file and removes 2 other users; omit -c to keep them.\n";

#[test]
fn the_warnings_come_before_the_prompts() {
    for (content, warning) in
        [(TWO_USERS, USERS), ("AuthType Basic\nRequire valid-user\n", NOT_A_PASSWORD_FILE)]
    {
        let sandbox = Sandbox::with(content);
        let mut terminal = Terminal::start(&sandbox, ["-cs", "passwd", "alice"]);
        terminal.expect(&warning.replace('\n', "\r\n"));
        terminal.answer("New password: ", "\x03");
        terminal.ends(4, &format!("{}New password: \r\n", warning.replace('\n', "\r\n")));
        assert_eq!(sandbox.text("passwd"), content);

        // The user has seen the warning, so it is not repeated.
        let run = sandbox.call(["-cs", "passwd", "alice"]).stdin("secret\nsecret\n").run();
        run.exits(0);
        assert_eq!(run.warnings(), [warning.trim_end()], "{run}");
    }
}

#[test]
fn replacing_a_file_that_is_no_password_file_warns() {
    let private_key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    for content in
        [b"AuthType Basic\n".as_slice(), private_key.as_bytes(), b"\x7fELF\x02\x01\0", b"\xff\xfeb\0:\0x\0"]
    {
        let sandbox = Sandbox::with(content);
        let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
        run.exits(0);
        assert_eq!(run.stderr(), format!("{NOT_A_PASSWORD_FILE}Adding password for user alice\n"));
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));

        let sandbox = Sandbox::with(content);
        let run = import(&sandbox, &["-cs"], "alice:secret\n");
        assert_eq!(run.exits(0).warnings(), [NOT_A_PASSWORD_FILE.trim_end()], "{run}");

        for line in [
            ["--strict", "-cbs", "passwd", "alice", "secret"].as_slice(),
            &["--strict", "--import", "-cs", "passwd"],
        ] {
            let sandbox = Sandbox::with(content);
            sandbox.call(line).stdin("alice:secret\n").run().exits(1).stderr_has(NOT_A_PASSWORD_FILE);
            assert_eq!(sandbox.read("passwd"), content);
        }
    }
}

#[test]
fn a_damaged_password_file_has_both_warnings() {
    let sandbox = Sandbox::with(format!("{TWO_USERS}no colon\n"));
    let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
    assert_eq!(
        run.exits(0).stderr(),
        format!("{NOT_A_PASSWORD_FILE}{USERS}Adding password for user alice\n")
    );
}

#[test]
fn comments_blank_lines_and_the_same_user_do_not_warn() {
    for content in
        [String::new(), "# staff\n\n \t\n".to_owned(), format!("alice:{SHA1}\n"), "\u{feff}".to_owned()]
    {
        let sandbox = Sandbox::with(content);
        sandbox.run(["--strict", "-cbs", "passwd", "alice", "secret"]).exits(0).does_not_warn();
    }
}

#[test]
fn backup_keeps_the_old_file() {
    for (option, name) in
        [("--backup", "passwd.bak"), ("--backup=.old", "passwd.old"), ("--backup=~", "passwd~")]
    {
        for content in [TWO_USERS.as_bytes(), b"AuthType Basic\n", b"\xff\0\x80"] {
            for import in [false, true] {
                let sandbox = Sandbox::with(content);
                sandbox.set_mode("passwd", 0o640);
                let line: &[&str] = if import {
                    &["--import", "-cs", "passwd"]
                } else {
                    &["-cbs", "passwd", "alice", "secret"]
                };
                let run = sandbox
                    .call([&["--strict", option], line].concat())
                    .umask("0")
                    .stdin("alice:secret\n")
                    .run();
                run.exits(0).does_not_warn().stderr_has(&format!("Kept the old file as {name}\n"));
                assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
                assert_eq!((sandbox.read(name), sandbox.mode(name)), (content.to_vec(), 0o640));
                assert_eq!(sandbox.names(), ["passwd", name]);
            }
        }
    }
}

#[test]
fn nothing_is_kept_of_a_missing_or_an_empty_file() {
    for sandbox in [Sandbox::new(), Sandbox::with("")] {
        let run = sandbox.run(["-cbs", "--backup", "passwd", "alice", "secret"]);
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(sandbox.names(), ["passwd"]);
    }
    let run = Sandbox::new().run(["-cbs", "--backup", "/dev/stdout", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n"));
}

#[test]
fn a_backup_replaces_no_file() {
    let error = "htpasswd: the backup passwd.bak exists already; remove it, or name another one with --backup=SUFFIX\n";
    for is_link in [false, true] {
        let sandbox = Sandbox::with(TWO_USERS);
        if is_link {
            symlink("nowhere", sandbox.path("passwd.bak")).unwrap();
        } else {
            sandbox.write("passwd.bak", "old");
        }
        // A program that reads this pipe would wait forever, because the pipe stays open and empty.
        let (reader, _writer) = std::io::pipe().unwrap();
        let run = sandbox.call(["-cs", "--backup", "passwd", "alice"]).stdin_from(reader).run();
        run.exits(1).stderr_is(error);
        let (reader, _writer) = std::io::pipe().unwrap();
        sandbox
            .call(["--import", "-cs", "--backup", "passwd"])
            .stdin_from(reader)
            .run()
            .exits(1)
            .stderr_is(error);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        assert_eq!(sandbox.names(), ["passwd", "passwd.bak"]);
    }
}

#[test]
fn without_a_backup_nothing_is_changed() {
    let sandbox = Sandbox::with(TWO_USERS);
    if is_root() && !sandbox.for_ordinary_user() {
        skipped("there is no ordinary user");
        return;
    }
    sandbox.set_mode(".", 0o555);
    let run = sandbox.call(["-cbs", "--backup", "passwd", "alice", "secret"]).by_ordinary_user().run();
    run.exits(1)
        .stderr_is("htpasswd: cannot create the backup passwd.bak: Permission denied; nothing was changed\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn backup_needs_c_and_a_suffix_in_the_same_directory() {
    let sandbox = Sandbox::with(TWO_USERS);
    for suffix in ["--backup=", "--backup=/x", "--backup=.d/x"] {
        sandbox
            .run(["-cbs", suffix, "passwd", "alice", "secret"])
            .is_wrong_call("argument to --backup must be a suffix without '/', such as .old");
    }
    sandbox.run(["-bs", "--backup", "passwd", "alice", "secret"]).is_wrong_call("--backup needs -c");
    sandbox
        .run(["-cbs", "--backup", "--no-clobber", "passwd", "alice", "secret"])
        .is_wrong_call("--no-clobber cannot be combined with --backup");
    sandbox
        .run(["-cbs", "--backup", "--secret=s.yaml", "alice", "secret"])
        .is_wrong_call("--secret cannot be combined with --backup");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
