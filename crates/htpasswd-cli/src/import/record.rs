//! The record that the parsers of the three formats pass to their caller, who validates it.

use htpasswd::{Password, PasswordHash};

use super::error::RowError;

/// The possible names of the column or member with the user.
pub(super) const USER: [&str; 2] = ["user", "username"];

/// The user and the second field of a record, as bytes of the user list.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// A function that receives each record with the number of its first line.
pub(super) trait Sink: FnMut(usize, Result<Pair<'_>, RowError>) {}
impl<F: FnMut(usize, Result<Pair<'_>, RowError>)> Sink for F {}

/// The type of the second field after parsing: a password or a hash.
pub(crate) trait Secret: Sized {
    /// The name of its column or member.
    const NAME: &'static str;
    /// True if a list of lines is a password file, which may have comments and further fields.
    const IN_PASSWORD_FILE: bool;
}

impl Secret for Password {
    const NAME: &'static str = "password";
    const IN_PASSWORD_FILE: bool = false;
}

impl Secret for PasswordHash {
    const NAME: &'static str = "hash";
    const IN_PASSWORD_FILE: bool = true;
}
