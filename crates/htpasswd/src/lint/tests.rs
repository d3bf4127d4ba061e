//! [`check`] finds each problem with the severity that measurements with the servers gave, in a sentence that a reader
//! understands and that contains no hash.

mod schemes;
mod servers;

use super::*;
use crate::hash::Scheme;

const BCRYPT: &str = "$2y$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const LOW: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const APR1: &str = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

/// Returns each finding as `line severity kind`, for the server of this name, or for no server.
fn found(text: impl AsRef<[u8]>, server: &str) -> Vec<String> {
    let document = Document::parse(text.as_ref());
    let findings = check(&document, Server::named(server));
    findings.iter().map(|f| format!("{} {:?} {}", f.line, f.severity, f.kind.name())).collect()
}

#[track_caller]
fn finds(text: impl AsRef<[u8]>, server: &str, wanted: &[&str]) {
    assert_eq!(found(&text, server), wanted, "{server}: {}", text.as_ref().escape_ascii());
}

#[test]
fn a_clean_file_has_findings_only_if_its_scheme_is_not_read() {
    let text = format!("# staff\n\nalice:{BCRYPT}\nbob:{BCRYPT}\n");
    finds(&text, "", &[]);
    for server in Server::ALL.iter().filter(|server| server.can_read(Scheme::Bcrypt)) {
        let wanted: &[&str] = match server.name {
            "openbsd-httpd" => &["3 Error unreadable-prefix", "4 Error unreadable-prefix"],
            "webrick" => &["1 Error comment", "2 Error empty-line"],
            _ if server.file.is_none() => &["1 Error not-read"],
            _ => &[],
        };
        finds(&text, server.name, wanted);
    }
    finds(&text, "envoy", &["3 Error unreadable-scheme", "4 Error unreadable-scheme"]);
}

/// A record is no more right for these servers than a configuration file with users.
#[test]
fn a_server_without_a_password_file_reads_none() {
    for (server, place) in [
        ("caddy", "hashes are in the Caddyfile"),
        ("prometheus", "hashes are in the web configuration"),
        ("haproxy", "hashes are in a userlist"),
    ] {
        for text in [format!("\u{feff}alice:{APR1}:x\r\n"), "basic_auth_users:\n".to_owned(), String::new()] {
            finds(&text, server, &["1 Error not-read"]);
            let document = Document::parse(text);
            let message = check(&document, Server::named(server))[0].to_string();
            assert_eq!(message, format!("{server} reads no password file; its {place}"));
        }
    }
}

