//! The bytes of words, paths and answers.
//!
//! The other direction needs nothing of a system: `OsStr::as_encoded_bytes` has the bytes on Unix.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;

/// The word or path with these bytes.
pub(crate) fn word_from_bytes(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// Returns true: a word may have any bytes.
pub(crate) fn is_valid_word(_: &OsStr) -> bool {
    true
}

/// The reason why this system does not have the option with this name: it has all options.
pub(crate) fn unavailable(_: &str) -> Option<&'static str> {
    None
}

/// Removes what a shell of this system adds to an answer in a pipe: nothing.
pub(crate) fn trim_answer(_: &mut Vec<u8>, _: bool) {}
