//! Code shared by several fuzz targets. It must not call the code under test.
#![allow(dead_code, reason = "each target uses a part")]

pub mod cost;
pub mod grammar;

/// Splits the input at the first NUL, which no password can contain, into a password and the rest.
pub fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (b"", data),
    }
}
