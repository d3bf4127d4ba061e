//! Limits on wrong passwords, by the generic cell rate algorithm (ITU-T I.371): of each pair of a network and what is
//! counted of it, one instant is kept, its theoretical arrival time, which each failure moves on by an interval.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::FOREVER;
use super::peer::{Network, Peer};
use super::places::Places;

/// How many counts one generation holds. There are up to three, of some 90 bytes a count.
const GENERATION: usize = 50_000;
/// A burst is not held against anybody for longer than so many windows.
const MAX_WINDOWS_AHEAD: u32 = 10;

/// How many wrong passwords are answered before more have to wait.
///
/// Two counts are kept: of a user from one peer, and of a peer whatever the user. Neither can lock anybody out
/// from another peer. A count is forgiven evenly over its window: of ten a minute, one comes back every six
/// seconds. The same guess sent many times at once is one.
///
/// Of a user from one peer, what is under way counts already, unless it was right recently: many guesses at once are
/// as many guesses as one after the other. Of a peer whatever the user, it counts once it was wrong: a whole office
/// may log in at once. So a peer can have as many guesses at different users answered at once as the queue is long;
/// they count, too, but nobody has to wait for longer than ten windows.
///
/// A peer is an IPv4 address, or the first 64 bits of an IPv6 address, because a host often has all addresses that
/// begin with these. Addresses of IPv6 that belong to one IPv4 host count as its IPv4 address: IPv4-mapped ones, NAT64
/// (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380).
///
/// One customer often has a whole IPv6 network, up to the first 48 bits of an address. So each wrong password also
/// counts for the wider networks that the peer is a part of. They have to wait after a longer burst, and then get one
/// failure back as slowly as a single peer:
///
/// | network | failures at once for one user | for all users | then |
/// |---|---|---|---|
/// | an IPv4 address, or the first 64 bits of IPv6 | 10 | 100 | as set, in each window |
/// | the first 56 bits of IPv6 | 20 | 200 | the same |
/// | the first 48 bits of IPv6 | 30 | 300 | the same |
///
/// The table has the defaults; the burst of a wider network is always two or three times that of a peer. A link-local
/// address is a peer of its own, and the whole link is a network with the burst of the last row.
///
/// Others in the same network may guess until its limit is reached. That does not lock a user out of the places
/// that they log in from: from the last four peers from which a user has logged in, only the limits of that peer
/// count for this user. A user who comes from a new place has to wait while the network is over its limit.
///
/// Where all requests come through a proxy, its address is no peer: take the client's from a header that the proxy
/// sets, or give none, and nothing is counted.
///
/// Memory is bounded: an older count is forgotten when there are 50,000 newer ones, and one that is over its limit
/// when 50,000 newer ones are so, too.
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use htpasswd::FailureLimits;
///
/// let minute = Duration::from_secs(60);
/// let limits = FailureLimits::default().user_and_peer(NonZeroU32::new(5).unwrap(), minute);
/// assert_ne!(limits, FailureLimits::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimits {
    user_and_peer: Rate,
    peer: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    failures: NonZeroU32,
    window: Duration,
}

/// Bounded: the generation before the last is forgotten, but for those in it that are over a limit.
pub(super) struct RateLimiter {
    limits: Option<FailureLimits>,
    /// Theoretical arrival times.
    current: BTreeMap<Key, Instant>,
    previous: BTreeMap<Key, Instant>,
    /// How many guesses of a network at a user are in the queue or being looked at; none are not listed.
    under_way: BTreeMap<(Network, u64), u32>,
    places: Places,
}

type Key = (Network, Scope);

/// What is counted of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// By the number of the user's tag.
    User(u64),
    Anybody,
    /// While the peer is over its limit: questions that only the cache is asked.
    Cache,
}

impl FailureLimits {
    /// How often one peer may be wrong about one user: 10 times a minute unless told otherwise.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// use htpasswd::FailureLimits;
    ///
    /// let three = NonZeroU32::new(3).ok_or("zero")?;
    /// let limits = FailureLimits::default().user_and_peer(three, Duration::from_secs(600));
    /// assert_ne!(limits, FailureLimits::default());
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn user_and_peer(mut self, failures: NonZeroU32, window: Duration) -> Self {
        self.user_and_peer = Rate { failures, window: window.min(FOREVER) };
        self
    }

    /// How often one peer may be wrong: 100 times a minute unless told otherwise. Behind one address there may
    /// be a whole office.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// use htpasswd::FailureLimits;
    ///
    /// let hundred = NonZeroU32::new(100).ok_or("zero")?;
    /// assert_eq!(FailureLimits::default().peer(hundred, Duration::from_secs(60)), FailureLimits::default());
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn peer(mut self, failures: NonZeroU32, window: Duration) -> Self {
        self.peer = Rate { failures, window: window.min(FOREVER) };
        self
    }
}

impl Default for FailureLimits {
    fn default() -> Self {
        let window = Duration::from_secs(60);
        Self {
            user_and_peer: Rate { failures: const { NonZeroU32::new(10).unwrap() }, window },
            peer: Rate { failures: const { NonZeroU32::new(100).unwrap() }, window },
        }
    }
}

impl Rate {
    /// How long it takes to forgive one failure.
    fn interval(self) -> Duration {
        self.window / self.failures.get()
    }

    /// How long to wait until there is room for one more in a burst of so many windows.
    fn wait(self, until_arrival: Duration, burst: u32) -> Option<Duration> {
        let most = self.window.saturating_mul(burst);
        let wait = until_arrival.saturating_add(self.interval()).saturating_sub(most);
        (!wait.is_zero()).then_some(wait)
    }
}

