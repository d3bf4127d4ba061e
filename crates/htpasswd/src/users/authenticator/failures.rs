//! Who has guessed wrong too often lately.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::FOREVER;

/// How many counts one generation holds. There are up to three, of some 80 bytes a count.
const GENERATION: usize = 50_000;
/// A burst is not held against anybody for longer than so many windows.
const LONGEST_DEBT: u32 = 10;

/// How many wrong passwords are answered before more have to wait.
///
/// Two counts are kept: of a user from one peer, and of a peer whatever the user. Neither can lock anybody out
/// from another peer. A count is forgiven evenly over its window: of ten a minute, one comes back every six
/// seconds. The same guess sent many times at once is one.
///
/// Of a user from one peer, what is under way counts already, unless it was right lately: many guesses at once are
/// as many guesses as one after the other. Of a peer whatever the user, it counts once it was wrong: a whole office
/// may log in at once. So a peer can have as many guesses at different users answered at once as the queue is long;
/// they count, too, but nobody has to wait for longer than ten windows.
///
/// A peer is an address of IPv4 or, of IPv6, the first 64 bits: a host often has as many addresses to itself.
/// Link-local addresses count whole, and those behind NAT64 (RFC 6052) as the address of IPv4 that they are of.
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

/// Where a request comes from, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer(Option<IpAddr>);

/// Bounded: the generation before the last is forgotten, but for those in it who are over a limit.
pub(super) struct Failures {
    limits: Option<FailureLimits>,
    /// When the last failure will be forgiven.
    young: BTreeMap<Culprit, Instant>,
    old: BTreeMap<Culprit, Instant>,
    /// How many guesses of a peer at a user are in the queue or being looked at; none are not listed.
    under_way: BTreeMap<(IpAddr, u64), u32>,
}

/// What is counted of a peer.
type Culprit = (IpAddr, Of);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
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

    /// How long to wait until there is room for one more.
    fn wait(self, debt: Duration) -> Option<Duration> {
        let wait = debt.saturating_add(self.interval()).saturating_sub(self.window);
        (!wait.is_zero()).then_some(wait)
    }
}

impl Peer {
    pub(super) fn new(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => match address.segments() {
                [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
                    let [.., a, b, c, d] = address.octets();
                    Ipv4Addr::new(a, b, c, d).into()
                }
                _ if address.is_unicast_link_local() => address.into(),
                _ => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
            },
            address @ IpAddr::V4(_) => address,
        }))
    }
}

impl Failures {
    pub(super) fn new(limits: Option<FailureLimits>) -> Self {
        Self { limits, young: BTreeMap::new(), old: BTreeMap::new(), under_way: BTreeMap::new() }
    }

    /// How long this peer has to wait before it may try this user again.
    pub(super) fn user_limited(&self, peer: Peer, user: u64, now: Instant) -> Option<Duration> {
        let limits = self.limits?;
        limits.user_and_peer.wait(self.debt((peer.0?, Of::User(user)), now))
    }

    /// How long this peer has to wait before it may try anybody again.
    pub(super) fn peer_limited(&self, peer: Peer, now: Instant) -> Option<Duration> {
        let limits = self.limits?;
        limits.peer.wait(self.debt((peer.0?, Of::Anybody), now))
    }

    /// Whether a peer over its limit may still ask the cache: it, too, tells who has guessed right.
    pub(super) fn may_ask_cache(&self, peer: Peer, now: Instant) -> bool {
        let (Some(limits), Some(peer)) = (self.limits, peer.0) else { return true };
        limits.peer.wait(self.debt((peer, Of::Cache), now)).is_none()
    }

    /// A guess at this user is under way, until its [`end`](Self::end); or how long to wait before there may be one.
    pub(super) fn begin(&mut self, peer: Peer, user: u64, now: Instant) -> Result<(), Duration> {
        let (Some(limits), Some(peer)) = (self.limits, peer.0) else { return Ok(()) };
        let rate = limits.user_and_peer;
        let debt = self.debt((peer, Of::User(user)), now);
        let under_way = self.under_way.get(&(peer, user)).copied().unwrap_or(0);
        let wait = rate.wait(debt.saturating_add(rate.interval().saturating_mul(under_way)));
        if wait.is_none() {
            self.under_way.insert((peer, user), under_way + 1);
        }
        wait.map_or(Ok(()), Err)
    }

    pub(super) fn end(&mut self, peer: Peer, user: u64) {
        let (Some(_), Some(peer)) = (self.limits, peer.0) else { return };
        if let Entry::Occupied(mut under_way) = self.under_way.entry((peer, user)) {
            *under_way.get_mut() -= 1;
            if *under_way.get() == 0 {
                under_way.remove();
            }
        }
    }

