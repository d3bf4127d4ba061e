//! The findings agree with what each server does with odd text, as it was measured or read in its source.

use super::*;

/// Asserts the findings for several servers.
#[track_caller]
fn finds_for(text: impl AsRef<[u8]>, cases: &[(&[&str], &[&str])]) {
    for (servers, wanted) in cases {
        for server in *servers {
            finds(&text, server, wanted);
        }
    }
}

#[test]
fn only_squid_reads_md5_in_hexadecimal_digits() {
    let text = "max:0123456789abcdef0123456789ABCDEF\n";
    finds_for(text, &[(&["squid"], &["1 Warning hex-md5"]), (&["", "nginx", "httpd"], &["1 Error hex-md5"])]);
    let document = Document::parse(text);
    let message = |server| check(&document, Server::named(server))[0].to_string();
    assert_eq!(message("nginx"), "the hash is MD5 without salt, as md5sum prints it; only squid reads it");
    assert_eq!(message("squid"), "the hash is MD5 without salt, as md5sum prints it; it is quick to guess");
}

#[test]
fn squid_reads_a_record_after_8194_bytes_of_a_line() {
    let comment = |bytes: usize| format!("#{}eva:{BCRYPT}\nmax:{BCRYPT}\n", "x".repeat(bytes - 1));
    finds(comment(8_194), "squid", &["1 Error split-line"]);
    finds(format!("#{}\nmax:{BCRYPT}\n", "x".repeat(9_000)), "squid", &[]);
    finds(comment(8_194), "nginx", &[]);
    assert!(found(comment(8_194), "").contains(&"1 Warning split-line".to_owned()));
    let document = Document::parse(comment(8_194));
    let message = check(&document, Server::named("squid"))[0].to_string();
    assert_eq!(message, "the line is longer than 8194 bytes; squid reads the rest as another record");
}

#[test]
fn httpd_and_squid_skip_an_empty_field() {
    let text = format!("max::{BCRYPT}\n");
    finds_for(
        &text,
        &[(&["httpd", "squid"], &["1 Warning empty-field"]), (&["nginx"], &["1 Error empty-hash"])],
    );
    finds("max:::x\n", "httpd", &["1 Warning empty-field", "1 Error unknown-hash"]);
    finds(format!("max::{APR1}\n"), "httpd", &["1 Warning empty-field", "1 Warning weak-scheme"]);
    // haproxy-ingress reads the text after the empty field as plain text.
    finds("max::secret\n", "haproxy-ingress", &["1 Warning empty-field", "1 Warning weak-scheme"]);
}

#[test]
fn squid_ignores_a_record_with_an_empty_hash() {
    let text = format!("max:{BCRYPT}\nmax:\n");
    finds(&text, "squid", &["2 Warning empty-hash"]);
    let document = Document::parse(text.as_str());
    let message = check(&document, Server::named("squid"))[0].to_string();
    assert_eq!(message, "the hash is empty; squid ignores the record");
    finds(text, "registry", &["2 Warning duplicate", "2 Error empty-hash"]);
}

#[test]
fn text_that_is_not_utf_8_makes_radicale_reject_the_file() {
    let name = [b"m\xfcller:", BCRYPT.as_bytes(), b"\n"].concat();
    let rejecting: &[&str] = &["pypiserver", "wsgidav", "radicale"];
    finds_for(&name, &[(rejecting, &["1 Error not-utf8"]), (&["nginx", "registry", "squid"], &[])]);
    let message = |server| check(&Document::parse(&name[..]), Server::named(server))[0].to_string();
    assert_eq!(message("radicale"), "the user name is not UTF-8; radicale rejects the whole file");
    assert_eq!(message("pypiserver"), "the user name is not UTF-8; pypiserver rejects the user");
    // Radicale decodes comments too.
    let comment = [b"# m\xfcller\nmax:", BCRYPT.as_bytes(), b"\n"].concat();
    finds_for(&comment, &[(&["radicale"], &["1 Error not-utf8"]), (&["pypiserver", "wsgidav"], &[])]);
}