impl FailureLimits {
    fn rate(self, scope: Scope) -> Rate {
        match scope {
            Scope::User(_) => self.user_and_peer,
            Scope::Anybody | Scope::Cache => self.peer,
        }
    }
}

impl RateLimiter {
    pub(super) fn new(limits: Option<FailureLimits>) -> Self {
        let (current, previous, under_way) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { limits, current, previous, under_way, places: Places::default() }
    }

    /// How long this peer has to wait before it may try this user again.
    pub(super) fn user_limited(&self, peer: Peer, user: u64, now: Instant) -> Option<Duration> {
        self.longest_wait(self.binding(peer, user), Scope::User(user), now)
    }

    /// How long this peer has to wait before it may try anybody again, if it is this user that it tries.
    pub(super) fn peer_limited(&self, peer: Peer, user: u64, now: Instant) -> Option<Duration> {
        self.longest_wait(self.binding(peer, user), Scope::Anybody, now)
    }

    /// Whether a peer over its limit may still ask the cache: it, too, tells who has guessed right.
    pub(super) fn may_ask_cache(&self, peer: Peer, now: Instant) -> bool {
        self.longest_wait(peer.networks(), Scope::Cache, now).is_none()
    }

    /// The networks whose limits count. From where a user has logged in before, nobody else in the same network can
    /// keep that user out.
    fn binding(&self, peer: Peer, user: u64) -> impl Iterator<Item = Network> + use<> {
        let count = if self.places.contain(peer, user) { 1 } else { usize::MAX };
        peer.networks().take(count)
    }

    fn longest_wait(
        &self,
        networks: impl Iterator<Item = Network>,
        scope: Scope,
        now: Instant,
    ) -> Option<Duration> {
        let rate = self.limits?.rate(scope);
        networks
            .filter_map(|network| rate.wait(self.until_arrival((network, scope), now), network.burst()))
            .max()
    }

    /// A guess at this user is under way, until its [`end`](Self::end); or how long to wait before there may be one.
    pub(super) fn begin(&mut self, peer: Peer, user: u64, now: Instant) -> Result<(), Duration> {
        let Some(limits) = self.limits else { return Ok(()) };
        let (scope, rate) = (Scope::User(user), limits.user_and_peer);
        let wait = |network: Network| {
            let under_way = self.under_way.get(&(network, user)).copied().unwrap_or(0);
            let until_arrival = self.until_arrival((network, scope), now);
            rate.wait(
                until_arrival.saturating_add(rate.interval().saturating_mul(under_way)),
                network.burst(),
            )
        };
        if let Some(wait) = self.binding(peer, user).filter_map(wait).max() {
            return Err(wait);
        }
        for network in peer.networks() {
            *self.under_way.entry((network, user)).or_insert(0) += 1;
        }
        Ok(())
    }

    pub(super) fn end(&mut self, peer: Peer, user: u64) {
        if self.limits.is_none() {
            return;
        }
        for network in peer.networks() {
            if let Entry::Occupied(mut under_way) = self.under_way.entry((network, user)) {
                *under_way.get_mut() -= 1;
                if *under_way.get() == 0 {
                    under_way.remove();
                }
            }
        }
    }

    /// A wrong password from all these peers at once: one failure for each network that they are a part of.
    pub(super) fn count(&mut self, peers: impl Iterator<Item = Peer>, user: u64, now: Instant) {
        let networks: BTreeSet<_> = peers.flat_map(Peer::networks).collect();
        for network in networks {
            self.add((network, Scope::User(user)), now);
            self.add((network, Scope::Anybody), now);
        }
    }

    /// The cache did not know what a peer over its limit asked.
    pub(super) fn count_cache_miss(&mut self, peer: Peer, now: Instant) {
        for network in peer.networks() {
            self.add((network, Scope::Cache), now);
        }
    }

    /// This peer knows the password of this user.
    pub(super) fn remember_place(&mut self, peer: Peer, user: u64) {
        if self.limits.is_some() {
            self.places.add(peer, user);
        }
    }

    fn add(&mut self, key: Key, now: Instant) {
        let Some(rate) = self.limits.map(|limits| limits.rate(key.1)) else { return };
        let until_arrival = self.until_arrival(key, now).saturating_add(rate.interval());
        let until_arrival = until_arrival.min(rate.window.saturating_mul(MAX_WINDOWS_AHEAD)).min(FOREVER);
        if self.current.len() >= GENERATION && !self.current.contains_key(&key) {
            self.begin_generation(now);
        }
        self.current.insert(key, now + until_arrival);
    }

    /// Forgets those of the previous generation that are not over a limit; all of them, if that is too many still.
    fn begin_generation(&mut self, now: Instant) {
        let mut previous = mem::take(&mut self.previous);
        previous.retain(|key, theoretical_arrival_time| {
            let rate = self.limits.map(|limits| limits.rate(key.1));
            let until_arrival = theoretical_arrival_time.saturating_duration_since(now);
            rate.is_some_and(|rate| rate.wait(until_arrival, key.0.burst()).is_some())
        });
        if previous.len() > GENERATION {
            previous.clear();
        }
        previous.append(&mut self.current);
        self.previous = previous;
    }

    /// How long it takes until all failures are forgiven.
    fn until_arrival(&self, key: Key, now: Instant) -> Duration {
        let theoretical_arrival_time = self.current.get(&key).or_else(|| self.previous.get(&key));
        theoretical_arrival_time.map_or(Duration::ZERO, |time| time.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests;
