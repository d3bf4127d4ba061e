//! Logins under load.

mod builder;
mod cache;
mod event;
mod fair_queue;
mod foreign;
mod mac;
mod peer;
mod places;
mod pool;
mod queue;
mod rate_limit;
mod single_flight;
mod verify;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub use self::builder::AuthenticatorBuilder;
pub use self::event::{Event, Verdict};
pub use self::rate_limit::FailureLimits;
pub use self::single_flight::Verification;

use self::builder::{Hook, Options};
use self::cache::Cache;
use self::mac::{MacKey, Tag};
use self::queue::Queue;
use self::rate_limit::RateLimiter;
use self::single_flight::{Abandoned, Flight};
use super::{Users, WatchedUsers};
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::hash::{Cost, Params, PasswordHash, VerifyCost};

/// What dummy hashes of a file without users look like, unless the limits of the users are lower.
const DEFAULT_COST: u32 = 10;

/// More than a century. Longer times are as good, and a clock cannot count them.
const FOREVER: Duration = Duration::from_secs(4_000_000_000);

/// Tells whether credentials are right, for many clients at once, without letting them stall the server.
///
/// - Hashing happens on threads of its own, one a core unless told otherwise. Jobs of bcrypt that wait are computed
///   [in step](bcrypt_lanes), up to four at a time, which gives a core two to three times as many logins.
/// - Jobs that wait are bounded in number and time; beyond that, the verdict is [`Verdict::Overloaded`]. Peers take
///   turns.
/// - Who asks the same at the same time waits for the same job.
/// - With a [cache](AuthenticatorBuilder::cache), credentials that were right lately cost a look-up. A user who
///   is changed or deleted is not found there any more.
/// - An unknown user is as much work as a known one, of a scheme and cost that are as common among unknown
///   users as in the file, and always the same for one name.
/// - With [limits](AuthenticatorBuilder::failure_limits), who guesses has to wait.
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
    shared: Arc<Shared>,
    /// Ends the threads, which hold `shared`, too.
    _end: Arc<End>,
}

/// What all handles and threads have in common. No two of the locks are held at once, with two exceptions: after that
/// of `state`, that of `failures` or of a flight may be taken, and after that of a flight that of `abandoned`.
struct Shared {
    users: WatchedUsers,
    options: Options,
    key: MacKey,
    cache: Mutex<Cache>,
    failures: Mutex<RateLimiter>,
    state: Mutex<State>,
    /// The number of the next job.
    next_job: AtomicU64,
    abandoned: Arc<Abandoned>,
    /// There is work in the queue, or it is over.
    work: Condvar,
    over: Condvar,
    on_event: Option<Hook>,
}

#[derive(Default)]
struct State {
    queue: Queue,
    /// All that waits in the queue or is being computed.
    flights: BTreeMap<Tag, Arc<Flight>>,
    /// How many threads wait for work.
    idle: usize,
    is_over: bool,
}

struct End(Arc<Shared>);

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

    /// Are these credentials right? The calling thread sleeps until that is known.
    ///
    /// `peer` is the address that the request came from; see [`FailureLimits`].
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
    /// [issues](Users::issues).
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

    fn spawn(&self, name: &str, run: fn(&Shared)) -> Result<(), StartError> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || run(&shared)).map(drop).map_err(StartError::Thread)
    }
}

/// A hash for somebody who has none. `name` is a number that is equally likely to be any, and the same each time.
fn dummy_hash(users: &Users, name: u64) -> Option<PasswordHash> {
    let kinds = users.kinds();
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    // Not the remainder: one user more in the file moves few names to another kind.
    let mut place = usize::try_from((u128::from(name) * all as u128) >> u64::BITS).unwrap_or(0);
    for (cost, count) in kinds {
        if place < *count {
            return PasswordHash::dummy_hash(cost);
        }
        place -= count;
    }
    let costs = (Cost::MIN..=DEFAULT_COST).rev().filter_map(|cost| Cost::new(cost).ok()).map(Params::Bcrypt);
    let params = costs.into_iter().find(|params| users.limits.check_params(params).is_ok())?;
    PasswordHash::dummy_hash(&VerifyCost::Creatable { params, salt: 0 })
}

/// Nothing that is done under a lock can panic half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for End {
    fn drop(&mut self) {
        lock(&self.0.state).is_over = true;
        self.0.work.notify_all();
        self.0.over.notify_all();
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator({:?}, {} waiting)", self.shared.users, self.waiting())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use crate::document::Document;

    #[test]
    fn dummy_hashes_are_as_common_as_what_they_stand_for() {
        let (sha1, apr1) = ("{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=", "$apr1$salt$......................");
        let text = format!("a:{sha1}\nb:{apr1}\nc:{apr1}\nd:{apr1}\ne:*\n");
        let users = Users::from_document(Document::parse(text));
        let dummy_hashes = |users: &Users, share: u64| dummy_hash(users, u64::MAX / 64 * share).unwrap();
        for share in 0..64 {
            let hash = dummy_hashes(&users, share);
            assert_eq!(
                hash.verify_cost(),
                users.get(if share <= 48 { "b" } else { "a" }).unwrap().verify_cost(),
                "{share}"
            );
        }
        let nobody = Users::from_document(Document::default());
        assert_eq!(dummy_hashes(&nobody, 7).cost(), Some(DEFAULT_COST));
        let limits = Limits::default().max_bcrypt(Cost::new(6).unwrap());
        let nobody = Users::with_limits(Document::default(), limits);
        assert_eq!(dummy_hashes(&nobody, 7).cost(), Some(6));
    }
}
