//! [`Authenticator`], the handle with which a server verifies credentials.
//!
//! The handle is cheap to clone and can be used from many threads. The work is done in `verify` and by the threads of
//! `pool`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::shared::{End, Shared};
use super::{Credentials, Verdict, Verification, WatchedUsers, lock};

/// Verifies the credentials of many clients at once, and keeps clients from stalling the server.
///
/// - The authenticator hashes on its own threads, by default one per core. It computes several waiting jobs
///   of a slow scheme [at once](crypt_lanes), so a core verifies two to three times as many logins with bcrypt, and more
///   with MD5-crypt.
/// - The queue is limited in length and time; jobs beyond the limits get [`Verdict::Overloaded`]. Peers take turns.
/// - Equal requests at the same time share one verification (single-flight).
/// - With a [cache](crate::auth::AuthenticatorBuilder::cache), credentials that were right within its lifetime are not
///   hashed again. After a user is changed or deleted, the user's entries are not used any more.
/// - Unknown users are verified against a dummy hash, which is always the same for one name. Schemes and costs of dummy
///   hashes are as common as in the file, so unknown users take as long as known ones.
/// - With [rate limits](crate::auth::AuthenticatorBuilder::failure_limits), clients that guess passwords have to wait.
/// - One thread reloads the file when it changes, as often as [`WatchedUsers`] allows. Requests continue while the file
///   is read.
///
/// A clone is another handle on the same authenticator, and so is a pending [`Verification`]. When the last handle is
/// dropped, no client waits any more, and the threads end without an event.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::{Authenticator, Credentials, Users, Verdict};
///
/// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
/// let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 1_000).start()?;
///
/// let credentials = Credentials::from_headers(["Basic YWxpY2U6cGFzc3dvcmQ="])?; // alice:password
/// assert_eq!(authenticator.authenticate_blocking(&credentials, None), Verdict::Rejected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "basic auth")]
#[doc(alias = "login")]
#[doc(alias = "middleware")]
#[derive(Clone)]
pub struct Authenticator {
    pub(super) shared: Arc<Shared>,
    /// Ends the threads, which also hold `shared`, when the last handle is dropped.
    pub(super) end: Arc<End>,
}

impl Authenticator {
    /// Verifies credentials, and blocks the calling thread until the verdict is known. Async code calls
    /// [`authenticate`](Self::authenticate).
    ///
    /// `peer` is the address of the client; see [`FailureLimits`](crate::auth::FailureLimits).
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Users};
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let authenticator = Authenticator::builder(users).start()?;
    /// for (user, password, is_right) in
    ///     [("alice", "abc123", true), ("alice", "abc124", false), ("mallory", "abc123", false)]
    /// {
    ///     let credentials = Credentials::new(user, password)?;
    ///     assert_eq!(authenticator.authenticate_blocking(&credentials, None).is_accepted(), is_right);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "check_password")]
    #[doc(alias = "login")]
    #[doc(alias = "verify")]
    #[must_use]
    pub fn authenticate_blocking(&self, credentials: &Credentials, peer: Option<IpAddr>) -> Verdict {
        self.authenticate(credentials, peer).wait()
    }

    /// Starts to verify credentials and returns a future of the verdict, for async servers. The call never hashes.
    ///
    /// `peer` is the address of the client; see [`FailureLimits`](crate::auth::FailureLimits).
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Users};
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let authenticator = Authenticator::builder(users).start()?;
    /// let credentials = Credentials::new("alice", "abc123")?;
    /// let log_in = async { authenticator.authenticate(&credentials, None).await.is_accepted() };
    /// # let is_accepted = block_on(log_in);
    /// # fn block_on(future: impl Future<Output = bool>) -> bool {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop {
    /// #         match future.as_mut().poll(&mut context) {
    /// #             std::task::Poll::Ready(value) => return value,
    /// #             std::task::Poll::Pending => std::thread::yield_now(),
    /// #         }
    /// #     }
    /// # }
    /// # assert!(is_accepted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The verdict comes from a thread of the authenticator, so `tokio::time::pause` does not wait for it: tokio sees
    /// an idle runtime and moves its time on.
    #[doc(alias = "check_password")]
    #[doc(alias = "login")]
    #[doc(alias = "verify")]
    pub fn authenticate(&self, credentials: &Credentials, peer: Option<IpAddr>) -> Verification {
        self.shared.authenticate(credentials, peer, &self.end)
    }

    /// The users, for example to reload them on a signal or to log their [issues](crate::Users::issues).
    #[must_use]
    pub fn users(&self) -> &WatchedUsers {
        &self.shared.users
    }

    /// The number of jobs in the queue, for metrics.
    #[must_use]
    pub fn queue_len(&self) -> usize {
        let mut state = lock(&self.shared.state);
        self.shared.drop_abandoned(&mut state);
        state.queue.len()
    }

    /// The number of logins in the cache, with those that have expired and were not replaced, for metrics.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, Credentials, Users};
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 1_000).start()?;
    /// assert!(authenticator.authenticate_blocking(&Credentials::new("alice", "abc123")?, None).is_accepted());
    /// assert_eq!(authenticator.cache_len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cache_len(&self) -> usize {
        lock(&self.shared.cache).len()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator({:?}, queue_len {})", self.shared.users, self.queue_len())
    }
}
