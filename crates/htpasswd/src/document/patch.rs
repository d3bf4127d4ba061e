//! Patches and splices: the bytes that an edit writes, and their places in the file.
//!
//! A splice is one replaced range. A patch is one contiguous write that contains all splices, because the store writes
//! with one pwrite(2). This module must never change the order of splices.

use std::borrow::Cow;
use std::ops::Range;

/// The replacement of the bytes in `range` by `text`.
pub(crate) struct Splice<'a> {
    pub(crate) range: Range<usize>,
    pub(crate) text: Cow<'a, [u8]>,
}

/// The bytes that make the old file the new one.
///
/// Example: in `bob:x⏎carol:y⏎`, the hash of bob becomes `long`. The offset is 4, one byte is replaced, the bytes are
/// `long⏎carol:y⏎`, and nine of them only move.
#[derive(Debug, Clone)]
pub(crate) struct Patch<'a> {
    pub(crate) offset: usize,
    /// The number of old bytes that are replaced.
    pub(crate) replaced: usize,
    /// The bytes from the offset on: the new bytes, then the old bytes that only move.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// The number of old bytes that only move. It is 0 if the length of the file stays, because the bytes after the
    /// change then keep their place.
    pub(crate) moved: usize,
    /// The length of the whole old file.
    pub(crate) old_length: usize,
}

/// Applies splices to `bytes`, which start at `offset` in their file, and appends the result to `into`. The splices are
/// in order and do not overlap.
pub(crate) fn splice(bytes: &[u8], offset: usize, splices: &[Splice<'_>], into: &mut Vec<u8>) {
    let mut copied = 0;
    for Splice { range, text } in splices {
        into.extend_from_slice(&bytes[copied..range.start - offset]);
        into.extend_from_slice(text);
        copied = range.end - offset;
    }
    into.extend_from_slice(&bytes[copied..]);
}

impl Patch<'_> {
    pub(crate) fn new_length(&self) -> usize {
        self.old_length - self.replaced + (self.bytes.len() - self.moved)
    }
}
