use crate::{Error, Selector, Value};

const X: &str = "$2y$10$x";
const Y: &str = "{SHA}y=";

/// Replaces the users of a manifest and returns the new manifest.
fn replaced(manifest: &str, new: &str) -> Result<String, Error> {
    let value = Value::find(manifest.as_bytes(), &Selector::new())?;
    assert_eq!(value.key(), None, "{manifest}");
    let result = String::from_utf8(value.replace(new.as_bytes())?.apply(manifest.as_bytes())).unwrap();
    let again = Value::find(result.as_bytes(), &Selector::new())?;
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(str::from_utf8(again.content()).unwrap()), sorted(new));
    Ok(result)
}

#[test]
fn only_the_changed_user_changes() {
    let manifest =
        format!("kind: Secret # it\nstringData:\n  # first\n  max: '{X}' # a\n  eva: \"{Y}\"\n# end\n");
    assert_eq!(replaced(&manifest, &format!("max:{Y}\neva:{Y}\n")).unwrap(), manifest.replace(X, Y));
    assert_eq!(replaced(&manifest, &format!("max:{X}\neva:{Y}\n")).unwrap(), manifest);
}

#[test]
fn users_are_added_and_removed() {
    let data = |lines: &str| format!("kind: Secret\ndata:\n{lines}type: Opaque\n");
    let (max, eva) = ("  max: JDJ5JDEwJHg=\n", "  eva: |-\n    e1NIQX15PQ==\n");
    let both = data(&[max, eva].concat());
    assert_eq!(replaced(&both, &format!("max:{X}\n")).unwrap(), data(max));
    assert_eq!(replaced(&both, &format!("eva:{Y}\n")).unwrap(), data(eva));
    let added = replaced(&data(max), &format!("max:{X}\nbob:{X}\n")).unwrap();
    assert_eq!(added, data(&["  bob: JDJ5JDEwJHg=\n", max].concat()));
    let other = replaced(&both, &format!("bob:{X}\n")).unwrap();
    assert_eq!(other, data("  bob: JDJ5JDEwJHg=\n"));
}

#[test]
fn users_of_json_are_added_and_removed() {
    let json = |users: &str| format!("{{\"kind\": \"Secret\", \"stringData\": {{{users}}}}}");
    let both = json(&format!("\"max\": \"{X}\",\n \"eva\": \"{Y}\""));
    assert_eq!(replaced(&both, &format!("max:{X}\n")).unwrap(), json(&format!("\"max\": \"{X}\"")));
    assert_eq!(replaced(&both, &format!("eva:{Y}\n")).unwrap(), json(&format!("\"eva\": \"{Y}\"")));
    let added = replaced(&json(&format!("\"max\": \"{X}\"")), &format!("max:{X}\nbob:{Y}\n")).unwrap();
    assert_eq!(added, json(&format!("\"bob\": \"{Y}\", \"max\": \"{X}\"")));
}

#[test]
fn both_fields_hold_users() {
    let manifest =
        format!("kind: Secret\ndata:\n  max: JDJ5JDEwJHg=\nstringData:\n  eva: '{Y}'\n  bob: '{Y}'\n");
    let result = replaced(&manifest, &format!("max:{X}\nbob:{X}\n")).unwrap();
    assert_eq!(result, format!("kind: Secret\ndata:\n  max: JDJ5JDEwJHg=\nstringData:\n  bob: '{X}'\n"));
    let left = replaced(&manifest, &format!("eva:{Y}\nbob:{Y}\n")).unwrap();
    assert_eq!(left, format!("kind: Secret\nstringData:\n  eva: '{Y}'\n  bob: '{Y}'\n"));
    let flow = format!("kind: Secret\ndata: {{max: JDJ5JDEwJHg=}}\nstringData: {{eva: '{Y}'}}\n");
    let left = replaced(&flow, &format!("eva:{Y}\n")).unwrap();
    assert_eq!(left, format!("kind: Secret\ndata: {{}}\nstringData: {{eva: '{Y}'}}\n"));
}

#[test]
fn the_only_secret_with_the_name_is_edited() {
    let one = |name: &str| format!("kind: Secret\nmetadata: {{name: {name}}}\nstringData:\n  max: '{X}'\n");
    let manifest = [one("a"), one("b")].join("---\n");
    assert!(Value::find(manifest.as_bytes(), &Selector::new()).is_err());
    let value = Value::find(manifest.as_bytes(), &Selector::new().secret("b").unwrap()).unwrap();
    let result = value.replace(format!("eva:{Y}\n").as_bytes()).unwrap().apply(manifest.as_bytes());
    let changed = one("b").replace(&format!("max: '{X}'"), &format!("eva: |\n    {Y}"));
    assert!(String::from_utf8(result).unwrap().starts_with(&one("a")), "{changed}");
}

#[test]
fn another_value_makes_no_users_of_the_keys() {
    for value in [
        "secret",
        "max:$2y$10$x",
        "$x",
        "{x",
        "$ 5$",
        "\"$2y$10$x\\nmax\"",
        "\"$1$\u{fc}\"",
        "[]",
        "&a $1$x",
        "''",
    ] {
        let manifest = format!("kind: Secret\nstringData:\n  max: '{X}'\n  token: {value}\n");
        assert!(Value::find(manifest.as_bytes(), &Selector::new()).is_err(), "{value}");
    }
    for key in ["htpasswd", "auth"] {
        let manifest = format!("kind: Secret\nstringData:\n  {key}: '{X}'\n");
        assert_eq!(Value::find(manifest.as_bytes(), &Selector::new()).unwrap().key(), Some(key));
    }
    let named = format!("kind: Secret\nstringData:\n  max: '{X}'\n");
    let value =
        Value::find(named.as_bytes(), &Selector::new().key("max").unwrap()).unwrap().content().to_vec();
    assert_eq!(value, X.as_bytes());
}

#[test]
fn content_that_such_a_secret_cannot_hold_is_rejected() {
    let manifest = format!("kind: Secret\nstringData:\n  max: '{X}'\n");
    for (new, error) in [
        (String::new(), Error::LastUser),
        (format!("m x:{X}\n"), Error::UserKey),
        (format!("\u{fc}:{X}\n"), Error::UserKey),
        (format!("max:{X}\nmax:{Y}\n"), Error::UserKey),
        ("# comment\n".to_owned(), Error::UserKey),
        ("max:secret\n".to_owned(), Error::UserHash),
        (format!("max:{X}:x\n"), Error::UserHash),
    ] {
        assert_eq!(replaced(&manifest, &new).unwrap_err(), error, "{new}");
    }
}

#[test]
fn an_entry_that_shares_its_lines_is_removed_or_rejected() {
    let manifest = format!("kind: Secret\nstringData: {{max: '{X}', eva: '{Y}'}} # c\n");
    let left = replaced(&manifest, &format!("eva:{Y}\n")).unwrap();
    assert_eq!(left, format!("kind: Secret\nstringData: {{eva: '{Y}'}} # c\n"));
    let explicit = format!("kind: Secret\nstringData:\n  ? max\n  : '{X}'\n  eva: '{Y}'\n");
    match replaced(&explicit, &format!("eva:{Y}\n")) {
        Ok(left) => assert_eq!(left, format!("kind: Secret\nstringData:\n  eva: '{Y}'\n")),
        Err(error) => assert_eq!(error, Error::Unsafe { line: 3, key: "max".to_owned() }),
    }
}