#[test]
fn hashes_are_judged_by_scheme_cost_and_server() {
    for (hash, server, wanted) in [
        (LOW, "", vec!["1 Warning low-cost"]),
        (APR1, "", vec!["1 Warning weak-scheme"]),
        (APR1, "registry", vec!["1 Error unreadable-scheme"]),
        (APR1, "nginx", vec!["1 Warning weak-scheme"]),
        (SHA1, "envoy", vec!["1 Warning weak-scheme"]),
        (SHA1, "squid", vec!["1 Error unreadable-scheme"]),
        ("{SSHA}FFbdOSvvdx6r2lfOaYuzCyKcQVRzYWx0", "nginx", vec!["1 Warning weak-scheme"]),
        ("{SSHA}FFbdOSvvdx6r2lfOaYuzCyKcQVRzYWx0", "httpd", vec!["1 Error unreadable-scheme"]),
        ("", "", vec!["1 Error empty-hash"]),
        ("*", "", vec!["1 Warning locked"]),
        ("!x", "registry", vec!["1 Warning locked"]),
        ("!x", "pypiserver", vec!["1 Error taken-for-password"]),
        ("", "pypiserver", vec!["1 Error taken-for-password"]),
        ("$y$j9T$x", "pypiserver", vec!["1 Error taken-for-password"]),
        ("$1$salt$......................", "pypiserver", vec!["1 Error taken-for-password"]),
        ("secret", "", vec!["1 Error unknown-hash"]),
        ("secret", "httpd", vec!["1 Error unknown-hash"]),
        ("secret", "pypiserver", vec!["1 Warning weak-scheme"]),
        ("$2y$10$short", "pypiserver", vec!["1 Error malformed-hash"]),
        ("$2y$10$short", "", vec!["1 Error malformed-hash"]),
        ("{PLAIN}x", "nginx", vec!["1 Warning foreign-hash"]),
        ("{PLAIN}x", "httpd", vec!["1 Error unknown-hash"]),
        ("$pbkdf2-sha256$29000$c2FsdHNhbHQ$x", "", vec!["1 Error unreadable-scheme"]),
        ("$pbkdf2-sha256$29000$c2FsdHNhbHQ$x", "nginx", vec!["1 Error unreadable-scheme"]),
        ("$pbkdf2-sha256$29000$c2FsdHNhbHQ$x", "pypiserver", vec!["1 Error taken-for-password"]),
    ] {
        finds(format!("alice:{hash}\n"), server, &wanted);
    }
    let yescrypt = |params: &str| format!("$y${params}$abcd${:.<43}", "");
    for (hash, server, known, unknown) in [
        ("$y$j9T$x$y".to_owned(), "", vec!["1 Error malformed-hash"], vec!["1 Warning foreign-hash"]),
        ("$y$j9T$x$y".to_owned(), "registry", vec!["1 Error malformed-hash"], vec!["1 Error unknown-hash"]),
        (yescrypt("j9T"), "", vec![], vec!["1 Warning foreign-hash"]),
        (yescrypt("j9T"), "nginx", vec![], vec!["1 Warning foreign-hash"]),
        (yescrypt("j9T"), "registry", vec!["1 Error unreadable-scheme"], vec!["1 Error unknown-hash"]),
        (
            yescrypt("j9T"),
            "pypiserver",
            vec!["1 Error taken-for-password"],
            vec!["1 Error taken-for-password"],
        ),
        (yescrypt("j6/"), "", vec!["1 Warning low-cost"], vec!["1 Warning foreign-hash"]),
        (yescrypt("jET"), "", vec!["1 Error high-cost"], vec!["1 Warning foreign-hash"]),
        (yescrypt("j9T1."), "", vec!["1 Error malformed-hash"], vec!["1 Warning foreign-hash"]),
        (format!("$3$${:0<32}", ""), "httpd", vec!["1 Warning weak-scheme"], vec!["1 Warning foreign-hash"]),
        (format!("{:.<24}", ""), "squid", vec!["1 Warning weak-scheme"], vec!["1 Error unknown-hash"]),
        (format!("{:.<24}", ""), "registry", vec!["1 Error unreadable-scheme"], vec!["1 Error unknown-hash"]),
    ] {
        let wanted = if cfg!(feature = "libxcrypt") { known } else { unknown };
        finds(format!("alice:{hash}\n"), server, &wanted);
    }
    let digest = "ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1";
    for (rounds, wanted) in [
        ("rounds=4999$", vec!["1 Warning low-cost"]),
        ("", vec![]),
        ("rounds=5000000$", vec![]),
        ("rounds=5000001$", vec!["1 Error high-cost"]),
    ] {
        finds(format!("alice:$6${rounds}saltsalt${digest}\n"), "", &wanted);
        finds(format!("alice:$6${rounds}saltsalt${digest}\n"), "nginx", &wanted);
    }
    finds(format!("alice:{}\n", BCRYPT.replace("$10$", "$17$")), "registry", &["1 Error high-cost"]);
    finds(format!("alice:{}\n", BCRYPT.replace("$10$", "$16$")), "registry", &[]);
}

