//! The users of a password file, one by one.
//!
//! A tool that lists or exports users iterates over [`Users`]; a server looks up single users by name instead.

use super::Users;
use crate::document::{Content, Lines};
use crate::hash::PasswordHash;

/// An iterator over the users who can log in, with their hashes, in file order.
///
/// ```
/// use htpasswd::hash::Scheme;
/// use htpasswd::Users;
///
/// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\nbob:*\n");
/// for (user, hash) in &users {
///     assert_eq!((user, hash.scheme()), (&b"alice"[..], Scheme::Sha1));
/// }
/// assert_eq!(users.iter().count(), 1); // bob is locked
/// ```
#[derive(Debug, Clone)]
pub struct UserIter<'a> {
    users: &'a Users,
    lines: Lines<'a>,
}

impl Users {
    /// Returns an iterator over the users who can log in, with their hashes, in file order.
    #[must_use]
    pub fn iter(&self) -> UserIter<'_> {
        UserIter { users: self, lines: self.document().lines() }
    }
}

impl<'a> Iterator for UserIter<'a> {
    type Item = (&'a [u8], PasswordHash);

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.by_ref().find_map(|line| {
            let Content::Record(record) = line.content() else { return None };
            let first = self.users.table.get(&self.users.document, record.user)?;
            // Only the first record of a user counts.
            if !std::ptr::eq(first.user, record.user) {
                return None;
            }
            Some((record.user, self.users.find(record.user).ok()?))
        })
    }
}

impl<'a> IntoIterator for &'a Users {
    type Item = (&'a [u8], PasswordHash);
    type IntoIter = UserIter<'a>;

    fn into_iter(self) -> UserIter<'a> {
        self.iter()
    }
}
