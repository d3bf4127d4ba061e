//! The bytes of words and paths.
//!
//! The other direction needs nothing of a system: `OsStr::as_encoded_bytes` has the bytes on Unix.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The word or path with these bytes.
pub(crate) fn word_from_bytes(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}
