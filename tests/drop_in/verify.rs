//! Verifying with `-v`: the records that match a password, the exit codes and the messages. These tests pass on both
//! programs.

use std::fs;

use crate::support::{
    APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, bytes, original,
};

const WRONG: &str = "password verification failed\n";
const INVALID: &str = "htpasswd: The file passwd does not appear to be a valid htpasswd file.\n";

/// Asserts that a record with this hash matches the password.
#[track_caller]
fn matches(hash: &str, password: &[u8]) {
    let sandbox = Sandbox::with(format!("u:{hash}\n"));
    let run = sandbox.run([bytes(b"-vb"), "passwd".into(), "u".into(), bytes(password)]);
    run.exits(0).stdout_is("").stderr_is("Password for user u correct.\n");
}

/// Asserts that a record with this hash does not match the password.
#[track_caller]
fn rejects(hash: &str, password: &[u8]) {
    let sandbox = Sandbox::with(format!("u:{hash}\n"));
    let run = sandbox.run([bytes(b"-vb"), "passwd".into(), "u".into(), bytes(password)]);
    run.exits(3).stdout_is("").stderr_is(WRONG);
}

// Schemes

#[test]
fn a_hash_of_each_scheme_matches_only_its_password() {
    for hash in [SHA1, APR1, MD5_CRYPT, DES, BCRYPT, SHA256_CRYPT, SHA512_CRYPT] {
        matches(hash, b"secret");
        for wrong in [b"Secret".as_slice(), b"secre", b"", b" secret", b"\xff"] {
            rejects(hash, wrong);
        }
    }
}

/// Each hash is a hash of `password1`, with one hash for each scheme that only libxcrypt supports.
#[test]
fn a_hash_of_libxcrypt_matches_only_its_password() {
    for hash in [
        "$y$j75$abcdefgh$jD5gB3q6/75JZVqK91za31IMBQ/R3kcs5fmmLcXxzt/",
        "$gy$j75$abcdefgh$X6UduA4sz96ouIwOrChTHA7HsxWFf6dhVH7bfVdApn7",
        "$7$4/..../....abc$H31jyl.FSe1ZBoL6U7KC9fNYOnXYCoc1ZK2Ue/LQeH.",
        "$sha1$20$abcd$SVWgWvtZGQxhGo0MWuWFECL5meOV",
        "$md5$abcd$PqFkfaEfuPJqBQLzdGngx0",
        "$md5,rounds=20$abcd$$o3Uof8GfXnzQOWkZRPhup1",
        "_/...abcdQM2yNOB2gjQ",
        "abJnggxhB/yWIhAyA1wNll32",
        "$3$$5835048ce94ad0564e29a924a03510ef",
    ] {
        matches(hash, b"password1");
        for wrong in [b"Password1".as_slice(), b"password2", b"", b"\xff"] {
            rejects(hash, wrong);
        }
    }
}

/// The program must reject a hash that needs too much memory. It must not abort because an allocation fails.
#[test]
fn a_hash_that_needs_too_much_memory_matches_nothing() {
    for setting in ["$y$jyT$abcdefgh", "$gy$jyT$abcdefgh", "$y$jazzzz$abcdefgh", "$7$z6..../....abcdefgh"] {
        let sandbox = Sandbox::with(format!("u:{setting}${:.<43}\n", ""));
        let line = ["-vb", "passwd", "u", "secret"];
        if original() {
            sandbox.run(line).exits(3).stdout_is("").stderr_is(WRONG);
        } else {
            // Row D26 describes the limit. With `--no-limits`, the hash matches no password.
            sandbox.run(line).exits(3).stdout_is("").stderr_has("password verification failed");
            sandbox.run([&["--no-limits"], &line[..]].concat()).exits(3).stdout_is("").stderr_is(WRONG);
        }
    }
}

#[test]
fn only_des_ignores_bytes_after_the_eighth() {
    for hash in [SHA1, APR1, MD5_CRYPT, BCRYPT, SHA256_CRYPT, SHA512_CRYPT] {
        rejects(hash, b"secretX");
    }
    let sandbox = Sandbox::with("");
    sandbox.run(["-bd", "passwd", "alice", "12345678"]).exits(0);
    assert!(sandbox.verifies("alice", "123456789"));
}

#[test]
fn verifying_uses_the_rounds_of_the_hash() {
    matches("$5$rounds=1234$saltsaltsaltsalt$c9DfFy1lrxPaOvlu1olQZskmO6Pubr3sNeFXDoMVlW7", b"secret");
    rejects("$5$rounds=1235$saltsaltsaltsalt$c9DfFy1lrxPaOvlu1olQZskmO6Pubr3sNeFXDoMVlW7", b"secret");
}

