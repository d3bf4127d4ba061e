//! Reads the lines of a file through a buffer, so that a long file needs little memory.
//!
//! The buffer has 256 KiB and grows only for a longer line. The buffer must never grow beyond the limit of the caller.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memrchr;

use super::line::Line;
use super::lines::Lines;

/// The initial size of the buffer in bytes. It fits into the second-level cache of most processors.
const PIECE: usize = 256 * 1024;

/// Calls `look` with each line until it returns `Break`. Returns the number of bytes up to the end of the last such
/// line, which is the length of the file if there was no `Break`.
///
/// # Errors
/// The error of the reader. `FileTooLarge` for a line of more than `limit` bytes without its newline, unless the line
/// fits into the initial buffer.
pub(crate) fn scan(
    reader: &mut dyn Read,
    limit: usize,
    mut look: impl FnMut(&Line<'_>) -> ControlFlow<()>,
) -> io::Result<usize> {
    let mut piece = vec![0; PIECE];
    let (mut filled, mut base, mut number) = (0, 0, 0);
    loop {
        let count = match reader.read(&mut piece[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        let known = filled;
        filled += count;
        // The bytes after the last newline are the beginning of a line. At the end of the file, these bytes are a whole
        // line.
        let whole = match memrchr(b'\n', &piece[known..filled]) {
            _ if count == 0 => filled,
            Some(end) => known + end + 1,
            None => 0,
        };
        let mut lines = Lines::of_piece(&piece[..whole], base, number);
        for line in &mut lines {
            if look(&line).is_break() {
                return Ok(line.end());
            }
        }
        number = lines.number;
        base += whole;
        if count == 0 {
            return Ok(base);
        }
        piece.copy_within(whole..filled, 0);
        filled -= whole;
        if filled == piece.len() {
            if filled > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            // If there is not enough memory for the line, the call fails, and the program continues.
            let size = filled.saturating_mul(2).min(limit.saturating_add(1));
            piece.try_reserve_exact(size - filled)?;
            piece.resize(size, 0);
        }
    }
}
