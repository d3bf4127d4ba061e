//! A model of a disk that loses its power, and of a program that is killed.
//!
//! [`Model`] implements [`Disk`] in memory and logs each step. [`crashes`] returns the states that a power cut after
//! some of these steps can leave on the disk:
//!
//! - any subset of the pages that were written since the last flush, including torn pages;
//! - any intermediate length of the file;
//! - any of the file's times and of the journal's marks since the last flush;
//! - any prefix of the changes to the directory.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::time::Duration;

use super::*;
use crate::store::disk::{FileId, FileTime, JournalFile, Marks};

const PAGE: usize = 16;
const JOURNAL_PAGE: usize = 64;
const FILE: FileId = FileId { boot: Some([1; 16]), device: 3, inode: 7 };

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    Write(u64, Vec<u8>),
    SetLength(u64),
    Touch,
    Sync,
    NewJournal,
    WriteJournal(Vec<u8>),
    SyncJournal,
    Mark,
    EmptyJournal,
    SyncDirectory,
    RemoveJournal,
    QuarantineJournal,
    /// A step that failed and changed nothing.
    Nothing,
}

/// The modification time and the change time.
pub(super) type Times = (FileTime, FileTime);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct JournalState {
    bytes: Vec<u8>,
    pub(super) marks: Times,
    /// The time of the last mark.
    at: FileTime,
}

/// The content of the disk: the file, its times and its journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Platter {
    pub(super) file: Vec<u8>,
    pub(super) times: Times,
    pub(super) journal: Option<JournalState>,
    /// True if the journal was quarantined.
    pub(super) is_quarantined: bool,
}

impl Platter {
    pub(super) fn with(file: &[u8]) -> Self {
        Self { file: file.to_vec(), times: ([1, 0], [1, 0]), journal: None, is_quarantined: false }
    }

    /// Applies a step that began at this second.
    fn apply(&mut self, op: &Op, second: i64) {
        let now = [second, 0];
        match op {
            Op::Write(offset, bytes) => overwrite(&mut self.file, usize::try_from(*offset).unwrap(), bytes),
            Op::SetLength(length) => self.file.resize(usize::try_from(*length).unwrap(), 0),
            Op::NewJournal => {
                self.journal = Some(JournalState { bytes: Vec::new(), marks: (now, now), at: now });
            }
            Op::RemoveJournal => self.journal = None,
            Op::QuarantineJournal => (self.journal, self.is_quarantined) = (None, true),
            _ => {}
        }
        let times = self.times;
        if let Some(journal) = &mut self.journal {
            match op {
                Op::WriteJournal(bytes) => {
                    *journal = JournalState { bytes: bytes.clone(), marks: (now, now), at: now }
                }
                Op::EmptyJournal => *journal = JournalState { bytes: Vec::new(), marks: (now, now), at: now },
                Op::Mark => (journal.marks, journal.at) = (times, now),
                _ => {}
            }
        }
        match op {
            Op::Write(..) | Op::SetLength(_) => self.times = (now, now),
            Op::Touch => self.times = ([second, 1_000], now),
            _ => {}
        }
    }
}