    /// A wrong password.
    pub(super) fn count(&mut self, peer: Peer, user: u64, now: Instant) {
        let (Some(limits), Some(peer)) = (self.limits, peer.0) else { return };
        self.add((peer, Of::User(user)), limits.user_and_peer, now);
        self.add((peer, Of::Anybody), limits.peer, now);
    }

    /// The cache did not know what a peer over its limit asked.
    pub(super) fn count_cache_miss(&mut self, peer: Peer, now: Instant) {
        let (Some(limits), Some(peer)) = (self.limits, peer.0) else { return };
        self.add((peer, Of::Cache), limits.peer, now);
    }

    fn add(&mut self, culprit: Culprit, rate: Rate, now: Instant) {
        let debt = self.debt(culprit, now).saturating_add(rate.interval());
        let debt = debt.min(rate.window.saturating_mul(LONGEST_DEBT)).min(FOREVER);
        if self.young.len() >= GENERATION && !self.young.contains_key(&culprit) {
            self.grow_old(now);
        }
        self.young.insert(culprit, now + debt);
    }

    /// Forgets those of the old generation who are not over a limit; all of them, if that is too many still.
    fn grow_old(&mut self, now: Instant) {
        let mut old = mem::take(&mut self.old);
        old.retain(|culprit, forgiven| {
            let rate = self.limits.map(|limits| match culprit.1 {
                Of::User(_) => limits.user_and_peer,
                Of::Anybody | Of::Cache => limits.peer,
            });
            rate.is_some_and(|rate| rate.wait(forgiven.saturating_duration_since(now)).is_some())
        });
        if old.len() > GENERATION {
            old.clear();
        }
        old.append(&mut self.young);
        self.old = old;
    }

    fn debt(&self, culprit: Culprit, now: Instant) -> Duration {
        let forgiven = self.young.get(&culprit).or_else(|| self.old.get(&culprit));
        forgiven.map_or(Duration::ZERO, |forgiven| forgiven.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn peer(text: &str) -> Peer {
        Peer::new(Some(text.parse().unwrap()))
    }

    fn failures() -> Failures {
        Failures::new(Some(FailureLimits::default()))
    }

    #[test]
    fn ten_a_minute_for_a_user_from_a_peer() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
        for _ in 0..10 {
            assert_eq!(failures.user_limited(here, 1, start), None);
            failures.count(here, 1, start);
        }
        assert_eq!(failures.user_limited(here, 1, start), Some(6 * SECOND));
        assert_eq!(failures.user_limited(here, 1, start + 5 * SECOND), Some(SECOND));
        assert_eq!(failures.user_limited(here, 1, start + 6 * SECOND), None);
        // Neither another user nor another peer has to wait.
        assert_eq!(failures.user_limited(here, 2, start), None);
        assert_eq!(failures.user_limited(there, 1, start), None);
        assert_eq!(failures.peer_limited(here, start), None);
    }

    #[test]
    fn a_hundred_a_minute_for_a_peer_whatever_the_user() {
        let (mut failures, start) = (failures(), Instant::now());
        for user in 0..100 {
            assert_eq!(failures.peer_limited(peer("192.0.2.1"), start), None);
            failures.count(peer("192.0.2.1"), user, start);
        }
        assert_eq!(failures.peer_limited(peer("192.0.2.1"), start), Some(Duration::from_millis(600)));
        assert_eq!(failures.peer_limited(peer("192.0.2.2"), start), None);
        assert_eq!(failures.peer_limited(peer("192.0.2.1"), start + 60 * SECOND), None);
    }

    #[test]
    fn a_burst_is_paid_back_but_not_for_ever() {
        let (mut failures, start) = (failures(), Instant::now());
        for _ in 0..20 {
            failures.count(peer("192.0.2.1"), 1, start);
        }
        assert_eq!(failures.user_limited(peer("192.0.2.1"), 1, start), Some(66 * SECOND));
        for _ in 0..100_000 {
            failures.count(peer("192.0.2.1"), 1, start);
        }
        assert_eq!(failures.user_limited(peer("192.0.2.1"), 1, start), Some((600 - 60 + 6) * SECOND));
    }

    #[test]
    fn the_cache_can_be_asked_as_often_again_and_that_prolongs_nothing() {
        let (mut failures, start, here) = (failures(), Instant::now(), peer("192.0.2.1"));
        for user in 0..100 {
            failures.count(here, user, start);
        }
        let wait = failures.peer_limited(here, start);
        for _ in 0..100 {
            assert!(failures.may_ask_cache(here, start));
            failures.count_cache_miss(here, start);
        }
        assert!(!failures.may_ask_cache(here, start));
        assert!(failures.may_ask_cache(here, start + SECOND));
        assert_eq!(failures.peer_limited(here, start), wait);
        assert_eq!(failures.young.len(), 102);
    }

    #[test]
    fn what_is_under_way_counts_until_its_end() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
        failures.count(here, 1, start);
        for _ in 1..10 {
            assert_eq!(failures.begin(here, 1, start), Ok(()));
        }
        assert_eq!(failures.begin(here, 1, start), Err(6 * SECOND));
        assert_eq!(failures.begin(here, 1, start + 6 * SECOND), Ok(()));
        assert_eq!((failures.begin(there, 1, start), failures.begin(here, 2, start)), (Ok(()), Ok(())));
        // Nobody else is told so yet.
        assert_eq!((failures.user_limited(here, 1, start), failures.peer_limited(here, start)), (None, None));
        for (peer, user, count) in [(here, 1, 10), (there, 1, 1), (here, 2, 1)] {
            for _ in 0..count {
                failures.end(peer, user);
            }
        }
        for _ in 0..9 {
            failures.count(here, 1, start);
        }
        assert_eq!(failures.begin(here, 1, start), Err(6 * SECOND));
        assert!(failures.under_way.is_empty());
    }

