//! One digest of several parts, in place: a hasher that is moved leaves a copy of its buffer behind on the stack, with
//! bytes of the password in it.

use md5::Digest;
use md5::digest::{FixedOutputReset, Output};

/// The hasher wipes itself when it goes.
pub(super) fn of<'p, D: Digest + FixedOutputReset>(parts: impl IntoIterator<Item = &'p [u8]>) -> Output<D> {
    let mut hasher = D::new();
    for part in parts {
        Digest::update(&mut hasher, part);
    }
    hasher.finalize_reset()
}
