//! Passwords that users cannot type, and hashes that are mistaken for passwords: the same warning from every source.

use crate::support::import::{import, imported_with_warnings, is_alone, shows_no_secret};
use crate::support::{APR1, BCRYPT, Call, DES, SHA1, Sandbox, TWO_USERS, Terminal, bytes};

/// Passwords that can come from every source, each with a part of its warning.
const UNUSUAL: [(&str, &str); 6] = [
    ("\u{feff}secret", " with a byte order mark"),
    ("secret\r", " with a carriage return"),
    ("sec\u{1b}ret", " contains a control character"),
    ("secret\u{7f}", " contains a control character"),
    (APR1, " is a hash"),
    (BCRYPT, " is a hash"),
];

/// A newline that ends the password. After a carriage return it must be CRLF, because only one carriage return is a part
/// of the newline.
fn newline(password: &str) -> &'static str {
    if password.ends_with('\r') { "\r\n" } else { "\n" }
}

/// The calls that set the password from each source.
fn calls<'a>(sandbox: &'a Sandbox, mode: &[&str], password: &str) -> Vec<Call<'a>> {
    let line = format!("{password}{}", newline(password));
    sandbox.write("pw", &line);
    sandbox.set_mode("pw", 0o600);
    let set = |source: &[&str], more: &[&str]| {
        sandbox.call([mode, &["-s"], source, &["passwd", "alice"], more].concat())
    };
    vec![
        set(&["-b"], &[password]),
        set(&["-i"], &[]).stdin(&line),
        set(&["--password-file=pw"], &[]),
        set(&["--password-fd=3"], &[]).redirected("3<pw"),
        set(&["--password-env=PW"], &[]).env("PW", bytes(password.as_bytes())),
    ]
}

#[test]
fn every_source_warns_of_an_unusual_password() {
    for (password, warning) in UNUSUAL {
        for mode in [[].as_slice(), &["-c"], &["--ensure"]] {
            for source in 0..5 {
                let sandbox = Sandbox::with("");
                let run = calls(&sandbox, mode, password).swap_remove(source).run();
                let warnings = run.exits(0).warnings();
                assert!(warnings.len() == 1 && warnings[0].contains(warning), "{password:?} {source}\n{run}");
                assert!(!run.stderr().contains("secret"), "{run}");

                let sandbox = Sandbox::with("");
                let mode = [&["--strict"], mode].concat();
                let run = calls(&sandbox, &mode, password).swap_remove(source).run();
                run.exits(1).stderr_has("--strict treats this warning as an error");
                assert_eq!(sandbox.text("passwd"), "");
            }
        }
    }
}

