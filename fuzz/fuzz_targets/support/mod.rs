//! What several targets need. Nothing of it asks the code under test.
#![allow(dead_code, reason = "each target uses a part")]

pub mod cost;
pub mod grammar;

/// A password, and what follows the first NUL, which no password can hold.
pub fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (b"", data),
    }
}
