//! `--import --hashed` stores hashes unchanged, so that another password file can be merged.

use crate::support::import::{
    import, imported, is_alone, rejects, shows_no_secret, summary, warns_once_with,
};
use crate::support::users::OTHER;
use crate::support::{
    APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, hash_of,
};

const HASHED: [&str; 1] = ["--hashed"];
const CSV: [&str; 3] = ["--hashed", "--import-format", "csv"];
const JSON: [&str; 3] = ["--hashed", "--import-format", "json"];

/// A salted SHA-1 hash of `secret`.
const SALTED_SHA1: &str = "{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA==";

/// Texts that `--hashed` rejects. `hunter2` in a text is a password, which no message may contain.
const INVALID: &[&str] = &[
    // These texts are plain-text passwords.
    "hunter2",
    "hunter2hunter2",
    "hunter22hunter22hunter22hunter22",
    // These texts mark a user as locked.
    "*",
    "!",
    "!!",
    "*0",
    "!hunter2",
    "!$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0",
    "*$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0",
    // These texts look like hashes of unsupported schemes.
    "$argon2id$v=19$m=65536,t=3,p=4$hunter2",
    "$y$j9T$hunter2",
    "$7$hunter2",
    "{MD5}hunter2",
    "{SHA256}hunter2",
    "{CLEAR}hunter2",
    "$",
    // These texts are malformed hashes of supported schemes.
    "$2y$",
    "$2y$05$hunter2",
    "$2y$99$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIr",
    "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrWW",
    "$2z$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$apr1$",
    "$apr1$hunter2",
    "$1$hunter2",
    "$5$hunter2",
    "$6$hunter2",
    "{SHA}",
    "{SHA}hunter2",
    "{SSHA}hunter2",
];

#[test]
fn hashes_of_every_scheme_are_imported_unchanged() {
    let bcrypt = |variant: &str| BCRYPT.replacen("$2y$", variant, 1);
    let hashes = [
        SHA1,
        SALTED_SHA1,
        APR1,
        MD5_CRYPT,
        DES,
        SHA256_CRYPT,
        SHA512_CRYPT,
        BCRYPT,
        &bcrypt("$2a$"),
        &bcrypt("$2b$"),
        &bcrypt("$2x$"),
    ];
    for hash in hashes {
        let json = format!("{{\"user\":\"alice\",\"hash\":\"{hash}\"}}\n");
        for (options, input) in [
            (HASHED.as_slice(), format!("alice:{hash}\n")),
            (&CSV, format!("user,hash\nalice,{hash}\n")),
            (&CSV, format!("HASH,Username\r\n\"{hash}\",\"alice\"\r\n")),
            (&JSON, json),
        ] {
            let sandbox = imported(options, input, 1);
            assert_eq!(sandbox.text("passwd"), format!("alice:{hash}\n"));
            assert!(sandbox.verifies("alice", "secret"), "{hash}");
        }
    }
}

#[test]
fn a_password_file_can_be_merged_into_another() {
    let sandbox = Sandbox::with(format!("# ours\nbob:{OTHER}:Bob Smith\ncarol:{SHA1}\n"));
    let theirs = format!(
        "\u{feff}# theirs\r\n\r\nbob:{APR1}:Robert:more\r\ncarol:{SHA1}\r\nalice:{DES}:Alice\r\n#dave:{SHA1}\r\nerin:{BCRYPT}"
    );
    let run = import(&sandbox, &HASHED, theirs);
    run.exits(0).stdout_is("").stderr_is(&summary(2, 1, 1, 0)).does_not_warn();
    let expected = format!("# ours\nbob:{APR1}:Bob Smith\ncarol:{SHA1}\nalice:{DES}\nerin:{BCRYPT}\n");
    assert_eq!(sandbox.text("passwd"), expected);
    is_alone(&sandbox);
}

#[test]
fn merging_a_file_into_itself_changes_nothing() {
    let content = format!("# staff\r\n{TWO_USERS}\n");
    let sandbox = Sandbox::with(&content);
    let run = sandbox.run(["--import", "--hashed", "passwd", "passwd"]);
    run.exits(0).stderr_is(&summary(0, 0, 2, 0));
    assert_eq!(sandbox.text("passwd"), content);
}

#[test]
fn the_hash_ends_at_the_next_colon() {
    for rest in [":", ":Alice", ":a:b:c", "::", ": "] {
        let sandbox = imported(&HASHED, format!("alice:{SHA1}{rest}\r\n"), 1);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"), "{rest}");
    }
}

#[test]
fn invalid_hashes_are_rejected_in_every_format() {
    for field in INVALID.iter().chain(&[""]) {
        rejects(&HASHED, format!("dave:{SHA1}\nalice:{field}\nerin:{DES}\n"), &[2], 3);
        rejects(&HASHED, format!("alice:{field}:{SHA1}\r\n"), &[1], 1);
        rejects(&CSV, format!("user,hash\ndave,{SHA1}\nalice,\"{field}\"\nerin,{DES}\n"), &[3], 3);
        let line = |user: &str, field: &str| format!("{{\"user\":\"{user}\",\"hash\":\"{field}\"}}\n");
        rejects(&JSON, line("dave", SHA1) + &line("alice", field) + &line("erin", DES), &[2], 3);
    }
}