#[test]
fn a_list_warns_of_an_unusual_password() {
    for (password, warning) in UNUSUAL {
        let json = serde_json::json!({ "user": "alice", "password": password });
        for (format, list) in [
            ("lines", format!("bob:secret\nalice:{password}{}", newline(password))),
            ("csv", format!("user,password\nbob,secret\nalice,\"{password}\"\n")),
            ("json", format!("{{\"user\":\"bob\",\"password\":\"secret\"}}\n{json}\n")),
        ] {
            let options = ["-s", "--import-format", format];
            let (_, run) = imported_with_warnings(&options, &list, 2);
            let line = if format == "csv" { "line 3" } else { "line 2" };
            let warnings = run.warnings();
            assert!(warnings.len() == 1 && warnings[0].contains(warning), "{format} {password:?}\n{run}");
            assert!(warnings[0].ends_with(&format!("({line}).")), "{run}");

            let sandbox = Sandbox::with(TWO_USERS);
            import(&sandbox, &[&["--strict"], &options[..]].concat(), &list).exits(1);
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

#[test]
fn a_newline_in_a_password_warns_from_every_source() {
    let sandbox = Sandbox::with("");
    for call in calls(&sandbox, &[], "one\ntwo") {
        let run = call.run();
        assert!(run.exits(0).warnings()[0].contains("the password contains a newline"), "{run}");
        assert_eq!(run.warnings().len(), 1, "{run}");
    }
    let list = "user,password\nalice,\"one\ntwo\"\n";
    let (_, run) = imported_with_warnings(&["-s", "--import-format=csv"], list, 1);
    assert_eq!(run.warnings(), ["Warning: 1 password contains a newline (line 2)."]);
}

#[test]
fn a_blank_at_an_end_warns_in_a_list_only() {
    for password in [" secret", "secret ", " secret "] {
        let (sandbox, run) = imported_with_warnings(&["-s"], format!("alice:{password}\n"), 1);
        assert_eq!(run.warnings(), ["Warning: 1 password starts or ends with a blank (line 1)."]);
        assert!(sandbox.verifies("alice", password));
        sandbox.run(["-bs", "passwd", "alice", password]).exits(0).does_not_warn();
    }
    let sandbox = Sandbox::with(TWO_USERS);
    import(&sandbox, &["--strict", "-s"], "alice: secret\n")
        .exits(1)
        .stderr_has("starts or ends with a blank");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn usual_passwords_do_not_warn() {
    // Each text of 13 letters is a hash of DES crypt.
    for password in ["pässwörd", " secret ", DES, "{SHA}", "$apr1$", "a\\nb", "correct horse battery staple"]
    {
        let sandbox = Sandbox::with("");
        for call in calls(&sandbox, &[], password) {
            call.run().exits(0).does_not_warn();
        }
    }
}

#[test]
fn a_hash_at_the_prompt_warns() {
    let sandbox = Sandbox::with("");
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    for prompt in ["New password: ", "Re-type new password: "] {
        terminal.answer(prompt, format!("{SHA1}\n"));
    }
    let text = "New password: \r\nRe-type new password: \r\n\
        Warning: the password is a hash, so users must type the hash; \
        --import --hashed stores hashes as they are.\r\nAdding password for user alice\r\n";
    terminal.ends(0, text);
}

#[test]
fn a_list_with_only_hashes_is_rejected_and_names_hashed() {
    let list = format!("alice:{SHA1}\ndave:{APR1}\n");
    for options in [["-s"].as_slice(), &["-B"], &["-c"], &["--ensure"], &["--dry-run"], &["--keep-going"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = import(&sandbox, options, &list);
        run.exits(1).stdout_is("").stderr_is(
            "htpasswd: nothing was written: every password in standard input is a hash; \
             use --hashed to import hashes\n",
        );
        shows_no_secret(&run);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
        is_alone(&sandbox);
    }
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("old users", &list);
    let run = sandbox.run(["--import", "-s", "passwd", "old users"]);
    run.exits(1).stderr_has("every password in old users is a hash");
    sandbox.run(["--import", "--hashed", "passwd", "old users"]).exits(0).does_not_warn();
    assert!(sandbox.verifies("alice", "secret"));
}

#[test]
fn the_csv_header_without_a_password_names_hashed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-s", "--import-format=csv"], format!("user,hash\nalice,{SHA1}\n"));
    run.exits(1).stderr_has("with --hashed, 'hash' takes the place of 'password'\n");
}

/// Scripts compare the line that starts with the prompts, so the warning is not on this line.
#[test]
fn a_warning_after_prompts_without_a_terminal_has_its_own_line() {
    let prompts = "New password: Re-type new password: ";
    let warning = "Warning: the password ends with a carriage return, which users cannot type.\n";
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["-s", "passwd", "alice"]).stdin("secret\r\nsecret\r\n").run();
    assert_eq!(run.exits(0).stderr(), format!("{prompts}Adding password for user alice\n{warning}"));
    // -n prints no other line on standard error.
    let run = sandbox.call(["-ns", "alice"]).stdin("secret\r\nsecret\r\n").run();
    assert_eq!(run.exits(0).stderr(), format!("{prompts}{warning}"));
    let run = sandbox.call(["--strict", "-s", "passwd", "alice"]).stdin("secret\r\nsecret\r\n").run();
    let error = "htpasswd: --strict treats this warning as an error; nothing was changed\n";
    assert_eq!(run.exits(1).stderr(), format!("{prompts}{warning}{error}"));
}
