//! The same operations as in `linux`, for the other Unix systems. None of them needs unsafe code, so some do less.

use std::fs::File;
use std::io;
use std::path::Path;

use super::files::open_in;

/// Does nothing: these systems have no such call.
pub(super) fn forbid_dumps() {}

/// Duplicates the descriptor with this number. An open(2) in /dev/fd does this on these systems.
pub(crate) fn open_descriptor(number: i32) -> io::Result<File> {
    open_in("/dev/fd", number)
}

/// Returns false: Docker and Kubernetes mount secrets only on Linux.
pub(crate) fn is_on_tmpfs(_: &File) -> bool {
    false
}

/// Returns false: no safe function reads the access control lists of these systems.
pub(crate) fn has_acl(_: &Path) -> bool {
    false
}
