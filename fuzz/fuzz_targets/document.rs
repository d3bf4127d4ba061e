//! Fuzzes `Document`: any bytes parse and are preserved, and any sequence of edits gives the same bytes as a
//! naive model that works on a list of lines.
#![no_main]

mod model;

use htpasswd::document::{Edits, UserChange};
use htpasswd::{Document, Params, Password, PasswordHash, Username};
use libfuzzer_sys::fuzz_target;
use model::Model;

/// The hashes to set. The last five texts are plain text, and each colon in such a text adds a field to the record.
const HASHES: [&[u8]; 6] =
    [b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", b"0123456789abc", b"a", b"a:b", b":", b"c::d"];

fuzz_target!(|data: &[u8]| {
    // The first byte is the number of bytes that encode edits. The file follows these bytes.
    let Some((&count, rest)) = data.split_first() else { return };
    let (script, file) = rest.split_at(usize::from(count % 32).min(rest.len()));
    let mut document = Document::parse(file);
    let mut model = Model::new(file);
    assert_agree(&document, &model);
    for step in script.chunks(3) {
        edit(&mut document, &mut model, step);
        assert_agree(&document, &model);
    }
});

/// Asserts that every accessor of the document agrees with the model.
fn assert_agree(document: &Document, model: &Model) {
    assert_eq!(document.as_bytes(), model.bytes);
    let records: Vec<_> = document.records().map(|record| (record.user, record.hash)).collect();
    let expected = model.records();
    assert_eq!(records, expected);
    assert_eq!(document.first_invalid_line(), model.first_invalid_line());
    let index = document.index();
    let mut users = 0;
    for (place, (user, hash)) in expected.iter().enumerate().take(100) {
        // If a user has several records, only the first record counts.
        let first = expected.iter().position(|(other, _)| other == user).unwrap();
        users += usize::from(first == place);
        assert_eq!(document.get(user).unwrap().hash, expected[first].1);
        assert_eq!(index.get(user), document.get(user));
        assert!(first != place || expected[first].1 == *hash);
    }
    if expected.len() <= 100 {
        assert_eq!(index.len(), users);
    }
    assert!(index.get("unknown:is called so").is_none());
}

fn edit(document: &mut Document, model: &mut Model, step: &[u8]) {
    let &[verb, who, what] = step else { return };
    let user = name(model, who);
    let text = HASHES[usize::from(what) % HASHES.len()];
    match (verb % 6, Username::new(user.as_slice())) {
        (0, Ok(valid)) => {
            document.set(&valid, &hash(text));
            model.apply(&[(user, Some(text))], false);
        }
        (1, _) => {
            let lines = document.remove(&user);
            assert_eq!(lines, model.records().iter().filter(|record| record.0 == user).count());
            model.apply(&[(user, None)], false);
        }
        (2 | 3, valid) => {
            // Verbs 2 and 3 edit two users, and verb 3 also removes all other users.
            let mut edits = Edits::new();
            let mut named = Vec::new();
            if let Ok(valid) = &valid {
                edits.set(valid, &hash(text));
                named.push((user, Some(text)));
            }
            let other = name(model, what);
            if named.iter().all(|(user, _)| *user != other) {
                edits.remove(&other);
                named.push((other, None));
            }
            let prunes = verb % 6 == 3;
            if prunes {
                edits.prune();
            }
            apply(document, &edits);
            model.apply(&named, prunes);
        }
        (4, _) => {
            let before = model.clone();
            let repairs = document.repair();
            *model = Model::new(document.as_bytes());
            // No server reads a file in UTF-16, so its conversion changes who can log in.
            if !repairs.utf16 {
                before.is_repaired_as(model);
            }
            assert_eq!(repairs.is_empty(), before.bytes == model.bytes);
            assert!(document.clone().repair().is_empty());
        }
        (5, _) if what == 0 => {
            document.clear();
            *model = Model::new(b"");
        }
        _ => {}
    }
}

/// Asserts that a preview equals the edits that are then applied.
fn apply(document: &mut Document, edits: &Edits) {
    let mut changes = Vec::new();
    let previewed = document.preview(edits, |user, change| changes.push((user.to_vec(), change)));
    let before = document.clone();
    assert_eq!(document.apply(edits), previewed);
    let count = |kind| changes.iter().filter(|(_, change)| *change == kind).count();
    let counts =
        [UserChange::Added, UserChange::Updated, UserChange::Unchanged, UserChange::Removed].map(count);
    assert_eq!(counts, [previewed.added, previewed.updated, previewed.unchanged, previewed.removed]);
    for (user, change) in changes {
        assert_eq!(before.get(&user).is_none(), change == UserChange::Added);
        assert_eq!(document.get(&user).is_none(), change == UserChange::Removed);
    }
    // Applying the same edits again changes nothing.
    let mut again = document.clone();
    again.apply(edits);
    assert_eq!(again.as_bytes(), document.as_bytes());
}

/// Returns the name of a user in the file or one of four fixed names.
fn name(model: &Model, choice: u8) -> Vec<u8> {
    let records = model.records();
    let choice = usize::from(choice);
    match records.get((choice / 4) % (records.len() + 1)) {
        Some((user, _)) if choice % 4 == 0 => user.to_vec(),
        _ => [&b"bob"[..], b"carol", b"\xff", b"d e"][choice % 4].to_vec(),
    }
}

fn hash(text: &[u8]) -> PasswordHash {
    PasswordHash::create(&Password::new(text).unwrap(), &Params::Plain).unwrap()
}
