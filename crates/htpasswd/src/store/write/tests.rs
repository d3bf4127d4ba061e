//! A disk that loses its power.
//!
//! [`Model`] keeps what is flushed apart from what is not and records every step. [`crashes`] lists each
//! state that a disk may be left in after each step: any subset of the pages written since the last flush,
//! torn ones among them; any length on the way; any prefix of the changes to the directory. In each of
//! them, recovery has to bring the old or the new file back, even if the power goes again meanwhile.

use std::cell::RefCell;

use super::*;
use crate::document::Document;

const PAGE: usize = 16;
const JOURNAL_PAGE: usize = 48;
const INODE: u64 = 7;

#[derive(Debug, Clone, PartialEq)]
enum Op {
    Write(u64, Vec<u8>),
    SetLength(u64),
    Sync,
    NewJournal,
    WriteJournal(Vec<u8>),
    SyncJournal,
    SyncDirectory,
    RemoveJournal,
}

/// What is on the disk for good.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Platter {
    file: Vec<u8>,
    journal: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Model {
    start: Platter,
    /// As the program sees it.
    now: RefCell<Platter>,
    log: RefCell<Vec<Op>>,
    /// The step that fails, counted from 0.
    fail_at: Option<usize>,
    /// Before this step, another program writes.
    disturbed_at: Option<usize>,
    /// The file takes no bytes any more.
    is_broken: bool,
}

impl Model {
    fn new(start: Platter, fail_at: Option<usize>) -> Self {
        let now = RefCell::new(start.clone());
        Self { start, now, log: RefCell::default(), fail_at, disturbed_at: None, is_broken: false }
    }

    fn step(&self, op: Op) -> io::Result<()> {
        let mut log = self.log.borrow_mut();
        log.push(op.clone());
        if self.fail_at == Some(log.len() - 1) {
            log.pop();
            // Something that is no step of its own, so that later ones are counted on.
            log.push(Op::Write(0, Vec::new()));
            return Err(Errno::IO.into());
        }
        let mut now = self.now.borrow_mut();
        match op {
            Op::Write(offset, bytes) => overwrite(&mut now.file, usize::try_from(offset).unwrap(), &bytes),
            Op::SetLength(length) => now.file.resize(usize::try_from(length).unwrap(), 0),
            Op::NewJournal => now.journal = Some(Vec::new()),
            Op::WriteJournal(bytes) => now.journal = Some(bytes),
            Op::RemoveJournal => now.journal = None,
            Op::Sync | Op::SyncJournal | Op::SyncDirectory => {}
        }
        Ok(())
    }
}