/// Compares the findings for each server with the behaviour that was measured with that server.
#[test]
fn findings_are_errors_for_the_servers_they_were_measured_with() {
    let good = format!("alice:{BCRYPT}\n");
    let long = |bytes: usize| format!("#{}\n{good}", "x".repeat(bytes - 1));
    let cases: [(&str, String, &[&str]); 12] = [
        ("no-colon", format!("what\n{good}"), &["registry", "pypiserver", "traefik", "envoy"]),
        ("leading-space", format!(" {good}"), &["nginx", "lighttpd", "pypiserver", "squid", "envoy"]),
        ("trailing-space", format!("alice:{BCRYPT} \n"), &["nginx", "lighttpd", "squid", "envoy"]),
        (
            "space-before-hash",
            format!("alice: {BCRYPT}\n"),
            &["httpd", "nginx", "registry", "pypiserver", "lighttpd", "squid", "traefik", "envoy"],
        ),
        (
            "byte-order-mark",
            format!("\u{feff}{good}"),
            &["httpd", "nginx", "registry", "pypiserver", "lighttpd", "squid", "traefik", "envoy"],
        ),
        ("byte-order-mark", format!("\u{feff}# x\n{good}"), &["registry", "pypiserver", "traefik", "envoy"]),
        ("more-fields", format!("alice:{BCRYPT}:x\n"), &["pypiserver", "lighttpd", "traefik", "envoy"]),
        (
            "nul",
            format!("a\0b:{BCRYPT}\n{good}"),
            &["lighttpd", "pypiserver", "verdaccio", "traefik", "envoy"],
        ),
        ("backslash", format!("# x\\\n{good}"), &["httpd"]),
        ("crlf", format!("alice:{BCRYPT}\r\n"), &["envoy"]),
        ("long-line", long(8191), &["httpd"]),
        ("long-line", long(65_536), &["httpd", "registry"]),
    ];
    for (kind, text, harmed) in cases {
        for server in Server::ALL.iter().filter(|server| server.is_common && server.file.is_some()) {
            let found = found(&text, server.name);
            let is_error = found.iter().any(|finding| finding.ends_with(&format!("Error {kind}")));
            assert_eq!(is_error, harmed.contains(&server.name), "{server}, {kind}: {found:?}");
            // A line without a colon is reported for each server, because the command does not change such a file.
            let is_reported = found.iter().any(|finding| finding.ends_with(kind));
            assert_eq!(is_reported, is_error || kind == "no-colon", "{server}, {kind}: {found:?}");
        }
        let severity = if 2 * harmed.len() > 9 || kind == "no-colon" { "Error" } else { "Warning" };
        let found = found(&text, "");
        assert!(found.contains(&format!("1 {severity} {kind}")), "{kind}: {found:?}");
    }
    for (bytes, kind) in [(255, None), (256, Some("1 Warning long-line"))] {
        assert_eq!(found(long(bytes), "").first().map(String::as_str), kind);
    }
    for (bytes, server) in [(8190, "httpd"), (65_535, "registry"), (99_999, "nginx")] {
        finds(long(bytes), server, &[]);
    }
}

#[test]
fn only_the_record_that_the_server_uses_is_judged() {
    let text = format!("alice:{APR1}\nbob:{BCRYPT}\nalice:\nalice:{BCRYPT}\n");
    finds(&text, "nginx", &["1 Warning weak-scheme", "3 Warning duplicate", "4 Warning duplicate"]);
    finds(&text, "registry", &["3 Warning duplicate", "4 Warning duplicate"]);
    let all = ["1 Warning weak-scheme", "3 Warning duplicate", "3 Error empty-hash", "4 Warning duplicate"];
    finds(&text, "", &all);
    finds(
        format!("alice:{SHA1}\nalice:{SHA1}\n"),
        "envoy",
        &["1 Warning weak-scheme", "2 Error duplicate", "2 Warning weak-scheme"],
    );

    let document = Document::parse(text);
    let kinds: Vec<_> = check(&document, None).iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds[1], FindingKind::Duplicate { first: 1, last: 4 });
    let message = |server, index: usize| check(&document, Server::named(server))[index].to_string();
    assert_eq!(message("nginx", 1), "line 1 already has a record of this user; nginx uses that record");
    assert_eq!(
        message("registry", 0),
        "line 1 already has a record of this user; registry uses the record in line 4"
    );
    assert_eq!(message("registry", 1), "line 1 already has a record of this user; registry uses this record");
    assert_eq!(
        message("", 1),
        "line 1 already has a record of this user; httpd, nginx, lighttpd and pypiserver use that record; registry, \
         squid, traefik and verdaccio use the record in line 4; envoy rejects the whole file"
    );
}