    #[test]
    fn addresses_that_are_not_of_one_host_are_no_network() {
        assert_eq!(peer("64:ff9b::192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("64:ff9b::192.0.2.1"), peer("64:ff9b::192.0.2.2"));
        assert_eq!(peer("64:ff9b:0:0:0:1::"), peer("64:ff9b::1:0:0:0"));
        assert_ne!(peer("fe80::1"), peer("fe80::2"));
    }

    #[test]
    fn a_network_of_64_bits_is_one_peer() {
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }

    #[test]
    fn without_limits_or_peer_nothing_is_counted() {
        let start = Instant::now();
        for (mut failures, peer) in [(Failures::new(None), peer("192.0.2.1")), (failures(), Peer::new(None))]
        {
            for _ in 0..1000 {
                failures.begin(peer, 1, start).unwrap();
                failures.count(peer, 1, start);
            }
            assert_eq!(failures.user_limited(peer, 1, start), None);
            assert_eq!(failures.peer_limited(peer, start), None);
            assert!(failures.young.is_empty() && failures.under_way.is_empty());
        }
    }

    #[test]
    fn memory_is_bounded_and_who_goes_on_is_not_forgotten() {
        let (mut failures, start) = (failures(), Instant::now());
        for user in 0..400_000 {
            failures.count(peer("192.0.2.1"), user, start);
            failures.count(peer("192.0.2.2"), 0, start);
            assert!(failures.young.len() <= GENERATION + 1 && failures.old.len() <= 2 * GENERATION);
        }
        assert!(failures.user_limited(peer("192.0.2.2"), 0, start).is_some());
        assert!(failures.peer_limited(peer("192.0.2.1"), start).is_some());
    }

    #[test]
    fn who_is_over_a_limit_is_only_forgotten_for_as_many_who_are_so_too() {
        let (mut failures, start) = (failures(), Instant::now());
        let (here, flood) = (peer("192.0.2.1"), peer("192.0.2.2"));
        for _ in 0..10 {
            failures.count(here, 0, start);
        }
        for address in 0..2 * GENERATION {
            let somebody = Peer::new(Some(Ipv6Addr::from_bits((address as u128) << 64).into()));
            failures.count(somebody, 0, start);
            assert!(failures.young.len() <= GENERATION);
        }
        assert!(failures.user_limited(here, 0, start).is_some());

        let one = NonZeroU32::MIN;
        let limits = FailureLimits::default().user_and_peer(one, 60 * SECOND).peer(one, 60 * SECOND);
        let mut failures = Failures::new(Some(limits));
        let is_limited = |failures: &Failures, user| failures.user_limited(flood, user, start).is_some();
        // With the peer, one generation, then another.
        for user in 1..2 * GENERATION as u64 {
            failures.count(flood, user, start);
        }
        assert!(is_limited(&failures, 1));
        failures.count(flood, 0, start);
        assert!(is_limited(&failures, 1) && is_limited(&failures, 0));
        for user in 0..GENERATION as u64 {
            failures.count(flood, u64::MAX - user, start);
        }
        assert!(!is_limited(&failures, 1) && is_limited(&failures, u64::MAX));
    }

    #[test]
    fn absurd_windows_do_no_harm() {
        let most = NonZeroU32::MAX;
        for window in [Duration::ZERO, Duration::MAX] {
            let limits = FailureLimits::default().user_and_peer(most, window).peer(NonZeroU32::MIN, window);
            let (mut failures, now) = (Failures::new(Some(limits)), Instant::now());
            for _ in 0..10 {
                failures.count(peer("192.0.2.1"), 1, now);
                failures.user_limited(peer("192.0.2.1"), 1, now);
                failures.peer_limited(peer("192.0.2.1"), now);
            }
        }
    }
}
