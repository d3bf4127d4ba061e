//! The handle that a server keeps: ask it for a verdict.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::shared::{End, Shared};
use super::{Credentials, Verdict, Verification, WatchedUsers, lock};

/// Tells whether credentials are right, for many clients at once, without letting them stall the server.
///
/// - Hashing happens on threads of its own, one a core unless told otherwise. Jobs of bcrypt that wait are computed
///   [in step](bcrypt_lanes), up to four at a time, which gives a core two to three times as many logins.
/// - Jobs that wait are bounded in number and time; beyond that, the verdict is [`Verdict::Overloaded`]. Peers take
///   turns.
/// - Who asks the same at the same time waits for the same job.
/// - With a [cache](crate::AuthenticatorBuilder::cache), credentials that were right lately cost a look-up. A user who
///   is changed or deleted is not found there any more.
/// - An unknown user is as much work as a known one, of a scheme and cost that are as common among unknown
///   users as in the file, and always the same for one name.
/// - With [limits](crate::AuthenticatorBuilder::failure_limits), who guesses has to wait.
/// - The file is looked at on a thread of its own, as often as [`WatchedUsers`] says, and changes count from then
///   on. Nobody waits for it to be read.
///
/// A clone is another handle to the same. With the last one gone, what waits is answered
/// [`Verdict::Overloaded`], and the threads end.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::{Authenticator, Credentials, Verdict, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("htpasswd.user");
/// # std::fs::write(&path, "alice:$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy\n")?;
/// let users = WatchedUsers::open(&path)?;
/// let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 1_000).start()?;
///
/// let credentials = Credentials::from_header(b"Basic YWxpY2U6cGFzc3dvcmQ=")?; // alice:password
/// assert_eq!(authenticator.authenticate_blocking(credentials, None), Verdict::Rejected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authenticator {
    pub(super) shared: Arc<Shared>,
    /// Ends the threads, which hold `shared`, too.
    pub(super) _end: Arc<End>,
}

impl Authenticator {
    /// Are these credentials right? The calling thread sleeps until that is known.
    ///
    /// `peer` is the address that the request came from; see [`FailureLimits`](crate::FailureLimits).
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// let verdict = |user, password| -> Result<_, htpasswd::PasswordError> {
    ///     Ok(authenticator.authenticate_blocking(Credentials::new(user, Password::new(password)?), None))
    /// };
    /// assert!(matches!(verdict("alice", "abc123")?, Verdict::Accepted { .. }));
    /// assert_eq!(verdict("alice", "abc124")?, Verdict::Rejected);
    /// assert_eq!(verdict("mallory", "abc123")?, Verdict::Rejected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn authenticate_blocking(&self, credentials: Credentials, peer: Option<IpAddr>) -> Verdict {
        self.authenticate(credentials, peer).wait()
    }

    /// [`authenticate_blocking`](Self::authenticate_blocking) for async servers: never blocks for longer than a look-up.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// let credentials = Credentials::new("alice", Password::new("abc123")?);
    /// let verification = authenticator.authenticate(credentials, None); // in async code, `.await` it
    /// assert!(matches!(verification.wait(), Verdict::Accepted { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authenticate(&self, credentials: Credentials, peer: Option<IpAddr>) -> Verification {
        self.shared.authenticate(credentials, peer)
    }

    /// The users, for a server that wants to reload them on a signal, or to show their
    /// [issues](crate::Users::issues).
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\nbob:*\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// for issue in authenticator.users().current().issues() {
    ///     assert_eq!(issue.to_string(), "line 2: the account is locked");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn users(&self) -> &WatchedUsers {
        &self.shared.users
    }

    /// How many jobs wait at the moment, for metrics.
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// assert_eq!(authenticator.waiting(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        let mut state = lock(&self.shared.state);
        self.shared.give_up(&mut state);
        state.queue.len()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator({:?}, {} waiting)", self.shared.users, self.waiting())
    }
}