#[test]
fn salts_may_be_short_or_empty() {
    matches(
        "$6$salt$egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00",
        b"secret",
    );
    matches("$apr1$$g/UEjvgvl9nWOQl6rNKvZ.", b"secret");
}

#[test]
fn a_salt_longer_than_that_of_the_scheme_matches_nothing() {
    rejects(&APR1.replace("saltsalt", "saltsaltXX"), b"secret");
    rejects(&MD5_CRYPT.replace("saltsalt", "saltsaltXX"), b"secret");
    rejects(&SHA512_CRYPT.replace("saltsaltsaltsalt", "saltsaltsaltsaltsalt"), b"secret");
}

#[test]
fn rounds_with_leading_zeros_or_blanks_match_nothing() {
    // This is the digest of `secret` for 1000 rounds.
    let digest = "cv7no.30n.S75jcCNBQv6o7WVXQ5AaB1EpIeSKwsNupcnQDQ0DsukcAPRNjPumwKIBg2JK5ii9uw5enNnnA4N/";
    matches(&format!("$6$rounds=1000$saltsaltsaltsalt${digest}"), b"secret");
    for rounds in ["01000", "10", "+1000", " 1000", "1000 "] {
        rejects(&format!("$6$rounds={rounds}$saltsaltsaltsalt${digest}"), b"secret");
    }
}

#[test]
fn bcrypt_has_four_prefixes() {
    for name in ["2a", "2b", "2x", "2y"] {
        let hash = BCRYPT.replacen("2y", name, 1);
        matches(&hash, b"secret");
        rejects(&hash, b"Secret");
    }
    let eight_bit = "$2y$05$abcdefghijklmnopqrstuuS4MQfWavlhc6PZtLZxy3d/FQNIPTs2e";
    let other = eight_bit.replacen("2y", "2a", 1);
    rejects(eight_bit, b"secret");
    rejects(&other, b"secret");
}

#[test]
fn bcrypt_2a_has_the_countermeasure_against_collisions() {
    let guarded = "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85.";
    let plain = "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e";
    matches(guarded, b"\xff\xff\xa3");
    matches(plain, b"\xff\xff\xa3");
    matches(&plain.replacen("2b", "2y", 1), b"\xff\xff\xa3");
    rejects(&plain.replacen("2b", "2a", 1), b"\xff\xff\xa3");
    rejects(&guarded.replacen("2a", "2y", 1), b"\xff\xff\xa3");
}

#[test]
fn bcrypt_reads_72_bytes_of_a_password() {
    let sandbox = Sandbox::with("");
    sandbox.run(["-bB", "-C", "4", "passwd", "alice", &"x".repeat(72)]).exits(0);
    assert!(sandbox.verifies("alice", "x".repeat(72)));
    assert!(sandbox.verifies("alice", "x".repeat(100)));
    assert!(!sandbox.verifies("alice", "x".repeat(71)));
}

#[test]
fn a_hash_with_a_missing_or_extra_character_matches_nothing() {
    for hash in [SHA1, APR1, MD5_CRYPT, DES, SHA256_CRYPT, SHA512_CRYPT, &BCRYPT.replacen("2y", "2b", 1)] {
        rejects(&hash[..hash.len() - 1], b"secret");
        rejects(&format!("{hash}x"), b"secret");
        rejects(&format!("{hash} "), b"secret");
        rejects(&format!(" {hash}"), b"secret");
    }
}

#[test]
fn prefixes_of_schemes_are_case_sensitive() {
    rejects(&SHA1.replace("SHA", "sha"), b"secret");
    rejects(&APR1.replace("apr1", "APR1"), b"secret");
    rejects(&BCRYPT.replacen("2y", "2Y", 1), b"secret");
}

#[test]
fn a_prefix_without_digest_matches_nothing() {
    for hash in ["{SHA}", "$apr1$", "$1$", "$5$", "$6$", "$2b$", "$", "$$"] {
        rejects(hash, b"secret");
        rejects(hash, b"");
        rejects(hash, hash.as_bytes());
    }
}

#[test]
fn locked_and_unknown_hashes_match_no_password() {
    for hash in ["*", "!", "*0", "*LK*", "!!", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "$zz$salt$hash"] {
        rejects(hash, b"secret");
        rejects(hash, b"");
        rejects(hash, hash.as_bytes());
    }
}

