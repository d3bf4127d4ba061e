//! `--import` of CSV and of JSON Lines: valid and invalid records.

use std::fmt::Write as _;

use crate::support::import::{
    import, imported, imported_with_warnings, is_alone, rejects, shows_no_secret, summary, warns_once_with,
};
use crate::support::users::OTHER;
use crate::support::{SHA1, Sandbox, TWO_USERS, hash_of};

const CSV: [&str; 3] = ["-s", "--import-format", "csv"];
const JSON: [&str; 3] = ["-s", "--import-format", "json"];

// CSV

#[test]
fn csv_columns_are_found_by_the_header() {
    for header in [
        "user,password",
        "username,password",
        "USER,PASSWORD",
        "Username,Password",
        "uSeR,pAsSwOrD",
        "\"user\",\"password\"",
        "\"Username\",password",
    ] {
        let sandbox = imported(&CSV, format!("{header}\nalice,secret\ndave,other\n"), 2);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{OTHER}\n"), "{header}");
    }
}

#[test]
fn csv_columns_may_come_in_any_order_and_others_are_ignored() {
    for input in [
        "password,user\nsecret,alice\n",
        "id,user,mail,password,\n1,alice,\"a,\"\"b\nc\",secret,\n",
        "id,password,user name,user\n,secret,Alice,alice\n",
        "users,passwords,user,password\ndave,other,alice,secret\n",
        "hash,user,password\nhunter2,alice,secret\n",
    ] {
        assert_eq!(imported(&CSV, input, 1).text("passwd"), format!("alice:{SHA1}\n"), "{input:?}");
    }
}

#[test]
fn csv_lines_may_end_with_lf_or_crlf() {
    for input in [
        "user,password\nalice,secret\ndave,secret\n",
        "user,password\r\nalice,secret\r\ndave,secret\r\n",
        "user,password\r\nalice,secret\r\ndave,secret",
        "user,password\nalice,secret\r\ndave,\"secret\"",
        "\u{feff}user,password\r\nalice,secret\r\ndave,secret\r\n",
        "\u{feff}\"user\",\"password\"\r\n\"alice\",\"secret\"\r\n\"dave\",\"secret\"\r\n",
    ] {
        let sandbox = imported(&CSV, input, 2);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{SHA1}\n"), "{input:?}");
    }
}

#[test]
fn csv_fields_are_read_by_rfc_4180() {
    for (field, password) in [
        ("secret", "secret"),
        ("\"secret\"", "secret"),
        ("\"a,b\"", "a,b"),
        ("\",\"", ","),
        ("\"\"\"\"", "\""),
        ("\"a\"\"b\"", "a\"b"),
        ("\"\"\"secret\"\"\"", "\"secret\""),
        ("\"a\nb\"", "a\nb"),
        ("\"a\r\nb\"", "a\r\nb"),
        ("\"\n\"", "\n"),
        (" secret ", " secret "),
        ("\" secret \"", " secret "),
        ("a:b", "a:b"),
        ("#secret", "#secret"),
        ("a;b", "a;b"),
        ("'a'", "'a'"),
        ("a\\b", "a\\b"),
        ("\"\\n\"", "\\n"),
        ("pässwörd", "pässwörd"),
    ] {
        for end in ["\n", "\r\n", ""] {
            let list = format!("user,password\nalice,{field}{end}");
            let (sandbox, _) = imported_with_warnings(&["-m", "--import-format=csv"], list, 1);
            assert!(sandbox.verifies("alice", password), "{field:?}");
        }
    }
}

#[test]
fn csv_users_may_be_quoted_too() {
    let sandbox = imported(&CSV, "user,password\n\"al,\"\"ice\"\"\",secret\n\"dave\",secret\n", 2);
    assert_eq!(sandbox.text("passwd"), format!("al,\"ice\":{SHA1}\ndave:{SHA1}\n"));
}

#[test]
fn csv_has_no_comments() {
    rejects(&CSV, "user,password\n#alice,hunter2\ndave,secret\n", &[2], 2);
}

