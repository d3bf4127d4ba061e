//! Fuzzes the editing of Kubernetes manifests. The parser reads or rejects any bytes without a panic. An edit replaces
//! the password file in the manifest and changes no other bytes. libyaml, from which the parser of Kubernetes is derived,
//! must read the new content, too.
#![no_main]

mod manifests;

use htpasswd::{Document, PasswordHash, Username};
use libfuzzer_sys::fuzz_target;
use secret_manifest::{Selector, Value};

fuzz_target!(|data: &[u8]| {
    // The input is used both as a manifest and as the source of a valid manifest, because mutations rarely keep YAML
    // valid.
    edit(data, &Selector::new());
    if let Some((manifest, content)) = manifests::make(data) {
        let selector = Selector::new().secret("it").unwrap();
        let value = Value::find(manifest.as_bytes(), &selector).unwrap();
        assert_eq!(value.content(), content);
        edit(manifest.as_bytes(), &selector);
    }
    let new = secret_manifest::write(&Selector::new(), data);
    assert_eq!(Value::find(new.as_bytes(), &Selector::new()).unwrap().content(), data);
    if let Ok(text) = str::from_utf8(data) {
        let quoted = secret_manifest::quoted(text);
        if let Ok(read) = serde_json::from_str::<String>(&quoted) {
            assert_eq!(read, text);
        } else {
            panic!("{quoted} is invalid JSON");
        }
    }
});

fn edit(manifest: &[u8], selector: &Selector) {
    let Ok(value) = Value::find_or_add(manifest, selector) else { return };
    let is_there = Value::find(manifest, selector).is_ok();
    let user = Username::new("bob").unwrap();
    let hash = PasswordHash::parse(b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=").unwrap();

    let mut set = Document::parse(value.content());
    set.set(&user, &hash);
    let mut removed = Document::parse(value.content());
    removed.remove("bob");
    // Each run uses one of these contents, because parsing is slow. The fifth content is `true` in Base64, and the
    // last content contains line breaks of YAML 1.1.
    let odd: [&[u8]; 6] =
        [b"", b"\n\n", b"  x:y\n\tz", b"a\r\n\x00\xff", b"\xb6\xbb\x9e", "a:\u{85}b\u{2028}c\n".as_bytes()];
    for content in [set.as_bytes(), removed.as_bytes(), odd[manifest.len() % odd.len()]] {
        let Ok(splice) = value.replace(content) else { continue };
        assert!(is_there || splice.range.is_empty());
        let edited = splice.apply(manifest);
        assert_eq!(edited[..splice.range.start], manifest[..splice.range.start]);
        assert!(edited.ends_with(&manifest[splice.range.end..]));
        assert_eq!(edited.len(), manifest.len() - splice.range.len() + splice.text.len());
        let again = Value::find(&edited, selector).unwrap();
        assert_eq!(again.key(), value.key());
        if let Some(key) = value.key() {
            assert_eq!(again.content(), content);
            manifests::reads_the_same(manifest, &edited, key, (value.content(), content));
        } else {
            // If each user is a key, the users are in the order of their names.
            let mut lines: Vec<_> = content.split_inclusive(|byte| *byte == b'\n').collect();
            lines.sort_unstable_by_key(|line| line.split(|byte| *byte == b':').next());
            assert_eq!(again.content(), lines.concat());
        }
        // A second edit restores the previous content, unless `replace` rejects that content.
        let Ok(back) = again.replace(value.content()) else { continue };
        let back = back.apply(&edited);
        assert_eq!(Value::find(&back, selector).unwrap().content(), value.content());
    }
}