/// Real servers showed each of these findings to be missing or wrong.
#[test]
fn odd_records_are_judged_as_real_servers_read_them() {
    let found = |server: &str, text: &str| found(text.replace("HASH", BCRYPT), server);
    for (server, text, expected) in [
        ("httpd", "::\nmax:HASH\n", &["1 Warning no-user"][..]),
        ("lighttpd", "max:HASH\r\r\n", &["1 Error stray-carriage-return", "1 Error crlf"][..1]),
        ("httpd", "max:HASH\r\r\n", &[]),
        ("httpd", "max:HASH :x\n", &["1 Error malformed-hash"]),
        ("squid", "max:HASH\0\n", &[]),
        ("rclone", "max:HASH\0\n", &[]),
        ("radicale", "max:HASH\0\n", &["1 Error nul"]),
        ("rclone", "max:\u{a0}HASH\n", &[]),
        ("rclone", "max:HASH\n\r\r\n", &["2 Error blank-line"]),
        ("registry", "\u{a0}\nmax:HASH\n", &[]),
        ("radicale", "max:HASH\rx\n", &["1 Error stray-carriage-return", "1 Error no-colon"]),
        ("radicale", "max:\n", &["1 Error empty-hash"]),
        ("radicale", "max@:HASH\n", &["1 Error name-not-accepted"]),
        ("radicale", "m\u{ad}x:HASH\n", &["1 Error name-not-accepted", "1 Warning invisible-character"]),
        ("radicale", "max@example.org:HASH\n", &[]),
        ("radicale", "max:$apr1$salt$VEpBc9VHGUKwI9.yg13Iu0\n", &["1 Error taken-for-password"]),
        ("wsgidav", "m\tax:HASH\n", &["1 Error name-not-accepted", "1 Warning invisible-character"]),
        (
            "registry",
            "max:HASH\nmax:Private:5ebe2294ecd0e0f08eab7690d2a6ee69\n",
            &["2 Error htdigest-record", "2 Warning duplicate"],
        ),
        (
            "rclone",
            "max:Private:5ebe2294ecd0e0f08eab7690d2a6ee69\neva:HASH\n",
            &["1 Error htdigest-record", "1 Error more-fields"],
        ),
        (
            "registry",
            "max:$2$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n",
            &["1 Warning foreign-hash"],
        ),
    ] {
        assert_eq!(found(server, text), expected, "{server}: {text:?}");
    }
    let comment = format!("#{}:{BCRYPT}\nmax:{BCRYPT}\n", "x".repeat(8_193));
    finds(comment, "squid", &[]);
}

#[test]
fn a_byte_order_mark_within_the_file_loses_the_user() {
    let text = format!("max:{BCRYPT}\n\u{feff}eva:{BCRYPT}\n");
    finds_for(&text, &[(&["", "nginx", "httpd", "registry", "squid"], &["2 Error inner-byte-order-mark"])]);
    assert!(!found(&text, "verdaccio").contains(&"2 Error inner-byte-order-mark".to_owned()));
}

#[test]
fn a_nul_in_a_name_loses_the_user_everywhere() {
    for server in Server::ALL.iter().filter(|server| server.file.is_some()) {
        let found = found(format!("e\0va:{BCRYPT}\n"), server.name);
        assert!(found.contains(&"1 Error nul-in-name".to_owned()), "{server}: {found:?}");
    }
}

/// A NUL in a comment, and a long line or a NUL after the last record, do no harm.
#[test]
fn a_line_that_costs_no_user_the_login_is_no_error() {
    let good = format!("max:{BCRYPT}\n");
    let long = format!("#{}\n", "x".repeat(9_000));
    finds(format!("# e\0va\n{good}"), "squid", &[]);
    finds(format!("{good}# e\0va\n"), "lighttpd", &[]);
    finds(format!("# e\0va\n{good}"), "lighttpd", &["1 Error nul"]);
    finds(format!("{good}{long}"), "httpd", &[]);
    finds(format!("{long}{good}"), "httpd", &["1 Error long-line"]);
}

#[test]
fn envoy_rejects_the_file_for_a_line_that_others_ignore() {
    let good = format!("max:{SHA1}\n");
    for (odd, kind) in [
        (" \t\n", "blank-line"),
        (" # staff\n", "indented-comment"),
        (&*format!(":{SHA1}\n"), "no-user"),
        ("eva:\n", "empty-hash"),
        ("eva:{SHA}x\n", "malformed-hash"),
    ] {
        let text = format!("{odd}{good}");
        let found = found(&text, "envoy");
        assert!(found.contains(&format!("1 Error {kind}")), "{kind}: {found:?}");
        let document = Document::parse(text.as_str());
        let all = check(&document, Server::named("envoy"));
        let finding = all.iter().find(|finding| finding.kind.name() == kind).unwrap();
        assert!(finding.to_string().ends_with("; envoy rejects the whole file"), "{finding}");
    }
    finds(format!("\n# staff\n{good}"), "envoy", &["3 Warning weak-scheme"]);
}

