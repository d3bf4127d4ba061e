use std::fmt::Write;

use super::*;
use crate::write::NewSecret;

/// Replaces the value of a manifest and returns the new manifest.
fn replaced(manifest: &str, new: &str) -> Result<String, Error> {
    let value = Value::find(manifest.as_bytes(), &Selector::new())?;
    let splice = value.replace(new.as_bytes())?;
    Ok(String::from_utf8(splice.apply(manifest.as_bytes())).unwrap())
}

fn added(manifest: &str, new: &str) -> String {
    let selector = Selector::new().key("htpasswd").unwrap();
    let value = Value::find_or_add(manifest.as_bytes(), &selector).unwrap();
    assert_eq!(value.content(), b"", "{manifest}");
    let splice = value.replace(new.as_bytes()).unwrap();
    String::from_utf8(splice.apply(manifest.as_bytes())).unwrap()
}

fn found(manifest: &str) -> Result<String, Error> {
    let value = Value::find(manifest.as_bytes(), &Selector::new())?;
    Ok(String::from_utf8(value.content().to_vec()).unwrap())
}

/// Returns a Secret with this text as the value of `htpasswd`, between entries and documents that must not change.
fn around(field: &str, value: &str) -> String {
    format!(
        "# before: m\u{fc}ller\nkind: ConfigMap\n---\nkind: Secret # it\n{field}:\n    a: |\n      x\n    \
         htpasswd:{value}    # a comment\n    z: 'last'\n# after\n...\n---\nkind: Other\n"
    )
}

#[track_caller]
fn is_kept(field: &str, old: &str, new_content: &str, new: &str) {
    let result = replaced(&around(field, old), new_content).unwrap();
    assert_eq!(result, around(field, new));
}

#[test]
fn base64_keeps_its_line_and_its_quotation_marks() {
    let old = "bob:x\n";
    for (quote, comment) in [("", "\n"), ("\"", " # why\n"), ("'", "\n\n")] {
        let text = |value: &str| format!("  {quote}{value}{quote}{comment}");
        assert_eq!(found(&around("data", &text("Ym9iOngK"))).unwrap(), old);
        is_kept("data", &text("Ym9iOngK"), "bob:y\n", &text("Ym9iOnkK"));
    }
    is_kept(
        "data",
        " |-  # block\n        Ym9i\n        OngK\n",
        "bob:y\n",
        " |-  # block\n        Ym9iOnkK\n",
    );
    is_kept("data", " >\n        Ym9iOngK\n\n", "bob:y\n", " >\n        Ym9iOnkK\n\n");
}

#[test]
fn base64_that_could_be_a_number_is_quoted() {
    // "true" and "1234" are Base64 as well.
    for content in [[0xb6, 0xbb, 0x9e].as_slice(), &[0xd7, 0x6d, 0xf8], b""] {
        let manifest = "kind: Secret\ndata:\n  auth: Ym9iOngK\n";
        let value = Value::find(manifest.as_bytes(), &Selector::new()).unwrap();
        let splice = value.replace(content).unwrap();
        assert!(splice.text.starts_with('"') && splice.text.ends_with('"'), "{}", splice.text);
    }
}

#[test]
fn a_literal_block_stays_a_literal_block() {
    let old = " |  # users\n       bob:x\n\n       # a comment of the file\n       carol:y\n\n";
    let new =
        " |  # users\n       bob:x\n\n       # a comment of the file\n       carol:z\n       dave:w\n\n";
    assert_eq!(found(&around("stringData", old)).unwrap(), "bob:x\n\n# a comment of the file\ncarol:y\n");
    is_kept("stringData", old, "bob:x\n\n# a comment of the file\ncarol:z\ndave:w\n", new);
    // The header may give the indentation, and must give it if the text begins with a space.
    is_kept("stringData", " |2-\n        bob:x\n", "bob:y\n", " |2\n      bob:y\n");
    is_kept("stringData", " |2\n        bob:x\n", "  bob:y\n", " |2\n        bob:y\n");
    is_kept("stringData", " |-\n      bob:x\n", "  bob:y\n", " |2\n        bob:y\n");
    // The header says which newlines at the end belong to the text.
    is_kept("stringData", " |\n      bob:x\n", "bob:y", " |-\n      bob:y\n");
    is_kept("stringData", " |+\n      bob:x\n\n\n", "bob:y\n\n", " |+\n      bob:y\n\n");
    is_kept(
        "stringData",
        " >\n      bob:x\n\n      carol:y\n",
        "bob:x\ndave:y\n",
        " |\n      bob:x\n      dave:y\n",
    );
}

