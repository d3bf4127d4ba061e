//! `--list`: users with scheme, cost and findings, and never a hash.

use crate::support::check::{STRONG, private};
use crate::support::{APR1, DES, SHA1, SHA512_CRYPT, Sandbox};

fn file() -> String {
    let rounds = SHA512_CRYPT.replace("$6$", "$6$rounds=2000$");
    format!(
        "# staff\nalice:{STRONG}\nbob:{APR1}:Bob Smith\nmüller:{SHA512_CRYPT}\n\ndave:{rounds}\nbob:{SHA1} \neve:*\n\
         mallory:what\nzoe:{DES}\n"
    )
}

#[test]
fn text_has_aligned_columns() {
    private(file()).run(["--list", "passwd"]).exits(0).stderr_is("").stdout_is(
        "USER     SCHEME        COST  FINDINGS\n\
         alice    bcrypt          10\n\
         bob      apr1             -  more-fields, weak-scheme\n\
         müller   sha512-crypt  5000\n\
         dave     sha512-crypt  2000  low-cost\n\
         bob      {SHA}            -  trailing-space, duplicate, weak-scheme\n\
         eve      -                -  locked\n\
         mallory  -                -  unknown-hash\n\
         zoe      des-crypt        -  weak-scheme\n",
    );
}

#[test]
fn json_prints_one_object() {
    let run = private(file()).run(["--list", "--json", "--for", "registry", "passwd"]);
    run.exits(0).stderr_is("");
    let list: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((list["file"].as_str(), list["server"].as_str()), (Some("passwd"), Some("registry")));
    let users = list["users"].as_array().unwrap();
    assert_eq!(users.len(), 8);
    let expected = r#"{"line":2,"user":"alice","scheme":"bcrypt","cost":10,"findings":[]}"#;
    assert_eq!(users[0], serde_json::from_str::<serde_json::Value>(expected).unwrap());
    let expected = r#"{"line":7,"user":"bob","scheme":"{SHA}","cost":null,"findings":["duplicate","unreadable-scheme"]}"#;
    assert_eq!(users[4], serde_json::from_str::<serde_json::Value>(expected).unwrap());
    // The registry ignores the first record of bob, so the record has no finding.
    assert_eq!(users[1]["findings"], serde_json::json!([]));
}

#[test]
fn no_hash_is_shown() {
    for args in [&["--list", "passwd"][..], &["--list", "--json", "passwd"]] {
        let run = private(file()).run(args);
        for part in [&STRONG[7..], "LrttP", "ph0yG", "5en6G", "saltsalt", "what", &DES[2..]] {
            assert!(!run.stdout().contains(part), "{part}: {run}");
        }
    }
}

#[test]
fn an_empty_file_has_no_users_and_a_missing_file_fails() {
    private("").run(["--list", "passwd"]).exits(0).stdout_is("USER  SCHEME  COST  FINDINGS\n");
    private("").run(["--list", "--json", "passwd"]).exits(0).stdout_is(
        "{\"schema\":1,\"command\":\"list\",\"file\":\"passwd\",\"server\":null,\"users\":[],\"warnings\":[]}\n",
    );
    let run = Sandbox::new().run(["--list", "passwd"]);
    run.exits(1).stdout_is("").stderr_has("cannot open file passwd for read access");
}

#[test]
fn long_and_odd_names_are_listed_safely() {
    let long = "x".repeat(200);
    let sandbox = private(format!("{long}:*\na\x1b[2J\x07:*\n:*\nm\u{9b}\x7f:*\n"));
    let run = sandbox.run(["--list", "--json", "passwd"]);
    let list: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(list["users"][3]["user"].as_str(), Some("m\u{9b}\x7f"));
    assert!(!run.stdout().trim_end().contains(char::is_control), "{run}");
    let run = sandbox.run(["--list", "passwd"]);
    run.exits(0);
    assert!(!run.stdout().contains(['\x1b', '\x07', '\u{9b}', '\x7f']), "{run}");
    assert!(
        run.stdout().contains(&format!("{long}  -       ")) && run.stdout().contains("a\\u{1b}[2J"),
        "{run}"
    );
    assert!(run.stdout().lines().skip(2).all(|line| line.len() < 90), "{run}");
}

/// Read-only calls create no file.
#[test]
fn no_advice_to_create_a_directory_is_given() {
    for option in ["--list", "--check"] {
        let sandbox = Sandbox::new();
        let run = sandbox.run([option, "."]);
        run.exits(1).stdout_is("").stderr_has(
            "htpasswd: cannot open file . for read access: it is not a regular file, or it cannot be reached",
        );
        assert!(!run.stderr().contains("-c"), "{run}");
    }
}
