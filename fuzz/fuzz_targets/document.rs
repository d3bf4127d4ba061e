//! Any bytes parse and come back; an edit touches only the lines it names, however it is made.
#![no_main]

use htpasswd::{Document, Edits, Hash, Username};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let document = Document::parse(data);
    assert_eq!(document.as_bytes(), data);

    let user = Username::new("bob").unwrap();
    let hash = Hash::parse(b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=").unwrap();
    let other = |document: &Document| -> Vec<Vec<u8>> {
        let others = document.lines().filter(|line| line.record().is_none_or(|record| record.user != b"bob"));
        others.map(|line| line.bytes().trim_ascii_end().to_vec()).collect()
    };

    let mut set = document.clone();
    set.set(&user, &hash);
    assert_eq!(set.get("bob").unwrap().hash, hash.as_bytes());
    assert_eq!(other(&set), other(&document));

    let mut removed = set.clone();
    assert!(removed.remove("bob") > 0);
    assert!(removed.get("bob").is_none());
    assert_eq!(other(&removed), other(&document));

    let mut edits = Edits::new();
    edits.set(&user, &hash);
    edits.remove("carol");
    let mut applied = document.clone();
    applied.apply(&edits);
    assert_eq!(applied.get("bob").unwrap().hash, hash.as_bytes());
    assert!(applied.get("carol").is_none());

    for document in [&document, &applied] {
        let index = document.index();
        for record in document.records().take(100) {
            assert!(index.get(record.user) == document.get(record.user));
        }
    }
});
