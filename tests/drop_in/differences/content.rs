//! Bytes of the password file that an edit keeps, and links that lead to the file.

use crate::support::{
    APR1, BCRYPT, DES, Exit, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, is_root, original, skipped,
};

#[test]
fn d03_a_missing_newline_at_the_end_is_added() {
    for before in ["bob:x", "bob:x\n# end", "bob:x\n  "] {
        let sandbox = Sandbox::with(before);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        let newline = if original() { "" } else { "\n" };
        assert_eq!(sandbox.text("passwd"), format!("{before}{newline}alice:{SHA1}\n"));
    }
    let sandbox = Sandbox::with("bob:x\r\ncarol:y");
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    let newline = if original() { "" } else { "\r\n" };
    assert!(sandbox.text("passwd").starts_with(&format!("bob:x\r\ncarol:y{newline}alice:{SHA1}")));
}

#[test]
fn d04_long_lines_are_not_split() {
    let comment = format!("#{}\nbob:{SHA1}\n", "c".repeat(299));
    let sandbox = Sandbox::with(&comment);
    let run = sandbox.run(["-bs", "passwd", "alice", "secret"]);
    if original() {
        run.exits(7);
    } else {
        run.exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{comment}alice:{SHA1}\n"));
    }

    // Apache's tool splits this comment after 255 bytes, and reads the rest as a record.
    let comment = format!("#{}root:{SHA1}\n", "c".repeat(254));
    let run = Sandbox::with(comment).run(["-vb", "passwd", "root", "secret"]);
    run.exits(if original() { 0 } else { 6 });

    let long = format!("bob:{}\ncarol:y\n", "a:".repeat(4000));
    let sandbox = Sandbox::with(&long);
    let run = sandbox.run(["-D", "passwd", "bob"]);
    if original() {
        run.exits(0);
        assert!(sandbox.text("passwd").len() > 7000, "the whole line is deleted");
    } else {
        run.exits(0);
        assert_eq!(sandbox.text("passwd"), "carol:y\n");
    }
}

#[test]
fn d05_nul_bytes_are_kept() {
    let before = b"bob:ab\0cd\ncarol:y\n".as_slice();
    let sandbox = Sandbox::with(before);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    let kept = if original() { b"bob:abcarol:y\n".as_slice() } else { before };
    assert_eq!(sandbox.read("passwd"), [kept, b"alice:", SHA1.as_bytes(), b"\n"].concat());

    let sandbox = Sandbox::with(b"carol:a\0b\nbob:x\ndave:y\n");
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    let kept = if original() { b"carol:adave:y\n".as_slice() } else { b"carol:a\0b\ndave:y\n" };
    assert_eq!(sandbox.read("passwd"), kept);
}

#[test]
fn d20_the_first_record_of_a_user_decides() {
    for (after, code) in
        [(format!("bob:{APR1}x\n"), 3), ("bob:\n".to_owned(), 7), ("garbage\n".to_owned(), 7)]
    {
        let sandbox = Sandbox::with(format!("bob:{SHA1}\n{after}"));
        let run = sandbox.run(["-vb", "passwd", "bob", "secret"]);
        run.exits(if original() { code } else { 0 });
        // Both programs read the lines before the record.
        let sandbox = Sandbox::with(format!("{after}bob:{SHA1}\n"));
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(code);
    }
}

#[test]
fn d32_fields_after_the_hash_are_ignored_and_kept() {
    for hash in [SHA1, APR1, DES, BCRYPT, SHA256_CRYPT, SHA512_CRYPT] {
        let sandbox = Sandbox::with(format!("bob:{hash}:Bob Smith:bob@example.org\nx:y:z\n"));
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(if original() { 3 } else { 0 });
        sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3);
        sandbox.run(["-bs", "passwd", "bob", "new"]).exits(0).stderr_is("Updating password for user bob\n");
        let fields = if original() { "" } else { ":Bob Smith:bob@example.org" };
        let file = sandbox.text("passwd");
        assert!(file.starts_with("bob:{SHA}") && file.ends_with(&format!("={fields}\nx:y:z\n")), "{file}");
    }
}

