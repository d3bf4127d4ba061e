//! Computes one digest of several parts.
//!
//! The function must never move a hasher that has read data, because a move leaves a copy of its buffer, with bytes of
//! the password, on the stack.

use md5::Digest;
use md5::digest::{FixedOutputReset, Output};

/// Returns the digest of the concatenated `parts`. The hasher wipes its state when it is dropped.
pub(crate) fn of<'p, D: Digest + FixedOutputReset>(parts: impl IntoIterator<Item = &'p [u8]>) -> Output<D> {
    let mut hasher = D::new();
    for part in parts {
        Digest::update(&mut hasher, part);
    }
    hasher.finalize_reset()
}
