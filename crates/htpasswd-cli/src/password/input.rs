//! Reads a secret, or the keys of one, and stops when a signal comes.
//!
//! [`read`] makes an [`Answer`] of input that rpassword does not edit: `-i`, files, descriptors, answers in a script.
//! [`Keys`] gives rpassword what is typed at a prompt. This module must never leave a copy of what it reads in memory,
//! and never read more than the answer from a script's input.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use zeroize::Zeroizing;

use super::signals::Signals;

/// How much is read at once if all of the input is the answer.
const CHUNK: usize = 8192;

/// How much of the input makes an answer.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Until {
    LineEnd,
    End,
}

/// One answer, without the newline if that ended it.
pub(crate) struct Answer {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// The input ended without any byte.
    pub(crate) nothing: bool,
}

/// Reads to the end of the line or of the input, but not much more than `limit` bytes. If a signal interrupts the
/// reading, `so_far` keeps what was read, and the next call goes on from there.
pub(super) fn read(
    mut input: &File,
    signals: &Signals,
    until: Until,
    limit: usize,
    so_far: &mut Zeroizing<Vec<u8>>,
) -> io::Result<Answer> {
    // In a script, the bytes after the answer belong to the next program.
    let mut chunk = Zeroizing::new(vec![0; if until == Until::End { CHUNK } else { 1 }]);
    // A password may have one newline (two bytes) more than the limit.
    while so_far.len() <= limit + 2 {
        signals.wait(input)?;
        match input.read(&mut chunk) {
            Ok(0) => {
                let bytes = std::mem::take(so_far);
                return Ok(Answer { nothing: bytes.is_empty(), bytes });
            }
            Ok(1) if until == Until::LineEnd && chunk[0] == b'\n' => break,
            // The buffer is never grown in place: that would leave a copy in memory.
            Ok(length) => *so_far = Zeroizing::new([&so_far[..], &chunk[..length]].concat()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Answer { bytes: std::mem::take(so_far), nothing: false })
}

/// The keys of one answer. Enter ends them, even in a character that is not complete.
pub(super) struct Keys {
    pub(super) terminal: File,
    pub(super) signals: Rc<Signals>,
    /// Enter was read.
    pub(super) is_entered: Rc<Cell<bool>>,
}

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_entered.get() {
            return Ok(0);
        }
        self.signals.wait(&self.terminal)?;
        // One byte at a time: nothing after Enter is read.
        let length = self.terminal.read(buffer.get_mut(..1).unwrap_or_default())?;
        self.is_entered.set(matches!(buffer[..length], [b'\n' | b'\r']));
        Ok(length)
    }
}
