//! A write that was cut off: its journal, in the format of docs/reliability.md, and what it left of the file.

use sha1::{Digest, Sha1};

/// Which file a journal is of, and its times before the write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Seconds and nanoseconds: of modification, then of change.
    pub(crate) times: [i64; 4],
}

#[derive(Debug, Clone)]
pub(crate) struct Interrupted {
    pub(crate) id: FileId,
    old: Vec<u8>,
    new_length: usize,
    offset: usize,
    replaced: usize,
    fresh: usize,
    /// All that was to be written from the offset on.
    run: Vec<u8>,
}

/// How far the write got.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// So many hundredths of the journal.
    Journal(usize),
    /// Of the run, the bytes of these bits, over and over, and so many hundredths of the change of length.
    Some(u64, usize),
    /// All of the run, but the length not cut.
    Run,
    All,
}

/// What the next one to lock the file makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Old,
    New,
    /// All is written, and only newlines are left to be cut off.
    Padded(Vec<u8>),
    /// A part is written: with what would finish it.
    Torn(Vec<u8>),
    Other,
}

impl Interrupted {
    /// `None` where there is nothing to write.
    pub(crate) fn new(id: FileId, old: &[u8], new: &[u8]) -> Option<Self> {
        let offset = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let shorter = old.len().min(new.len()) - offset;
        let ends = old.iter().rev().zip(new.iter().rev()).take(shorter);
        let tail = ends.take_while(|(old, new)| old == new).count();
        let moved = if old.len() == new.len() { 0 } else { tail };
        let (replaced, fresh) = (old.len() - tail - offset, new.len() - tail - offset);
        let mut run = new[offset..offset + fresh + moved].to_vec();
        run.resize(run.len().max(replaced + moved), b'\n');
        let write = Self { id, old: old.to_vec(), new_length: new.len(), offset, replaced, fresh, run };
        (old != new).then_some(write)
    }

    pub(crate) fn journal(&self) -> Vec<u8> {
        let mut journal = b"htpasswd journal".to_vec();
        let length = 136 + self.replaced + self.run.len() + 20;
        let lengths = [self.old.len(), self.new_length, self.offset, self.replaced, self.fresh];
        let numbers = [2, length as u64, self.id.device, self.id.inode].into_iter();
        let numbers = numbers.chain(lengths.map(|length| length as u64));
        journal.extend(numbers.flat_map(u64::to_le_bytes));
        journal.extend(self.id.times.iter().flat_map(|number| number.to_le_bytes()));
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let boot = u128::from_str_radix(&boot.trim_end().replace('-', ""), 16).unwrap();
        journal.extend(boot.to_be_bytes());
        journal.extend(&self.old[self.offset..self.offset + self.replaced]);
        journal.extend(&self.run);
        journal.extend(Sha1::digest(&journal));
        journal
    }

    /// The file after a write of this reach.
    pub(crate) fn left(&self, reach: &Reach) -> Vec<u8> {
        match reach {
            Reach::Journal(_) => self.old.clone(),
            Reach::Run => self.written(self.old.clone()),
            Reach::All => self.finished(self.old.clone()),
            Reach::Some(bits, hundredths) => {
                let (old, new) = (self.old.len(), self.new_length);
                let length = if new > old {
                    old + (new - old) * hundredths / 100
                } else {
                    old - (old - new) * hundredths / 100
                };
                let mut file = self.old.clone();
                file.resize(length, 0);
                for (at, (there, byte)) in file.iter_mut().skip(self.offset).zip(&self.run).enumerate() {
                    if bits >> (at % 64) & 1 == 1 {
                        *there = *byte;
                    }
                }
                file
            }
        }
    }

    fn written(&self, mut file: Vec<u8>) -> Vec<u8> {
        let end = self.offset + self.run.len();
        file.resize(file.len().max(end), 0);
        file[self.offset..end].copy_from_slice(&self.run);
        file
    }

    fn finished(&self, file: Vec<u8>) -> Vec<u8> {
        let mut file = self.written(file);
        file.truncate(self.new_length);
        file
    }

    pub(crate) fn seen(&self, inode: u64, file: &[u8]) -> Seen {
        let (old, new) = (self.old.len(), self.new_length);
        if inode != self.id.inode || file.len() < old.min(new) || file.len() > old.max(new) {
            return Seen::Other;
        }
        let run = self.offset..file.len().min(self.offset + self.run.len());
        let is = |at: usize, bytes: &[u8], start: usize| bytes.get(at - start) == Some(&file[at]);
        let gap = |at: usize| file[at] == 0 && at >= old.min(new);
        if file.len() == new && run.clone().all(|at| is(at, &self.run, self.offset)) {
            Seen::New
        } else if file.len() == old && run.clone().all(|at| is(at, &self.old, 0)) {
            Seen::Old
        } else if file.len() == old && file[self.offset..] == self.run {
            Seen::Padded(self.finished(file.to_vec()))
        } else if run.clone().all(|at| is(at, &self.run, self.offset) || is(at, &self.old, 0) || gap(at)) {
            Seen::Torn(self.finished(file.to_vec()))
        } else {
            Seen::Other
        }
    }
}
