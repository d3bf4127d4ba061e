//! `Document`, `Edits` and `Index` against the naive model of a password file.

use proptest::collection::vec;
use proptest::prelude::*;

use htpasswd::Document;
use htpasswd::document::{Content, EditSummary, SetOutcome, UserChange};

use crate::cases;
use crate::inputs::{Edit, Edits, any_user, edit, edits, parse, text, username};
use crate::naive::{Counts, Kind, Text, kind};

pub(crate) fn counts(summary: EditSummary) -> [usize; 4] {
    [summary.added, summary.updated, summary.unchanged, summary.removed]
}

impl Counts {
    pub(crate) fn of_users(self) -> [usize; 4] {
        [self.added, self.updated, self.unchanged, self.removed]
    }
}

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Applies one edit, and returns the number of records that the user had.
fn edit_one(document: &mut Document, edit: &Edit) -> usize {
    match edit {
        Edit::Remove(user) => document.remove(user),
        Edit::Set(user, hash) => match document.set(&username(user), &parse(hash)) {
            SetOutcome::Updated { lines } => lines,
            _ => 0,
        },
    }
}

proptest! {
    #![proptest_config(cases(3_000, 200_000))]

    #[test]
    fn any_bytes_are_preserved(bytes in prop_oneof![text(), vec(any::<u8>(), 0..200)]) {
        let document = Document::parse(&bytes[..]);
        prop_assert_eq!(document.as_bytes(), &bytes[..]);
    }

    #[test]
    fn lines_and_lookups_match_the_model(text in text(), user in any_user()) {
        let (document, model) = (Document::parse(&text[..]), Text::parse(&text));
        let lines: Vec<_> = document.lines().map(|line| line.bytes().to_vec()).collect();
        prop_assert_eq!(&lines[..], model.lines());
        for line in document.lines() {
            let agrees = match (line.content(), kind(line.bytes())) {
                (Content::Blank, Kind::Blank)
                | (Content::Comment, Kind::Comment)
                | (Content::Invalid, Kind::Invalid) => true,
                (Content::Record(record), Kind::Record([_, user, hash, _])) => {
                    record.user == user && record.hash == hash
                }
                _ => false,
            };
            prop_assert!(agrees, "{:?}", line);
        }
        prop_assert_eq!(document.first_invalid_line(), model.first_invalid_line());
        let index = document.index();
        prop_assert_eq!(index.len(), model.users().len());
        for user in model.users().iter().map(Vec::as_slice).chain([user]) {
            let expected = model.get(user);
            prop_assert_eq!(document.get(user).map(|record| record.hash.to_vec()), expected.clone());
            prop_assert_eq!(index.get(user).map(|record| record.hash.to_vec()), expected);
        }
    }

    #[test]
    fn single_edits_match_the_model(text in text(), edits in vec(edit(), 1..6)) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        for edit in edits {
            let expected = model.apply(&edit.clone().into());
            prop_assert_eq!(edit_one(&mut document, &edit), expected.lines);
            prop_assert_eq!(escaped(document.as_bytes()), escaped(&model.bytes()), "{:?}", edit);
            // A blank line may now come before a byte order mark, so the model parses its own bytes again.
            model = Text::parse(&model.bytes());
        }
    }

    #[test]
    fn batches_of_edits_match_the_model(text in text(), edits in edits()) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        let mut changes = [0; 4];
        let previewed = document.preview(&edits.for_library(), |_, change| {
            changes[match change {
                UserChange::Added => 0,
                UserChange::Updated => 1,
                UserChange::Unchanged => 2,
                _ => 3,
            }] += 1;
        });
        let expected = model.apply(&edits);
        let summary = document.apply(&edits.for_library());
        prop_assert_eq!(previewed, summary);
        prop_assert_eq!(counts(summary), expected.of_users());
        prop_assert_eq!(changes, expected.of_users());
        prop_assert_eq!(escaped(document.as_bytes()), escaped(&model.bytes()));
    }

    /// The last line has a newline, because the newline that is added to it depends on the line before it, which an
    /// earlier edit may remove.
    #[test]
    fn a_batch_of_edits_equals_the_single_edits(mut text in text(), mut list in vec(edit(), 0..6)) {
        text.push(b'\n');
        // If the edits are applied one by one, a removal can leave a blank line after a line that ends in a backslash.
        text.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
        // If the edits are applied one by one, those of a user name that begins with a byte order mark can leave a
        // blank line.
        list.retain(|edit| !edit.user().starts_with(crate::naive::MARK));
        let edits = Edits { list, prune: false, keeps_disabled: false };
        let (mut at_once, mut one_by_one) = (Document::parse(&text[..]), Document::parse(&text[..]));
        at_once.apply(&edits.for_library());
        for edit in edits.in_force() {
            edit_one(&mut one_by_one, &edit);
        }
        prop_assert_eq!(escaped(at_once.as_bytes()), escaped(one_by_one.as_bytes()));
    }

    #[test]
    fn repairs_match_the_model_and_change_no_user(text in text()) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        let (before, expected) = (model.clone(), model.repair());
        let repairs = document.repair();
        let found = (repairs.byte_order_mark, repairs.carriage_returns, repairs.duplicates, repairs.final_line_feed);
        prop_assert_eq!(found, (expected.byte_order_mark, expected.carriage_returns, expected.duplicates, expected.final_newline));
        prop_assert_eq!(escaped(document.as_bytes()), escaped(&model.bytes()));
        prop_assert!(document.repair().is_empty());
        prop_assert_eq!(before.users(), model.users());
        for user in before.users() {
            prop_assert_eq!(before.get(&user), model.get(&user));
            let last = |text: &Text| text.records().rfind(|(other, _)| *other == user);
            prop_assert_eq!(last(&before), last(&model));
        }
    }
}
