//! The journal: the bytes that are about to be written to a file, the bytes they replace, and which file it is.
//!
//! It is one checksummed block that is flushed before the file is touched and never changed afterwards. What happens
//! later is recorded in the journal's own times; see [`Marks`](super::disk::Marks).

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use super::disk::{FileId, Stamp};
use crate::document::Patch;

/// Followed by the version, as are the numbers of all later versions.
const MAGIC: &[u8; 16] = b"htpasswd journal";
const VERSION: u64 = 2;
/// Version 1 has no number and no times: the inode follows directly.
const MAGIC_1: &[u8; 16] = b"htpasswd-journal";
const CHECKSUM_LEN: usize = 20;
/// The smallest page of Linux; larger ones are multiples.
const PAGE: u64 = 4096;
/// Below this many bytes, pwrite(2) takes some 10 µs: then a kill during the write is less likely than an edit by another
/// program within the same tick of the clock, which leaves the same times.
const CUT_MIN: usize = 1 << 16;
/// Magic bytes, 13 numbers and the boot.
const HEAD_LEN: usize = 16 + 13 * 8 + 16;

/// A change of a file: old and new bytes from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal<'a> {
    pub(super) file: FileId,
    /// The file as it was before the write; unknown in version 1.
    pub(super) before: Option<Stamp>,
    pub(super) old_length: u64,
    pub(super) new_length: u64,
    pub(super) offset: u64,
    /// The old bytes that are replaced.
    replaced: Vec<u8>,
    /// The new bytes: `fresh` ones in place of the replaced ones, then the old ones after them, which move. Where the
    /// file shrinks, padded with newlines, which every server ignores, to its old length.
    pub(super) new: Cow<'a, [u8]>,
    fresh: usize,
}

/// What the bytes in a journal's place are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decoded {
    Whole(Journal<'static>),
    /// The beginning of a journal, or nothing. The program ended while it wrote the journal, which is before it touches the
    /// file, or when it had emptied the journal, which is after the change is complete.
    Partial,
    /// A damaged journal, one of a version that this library does not know, or something else.
    Unknown,
}

/// What a file looks like, seen from its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As before the change.
    Unapplied,
    /// As after the change.
    Applied,
    /// As after the change, but the padding is not cut off yet.
    Padded,
    /// A part of the change, or something that looks like it.
    Torn,
    /// Neither: another program changed the file since, or it is another file.
    Unrelated,
}

impl<'a> Journal<'a> {
    /// `before` is the file's stamp, and `replaced` are the bytes that the patch replaces.
    pub(super) fn new(file: FileId, before: Stamp, patch: Patch<'a>, replaced: Vec<u8>) -> Self {
        let (new_length, fresh) = (patch.new_length() as u64, patch.bytes.len() - patch.moved);
        let old_end = replaced.len() + patch.moved;
        let mut new = patch.bytes;
        if new.len() < old_end {
            new.to_mut().resize(old_end, b'\n');
        }
        Self {
            file,
            before: Some(before),
            old_length: patch.old_length as u64,
            new_length,
            offset: patch.offset as u64,
            replaced,
            new,
            fresh,
        }
    }

    /// The old bytes from the offset on: those that are replaced, and those that move.
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

    /// The journal as bytes, in pieces that follow each other.
    pub(super) fn encode(&self) -> [Cow<'_, [u8]>; 4] {
        let mut head = MAGIC.to_vec();
        head.extend(VERSION.to_le_bytes());
        let Stamp { modified, changed, .. } = self.before.unwrap_or_default();
        let times = modified.into_iter().chain(changed).map(i64::cast_unsigned);
        let lengths = [self.replaced.len() as u64, self.fresh as u64];
        let length = HEAD_LEN + self.replaced.len() + self.new.len() + CHECKSUM_LEN;
        let numbers =
            [length as u64, self.file.device, self.file.inode, self.old_length, self.new_length, self.offset];
        for number in numbers.into_iter().chain(lengths).chain(times) {
            head.extend(number.to_le_bytes());
        }
        head.extend(self.file.boot.unwrap_or_default());
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

    pub(super) fn decode(bytes: &[u8]) -> Decoded {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return if MAGIC.starts_with(bytes) { Decoded::Partial } else { Decoded::Unknown };
        };
        match split_numbers::<2>(rest) {
            Some(([VERSION, length], _)) if (bytes.len() as u64) < length => Decoded::Partial,
            Some(([VERSION, _], _)) => Self::decode_2(bytes).map_or(Decoded::Unknown, Decoded::Whole),
            None if VERSION.to_le_bytes().starts_with(&rest[..rest.len().min(8)]) => Decoded::Partial,
            _ => Decoded::Unknown,
        }
    }

