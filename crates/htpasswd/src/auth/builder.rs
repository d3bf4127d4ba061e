//! The settings of an authenticator, with their defaults.
//!
//! [`AuthenticatorBuilder`] collects settings; `start` checks them and starts the threads.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::shared::{Hook, Options};
use super::{Authenticator, Event, FailureLimits, WatchedUsers};
use crate::hash::Params;

/// The settings of an [`Authenticator`]. [`start`](Self::start) starts it.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// use htpasswd::{Authenticator, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?)
///     .cache(Duration::from_secs(60), 10_000)
///     .threads(NonZeroUsize::MIN)
///     .queue_limit(100)
///     .start()?;
/// assert_eq!(authenticator.waiting(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing starts before `start`"]
pub struct AuthenticatorBuilder {
    pub(super) users: WatchedUsers,
    pub(super) options: Options,
    pub(super) cache: (Duration, usize),
    pub(super) failures: Option<FailureLimits>,
    pub(super) on_event: Option<Hook>,
}

impl Authenticator {
    /// Returns a builder of an authenticator for these users, with default settings.
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// assert_eq!(authenticator.users().path(), Some(&*path));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(users: impl Into<WatchedUsers>) -> AuthenticatorBuilder {
        AuthenticatorBuilder::new(users.into())
    }
}

impl AuthenticatorBuilder {
    pub(super) fn new(users: WatchedUsers) -> Self {
        let options = Options {
            threads: None,
            queue_limit: 1_024,
            queue_timeout: Duration::from_secs(5),
            rehash_below: None,
        };
        Self { users, options, cache: (Duration::ZERO, 0), failures: None, on_event: None }
    }

    /// Sets the lifetime and the capacity of a cache of credentials that were right. Default: no cache.
    ///
    /// Within the lifetime, right credentials are accepted without hashing. A changed or deleted user is noticed as
    /// soon as the file is reloaded. An entry takes about 150 bytes, and a user has at most four entries.
    ///
    /// The cache holds no passwords. The key of an entry is an HMAC of the user name, the stored hash and the part of
    /// the password that the scheme [reads](crate::Scheme::password_limit), under a random key that never leaves the
    /// process.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, Credentials, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator =
    ///     Authenticator::builder(WatchedUsers::open(&path)?).cache(Duration::from_secs(60), 1_000).start()?;
    /// let credentials = Credentials::new("alice", "abc123")?;
    /// for _ in 0..2 {
    ///     // The second login is answered from the cache.
    ///     assert!(matches!(authenticator.authenticate_blocking(&credentials, None), Verdict::Accepted { .. }));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cache(mut self, ttl: Duration, capacity: usize) -> Self {
        self.cache = (ttl, capacity);
        self
    }

    /// Sets the number of threads that hash. Default: [`available_parallelism`](std::thread::available_parallelism).
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// // One core hashes, and the other cores are free for the rest of the server.
    /// let authenticator = Authenticator::builder(users).threads(NonZeroUsize::MIN).start()?;
    /// # let _ = authenticator;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.options.threads = Some(threads);
        self
    }

    /// Sets the largest number of waiting jobs, at least 1. Default: 1,024.
    ///
    /// A job takes 1 to 5 kilobytes and the length of its password; 5 kilobytes if each job comes from another
    /// network. A queue longer than the threads can work off within the [timeout](Self::queue_timeout) is of no use.
    /// Rejecting a login because the queue is full takes 1 to 3 µs, both with 1,000 and with 100,000 jobs in the
    /// queue.
    ///
    /// ```
    /// use htpasswd::{Authenticator, StartError, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert!(Authenticator::builder(WatchedUsers::open(&path)?).queue_limit(100).start().is_ok());
    /// // With a limit of 0, no user could log in.
    /// let error = Authenticator::builder(WatchedUsers::open(&path)?).queue_limit(0).start().unwrap_err();
    /// assert!(matches!(error, StartError::NoQueue));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queue_limit(mut self, jobs: usize) -> Self {
        self.options.queue_limit = jobs;
        self
    }

    /// Sets how long a job may wait before its verification begins. Default: 5 seconds. The timeout is exact to a
    /// quarter of a second. A client that joins a waiting job shares the remaining time of that job.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// let authenticator = Authenticator::builder(users).queue_timeout(Duration::from_secs(2)).start()?;
    /// # let _ = authenticator;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queue_timeout(mut self, time: Duration) -> Self {
        self.options.queue_timeout = time;
        self
    }

    /// Sets rate limits on wrong passwords. Default: no limits, because the server must know the
    /// [addresses of its clients](FailureLimits).
    ///
    /// While an address is over its limit for all users, users in the [cache](Self::cache) can still log in from this
    /// address. Cache misses from the address have a limit of their own; after that limit, these users have to wait
    /// too. While the address is over its limit for one user, this user has to wait in any case.
    ///
    /// ```
    /// use std::net::{IpAddr, Ipv4Addr};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, Credentials, FailureLimits, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let limits = FailureLimits::default().user_and_peer(NonZeroU32::MIN, Duration::from_secs(60));
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).failure_limits(limits).start()?;
    /// let peer = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
    /// let guess = Credentials::new("alice", "abc124")?;
    /// assert_eq!(authenticator.authenticate_blocking(&guess, peer), Verdict::Rejected);
    /// assert!(matches!(authenticator.authenticate_blocking(&guess, peer), Verdict::Limited { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure_limits(mut self, limits: FailureLimits) -> Self {
        self.failures = Some(limits);
        self
    }

    /// Sets the parameters below which a stored hash [needs a rehash](crate::PasswordHash::needs_rehash), which the
    /// verdict then reports. The parameters must be within the [`Limits`](crate::Limits) of the users; otherwise
    /// [`start`](Self::start) fails, because a new hash would lock its user out.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Cost, Credentials, Params, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let wanted = Params::Bcrypt(Cost::new(10)?);
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).rehash_below(wanted).start()?;
    /// let credentials = Credentials::new("alice", "abc123")?;
    /// let verdict = authenticator.authenticate_blocking(&credentials, None);
    /// assert!(matches!(verdict, Verdict::Accepted { needs_rehash: true, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rehash_below(mut self, params: Params) -> Self {
        self.options.rehash_below = Some(params);
        self
    }

    /// Sets a hook that is called with each [`Event`], on the thread where the event happens.
    ///
    /// A client whose password was hashed gets its verdict before the hook is called. Requests that need no hash, and
    /// the jobs that wait for the thread, wait for the hook. So a slow hook should pass events to a thread of its
    /// own.
    ///
    /// If the hook panics, only that event is lost. A program that is built with `panic = "abort"` ends.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use htpasswd::{Authenticator, Credentials, Event, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let (rejected, log) = mpsc::channel();
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?)
    ///     .on_event(move |event| {
    ///         if let Event::Rejected { user, .. } = event {
    ///             let _ = rejected.send((*user).to_owned());
    ///         }
    ///     })
    ///     .start()?;
    /// let _ = authenticator.authenticate_blocking(&Credentials::new("alice", "abc124")?, None);
    /// assert_eq!(log.recv()?, "alice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_event(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Box::new(hook));
        self
    }
}

impl fmt::Debug for AuthenticatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthenticatorBuilder({:?}, {:?})", self.users, self.options)
    }
}