#[test]
fn readers_built_on_the_bcrypt_of_go_ignore_text_after_the_hash() {
    let text = format!("max:{BCRYPT}xyz\n");
    let lenient: &[&str] =
        &["registry", "rest-server", "zot", "traefik", "openshift", "rclone", "oauth2-proxy"];
    finds_for(
        &text,
        &[(lenient, &["1 Warning text-after-hash"]), (&["", "nginx"], &["1 Error malformed-hash"])],
    );
    let blank = format!("max:{BCRYPT} \n");
    finds_for(
        &blank,
        &[(&["zot", "openshift", "rest-server"], &[]), (&["nginx"], &["1 Error trailing-space"])],
    );
}

#[test]
fn traefik_and_oauth2_proxy_reject_a_file_without_users() {
    let cases: &[(&[&str], &[&str])] =
        &[(&["traefik", "oauth2-proxy"], &["1 Error no-users"]), (&["nginx", ""], &["1 Warning no-users"])];
    finds_for("# staff\n", cases);
}

#[test]
fn bcrypt_prefixes_differ_between_servers() {
    for (prefix, rejecting) in [
        ("$2y$", &["openbsd-httpd"][..]),
        ("$2a$", &[]),
        ("$2b$", &["openshift"]),
        ("$2x$", &["openshift", "openbsd-httpd", "rest-server", "zot", "pypiserver", "verdaccio", "webrick"]),
    ] {
        let text = format!("max:{}\n", BCRYPT.replace("$2y$", prefix));
        for server in
            ["openshift", "openbsd-httpd", "rest-server", "zot", "verdaccio", "webrick", "rclone", "nginx"]
        {
            let wanted: &[&str] =
                if rejecting.contains(&server) { &["1 Error unreadable-prefix"] } else { &[] };
            finds(&text, server, wanted);
        }
    }
    let document = Document::parse(format!("max:{BCRYPT}\n"));
    let message = check(&document, Server::named("openbsd-httpd"))[0].to_string();
    let expected = "openbsd-httpd does not read bcrypt hashes that start with $2y$; it reads $2b$ and $2a$";
    assert_eq!(message, expected);
}

#[test]
fn readers_of_csv_reject_a_file_with_uneven_records() {
    let good = format!("max:{BCRYPT}\n");
    for server in ["rest-server", "rclone", "bazel-remote", "oauth2-proxy"] {
        finds(
            format!("{good}e\"va:{BCRYPT}\n"),
            server,
            match server {
                "rest-server" => &["2 Error quotation-mark", "2 Error name-not-accepted"],
                _ => &["2 Error quotation-mark"],
            },
        );
        finds(format!("{good}eva:{BCRYPT}:x\n"), server, &["2 Error more-fields"]);
        finds(format!("{good}eva\n"), server, &["2 Error no-colon"]);
        finds(format!("{good}  \n"), server, &["2 Error blank-line"]);
        let both = format!("max:{BCRYPT}:x\neva:{BCRYPT}:x\n");
        let wanted: &[&str] = &["1 Error more-fields", "2 Error more-fields"];
        finds(both, server, if server == "oauth2-proxy" { wanted } else { &[] });
        finds(format!("{good}max:{BCRYPT}\n"), server, &["2 Warning duplicate"]);
    }
    finds(format!("mäx@a.b_c-1:{BCRYPT}\n"), "rest-server", &[]);
    finds(format!("max mustermann:{BCRYPT}\n"), "rest-server", &["1 Error name-not-accepted"]);
    finds(format!("max mustermann:{BCRYPT}\n"), "rclone", &[]);
}

#[test]
fn radicale_does_not_start_with_a_bad_line() {
    let good = format!("max:{BCRYPT}\n");
    finds(format!("{good}{good}"), "radicale", &["2 Error duplicate"]);
    finds(format!("{good}eva\n"), "radicale", &["2 Error no-colon"]);
    finds(format!("{good}:{BCRYPT}\n"), "radicale", &["2 Error no-user"]);
    let digest = "x".repeat(86);
    finds(format!("max:$6$saltsaltsaltsalt${digest}\n"), "radicale", &[]);
    finds(format!("max:$6$saltsalt${digest}\n"), "radicale", &["1 Error taken-for-password"]);
}