#[test]
fn hashes_with_extra_text_are_rejected() {
    for hash in [SHA1, SALTED_SHA1, APR1, MD5_CRYPT, DES, SHA256_CRYPT, SHA512_CRYPT, BCRYPT] {
        for field in
            [format!("{hash}:more"), format!("{hash} "), format!(" {hash}"), format!("{hash}\nroot:{hash}")]
        {
            rejects(&CSV, format!("user,hash\nalice,\"{field}\"\n"), &[2], 1);
            let field = field.replace('\n', "\\n");
            rejects(&JSON, format!("{{\"user\":\"alice\",\"hash\":\"{field}\"}}\n"), &[1], 1);
        }
    }
}

#[test]
fn lines_without_a_colon_and_invalid_users_are_rejected() {
    let long = "u".repeat(256);
    rejects(&HASHED, format!("{SHA1}\nalice:{SHA1}\n:{SHA1}\n{long}:{SHA1}\n"), &[1, 3, 4], 4);
}

#[test]
fn passwords_are_not_read_as_hashes() {
    let sandbox = imported(&CSV, format!("user,password,hash\nalice,hunter2,{SHA1}\n"), 1);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    let input = format!("{{\"user\":\"alice\",\"password\":\"hunter2\",\"hash\":\"{SHA1}\"}}\n");
    assert_eq!(imported(&JSON, input, 1).text("passwd"), format!("alice:{SHA1}\n"));
    rejects(&JSON, "{\"user\":\"alice\",\"password\":\"hunter2\"}\n", &[1], 1);
}

#[test]
fn a_missing_hash_column_is_named() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &CSV, "user,secret\nalice,hunter2\n");
    run.exits(1).stdout_is("").stderr_has("htpasswd: ").stderr_has("hash");
    shows_no_secret(&run);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn the_last_hash_of_a_duplicate_user_counts() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &HASHED, format!("\nalice:{OTHER}\n\n\n\nalice:{SHA1}\n"));
    run.exits(0).stderr_is(&summary(1, 0, 0, 0));
    warns_once_with(&run, &[2, 6]);
    assert_eq!(hash_of(&sandbox.text("passwd"), "alice"), SHA1);
}

#[test]
fn scheme_options_conflict_with_hashed() {
    imported(&HASHED, format!("alice:{SHA1}\n"), 1);
    for flags in [
        ["-m"].as_slice(),
        &["-2"],
        &["-5"],
        &["-B"],
        &["-d"],
        &["-s"],
        &["-p"],
        &["-C", "5"],
        &["-r", "5000"],
        &["-B", "-C", "5"],
    ] {
        for options in [[flags, &HASHED].concat(), [&HASHED, flags].concat()] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = import(&sandbox, &options, format!("alice:{SHA1}\n"));
            let option = &flags[0];
            run.is_wrong_call(&format!("{option} cannot be combined with --hashed"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{options:?}");
        }
    }
}

/// A newline in a salt would let the author of a list add records, such as one that nginx reads as plain text.
#[test]
fn a_salt_cannot_inject_another_record() {
    for (scheme, digest) in [("$1$", 22), ("$apr1$", 22), ("$5$", 43), ("$6$", 86)] {
        for salt in ["\\nroot:x", "a\\rb", "a\\u0000b", "a:b", "a b", "a\\tb", "\\u001b[2J", "\u{e9}", "a;b"]
        {
            let sandbox = Sandbox::with(TWO_USERS);
            let hash = format!("{scheme}{salt}${:A<digest$}", "");
            let run = import(&sandbox, &JSON, format!("{{\"user\":\"eve\",\"hash\":\"{hash}\"}}\n"));
            if (scheme, salt) == ("$apr1$", "a;b") {
                // apr1 is Apache's own scheme; libxcrypt's rules for salts do not apply to it.
                run.exits(0);
                continue;
            }
            run.exits(1).stderr_has("htpasswd: line 1 of standard input: ");
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{hash}");
        }
    }
}

#[test]
fn ensure_creates_a_missing_file() {
    for (options, users) in
        [(["--ensure"].as_slice(), 2), (&["--ensure", "--prune"], 2), (&["--ensure", "--dry-run"], 0)]
    {
        let sandbox = Sandbox::new();
        let line = [&["--import", "--hashed"], options, &["passwd"]].concat();
        let list = format!("alice:{SHA1}\ndave:{DES}\n");
        sandbox.call(&line).umask("0").stdin(&list).run().exits(0).does_not_warn();
        assert_eq!(sandbox.exists("passwd"), users > 0, "{options:?}");
        if users > 0 {
            assert_eq!((sandbox.text("passwd"), sandbox.mode("passwd")), (list.clone(), 0o600));
            let run = sandbox.call(&line).stdin(&list).run();
            run.exits(0).stderr_has("0 added, 0 updated, 2 unchanged");
        }
    }
    // Without --ensure, a missing file is still an error.
    Sandbox::new().call(["--import", "--hashed", "passwd"]).stdin(format!("alice:{SHA1}\n")).run().exits(1);
}
