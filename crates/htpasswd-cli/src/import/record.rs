//! A record of a list before it is judged: what the three formats give to their caller.

use htpasswd::{Password, PasswordHash};

use super::error::RowError;

/// The names of the column or member with the user.
pub(super) const USER: [&str; 2] = ["user", "username"];

/// A user and the second field, as bytes of the list.
pub(super) type Pair<'a> = (&'a [u8], &'a [u8]);

/// Gets each record with the number of the line where it starts.
pub(super) trait Sink: FnMut(usize, Result<Pair<'_>, RowError>) {}
impl<F: FnMut(usize, Result<Pair<'_>, RowError>)> Sink for F {}

/// The second field, once it is parsed.
pub(crate) trait Secret: Sized {
    /// The name of its column or member.
    const NAME: &'static str;
    /// A list of lines is a password file, with its comments and further fields.
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
