//! The content of a journal: the old bytes, the new bytes, and the identity of the file.
//!
//! Example: the file is `bob:x⏎carol:y⏎`, and a write removes bob. The journal has the offset 0, the replaced bytes
//! `bob:x⏎`, and the new bytes `carol:y⏎⏎⏎⏎⏎⏎⏎`. In the new bytes, `carol:y⏎` only moves, and six newlines pad the file
//! to its old length. The old content is the replaced bytes and the moved ones. The new content is the new bytes, cut
//! to the new length.
//!
//! The writer flushes the journal before it changes the file. After that, the writer never changes the content of the
//! journal; it records its progress in the times of the journal, see [`Marks`](super::disk::Marks). This module only
//! encodes, decodes and compares bytes. It must never access the disk.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use super::disk::{FileId, Stamp};
use crate::document::Patch;

/// The first bytes of a journal. The version follows them, also in all later versions.
const MAGIC: &[u8; 16] = b"htpasswd journal";
const VERSION: u64 = 2;
/// The first bytes of a journal of version 1. The inode follows them; there is no version and no time.
const MAGIC_1: &[u8; 16] = b"htpasswd-journal";
const CHECKSUM_LEN: usize = 20;
/// The smallest page size of Linux, in bytes. All other page sizes are multiples of it.
const PAGE: u64 = 4096;
/// Only a write of more than this many bytes (64 KiB) counts as killed during pwrite(2). A shorter pwrite(2) takes some
/// 10 µs. A kill during it is less likely than an edit by another program within the same clock tick, and the file has
/// the same times in both cases.
const CUT_MIN: usize = 1 << 16;
/// The length of the head in bytes: the magic bytes, 13 numbers and the boot.
const HEAD_LEN: usize = 16 + 13 * 8 + 16;

/// A change of a file: the old and the new bytes from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal<'a> {
    pub(super) file: FileId,
    /// The length and the times of the file before the write; `None` in version 1.
    pub(super) before: Option<Stamp>,
    pub(super) old_length: u64,
    pub(super) new_length: u64,
    pub(super) offset: u64,
    /// The old bytes that are replaced.
    replaced: Vec<u8>,
    /// The new bytes from the offset on: the `fresh` bytes, then the old bytes that only move. If the file shrinks,
    /// newlines after the new bytes pad the file to its old length; every server ignores the blank lines.
    pub(super) new: Cow<'a, [u8]>,
    /// The number of new bytes that take the place of the replaced ones.
    fresh: usize,
}

/// The result of decoding the bytes of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A complete journal with a correct checksum.
    Whole(Journal<'static>),
    /// The beginning of a journal, or no bytes. Either the write was interrupted before it changed the file, or the
    /// write was complete and had emptied the journal.
    Partial,
    /// A damaged journal, a journal of a version that this library does not know, or other content.
    Unknown,
}

/// The state of a file, compared with its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The file has its old content.
    Unapplied,
    /// The file has its new content.
    Applied,
    /// The file has its new content, followed by the padding.
    Padded,
    /// Each byte of the file is an old or a new one. The write was interrupted, or a later edit left such bytes.
    Torn,
    /// The file has other bytes or an impossible length. Another program has changed the file, or the journal belongs
    /// to another file.
    Unrelated,
}

impl<'a> Journal<'a> {
    /// Returns the journal of a patch. `before` is the stamp of the file, and `replaced` are the bytes that the patch
    /// replaces.
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

    /// The old bytes from the offset on, in two parts: the replaced bytes and the bytes that only move.
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

    /// The bytes of the journal, in successive pieces: head, replaced bytes, new bytes, checksum.
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

    /// Decodes a journal of version 1, which has the old name. Returns `None` if the bytes are not a complete journal.
    pub(super) fn decode_1(bytes: &[u8]) -> Option<Journal<'static>> {
        let ([inode, numbers @ ..], rest) = split_numbers::<6>(content(bytes, MAGIC_1)?)?;
        // A journal of version 1 contains no device.
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

    /// Returns true if the numbers and the bytes describe one possible change.
    fn fits_together(&self) -> bool {
        let (replaced, fresh, new) = (self.replaced.len(), self.fresh, self.new.len());
        if new < replaced.max(fresh) {
            return false;
        }
        let end = |count: usize| self.offset.checked_add((count + self.moved()) as u64);
        let ends = |at: Option<u64>, length: u64| {
            // If the length stays, the journal does not contain the bytes after the change.
            if self.old_length == self.new_length { at <= Some(length) } else { at == Some(length) }
        };
        let grows_right =
            self.old_length.checked_add(fresh as u64) == self.new_length.checked_add(replaced as u64);
        grows_right
            && end(fresh).is_some()
            && ends(end(replaced), self.old_length)
            && ends(end(fresh), self.new_length)
    }

    /// The number of bytes from the offset on that [`state`](Self::state) needs for a file of this length. `None` if no
    /// write of this journal leaves a file of this length.
    pub(super) fn bytes_to_look_at(&self, length: u64) -> Option<usize> {
        // An interrupted write can leave any length between the old and the new one.
        let (least, most) = (self.old_length.min(self.new_length), self.old_length.max(self.new_length));
        let possible = (least..=most).contains(&length);
        let there = usize::try_from(length.checked_sub(self.offset)?).ok()?;
        possible.then_some(there.min(self.new.len()))
    }

    /// Returns the state of a file of this length. `now` are the bytes of the file from the offset on;
    /// [`bytes_to_look_at`](Self::bytes_to_look_at) returns their number.
    ///
    /// Example: `aabbcc` becomes `abcc`. With the offset 1, the old bytes are `abbcc` and the new ones `bcc⏎⏎`. A file
    /// of 6 bytes with `abbcc` is unapplied, with `bcc⏎⏎` padded, with `bbbcc` torn and with `abbcX` unrelated. A file
    /// of 4 bytes with `bcc` is applied.
    ///
    /// An interrupted write leaves each byte old or new, or zero after the end of the shorter content. A later edit by
    /// another program can leave such bytes too. Only the times of the file can distinguish an interrupted write from
    /// such an edit.
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

    /// Returns true if the bytes can be the result of a kill during one large pwrite(2): whole new pages, then old
    /// bytes. The kernel stops only at the end of a page.
    ///
    /// There is one exception: a file that is longer than before the write and ends with a newline. The result is
    /// false, because another program may have cut off its last lines.
    pub(super) fn is_cut_between_pages(&self, length: u64, now: &[u8]) -> bool {
        let new = now.iter().zip(&*self.new).take_while(|(now, new)| now == new).count();
        let old = (0..now.len()).rev().take_while(|at| self.old_byte(*at) == now.get(*at)).count();
        // Bytes that are the same in the old and the new content can be on either side of the cut.
        let since_page = (self.offset + new as u64) % PAGE;
        let cut = (new as u64).saturating_sub(since_page);
        let looks_shortened = length > self.old_length && now.last() == Some(&b'\n');
        self.new.len() > CUT_MIN && cut > 0 && (now.len() - old) as u64 <= cut && !looks_shortened
    }
}

/// The bytes between the magic bytes and the checksum; `None` if either is wrong.
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
