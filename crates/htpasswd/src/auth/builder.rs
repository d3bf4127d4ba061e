//! How an authenticator is to work.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::shared::{Hook, Options};
use super::{Authenticator, Event, FailureLimits, WatchedUsers};
use crate::hash::Params;

/// How to start an [`Authenticator`].
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
    /// Takes the users of a file.
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// assert_eq!(authenticator.users().path(), path);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(users: WatchedUsers) -> AuthenticatorBuilder {
        AuthenticatorBuilder::new(users)
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

    /// Remembers which credentials were right, for so long, of so many at most: none unless told otherwise.
    /// It takes some 150 bytes an entry. A user has four entries at most.
    ///
    /// What is remembered is a tag over user, stored hash and the part of the password that the scheme
    /// [reads](crate::Scheme::password_limit), under a key that is made at the start and never leaves the process. The time is how long a password that was right is taken without being
    /// hashed again; that the user was changed or deleted counts at once.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, Credentials, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator =
    ///     Authenticator::builder(WatchedUsers::open(&path)?).cache(Duration::from_secs(60), 1_000).start()?;
    /// let credentials = Credentials::new("alice", Password::new("abc123")?);
    /// for _ in 0..2 {
    ///     // The second time, nothing is hashed.
    ///     assert!(matches!(authenticator.authenticate_blocking(credentials.clone(), None), Verdict::Accepted { .. }));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cache(mut self, ttl: Duration, capacity: usize) -> Self {
        self.cache = (ttl, capacity);
        self
    }

    /// How many threads hash: as many as can run at the same time here unless told otherwise.
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
    /// // One core is for hashing, the others are for the rest of the server.
    /// let authenticator = Authenticator::builder(users).threads(NonZeroUsize::MIN).start()?;
    /// # let _ = authenticator;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.options.threads = Some(threads);
        self
    }

    /// How many jobs may wait: 1,024 unless told otherwise, and at least 1. One takes 1 to 5 kilobytes, the most if each
    /// comes from another network, and the password.
    ///
    /// More than the threads get through within the [timeout](Self::queue_timeout) are of no use. A login that is turned
    /// away costs one to three microseconds, with 1,000 jobs in the queue as with 100,000.
    ///
    /// ```
    /// use htpasswd::{Authenticator, StartError, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert!(Authenticator::builder(WatchedUsers::open(&path)?).queue_limit(100).start().is_ok());
    /// // Nobody could log in.
    /// let error = Authenticator::builder(WatchedUsers::open(&path)?).queue_limit(0).start().unwrap_err();
    /// assert!(matches!(error, StartError::NoQueue));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queue_limit(mut self, jobs: usize) -> Self {
        self.options.queue_limit = jobs;
        self
    }

    /// How long a job may wait before it is begun: 5 seconds unless told otherwise, kept to a quarter of a
    /// second or better. Who joins a job that waits already waits no longer than that job.
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

    /// Lets peers wait that guess: no limits unless told otherwise, because a server must first know
    /// [who its peers are](FailureLimits).
    ///
    /// Who has logged in lately is let in from the [cache](Self::cache) while others at the same address are over
    /// the limit of that address, until these have asked the cache as often again; but not while they are over the
    /// limit for this very user.
    ///
    /// ```
    /// use std::net::{IpAddr, Ipv4Addr};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// use htpasswd::{Authenticator, Credentials, FailureLimits, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let limits = FailureLimits::default().user_and_peer(NonZeroU32::MIN, Duration::from_secs(60));
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).failure_limits(limits).start()?;
    /// let peer = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
    /// let guess = Credentials::new("alice", Password::new("abc124")?);
    /// assert_eq!(authenticator.authenticate_blocking(guess.clone(), peer), Verdict::Rejected);
    /// assert!(matches!(authenticator.authenticate_blocking(guess, peer), Verdict::Limited { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure_limits(mut self, limits: FailureLimits) -> Self {
        self.failures = Some(limits);
        self
    }

    /// Says in the verdict whether the stored hash is [less](crate::PasswordHash::needs_rehash) than this. It has to
    /// be within the [`Limits`](crate::Limits) of the users, or [`start`](Self::start) fails: each user would be locked
    /// out by the new hash.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Cost, Credentials, Params, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let wanted = Params::Bcrypt(Cost::new(10)?);
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).rehash_below(wanted).start()?;
    /// let credentials = Credentials::new("alice", Password::new("abc123")?);
    /// let verdict = authenticator.authenticate_blocking(credentials, None);
    /// assert!(matches!(verdict, Verdict::Accepted { needs_rehash: true, .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rehash_below(mut self, params: Params) -> Self {
        self.options.rehash_below = Some(params);
        self
    }

    /// Is told what happens, on whatever thread it does. Clients whose password was hashed already have their answer
    /// by then, and do not wait for the hook. All others, and those whose answer needs no hash, do wait: a hook that takes
    /// long should hand events on to a thread of its own.
    ///
    /// If it panics, that event is lost, and nothing else. A program that is built with `panic = "abort"` ends.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use htpasswd::{Authenticator, Credentials, Event, Password, WatchedUsers};
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
    /// let _ = authenticator.authenticate_blocking(Credentials::new("alice", Password::new("abc124")?), None);
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