/// These facts were measured: httpd uses the indented record for alice, and nginx uses the other record for alice. The
/// servers differ in the same way about a record after a byte order mark.
#[test]
fn a_record_read_under_another_name_is_no_duplicate() {
    for (before, odd, readers) in
        [(" ", "leading-space", &["httpd", "registry"][..]), ("\u{feff}", "byte-order-mark", &["verdaccio"])]
    {
        let text = format!("{before}alice:{BCRYPT}\nalice:\nalice:{BCRYPT}\n");
        for server in ["httpd", "nginx", "registry", "lighttpd", "verdaccio", "envoy"] {
            let found = found(&text, server);
            if readers.contains(&server) || (server == "verdaccio" && odd == "leading-space") {
                assert_eq!(found[0], "2 Warning duplicate", "{server}: {found:?}");
                continue;
            }
            assert_eq!(found[0], format!("1 Error {odd}"), "{server}: {found:?}");
            let rest: Vec<_> =
                found[1..].iter().map(String::as_str).filter(|f| !f.contains("scheme")).collect();
            match server {
                "registry" => assert_eq!(rest, ["3 Warning duplicate"]),
                "envoy" => assert_eq!(rest, ["2 Error empty-hash", "3 Error duplicate"]),
                _ => assert_eq!(rest, ["2 Error empty-hash", "3 Warning duplicate"], "{server}"),
            }
        }
    }
}

#[test]
fn a_last_record_read_under_another_name_does_not_count() {
    let text = format!("alice:\nalice:{BCRYPT}\n alice:\n");
    // Squid uses the last record of a name, and reads the indented record under another name.
    finds(&text, "squid", &["1 Warning empty-hash", "3 Error leading-space", "3 Warning empty-hash"]);
    finds(&text, "registry", &["2 Warning duplicate", "3 Warning duplicate", "3 Error empty-hash"]);
}

#[test]
fn empty_files_and_odd_lines_are_found() {
    finds("", "", &["1 Warning no-users"]);
    finds("# no users\n", "registry", &["1 Warning no-users"]);
    finds(format!("alice:{BCRYPT}"), "registry", &["1 Warning no-final-line-feed"]);
    finds(format!(":{BCRYPT}\n"), "", &["1 Warning no-user"]);
    finds(format!("alice :{BCRYPT}\n"), "", &["1 Warning space-after-name"]);
    finds(format!("alice :{BCRYPT}\n"), "registry", &["1 Warning space-after-name"]);
    finds(format!("alice :{BCRYPT}\n"), "verdaccio", &["1 Error space-after-name"]);
    finds(format!("alice:{BCRYPT}\nbob:{BCRYPT}:x\n"), "lighttpd", &["2 Error more-fields"]);
    finds(format!("alice:{BCRYPT}\rbob:{BCRYPT}\n"), "nginx", &["1 Error stray-carriage-return"]);
    finds(format!("alice:{BCRYPT}\nbob:{BCRYPT}\r\ncarol:{BCRYPT}\r\n"), "", &["2 Warning crlf"]);
}

/// The characters that a running registry removed from names, and those that JavaScript's `trim` removes.
const WHITE_SPACE: &str = "\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}";

#[test]
fn names_are_compared_as_the_server_reads_them() {
    for character in WHITE_SPACE.chars() {
        let (go, javascript) = (character != '\u{feff}', character != '\u{85}');
        for (name, readers) in [
            (format!("{character}alice"), [("registry", go), ("traefik", go), ("verdaccio", javascript)]),
            (
                format!("alice{character}"),
                [("registry", false), ("traefik", false), ("verdaccio", javascript)],
            ),
        ] {
            let escaped = name.escape_unicode();
            let text = format!("alice:{BCRYPT}\n{name}:{BCRYPT}\n");
            for (server, trims) in readers.into_iter().chain([("httpd", false), ("nginx", false)]) {
                let wanted = if trims {
                    &["2 Error trimmed-name", "2 Warning duplicate"][..]
                } else {
                    &["2 Warning invisible-character"]
                };
                // A byte order mark before a name becomes part of the name, unless the server removes it.
                let is_mark = name.starts_with('\u{feff}') && server != "verdaccio";
                let wanted = if is_mark { &["2 Error inner-byte-order-mark"][..] } else { wanted };
                assert_eq!(found(&text, server), wanted, "{server}: {escaped}");
            }
            let is_mark = name.starts_with('\u{feff}');
            let wanted = if is_mark { "2 Error inner-byte-order-mark" } else { "2 Warning trimmed-name" };
            assert_eq!(found(&text, ""), [wanted], "{escaped}");
            assert_eq!(found(format!("x{text}"), "").len(), 1, "{escaped}");
        }
    }
    let text = format!("alice:{BCRYPT}\nalice :{BCRYPT}\n");
    finds(&text, "registry", &["2 Warning space-after-name"]);
    finds(&text, "verdaccio", &["2 Error space-after-name", "2 Warning duplicate"]);
}

