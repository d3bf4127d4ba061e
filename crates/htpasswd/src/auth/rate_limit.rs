//! Rate limits for wrong passwords, with the generic cell rate algorithm (GCRA).
//!
//! This module implements the virtual scheduling form of GCRA (ITU-T I.371 and the ATM Forum's Traffic Management
//! Specification). Each [`Key`], a network and what is counted for it, has one theoretical arrival time. Each failure
//! moves this time by one interval into the future. The login must ask the limits before the cache and before it
//! hashes. Memory is bounded: [`RateLimiter`] keeps two generations of keys.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::time::{Duration, Instant};

use super::FOREVER;
use super::peer::{Network, Peer};
use super::places::Places;

/// The number of counts in one generation. Up to three generations exist at once; a count takes about 90 bytes.
const GENERATION: usize = 50_000;
/// A peer never waits longer than this number of windows, however long its burst was.
const MAX_WINDOWS_AHEAD: u32 = 10;

/// Limits on how many wrong passwords are verified before further logins have to wait.
///
/// Two rates are limited: wrong passwords of one peer for one user, and wrong passwords of one peer for all users.
/// Neither limit keeps the user from a login from another peer. Both limits use the generic cell rate algorithm: a
/// count decreases evenly over its window, so with ten failures per minute, one more login is allowed every six
/// seconds. The same guess, sent many times at once, counts as one failure.
///
/// For one user, a verification counts from its start, unless the credentials were right before. The limit is therefore
/// the same for guesses in parallel and in sequence. For all users, a verification counts only after the password was
/// wrong, because a whole office may log in at once. A peer can therefore send guesses for many users at once, up to
/// the length of the queue, before the first of them counts. Afterwards all these guesses count, but no peer waits
/// longer than ten windows.
///
/// A peer is an IPv4 address, or the first 64 bits of an IPv6 address, because one host often has all addresses with
/// the same first 64 bits. IPv6 addresses that belong to one IPv4 host count as its IPv4 address: IPv4-mapped
/// addresses, NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380).
///
/// One customer often has a whole IPv6 network, up to all addresses with the same first 48 bits. Each wrong password
/// therefore also counts for the wider networks of the peer. A wider network has a longer burst. After the burst, the
/// network gets failures back at the rate of a single peer:
///
/// | network | failures at once for one user | for all users | then |
/// |---|---|---|---|
/// | an IPv4 address, or the first 64 bits of IPv6 | 10 | 100 | the configured failures per window |
/// | the first 56 bits of IPv6 | 20 | 200 | the configured failures per window |
/// | the first 48 bits of IPv6 | 30 | 300 | the configured failures per window |
///
/// The table shows the defaults; the burst of a wider network is always two or three times the burst of a peer. A
/// link-local address is a peer, and the whole link is a network with the burst of the last row.
///
/// An attacker can bring a whole network over its limit. A user can still log in from known peers: for the last four
/// peers from which a user has logged in, only the limits of the peer itself apply to this user. A user with a new
/// address in this network has to wait while the network is over its limit.
///
/// If all requests come through a proxy, the proxy's address is no peer. Pass the client's address from a header that
/// the proxy sets, or pass `None`: then no failures are counted.
///
/// Memory is bounded. A count is dropped after 50,000 newer counts. A count over its limit is dropped after 50,000
/// newer counts that are over their limits too.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::auth::FailureLimits;
/// use htpasswd::{Authenticator, Users};
///
/// let minute = Duration::from_secs(60);
/// let limits = FailureLimits::default().user_and_peer(5, minute).peer(50, minute);
/// let authenticator = Authenticator::builder(Users::from("")).failure_limits(limits).start()?;
/// # Ok::<(), htpasswd::auth::StartError>(())
/// ```
#[doc(alias = "rate limit")]
#[doc(alias = "brute force")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimits {
    user_and_peer: Rate,
    peer: Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    /// The number of failures within the window; 0 means no limit.
    failures: u32,
    window: Duration,
}

/// The state of all limits, in two generations. When the current generation is full, the previous generation is
/// dropped, except for keys that are over a limit.
pub(super) struct RateLimiter {
    limits: Option<FailureLimits>,
    /// The theoretical arrival time of each key that was counted since the generation began.
    current: BTreeMap<Key, Instant>,
    previous: BTreeMap<Key, Instant>,
    /// The number of unfinished guesses of a network for a user. Entries with 0 guesses are removed.
    under_way: BTreeMap<(Network, u64), u32>,
    places: Places,
}

type Key = (Network, Scope);

/// The kind of event that is counted for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// Failures for one user, who is identified by the number of the tag of the user name.
    User(u64),
    /// Failures for all users.
    Anybody,
    /// Cache misses of a network that is over its limit.
    Cache,
}

impl FailureLimits {
    /// Sets how many wrong passwords one peer may send for one user in each window; 0 means no limit. Default: 10 per
    /// minute.
    #[must_use]
    pub fn user_and_peer(mut self, failures: u32, window: Duration) -> Self {
        self.user_and_peer = Rate { failures, window: window.min(FOREVER) };
        self
    }

    /// Sets how many wrong passwords one peer may send for all users in each window; 0 means no limit. Default: 100 per
    /// minute, because a whole office may share one address.
    #[must_use]
    pub fn peer(mut self, failures: u32, window: Duration) -> Self {
        self.peer = Rate { failures, window: window.min(FOREVER) };
        self
    }
}

