//! `Document`, `Edits` and `Index` beside the naive text.

use proptest::collection::vec;
use proptest::prelude::*;

use htpasswd::{Content, Document, EditSummary, SetOutcome, UserChange};

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

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// One edit, and how many records the user had.
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
    fn any_bytes_come_back(bytes in prop_oneof![text(), vec(any::<u8>(), 0..200)]) {
        let document = Document::parse(&bytes[..]);
        prop_assert_eq!(document.as_bytes(), &bytes[..]);
    }

    #[test]
    fn lines_and_look_ups_are_those_of_the_model(text in text(), user in any_user()) {
        let (document, model) = (Document::parse(&text[..]), Text::parse(&text));
        let lines: Vec<_> = document.lines().map(|line| line.bytes().to_vec()).collect();
        prop_assert_eq!(&lines[..], model.lines());
        for line in document.lines() {
            let right = match (line.content(), kind(line.bytes())) {
                (Content::Blank, Kind::Blank)
                | (Content::Comment, Kind::Comment)
                | (Content::Invalid, Kind::Invalid) => true,
                (Content::Record(record), Kind::Record([_, user, hash, _])) => {
                    record.user == user && record.hash == hash
                }
                _ => false,
            };
            prop_assert!(right, "{:?}", line);
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
    fn edits_one_after_the_other(text in text(), edits in vec(edit(), 1..6)) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        for edit in edits {
            let expected = model.apply(&edit.clone().into());
            prop_assert_eq!(edit_one(&mut document, &edit), expected.lines);
            prop_assert_eq!(shown(document.as_bytes()), shown(&model.bytes()), "{:?}", edit);
            // Blank lines may have come up in front of a byte order mark; nothing else is read otherwise.
            model = Text::parse(&model.bytes());
        }
    }

    #[test]
    fn many_edits_at_once(text in text(), edits in edits()) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        let mut changes = [0; 4];
        let foreseen = document.preview(&edits.for_library(), |_, change| {
            changes[match change {
                UserChange::Added => 0,
                UserChange::Updated => 1,
                UserChange::Unchanged => 2,
                _ => 3,
            }] += 1;
        });
        let expected = model.apply(&edits);
        let summary = document.apply(&edits.for_library());
        prop_assert_eq!(foreseen, summary);
        prop_assert_eq!(counts(summary), expected.of_users());
        prop_assert_eq!(changes, expected.of_users());
        prop_assert_eq!(shown(document.as_bytes()), shown(&model.bytes()));
    }

    /// Where the last line has an end. Otherwise a line that goes may have said how it is to be ended.
    #[test]
    fn at_once_is_one_after_the_other(mut text in text(), mut list in vec(edit(), 0..6)) {
        text.push(b'\n');
        // Where each edit is alone, a line that goes can leave a blank line behind one that ends in a backslash.
        text.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
        // A name with a mark in front keeps a blank line where each edit is alone.
        list.retain(|edit| !edit.user().starts_with(crate::naive::MARK));
        let edits = Edits { list, prune: false };
        let (mut once, mut slowly) = (Document::parse(&text[..]), Document::parse(&text[..]));
        once.apply(&edits.for_library());
        for edit in edits.in_force() {
            edit_one(&mut slowly, &edit);
        }
        prop_assert_eq!(shown(once.as_bytes()), shown(slowly.as_bytes()));
    }

    #[test]
    fn repairs_are_those_of_the_model_and_change_nobody(text in text()) {
        let (mut document, mut model) = (Document::parse(&text[..]), Text::parse(&text));
        let (before, expected) = (model.clone(), model.repair());
        let repairs = document.repair();
        let found = (repairs.byte_order_mark, repairs.carriage_returns, repairs.duplicates, repairs.final_line_feed);
        prop_assert_eq!(found, (expected.mark, expected.returns, expected.duplicates, expected.end));
        prop_assert_eq!(shown(document.as_bytes()), shown(&model.bytes()));
        prop_assert!(document.repair().is_empty());
        prop_assert_eq!(before.users(), model.users());
        for user in before.users() {
            prop_assert_eq!(before.get(&user), model.get(&user));
            let last = |text: &Text| text.records().rfind(|(other, _)| *other == user);
            prop_assert_eq!(last(&before), last(&model));
        }
    }
}