#[test]
fn duplicates_are_found_by_the_name_that_the_server_reads() {
    let text = format!("\u{a0}alice:{BCRYPT}\nbob:{BCRYPT}\nalice:\n\u{3000}alice:{APR1}\n");
    let all = [
        "1 Error trimmed-name",
        "3 Warning duplicate",
        "4 Error trimmed-name",
        "4 Warning duplicate",
        "4 Error unreadable-scheme",
    ];
    finds(&text, "registry", &all);
    let document = Document::parse(text);
    let kinds: Vec<_> =
        check(&document, Server::named("registry")).iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds[1], FindingKind::Duplicate { first: 1, last: 4 });
    assert_eq!(kinds[3], FindingKind::Duplicate { first: 1, last: 4 });
    // nginx reads the names as three users, so no record is a duplicate.
    assert!(found(document.as_bytes(), "nginx").iter().all(|finding| !finding.ends_with("duplicate")));
}

#[test]
fn invisible_characters_are_found_in_any_name() {
    for character in
        "\t\x1b\x7f\u{85}\u{a0}\u{ad}\u{200b}\u{200d}\u{202e}\u{2066}\u{3000}\u{feff}\u{fe0f}".chars()
    {
        let text = format!("al{character}ice:{BCRYPT}\n");
        for server in ["", "registry", "httpd", "verdaccio"] {
            finds(&text, server, &["1 Warning invisible-character"]);
        }
    }
    for name in ["al ice", "müller", "m\u{fc}ller", "محمد", "漢字"] {
        finds(format!("{name}:{BCRYPT}\n"), "", &[]);
    }
    finds([b"m\xfcller:", BCRYPT.as_bytes(), b"\n"].concat(), "", &["1 Warning not-utf8"]);
    finds([b"m\xfcller:", BCRYPT.as_bytes(), b"\n"].concat(), "nginx", &[]);
    finds(format!("a\0b:{BCRYPT}\n"), "httpd", &["1 Error nul-in-name"]);
}

#[test]
fn messages_name_the_servers_that_trim_a_user_name() {
    let message = |name: &str, server| {
        let document = Document::parse(format!("{name}:{BCRYPT}\n"));
        check(&document, Server::named(server))[0].to_string()
    };
    let problem = "the user name starts or ends with white space";
    for (name, server, expected) in [
        ("\u{a0}a", "registry", format!("{problem}; registry removes it and reads another user's name")),
        (
            "\u{a0}a",
            "",
            format!(
                "{problem}; it is part of the name, but registry, traefik and verdaccio remove it and read another \
                 user's name"
            ),
        ),
        (
            "a\u{a0}",
            "",
            format!("{problem}; it is part of the name, but verdaccio removes it and reads another user's name"),
        ),
        (
            "a ",
            "verdaccio",
            "there is white space between the user name and the colon; verdaccio removes it and reads another user's \
             name"
                .to_owned(),
        ),
        (
            "a ",
            "nginx",
            "there is white space between the user name and the colon; it is part of the name".to_owned(),
        ),
        ("a\u{200b}b", "nginx", "the user name contains an invisible character".to_owned()),
    ] {
        assert_eq!(message(name, server), expected, "{server}");
    }
}

#[test]
fn a_backslash_is_an_error_if_a_record_follows() {
    let alice = format!("alice:{BCRYPT}\n");
    for (before, harm) in [
        ("# x\\\n", true),
        ("# x\\\r\n", true),
        ("# x\\\\\n\n", true),
        ("bob:x\\\n", true),
        ("# x\\\n\n", false),
        ("# x\\\n# y\n", false),
    ] {
        let found = |server| found(format!("{before}{alice}"), server);
        let of_backslash = |found: Vec<String>| -> Vec<String> {
            found.into_iter().filter(|finding| finding.ends_with("backslash")).collect()
        };
        let wanted: &[&str] = if harm { &["1 Error backslash"] } else { &[] };
        assert_eq!(of_backslash(found("httpd")), wanted, "{}", before.escape_debug());
        assert_eq!(of_backslash(found("")), ["1 Warning backslash"], "{}", before.escape_debug());
        assert_eq!(of_backslash(found("nginx")), [""; 0], "{}", before.escape_debug());
    }
    let both = format!("# x\\\n# y\\\n{alice}# z\\");
    let kinds: Vec<_> = check(&Document::parse(both), None).iter().map(|f| (f.line, f.kind)).collect();
    let backslash = |line, hides_user| (line, FindingKind::Backslash { hides_user });
    assert_eq!(kinds[..3], [backslash(1, false), backslash(2, true), backslash(4, false)]);
    let document = Document::parse(format!("{alice}# z\\\n"));
    let message = check(&document, None)[0].to_string();
    assert_eq!(message, "the line ends in a backslash; httpd ignores a record on the next line");
}

