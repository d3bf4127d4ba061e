//! The record that the parsers of the three formats pass to their caller, who validates it.

use htpasswd::{Password, PasswordHash};

use super::error::RowError;

/// The possible names of the column or member with the user.
pub(super) const USER: [&str; 2] = ["user", "username"];

/// The names of columns or members with a secret. A list that has names only must have none of them.
pub(super) const SECRETS: [&str; 2] = ["password", "hash"];

/// The user and the second field of a record, as bytes of the user list.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// A function that receives each record with the number of its first line.
pub(super) trait Sink: FnMut(usize, Result<Pair<'_>, RowError>) {}
impl<F: FnMut(usize, Result<Pair<'_>, RowError>)> Sink for F {}

/// The type of the second field after parsing: a password, a hash, or `()` for a list that has names only.
pub(crate) trait Secret: Sized {
    /// The name of its column or member; `None` if the list has names only.
    const NAME: Option<&'static str>;
    /// True if a list of lines is a password file, which may have comments and further fields.
    const IN_PASSWORD_FILE: bool;
}

impl Secret for Password {
    const NAME: Option<&'static str> = Some("password");
    const IN_PASSWORD_FILE: bool = false;
}

impl Secret for PasswordHash {
    const NAME: Option<&'static str> = Some("hash");
    const IN_PASSWORD_FILE: bool = true;
}

impl Secret for () {
    const NAME: Option<&'static str> = None;
    const IN_PASSWORD_FILE: bool = false;
}
