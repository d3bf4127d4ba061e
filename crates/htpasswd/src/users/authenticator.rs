//! Logins under load.

mod builder;
mod cache;
mod event;
mod failures;
mod flight;
mod queue;
mod secret;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::builder::AuthenticatorBuilder;
pub use self::event::{Event, Verdict};
pub use self::failures::FailureLimits;
pub use self::flight::Verification;

use self::builder::{Hook, Options};
use self::cache::{Cache, Known};
use self::failures::{Failures, Peer};
use self::flight::Flight;
use self::queue::{Job, Queue};
use self::secret::{Secret, Tag};
use super::{SharedUsers, Users};
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::hash::{Cost, Hash, Params, Work};

/// What decoys of a file without users look like.
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
/// - The file is looked at on a thread of its own, as often as [`SharedUsers`] says, and changes count from then
///   on. Nobody waits for it to be read.
///
/// A clone is another handle to the same. With the last one gone, what waits is answered
/// [`Verdict::Overloaded`], and the threads end.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::{Authenticator, Credentials, SharedUsers, Verdict};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("htpasswd.user");
/// # std::fs::write(&path, "alice:$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy\n")?;
/// let users = SharedUsers::open(&path)?;
/// let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 1_000).start()?;
///
/// let credentials = Credentials::from_header(b"Basic YWxpY2U6cGFzc3dvcmQ=")?; // alice:password
/// assert_eq!(authenticator.verify(credentials, None), Verdict::Rejected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authenticator {
    shared: Arc<Shared>,
    /// Ends the threads, which hold `shared`, too.
    _end: Arc<End>,
}

/// What all handles and threads have in common. No two of the locks are held at once, but for that of `state` and,
/// after it, that of `failures` or of a flight.
struct Shared {
    users: SharedUsers,
    options: Options,
    secret: Secret,
    cache: Mutex<Cache>,
    failures: Mutex<Failures>,
    state: Mutex<State>,
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
    /// use htpasswd::{Authenticator, SharedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
    /// assert_eq!(authenticator.users().path(), path);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(users: SharedUsers) -> AuthenticatorBuilder {
        AuthenticatorBuilder::new(users)
    }

    /// Are these credentials right? The calling thread sleeps until that is known.
    ///
    /// `peer` is the address that the request came from; see [`FailureLimits`].
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Password, SharedUsers, Verdict};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
    /// let verdict = |user, password| -> Result<_, htpasswd::PasswordError> {
    ///     Ok(authenticator.verify(Credentials::new(user, Password::new(password)?), None))
    /// };
    /// assert!(matches!(verdict("alice", "abc123")?, Verdict::Accepted { .. }));
    /// assert_eq!(verdict("alice", "abc124")?, Verdict::Rejected);
    /// assert_eq!(verdict("mallory", "abc123")?, Verdict::Rejected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn verify(&self, credentials: Credentials, peer: Option<IpAddr>) -> Verdict {
        self.begin(credentials, peer).wait()
    }

    /// [`verify`](Self::verify) for async servers: never blocks for longer than a look-up.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Password, SharedUsers, Verdict};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
    /// let credentials = Credentials::new("alice", Password::new("abc123")?);
    /// let verification = authenticator.begin(credentials, None); // in async code, `.await` it
    /// assert!(matches!(verification.wait(), Verdict::Accepted { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begin(&self, credentials: Credentials, peer: Option<IpAddr>) -> Verification {
        self.shared.begin(credentials, peer)
    }

    /// The users, for a server that wants to reload them on a signal, or to show their
    /// [issues](Users::issues).
    ///
    /// ```
    /// use htpasswd::{Authenticator, SharedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\nbob:*\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
    /// for issue in authenticator.users().current().issues() {
    ///     assert_eq!(issue.to_string(), "line 2: the account is locked");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn users(&self) -> &SharedUsers {
        &self.shared.users
    }

    /// How many jobs wait at the moment, for metrics.
    ///
    /// ```
    /// use htpasswd::{Authenticator, SharedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
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

impl Shared {
    fn begin(&self, credentials: Credentials, peer: Option<IpAddr>) -> Verification {
        let (user, password) = credentials.into_parts();
        let (from, now) = (Peer::new(peer), Instant::now());
        let users = self.users.current();
        let name = self.secret.tag(&[user.as_bytes()]).number();
        let stored = users.get(&user);
        let is_known = stored.is_some();
        let at_once = |verdict, cached| {
            self.tell(Event::of(verdict, &user, peer, is_known, cached));
            Verification::done(verdict)
        };
        // Plain text aside, which no file has, there is a decoy for all.
        let Some(hash) = stored.or_else(|| decoy(&users, name)) else {
            return at_once(Verdict::Rejected, false);
        };
        let tag = self.secret.tag(&[user.as_bytes(), hash.as_bytes(), password.as_bytes()]);

        // Each lock is let go before anybody is told.
        let (user_limited, peer_limited, may_ask) = {
            let failures = lock(&self.failures);
            let user_limited = failures.user_limited(from, name, now);
            (user_limited, failures.peer_limited(from, now), failures.may_ask_cache(from, now))
        };
        // Before the cache is asked: it must not tell more than so many guesses.
        if let Some(retry_after) = user_limited {
            return at_once(Verdict::Limited { retry_after }, false);
        }
        let known = match peer_limited {
            Some(_) if !may_ask => Known::Nothing,
            _ => lock(&self.cache).look(&tag, now),
        };
        if known == Known::Right {
            return at_once(self.accept(&hash), true);
        }
        if let (Some(retry_after), Known::Nothing) = (peer_limited, known) {
            lock(&self.failures).count_cache_miss(from, now);
            return at_once(Verdict::Limited { retry_after }, false);
        }

        let (flight, was_right) = (Arc::default(), known == Known::WasRight);
        self.enqueue(Job {
            tag,
            flight,
            user,
            name,
            password,
            hash,
            is_known,
            was_right,
            address: peer,
            since: now,
        })
    }