fn overwrite(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    file.resize(file.len().max(offset + bytes.len()), 0);
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

impl Disk for Model {
    type Journal = ();

    fn inode(&self) -> u64 {
        INODE
    }
    fn stamp(&self) -> io::Result<Stamp> {
        let length = self.now.borrow().file.len() as u64;
        // Another one at the moment that a test wants another program to write.
        let modified = [i64::from(self.disturbed_at == Some(self.log.borrow().len())); 2];
        Ok(Stamp { length, modified, changed: modified })
    }
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let offset = usize::try_from(offset).unwrap();
        Ok(self.now.borrow().file[offset..offset + length].to_vec())
    }
    fn reserve(&self, _: u64) -> io::Result<()> {
        Ok(())
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_broken {
            return Err(Errno::IO.into());
        }
        self.step(Op::Write(offset, bytes.to_vec()))
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.step(Op::SetLength(length))
    }
    fn sync(&self) -> io::Result<()> {
        self.step(Op::Sync)
    }
    fn find_journal(&self) -> io::Result<Found> {
        Ok(self.now.borrow().journal.clone().map_or(Found::Nothing, Found::Ours))
    }
    fn new_journal(&self) -> io::Result<()> {
        self.step(Op::NewJournal)
    }
    fn write_journal(&self, (): &mut (), pieces: &[Cow<'_, [u8]>]) -> io::Result<()> {
        self.step(Op::WriteJournal(pieces.concat()))
    }
    fn sync_journal(&self, (): &()) -> io::Result<()> {
        self.step(Op::SyncJournal)
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.step(Op::SyncDirectory)
    }
    fn remove_journal(&self) -> io::Result<()> {
        self.step(Op::RemoveJournal)
    }
    fn set_journal_aside(&self) -> io::Result<PathBuf> {
        panic!("a journal of ours never has to be set aside");
    }
}

/// Every state that the disk may be left in if the power goes after the first `steps` of the log.
fn crashes(model: &Model, steps: usize) -> Vec<Platter> {
    let log = &model.log.borrow()[..steps];
    let files = file_states(&model.start.file, log);
    let journals = journal_states(model.start.journal.as_ref(), log);
    let pairs = files.iter().flat_map(|file| journals.iter().map(move |journal| (file, journal)));
    pairs.map(|(file, journal)| Platter { file: file.clone(), journal: journal.clone() }).collect()
}

fn file_states(start: &[u8], log: &[Op]) -> Vec<Vec<u8>> {
    let synced = log.iter().rposition(|op| *op == Op::Sync).map_or(0, |at| at + 1);
    let apply = |file: &mut Vec<u8>, op: &Op| match op {
        Op::Write(offset, bytes) => overwrite(file, usize::try_from(*offset).unwrap(), bytes),
        Op::SetLength(length) => file.resize(usize::try_from(*length).unwrap(), 0),
        _ => {}
    };
    let mut durable = start.to_vec();
    log[..synced].iter().for_each(|op| apply(&mut durable, op));
    // The lengths and contents that the file went through since.
    let mut stages = vec![durable.clone()];
    for op in &log[synced..] {
        let mut next = stages.last().unwrap().clone();
        apply(&mut next, op);
        stages.push(next);
    }
    let mut lengths: Vec<usize> = stages.iter().map(Vec::len).collect();
    for pair in stages.windows(2) {
        lengths.extend((pair[0].len()..pair[1].len()).filter(|length| length % PAGE == 0));
    }
    lengths.sort_unstable();
    lengths.dedup();
    let mut states = Vec::new();
    for length in lengths {
        let mut partial = vec![Vec::new()];
        for page in (0..length).step_by(PAGE) {
            let end = (page + PAGE).min(length);
            let mut versions: Vec<Vec<u8>> = Vec::new();
            for stage in &stages {
                versions.push((page..end).map(|at| stage.get(at).copied().unwrap_or(0)).collect());
            }
            let torn: Vec<_> = versions
                .windows(2)
                .flat_map(|pair| {
                    let half = pair[0].len() / 2;
                    [
                        [&pair[0][..half], &pair[1][half..]].concat(),
                        [&pair[1][..half], &pair[0][half..]].concat(),
                    ]
                })
                .collect();
            versions.extend(torn);
            versions.sort();
            versions.dedup();
            let longer = |start: &Vec<u8>| {
                versions.iter().map(|page| [start.as_slice(), page].concat()).collect::<Vec<_>>()
            };
            partial = partial.iter().flat_map(longer).collect();
        }
        states.extend(partial);
    }
    states.sort();
    states.dedup();
    states
}

fn journal_states(start: Option<&Vec<u8>>, log: &[Op]) -> Vec<Option<Vec<u8>>> {
    // The content, flushed or not, is only seen where there is a name.
    let mut contents = vec![start.cloned().unwrap_or_default()];
    let mut durable_name = start.is_some();
    let mut names = vec![durable_name];
    for op in log {
        match op {
            Op::NewJournal => {
                names.push(true);
                contents = vec![Vec::new()];
            }
            Op::WriteJournal(bytes) => contents = unflushed(bytes),
            Op::SyncJournal => contents = contents.pop().into_iter().collect(),
            Op::RemoveJournal => names.push(false),
            Op::SyncDirectory => {
                durable_name = *names.last().unwrap();
                names = vec![durable_name];
            }
            _ => {}
        }
    }
    let mut states: Vec<Option<Vec<u8>>> = Vec::new();
    if names.contains(&false) {
        states.push(None);
    }
    if names.contains(&true) {
        states.extend(contents.into_iter().map(Some));
    }
    states
}

/// Each length, each subset of the pages; the whole comes last.
fn unflushed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let pages = bytes.len().div_ceil(JOURNAL_PAGE);
    let mut states = Vec::new();
    for length in (0..pages).map(|page| page * JOURNAL_PAGE).chain([bytes.len()]) {
        for subset in 0..1u32 << pages {
            let content = bytes[..length].iter().enumerate();
            states.push(
                content
                    .map(|(at, &byte)| if subset >> (at / JOURNAL_PAGE) & 1 == 1 { byte } else { 0 })
                    .collect(),
            );
        }
    }
    states
}

