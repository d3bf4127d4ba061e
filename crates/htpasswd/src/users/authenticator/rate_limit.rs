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
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn peer(text: &str) -> Peer {
        Peer::new(Some(text.parse().unwrap()))
    }

    fn failures() -> RateLimiter {
        RateLimiter::new(Some(FailureLimits::default()))
    }

    #[test]
    fn ten_a_minute_for_a_user_from_a_peer() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
        for _ in 0..10 {
            assert_eq!(failures.user_limited(here, 1, start), None);
            failures.count([here].into_iter(), 1, start);
        }
        assert_eq!(failures.user_limited(here, 1, start), Some(6 * SECOND));
        assert_eq!(failures.user_limited(here, 1, start + 5 * SECOND), Some(SECOND));
        assert_eq!(failures.user_limited(here, 1, start + 6 * SECOND), None);
        // Neither another user nor another peer has to wait.
        assert_eq!(failures.user_limited(here, 2, start), None);
        assert_eq!(failures.user_limited(there, 1, start), None);
        assert_eq!(failures.peer_limited(here, 0, start), None);
    }

    #[test]
    fn a_hundred_a_minute_for_a_peer_whatever_the_user() {
        let (mut failures, start) = (failures(), Instant::now());
        for user in 0..100 {
            assert_eq!(failures.peer_limited(peer("192.0.2.1"), 0, start), None);
            failures.count([peer("192.0.2.1")].into_iter(), user, start);
        }
        assert_eq!(failures.peer_limited(peer("192.0.2.1"), 0, start), Some(Duration::from_millis(600)));
        assert_eq!(failures.peer_limited(peer("192.0.2.2"), 0, start), None);
        assert_eq!(failures.peer_limited(peer("192.0.2.1"), 0, start + 60 * SECOND), None);
    }

    #[test]
    fn a_burst_is_paid_back_but_not_for_ever() {
        let (mut failures, start) = (failures(), Instant::now());
        for _ in 0..20 {
            failures.count([peer("192.0.2.1")].into_iter(), 1, start);
        }
        assert_eq!(failures.user_limited(peer("192.0.2.1"), 1, start), Some(66 * SECOND));
        for _ in 0..100_000 {
            failures.count([peer("192.0.2.1")].into_iter(), 1, start);
        }
        assert_eq!(failures.user_limited(peer("192.0.2.1"), 1, start), Some((600 - 60 + 6) * SECOND));
    }

    #[test]
    fn the_cache_can_be_asked_as_often_again_and_that_prolongs_nothing() {
        let (mut failures, start, here) = (failures(), Instant::now(), peer("192.0.2.1"));
        for user in 0..100 {
            failures.count([here].into_iter(), user, start);
        }
        let wait = failures.peer_limited(here, 0, start);
        for _ in 0..100 {
            assert!(failures.may_ask_cache(here, start));
            failures.count_cache_miss(here, start);
        }
        assert!(!failures.may_ask_cache(here, start));
        assert!(failures.may_ask_cache(here, start + SECOND));
        assert_eq!(failures.peer_limited(here, 0, start), wait);
        assert_eq!(failures.current.len(), 102);
    }

    #[test]
    fn what_is_under_way_counts_until_its_end() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
        failures.count([here].into_iter(), 1, start);
        for _ in 1..10 {
            assert_eq!(failures.begin(here, 1, start), Ok(()));
        }
        assert_eq!(failures.begin(here, 1, start), Err(6 * SECOND));
        assert_eq!(failures.begin(here, 1, start + 6 * SECOND), Ok(()));
        assert_eq!((failures.begin(there, 1, start), failures.begin(here, 2, start)), (Ok(()), Ok(())));
        // Nobody else is told so yet.
        assert_eq!(
            (failures.user_limited(here, 1, start), failures.peer_limited(here, 0, start)),
            (None, None)
        );
        for (peer, user, count) in [(here, 1, 10), (there, 1, 1), (here, 2, 1)] {
            for _ in 0..count {
                failures.end(peer, user);
            }
        }
        for _ in 0..9 {
            failures.count([here].into_iter(), 1, start);
        }
        assert_eq!(failures.begin(here, 1, start), Err(6 * SECOND));
        assert!(failures.under_way.is_empty());
    }

    /// How many guesses are answered of a peer that comes from another network of 64 bits each time.
    fn guesses(failures: &mut RateLimiter, prefix: &str, now: Instant) -> usize {
        let is_answered = |number: &usize| {
            let peer = peer(&prefix.replace('*', &format!("{number:x}")));
            let is_answered = failures.user_limited(peer, 1, now).is_none();
            if is_answered {
                failures.count([peer].into_iter(), 1, now);
            }
            is_answered
        };
        (0..256).take_while(is_answered).count()
    }

    #[test]
    fn a_wider_network_has_a_longer_burst_and_then_the_same_rate() {
        for (prefix, burst) in [
            ("192.0.2.1", 10),
            ("2001:db8::*", 10),
            ("2001:db8:0:1::*", 10),
            ("2001:db8:1:*::1", 20),
            ("2001:db8:2:*00::1", 30),
            ("2002:c000:202:*::1", 10),
            ("2001:0:*:2:8000:ffff:3fff:fdfc", 10),
            ("fe80::*", 30),
        ] {
            let (mut failures, start) = (failures(), Instant::now());
            assert_eq!(guesses(&mut failures, prefix, start), burst, "{prefix}");
            for minutes in 1..5 {
                assert_eq!(guesses(&mut failures, prefix, start + 60 * minutes * SECOND), 10, "{prefix}");
            }
        }
    }

    #[test]
    fn guesses_at_once_from_one_network_are_as_many_guesses() {
        let (mut failures, start) = (failures(), Instant::now());
        let begun = |failures: &mut RateLimiter, from: u16| {
            let peers = (from..from + 100).map(|number| peer(&format!("2001:db8:0:{number:x}00::1")));
            peers.filter(|peer| failures.begin(*peer, 1, start).is_ok()).count()
        };
        assert_eq!((begun(&mut failures, 0), begun(&mut failures, 100)), (30, 0));
        for number in 0..30 {
            failures.end(peer(&format!("2001:db8:0:{number:x}00::1")), 1);
        }
        assert!(failures.under_way.is_empty());
        assert_eq!(begun(&mut failures, 0), 30);
    }

    #[test]
    fn equal_guesses_from_one_network_are_one_failure_of_it() {
        let (mut failures, start) = (failures(), Instant::now());
        let peers = || (0..200).map(|number| peer(&format!("2001:db8:0:{number:x}00::1")));
        for _ in 0..9 {
            failures.count(peers(), 1, start);
        }
        assert_eq!(failures.user_limited(peer("2001:db8::1"), 1, start), None);
        assert_eq!(failures.user_limited(peer("2001:db8:0:ffff::1"), 1, start), None);
    }

    #[test]
    fn a_network_over_its_limit_keeps_no_user_out_of_known_places() {
        let (mut failures, start) = (failures(), Instant::now());
        let (home, new) = (peer("2001:db8:0:ff01::1"), peer("2001:db8:0:ff02::1"));
        failures.remember_place(home, 1);
        for user in 0..100 {
            for number in 0..30 {
                failures.count([peer(&format!("2001:db8:0:{number:x}00::1"))].into_iter(), user, start);
            }
        }
        assert!(failures.user_limited(new, 1, start).is_some() && failures.begin(new, 1, start).is_err());
        assert!(failures.peer_limited(new, 1, start).is_some());
        assert_eq!(
            (failures.user_limited(home, 1, start), failures.peer_limited(home, 1, start)),
            (None, None)
        );
        assert!(failures.user_limited(home, 2, start).is_some(), "another user has no place there");
        // As many guesses as any peer has, and no more.
        for _ in 0..10 {
            assert_eq!(failures.begin(home, 1, start), Ok(()));
        }
        assert!(failures.begin(home, 1, start).is_err());
    }

    #[test]
    fn a_network_over_its_limit_has_one_budget_of_questions_to_the_cache() {
        let (mut failures, start) = (failures(), Instant::now());
        let peers =
            (0..1000).map(|number| peer(&format!("2001:db8:0:{:x}{:02x}::1", number % 256, number / 256)));
        let answered = peers.filter(|peer| {
            let may_ask = failures.may_ask_cache(*peer, start);
            failures.count_cache_miss(*peer, start);
            may_ask
        });
        assert_eq!(answered.count(), 300);
    }

    #[test]
    fn without_limits_or_peer_nothing_is_counted() {
        let start = Instant::now();
        for (mut failures, peer) in
            [(RateLimiter::new(None), peer("192.0.2.1")), (failures(), Peer::new(None))]
        {
            for _ in 0..1000 {
                failures.begin(peer, 1, start).unwrap();
                failures.count([peer].into_iter(), 1, start);
            }
            assert_eq!(failures.user_limited(peer, 1, start), None);
            assert_eq!(failures.peer_limited(peer, 0, start), None);
            assert!(failures.current.is_empty() && failures.under_way.is_empty());
        }
    }

    #[test]
    fn memory_is_bounded_and_who_goes_on_is_not_forgotten() {
        let (mut failures, start) = (failures(), Instant::now());
        for user in 0..400_000 {
            failures.count([peer("192.0.2.1")].into_iter(), user, start);
            failures.count([peer("192.0.2.2")].into_iter(), 0, start);
            assert!(failures.current.len() <= GENERATION + 1 && failures.previous.len() <= 2 * GENERATION);
        }
        assert!(failures.user_limited(peer("192.0.2.2"), 0, start).is_some());
        assert!(failures.peer_limited(peer("192.0.2.1"), 0, start).is_some());
    }

    #[test]
    fn who_is_over_a_limit_is_only_forgotten_for_as_many_who_are_so_too() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, flood) = (peer("192.0.2.1"), peer("192.0.2.2"));
        for _ in 0..10 {
            failures.count([here].into_iter(), 0, start);
        }
        for address in 0..2 * GENERATION {
            let somebody = Peer::new(Some(Ipv6Addr::from_bits((address as u128) << 64).into()));
            failures.count([somebody].into_iter(), 0, start);
            assert!(failures.current.len() <= GENERATION);
        }
        assert!(failures.user_limited(here, 0, start).is_some());

        let one = NonZeroU32::MIN;
        let limits = FailureLimits::default().user_and_peer(one, 60 * SECOND).peer(one, 60 * SECOND);
        let mut failures = RateLimiter::new(Some(limits));
        let is_limited = |failures: &RateLimiter, user| failures.user_limited(flood, user, start).is_some();
        // With the peer, one generation, then another.
        for user in 1..2 * GENERATION as u64 {
            failures.count([flood].into_iter(), user, start);
        }
        assert!(is_limited(&failures, 1));
        failures.count([flood].into_iter(), 0, start);
        assert!(is_limited(&failures, 1) && is_limited(&failures, 0));
        for user in 0..GENERATION as u64 {
            failures.count([flood].into_iter(), u64::MAX - user, start);
        }
        assert!(!is_limited(&failures, 1) && is_limited(&failures, u64::MAX));
    }

    #[test]
    fn absurd_windows_do_no_harm() {
        let most = NonZeroU32::MAX;
        for window in [Duration::ZERO, Duration::MAX] {
            let limits = FailureLimits::default().user_and_peer(most, window).peer(NonZeroU32::MIN, window);
            let (mut failures, now) = (RateLimiter::new(Some(limits)), Instant::now());
            for _ in 0..10 {
                failures.count([peer("192.0.2.1")].into_iter(), 1, now);
                failures.user_limited(peer("192.0.2.1"), 1, now);
                failures.peer_limited(peer("192.0.2.1"), 0, now);
            }
        }
    }
}
