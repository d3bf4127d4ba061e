//! The lines of a file that passes through a buffer, so that a long file takes little memory.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memrchr;

use super::line::Line;
use super::lines::Lines;

/// How much of a file is looked at at a time. Fits the second-level cache.
const PIECE: usize = 256 * 1024;

/// Shows each line of what is read, without keeping it, until `look` has seen enough. Says how many bytes
/// there were, if it saw all of them. A line longer than `limit` bytes, its newline not
/// counted, is an error of the kind `FileTooLarge`, unless it fits into the first buffer.
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
        // What follows the last line end is the beginning of a line, unless the file ends with it.
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
            // A line that does not fit is an error, not the end of the program.
            let size = filled.saturating_mul(2).min(limit.saturating_add(1));
            piece.try_reserve_exact(size - filled)?;
            piece.resize(size, 0);
        }
    }
}