#[test]
fn csv_without_a_required_column_is_rejected() {
    for (input, expected) in [
        ("user,pass\nalice,hunter2\n", "password"),
        ("name,password\nalice,hunter2\n", "user"),
        ("user;password\nalice;hunter2\n", "password"),
        ("alice,hunter2\ndave,hunter2\n", "user"),
        ("user\nalice\n", "password"),
        ("user,hash\nalice,hunter2\n", "password"),
        ("alice:hunter2\ndave:hunter2\n", "user"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        for more in [[].as_slice(), &["--keep-going"]] {
            let run = import(&sandbox, &[&CSV, more].concat(), input);
            run.exits(1).stdout_is("").stderr_has("htpasswd: ").stderr_has(expected);
            shows_no_secret(&run);
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{input:?}");
        }
        is_alone(&sandbox);
    }
}

#[test]
fn csv_with_only_a_header_changes_nothing() {
    for header in ["user,password", "user,password\r\n", "\u{feff}user,password\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        import(&sandbox, &CSV, header).exits(0).stderr_is(&summary(0, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn invalid_csv_records_are_rejected() {
    let (user, password) = ("u".repeat(256), "p".repeat(256));
    for record in [
        "alice",
        ",hunter2",
        "a:b,hunter2",
        "\"a\nb\",hunter2",
        " alice,hunter2",
        "\"a\tb\",hunter2",
        "a\x1b[31m,hunter2",
        "alice,hunt\0er2",
        &format!("{user},hunter2"),
        &format!("alice,hunter2{password}"),
        &format!("alice,\"hunter2,{password}\""),
    ] {
        rejects(&CSV, format!("user,password\nerin,secret\n{record}\ndave,secret\n"), &[3], 3);
    }
}

#[test]
fn csv_names_and_passwords_may_have_255_bytes() {
    let (user, password) = ("u".repeat(255), "p".repeat(255));
    for input in [format!("{user},{password}"), format!("\"{user}\",\"{password}\"\r\n")] {
        let sandbox = imported(&["-m", "--import-format", "csv"], format!("user,password\n{input}"), 1);
        assert!(sandbox.verifies(&user, &password));
    }
    let quotes = "\"".repeat(255);
    let sandbox = imported(
        &["-m", "--import-format", "csv"],
        format!("user,password\nalice,\"{quotes}{quotes}\"\n"),
        1,
    );
    assert!(sandbox.verifies("alice", &quotes));
}

#[test]
fn csv_errors_name_the_first_line_of_the_record() {
    let input = "user,note,password\r\n\
        alice,\"two\r\nlines\",secret\r\n\
        a:b,\"three\n\nlines\",hunter2\r\n\
        dave,,secret\r\n\
        c:d,,hunter2\r\n";
    rejects(&CSV, input, &[4, 8], 4);
    rejects(&CSV, "user,\"a\nb\",password\nalice,,secret\na:b,,hunter2\n", &[4], 2);
}

#[test]
fn csv_passwords_with_a_newline_cannot_be_plain_text() {
    let options = ["-p", "--import-format", "csv"];
    for password in ["hunter2\n", "hunt\ner2", "hunter2\r", "hunt\r\ner2", "\nroot:hunter2"] {
        rejects(&options, format!("user,password\ndave,secret\nalice,\"{password}\"\n"), &[3], 2);
    }
}

#[test]
fn csv_duplicate_users_and_empty_passwords_warn() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &CSV, "user,note,password\nalice,\"a\nb\",first\ndave,,x\nalice,,secret\n");
    run.exits(0).stderr_is(&summary(2, 0, 0, 0));
    warns_once_with(&run, &[2, 5]);
    assert_eq!(hash_of(&sandbox.text("passwd"), "alice"), SHA1);
    let run = import(&sandbox, &CSV, "user,password\nerin,secret\nfred,\ngina,\"\"\n");
    run.exits(0).stderr_is(&summary(3, 0, 0, 0));
    warns_once_with(&run, &[2, 3]);
}

#[test]
fn csv_with_many_records_is_read_completely() {
    let mut input = String::from("id,user,password\n");
    let mut expected = String::new();
    for number in 0..3000 {
        writeln!(input, "\"{number}\n{}\",user{number},secret", "\"\"".repeat(number % 97)).unwrap();
        writeln!(expected, "user{number}:{SHA1}").unwrap();
    }
    assert_eq!(imported(&CSV, input, 3000).text("passwd"), expected);
}

// JSON