#[test]
fn a_hash_does_not_match_itself() {
    for hash in [SHA1, APR1, DES, BCRYPT, SHA256_CRYPT] {
        rejects(hash, hash.as_bytes());
    }
}

#[test]
fn a_hexadecimal_md5_digest_matches_nothing() {
    rejects("5ebe2294ecd0e0f08eab7690d2a6ee69", b"secret");
}

#[test]
fn des_with_a_salt_outside_its_alphabet_matches_nothing() {
    rejects(&format!("!!{}", &DES[2..]), b"secret");
}

// Records

#[test]
fn a_password_is_compared_with_the_record_of_its_user() {
    let sandbox = Sandbox::with(TWO_USERS);
    for user in ["bob", "carol"] {
        let run = sandbox.run(["-vb", "passwd", user, "secret"]);
        run.exits(0).stdout_is("").stderr_is(&format!("Password for user {user} correct.\n"));
        sandbox.run(["-vb", "passwd", user, "wrong"]).exits(3).stdout_is("").stderr_is(WRONG);
    }
}

#[test]
fn an_unknown_user_exits_with_6_and_without_prompt() {
    for (content, user) in [
        (TWO_USERS, "zed"),
        (TWO_USERS, "Bob"),
        (TWO_USERS, "bo"),
        (TWO_USERS, "%s%n"),
        ("", "bob"),
        ("# bob:x\n\n#bob:x\n", "bob"),
        ("bob :x\n", "bob"),
    ] {
        let sandbox = Sandbox::with(content);
        let run = sandbox.call(["-v", "passwd", user]).stdin("secret\n").run();
        run.exits(6).stdout_is("").stderr_is(&format!("User {user} not found\n"));
    }
}

#[test]
fn user_names_match_byte_for_byte() {
    let sandbox = Sandbox::with(format!("b ob:{SHA1}\nmüller:{SHA1}\n:{SHA1}\n#x:{SHA1}\n"));
    for user in ["b ob", "müller", ""] {
        let run = sandbox.run(["-vb", "passwd", user, "secret"]);
        run.exits(0).stderr_is(&format!("Password for user {user} correct.\n"));
    }
    let sandbox = Sandbox::with([b"m\xfcller:", SHA1.as_bytes(), b"\n"].concat());
    sandbox.run([bytes(b"-vb"), "passwd".into(), bytes(b"m\xfcller"), "secret".into()]).exits(0);
    sandbox.run(["-vb", "passwd", "müller", "secret"]).exits(6);
}

#[test]
fn passwords_match_byte_for_byte() {
    let sandbox = Sandbox::with("müller:$apr1$saltsalt$i5XfNxJNeh2E8ljXycZFm0\n");
    sandbox.run(["-b", "passwd", "alice", "pässwörd"]).exits(0);
    assert!(sandbox.verifies("alice", "pässwörd"));
    assert!(!sandbox.verifies("alice", bytes(b"p\xe4ssw\xf6rd")));
    // This password has the same letters in another Unicode normalization form.
    assert!(!sandbox.verifies("alice", "pa\u{308}sswo\u{308}rd"));
}

#[test]
fn newlines_and_indentation_are_not_part_of_a_record() {
    for content in [
        format!("bob:{SHA1}\r\n"),
        format!("bob:{APR1}"),
        format!("  bob:{SHA1}\n"),
        format!("\tbob:{APR1}\n"),
        format!("# users\r\n\r\nx:y\r\nbob:{APR1}\r\n"),
    ] {
        let sandbox = Sandbox::with(&content);
        sandbox
            .run(["-vb", "passwd", "bob", "secret"])
            .exits(0)
            .stderr_is("Password for user bob correct.\n");
        sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3).stderr_is(WRONG);
        assert_eq!(sandbox.text("passwd"), content);
    }
}

#[test]
fn an_empty_hash_exits_with_7_and_without_prompt() {
    for content in ["u:\n", "u:\r\n", "u:", "x:y\n  u:\n"] {
        let sandbox = Sandbox::with(content);
        let run = sandbox.call(["-v", "passwd", "u"]).stdin("secret\n").run();
        run.exits(7).stdout_is("").stderr_is("Empty hash for user u\n");
        sandbox.run(["-vb", "passwd", "u", ""]).exits(7).stderr_is("Empty hash for user u\n");
    }
}

