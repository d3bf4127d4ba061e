//! Reads a file into memory, up to a limit. The limit keeps a very large file from filling the memory.

use std::io::{self, Read};

/// Reads to the end. Returns an error of the kind `FileTooLarge` for more than `limit` bytes.
pub(super) fn to_end(reader: &mut dyn Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}
