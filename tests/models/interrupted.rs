//! The model of an interrupted write: its journal, in the format of docs/reliability.md, and the file that it left.

use sha1::{Digest, Sha1};

/// The file that a journal belongs to, and the times of the file before the write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Seconds and nanoseconds of the modification time, then of the change time.
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
    /// The bytes to be written at the offset.
    run: Vec<u8>,
}

/// The point at which the write was interrupted.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// This percentage of the journal was written.
    Journal(usize),
    /// Only some bytes of the run were written: byte number `n` if bit number `n` modulo 64 of the first value is set.
    /// The second value is the percentage of the change of length that was made.
    Some(u64, usize),
    /// The whole run was written, and the file was not truncated yet.
    Run,
    All,
}

/// The state that the next call to lock the file finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Unapplied,
    Applied,
    /// All new bytes are written, and the newlines that pad the end are not yet truncated. The value is the finished
    /// file.
    Padded(Vec<u8>),
    /// Only a part of the new bytes is written. The value is the finished file.
    Torn(Vec<u8>),
    Unrelated,
}

impl Interrupted {
    /// Returns the write that changes `old` into `new`, or `None` if they are equal.
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

    /// Returns the file that a write interrupted at this point leaves.
    pub(crate) fn left(&self, reach: &Reach) -> Vec<u8> {
        match reach {
            Reach::Journal(_) => self.old.clone(),
            Reach::Run => self.written(self.old.clone()),
            Reach::All => self.finished(self.old.clone()),
            Reach::Some(bits, percent) => {
                let (old, new) = (self.old.len(), self.new_length);
                let length = if new > old {
                    old + (new - old) * percent / 100
                } else {
                    old - (old - new) * percent / 100
                };
                let mut file = self.old.clone();
                file.resize(length, 0);
                for (index, (target, byte)) in file.iter_mut().skip(self.offset).zip(&self.run).enumerate() {
                    if bits >> (index % 64) & 1 == 1 {
                        *target = *byte;
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
            return Seen::Unrelated;
        }
        let run = self.offset..file.len().min(self.offset + self.run.len());
        let is = |at: usize, bytes: &[u8], start: usize| bytes.get(at - start) == Some(&file[at]);
        let gap = |at: usize| file[at] == 0 && at >= old.min(new);
        if file.len() == new && run.clone().all(|at| is(at, &self.run, self.offset)) {
            Seen::Applied
        } else if file.len() == old && run.clone().all(|at| is(at, &self.old, 0)) {
            Seen::Unapplied
        } else if file.len() == old && file[self.offset..] == self.run {
            Seen::Padded(self.finished(file.to_vec()))
        } else if run.clone().all(|at| is(at, &self.run, self.offset) || is(at, &self.old, 0) || gap(at)) {
            Seen::Torn(self.finished(file.to_vec()))
        } else {
            Seen::Unrelated
        }
    }
}