    fn decode_2(bytes: &[u8]) -> Option<Journal<'static>> {
        let ([_, _, device, inode, numbers @ ..], rest) = split_numbers::<9>(content(bytes, MAGIC)?)?;
        let (times, rest) = split_numbers::<4>(rest)?;
        let (boot, rest) = rest.split_first_chunk::<16>()?;
        let [modified, modified_nanos, changed, changed_nanos] = times.map(u64::cast_signed);
        let before = Stamp {
            length: numbers[0],
            modified: [modified, modified_nanos],
            changed: [changed, changed_nanos],
        };
        let file = FileId { boot: (*boot != [0; 16]).then_some(*boot), device, inode };
        Self::body(file, Some(before), numbers, rest)
    }

    /// A journal of version 1, which lies under another name; `None` if the bytes are not a whole one.
    pub(super) fn decode_1(bytes: &[u8]) -> Option<Journal<'static>> {
        let ([inode, numbers @ ..], rest) = split_numbers::<6>(content(bytes, MAGIC_1)?)?;
        // Version 1 does not say on which device.
        Self::body(FileId { boot: None, device: 0, inode }, None, numbers, rest)
    }

    fn body(
        file: FileId,
        before: Option<Stamp>,
        [old_length, new_length, offset, replaced, fresh]: [u64; 5],
        rest: &[u8],
    ) -> Option<Journal<'static>> {
        let (replaced, new) = rest.split_at_checked(usize::try_from(replaced).ok()?)?;
        let journal = Journal {
            file,
            before,
            old_length,
            new_length,
            offset,
            replaced: replaced.to_vec(),
            new: new.to_vec().into(),
            fresh: usize::try_from(fresh).ok()?,
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

    /// The state of a file of this length. `now` are its bytes from the offset on, as many as
    /// [`bytes_to_look_at`](Self::bytes_to_look_at) says.
    ///
    /// A write that was cut off leaves each byte the old or the new one, or zero after the end of the shorter file.
    /// A later edit by another program can look the same: whether a torn file is one is for its times to say.
    pub(super) fn state(&self, length: u64, now: &[u8]) -> State {
        let is_old = || {
            let [replaced, moved] = self.old();
            let now = &now[..now.len().min(replaced.len() + moved.len())];
            now.strip_prefix(replaced) == Some(moved)
        };
        if self.bytes_to_look_at(length) != Some(now.len()) {
            State::Unrelated
        } else if length == self.new_length && now == &self.new[..now.len()] {
            State::Applied
        } else if length == self.old_length && is_old() {
            State::Unapplied
        } else if length == self.old_length && now == &*self.new {
            State::Padded
        } else if (0..now.len()).all(|at| self.is_old_or_new(now, at)) {
            State::Torn
        } else {
            State::Unrelated
        }
    }

    fn is_old_or_new(&self, now: &[u8], at: usize) -> bool {
        let shorter = self.old_length.min(self.new_length) - self.offset;
        [self.old_byte(at), self.new.get(at)].contains(&Some(&now[at]))
            || (now[at] == 0 && at as u64 >= shorter)
    }

    /// Whether a kill in the middle of one large pwrite(2) leaves this: new pages, then old ones. The kernel stops at the
    /// end of a page. A file that was growing and now ends with a newline counts as one that somebody has shortened.
    pub(super) fn is_cut_between_pages(&self, length: u64, now: &[u8]) -> bool {
        let new = now.iter().zip(&*self.new).take_while(|(now, new)| now == new).count();
        let old = (0..now.len()).rev().take_while(|at| self.old_byte(*at) == now.get(*at)).count();
        // Bytes that are old and new at once may be on either side of the cut.
        let since_page = (self.offset + new as u64) % PAGE;
        let cut = (new as u64).saturating_sub(since_page);
        let looks_shortened = length > self.old_length && now.last() == Some(&b'\n');
        self.new.len() > CUT_MIN && cut > 0 && (now.len() - old) as u64 <= cut && !looks_shortened
    }
}

/// What stands between the magic bytes and a right checksum.
fn content<'b>(bytes: &'b [u8], magic: &[u8]) -> Option<&'b [u8]> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_LEN)?)?;
    (Sha1::digest(content).as_slice() == checksum).then_some(content)?.strip_prefix(magic)
}

fn split_numbers<const N: usize>(bytes: &[u8]) -> Option<([u64; N], &[u8])> {
    let (numbers, rest) = bytes.split_at_checked(N * 8)?;
    let (numbers, _) = numbers.as_chunks::<8>();
    Some((std::array::from_fn(|index| u64::from_le_bytes(numbers[index])), rest))
}

#[cfg(test)]
mod tests;