    /// Drops the jobs of clients who have hung up.
    fn give_up(&self, state: &mut State) {
        for job in state.queue.give_up() {
            state.flights.remove(&job.tag);
            self.end(&job);
        }
    }

    /// Waits for the same job if there is one, else for this one.
    fn enqueue(&self, job: Job) -> Verification {
        let mut state = lock(&self.state);
        if let Some(flight) = state.flights.get(&job.tag) {
            return flight.join(job.address);
        }
        let refuse = |job: &Job, verdict| {
            self.tell(Event::of(verdict, &job.user, job.address, job.is_known, false));
            Verification::done(verdict)
        };
        if job.is_guess() {
            let begin = || lock(&self.failures).begin(job.peer(), job.name, job.since);
            let begun = begin().or_else(|_| {
                self.give_up(&mut state);
                begin()
            });
            if let Err(retry_after) = begun {
                drop(state);
                return refuse(&job, Verdict::Limited { retry_after });
            }
        }
        let is_full = |state: &State| state.queue.len() >= self.options.queue_limit;
        if is_full(&state) {
            self.give_up(&mut state);
        }
        let evicted = if is_full(&state) { state.queue.make_room(&job) } else { None };
        if let Some(evicted) = &evicted {
            state.flights.remove(&evicted.tag);
        }
        if is_full(&state) {
            drop(state);
            self.end(&job);
            return refuse(&job, Verdict::Overloaded);
        }
        let verification = job.flight.join(job.address);
        state.flights.insert(job.tag, Arc::clone(&job.flight));
        state.queue.push(job);
        drop(state);
        self.work.notify_one();
        if let Some(evicted) = evicted {
            self.land(&evicted, Verdict::Overloaded);
        }
        verification
    }

    /// `is_match`: the password is that of the hash, be it a decoy.
    fn answer(&self, job: &Job, is_match: bool) {
        let hash = if is_match && job.is_known { self.still_right(job) } else { None };
        let verdict = hash.map_or(Verdict::Rejected, |hash| {
            let tag = self.secret.tag(&[job.user.as_bytes(), hash.as_bytes(), job.password.as_bytes()]);
            lock(&self.cache).insert(tag, Instant::now());
            self.accept(&hash)
        });
        lock(&self.state).flights.remove(&job.tag);
        self.land(job, verdict);
    }

    /// The user's hash after a match: the file may have changed since the job was begun. A new hash of the same
    /// password, as after an upgrade, lets its user in.
    fn still_right(&self, job: &Job) -> Option<Hash> {
        let mut right = job.hash.clone();
        loop {
            let current = self.users.current().get(&job.user)?;
            if current.as_bytes() == right.as_bytes() {
                return Some(current);
            }
            if !current.verify(&job.password) {
                return None;
            }
            right = current;
        }
    }

    /// Nobody can join the flight any more.
    fn land(&self, job: &Job, verdict: Verdict) {
        let addresses: Vec<_> = iter::once(job.address).chain(job.flight.joined()).collect();
        if verdict == Verdict::Rejected {
            // The same guess, however many times a peer has sent it.
            let peers: BTreeSet<_> = addresses.iter().copied().map(Peer::new).collect();
            for peer in peers {
                lock(&self.failures).count(peer, job.name, Instant::now());
            }
        }
        self.end(job);
        for address in addresses {
            self.tell(Event::of(verdict, &job.user, address, job.is_known, false));
        }
        job.flight.land(verdict);
    }

    /// The job is not under way any more.
    fn end(&self, job: &Job) {
        if job.is_guess() {
            lock(&self.failures).end(job.peer(), job.name);
        }
    }

    fn accept(&self, hash: &Hash) -> Verdict {
        let wanted = self.options.rehash_below;
        Verdict::Accepted { needs_rehash: wanted.is_some_and(|wanted| hash.needs_rehash(&wanted)) }
    }

    fn tell(&self, event: Event<'_>) {
        if let Some(hook) = &self.on_event {
            // A thread that hashes must not end by it.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(&event)));
        }
    }
}

/// A hash for somebody who has none. `name` is a number that is equally likely to be any, and the same each time.
fn decoy(users: &Users, name: u64) -> Option<Hash> {
    let kinds = users.kinds();
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    // Not the remainder: one user more in the file moves few names to another kind.
    let mut place = usize::try_from((u128::from(name) * all as u128) >> u64::BITS).unwrap_or(0);
    for (work, count) in kinds {
        if place < *count {
            return Hash::decoy(work);
        }
        place -= count;
    }
    Hash::decoy(&Work::Made { params: Params::Bcrypt(Cost::new(DEFAULT_COST).ok()?), salt: 0 })
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
    use super::*;
    use crate::document::Document;

    #[test]
    fn decoys_are_as_common_as_what_they_stand_for() {
        let (sha1, apr1) = ("{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=", "$apr1$salt$......................");
        let text = format!("a:{sha1}\nb:{apr1}\nc:{apr1}\nd:{apr1}\ne:*\n");
        let users = Users::from_document(Document::parse(text));
        let decoys = |users: &Users, share: u64| decoy(users, u64::MAX / 64 * share).unwrap();
        for share in 0..64 {
            let hash = decoys(&users, share);
            assert_eq!(
                hash.work(),
                users.get(if share <= 48 { "b" } else { "a" }).unwrap().work(),
                "{share}"
            );
        }
        let nobody = Users::from_document(Document::default());
        assert_eq!(decoys(&nobody, 7).cost(), Some(DEFAULT_COST));
    }
}
