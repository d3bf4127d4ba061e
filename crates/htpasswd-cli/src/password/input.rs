//! Reads a password or a user list, and stops when a signal arrives.
//!
//! [`read`] returns an [`Answer`] from input that rpassword does not edit: `-i`, files, descriptors, and answers that a
//! script writes. This module must never leave a copy of the input in memory, and must never read more than the answer
//! from the input of a script.

use std::fs::File;
use std::io;

use zeroize::Zeroizing;

use crate::os::{self, Signals};

/// The size of one read, in bytes, if the whole input is the answer.
const CHUNK: usize = 8192;

/// The end of an answer.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Until {
    LineEnd,
    End,
}

/// One answer. If a newline ended the answer, it is not included.
pub(crate) struct Answer {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// True if the input ended without any byte.
    pub(crate) is_missing: bool,
}

/// Reads to the end of the line or of the input, but not much more than `limit` bytes. If a signal interrupts the
/// reading, `so_far` keeps the bytes, and the next call continues after them.
pub(super) fn read(
    input: &File,
    signals: &Signals,
    until: Until,
    limit: usize,
    so_far: &mut Zeroizing<Vec<u8>>,
) -> io::Result<Answer> {
    // In a script, the bytes after the answer belong to the next program.
    let mut chunk = Zeroizing::new(vec![0; if until == Until::End { CHUNK } else { 1 }]);
    // A newline of two bytes may follow the longest password.
    while so_far.len() <= limit + 2 {
        match os::read(input, signals, &mut chunk) {
            Ok(0) => {
                let bytes = std::mem::take(so_far);
                return Ok(Answer { is_missing: bytes.is_empty(), bytes });
            }
            Ok(1) if until == Until::LineEnd && chunk[0] == b'\n' => break,
            // The buffer is never grown in place, because that would leave a copy in memory.
            Ok(length) => *so_far = Zeroizing::new([&so_far[..], &chunk[..length]].concat()),
            Err(error) => return Err(error),
        }
    }
    Ok(Answer { bytes: std::mem::take(so_far), is_missing: false })
}