#[test]
fn d33_an_update_keeps_newlines_and_indentation() {
    for (before, ours, theirs) in [
        ("bob:x\r\ncarol:y\r\n", "bob:HASH\r\ncarol:y\r\n", "bob:HASH\ncarol:y\r\n"),
        ("  bob:x\ncarol:y\n", "  bob:HASH\ncarol:y\n", "bob:HASH\ncarol:y\n"),
        ("carol:y\n\t bob:x\r\n", "carol:y\n\t bob:HASH\r\n", "carol:y\nbob:HASH\n"),
        ("carol:y\r\nbob:x", "carol:y\r\nbob:HASH\r\n", "carol:y\r\nbob:HASH\n"),
        ("carol:y\nbob:x", "carol:y\nbob:HASH\n", "carol:y\nbob:HASH\n"),
    ] {
        let sandbox = Sandbox::with(before);
        sandbox
            .run(["-bs", "passwd", "bob", "secret"])
            .exits(0)
            .stderr_is("Updating password for user bob\n");
        let expected = if original() { theirs } else { ours };
        assert_eq!(sandbox.text("passwd"), expected.replace("HASH", SHA1));
    }
}

#[test]
fn d34_a_byte_order_mark_does_not_hide_the_first_user() {
    let before = format!("\u{feff}bob:{SHA1}\ncarol:y\n");
    let sandbox = Sandbox::with(&before);
    sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(if original() { 6 } else { 0 });
    let run = sandbox.run(["-bs", "passwd", "bob", "secret"]);
    if original() {
        run.exits(0).stderr_is("Adding password for user bob\n");
        assert_eq!(sandbox.text("passwd"), format!("{before}bob:{SHA1}\n"));
        return;
    }
    run.exits(0).stderr_is("Updating password for user bob\n");
    assert_eq!(sandbox.text("passwd"), before);
    // A comment after a byte order mark is a comment, too.
    let sandbox = Sandbox::with("\u{feff}# users\n");
    sandbox.run(["-bs", "passwd", "bob", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("\u{feff}# users\nbob:{SHA1}\n"));
}

#[test]
fn d48_a_file_in_utf_16_is_rejected_with_its_conversion() {
    let text = format!("\u{feff}bob:{SHA1}\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        let sandbox = Sandbox::with(&bytes);
        let run = sandbox.run(["-bs", "passwd", "alice", "secret"]);
        if original() {
            // Only the byte order decides whether the tool sees an invalid line.
            assert_eq!(sandbox.read("passwd") == bytes, run.exit == Exit::Code(7), "{run}");
            continue;
        }
        run.exits(7).stderr_has("convert it to UTF-8: htpasswd --check --fix passwd\n");
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(7);
        assert_eq!(sandbox.read("passwd"), bytes);
        sandbox.run(["--check", "--fix", "passwd"]).exits(8);
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(0);
    }
}

#[test]
fn d52_a_blank_line_separates_a_record_from_a_backslash() {
    for (before, between) in [
        ("# keep \\\n", "\n"),
        ("# keep \\\r\n", "\r\n"),
        ("# keep \\\\\n", "\n\n"),
        ("bob:x\\\n", "\n"),
        ("bob:x:gecos\\\n", "\n"),
        ("# keep \\\n\n", ""),
        ("# keep \\\n# end\n", ""),
    ] {
        let between = if original() { "" } else { between };
        let sandbox = Sandbox::with(before);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"), "added");

        for hash in ["x", SHA1] {
            let sandbox = Sandbox::with(format!("{before}alice:{hash}\ncarol:y\n"));
            sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
            let after = format!("{before}{between}alice:{SHA1}\ncarol:y\n");
            assert_eq!(sandbox.text("passwd"), after, "updated");
        }

        let sandbox = Sandbox::with(format!("{before}dave:x\nalice:{SHA1}\n"));
        sandbox.run(["-D", "passwd", "dave"]).exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"), "deleted");
    }
}

#[test]
fn d53_root_does_not_follow_links_of_other_users() {
    if !is_root() {
        skipped("only root can give links away");
        return;
    }
    for (owner, target_owner) in [(12345, 0), (12345, 12345), (0, 12345), (0, 0)] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.set_mode(".", 0o777);
        std::os::unix::fs::symlink("passwd", sandbox.path("link")).unwrap();
        std::os::unix::fs::lchown(sandbox.path("link"), Some(owner), None).unwrap();
        std::os::unix::fs::chown(sandbox.path("passwd"), Some(target_owner), None).unwrap();
        let run = sandbox.run(["-bs", "link", "carol", "secret"]);
        if owner != target_owner && owner != 0 && !original() {
            let cause = "a link in the path is owned by another user (UID 12345), and others can write to its directory";
            let line = format!("htpasswd: cannot open file link for read/write access: {cause}\n");
            run.exits(1).stderr_is(&line);
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        } else {
            run.exits(0);
            assert!(sandbox.text("passwd").contains("bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), "{run}");
        }
    }
}