#[test]
fn lines_that_end_in_crlf_are_counted() {
    let document = Document::parse(format!("a:{BCRYPT}\n\r\nb:{BCRYPT}\r\nc:{BCRYPT}\n").as_str());
    let findings = check(&document, None);
    let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.kind)).collect();
    assert_eq!(found, [(2, FindingKind::CarriageReturns { lines: 2 })]);
}

#[test]
fn a_scheme_that_only_a_server_knows_is_named_by_its_prefix() {
    let document = Document::parse("a:{PLAIN}x\n");
    let kind = |server| check(&document, Server::named(server))[0].kind;
    assert_eq!(kind("verdaccio"), FindingKind::Foreign { beginning: "{PLAIN}" });
    assert_eq!(kind("registry"), FindingKind::UnknownHash);
}

#[test]
fn messages_name_only_servers_in_question_and_quote_no_hash() {
    let text = format!("\u{feff}al ice:{APR1} :x\r\nwhat is hunter2\n:hunter2\\\nb: {SHA1}\nb:\0{BCRYPT}");
    let document = Document::parse(text);
    let servers = Server::ALL.iter().map(Some).chain([None]);
    for server in servers {
        for finding in check(&document, server) {
            let message = finding.to_string();
            for secret in ["hunter2", "salt", "5en6"] {
                assert!(!message.contains(secret), "{message}");
            }
            assert!(!message.ends_with('.') && message.lines().count() == 1, "{message}");
            if let Some(server) = server {
                let others = Server::ALL.iter().filter(|other| *other != server);
                let words: Vec<_> = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
                assert!(others.clone().all(|other| !words.contains(&other.name)), "{server}: {message}");
            }
        }
    }
    let messages: Vec<_> = check(&document, None).iter().map(ToString::to_string).collect();
    let trailing = "there is white space after the hash; envoy rejects the whole file; nginx, squid and lighttpd \
                    reject the user";
    assert!(messages.iter().any(|message| message == trailing), "{messages:#?}");
    let document = Document::parse(format!("alice: {SHA1}\n"));
    let message = check(&document, Server::named("envoy"))[0].to_string();
    assert_eq!(message, "there is white space before the hash; envoy rejects the whole file");
}

#[test]
fn messages_name_the_schemes_that_the_server_reads() {
    for (hash, server, expected) in [
        (SHA1, "envoy", "{SHA} is weak, but envoy reads nothing else"),
        (SHA1, "nginx", "{SHA} is weak"),
        (APR1, "registry", "registry does not read apr1; it reads bcrypt"),
        (APR1, "envoy", "envoy does not read apr1; it reads {SHA} and rejects the whole file"),
        (
            "{PLAIN}x",
            "verdaccio",
            "htpasswd cannot check hashes that start with {PLAIN}; verdaccio may read them",
        ),
        (
            "{PLAIN}x",
            "",
            "htpasswd cannot check hashes that start with {PLAIN}; nginx and verdaccio may read them",
        ),
    ] {
        let document = Document::parse(format!("alice:{hash}\n"));
        let messages: Vec<_> =
            check(&document, Server::named(server)).iter().map(ToString::to_string).collect();
        assert_eq!(messages, [expected]);
    }
}

#[test]
fn any_bytes_can_be_checked() {
    let mut state = 7_u64;
    for _ in 0..3000 {
        let mut text = Vec::new();
        for _ in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push(b"ab::\n\r\0 #\\$*\xef\xbb\xbf{2"[(state >> 33) as usize % 17]);
        }
        let document = Document::parse(text);
        for server in Server::ALL.iter().map(Some).chain([None]) {
            let findings = check(&document, server);
            assert!(findings.is_sorted_by_key(|finding| finding.line));
            assert!(findings.iter().all(|finding| !finding.to_string().is_empty()));
        }
    }
}