#[test]
fn webrick_rejects_a_file_with_anything_but_records() {
    let good = format!("max:{BCRYPT}\n");
    for (odd, wanted) in [
        ("# staff\n", vec!["1 Error comment"]),
        ("\n", vec!["1 Error empty-line"]),
        ("eva:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n", vec!["1 Error unreadable-scheme"]),
    ] {
        finds(format!("{odd}{good}"), "webrick", &wanted);
    }
}

#[test]
fn a_user_of_openbsd_httpd_can_have_several_records() {
    let hash = BCRYPT.replace("$2y$", "$2b$");
    let text = format!("max:{hash}\nmax:{hash}\n");
    finds(&text, "openbsd-httpd", &["2 Warning duplicate"]);
    let document = Document::parse(text.as_str());
    let message = check(&document, Server::named("openbsd-httpd"))[0].to_string();
    assert_eq!(message, "line 1 already has a record of this user; openbsd-httpd tries all of them");
}

#[test]
fn several_servers_get_the_findings_of_each() {
    let document = Document::parse(format!("# x\\\nmax:{APR1} \n"));
    let found = |servers: &str| -> Vec<String> {
        let servers = crate::servers::ServerSet::named(servers).unwrap();
        check_for(&document, servers.as_slice()).iter().map(ToString::to_string).collect()
    };
    let backslash = "the line ends in a backslash; httpd joins the next line to it";
    let blank = "there is white space after the hash; nginx rejects the user";
    assert_eq!(found("httpd,nginx"), [backslash, "apr1 is weak", blank]);
    assert_eq!(
        found("nginx,registry"),
        [blank, "apr1 is weak", "registry does not read apr1; it reads bcrypt"]
    );
    assert_eq!(
        found("nginx"),
        check(&document, Server::named("nginx")).iter().map(ToString::to_string).collect::<Vec<_>>()
    );
    assert_eq!(check_for(&document, &[]), check(&document, None));
}

#[test]
fn a_carriage_return_beside_a_name_is_not_a_part_of_it_for_squid_and_radicale() {
    let has_duplicate =
        |text: String, server| found(text, server).iter().any(|line| line.ends_with("duplicate"));
    // squid reads "max" in each of these records, and uses the last one.
    for name in ["max\r", "\rmax", "max\rx"] {
        let text = format!("max:{BCRYPT}\n{name}:{BCRYPT}\n");
        assert!(has_duplicate(text.clone(), "squid"), "{name:?}");
        // For Radicale, a carriage return ends a line, so only the second text has another record of max.
        assert_eq!(has_duplicate(text, "radicale"), name == "\rmax", "{name:?}");
    }
    assert!(!has_duplicate(format!("max:{BCRYPT}\n \rmax:{BCRYPT}\n"), "squid"));
    assert!(!has_duplicate(format!("max:{BCRYPT}\n\r max:{BCRYPT}\n"), "radicale"));
}

#[test]
fn radicale_removes_white_space_after_some_hashes_only() {
    let has = |hash: &str, kind| {
        found(format!("max:{hash} \n"), "radicale").iter().any(|line| line == &format!("1 Error {kind}"))
    };
    assert!(!has(APR1, "trailing-space"));
    assert!(has(BCRYPT, "trailing-space"));
}

#[test]
fn radicale_rejects_a_file_with_an_empty_record_and_not_one_with_an_empty_field() {
    let has_empty = |text: &str| found(text, "radicale").iter().any(|line| line == "1 Error empty-hash");
    assert!(has_empty("max:\n") && has_empty("max:\r\n"));
    assert!(!has_empty(&format!("max:::{BCRYPT}\n")) && !has_empty("max:\0\n"));
    assert!(found(format!("max:::{BCRYPT}\n"), "radicale").contains(&"1 Error more-fields".to_owned()));
}

#[test]
fn servers_for_windows_use_unknown_hashes_as_passwords() {
    let sha256_crypt = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8";
    let apr1 = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
    let taken = "1 Error taken-for-password";
    for (hash, httpd, nginx) in [
        (BCRYPT, &[][..], &[taken][..]),
        (apr1, &["1 Warning weak-scheme"], &["1 Warning weak-scheme"]),
        (sha256_crypt, &[taken], &[taken]),
        ("", &[taken], &[taken]),
        ("*", &[taken], &[taken]),
        ("{PLAIN}x", &[taken], &["1 Warning foreign-hash"]),
        ("secret", &["1 Warning weak-scheme"], &["1 Warning weak-scheme"]),
    ] {
        finds(format!("max:{hash}\n"), "httpd-windows", httpd);
        finds(format!("max:{hash}\n"), "nginx-windows", nginx);
    }
}
