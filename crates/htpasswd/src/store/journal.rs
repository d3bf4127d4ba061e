//! The journal: what is about to be written to a file, and what stands there before.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use crate::document::Patch;

const MAGIC: &[u8; 16] = b"htpasswd-journal";
const CHECKSUM_LEN: usize = 20;

/// Old and new bytes of a file from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal<'a> {
    inode: u64,
    pub(super) old_length: u64,
    pub(super) new_length: u64,
    pub(super) offset: u64,
    /// The old bytes that give way.
    replaced: Vec<u8>,
    /// The new bytes: `fresh` ones in place of those, then the old ones behind them, which move. Where the
    /// file shrinks, filled up with line feeds, which every server ignores, to its old length.
    pub(super) new: Cow<'a, [u8]>,
    fresh: usize,
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

impl<'a> Journal<'a> {
    /// `replaced` are the bytes that give way to the patch.
    pub(super) fn new(inode: u64, patch: Patch<'a>, replaced: Vec<u8>) -> Self {
        let (new_length, fresh) = (patch.new_length() as u64, patch.bytes.len() - patch.moved);
        let old_end = replaced.len() + patch.moved;
        let mut new = patch.bytes;
        if new.len() < old_end {
            new.to_mut().resize(old_end, b'\n');
        }
        Self {
            inode,
            old_length: patch.old_length as u64,
            new_length,
            offset: patch.offset as u64,
            replaced,
            new,
            fresh,
        }
    }

    /// The old bytes from the offset on: those that give way, and those that move.
    pub(super) fn old(&self) -> [&[u8]; 2] {
        [&self.replaced, &self.new[self.fresh..self.fresh + self.moved()]]
    }

    fn moved(&self) -> usize {
        self.new.len() - self.fresh.max(self.replaced.len())
    }

    fn old_byte(&self, at: usize) -> Option<&u8> {
        let [replaced, moved] = self.old();
        replaced.get(at).or_else(|| moved.get(at.checked_sub(replaced.len())?))
    }

    /// What is to be written, one piece after the other.
    pub(super) fn encode(&self) -> [Cow<'_, [u8]>; 4] {
        let mut head = MAGIC.to_vec();
        let lengths = [self.replaced.len() as u64, self.fresh as u64];
        for number in [self.inode, self.old_length, self.new_length, self.offset].into_iter().chain(lengths) {
            head.extend(number.to_le_bytes());
        }
        let mut checksum = Sha1::new();
        for piece in [&head[..], &self.replaced, &self.new] {
            checksum.update(piece);
        }
        [
            head.into(),
            self.replaced.as_slice().into(),
            Cow::Borrowed(&self.new),
            checksum.finalize().to_vec().into(),
        ]
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
        let (replaced, new) = rest.split_at_checked(usize::try_from(number(4)).ok()?)?;
        let journal = Self {
            inode: number(0),
            old_length: number(1),
            new_length: number(2),
            offset: number(3),
            replaced: replaced.to_vec(),
            new: new.to_vec().into(),
            fresh: usize::try_from(number(5)).ok()?,
        };
        journal.fits_together().then_some(journal)
    }

