//! What has to be written after an edit, and where.

use std::borrow::Cow;
use std::ops::Range;

/// Replace the bytes in `range` by `text`.
pub(crate) struct Splice<'a> {
    pub(crate) range: Range<usize>,
    pub(crate) text: Cow<'a, [u8]>,
}

/// The bytes of a file that have to be written after an edit.
#[derive(Debug, Clone)]
pub(crate) struct Patch<'a> {
    pub(crate) offset: usize,
    /// How many bytes give way.
    pub(crate) replaced: usize,
    /// What is to stand from the offset on: new bytes, then `moved` ones that follow those replaced.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// None if the length stays: then all that follows is where it was.
    pub(crate) moved: usize,
    /// The length of the whole file.
    pub(crate) old_length: usize,
}

/// Appends what splices make of bytes that stand at `offset` in their file.
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
