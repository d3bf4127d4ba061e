//! Records in each format, and records that a format rejects.

use secret_manifest::Selector;

use super::*;

const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

fn written(format: Format, records: &[(&str, &str)]) -> Result<String, FormatError> {
    let records = records.iter().map(|(user, hash)| (user.as_bytes(), hash.as_bytes()));
    let text = write(records, &Output { format, secret: NewSecret::new(Selector::new()) })?;
    Ok(String::from_utf8(text).unwrap())
}

#[test]
fn each_format_can_have_no_record_one_or_many() {
    let doubled = BCRYPT.replace('$', "$$");
    for (format, none, one, between) in [
        (Format::Plain, "", format!("NAME:{BCRYPT}\n"), ""),
        (Format::Compose, "", format!("NAME:{doubled}\n"), ""),
        (Format::Haproxy, "", format!("user NAME password {BCRYPT}\n"), ""),
        (Format::Caddy, "", format!("NAME {BCRYPT}\n"), ""),
    ] {
        assert_eq!(written(format, &[]).unwrap(), none);
        assert_eq!(written(format, &[("a", BCRYPT)]).unwrap(), one.replace("NAME", "a"));
        let both = [one.replace("NAME", "a"), one.replace("NAME", "b")].join(between);
        assert_eq!(written(format, &[("a", BCRYPT), ("b", BCRYPT)]).unwrap(), both);
    }
    let two = [("a", BCRYPT), ("b", BCRYPT)];
    assert_eq!(written(Format::Traefik, &two).unwrap(), format!("a:{doubled},b:{doubled}\n"));
    assert_eq!(written(Format::Env, &two).unwrap(), format!("HTPASSWD='a:{BCRYPT}\nb:{BCRYPT}'\n"));
    let map = format!("basic_auth_users:\n  \"a\": \"{BCRYPT}\"\n  \"b\": \"{BCRYPT}\"\n");
    assert_eq!(written(Format::Prometheus, &two).unwrap(), map);
    assert_eq!(written(Format::Prometheus, &[]).unwrap(), "basic_auth_users: {}\n");
    assert!(written(Format::K8sSecret, &two).unwrap().starts_with("apiVersion: v1\nkind: Secret\n"));
}

#[test]
fn names_that_a_format_cannot_contain_are_rejected() {
    for (format, names) in [
        (Format::Traefik, ["a,b", "a\"b", "a b", ""].as_slice()),
        (Format::Haproxy, &["it's", "a\nb", "a\u{7f}"]),
        (Format::Caddy, &["{a}", "a\"b", "a\\b", "a`b", "import"]),
        (Format::Prometheus, &["a\nb", ""]),
        (Format::Env, &["it's", "a\\b", "a\nb"]),
        (Format::Compose, &["a\nb"]),
    ] {
        for name in names {
            assert!(
                matches!(written(format, &[(name, BCRYPT)]), Err(FormatError::Name(..))),
                "{format:?} {name:?}"
            );
        }
    }
    let records = [(b"a\xff".as_slice(), BCRYPT.as_bytes())];
    for format in [Format::Prometheus, Format::Compose, Format::Env] {
        let output = Output { format, secret: NewSecret::new(Selector::new()) };
        assert!(matches!(write(records.into_iter(), &output), Err(FormatError::Name(..))), "{format:?}");
    }
}

#[test]
fn hashes_that_the_server_cannot_read_are_rejected() {
    for format in [Format::Haproxy, Format::Caddy, Format::Prometheus] {
        assert!(matches!(written(format, &[("a", SHA1)]), Err(FormatError::Scheme(..))), "{format:?}");
        assert!(matches!(written(format, &[("a", "")]), Err(FormatError::Scheme(..))), "{format:?}");
    }
    assert!(written(Format::Traefik, &[("a", SHA1)]).is_ok());
    assert!(matches!(written(Format::Env, &[("a", "it's")]), Err(FormatError::Hash(..))));
    // HAProxy reads yescrypt with libxcrypt.
    assert!(written(Format::Haproxy, &[("a", "$y$j9T$x$y")]).is_ok());
}