#[test]
fn json_has_one_object_per_line() {
    for input in [
        "{\"user\":\"alice\",\"password\":\"secret\"}\n{\"user\":\"dave\",\"password\":\"secret\"}\n",
        "{\"username\":\"alice\",\"password\":\"secret\"}\n{\"user\":\"dave\",\"password\":\"secret\"}",
        "{\"password\":\"secret\",\"user\":\"alice\"}\r\n{\"password\":\"secret\",\"username\":\"dave\"}\r\n",
        "\n\n { \"user\" : \"alice\" , \"password\" : \"secret\" } \n\r\n\t{\"user\":\"dave\",\"password\":\"secret\"}\n\n",
    ] {
        let sandbox = imported(&JSON, input, 2);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\ndave:{SHA1}\n"), "{input:?}");
    }
}

#[test]
fn unknown_json_members_are_ignored() {
    for more in [
        "\"id\":1",
        "\"mail\":null",
        "\"groups\":[\"a\",{\"b\":[[]]}]",
        "\"more\":{\"user\":\"dave\",\"password\":\"other\"}",
        "\"hash\":\"hunter2\"",
        "\"\":\"\"",
        "\"x\":-1.5e300",
    ] {
        let input = format!("{{{more},\"user\":\"alice\",\"password\":\"secret\"}}\n");
        assert_eq!(imported(&JSON, input, 1).text("passwd"), format!("alice:{SHA1}\n"), "{more}");
        let input = format!("{{\"user\":\"alice\",\"password\":\"secret\",{more}}}\n");
        assert_eq!(imported(&JSON, input, 1).text("passwd"), format!("alice:{SHA1}\n"), "{more}");
    }
}

#[test]
fn json_escapes_are_decoded() {
    for (text, password) in [
        ("a:b", "a:b"),
        (" secret ", " secret "),
        ("a\\\"b", "a\"b"),
        ("a\\\\b", "a\\b"),
        ("a\\/b", "a/b"),
        ("a\\nb", "a\nb"),
        ("\\r\\n", "\r\n"),
        ("\\t\\b\\f", "\t\u{8}\u{c}"),
        ("p\\u00e4ss", "päss"),
        ("pässwörd", "pässwörd"),
        ("\\ud83d\\ude00", "😀"),
        ("#secret", "#secret"),
    ] {
        let input = format!("{{\"user\":\"alice\",\"password\":\"{text}\"}}\n");
        let (sandbox, _) = imported_with_warnings(&["-m", "--import-format", "json"], input, 1);
        assert!(sandbox.verifies("alice", password), "{text}");
    }
    let sandbox = imported(&JSON, "{\"user\":\"m\\u00fcller\",\"password\":\"secret\"}\n", 1);
    assert_eq!(sandbox.text("passwd"), format!("müller:{SHA1}\n"));
}

#[test]
fn invalid_json_lines_are_rejected_and_not_shown() {
    let (user, password) = ("u".repeat(256), "p".repeat(256));
    for line in [
        "hunter2",
        "alice:hunter2",
        "\"hunter2\"",
        "12345",
        "null",
        "true",
        "{}",
        "[]",
        "[\"alice\",\"hunter2\"]",
        "{\"user\":\"alice\"}",
        "{\"password\":\"hunter2\"}",
        "{\"user\":\"alice\",\"hash\":\"hunter2\"}",
        "{\"name\":\"alice\",\"password\":\"hunter2\"}",
        "{\"user\":\"alice\",\"password\":\"hunter2\"",
        "{\"user\":\"alice\",\"password\":\"hunter2",
        "{\"user\":\"alice\",\"password\":\"hunter2\"},",
        "{\"user\":\"alice\",\"password\":\"hunter2\"}{\"user\":\"erin\",\"password\":\"hunter2\"}",
        "{\"user\":\"alice\",\"password\":hunter2}",
        "{\"user\":\"alice\",\"password\":\"hunter2\\x\"}",
        "{\"user\":\"alice\",\"password\":\"hunter2\\ud83d\"}",
        "{\"user\":\"alice\",\"password\":\"hunter2\t\"}",
        "{user:\"alice\",password:\"hunter2\"}",
        "{'user':'alice','password':'hunter2'}",
        "{\"user\":\"alice\",\"password\":null}",
        "{\"user\":\"alice\",\"password\":4711}",
        "{\"user\":\"alice\",\"password\":[\"hunter2\"]}",
        "{\"user\":\"alice\",\"password\":{\"hunter2\":\"hunter2\"}}",
        "{\"user\":4711,\"password\":\"hunter2\"}",
        "{\"user\":null,\"password\":\"hunter2\"}",
        "{\"user\":\"\",\"password\":\"hunter2\"}",
        "{\"user\":\"a:b\",\"password\":\"hunter2\"}",
        "{\"user\":\"#alice\",\"password\":\"hunter2\"}",
        "{\"user\":\" alice\",\"password\":\"hunter2\"}",
        "{\"user\":\"a\\nb\",\"password\":\"hunter2\"}",
        "{\"user\":\"a\\u001b[31m\",\"password\":\"hunter2\"}",
        "{\"user\":\"a\\u0000\",\"password\":\"hunter2\"}",
        "{\"user\":\"alice\",\"password\":\"hunter2\\u0000\"}",
        &format!("{{\"user\":\"{user}\",\"password\":\"hunter2\"}}"),
        &format!("{{\"user\":\"alice\",\"password\":\"hunter2{password}\"}}"),
    ] {
        let good = |user| format!("{{\"user\":\"{user}\",\"password\":\"secret\"}}\n");
        let input = format!("{}\n{line}\n{}", good("gina"), good("dave"));
        let messages = rejects(&JSON, input, &[3], 3);
        assert!(!messages.contains("4711"), "{messages}");
    }
}

