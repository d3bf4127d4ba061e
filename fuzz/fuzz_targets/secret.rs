//! Any bytes are a manifest or an error; an edited one gives the edited password file back, and its other bytes stay.
#![no_main]

use htpasswd::{Document, Hash, Username};
use libfuzzer_sys::fuzz_target;
use secret_manifest::{Selector, Value};

fuzz_target!(|data: &[u8]| {
    let selector = Selector::new();
    let Ok(value) = Value::find_or_add(data, &selector) else { return };
    let is_there = Value::find(data, &selector).is_ok();
    let user = Username::new("bob").unwrap();
    let hash = Hash::parse(b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=").unwrap();

    let mut set = Document::parse(value.content());
    set.set(&user, &hash);
    let mut removed = Document::parse(value.content());
    removed.remove("bob");
    for document in [set.as_bytes(), removed.as_bytes(), b"", b"\n\n", b"  x:y\n\tz", b"a\r\n\x00\xff"] {
        let Ok(splice) = value.replace(document) else { continue };
        assert!(is_there || splice.range.is_empty());
        let edited = splice.apply(data);
        assert_eq!(edited[..splice.range.start], data[..splice.range.start]);
        assert!(edited.ends_with(&data[splice.range.end..]));
        assert_eq!(edited.len(), data.len() - splice.range.len() + splice.text.len());
        let again = Value::find(&edited, &selector).unwrap();
        assert_eq!(again.content(), document);
        // What it was can be put back, unless no edit of such a text is safe.
        let Ok(back) = again.replace(value.content()) else { continue };
        let back = back.apply(&edited);
        assert_eq!(Value::find(&back, &selector).unwrap().content(), value.content());
    }
});