/// Old and new content of a file, and what leads from one to the other.
fn scenarios() -> Vec<(Vec<u8>, Document)> {
    let file = b"# staff\nann:0123456789:A\nbob:0123456789\ncarol:01234567\ndave:0\n".to_vec();
    let edit = |edit: &dyn Fn(&mut Document)| {
        let mut document = Document::parse(file.clone());
        edit(&mut document);
        (file.clone(), document)
    };
    let set = |user: &str, text: &[u8]| {
        let user = crate::Username::new(user).unwrap();
        let hash = crate::Hash::parse_or_plain(text).unwrap();
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
    // Several at once: what follows stays, moves to the front, or moves back; or new ones come behind it.
    let apply = |hashes: &'static [(&str, &str)], gone: &'static [&str]| {
        move |document: &mut Document| {
            let mut edits = crate::Edits::new();
            for (user, text) in hashes {
                let hash = crate::Hash::parse_or_plain(text.as_bytes()).unwrap();
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

/// Recovers from a state, and from each one that a power cut during the recovery leads to.
fn assert_recovers(state: &Platter, old: &[u8], new: &[u8], depth: usize, states: &mut usize) {
    *states += 1;
    let model = Model::new(state.clone(), None);
    let recovery = recover(&model).unwrap();
    let now = model.now.borrow().clone();
    assert!(now.file == old || now.file == new, "{recovery:?} left {}", now.file.escape_ascii());
    assert_eq!(now.journal, None);
    if depth > 0 {
        let steps = model.log.borrow().len();
        for steps in 1..=steps {
            for state in crashes(&model, steps) {
                assert_recovers(&state, old, new, depth - 1, states);
            }
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "how much was tried is worth knowing")]
fn a_power_cut_at_any_moment_leaves_the_old_or_the_new_file() {
    let mut states = 0;
    for (old, document) in scenarios() {
        let model = Model::new(Platter { file: old.clone(), journal: None }, None);
        let read = model.stamp().unwrap();
        assert!(matches!(
            write(&model, document.clone().into_patch().unwrap(), read, &mut Reserved::default()),
            Ok(Written::Done)
        ));
        let new = document.as_bytes();
        assert_eq!(*model.now.borrow(), Platter { file: new.to_vec(), journal: None });
        let steps = model.log.borrow().len();
        for steps in 0..=steps {
            for state in crashes(&model, steps) {
                assert_recovers(&state, &old, new, 1, &mut states);
            }
        }
        // What was reported as done stays done.
        for state in crashes(&model, steps) {
            assert_eq!(state.file, new);
        }
    }
    eprintln!("{states} states of a disk without power were recovered");
    assert!(states > 10_000, "{states}");
}

#[test]
fn a_step_that_fails_leaves_the_old_file_or_a_way_to_the_new_one() {
    let mut states = 0;
    for (old, document) in scenarios() {
        let (patch, new) = (document.clone().into_patch().unwrap(), document.as_bytes());
        for fail_at in 0..20 {
            let model = Model::new(Platter { file: old.clone(), journal: None }, Some(fail_at));
            let result = write(&model, patch.clone(), model.stamp().unwrap(), &mut Reserved::default());
            let now = model.now.borrow().clone();
            match result {
                Ok(written) => {
                    assert!(matches!(written, Written::Done | Written::Untidy(_)));
                    assert_eq!(now.file, new);
                }
                Err(_) => assert_eq!(now.file, old),
            }
            let steps = model.log.borrow().len();
            for steps in 0..=steps {
                for state in crashes(&model, steps) {
                    assert_recovers(&state, &old, new, 0, &mut states);
                }
            }
        }
    }
    assert!(states > 10_000, "{states}");
}

#[test]
fn a_file_that_another_program_changes_before_the_write_is_left_to_it() {
    let (old, document) = scenarios().remove(0);
    let read = Model::new(Platter { file: old.clone(), journal: None }, None).stamp().unwrap();
    // Before the journal, and after it was flushed.
    for disturbed_at in [0, 4] {
        let start = Platter { file: old.clone(), journal: None };
        let model = Model { disturbed_at: Some(disturbed_at), ..Model::new(start.clone(), None) };
        let written = write(&model, document.clone().into_patch().unwrap(), read, &mut Reserved::default());
        assert!(matches!(written, Ok(Written::Outdated)), "{disturbed_at} {written:?}");
        assert_eq!(*model.now.borrow(), start);
    }
}

#[test]
fn a_journal_stays_if_the_old_bytes_could_not_be_put_back() {
    let (old, document) = scenarios().remove(0);
    let start = Platter { file: old, journal: None };
    let model = Model { is_broken: true, ..Model::new(start, None) };
    let patch = document.into_patch().unwrap();
    let error = write(&model, patch, model.stamp().unwrap(), &mut Reserved::default()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::IO.raw_os_error()));
    assert!(model.now.borrow().journal.is_some());
}
