//! User lists in each format, and the records or errors that the parsers make of them.

use htpasswd::document::UsernameError;
use htpasswd::hash::PasswordError;

use super::*;

/// A record that a parser has passed to its sink. The fields are the line number, and either the user with the second
/// field or an error.
type Parsed = (usize, Result<(String, String), RowError>);

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn parsed(read: impl FnOnce(&mut dyn FnMut(usize, Result<Pair<'_>, RowError>))) -> Vec<Parsed> {
    let mut records = Vec::new();
    read(&mut |line, record| {
        records.push((line, record.map(|(user, secret)| (text(user), text(secret)))));
    });
    records
}

fn lines(input: &[u8]) -> Vec<Parsed> {
    parsed(|mut sink| lines::read::<Password>(input, &mut sink))
}

fn hash_lines(input: &[u8]) -> Vec<Parsed> {
    parsed(|mut sink| lines::read::<PasswordHash>(input, &mut sink))
}

fn csv(input: &[u8]) -> Vec<Parsed> {
    parsed(|mut sink| csv::read(input, Some("password"), &mut sink).unwrap())
}

fn json(input: &[u8]) -> Vec<Parsed> {
    parsed(|mut sink| jsonl::read(input, Some("password"), &mut sink))
}

fn good(line: usize, user: &str, secret: &str) -> Parsed {
    (line, Ok((user.to_owned(), secret.to_owned())))
}

fn bad(line: usize, error: RowError) -> Parsed {
    (line, Err(error))
}

/// Reads a list of passwords, with a scheme that accepts all passwords.
fn passwords(format: ListFormat, input: &[u8]) -> Records<Password> {
    read(Some(format), input, MAX_REPORTED_INVALID, |field| parse_password(field, &Params::Sha1)).unwrap()
}

fn users<T>(records: &Records<T>) -> Vec<(usize, String)> {
    records.entries.iter().map(|entry| (entry.line, text(entry.user.as_bytes()))).collect()
}

mod lines_of_users {
    use super::*;

    #[test]
    fn a_password_starts_after_the_first_colon_and_ends_at_the_newline() {
        let input = b"a:b:c\nd:\r\ne: f \r\r\ng:\xff\r";
        let expected =
            [good(1, "a", "b:c"), good(2, "d", ""), good(3, "e", " f \\r"), good(4, "g", "\\xff\\r")];
        assert_eq!(lines(input), expected);
    }

    #[test]
    fn blank_lines_and_comments_count_as_lines_but_not_as_records() {
        assert_eq!(lines(b"\n# a:b\r\n \t\r\n\r\n#\na:b"), [good(6, "a", "b")]);
        assert_eq!(lines(b""), []);
        // An indented comment is a record with an odd user name, which validation rejects later.
        assert_eq!(lines(b" #a:b\n"), [good(1, " #a", "b")]);
    }

    #[test]
    fn a_line_without_colon_is_invalid() {
        let error = || RowError::NoColon { secret: "password" };
        assert_eq!(lines(b"a\nb:c\nd"), [bad(1, error()), good(2, "b", "c"), bad(3, error())]);
    }

    #[test]
    fn a_hash_ends_as_in_a_password_file() {
        let input = b"a:h:more\n\t\x0bb:h\r\nc:h\0x\n  # d:h\ne";
        let no_colon = bad(5, RowError::NoColon { secret: "hash" });
        assert_eq!(hash_lines(input), [good(1, "a", "h"), good(2, "b", "h"), good(3, "c", "h"), no_colon]);
    }
}

mod csv_with_a_header {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_case_and_order() {
        for header in ["user,password", "UserName,PASSWORD", "\"user\",\"password\""] {
            assert_eq!(csv(format!("{header}\na,b\n").as_bytes()), [good(2, "a", "b")], "{header}");
        }
        assert_eq!(
            csv(b"mail,password,x,username\n@,p,1,u\n@,q,2,v"),
            [good(2, "u", "p"), good(3, "v", "q")]
        );
    }

    #[test]
    fn a_header_without_or_with_too_many_such_columns_is_an_error() {
        for header in ["a,b", "user", "password", "user;password", "user, password", "user,username,password"]
        {
            let result = csv::read(format!("{header}\na,b\n").as_bytes(), Some("password"), &mut |_, _| {});
            let error = RowError::Columns { secret: Some("password") };
            assert_eq!(result, Err(ListError { line: 1, error }), "{header}");
        }
        let result = csv::read(b"user,password\na,b\n", Some("hash"), &mut |_, _| {});
        let error = RowError::Columns { secret: Some("hash") };
        assert_eq!(result, Err(ListError { line: 1, error }));
    }

    #[test]
    fn quoted_fields_may_contain_commas_quotes_and_newlines() {
        let input = b"user,password\r\n\"a,b\",\"say \"\"hi\"\"\"\r\nc,\"1\r\n2\n3\"\r\nd,e\r\n";
        let expected = [good(2, "a,b", "say \\\"hi\\\""), good(3, "c", "1\\r\\n2\\n3"), good(6, "d", "e")];
        assert_eq!(csv(input), expected);
    }

    #[test]
    fn a_record_has_the_number_of_its_first_line() {
        for line_end in ["\n", "\r\n"] {
            let input = "\nuser,password\n\n\na,\"\n\n\"\n\n\nb,c\n\n".replace('\n', line_end);
            let lines: Vec<_> = csv(input.as_bytes()).into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, [5, 10], "{line_end:?}");
        }
    }

    #[test]
    fn empty_fields_are_fields() {
        assert_eq!(
            csv(b"user,password\na,\n,b\n\"\",\"\""),
            [good(2, "a", ""), good(3, "", "b"), good(4, "", "")]
        );
        assert_eq!(csv(b""), []);
        assert_eq!(csv(b"\r\n\n"), []);
        assert_eq!(csv(b"user,password"), []);
    }

    #[test]
    fn an_unquoted_comma_is_an_error_and_not_another_password() {
        let fields = |found| RowError::Fields { found, expected: 2 };
        let input = b"user,password\na,b,c\nd\ne,f\n";
        assert_eq!(csv(input), [bad(2, fields(3)), bad(3, fields(1)), good(4, "e", "f")]);
    }

    #[test]
    fn a_misplaced_quotation_mark_is_an_error() {
        assert_eq!(csv(b"user,password\na,\"b\nc,d\n"), [bad(2, RowError::Malformed)]);
        assert_eq!(csv(b"user,password\na,b\"\nc,d\n"), [bad(2, RowError::Malformed), good(3, "c", "d")]);
        for row in [
            "a,\"x\"y",
            "a,x\"y\"",
            "a,\"x\" ",
            "a, \"x\"",
            "\"a\"b,x",
            "a,\"x\"\"",
            "a,x\ry",
            "a,x\rb,y",
            "\ra,x",
            "a\r,x",
        ] {
            let input = format!("user,password\n{row}\nc,d\n");
            let records = csv(input.as_bytes());
            assert_eq!(records[0], bad(2, RowError::Malformed), "{row:?}");
            assert!(records.len() == 1 || records[1..] == [good(3, "c", "d")], "{row:?} {records:?}");
        }
        let right = "user,password\r\n\"a\",\"\"\"x,\"\"\"\r\n\r\nb,\"\r\n\"\r\nc,\r\n";
        assert_eq!(
            csv(right.as_bytes()),
            [good(2, "a", r#"\"x,\""#), good(4, "b", r"\r\n"), good(6, "c", "")]
        );
        assert!(csv::read(b"user,password\ra,b\r", Some("password"), &mut |_, _| {}).is_err());
    }

    #[test]
    fn fields_and_rows_may_be_long() {
        for length in [1023, 1024, 1025, 100_000] {
            let secret = "x".repeat(length);
            let row = format!("user,password{}\na,{secret}{}", ",".repeat(99), ",".repeat(99));
            assert_eq!(csv(row.as_bytes()), [good(2, "a", &secret)], "{length}");
        }
    }
}

mod json_lines {
    use super::*;

    #[test]
    fn members_are_found_by_name_in_any_order() {
        let input = br#"{"user":"a","password":"b"}

  {"x":{"user":[1,null,true]},"password":"d","username":"c","y":1.5e3} "#;
        assert_eq!(json(input), [good(1, "a", "b"), good(3, "c", "d")]);
        let hash = parsed(|mut sink| {
            jsonl::read(br#"{"user":"a","hash":"h","password":1}"#, Some("hash"), &mut sink);
        });
        assert_eq!(hash, [good(1, "a", "h")]);
    }

    #[test]
    fn escapes_are_resolved() {
        let input = br#"{"us\u0065r":"m\u00fcller","password":"\"\\\n\u0000\ud83d\ude00"}"#;
        let expected = good(1, &text("müller".as_bytes()), &text("\"\\\n\0😀".as_bytes()));
        assert_eq!(json(input), [expected]);
    }

    #[test]
    fn a_line_without_an_object_of_both_strings_is_invalid() {
        for (line, error) in [
            (r#"["a","b"]"#, RowError::NotAnObject),
            (r#""a:secret""#, RowError::NotAnObject),
            ("a:b", RowError::NotAnObject),
            ("{}", RowError::NotAString("user")),
            (r#"{"User":"a","password":"b"}"#, RowError::NotAString("user")),
            (r#"{"user":"a"}"#, RowError::NotAString("password")),
            (r#"{"user":1,"password":"b"}"#, RowError::NotAString("user")),
            (r#"{"user":"a","username":"a","password":"b"}"#, RowError::DuplicateKey("user")),
            (r#"{"user":"a","password":"b","password":"b"}"#, RowError::DuplicateKey("password")),
        ] {
            assert_eq!(json(line.as_bytes()), [bad(1, error)], "{line}");
        }
        for value in ["1", "-1", "1.5", "true", "null", "[\"b\"]", "{\"b\":\"c\"}"] {
            let line = format!(r#"{{"user":"a","password":{value}}}"#);
            assert_eq!(json(line.as_bytes()), [bad(1, RowError::NotAString("password"))], "{line}");
        }
    }

    #[test]
    fn invalid_json_is_reported_with_the_number_of_its_byte() {
        for (line, column) in [
            (&b"{"[..], 1),
            (br#"{"user":"a","password":"b""#, 26),
            (br#"{"user":"a","password":"b"} x"#, 29),
            (br#"{"user":"a","password":"b"}{"user":"c","password":"d"}"#, 28),
            (br#"{"user":"a","password":'b'}"#, 24),
            (br#"{"user":"a","password":"\ud800"}"#, 31),
        ] {
            assert_eq!(json(line), [bad(1, RowError::Json { column })], "{}", line.escape_ascii());
        }
        // The first line is not UTF-8. The second text is an object over two lines.
        assert!(matches!(
            json(b"{\"user\":\"a\",\"password\":\"\xff\"}")[..],
            [(1, Err(RowError::Json { .. }))]
        ));
        assert!(matches!(json(b"{\"user\":\"a\",\n\"password\":\"b\"}")[..], [(1, Err(_)), (2, Err(_))]));
    }
}

#[test]
fn a_byte_order_mark_is_skipped_in_every_format() {
    for (format, input, line) in [
        (ListFormat::Lines, "\u{feff}a:b\n", 1),
        (ListFormat::Csv, "\u{feff}user,password\na,b\n", 2),
        (ListFormat::Json, "\u{feff}{\"user\":\"a\",\"password\":\"b\"}", 1),
    ] {
        assert_eq!(users(&passwords(format, input.as_bytes())), [(line, "a".to_owned())], "{format:?}");
    }
}

#[test]
fn names_and_passwords_that_other_calls_reject_are_invalid() {
    let long = "x".repeat(256);
    let input = format!("a:{long}\n{long}:b\n:c\nd\u{7f}:e\nf:\0\n g:h\ni:{}\n", &long[1..]);
    let records = passwords(ListFormat::Lines, input.as_bytes());
    assert_eq!(users(&records), [(7, "i".to_owned())]);
    let expected = [
        (1, RowError::Password(PasswordError::TooLong)),
        (2, RowError::Name(UsernameError::TooLong)),
        (3, RowError::Name(UsernameError::Empty)),
        (4, RowError::Name(UsernameError::Control)),
        (5, RowError::Password(PasswordError::Nul)),
        (6, RowError::Name(UsernameError::LeadingSpace)),
    ];
    assert_eq!((records.invalid.first.as_slice(), records.invalid.count), (&expected[..], 6));
}

#[test]
fn a_line_break_is_invalid_in_plain_text_only() {
    let input = b"a:b\rc\n";
    let read =
        |params| read(Some(ListFormat::Lines), input, 20, |field| parse_password(field, &params)).unwrap();
    assert_eq!(read(Params::Plain).invalid.first, [(1, RowError::PlainWithNewline)]);
    assert_eq!(read(Params::Apr1).invalid.count, 0);
}

#[test]
fn the_first_errors_are_kept_and_all_are_counted() {
    let records = passwords(ListFormat::Lines, "x\n".repeat(MAX_REPORTED_INVALID + 5).as_bytes());
    assert_eq!(
        (records.invalid.first.len(), records.invalid.count),
        (MAX_REPORTED_INVALID, MAX_REPORTED_INVALID + 5)
    );
}

#[test]
fn only_the_last_record_of_a_user_is_kept() {
    let mut records = passwords(ListFormat::Lines, b"a:1\nb:2\nb:3\nc:4\na:5\nb:6\n");
    let duplicates = records.drop_duplicates();
    let found: Vec<_> = duplicates
        .first
        .iter()
        .map(|duplicate| (text(duplicate.user.as_bytes()), duplicate.earlier, duplicate.later))
        .collect();
    assert_eq!(found, [("a".to_owned(), 1, 5), ("b".to_owned(), 2, 3), ("b".to_owned(), 3, 6)]);
    assert_eq!(duplicates.count, 3);
    assert_eq!(users(&records), [(4, "c".to_owned()), (5, "a".to_owned()), (6, "b".to_owned())]);
    let kept: Vec<_> = records.entries.iter().map(|entry| text(entry.secret.as_bytes())).collect();
    assert_eq!(kept, ["4", "5", "6"]);

    let mut records = passwords(ListFormat::Lines, "a:b\n".repeat(MAX_REPORTED_DUPLICATES + 3).as_bytes());
    let duplicates = records.drop_duplicates();
    assert_eq!(
        (duplicates.first.len(), duplicates.count),
        (MAX_REPORTED_DUPLICATES, MAX_REPORTED_DUPLICATES + 2)
    );
    assert_eq!(users(&records), [(MAX_REPORTED_DUPLICATES + 3, "a".to_owned())]);
}

#[test]
fn unusual_passwords_are_counted_and_the_first_line_is_named() {
    let input = format!("a:1\nb:{}\nc:\nd:{}\ne:\n", "x".repeat(73), "x".repeat(9));
    let entries = passwords(ListFormat::Lines, input.as_bytes()).entries;
    let warnings =
        |params| -> Vec<_> { password_warnings(&entries, &params).iter().map(ToString::to_string).collect() };
    let bcrypt = Params::Bcrypt(htpasswd::Cost::new(4).unwrap());
    let empty = "2 passwords are empty (the first in line 3)";
    let cut = "1 password truncated to 72 bytes by bcrypt algorithm (line 2)";
    assert_eq!(warnings(bcrypt), [cut, empty]);
    let cut = "2 passwords truncated to 8 characters by CRYPT algorithm (the first in line 2)";
    assert_eq!(warnings(Params::DesCrypt), [cut, empty]);
    assert_eq!(warnings(Params::Sha1), [empty]);
}

#[test]
fn names_that_end_with_a_blank_are_counted() {
    let warning =
        |input: &[u8]| passwords(ListFormat::Lines, input).name_warning().map(|warning| warning.to_string());
    assert_eq!(warning(b"a:1\nb:2\n"), None);
    let one = "1 user name ends with a blank, which some servers remove (line 2)";
    assert_eq!(warning(b"a:1\nb :2\n").unwrap(), one);
    let two = "2 user names end with a blank, which some servers remove (the first in line 1)";
    assert_eq!(warning(b"a :1\nb :2\n").unwrap(), two);
}

#[test]
fn duplicate_users_are_named_with_both_lines() {
    let duplicate = || Duplicate { user: Username::new("m\u{fc}ller").unwrap(), earlier: 3, later: 9 };
    let warnings = |count| -> Vec<_> {
        let duplicates = Duplicates { first: vec![duplicate(), duplicate()], count };
        duplicates.warnings().map(|warning| warning.to_string()).collect()
    };
    let line = "user m\u{fc}ller is in line 3 and in line 9; the last one counts";
    assert_eq!(warnings(2), [line, line]);
    assert_eq!(warnings(7), [line, line, "… and 5 more duplicate users"]);
    assert_eq!(Duplicates::default().warnings().count(), 0);
}

#[test]
fn every_reason_for_an_invalid_record_is_one_line() {
    for error in [
        RowError::NoColon { secret: "password" },
        RowError::Name(UsernameError::Control),
        RowError::Password(PasswordError::Nul),
        RowError::Password(PasswordError::TooLong),
        RowError::PlainWithNewline,
        RowError::PlainWithBackslash,
        RowError::Hash(HashError::Locked),
        RowError::Hash(HashError::Malformed),
        RowError::Fields { found: 1, expected: 2 },
        RowError::Malformed,
        RowError::Json { column: 7 },
        RowError::NotAnObject,
        RowError::NotAString("user"),
        RowError::DuplicateKey("password"),
    ] {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
    }
}

mod names_alone {
    use super::*;

    fn names(format: Option<ListFormat>, input: &str) -> Result<Records<()>, ListError> {
        read(format, input.as_bytes(), usize::MAX, |field| {
            assert_eq!(field, b"");
            Ok(())
        })
    }

    #[test]
    fn each_line_is_a_name() {
        let records = names(None, "# staff\nmax\r\n\n \t\na b\nx:y\nEva").unwrap();
        let expected = [(2, "max"), (5, "a b"), (7, "Eva")].map(|(line, user)| (line, user.to_owned()));
        assert_eq!(users(&records), expected);
        assert_eq!(records.invalid.first, [(6, RowError::Name(UsernameError::Colon))]);
    }

    #[test]
    fn csv_and_json_need_a_user_and_no_secret() {
        let csv = Some(ListFormat::Csv);
        let records = names(csv, "mail,User\nx@y,max\n").unwrap();
        assert_eq!(users(&records), [(2, "max".to_owned())]);
        for header in ["mail", "user,password", "hash,user", "user,username"] {
            let error = RowError::Columns { secret: None };
            assert_eq!(names(csv, header).unwrap_err(), ListError { line: 1, error }, "{header}");
        }
        let json = "{\"user\":\"max\",\"mail\":1}\n{\"user\":\"a\",\"password\":\"b\"}\n{\"hash\":0,\"user\":\"c\"}\n{}\n";
        let records = names(Some(ListFormat::Json), json).unwrap();
        assert_eq!(users(&records), [(1, "max".to_owned())]);
        let invalid =
            [RowError::SuperfluousSecret, RowError::SuperfluousSecret, RowError::NotAString("user")];
        assert_eq!(records.invalid.first, (2..).zip(invalid).collect::<Vec<_>>());
    }

    #[test]
    fn a_header_alone_is_not_taken_for_a_user() {
        for header in ["user\nmax\n", "Username\n", "mail,user\n"] {
            let error = names(None, header).unwrap_err().error.to_string();
            assert!(error.ends_with("or --import-format lines for one user per line"), "{error}");
            assert!(names(Some(ListFormat::Lines), header).is_ok());
        }
    }
}
