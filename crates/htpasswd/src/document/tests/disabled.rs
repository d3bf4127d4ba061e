//! Disabled users: `!` before the hash.

use super::super::{Document, EditSummary, Edits};
use crate::{Params, Password, PasswordHash, Username};

fn applied(text: &str, edit: impl Fn(&mut Edits)) -> (String, EditSummary) {
    let mut edits = Edits::new();
    edit(&mut edits);
    let mut document = Document::parse(text);
    let summary = document.apply(&edits);
    (String::from_utf8(document.as_bytes().to_vec()).unwrap(), summary)
}

fn updated(users: usize) -> EditSummary {
    EditSummary { updated: users, ..EditSummary::default() }
}

fn unchanged(users: usize) -> EditSummary {
    EditSummary { unchanged: users, ..EditSummary::default() }
}

#[test]
fn all_records_of_the_user_are_disabled_and_enabled() {
    let text = "# staff\r\nbob:x:Bob Smith\r\ncarol:y\nbob:!z";
    let disabled = "# staff\r\nbob:!x:Bob Smith\r\ncarol:y\nbob:!z";
    assert_eq!(applied(text, |edits| edits.disable("bob")), (disabled.to_owned(), updated(1)));
    assert_eq!(applied(disabled, |edits| edits.disable("bob")), (disabled.to_owned(), unchanged(1)));
    let enabled = "# staff\r\nbob:x:Bob Smith\r\ncarol:y\nbob:z\n";
    assert_eq!(applied(disabled, |edits| edits.enable("bob")), (enabled.to_owned(), updated(1)));
    assert_eq!(applied(enabled, |edits| edits.enable("bob")), (enabled.to_owned(), unchanged(1)));
}

#[test]
fn a_missing_user_is_not_added() {
    for edit in [Edits::disable, Edits::enable] {
        let done = applied("carol:y\n", |edits| edit(edits, "bob"));
        assert_eq!(done, ("carol:y\n".to_owned(), EditSummary::default()));
    }
}

#[test]
fn several_marks_are_one_and_no_empty_hash_appears() {
    assert_eq!(applied("bob:!!x\n", |edits| edits.enable("bob")), ("bob:x\n".to_owned(), updated(1)));
    for text in ["bob:!\n", "bob:!!\n", "bob:\n", "bob:*\n"] {
        assert_eq!(applied(text, |edits| edits.enable("bob")), (text.to_owned(), unchanged(1)));
    }
    assert_eq!(applied("bob:\n", |edits| edits.disable("bob")), ("bob:!\n".to_owned(), updated(1)));
}

#[test]
fn a_new_hash_enables_the_user_unless_disabled_users_are_kept() {
    let hash = PasswordHash::create(&Password::new("abc123").unwrap(), &Params::Sha1).unwrap();
    let text = String::from_utf8(hash.as_bytes().to_vec()).unwrap();
    let bob = Username::new("bob").unwrap();
    let set = |edits: &mut Edits| edits.set(&bob, &hash);
    assert_eq!(applied("bob:!x\n", set), (format!("bob:{text}\n"), updated(1)));
    let kept = |edits: &mut Edits| {
        edits.set(&bob, &hash);
        edits.keep_disabled();
    };
    let disabled = |summary| EditSummary { disabled: 1, ..summary };
    assert_eq!(applied("bob:!x\n", kept), (format!("bob:!{text}\n"), disabled(updated(1))));
    let same = format!("bob:!{text}\n");
    assert_eq!(applied(&same, kept), (same.clone(), disabled(unchanged(1))));
    assert_eq!(applied("bob:x\n", kept), (format!("bob:{text}\n"), updated(1)));
}

#[test]
fn the_last_change_of_a_user_counts() {
    let done = applied("bob:x\n", |edits| {
        edits.enable("bob");
        edits.remove("bob");
        edits.disable("bob");
    });
    assert_eq!(done, ("bob:!x\n".to_owned(), updated(1)));
}

#[test]
fn a_kept_user_is_neither_changed_nor_pruned_nor_added() {
    let text = "bob:!x\ncarol:y\nbob:z\n";
    let edit = |edits: &mut Edits| {
        edits.keep("bob");
        edits.keep("dave");
        edits.prune();
    };
    let summary = EditSummary { unchanged: 1, removed: 1, ..EditSummary::default() };
    assert_eq!(applied(text, edit), ("bob:!x\nbob:z\n".to_owned(), summary));
}
