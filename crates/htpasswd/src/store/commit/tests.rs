//! Power cuts, kills, failed steps and later edits of other programs, on a disk in memory; see [`model`].

mod model;

use std::collections::HashSet;

use self::model::{Model, Op, Order, Platter, crashes};
use super::*;
use crate::document::Document;
use crate::store::disk::{JournalName, Stamp};
use crate::store::recover::{Recovery, recover};

/// Pairs of the old content of a file and an edited document.
fn scenarios() -> Vec<(Vec<u8>, Document)> {
    let file = b"# staff\nann:0123456789:A\nbob:0123456789\ncarol:01234567\ndave:0\n".to_vec();
    let edit = |edit: &dyn Fn(&mut Document)| {
        let mut document = Document::parse(file.clone());
        edit(&mut document);
        (file.clone(), document)
    };
    let set = |user: &str, text: &[u8]| {
        let user = crate::Username::new(user).unwrap();
        let hash = crate::PasswordHash::parse_or_plain(text).unwrap();
        move |document: &mut Document| {
            document.set(&user, &hash);
        }
    };
    let remove = |user: &'static str| move |document: &mut Document| assert!(document.remove(user) > 0);
    let mut scenarios = vec![
        edit(&set("eve", b"a new record")),
        edit(&set("bob", b"abcdefghij")),
        edit(&set("bob", b"a longer hash than it was before")),
        edit(&set("bob", b"short")),
        edit(&remove("ann")),
        edit(&remove("bob")),
        edit(&remove("dave")),
        edit(&|document| {
            document.clear();
            set("eve", b"alone")(document);
        }),
    ];
    // Several edits in one write. The bytes after them stay, move forward or move back, or new records follow them.
    let apply = |hashes: &'static [(&str, &str)], gone: &'static [&str]| {
        move |document: &mut Document| {
            let mut edits = crate::document::Edits::new();
            for (user, text) in hashes {
                let hash = crate::PasswordHash::parse_or_plain(text.as_bytes()).unwrap();
                edits.set(&crate::Username::new(*user).unwrap(), &hash);
            }
            for user in gone {
                edits.remove(user);
            }
            document.apply(&edits);
        }
    };
    scenarios.extend([
        edit(&apply(&[("ann", "01234567"), ("carol", "0123456789")], &[])),
        edit(&apply(&[("ann", "short"), ("carol", "x")], &[])),
        edit(&apply(&[("ann", "0123456789ABC"), ("bob", "0123456789"), ("carol", "0123456789")], &[])),
        edit(&apply(&[("bob", "x"), ("eve", "new"), ("carol", "01234567")], &["ann"])),
    ]);
    let mut empty = Document::parse(Vec::new());
    set("bob", b"the first")(&mut empty);
    scenarios.push((Vec::new(), empty));
    scenarios
}

/// A model after the write of this document, and the result of the write. `prepare` can make steps fail.
fn written(
    start: Platter,
    document: &Document,
    prepare: impl FnOnce(&mut Model),
) -> (Model, io::Result<Written>) {
    let mut model = Model::new(start);
    prepare(&mut model);
    let read = Stamp { modified: [1, 0], changed: [1, 0], length: model.now.borrow().file.len() as u64 };
    let result = write(&model, document.clone().into_patch().unwrap(), read, &mut Reserved::default());
    (model, result)
}

fn recovered(model: &Model) -> Recovery {
    recover(model, JournalName::Current).unwrap()
}

/// The results of recoveries after power cuts.
#[derive(Debug, Default)]
struct Outcomes {
    seen: HashSet<Platter>,
    /// The number of torn files whose journal was quarantined.
    torn: usize,
}

