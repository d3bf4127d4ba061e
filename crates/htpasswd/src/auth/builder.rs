//! The settings of an authenticator, with their defaults.
//!
//! [`AuthenticatorBuilder`] collects settings; `start` checks them and starts the threads.

use std::fmt;
use std::time::Duration;

use super::shared::{Hook, Options};
use super::{Authenticator, Clock, Event, FailureLimits, WatchedUsers};
use crate::hash::Params;

/// The settings of an [`Authenticator`]. [`start`](Self::start) starts it.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::auth::FailureLimits;
/// use htpasswd::{Authenticator, Credentials, Users};
///
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"))
///     .cache(Duration::from_secs(60), 10_000)
///     .failure_limits(FailureLimits::default())
///     .threads(2)
///     .queue_limit(256)
///     .queue_timeout(Duration::from_secs(2))
///     .on_event(|event| eprintln!("{event}"))
///     .start()?;
/// let credentials = Credentials::new("alice", "abc123")?;
/// let peer = Some([192, 0, 2, 1].into());
/// assert!(authenticator.authenticate_blocking(&credentials, peer).is_accepted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing starts before `start`"]
pub struct AuthenticatorBuilder {
    pub(super) users: WatchedUsers,
    pub(super) options: Options,
    pub(super) cache: (Duration, usize),
    pub(super) failures: Option<FailureLimits>,
    pub(super) clock: Clock,
    pub(super) on_event: Option<Hook>,
}

impl Authenticator {
    /// Returns a builder of an authenticator with default settings. `users` are [`Users`](crate::Users) from memory, or
    /// [`WatchedUsers`] of a file.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Users};
    ///
    /// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")).start()?;
    /// assert_eq!(authenticator.users().current().len(), 1);
    /// # Ok::<(), htpasswd::auth::StartError>(())
    /// ```
    pub fn builder(users: impl Into<WatchedUsers>) -> AuthenticatorBuilder {
        AuthenticatorBuilder::new(users.into())
    }
}

impl AuthenticatorBuilder {
    pub(super) fn new(users: WatchedUsers) -> Self {
        let options = Options {
            threads: 0,
            queue_limit: 1_024,
            queue_timeout: Duration::from_secs(5),
            rehash_below: None,
        };
        Self {
            users,
            options,
            cache: (Duration::ZERO, 0),
            failures: None,
            clock: Clock::new(),
            on_event: None,
        }
    }

    /// Sets the lifetime and the capacity of a cache of credentials that were right. Default: no cache.
    ///
    /// Within the lifetime, right credentials are accepted without hashing. A changed or deleted user is noticed as
    /// soon as the file is reloaded. An entry takes about 150 bytes, and a user has at most four entries.
    ///
    /// The cache holds no passwords. The key of an entry is an HMAC of the user name, the stored hash and the part of
    /// the password that the scheme [reads](crate::hash::Scheme::password_limit), under a random key that never leaves the
    /// process.
    pub fn cache(mut self, ttl: Duration, capacity: usize) -> Self {
        self.cache = (ttl, capacity);
        self
    }

    /// Sets the number of threads that hash; 0 means one per core, as
    /// [`available_parallelism`](std::thread::available_parallelism) counts them. Default: 0.
    ///
    /// A lower number keeps cores free for the rest of the server.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// Sets the largest number of waiting jobs, at least 1. Default: 1,024.
    ///
    /// A job takes 1 to 5 kilobytes and the length of its password; 5 kilobytes if each job comes from another network.
    /// Jobs that the threads cannot verify within the [timeout](Self::queue_timeout) only take up memory, so a longer
    /// queue is of no use. Rejecting a login because the queue is full takes 1 to 3 µs, both with 1,000 and with
    /// 100,000 jobs in the queue.
    pub fn queue_limit(mut self, jobs: usize) -> Self {
        self.options.queue_limit = jobs;
        self
    }

    /// Sets how long a job may wait before its verification begins. Default: 5 seconds. The timeout is exact to a
    /// quarter of a second. A client that joins a waiting job shares the remaining time of that job.
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
    /// use std::time::Duration;
    ///
    /// use htpasswd::auth::FailureLimits;
    /// use htpasswd::{Authenticator, Credentials, Users, Verdict};
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let limits = FailureLimits::default().user_and_peer(1, Duration::from_secs(60));
    /// let authenticator = Authenticator::builder(users).failure_limits(limits).start()?;
    /// let peer = Some([192, 0, 2, 1].into());
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
    /// verdict then reports. The parameters must be within the [`Limits`](crate::hash::Limits) of the users; otherwise
    /// [`start`](Self::start) fails, because a new hash would lock its user out.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Cost, Credentials, Params, Users, Verdict};
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let wanted = Params::Bcrypt(Cost::new(10)?);
    /// let authenticator = Authenticator::builder(users).rehash_below(wanted).start()?;
    /// let verdict = authenticator.authenticate_blocking(&Credentials::new("alice", "abc123")?, None);
    /// assert!(matches!(verdict, Verdict::Accepted { needs_rehash: true, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rehash_below(mut self, params: Params) -> Self {
        self.options.rehash_below = Some(params);
        self
    }

    /// Sets the clock of cache, limits and queue, so that a test can [move](Clock) it. Default: the real time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::auth::Clock;
    /// use htpasswd::{Authenticator, Users};
    ///
    /// let clock = Clock::new();
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// let authenticator = Authenticator::builder(users).clock(clock.clone()).start()?;
    /// clock.advance(Duration::from_secs(60)); // entries of the cache grow older by a minute
    /// # drop(authenticator);
    /// # Ok::<(), htpasswd::auth::StartError>(())
    /// ```
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets a hook that is called with each [`Event`], on the thread where the event happens.
    ///
    /// A client whose password was hashed gets its verdict before the hook is called. A request that needs no hash
    /// waits until the hook returns, and so do the jobs that wait for the thread. A slow hook should therefore pass
    /// events to a thread of its own.
    ///
    /// If the hook panics, only that event is lost. A program that is built with `panic = "abort"` ends.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use htpasswd::auth::Event;
    /// use htpasswd::{Authenticator, Credentials, Users};
    ///
    /// let (rejected, log) = mpsc::channel();
    /// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"))
    ///     .on_event(move |event| {
    ///         if let Event::Rejected { .. } = event {
    ///             let _ = rejected.send(event.to_string());
    ///         }
    ///     })
    ///     .start()?;
    /// let _ = authenticator.authenticate_blocking(&Credentials::new("alice", "abc124")?, None);
    /// assert!(log.recv()?.starts_with("wrong password for \"alice\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "log")]
    #[doc(alias = "metrics")]
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