#[test]
fn a_line_without_colon_before_the_record_exits_with_7() {
    let sandbox = Sandbox::with(format!("garbage\nbob:{SHA1}\n"));
    let run = sandbox.call(["-v", "passwd", "bob"]).stdin("secret\n").run();
    run.exits(7).stdout_is("").stderr_is(INVALID);
    sandbox.run(["-vb", "passwd", "zed", "x"]).exits(7).stderr_is(INVALID);
}

#[test]
fn a_line_without_colon_after_the_record_is_not_read() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\ngarbage\n"));
    sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3).stderr_is(WRONG);
    // The program reads the whole file if it does not find the user.
    sandbox.run(["-vb", "passwd", "zed", "x"]).exits(7).stderr_is(INVALID);
}

#[test]
fn only_the_first_record_of_a_user_is_compared() {
    let sandbox = Sandbox::with(format!("bob:x\nbob:{SHA1}\n"));
    sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(3).stderr_is(WRONG);
}

#[test]
fn verifying_writes_nothing() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.set_mode("passwd", 0o444);
    let before = fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
    for password in ["secret", "wrong"] {
        // Verifying does not need the directory for temporary files.
        sandbox.call(["-vb", "passwd", "bob", password]).env("TMPDIR", "/none").run();
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    assert_eq!(sandbox.mode("passwd"), 0o444);
    assert_eq!(fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap(), before);
    assert_eq!(sandbox.names(), ["passwd"]);
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
}

#[test]
fn verifying_ignores_the_letters_of_schemes() {
    let sandbox = Sandbox::with(TWO_USERS);
    for scheme in ["-m", "-2", "-5", "-B", "-d", "-s"] {
        let run = sandbox.run([scheme, "-vb", "passwd", "bob", "secret"]);
        run.exits(0).stderr_is("Password for user bob correct.\n");
    }
}

// Sources of the password

#[test]
fn verifying_removes_one_newline_from_stdin() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (input, code) in
        [("secret", 0), ("secret\n", 0), ("secret\r\n", 0), ("secret\r", 3), ("secret\n\n", 3), ("\n", 3)]
    {
        let run = sandbox.call(["-vi", "passwd", "bob"]).stdin(input).run();
        run.exits(code).stdout_is("");
        run.stderr_is(if code == 0 { "Password for user bob correct.\n" } else { WRONG });
    }
}

#[test]
fn verifying_reads_all_lines_of_stdin_as_the_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-vi", "passwd", "bob"]).stdin("secret\nsecret\n").run();
    run.exits(3).stderr_is(WRONG);
}

#[test]
fn verifying_an_empty_stdin_is_an_empty_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-vi", "passwd", "bob"]).exits(3).stderr_is(WRONG);
    sandbox.run(["-v", "passwd", "bob"]).exits(3).stderr_is(&format!("Enter password: {WRONG}"));
}

#[test]
fn without_terminal_the_prompt_is_on_stderr_and_the_answer_on_stdin() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (input, code, message) in [
        ("secret\n", 0, "Password for user bob correct.\n"),
        ("secret", 0, "Password for user bob correct.\n"),
        ("secret\nignored\n", 0, "Password for user bob correct.\n"),
        ("wrong\n", 3, WRONG),
        ("secret\r\n", 3, WRONG),
    ] {
        let run = sandbox.call(["-v", "passwd", "bob"]).stdin(input).run();
        run.exits(code).stdout_is("").stderr_is(&format!("Enter password: {message}"));
    }
}

#[test]
fn verifying_prompts_once() {
    let sandbox = Sandbox::with(format!("x:y\nbob:{SHA1}\nbob:{SHA1}\n"));
    let run = sandbox.call(["-v", "passwd", "bob"]).stdin("secret\n").run();
    run.exits(0).stderr_is("Enter password: Password for user bob correct.\n");
}

#[test]
fn an_answer_for_v_may_have_256_bytes() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-v", "passwd", "bob"]).stdin(format!("{}\n", "x".repeat(256))).run();
    run.exits(3).stderr_is(&format!("Enter password: {WRONG}"));
    let run = sandbox.call(["-v", "passwd", "bob"]).stdin(format!("{}\n", "x".repeat(257))).run();
    run.exits(5).stderr_is("Enter password: password too long (>256)\n");
}

#[test]
fn a_password_on_stdin_that_is_too_long_exits_with_5() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-vi", "passwd", "bob"]).stdin("x".repeat(257)).run();
    run.exits(5).stdout_is("").stderr_is("password too long (>256)\n");
}

#[test]
fn verifying_an_unknown_user_does_not_read_stdin() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-vi", "passwd", "zed"]).stdin("x".repeat(300)).run();
    run.exits(6).stderr_is("User zed not found\n");
}