impl Outcomes {
    /// Recovers from a state, and from each state that a power cut during the recovery leaves.
    fn recover(&mut self, state: &Platter, [old, new]: [&[u8]; 2], depth: usize, order: Order) {
        if !self.seen.insert(state.clone()) {
            return;
        }
        let model = Model::rebooted(state.clone());
        let recovery = recovered(&model);
        let now = model.now.borrow().clone();
        let file = now.file.escape_ascii();
        assert_eq!(now.journal, None, "{recovery:?} left a journal");
        if now.is_quarantined {
            assert_eq!(now.file, state.file, "a file whose journal is quarantined stays as it is");
            // A journal that was damaged before the file was changed is quarantined, too.
            let is_torn = now.file != old && now.file != new;
            // A torn file may stay only if its times are from between the write and the mark, or newer than the mark.
            let marks = state.journal.as_ref().map(|journal| journal.marks);
            let marked = marks.filter(|(modified, changed)| modified != changed);
            let is_known = state.times == Platter::with(old).times || Some(state.times) == marked;
            assert!(!is_torn || state.is_quarantined || !is_known, "{state:?}");
            self.torn += usize::from(is_torn);
        } else {
            assert!(now.file == old || now.file == new, "{recovery:?} left {file}");
        }
        if depth > 0 {
            for steps in 1..=model.steps() {
                for state in crashes(&model, steps, order) {
                    self.recover(&state, [old, new], depth - 1, order);
                }
            }
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "docs/reliability.md quotes the numbers")]
fn a_power_cut_at_any_moment_leaves_the_old_or_the_new_file() {
    for order in [Order::Logged, Order::Any] {
        let (mut states, mut torn) = (0, 0);
        for (old, document) in scenarios() {
            let (model, result) = written(Platter::with(&old), &document, |_| {});
            assert!(matches!(result, Ok(Written::Done(_))));
            let new = document.as_bytes();
            assert_eq!((&*model.now.borrow().file, &model.now.borrow().journal), (new, &None));
            let mut outcomes = Outcomes::default();
            for steps in 0..=model.steps() {
                for state in crashes(&model, steps, order) {
                    outcomes.recover(&state, [&old, new], 1, order);
                }
            }
            // A change that was reported as complete survives a power cut.
            for state in crashes(&model, model.steps(), order) {
                assert_eq!(state.file, new);
            }
            states += outcomes.seen.len();
            torn += outcomes.torn;
        }
        eprintln!(
            "{order:?} times: {states} states after a power cut, {torn} torn files with a quarantined journal"
        );
        assert!(states > 10_000, "{states}");
    }
}

#[test]
fn a_kill_after_any_step_leaves_the_old_or_the_new_file() {
    let mut kills = 0;
    for (old, document) in scenarios() {
        let (model, _) = written(Platter::with(&old), &document, |_| {});
        for steps in 0..=model.steps() {
            let next = Model::new(model.killed_after(steps));
            next.clock.set(500);
            let recovery = recovered(&next);
            let now = next.now.borrow().clone();
            assert!(!next.quarantined(), "after {steps} steps");
            assert!(now.file == old || now.file == document.as_bytes(), "{recovery:?}");
            assert_eq!(now.journal, None);
            // A recovery may also be killed.
            for steps in 0..=next.steps() {
                let last = Model::new(next.killed_after(steps));
                recovered(&last);
                assert!(!last.quarantined());
                let file = last.now.borrow().file.clone();
                assert!(file == old || file == document.as_bytes());
            }
            kills += 1;
        }
    }
    assert!(kills > 100, "{kills}");
}

/// Files that an edit of another program may leave: one line removed, a line and all lines after it removed, one line
/// with its old content, one more line, or the same bytes written again.
fn later_edits(now: &[u8], old: &[u8]) -> Vec<Vec<u8>> {
    let lines =
        |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (now_lines, old_lines) = (lines(now), lines(old));
    let mut edits =
        vec![now.to_vec(), old.to_vec(), [now, b"eve:x\n"].concat(), [b"# x\n", now].concat(), Vec::new()];
    for at in 0..now_lines.len() {
        edits.push([&now_lines[..at], &now_lines[at + 1..]].concat().concat());
        edits.push(now_lines[..at].concat());
        for old_line in &old_lines {
            let user = |line: &[u8]| line.split(|byte| *byte == b':').next().map(<[u8]>::to_vec);
            if user(old_line) == user(&now_lines[at]) {
                let mut lines = now_lines.clone();
                lines[at].clone_from(old_line);
                edits.push(lines.concat());
            }
        }
    }
    // The end of the file, from each 16th byte on, with its old content.
    for at in (0..now.len().min(old.len())).step_by(16) {
        edits.push([&now[..at], &old[at..]].concat());
    }
    edits
}

#[test]
#[expect(clippy::print_stderr, reason = "docs/reliability.md quotes the numbers")]
fn an_edit_after_a_kill_is_never_undone() {
    let (mut combinations, mut quarantined) = (0, 0);
    for (old, document) in scenarios() {
        let (model, _) = written(Platter::with(&old), &document, |_| {});
        for steps in 0..=model.steps() {
            let killed = model.killed_after(steps);
            for (edit, boot) in
                later_edits(&killed.file, &old).into_iter().flat_map(|edit| [(edit.clone(), 1), (edit, 2)])
            {
                let state = Platter { file: edit.clone(), times: ([200, 0], [200, 0]), ..killed.clone() };
                let mut next = Model::new(state);
                next.boot = boot;
                next.clock.set(500);
                recovered(&next);
                let now = next.now.borrow().clone();
                let padding_cut =
                    edit.strip_prefix(&*now.file).is_some_and(|rest| rest.iter().all(|byte| *byte == b'\n'));
                assert!(
                    now.file == edit || padding_cut && edit == killed.file,
                    "{} became {}",
                    edit.escape_ascii(),
                    now.file.escape_ascii()
                );
                combinations += 1;
                quarantined += usize::from(next.quarantined());
            }
        }
    }
    eprintln!("{combinations} edits after a kill, 0 undone, {quarantined} journals quarantined");
    assert!(combinations > 5_000 && quarantined > 1_000, "{combinations} {quarantined}");
}

#[test]
fn a_failed_step_leaves_a_file_that_recovery_completes() {
    let mut states = 0;
    for (old, document) in scenarios() {
        let new = document.as_bytes();
        for fail_at in 0..20 {
            let (model, result) =
                written(Platter::with(&old), &document, |model| model.fail_at = Some(fail_at));
            let now = model.now.borrow().clone();
            match result {
                Ok(written) => {
                    assert!(matches!(written, Written::Done(_)));
                    assert_eq!(now.file, new);
                }
                Err(_) => assert_eq!(now.file, old),
            }
            let mut outcomes = Outcomes::default();
            for steps in 0..=model.steps() {
                for state in crashes(&model, steps, Order::Logged) {
                    outcomes.recover(&state, [&old, new], 0, Order::Logged);
                }
            }
            states += outcomes.seen.len();
        }
    }
    assert!(states > 10_000, "{states}");
}

#[test]
fn a_file_changed_without_the_lock_is_not_overwritten() {
    let (old, document) = scenarios().remove(0);
    // The other program writes before the journal is created, or after it is flushed.
    for disturbed_at in [0, 4] {
        let start = Platter::with(&old);
        let (model, written) =
            written(start.clone(), &document, |model| model.disturbed_at = Some(disturbed_at));
        assert!(matches!(written, Ok(Written::Outdated)), "{disturbed_at} {written:?}");
        assert_eq!(*model.now.borrow(), start);
    }
}

#[test]
fn a_journal_stays_if_the_old_bytes_cannot_be_put_back() {
    let (old, document) = scenarios().remove(0);
    let (model, result) = written(Platter::with(&old), &document, |model| model.is_broken = true);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Other);
    assert!(model.now.borrow().journal.is_some());
    // The mark is the last step, so that the next run can finish the change.
    assert_eq!(model.log.borrow().last().map(|(op, _)| op.clone()), Some(Op::Mark));
}
