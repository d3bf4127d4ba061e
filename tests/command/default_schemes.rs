//! The scheme of a call that names none: Apache's MD5 in calls of Apache's tool, and bcrypt in all other calls.

use crate::support::import::import;
use crate::support::{
    APR1, BCRYPT, DES, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, Terminal, hash_of,
};

const MANIFEST: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  auth: ''\n";

/// Runs a call and returns the new hash of `alice`, which is in the file or on standard output.
#[track_caller]
fn new_hash(line: &[&str]) -> String {
    let sandbox = Sandbox::with("");
    sandbox.write("s.yaml", MANIFEST);
    let run = sandbox.call(line).stdin("alice:secret\n").run();
    run.exits(0).does_not_warn();
    let list = sandbox.run(["--list", "--format=plain", "--secret=s.yaml"]).stdout();
    let text = [run.stdout(), sandbox.text("passwd"), list].concat();
    let record = text.lines().find(|line| line.contains("alice:"));
    record.unwrap_or_else(|| panic!("no record in {text:?}")).split_once("alice:").unwrap().1.to_owned()
}

#[test]
fn modes_that_apache_does_not_have_make_bcrypt_of_cost_10() {
    for line in [
        ["--import", "passwd"].as_slice(),
        &["--import", "-c", "passwd"],
        &["--ensure", "-b", "passwd", "alice", "secret"],
        &["--generate", "passwd", "alice"],
        &["-n", "--generate", "alice"],
        &["-nb", "--format=plain", "alice", "secret"],
        &["-nb", "--format=env", "alice", "secret"],
        &["--secret=s.yaml", "-b", "alice", "secret"],
        &["--secret=s.yaml", "--import"],
    ] {
        let start = "$2y$10$";
        assert!(new_hash(line).starts_with(start), "{line:?}");
        assert!(new_hash(&[&["-B"], line].concat()).starts_with(start), "{line:?}");
        // -C alone means bcrypt.
        assert!(new_hash(&[&["-C4"], line].concat()).starts_with("$2y$04$"), "{line:?}");
        assert!(new_hash(&[&["-m"], line].concat()).starts_with("$apr1$"), "{line:?}");
    }
}

#[test]
fn rounds_alone_have_no_use_where_bcrypt_is_the_default() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-r", "5000"], "alice:secret\n");
    run.exits(0).stderr_has("Warning: Ignoring -C/-r argument for this algorithm.\n");
    assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$2y$10$"));
}

#[test]
fn plain_calls_keep_the_defaults_of_apache() {
    for (line, start) in [
        (["-b", "passwd", "alice", "secret"].as_slice(), "$apr1$"),
        (&["-cb", "passwd", "alice", "secret"], "$apr1$"),
        (&["-nb", "alice", "secret"], "$apr1$"),
        (&["-Bb", "passwd", "alice", "secret"], "$2y$05$"),
    ] {
        assert!(new_hash(line).starts_with(start), "{line:?}");
    }
}

#[test]
fn strict_rejects_a_weak_default_in_place_of_a_stronger_hash() {
    for hash in [BCRYPT, SHA256_CRYPT, SHA512_CRYPT] {
        for user in ["bob", "alice"] {
            let content = format!("bob:{hash}\n");
            let sandbox = Sandbox::with(&content);
            sandbox
                .run(["--strict", "-b", "passwd", user, "secret"])
                .exits(1)
                .stderr_has("use -B or --for SERVER");
            assert_eq!(sandbox.text("passwd"), content);
            sandbox.run(["--strict", "-bB", "passwd", user, "secret"]).exits(0).does_not_warn();
        }
    }
    for hash in [SHA1, APR1, DES, "", "*", "x"] {
        let sandbox = Sandbox::with(format!("bob:{hash}\n"));
        sandbox.run(["--strict", "-b", "passwd", "bob", "secret"]).exits(0).does_not_warn();
    }
}

#[test]
fn the_warning_comes_before_the_prompts() {
    let sandbox = Sandbox::with(format!("bob:{BCRYPT}\n"));
    let mut terminal = Terminal::start(&sandbox, ["passwd", "bob"]);
    terminal.expect(
        "Warning: without a scheme, htpasswd stores Apache's MD5, which is weaker than the user's bcrypt; ",
    );
    terminal.answer("New password: ", "\x03");
    terminal.wait();
    assert!(sandbox.text("passwd").contains(BCRYPT));
}

#[test]
fn the_users_own_hash_is_compared_in_a_file_of_any_size() {
    let many = "u:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n".repeat(40_000);
    let sandbox = Sandbox::with(format!("{many}bob:{BCRYPT}\n"));
    let run = sandbox.run(["-b", "passwd", "bob", "secret"]);
    assert_eq!(run.exits(0).warnings().len(), 1, "{run}");
    sandbox.run(["-b", "passwd", "alice", "secret"]).exits(0).does_not_warn();
}

#[test]
fn ensure_keeps_any_hash_that_matches_and_never_makes_a_weaker_one() {
    let costly = BCRYPT.replace("$04$", "$11$");
    let rounds = "$6$rounds=6000$AZZ3XOf1gPpuhngE$NfEY6vAje6Z7zOr2aKdShaBQj/xT2qq0x.41RPhWlDcPDVHAhG4h6cQ77rd7oUowEkM4EW2Tbn0JocSDFYTsk1";
    for (old, start) in [
        (BCRYPT, "$2y$10$"),
        (&costly, "$2y$11$"),
        (SHA256_CRYPT, "$5$"),
        (SHA512_CRYPT, "$6$"),
        (rounds, "$6$rounds=6000$"),
        (APR1, "$2y$10$"),
        (DES, "$2y$10$"),
        ("*", "$2y$10$"),
        ("x", "$2y$10$"),
    ] {
        let content = format!("alice:{old}\nbob:{old}\n");
        let sandbox = Sandbox::with(&content);
        sandbox.run(["--ensure", "-b", "passwd", "bob", "other"]).exits(0).stderr_is("User bob: updated\n");
        assert!(hash_of(&sandbox.text("passwd"), "bob").starts_with(start), "{old}");
        assert!(sandbox.verifies("bob", "other"));

        let sandbox = Sandbox::with(&content);
        import(&sandbox, &["--ensure"], "new:one\nbob:other\n").exits(0).stderr_has("1 added, 1 updated");
        let text = sandbox.text("passwd");
        assert!(hash_of(&text, "bob").starts_with(start), "{old}");
        assert!(hash_of(&text, "new").starts_with("$2y$10$") && hash_of(&text, "alice") == old);
        assert!(sandbox.verifies("bob", "other") && sandbox.verifies("new", "one"));
    }
    let sandbox = Sandbox::with(TWO_USERS);
    import(&sandbox, &["--ensure"], "bob:secret\ncarol:secret\n").exits(0).stderr_has("2 unchanged");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
