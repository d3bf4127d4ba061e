//! Apache httpd joins a line that ends with a backslash to the next line. htpasswd writes no record after such a line.

use crate::support::check::{STRONG, finds, private};
use crate::support::import::{import, summary};
use crate::support::servers::Server;
use crate::support::{SHA1, Sandbox, TWO_USERS};

/// Files whose last line httpd would join with a new record, and the text that must separate the record from the line.
fn open_files() -> [(String, &'static str); 7] {
    [
        ("# keep \\\n".to_owned(), "\n"),
        ("# keep \\".to_owned(), "\n\n"),
        ("# keep \\\r\n".to_owned(), "\r\n"),
        ("# keep \\\\\n".to_owned(), "\n\n"),
        ("bob:abc\\\n".to_owned(), "\n"),
        (format!("bob:{SHA1}:gecos\\\n"), "\n"),
        (format!("bob:{SHA1}\n\n# keep \\\n# \\\n"), "\n"),
    ]
}

#[test]
fn an_imported_record_follows_a_blank_line() {
    for (before, between) in open_files() {
        let sandbox = Sandbox::with(&before);
        import(&sandbox, &["-s"], "alice:secret\ncarol:secret\n").exits(0).stderr_is(&summary(2, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\ncarol:{SHA1}\n"));
        let sandbox = Sandbox::with(&before);
        import(&sandbox, &["--hashed"], format!("alice:{SHA1}\n")).exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"));
    }
}

#[test]
fn an_ensured_record_follows_a_blank_line() {
    for (before, between) in open_files() {
        let sandbox = Sandbox::with(&before);
        for change in ["added", "unchanged"] {
            let run = sandbox.run(["--ensure", "-bs", "passwd", "alice", "secret"]);
            run.exits(0).stderr_is(&format!("User alice: {change}\n"));
            assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"));
        }
    }
}

/// If a record with a correct hash follows a line that ends with a backslash, `--ensure` updates the record, because
/// its user cannot log in.
#[test]
fn a_blank_line_separates_a_correct_hash_from_a_backslash() {
    let (before, after) = (format!("# keep \\\nalice:{STRONG}\n"), format!("# keep \\\n\nalice:{STRONG}\n"));
    for change in ["updated", "unchanged"] {
        let sandbox = Sandbox::with(if change == "updated" { &before } else { &after });
        let run = sandbox.run(["--ensure", "--dry-run", "-b", "passwd", "alice", "secret"]);
        run.exits(0).stderr_is(&format!("User alice: {change} (dry run, nothing was written)\n"));
        let run = sandbox.run(["--ensure", "-b", "passwd", "alice", "secret"]);
        run.exits(0).stderr_is(&format!("User alice: {change}\n"));
        assert_eq!(sandbox.text("passwd"), after);
    }
    let sandbox = Sandbox::with(&before);
    import(&sandbox, &["--ensure"], "alice:secret\n").exits(0).stderr_is(&summary(0, 1, 0, 0));
    assert_eq!(sandbox.text("passwd"), after);
    import(&sandbox, &["--ensure"], "alice:secret\n").exits(0).stderr_is(&summary(0, 0, 1, 0));
    assert_eq!(sandbox.text("passwd"), after);
}

#[test]
fn a_record_in_a_secret_follows_a_blank_line() {
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", "kind: Secret\nstringData:\n  htpasswd: |\n    # keep \\\n  other: x\n");
    sandbox.run(["-bs", "--secret", "s.yaml", "alice", "secret"]).exits(0);
    let text =
        format!("kind: Secret\nstringData:\n  htpasswd: |\n    # keep \\\n\n    alice:{SHA1}\n  other: x\n");
    assert_eq!(sandbox.text("s.yaml"), text);
    sandbox.run(["--ensure", "-bs", "--secret", "s.yaml", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("s.yaml"), text);
}

#[test]
fn a_deletion_moves_no_record_after_a_backslash() {
    let sandbox = Sandbox::with(format!("# keep \\\nbob:x\nalice:{SHA1}\n"));
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("# keep \\\n\nalice:{SHA1}\n"));
    let sandbox = Sandbox::with(format!("# keep \\\nbob:x\nalice:{SHA1}\n"));
    import(&sandbox, &["--hashed", "--prune"], format!("alice:{SHA1}\n")).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("# keep \\\n\nalice:{SHA1}\n"));
}

#[test]
fn plain_text_that_ends_with_a_backslash_is_rejected() {
    for password in ["\\", "hunter2\\", "hunter2\\\\"] {
        let is_rejected = |line: &[&str]| {
            let sandbox = Sandbox::with(TWO_USERS);
            let run =
                sandbox.call(line).stdin(format!("{password}\n{password}\n")).env("SECRET", password).run();
            run.exits(2).stdout_is("").stderr_has("a plain-text password cannot end in a backslash");
            assert!(!run.stderr().contains("hunter2"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
            assert_eq!(sandbox.names(), ["passwd"]);
        };
        is_rejected(&["-p", "passwd", "eve"]);
        is_rejected(&["-bp", "passwd", "bob", password]);
        is_rejected(&["-cbp", "passwd", "eve", password]);
        is_rejected(&["-nbp", "eve", password]);
        is_rejected(&["-p", "--password-env=SECRET", "passwd", "eve"]);
        is_rejected(&["--ensure", "-bp", "passwd", "eve", password]);
        is_rejected(&["--ensure", "--dry-run", "-bp", "passwd", "eve", password]);
        for options in [["-p"].as_slice(), &["-p", "--ensure"], &["-p", "--ensure", "--dry-run"]] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = import(&sandbox, options, format!("dave:x\neve:{password}\n"));
            run.exits(1).stderr_has(
                "htpasswd: line 2 of standard input: a plain-text password cannot end in a backslash",
            );
            assert!(!run.stderr().contains("hunter2"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
        // A hash never ends with a backslash, so other schemes accept the password.
        Sandbox::with(TWO_USERS).run(["-bs", "passwd", "eve", password]).exits(0);
    }
    // --ensure rejects the plain-text password even if the file already contains this password.
    let sandbox = Sandbox::with("eve:x\\\n");
    sandbox.run(["--ensure", "-bp", "passwd", "eve", "x\\"]).exits(2);
    assert_eq!(sandbox.text("passwd"), "eve:x\\\n");
}

#[test]
fn plain_text_with_colons_is_unchanged_the_second_time() {
    for (before, password, change, after) in [
        ("", "a:b", "added", "bob:a:b\n"),
        ("bob:a:b\n", "a:b", "unchanged", "bob:a:b\n"),
        ("bob:a\n", "a:b", "updated", "bob:a:b\n"),
        ("bob:a:x:gecos\n", "a:b", "updated", "bob:a:b:gecos\n"),
        ("bob:a:b\n", "a", "unchanged", "bob:a:b\n"),
        ("bob::\n", ":", "unchanged", "bob::\n"),
        ("bob:a:b", "a:b", "unchanged", "bob:a:b"),
    ] {
        let sandbox = Sandbox::with(before);
        let ensure = |change: &str| {
            let run = sandbox.run(["--ensure", "-bp", "passwd", "bob", password]);
            run.exits(0).stderr_is(&format!("User bob: {change}\n"));
            assert_eq!(sandbox.text("passwd"), after, "{before:?} {password}");
        };
        ensure(change);
        ensure("unchanged");
        let run = import(&sandbox, &["--ensure", "-p"], format!("bob:{password}\n"));
        run.exits(0);
        assert!(run.stderr().ends_with(&summary(0, 0, 1, 0)), "{run}");
        assert_eq!(sandbox.text("passwd"), after);
    }
}

#[test]
fn check_reports_backslashes_that_join_records() {
    let alice = format!("alice:{STRONG}\n");
    for before in ["# x\\\n", "bob:x:gecos\\\n", "# x\\\\\n\n"] {
        let text = format!("{before}{alice}");
        let found = private(&text).run(["--check", "--for", "httpd", "passwd"]);
        assert!(found.stdout().contains("1: error:   the line ends in a backslash; httpd joins"), "{found}");
    }
    finds(format!("# x\\\n\n{alice}"), &["--for", "httpd"], 0, &[]);
    finds(format!("# x\\\n\n{alice}"), &[], 8, &["1 warning backslash"]);
    // The plain-text password ends with a backslash, so httpd does not find the next user.
    let found = private(format!("bob:abc\\\n{alice}")).run(["--check", "--for", "httpd", "passwd"]);
    found.exits(7);
    assert!(found.stdout().contains("the line ends in a backslash; httpd joins the next line"), "{found}");
}

/// After htpasswd has added the blank lines, httpd accepts all users. `--check` agrees with httpd before and after.
#[test]
fn httpd_reads_every_user_after_a_backslash() {
    let sandbox = private("");
    sandbox.set_mode("passwd", 0o644);
    let Some(server) = Server::httpd(&sandbox) else { return };
    let get = |user: &str| server.client(user, "secret").get();
    for (before, _) in open_files() {
        sandbox.write(
            "passwd",
            format!("{before}{}alice:{SHA1}\n", if before.ends_with('\n') { "" } else { "\n" }),
        );
        assert_eq!(get("alice"), 401, "{before:?}");
        sandbox.run(["--check", "--for", "httpd", "passwd"]).exits(7);
        for line in [["-bs"].as_slice(), &["--ensure", "-bs"]] {
            for there in ["", "alice:x\n"] {
                let text = if before.ends_with('\n') { format!("{before}{there}") } else { before.clone() };
                sandbox.write("passwd", text);
                sandbox.run([line, &["passwd", "alice", "secret"]].concat()).exits(0);
                assert_eq!(get("alice"), 200, "{before:?}: {:?}", sandbox.text("passwd"));
                let found = sandbox.run(["--check", "--for", "httpd", "passwd"]).stdout();
                assert!(!found.contains("backslash"), "{found}");
            }
        }
    }
    sandbox.write("passwd", format!("# x\\\nbob:x\nalice:{SHA1}\n"));
    assert_eq!(get("alice"), 200);
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    assert_eq!(get("alice"), 200);
}
