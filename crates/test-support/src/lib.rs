//! Shared code of the black-box tests of the `htpasswd` command.
//!
//! The tests run this project's program. If `HTPASSWD_UNDER_TEST` names Apache's tool, they run that tool instead, and
//! [`original`] returns true. Each test changes only files in its own [`Sandbox`], so that tests can run in parallel.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a panic in this crate fails the test, as it should"
)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::return_self_not_must_use,
    reason = "no program outside of this workspace uses this crate"
)]

mod call;
pub mod check;
pub mod clients;
pub mod companions;
pub mod images;
pub mod import;
pub mod mounted;
pub mod random;
pub mod registry;
mod sandbox;
pub mod schema;
pub mod servers;
pub mod strace;
mod terminal;
mod tools;
pub mod users;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

pub use call::{Call, Exit, Run};
pub use sandbox::Sandbox;
pub use terminal::Terminal;
pub use tools::{has_tool, is_root, original, program, skipped};

/// Hashes of the password `secret`, one of each scheme.
pub const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
pub const APR1: &str = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
pub const MD5_CRYPT: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";
pub const DES: &str = "abNANd1rDfiNc";
pub const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
pub const SHA256_CRYPT: &str = "$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/";
pub const SHA512_CRYPT: &str = "$6$saltsaltsaltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1";

/// Two users, both with the password `secret`.
pub const TWO_USERS: &str =
    "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\ncarol:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n";

/// The warning that Apache's tool prints for each `-p`.
pub const PLAIN_WARNING: &str =
    "Warning: storing passwords as plain text might just not work on this platform.\n";

/// Converts bytes into an argument of a program.
pub fn bytes(raw: &[u8]) -> OsString {
    OsStr::from_bytes(raw).to_owned()
}

/// The hash field of the first record of `user`.
#[track_caller]
pub fn hash_of(file: &str, user: &str) -> String {
    let prefix = format!("{user}:");
    let record = file.lines().find_map(|line| line.strip_prefix(&prefix));
    record.unwrap_or_else(|| panic!("no record of {user} in {file:?}")).to_owned()
}

/// Returns true if `text` consists of `count` characters of the alphabet of crypt(3) hashes.
pub fn is_crypt_text(text: &str, count: usize) -> bool {
    text.len() == count
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}