impl Default for FailureLimits {
    fn default() -> Self {
        let window = Duration::from_secs(60);
        Self { user_and_peer: Rate { failures: 10, window }, peer: Rate { failures: 100, window } }
    }
}

impl Rate {
    /// The emission interval of GCRA: the time after which one failure no longer counts.
    fn interval(self) -> Duration {
        self.window.checked_div(self.failures).unwrap_or_default()
    }

    /// Returns the time until one more failure conforms to a burst of this many windows; `None` if it conforms now.
    fn wait(self, until_arrival: Duration, burst: u32) -> Option<Duration> {
        let most = self.window.saturating_mul(burst);
        let wait = until_arrival.saturating_add(self.interval()).saturating_sub(most);
        (!wait.is_zero()).then_some(wait)
    }
}

impl FailureLimits {
    /// The limit on this kind of event; `None` if there is no limit.
    fn rate(self, scope: Scope) -> Option<Rate> {
        let rate = match scope {
            Scope::User(_) => self.user_and_peer,
            Scope::Anybody | Scope::Cache => self.peer,
        };
        (rate.failures > 0).then_some(rate)
    }
}

impl RateLimiter {
    pub(super) fn new(limits: Option<FailureLimits>) -> Self {
        let (current, previous, under_way) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { limits, current, previous, under_way, places: Places::default() }
    }

    /// Returns how long this peer has to wait before its next login as this user.
    pub(super) fn user_limited(&self, peer: Peer, user: u64, now: Instant) -> Option<Duration> {
        self.longest_wait(self.binding(peer, user), Scope::User(user), now)
    }

    /// Returns how long this peer has to wait before its next login as this user, because of the peer's failures for
    /// all users.
    pub(super) fn peer_limited(&self, peer: Peer, user: u64, now: Instant) -> Option<Duration> {
        self.longest_wait(self.binding(peer, user), Scope::Anybody, now)
    }

    /// Returns true if a peer over its limit may still look into the cache. The number of look-ups is limited,
    /// because a cache hit tells the peer that a guess is right.
    pub(super) fn may_ask_cache(&self, peer: Peer, now: Instant) -> bool {
        self.longest_wait(peer.networks(), Scope::Cache, now).is_none()
    }

    /// The networks whose limits apply. If the user has logged in from this peer before, only the limits of the peer
    /// itself apply, so that other peers in the network cannot lock the user out.
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
        let rate = self.limits?.rate(scope)?;
        networks
            .filter_map(|network| rate.wait(self.until_arrival((network, scope), now), network.burst()))
            .max()
    }

    /// Counts a guess for this user as unfinished until [`end`](Self::end). If the limit allows no further guess, the
    /// error is the time to wait.
    pub(super) fn begin(&mut self, peer: Peer, user: u64, now: Instant) -> Result<(), Duration> {
        let scope = Scope::User(user);
        let Some(rate) = self.limits.and_then(|limits| limits.rate(scope)) else { return Ok(()) };
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

    /// Counts one wrong password that all these peers sent at once: one failure for each of their networks.
    pub(super) fn count(&mut self, peers: impl Iterator<Item = Peer>, user: u64, now: Instant) {
        let networks: BTreeSet<_> = peers.flat_map(Peer::networks).collect();
        for network in networks {
            self.add((network, Scope::User(user)), now);
            self.add((network, Scope::Anybody), now);
        }
    }

    /// Counts a cache miss of a peer over its limit.
    pub(super) fn count_cache_miss(&mut self, peer: Peer, now: Instant) {
        for network in peer.networks() {
            self.add((network, Scope::Cache), now);
        }
    }

    /// Records that this user has logged in from this peer.
    pub(super) fn remember_place(&mut self, peer: Peer, user: u64) {
        if self.limits.is_some() {
            self.places.add(peer, user);
        }
    }

    fn add(&mut self, key: Key, now: Instant) {
        let Some(rate) = self.limits.and_then(|limits| limits.rate(key.1)) else { return };
        let until_arrival = self.until_arrival(key, now).saturating_add(rate.interval());
        let until_arrival = until_arrival.min(rate.window.saturating_mul(MAX_WINDOWS_AHEAD)).min(FOREVER);
        if self.current.len() >= GENERATION && !self.current.contains_key(&key) {
            self.begin_generation(now);
        }
        self.current.insert(key, now + until_arrival);
    }

    /// Makes the current generation the previous one, together with the previous keys that are over a limit. If these
    /// keys are more than one generation holds, all of them are dropped.
    fn begin_generation(&mut self, now: Instant) {
        let mut previous = mem::take(&mut self.previous);
        previous.retain(|key, theoretical_arrival_time| {
            let rate = self.limits.and_then(|limits| limits.rate(key.1));
            let until_arrival = theoretical_arrival_time.saturating_duration_since(now);
            rate.is_some_and(|rate| rate.wait(until_arrival, key.0.burst()).is_some())
        });
        if previous.len() > GENERATION {
            previous.clear();
        }
        previous.append(&mut self.current);
        self.previous = previous;
    }

    /// The time until no failure of this key counts any more.
    fn until_arrival(&self, key: Key, now: Instant) -> Duration {
        let theoretical_arrival_time = self.current.get(&key).or_else(|| self.previous.get(&key));
        theoretical_arrival_time.map_or(Duration::ZERO, |time| time.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests;