    /// Whether the numbers and the bytes are those of one change.
    fn fits_together(&self) -> bool {
        let (replaced, fresh, new) = (self.replaced.len(), self.fresh, self.new.len());
        if new < replaced.max(fresh) {
            return false;
        }
        let end = |count: usize| self.offset.checked_add((count + self.moved()) as u64);
        let ends = |at: Option<u64>, length: u64| {
            // What follows a change that keeps the length is not in the journal.
            if self.old_length == self.new_length { at <= Some(length) } else { at == Some(length) }
        };
        let grows_right =
            self.old_length.checked_add(fresh as u64) == self.new_length.checked_add(replaced as u64);
        grows_right
            && end(fresh).is_some()
            && ends(end(replaced), self.old_length)
            && ends(end(fresh), self.new_length)
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
            [self.old_byte(at), self.new.get(at)].contains(&Some(byte))
                || (*byte == 0 && at as u64 >= shorter)
        };
        let is_old = || {
            let [replaced, moved] = self.old();
            let now = &now[..now.len().min(replaced.len() + moved.len())];
            now.strip_prefix(replaced) == Some(moved)
        };
        if inode != self.inode || self.bytes_to_look_at(length) != Some(now.len()) {
            State::Other
        } else if length == self.new_length && now == &self.new[..now.len()] {
            State::New
        } else if length == self.old_length && is_old() {
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

    fn patch(offset: usize, replaced: usize, bytes: &[u8], moved: usize, old_length: usize) -> Patch<'_> {
        Patch { offset, replaced, bytes: bytes.into(), moved, old_length }
    }

    fn shrink() -> Journal<'static> {
        // "ab" of "aabbcc" goes.
        Journal::new(7, patch(1, 2, b"bcc", 3, 6), b"ab".to_vec())
    }

    fn grow() -> Journal<'static> {
        Journal::new(7, patch(2, 1, b"xyz", 0, 3), b"c".to_vec())
    }

    fn same_length() -> Journal<'static> {
        Journal::new(7, patch(1, 1, b"x", 0, 3), b"b".to_vec())
    }

    #[test]
    fn old_and_new_bytes_are_known() {
        assert_eq!(shrink().old().concat(), b"abbcc");
        assert_eq!(*shrink().new, *b"bcc\n\n");
        assert_eq!(grow().old().concat(), b"c");
        let insert = Journal::new(7, patch(1, 0, b"xbc", 2, 3), Vec::new());
        assert_eq!(insert.old().concat(), b"bc");
        assert_eq!((insert.old_length, insert.new_length), (3, 4));
    }

    #[test]
    fn the_bytes_come_back() {
        for journal in [shrink(), grow(), same_length()] {
            assert_eq!(Journal::decode(&journal.encode().concat()), Some(journal));
        }
    }

    #[test]
    fn a_journal_that_was_cut_or_changed_is_none() {
        let bytes = grow().encode().concat();
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
        let right = grow();
        let wrong = [
            Journal { offset: u64::MAX, ..right.clone() },
            Journal { offset: 1, ..right.clone() },
            Journal { offset: 3, ..right.clone() },
            Journal { old_length: 4, ..right.clone() },
            Journal { old_length: u64::MAX, ..right.clone() },
            Journal { new_length: 6, ..right.clone() },
            Journal { fresh: 4, ..right.clone() },
            Journal { fresh: 2, ..right.clone() },
            Journal { replaced: b"four".to_vec(), ..right },
            Journal { old_length: 1, new_length: 1, ..same_length() },
        ];
        for journal in wrong {
            let bytes = journal.encode().concat();
            assert_eq!(Journal::decode(&bytes), None, "{journal:?}");
        }
    }

    #[test]
    fn no_numbers_make_it_panic() {
        let numbers = [0, 1, 2, 3, 5, 6, 100, u64::MAX / 2, u64::MAX - 3, u64::MAX];
        let mut seed = 1_u64;
        let mut pick = |count: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % count
        };
        let mut whole = 0;
        for _ in 0..200_000 {
            let mut bytes = MAGIC.to_vec();
            for _ in 0..6 {
                bytes.extend(numbers[pick(numbers.len())].to_le_bytes());
            }
            bytes.extend(&b"abcdefgh"[..pick(9)]);
            bytes.extend(Sha1::digest(&bytes));
            let Some(journal) = Journal::decode(&bytes) else { continue };
            whole += 1;
            let _ = journal.old();
            for length in numbers {
                let count = journal.bytes_to_look_at(length).unwrap_or(0);
                journal.state(journal.inode, length, &vec![b'a'; count]);
            }
        }
        assert!(whole > 100, "{whole}");
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
