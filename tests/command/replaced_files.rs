//! `-c` on a file that exists: the warnings come before the prompts.

use crate::support::import::import;
use crate::support::{SHA1, Sandbox, TWO_USERS, Terminal};

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