fn overwrite(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    file.resize(file.len().max(offset + bytes.len()), 0);
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

#[derive(Debug)]
pub(super) struct Model {
    start: Platter,
    pub(super) boot: u8,
    /// The state that the program sees, flushed or not.
    pub(super) now: RefCell<Platter>,
    pub(super) log: RefCell<Vec<(Op, i64)>>,
    pub(super) clock: Cell<i64>,
    /// The number of the step that fails. The first step has the number 0.
    pub(super) fail_at: Option<usize>,
    /// The number of the step before which another program writes to the file.
    pub(super) disturbed_at: Option<usize>,
    /// True if each write to the file fails.
    pub(super) is_broken: bool,
}

impl Model {
    pub(super) fn new(start: Platter) -> Self {
        let now = RefCell::new(start.clone());
        let (log, clock) = (RefCell::default(), Cell::new(100));
        Self { start, boot: 1, now, log, clock, fail_at: None, disturbed_at: None, is_broken: false }
    }

    /// A model after a reboot that did not reset the clock.
    pub(super) fn rebooted(start: Platter) -> Self {
        let model = Self { boot: 2, ..Self::new(start) };
        model.clock.set(1_000);
        model
    }

    pub(super) fn steps(&self) -> usize {
        self.log.borrow().len()
    }

    /// Returns the state after a kill that follows the first `steps` steps. The disk then has the results of all these
    /// steps, also of those that were not flushed.
    pub(super) fn killed_after(&self, steps: usize) -> Platter {
        let mut platter = self.start.clone();
        self.log.borrow()[..steps].iter().for_each(|(op, second)| platter.apply(op, *second));
        platter
    }

    pub(super) fn quarantined(&self) -> bool {
        self.now.borrow().is_quarantined
    }

    fn step(&self, op: Op) -> io::Result<()> {
        let mut log = self.log.borrow_mut();
        let second = self.clock.get();
        self.clock.set(second + 1);
        if self.fail_at == Some(log.len()) {
            log.push((Op::Nothing, second));
            return Err(ErrorKind::Other.into());
        }
        self.now.borrow_mut().apply(&op, second);
        log.push((op, second));
        Ok(())
    }
}

impl Disk for Model {
    type Journal = ();

    fn id(&self) -> FileId {
        FileId { boot: Some([self.boot; 16]), ..FILE }
    }
    fn stamp(&self) -> io::Result<Stamp> {
        let now = self.now.borrow();
        let (mut modified, changed) = now.times;
        // At the step `disturbed_at`, another program has written to the file, so its modification time is different.
        modified[0] += i64::from(self.disturbed_at == Some(self.steps()));
        Ok(Stamp { length: now.file.len() as u64, modified, changed })
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
            return Err(ErrorKind::Other.into());
        }
        self.step(Op::Write(offset, bytes.to_vec()))
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.step(Op::SetLength(length))
    }
    fn touch(&self) -> io::Result<bool> {
        self.step(Op::Touch).map(|()| true)
    }
    fn sync(&self) -> io::Result<()> {
        self.step(Op::Sync)
    }
    fn tick(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn find_journal(&self, name: JournalName) -> io::Result<JournalFile<()>> {
        let now = self.now.borrow();
        let journal = now.journal.clone().filter(|_| name == JournalName::Current);
        Ok(journal.map_or(JournalFile::Absent, |JournalState { bytes, marks: (modified, changed), at }| {
            JournalFile::Candidate { journal: (), bytes, marks: Marks { modified, changed, at } }
        }))
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
    fn mark(&self, (): &()) -> io::Result<()> {
        self.step(Op::Mark)
    }
    fn empty_journal(&self, (): &()) -> io::Result<()> {
        self.step(Op::EmptyJournal)
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.step(Op::SyncDirectory)
    }
    fn remove_journal(&self, _: JournalName) -> io::Result<()> {
        self.step(Op::RemoveJournal)
    }
    fn quarantine_journal(&self, _: JournalName) -> io::Result<std::path::PathBuf> {
        self.step(Op::QuarantineJournal)?;
        Ok("quarantined".into())
    }
}

/// The order in which the times of the file and the marks of the journal reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The times and the marks arrive in the order in which they were set, as on file systems that log their metadata
    /// (ext4, XFS).
    Logged,
    /// The times and the marks arrive in any order, independently of each other.
    Any,
}

/// The states that a power cut after the first `steps` of the log can leave on the disk.
pub(super) fn crashes(model: &Model, steps: usize, order: Order) -> Vec<Platter> {
    let log = &model.log.borrow()[..steps];
    let files = file_states(&model.start.file, log);
    let names_and_times = name_and_time_states(&model.start, log, order);
    let mut states = Vec::new();
    for state in &names_and_times {
        states.extend(files.iter().map(|file| Platter { file: file.clone(), ..state.clone() }));
    }
    states
}

fn file_states(start: &[u8], log: &[(Op, i64)]) -> Vec<Vec<u8>> {
    let synced = log.iter().rposition(|(op, _)| *op == Op::Sync).map_or(0, |at| at + 1);
    let apply = |file: &mut Vec<u8>, op: &Op| match op {
        Op::Write(offset, bytes) => overwrite(file, usize::try_from(*offset).unwrap(), bytes),
        Op::SetLength(length) => file.resize(usize::try_from(*length).unwrap(), 0),
        _ => {}
    };
    let mut durable = start.to_vec();
    log[..synced].iter().for_each(|(op, _)| apply(&mut durable, op));
    // The contents of the file since the last flush.
    let mut stages = vec![durable.clone()];
    for (op, _) in &log[synced..] {
        let mut next = stages.last().unwrap().clone();
        apply(&mut next, op);
        stages.push(next);
    }
    stages.dedup();
    let mut lengths: Vec<usize> = stages.iter().map(Vec::len).collect();
    for pair in stages.windows(2) {
        lengths.extend((pair[0].len()..pair[1].len()).filter(|length| length % PAGE == 0));
    }
    lengths.sort_unstable();
    lengths.dedup();
    let mut states: Vec<_> = lengths.into_iter().flat_map(|length| page_mixtures(&stages, length)).collect();
    states.sort();
    states.dedup();
    states
}

/// All files of this length in which each page comes from one of the stages, or is torn between two successive stages.
fn page_mixtures(stages: &[Vec<u8>], length: usize) -> Vec<Vec<u8>> {
    let mut partial = vec![Vec::new()];
    for page in (0..length).step_by(PAGE) {
        let end = (page + PAGE).min(length);
        let mut versions: Vec<Vec<u8>> = Vec::new();
        for stage in stages {
            versions.push((page..end).map(|at| stage.get(at).copied().unwrap_or(0)).collect());
        }
        let torn: Vec<_> = versions
            .windows(2)
            .flat_map(|pair| {
                let half = pair[0].len() / 2;
                [[&pair[0][..half], &pair[1][half..]].concat(), [&pair[1][..half], &pair[0][half..]].concat()]
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
    partial
}

/// The possible states of the disk, without the content of the file.
fn name_and_time_states(start: &Platter, log: &[(Op, i64)], order: Order) -> Vec<Platter> {
    // The state that the program saw after each step, and the step of the last flush of the file, of the journal and of
    // the directory. The disk may have any state since that flush.
    let mut seen = vec![start.clone()];
    let (mut synced, mut journal_synced, mut named) = (0, 0, 0);
    for (at, (op, second)) in log.iter().enumerate() {
        let mut next = seen.last().unwrap().clone();
        next.apply(op, *second);
        seen.push(next);
        match op {
            Op::Sync => synced = at + 1,
            Op::SyncJournal => journal_synced = at + 1,
            Op::SyncDirectory => named = at + 1,
            _ => {}
        }
    }
    let mut states = Vec::new();
    let last = log.len();
    let logged = synced.max(journal_synced).max(named);
    let pairs: Vec<(usize, usize)> = match order {
        Order::Logged => (logged..=last).map(|at| (at, at)).collect(),
        Order::Any => {
            (synced..=last).flat_map(|file| (journal_synced..=last).map(move |marks| (file, marks))).collect()
        }
    };
    for (file, marks) in pairs {
        for name in named..=last {
            let state = Platter { file: Vec::new(), times: seen[file].times, ..seen[name].clone() };
            if state.journal.is_none() {
                states.push(state);
                continue;
            }
            // The journal has a name, so its content can be read. The marks of the journal can be those of any step at
            // which the journal exists.
            for journal in contents(&seen, journal_synced..=last) {
                let marks = seen[marks].journal.as_ref().unwrap_or(&journal);
                let journal = JournalState { marks: marks.marks, at: marks.at, ..journal.clone() };
                states.push(Platter { journal: Some(journal), ..state.clone() });
            }
        }
    }
    let mut known = HashSet::new();
    states.retain(|state| known.insert(state.clone()));
    states
}

/// The contents that the journal can have on the disk: each content since its last flush, complete or in parts.
fn contents(seen: &[Platter], range: std::ops::RangeInclusive<usize>) -> Vec<JournalState> {
    let flushed = seen[*range.start()].journal.as_ref().map(|journal| &journal.bytes);
    let mut states: Vec<JournalState> = Vec::new();
    for at in range {
        let Some(journal) = &seen[at].journal else { continue };
        let whole = std::iter::once(journal.bytes.clone());
        let parts = if flushed == Some(&journal.bytes) { Vec::new() } else { unflushed(&journal.bytes) };
        states.extend(whole.chain(parts).map(|bytes| JournalState { bytes, ..journal.clone() }));
    }
    states.dedup();
    states
}

/// The partly written contents of a journal: each length with each subset of the pages.
fn unflushed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let pages = bytes.len().div_ceil(JOURNAL_PAGE);
    let mut states = Vec::new();
    for length in (0..pages).map(|page| page * JOURNAL_PAGE).chain([bytes.len()]) {
        for subset in 0..1u32 << pages {
            let content = bytes[..length].iter().enumerate();
            let kept = |at: usize| subset >> (at / JOURNAL_PAGE) & 1 == 1;
            states.push(content.map(|(at, &byte)| if kept(at) { byte } else { 0 }).collect());
        }
    }
    states.sort();
    states.dedup();
    states
}