#[test]
fn text_that_a_block_cannot_contain_is_quoted() {
    for (content, quoted) in [
        ("", r#""""#),
        ("\n\n", r#""\n\n""#),
        ("bob:x\r\n", r#""bob:x\r\n""#),
        ("bob:x\n\n", r#""bob:x\n\n""#),
        (
            "bob:\u{1}\u{85}\u{2028}\u{feff}\u{1f600}\\\"",
            "\"bob:\\u0001\\u0085\\u2028\\ufeff\u{1f600}\\\\\\\"\"",
        ),
    ] {
        is_kept("stringData", " |  # c\n      bob:x\n\n", content, &format!(" {quoted}  # c\n\n"));
        is_kept("stringData", "  \"bob:x\\n\"\n", content, &format!("  {quoted}\n"));
    }
    is_kept("stringData", " bob:x\n", "bob:y\n", " \"bob:y\\n\"\n");
    is_kept("stringData", " 'it''s:x'\n", "it's:y", " 'it''s:y'\n");
    is_kept("stringData", " bob:x\n      carol\n\n", "bob:y\n", " \"bob:y\\n\"\n\n");
}

#[test]
fn a_null_value_is_empty() {
    for nothing in ["", " ~", "  null", " \"\"", " ''", " |\n"] {
        let manifest = around("data", &format!("{nothing}\n"));
        assert_eq!(found(&manifest).unwrap(), "", "{manifest}");
        let result = replaced(&manifest, "bob:x\n").unwrap();
        assert_eq!(found(&result).unwrap(), "bob:x\n", "{result}");
    }
}

#[test]
fn json_stays_json() {
    let manifest = |value: &str| {
        format!(
            "{{\n    \"apiVersion\": \"v1\",\n    \"data\": {{\n        \"htpasswd\": {value},\n        \"z\": \"eg==\"\n    }},\n    \
             \"kind\": \"Secret\",\n\t\"x\": \"\\u003c\\/\"\n}}\n"
        )
    };
    let result = replaced(&manifest("\"Ym9iOngK\""), "bob:y\n").unwrap();
    assert_eq!(result, manifest("\"Ym9iOnkK\""));
    let one_line = r#"{"kind":"Secret","stringData":{"htpasswd":"bob:x\n"}}"#;
    assert_eq!(replaced(one_line, "bob:y\t\u{7f}").unwrap(), one_line.replace(r"bob:x\n", r"bob:y\t\u007f"));
}

#[test]
fn crlf_newlines_and_a_byte_order_mark_are_preserved() {
    let manifest =
        |value: &str| format!("\u{feff}kind: Secret\r\nstringData:\r\n  htpasswd: |\r\n{value}  b: c\r\n");
    let old = manifest("    bob:x\r\n    carol:y\r\n");
    assert_eq!(found(&old).unwrap(), "bob:x\ncarol:y\n");
    assert_eq!(replaced(&old, "bob:z\ncarol:y\n").unwrap(), manifest("    bob:z\r\n    carol:y\r\n"));
}

#[test]
fn the_last_line_may_lack_its_newline() {
    for (value, content) in
        [("Ym9iOngK", "bob:x\n"), ("|\n    Ym9iOngK", "bob:x\n"), ("|+\n    Ym9iOngK", "bob:x\n")]
    {
        let manifest = format!("kind: Secret\ndata:\n  htpasswd: {value}");
        assert_eq!(found(&manifest).unwrap(), content);
        assert_eq!(found(&replaced(&manifest, "bob:y\n").unwrap()).unwrap(), "bob:y\n");
    }
    let text = "kind: Secret\nstringData:\n  htpasswd: |\n    bob:x";
    assert_eq!(found(text).unwrap(), "bob:x");
    assert_eq!(replaced(text, "bob:y\n").unwrap(), "kind: Secret\nstringData:\n  htpasswd: |\n    bob:y\n");
}

#[test]
fn one_of_several_secrets_is_found_by_key_or_name() {
    let manifest = "kind: Secret\nmetadata: {name: one}\ndata:\n  auth: b25lOngK\n---\nkind: List\nitems:\n\
                    - kind: Secret\n  metadata:\n    name: two\n  data:\n    other: dHdvOngK\n\
                    - kind: Secret\n  metadata:\n    name: three\n  data:\n    auth: dGhyZWU6eAo=\n";
    let find = |selector: &Selector| {
        let value = Value::find(manifest.as_bytes(), selector)?;
        Ok::<_, Error>(String::from_utf8(value.content().to_vec()).unwrap())
    };
    let any = Selector::new();
    assert_eq!(find(&any), Err(Error::SeveralSecrets));
    assert_eq!(find(&any.clone().secret("one").unwrap()).unwrap(), "one:x\n");
    assert_eq!(find(&any.clone().secret("three").unwrap()).unwrap(), "three:x\n");
    assert_eq!(find(&any.clone().key("other").unwrap()).unwrap(), "two:x\n");
    assert_eq!(find(&any.clone().secret("four").unwrap()), Err(Error::NoSuchSecret("four".to_owned())));
    let two = any.clone().secret("two").unwrap();
    assert_eq!(find(&two).unwrap(), "two:x\n", "a single key is the key");
    let (wanted, keys) = ("'auth'".to_owned(), vec!["'other'".to_owned()]);
    assert_eq!(find(&two.key("auth").unwrap()), Err(Error::OtherKeys { wanted, keys }));
    assert_eq!(
        Value::find_or_add(manifest.as_bytes(), &any.key("new").unwrap()).unwrap_err(),
        Error::SeveralSecrets
    );
}

#[test]
fn a_key_among_other_keys_is_never_guessed() {
    let manifest = b"kind: Secret\ndata:\n  a: YTp4Cg==\nstringData:\n  b: x\n  a: y\n";
    for find in [Value::find, Value::find_or_add] {
        let error = find(manifest, &Selector::new()).map(drop).unwrap_err();
        let expected = "the Secret has no key 'htpasswd' or 'auth'; its keys are 'a', 'b'";
        assert_eq!(error.to_string(), expected);
    }
    let selector = Selector::new().key("c").unwrap();
    assert_eq!(Value::find_or_add(manifest, &selector).unwrap().content(), b"");
}

#[test]
fn a_secret_with_a_plain_password_is_rejected() {
    let manifest =
        b"kind: Secret\ntype: kubernetes.io/basic-auth\nstringData:\n  username: max\n  password: x\n";
    for selector in [Selector::new(), Selector::new().key("password").unwrap()] {
        for find in [Value::find, Value::find_or_add] {
            assert_eq!(find(manifest, &selector).map(drop), Err(Error::BasicAuth));
        }
    }
    let selector = Selector::new().key("users").unwrap();
    assert!(Value::find_or_add(manifest, &selector).is_ok());
}

#[test]
fn a_new_secret_has_a_namespace_and_a_type() {
    let secret = || NewSecret::new(Selector::new());
    let text = secret().namespace("on").unwrap().kind("a#b").unwrap().write(b"x");
    assert!(text.contains("metadata:\n  name: htpasswd\n  namespace: \"on\"\ntype: \"a#b\"\n"), "{text}");
    for name in ["", "A", "a.b", "a b", "-a", &"a".repeat(64)] {
        assert_eq!(secret().namespace(name), Err(Error::Namespace), "{name}");
    }
    for kind in ["", "a b", "a\nb", "é", &"a".repeat(254)] {
        assert_eq!(secret().kind(kind), Err(Error::Type), "{kind}");
    }
    assert_eq!(secret().kind("kubernetes.io/basic-auth"), Err(Error::BasicAuth));
}

#[test]
fn htpasswd_comes_before_auth() {
    assert_eq!(found("kind: Secret\ndata: {auth: YTp4Cg==, htpasswd: YjpFCg==}\n").unwrap(), "b:E\n");
    assert_eq!(found("kind: Secret\ndata: {auth: YTp4Cg==, other: YjpFCg==}\n").unwrap(), "a:x\n");
}

#[test]
fn a_key_is_added_where_it_can_be_read() {
    let value = "htpasswd: Ym9iOngK";
    for (manifest, wanted) in [
        ("kind: Secret\ndata:\n  a: eA==\n", format!("kind: Secret\ndata:\n  {value}\n  a: eA==\n")),
        ("kind: Secret\ndata: {}\n", "kind: Secret\ndata: {\"htpasswd\": \"Ym9iOngK\"}\n".to_owned()),
        ("# c\nkind: Secret\ntype: Opaque", format!("# c\ndata:\n  {value}\nkind: Secret\ntype: Opaque")),
        ("- \n", String::new()),
        (
            "kind: List\nitems:\n  - kind: Secret\n    type: Opaque\n",
            format!("kind: List\nitems:\n  - data:\n      {value}\n    kind: Secret\n    type: Opaque\n"),
        ),
        (
            "kind: Secret\nstringData:\n  # c\n  a: x\n",
            "kind: Secret\nstringData:\n  # c\n  htpasswd: |\n    bob:x\n  a: x\n".to_owned(),
        ),
        (
            "{\"kind\": \"Secret\"}",
            "{\"data\": {\"htpasswd\": \"Ym9iOngK\"}, \"kind\": \"Secret\"}".to_owned(),
        ),
        (
            "{\"kind\": \"Secret\", \"data\": {\n  \"a\": \"eA==\"\n}}",
            "{\"kind\": \"Secret\", \"data\": {\n  \"htpasswd\": \"Ym9iOngK\",\n  \"a\": \"eA==\"\n}}"
                .to_owned(),
        ),
    ] {
        if wanted.is_empty() {
            assert_eq!(
                Value::find_or_add(manifest.as_bytes(), &Selector::new()).unwrap_err(),
                Error::NoSecret
            );
        } else {
            let with_base64 = added(manifest, "bob:x\n");
            assert_eq!(with_base64, wanted);
            assert_eq!(found(&with_base64).unwrap(), "bob:x\n");
        }
    }
}

#[test]
fn manifests_that_cannot_be_edited_safely_are_rejected() {
    let reference = |line| Error::Reference { line, key: "htpasswd".to_owned() };
    for (data, error) in [
        ("  htpasswd: &a Ym9iOngK", reference(3)),
        ("  a: &a Ym9iOngK\n  htpasswd: *a", reference(4)),
        ("  htpasswd: !!binary Ym9iOngK", reference(3)),
        ("  &k htpasswd: Ym9iOngK", reference(3)),
        ("  htpasswd: a\n  htpasswd: b", Error::DuplicateKey { line: 4, key: "htpasswd".to_owned() }),
        ("  htpasswd: a\n  \"htpasswd\": b", Error::DuplicateKey { line: 4, key: "htpasswd".to_owned() }),
        ("  htpasswd: [a]", Error::NotText { line: 3, key: "htpasswd".to_owned() }),
        ("  htpasswd: 'Ym9iOngK Ym9i'", Error::NotBase64 { line: 3, key: "htpasswd".to_owned() }),
        ("  htpasswd: >\n    Ym9i\n    OngK\n", Error::NotBase64 { line: 3, key: "htpasswd".to_owned() }),
        ("  - htpasswd", Error::NotAMapping { line: 2, key: "data".to_owned() }),
        ("  htpasswd: a\nstringData:\n  htpasswd: b", Error::InBoth("htpasswd".to_owned())),
    ] {
        assert_eq!(found(&format!("kind: Secret\ndata:\n{data}\n")), Err(error), "{data}");
    }
    let anchored = found("kind: Secret\ndata: &d\n  htpasswd: Ym9iOngK\n");
    assert_eq!(anchored, Err(Error::Reference { line: 2, key: "data".to_owned() }));
    let anchored = Value::find_or_add(b"--- !x\nkind: Secret\n", &Selector::new());
    assert_eq!(anchored.unwrap_err(), Error::Reference { line: 2, key: "Secret".to_owned() });
    assert_eq!(found("kind: ConfigMap\ndata:\n  htpasswd: x\n"), Err(Error::NoSecret));
    for empty in ["", "---\n", "# nothing\n", "[]", "- kind: Secret\n", "Secret\n"] {
        assert_eq!(found(empty), Err(Error::NoSecret), "{empty}");
    }
    assert_eq!(Value::find(b"kind: \xff\n", &Selector::new()).unwrap_err(), Error::Encoding);
    let text = "kind: Secret\nstringData:\n  htpasswd: |\n    bob:x\n";
    let value = Value::find(text.as_bytes(), &Selector::new()).unwrap();
    assert_eq!(value.replace(b"\xff"), Err(Error::NotUtf8("htpasswd".to_owned())));
}

#[test]
fn invalid_yaml_is_reported_with_its_line() {
    for (manifest, wanted) in [
        ("kind: Secret\ndata:\n\thtpasswd: x\n", 3),
        ("kind: Secret\ndata: {htpasswd: x\n", 2),
        ("kind: Secret\na: b: c\n", 2),
        ("kind: Secret\na: \"b\n", 2),
        ("kind: Secret\na: *none\n", 2),
        ("kind: Secret\n{{ if x }}\n", 2),
    ] {
        match found(manifest) {
            Err(Error::Yaml { line, reason }) => {
                assert!(
                    line.abs_diff(wanted) <= 1 && !reason.is_empty() && !reason.contains('\n'),
                    "{manifest}: {line} {reason}"
                );
            }
            other => panic!("{manifest}: {other:?}"),
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_aliases_are_not_followed() {
    for open in ["[", "{a: ", "- ", "? ", "[{"] {
        let deep = format!("kind: Secret\nx: {}", open.repeat(100_000));
        assert!(matches!(found(&deep), Err(Error::Yaml { .. })), "{open}");
    }
    let mut laughs = String::new();
    for n in 1..60 {
        writeln!(laughs, "a{n}: &a{n} [{}]", format!("*a{},", n - 1).repeat(9)).unwrap();
    }
    let bomb = format!("a0: &a0 x\n{laughs}kind: Secret\ndata:\n  htpasswd: Ym9iOngK\n");
    assert_eq!(replaced(&bomb, "bob:y\n").unwrap(), bomb.replace("Ym9iOngK", "Ym9iOnkK"));
}

#[test]
fn names_and_keys_are_those_of_kubernetes() {
    for name in ["a", "htpasswd", "my-secret.v1", "1", &"a".repeat(253)] {
        assert!(Selector::new().secret(name).is_ok(), "{name}");
    }
    for name in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a\nb", "\u{fc}", &"a".repeat(254)] {
        assert_eq!(Selector::new().secret(name), Err(Error::Name), "{name}");
    }
    for key in ["a", "A_b-c.d", ".htpasswd", "_", &"k".repeat(253)] {
        assert!(Selector::new().key(key).is_ok(), "{key}");
    }
    for key in ["", ".", "..", "..a", "a b", "a/b", "\u{fc}", &"k".repeat(254)] {
        assert_eq!(Selector::new().key(key), Err(Error::Key), "{key}");
    }
}

#[test]
fn keys_and_names_that_look_like_another_type_are_quoted() {
    for word in ["on", "null", "1", "1e3", "true"] {
        let wanted = Selector::new().secret(word).unwrap().key(word).unwrap();
        let manifest = crate::write(&wanted, b"bob:x\n");
        assert!(manifest.contains(&format!("  name: \"{word}\"\n")), "{manifest}");
        assert!(manifest.contains(&format!("  \"{word}\": Ym9iOngK\n")), "{manifest}");
        assert_eq!(Value::find(manifest.as_bytes(), &wanted).unwrap().content(), b"bob:x\n");
    }
}

#[test]
fn a_mapping_with_a_merge_key_is_rejected() {
    let of = |manifest: &str| {
        let find = |find: fn(&'static [u8], &Selector) -> Result<Value<'static>, Error>| {
            find(manifest.to_owned().leak().as_bytes(), &Selector::new()).map(drop)
        };
        assert_eq!(find(Value::find), find(Value::find_or_add), "{manifest}");
        find(Value::find).unwrap_err()
    };
    let merge = |line, place: &str| Error::MergeKey { line, place: place.to_owned() };
    let data = "data: {htpasswd: Ym9iOngK}\n";
    assert_eq!(of(&format!("x: &m\n  {data}<<: *m\nkind: Secret\n")), merge(3, "the Secret"));
    assert_eq!(of(&format!("x: &m {{}}\n\"<<\": [*m]\nkind: Secret\n{data}")), merge(2, "the Secret"));
    assert_eq!(of("x: &m {}\nkind: Secret\ndata: {<<: *m, htpasswd: Ym9iOngK}\n"), merge(3, "'data'"));
    let text = "x: &m {}\nkind: Secret\nstringData:\n  htpasswd: \"bob:x\"\n  <<: *m\n";
    assert_eq!(of(text), merge(5, "'stringData'"));
    assert_eq!(of("{\"kind\": \"Secret\", \"<<\": {\"data\": {}}}"), merge(1, "the Secret"));
    let key = |line, place: &str| Error::AliasKey { line, place: place.to_owned() };
    assert_eq!(of(&format!("x: &k <<\n*k : {{}}\nkind: Secret\n{data}")), key(2, "the Secret"));
    assert_eq!(of("x: &k htpasswd\nkind: Secret\ndata: {*k : Ym9iOngK}\n"), key(3, "'data'"));
}

#[test]
fn a_merge_key_in_another_mapping_is_accepted() {
    let manifest = "x: &m {a: b}\nkind: Secret\nmetadata:\n  labels: {<<: *m}\ndata: {htpasswd: Ym9iOngK}\n---\n\
                    kind: ConfigMap\ndata: {<<: {a: b}}\n";
    assert_eq!(found(manifest).unwrap(), "bob:x\n");
    assert_eq!(replaced(manifest, "bob:y\n").unwrap(), manifest.replace("Ym9iOngK", "Ym9iOnkK"));
}

#[test]
fn reasons_against_a_change_are_reported_as_warnings() {
    let of = |fields: &str| {
        let manifest = format!("{fields}kind: Secret\ndata: {{htpasswd: Ym9iOngK}}\n");
        let without = manifest.replace("data: {htpasswd: Ym9iOngK}\n", "");
        let added = Value::find_or_add(without.as_bytes(), &Selector::new()).unwrap();
        let value = Value::find(manifest.as_bytes(), &Selector::new()).unwrap();
        assert_eq!(added.warnings(), value.warnings());
        value.warnings().to_vec()
    };
    let version = |version: &str| Warning::ApiVersion(version.to_owned());
    for fields in ["", "apiVersion: v1\n", "apiVersion: \"v1\"\nimmutable: false\n", "immutable: \"true\"\n"]
    {
        assert_eq!(of(fields), [], "{fields}");
    }
    for fields in ["immutable: true\n", "\"immutable\": True\n", "immutable: yes\n"] {
        assert_eq!(of(fields), [Warning::Immutable], "{fields}");
    }
    assert_eq!(of("sops: {mac: x}\n"), [Warning::Sops]);
    assert_eq!(of("apiVersion: v2\n"), [version("v2")]);
    let all = "apiVersion: apps/v1\nsops: {}\nimmutable: true\n";
    assert_eq!(of(all), [Warning::Immutable, Warning::Sops, version("apps/v1")]);
    // Another document can only cause the warning about SOPS, which concerns the whole file.
    assert_eq!(of("kind: ConfigMap\nimmutable: true\napiVersion: v2\nsops: {}\n---\n"), [Warning::Sops]);
    // The list that contains the Secret can only cause the warning about SOPS too.
    let list = "kind: List\napiVersion: v2\nsops: {}\nitems:\n- kind: Secret\n  data: {auth: Ym9iOngK}\n";
    assert_eq!(Value::find(list.as_bytes(), &Selector::new()).unwrap().warnings(), [Warning::Sops]);
}
