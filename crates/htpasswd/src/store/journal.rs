//! The journal: what is about to be written to a file, and what stands there before.

use std::ops::Range;

use sha1::{Digest, Sha1};

use crate::document::Patch;

const MAGIC: &[u8; 16] = b"htpasswd-journal";
const CHECKSUM_LEN: usize = 20;

/// Old and new bytes of a file from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal {
    inode: u64,
    pub(super) old_length: u64,
    pub(super) new_length: u64,
    pub(super) offset: u64,
    pub(super) old: Vec<u8>,
    /// Where the file shrinks: filled up with line feeds, which every server ignores, to its old length.
    pub(super) new: Vec<u8>,
}

/// What a file looks like, seen from its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As before the change.
    Old,
    /// As after the change.
    New,
    /// On the way.
    Between,
    /// Neither: somebody else changed it since, or it is another file.
    Other,
}

impl Journal {
    /// The bytes that a patch will replace.
    pub(super) fn range_replaced(patch: &Patch<'_>) -> Range<usize> {
        let end = if patch.old_length == patch.new_length {
            patch.offset + patch.bytes.len()
        } else {
            patch.old_length
        };
        patch.offset..end
    }

    /// `old` are the bytes at [`range_replaced`](Self::range_replaced).
    pub(super) fn new(inode: u64, patch: &Patch<'_>, old: Vec<u8>) -> Self {
        let mut new = patch.bytes.to_vec();
        new.resize(new.len().max(old.len()), b'\n');
        Self {
            inode,
            old_length: patch.old_length as u64,
            new_length: patch.new_length as u64,
            offset: patch.offset as u64,
            old,
            new,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let lengths = [self.old.len() as u64, self.new.len() as u64];
        for number in [self.inode, self.old_length, self.new_length, self.offset].into_iter().chain(lengths) {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(&self.old);
        bytes.extend(&self.new);
        let checksum = Sha1::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// `None` if the bytes are no whole journal.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_LEN)?)?;
        if Sha1::digest(content).as_slice() != checksum {
            return None;
        }
        let rest = content.strip_prefix(MAGIC)?;
        let (numbers, rest) = rest.split_at_checked(6 * 8)?;
        let (numbers, _) = numbers.as_chunks::<8>();
        let number = |index: usize| u64::from_le_bytes(numbers[index]);
        let (old, new) = rest.split_at_checked(usize::try_from(number(4)).ok()?)?;
        let journal = Self {
            inode: number(0),
            old_length: number(1),
            new_length: number(2),
            offset: number(3),
            old: old.to_vec(),
            new: new.to_vec(),
        };
        let ends_right = journal.offset <= journal.old_length.min(journal.new_length)
            && journal.end(&journal.old)? <= journal.old_length
            && journal.end(&journal.new)? <= journal.new_length.max(journal.old_length);
        (number(5) == new.len() as u64 && new.len() >= old.len() && ends_right).then_some(journal)
    }

    fn end(&self, bytes: &[u8]) -> Option<u64> {
        self.offset.checked_add(bytes.len() as u64)
    }

    /// How many bytes from the offset on tell the state of a file of this length; `None` if no write of
    /// this journal leaves such a length behind.
    pub(super) fn bytes_to_look_at(&self, length: u64) -> Option<usize> {
        // A cut-off write, and one that was taken back, may have got as far as any length between.
        let (least, most) = (self.old_length.min(self.new_length), self.old_length.max(self.new_length));
        let possible = (least..=most).contains(&length);
        let there = usize::try_from(length.checked_sub(self.offset)?).ok()?;
        possible.then_some(there.min(self.new.len()))
    }

    /// `now` are the bytes of the file from the offset on, as many as
    /// [`bytes_to_look_at`](Self::bytes_to_look_at) says. A write that was cut off leaves each byte the
    /// old or the new one; behind the shorter of the two files, perhaps a zero.
    pub(super) fn state(&self, inode: u64, length: u64, now: &[u8]) -> State {
        let shorter = self.old_length.min(self.new_length) - self.offset;
        let mixed = |(at, byte): (usize, &u8)| {
            [self.old.get(at), self.new.get(at)].contains(&Some(byte)) || (*byte == 0 && at as u64 >= shorter)
        };
        if inode != self.inode || self.bytes_to_look_at(length) != Some(now.len()) {
            State::Other
        } else if length == self.new_length && now == &self.new[..now.len()] {
            State::New
        } else if length == self.old_length && now == &self.old[..now.len().min(self.old.len())] {
            State::Old
        } else if now.iter().enumerate().all(mixed) {
            State::Between
        } else {
            State::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrink() -> Journal {
        // "ab" of "aabbcc" goes.
        let patch = Patch { offset: 1, bytes: b"bcc", old_length: 6, new_length: 4 };
        Journal::new(7, &patch, b"abbcc".to_vec())
    }

    fn grow() -> Journal {
        let patch = Patch { offset: 2, bytes: b"xyz", old_length: 3, new_length: 5 };
        Journal::new(7, &patch, b"c".to_vec())
    }

    #[test]
    fn the_bytes_come_back() {
        for journal in [shrink(), grow()] {
            assert_eq!(Journal::decode(&journal.encode()), Some(journal));
        }
    }

    #[test]
    fn a_journal_that_was_cut_or_changed_is_none() {
        let bytes = grow().encode();
        for end in 0..bytes.len() {
            assert_eq!(Journal::decode(&bytes[..end]), None);
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Journal::decode(&changed), None);
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused_even_with_a_right_checksum() {
        for (old_length, new_length, offset) in [(3, 5, u64::MAX), (2, 5, 2), (3, 4, 2), (3, 5, 4)] {
            let journal = Journal { old_length, new_length, offset, ..grow() };
            assert_eq!(Journal::decode(&journal.encode()), None, "{old_length} {new_length} {offset}");
        }
    }

    #[test]
    fn states_are_told_apart() {
        let shrink = shrink();
        assert_eq!(shrink.state(7, 6, b"abbcc"), State::Old);
        assert_eq!(shrink.state(7, 6, b"bcc\n\n"), State::Between);
        assert_eq!(shrink.state(7, 6, b"bbbcc"), State::Between);
        assert_eq!(shrink.state(7, 4, b"bcc"), State::New);
        assert_eq!(shrink.state(7, 6, b"abbcX"), State::Other);
        assert_eq!(shrink.state(7, 5, b"bcc\n"), State::Between);
        assert_eq!(shrink.state(7, 6, b"bcc\0\0"), State::Between);
        assert_eq!(shrink.state(7, 3, b"bc"), State::Other);
        assert_eq!(shrink.state(7, 7, b"abbccx"), State::Other);
        assert_eq!(shrink.state(8, 6, b"abbcc"), State::Other);

        let grow = grow();
        assert_eq!(grow.state(7, 3, b"c"), State::Old);
        assert_eq!(grow.state(7, 3, b"x"), State::Between);
        assert_eq!(grow.state(7, 4, b"xy"), State::Between);
        assert_eq!(grow.state(7, 5, b"x\0z"), State::Between);
        assert_eq!(grow.state(7, 5, b"c\0\0"), State::Between);
        assert_eq!(grow.state(7, 5, b"xyz"), State::New);
        assert_eq!(grow.state(7, 6, b"xyz"), State::Other);
        assert_eq!(grow.state(7, 5, b"xyX"), State::Other);
    }
}
