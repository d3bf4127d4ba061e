//! [`RateLimiter`] limits users, peers and networks, and its memory stays bounded.

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
fn a_peer_has_ten_failures_a_minute_for_one_user() {
    let (mut failures, start) = (failures(), Instant::now());
    let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
    for _ in 0..10 {
        assert_eq!(failures.user_limited(here, 1, start), None);
        failures.count([here].into_iter(), 1, start);
    }
    assert_eq!(failures.user_limited(here, 1, start), Some(6 * SECOND));
    assert_eq!(failures.user_limited(here, 1, start + 5 * SECOND), Some(SECOND));
    assert_eq!(failures.user_limited(here, 1, start + 6 * SECOND), None);
    // Other users and other peers do not have to wait.
    assert_eq!(failures.user_limited(here, 2, start), None);
    assert_eq!(failures.user_limited(there, 1, start), None);
    assert_eq!(failures.peer_limited(here, 0, start), None);
}

#[test]
fn a_peer_has_a_hundred_failures_a_minute_for_all_users() {
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
fn a_long_burst_delays_a_peer_for_at_most_ten_windows() {
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
fn cache_misses_have_their_own_limit_and_prolong_no_wait() {
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
fn unfinished_guesses_count_until_their_end() {
    let (mut failures, start) = (failures(), Instant::now());
    let (here, there) = (peer("192.0.2.1"), peer("192.0.2.2"));
    failures.count([here].into_iter(), 1, start);
    for _ in 1..10 {
        assert_eq!(failures.begin(here, 1, start), Ok(()));
    }
    assert_eq!(failures.begin(here, 1, start), Err(6 * SECOND));
    assert_eq!(failures.begin(here, 1, start + 6 * SECOND), Ok(()));
    assert_eq!((failures.begin(there, 1, start), failures.begin(here, 2, start)), (Ok(()), Ok(())));
    // Unfinished guesses do not count as failures.
    assert_eq!((failures.user_limited(here, 1, start), failures.peer_limited(here, 0, start)), (None, None));
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

/// Counts the guesses that are verified if each guess comes from another network of 64 bits.
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
fn parallel_guesses_from_one_network_are_limited_together() {
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
fn equal_guesses_from_one_network_are_one_failure() {
    let (mut failures, start) = (failures(), Instant::now());
    let peers = || (0..200).map(|number| peer(&format!("2001:db8:0:{number:x}00::1")));
    for _ in 0..9 {
        failures.count(peers(), 1, start);
    }
    assert_eq!(failures.user_limited(peer("2001:db8::1"), 1, start), None);
    assert_eq!(failures.user_limited(peer("2001:db8:0:ffff::1"), 1, start), None);
}

#[test]
fn a_network_over_its_limit_locks_no_user_out_of_known_peers() {
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
    assert_eq!((failures.user_limited(home, 1, start), failures.peer_limited(home, 1, start)), (None, None));
    assert!(failures.user_limited(home, 2, start).is_some(), "another user has no place there");
    // A known peer has the same number of guesses as any other peer.
    for _ in 0..10 {
        assert_eq!(failures.begin(home, 1, start), Ok(()));
    }
    assert!(failures.begin(home, 1, start).is_err());
}

#[test]
fn the_peers_of_a_network_share_one_limit_of_cache_misses() {
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
    for (mut failures, peer) in [(RateLimiter::new(None), peer("192.0.2.1")), (failures(), Peer::new(None))] {
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
fn memory_is_bounded_and_active_keys_are_kept() {
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
fn only_keys_over_a_limit_displace_keys_over_a_limit() {
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

    let limits = FailureLimits::default().user_and_peer(1, 60 * SECOND).peer(1, 60 * SECOND);
    let mut failures = RateLimiter::new(Some(limits));
    let is_limited = |failures: &RateLimiter, user| failures.user_limited(flood, user, start).is_some();
    // Together with the key of the peer, these users fill one generation and then another.
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
fn extreme_windows_do_not_overflow() {
    for window in [Duration::ZERO, Duration::MAX] {
        let limits = FailureLimits::default().user_and_peer(u32::MAX, window).peer(1, window);
        let (mut failures, now) = (RateLimiter::new(Some(limits)), Instant::now());
        for _ in 0..10 {
            failures.count([peer("192.0.2.1")].into_iter(), 1, now);
            failures.user_limited(peer("192.0.2.1"), 1, now);
            failures.peer_limited(peer("192.0.2.1"), 0, now);
        }
    }
}
