//! A stronger hash for a user who has just logged in, because only then the server knows the password.
//!
//! A server calls [`Authenticator::rehash`] after a verdict with `needs_rehash`. The call must never replace a hash that
//! does not match the password, because the user could not log in again.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Authenticator, Credentials, RehashError};
use crate::hash::{Params, PasswordHash, Scheme};
use crate::password::Password;
use crate::store::FileStore;
use crate::username::Username;

impl Authenticator {
    /// Replaces the stored hash of a user by a hash with these parameters, if the stored hash is weaker and matches the
    /// password. Returns true if the file was changed. Call it when a verdict says `needs_rehash`.
    ///
    /// The call blocks: it reads the file, waits for its lock and computes two hashes. Async code must call it on a
    /// thread that may block, for example in `tokio::task::spawn_blocking`. At most one call works at a time, so that
    /// logins have the other cores; further calls return false at once, and the next login of the user tries again.
    ///
    /// The hash stays if the old or the new scheme [reads only a part](Scheme::password_limit) of the password: the
    /// part that the old scheme does not read may be wrong, and the new hash would then lock the user out. The hash
    /// also stays if another program has changed or deleted the user meanwhile. After a change, the users are reloaded.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    /// use htpasswd::{Authenticator, Cost, Credentials, FileStore, Params};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let store = FileStore::new(directory.path().join("users"));
    /// std::fs::write(store.path(), "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let wanted = Params::Bcrypt(Cost::new(5)?);
    /// let users = WatchedUsers::open(store.path())?;
    /// let authenticator = Authenticator::builder(users).rehash_below(wanted).start()?;
    ///
    /// let credentials = Credentials::new("alice", "abc123")?;
    /// assert!(authenticator.authenticate_blocking(&credentials, None).is_accepted());
    /// assert!(authenticator.rehash(&store, &credentials, &wanted)?);
    /// assert!(std::fs::read_to_string(store.path())?.starts_with("alice:$2y$05$"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RehashError`] if users could not log in with the parameters, if no hash can be created, or if the file cannot
    /// be read or written. The file then has its old content, with the exception that [`StoreError`](crate::store::StoreError) describes.
    #[doc(alias = "upgrade")]
    pub fn rehash(
        &self,
        store: &FileStore,
        credentials: &Credentials,
        wanted: &Params,
    ) -> Result<bool, RehashError> {
        let (user, password, users) = (credentials.user(), credentials.password(), self.users().current());
        if *wanted == Params::Plain {
            return Err(RehashError::PlainText);
        }
        let limits = users.limits();
        limits.check_params(wanted)?;
        let is_worse = |old: &PasswordHash| old.needs_rehash(wanted) && is_read_whole(old.scheme(), password);
        if !is_read_whole(wanted.scheme(), password) || !users.get(user).is_some_and(|old| is_worse(&old)) {
            return Ok(false);
        }
        let Ok(name) = Username::new(user) else { return Ok(false) };
        let Some(_turn) = Turn::take(&self.shared.is_rehashing) else { return Ok(false) };
        let hash = PasswordHash::create(password, wanted)?;
        let is_replaced = store.update(|document| {
            let old = document.get(user).and_then(|record| PasswordHash::parse(record.hash).ok());
            let old = old.filter(|old| is_worse(old) && limits.check(old).is_ok());
            let is_right = old.is_some_and(|old| old.verify(password));
            if is_right {
                document.set(&name, &hash);
            }
            is_right
        })?;
        if is_replaced {
            // The file has been written. If it cannot be read again, the next check of the file reports the error.
            let _ = self.users().reload();
        }
        Ok(is_replaced)
    }
}

/// Returns true if the scheme reads all of the password.
fn is_read_whole(scheme: Scheme, password: &Password) -> bool {
    scheme.password_limit().is_none_or(|limit| password.as_bytes().len() <= limit)
}

/// The permission to compute a hash, which ends when this value is dropped.
struct Turn<'a>(&'a AtomicBool);

impl<'a> Turn<'a> {
    fn take(is_taken: &'a AtomicBool) -> Option<Self> {
        (!is_taken.swap(true, Ordering::Acquire)).then(|| Self(is_taken))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_one_rehash_runs_at_a_time() {
        let is_taken = AtomicBool::new(false);
        let turn = Turn::take(&is_taken);
        assert!(turn.is_some() && Turn::take(&is_taken).is_none());
        drop(turn);
        assert!(Turn::take(&is_taken).is_some());
        assert!(Turn::take(&is_taken).is_some(), "the turn ended with its call");
    }
}