#[test]
fn json_with_invalid_utf_8_is_rejected() {
    let mut input = b"{\"user\":\"alice\",\"password\":\"hunter2\xff\"}\n".to_vec();
    input.extend(b"{\"user\":\"dave\",\"password\":\"secret\"}\n");
    rejects(&JSON, input, &[1], 2);
}

#[test]
fn deeply_nested_json_is_rejected() {
    let deep = format!("{{\"user\":\"alice\",\"password\":\"hunter2\",\"x\":{}\n", "[".repeat(200_000));
    rejects(&JSON, deep, &[1], 1);
}

#[test]
fn json_passwords_with_a_newline_cannot_be_plain_text() {
    let options = ["-p", "--import-format", "json"];
    for password in ["hunter2\\n", "hunt\\ner2", "hunter2\\r", "\\u000aroot:hunter2"] {
        let line = format!("{{\"user\":\"alice\",\"password\":\"{password}\"}}\n");
        rejects(&options, format!("{{\"user\":\"dave\",\"password\":\"secret\"}}\n{line}"), &[2], 2);
    }
}

#[test]
fn json_names_and_passwords_may_have_255_bytes() {
    let (user, password) = ("u".repeat(255), "p".repeat(255));
    let input = format!("{{\"user\":\"{user}\",\"password\":\"{password}\"}}\n");
    let sandbox = imported(&["-m", "--import-format", "json"], input, 1);
    assert!(sandbox.verifies(&user, &password));
    // The limit counts the bytes of the decoded string, and not its escapes.
    let input = format!("{{\"user\":\"alice\",\"password\":\"{}\"}}\n", "\\u0070".repeat(255));
    assert!(imported(&["-m", "--import-format", "json"], input, 1).verifies("alice", &password));
}

#[test]
fn json_duplicate_users_and_empty_passwords_warn() {
    let sandbox = Sandbox::with("");
    let line = |user: &str, password: &str| format!("{{\"user\":\"{user}\",\"password\":\"{password}\"}}\n");
    let input = ["\n", &line("alice", "first"), "\n", &line("dave", "x"), &line("alice", "secret")].concat();
    let run = import(&sandbox, &JSON, input);
    run.exits(0).stderr_is(&summary(2, 0, 0, 0));
    warns_once_with(&run, &[2, 5]);
    assert_eq!(hash_of(&sandbox.text("passwd"), "alice"), SHA1);
    let input = [&line("erin", "x"), "\n", &line("fred", ""), &line("gina", "")].concat();
    let run = import(&sandbox, &JSON, input);
    run.exits(0).stderr_is(&summary(3, 0, 0, 0));
    warns_once_with(&run, &[2, 3]);
}

#[test]
fn json_without_records_changes_nothing() {
    for input in ["", "\n", "\r\n\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        import(&sandbox, &JSON, input).exits(0).stderr_is(&summary(0, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}
