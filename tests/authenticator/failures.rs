//! The rate limits delay clients that guess passwords, and no other clients.

use std::net::IpAddr;
use std::time::Duration;

use crate::login::{
    Fixture, LoggedEvent, SHA1, bcrypt, is_accepted, is_limited, peer, record, wait_until, within_deadline,
};
use htpasswd::Verdict;
use htpasswd::auth::{FailureLimits, Verification};

const HOUR: Duration = Duration::from_secs(3600);

/// Uses windows of an hour, so that no failure expires while a test runs.
fn limits(user: u32, peer: u32) -> FailureLimits {
    FailureLimits::default().user_and_peer(user, HOUR).peer(peer, HOUR)
}

fn users() -> String {
    ["alice", "bob", "carol"].map(|user| record(user, "secret", &bcrypt(4))).concat()
}

/// Sends wrong passwords until one is answered `Limited`, and returns how many were verified before it.
fn guess_until_limited(fixture: &Fixture, from: IpAddr, user: &str) -> usize {
    (0..1_000)
        .position(|number| is_limited(fixture.verify_from(from, user, &format!("wrong {number}"))))
        .unwrap()
}

#[test]
fn ten_wrong_passwords_for_a_user_limit_only_that_peer() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(FailureLimits::default()));
        for _ in 0..10 {
            assert_eq!(fixture.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
        }
        let Verdict::Limited { retry_after, .. } = fixture.verify_from(peer(1), "alice", "secret") else {
            panic!("the eleventh login is answered")
        };
        assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(6), "{retry_after:?}");
        assert!(matches!(fixture.hook.last(), LoggedEvent::Limited { ref user, .. } if user == "alice"));
        assert!(is_accepted(fixture.verify_from(peer(1), "bob", "secret")));
        assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.verify_from(peer(1), "alicE", "secret"), Verdict::Rejected);
    });
}

#[test]
fn a_hundred_wrong_passwords_limit_a_peer_for_every_user() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        for number in 0..100 {
            let (user, password) = (format!("unknown{number}"), "x");
            assert_eq!(fixture.verify_from(peer(1), &user, password), Verdict::Rejected, "{number}");
        }
        for user in ["alice", "unknown", "unknown1"] {
            assert!(is_limited(fixture.verify_from(peer(1), user, "secret")));
        }
        assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")));
    });
}

#[test]
fn an_ipv6_network_counts_as_one_peer() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        let address = |network: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, network, host, 0, 0, host]);
        for host in 0..10 {
            assert_eq!(fixture.verify_from(address(1, host), "alice", "wrong"), Verdict::Rejected);
        }
        assert!(is_limited(fixture.verify_from(address(1, 77), "alice", "secret")));
        assert!(is_accepted(fixture.verify_from(address(2, 0), "alice", "secret")));
    });
}

/// Returns how many of 2,000 guesses at one user are verified if guess `n` comes from `addresses(n)`.
fn verified_guesses(addresses: impl Fn(u16) -> IpAddr) -> usize {
    let fixture = Fixture::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
    let verdicts =
        (0..2_000).map(|number| fixture.verify_from(addresses(number), "alice", &format!("wrong {number}")));
    let verified_guesses = verdicts.filter(|verdict| *verdict == Verdict::Rejected).count();
    assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")), "another network");
    let other_network = IpAddr::from([0x2001, 0xdb8, 7, 0, 0, 0, 0, 1]);
    assert!(is_accepted(fixture.verify_from(other_network, "alice", "secret")), "another network");
    verified_guesses
}

#[test]
fn an_ipv6_site_has_at_most_three_times_the_guesses() {
    within_deadline(|| {
        let address = |prefix: [u16; 4], number: u16| {
            let [a, b, c, d] = prefix;
            IpAddr::from([a, b, c, d, number, 0, 0, number])
        };
        assert_eq!(verified_guesses(|_| peer(1)), 10);
        assert_eq!(verified_guesses(|number| address([0x2001, 0xdb8, 0, 1], number)), 10, "64 bits");
        assert_eq!(
            verified_guesses(|number| address([0x2001, 0xdb8, 0, number % 256], number)),
            20,
            "56 bits"
        );
        assert_eq!(
            verified_guesses(|number| address([0x2001, 0xdb8, 0, number << 5], number)),
            30,
            "48 bits"
        );
    });
}

#[test]
fn an_ipv4_host_has_no_more_guesses_through_tunnels() {
    within_deadline(|| {
        // The tunnels 6to4 and Teredo give these addresses to the host 192.0.2.1.
        let [high, low] = [0xc000_u16, 0x0201];
        assert_eq!(verified_guesses(|number| IpAddr::from([0x2002, high, low, number, number, 0, 0, 1])), 10);
        assert_eq!(
            verified_guesses(|number| IpAddr::from([0x2001, 0, number, 1, 0x8000, number, !high, !low])),
            10
        );
        // The IPv4 address and both kinds of tunnel address share one limit.
        let each = |number: u16| match number % 3 {
            0 => peer(1),
            1 => IpAddr::from([0x2002, high, low, number, number, 0, 0, 1]),
            _ => IpAddr::from([0x2001, 0, number, 1, 0x8000, number, !high, !low]),
        };
        assert_eq!(verified_guesses(each), 10);
    });
}

#[test]
fn concurrent_guesses_from_one_ipv6_site_are_limited() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)));
        let _held = fixture.hold();
        let address = |number: u16| IpAddr::from([0x2001, 0xdb8, 0, number << 7, 0, 0, 0, 1]);
        let guesses: Vec<_> = (0..500)
            .map(|number| fixture.begin_from(address(number), "alice", &format!("wrong {number}")))
            .collect();
        fixture.hook.open();
        let verdicts: Vec<_> = guesses.into_iter().map(Verification::wait).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Rejected).count(), 30);
    });
}

/// An attacker may guess passwords from a network that the users of these passwords share.
#[test]
fn guesses_do_not_lock_users_out_of_their_own_networks() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)).cache(HOUR, 10));
        let address = |network: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
        let home = address(0xff01);
        assert!(is_accepted(fixture.verify_from(home, "alice", "secret")));
        for number in 0..400 {
            let user = format!("unknown{number}");
            let _ = fixture.verify_from(address(number << 7), &user, "wrong");
            let _ = fixture.verify_from(address(number << 7), "alice", &format!("wrong {number}"));
        }
        assert!(
            is_limited(fixture.verify_from(address(0xff02), "alice", "secret")),
            "a network without a successful login"
        );
        // The password of the first login is in the cache. The password of the second login is not, because the file
        // has changed.
        assert!(is_accepted(fixture.verify_from(home, "alice", "secret")));
        fixture.write(&users().replace("alice:", "al:").replace("bob:", "alice:"));
        assert!(is_accepted(fixture.verify_from(home, "alice", "secret")));
        assert!(is_limited(fixture.verify_from(home, "bob", "secret")), "bob has never logged in from home");
        // Guesses from home have the same limit as guesses from other networks.
        assert_eq!(guess_until_limited(&fixture, home, "alice"), 10);
    });
}

/// A socket that listens on both IPv4 and IPv6 reports an IPv4 client as `::ffff:a.b.c.d`.
#[test]
fn ipv4_mapped_ipv6_addresses_are_the_ipv4_peers() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        let mapped = |last| IpAddr::from(std::net::Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped());
        assert_eq!(guess_until_limited(&fixture, mapped(1), "alice"), 10);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")), "the same host");
        assert!(is_accepted(fixture.verify_from(mapped(2), "alice", "secret")), "another host");
    });
}

#[test]
fn right_passwords_and_logins_without_a_peer_do_not_count() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        for _ in 0..200 {
            assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
        }
        for number in 0..200 {
            assert_eq!(fixture.verify("alice", &format!("wrong {number}")), Verdict::Rejected);
        }
    });
}

#[test]
fn each_concurrent_guess_counts() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)));
        let _held = fixture.hold();
        let guesses: Vec<_> =
            (0..50).map(|number| fixture.begin_from(peer(1), "alice", &format!("wrong {number}"))).collect();
        fixture.hook.open();
        let verdicts: Vec<_> = guesses.into_iter().map(Verification::wait).collect();
        assert_eq!(verdicts[..10], [Verdict::Rejected; 10]);
        assert!(verdicts[10..].iter().all(|verdict| is_limited(*verdict)), "{verdicts:?}");
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
        assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")));
    });
}

/// A browser sends many requests at once, and all of them are accepted even with a limit of one failure.
#[test]
fn concurrent_right_passwords_do_not_count() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder.failure_limits(limits(1, 1)));
        let held = fixture.hold();
        let users = ["alice", "bob", "alice", "carol", "alice"];
        let logins = users.map(|user| fixture.begin_from(peer(1), user, "secret"));
        fixture.hook.open();
        let _ = held.wait();
        assert!(logins.into_iter().map(Verification::wait).all(is_accepted));
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn a_recent_login_is_accepted_while_guesses_are_verified() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| {
            builder.failure_limits(limits(1, 100)).cache(Duration::from_millis(1), 10)
        });
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let held = fixture.hold();
        let login = fixture.begin_from(peer(1), "alice", "secret");
        // A login with the right password does not count as a guess, so the limit leaves room for exactly one guess.
        let guesses = ["Secret", "SECRET"].map(|guess| fixture.begin_from(peer(1), "alice", guess));
        fixture.hook.open();
        let _ = held.wait();
        assert!(is_accepted(login.wait()));
        let [one, two] = guesses.map(Verification::wait);
        assert!(one == Verdict::Rejected && is_limited(two), "{one:?}, {two:?}");
    });
}

#[test]
fn a_guess_abandoned_before_verification_does_not_count() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder.failure_limits(limits(3, 100)));
        let held = fixture.hold();
        for number in 0..20 {
            drop(fixture.begin_from(peer(1), "alice", &format!("wrong {number}")));
        }
        fixture.hook.open();
        let _ = held.wait();
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn the_same_guess_from_two_peers_counts_for_both() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)).queue_limit(10));
        let _held = fixture.hold();
        let guesses: Vec<_> = (0..10)
            .flat_map(|number| [1, 2].map(|address| (number, address)))
            .map(|(number, address)| fixture.begin_from(peer(address), "alice", &format!("wrong {number}")))
            .collect();
        fixture.hook.open();
        for guess in guesses {
            assert_eq!(guess.wait(), Verdict::Rejected);
        }
        for address in [1, 2] {
            assert!(is_limited(fixture.verify_from(peer(address), "alice", "secret")));
        }
        assert!(is_accepted(fixture.verify_from(peer(3), "alice", "secret")));
    });
}

#[test]
fn a_cached_login_passes_the_limit_of_its_address() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        assert!(is_accepted(fixture.verify_from(peer(9), "alice", "secret")));
        for number in 0..20 {
            let _ = fixture.verify_from(peer(1), &format!("unknown{number}"), "x");
        }
        assert!(is_limited(fixture.verify_from(peer(1), "bob", "secret")), "bob is not in the cache");
        for _ in 0..30 {
            assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
        }
    });
}

/// Without limits on answers from the cache, an attacker could guess a cached password any number of times.
#[test]
fn guesses_against_the_cache_are_limited() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        assert!(is_accepted(fixture.verify_from(peer(9), "alice", "secret")));
        for number in 0..20 {
            let _ = fixture.verify_from(peer(1), &format!("unknown{number}"), "x");
        }
        // The address has used up its 20 failures.
        for number in 0..20 {
            assert!(is_limited(fixture.verify_from(peer(1), "alice", &format!("guess {number}"))));
        }
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")), "the limit was reached before");
    });
}

#[test]
fn a_cached_login_does_not_pass_the_limit_of_user_and_peer() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 100)).cache(HOUR, 10));
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
        for number in 0..10 {
            assert_eq!(fixture.verify_from(peer(1), "alice", &format!("wrong {number}")), Verdict::Rejected);
        }
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
        assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")));
    });
}

/// If abandoned guesses did not count, an attacker could disconnect once verification has started, repeat this without
/// limit, and later see from the cache which guess was right.
#[test]
fn a_guess_abandoned_during_verification_counts() {
    within_deadline(|| {
        let fixture = Fixture::single(&record("alice", "secret", &bcrypt(11)), |builder| {
            builder.failure_limits(limits(3, 100)).cache(HOUR, 10)
        });
        for number in 0..3 {
            let guess = fixture.begin_from(peer(1), "alice", &format!("wrong {number}"));
            wait_until(|| fixture.authenticator.queue_len() == 0);
            drop(guess);
            // The only hashing thread verifies this login after the guess, so the guess has been verified when the
            // login is accepted.
            assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")) || number > 0);
        }
        assert_eq!(fixture.verify_from(peer(2), "unknown", "x"), Verdict::Rejected);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn guesses_turned_away_by_a_full_queue_do_not_count() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&users(), |builder| builder.failure_limits(limits(10, 20)).queue_limit(1));
        let held = fixture.hold();
        let waits = fixture.begin_from(peer(2), "bob", "secret");
        for number in 0..50 {
            let verdict = fixture.verify_from(peer(1), "alice", &format!("wrong {number}"));
            assert_eq!(verdict, Verdict::Overloaded);
        }
        fixture.hook.open();
        assert!(is_accepted(waits.wait()));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn a_failure_expires() {
    within_deadline(|| {
        let limits = FailureLimits::default().user_and_peer(2, Duration::from_millis(400));
        let fixture = Fixture::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits));
        let _ = fixture.verify_from(peer(1), "alice", "x");
        let _ = fixture.verify_from(peer(1), "alice", "y");
        wait_until(|| is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn a_login_after_the_reported_wait_is_verified() {
    within_deadline(|| {
        let limits = FailureLimits::default().user_and_peer(1, Duration::from_millis(300));
        let fixture = Fixture::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits));
        for _ in 0..3 {
            assert_eq!(fixture.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
            if let Verdict::Limited { retry_after, .. } = fixture.verify_from(peer(1), "alice", "wrong") {
                std::thread::sleep(retry_after);
            } else {
                // On a slow machine, the second guess comes after the window. It is then verified and counts as a
                // failure.
                std::thread::sleep(Duration::from_millis(600));
            }
        }
    });
}

/// The test sends more guesses at once than expire within ten windows.
#[test]
fn no_peer_waits_longer_than_ten_windows() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder.failure_limits(limits(10, 10)));
        let _held = fixture.hold();
        let guesses: Vec<_> = (0..500)
            .map(|number| fixture.begin_from(peer(1), &format!("unknown{number}"), "wrong"))
            .collect();
        fixture.hook.open();
        for guess in guesses {
            let _ = guess.wait();
        }
        let Verdict::Limited { retry_after, .. } = fixture.verify_from(peer(1), "alice", "secret") else {
            panic!("no limit after 500 wrong passwords")
        };
        // The next guess is allowed in the tenth window.
        assert!(retry_after > 9 * HOUR && retry_after <= 9 * HOUR + HOUR / 10, "{retry_after:?}");
    });
}

/// Only wrong passwords count toward the limit of an address. A whole office may share one address; if right passwords
/// counted, users who retry would keep each other locked out forever.
#[test]
fn right_passwords_do_not_extend_the_limit_of_an_address() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        for number in 0..20 {
            let _ = fixture.verify_from(peer(1), &format!("unknown{number}"), "x");
        }
        let retry_after = || match fixture.verify_from(peer(1), "alice", "secret") {
            Verdict::Limited { retry_after, .. } => retry_after,
            other => panic!("{other:?}"),
        };
        let first = retry_after();
        for _ in 0..5 {
            let again = retry_after();
            assert!(again <= first, "the wait grew from {first:?} to {again:?}");
        }
    });
}

/// An address over its limit can try unknown user names almost for free, because no hash is computed for them.
#[test]
fn a_flood_of_user_names_frees_no_limited_peer() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
        assert_eq!(guess_until_limited(&fixture, peer(1), "alice"), 10);
        for number in 0..110_000_u32 {
            let _ = fixture.verify_from(peer(2), &number.to_string(), "x");
        }
        let hashed = fixture.hook.count(|event| matches!(event, LoggedEvent::Rejected { .. }));
        assert!(hashed <= 10 + 100, "{hashed}");
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

/// An attacker with many addresses must not be able to displace the record of an address that guesses.
#[test]
fn a_flood_of_addresses_frees_no_limited_peer() {
    within_deadline(|| {
        let fixture =
            Fixture::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
        assert_eq!(guess_until_limited(&fixture, peer(1), "alice"), 10);
        for number in 0..100_000_u32 {
            let from = IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number));
            let _ = fixture.verify_from(from, "alice", "x");
            if number % 1_000 == 0 {
                assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")), "after {number}");
            }
        }
    });
}

#[test]
fn a_limit_of_zero_is_no_limit() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(0, 20)));
        for number in 0..20 {
            let verdict = fixture.verify_from(peer(1), "alice", &format!("wrong {number}"));
            assert_eq!(verdict, Verdict::Rejected, "more than the default of 10");
        }
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "wrong")), "the other limit applies");

        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits(2, 0)));
        for number in 0..150 {
            let verdict = fixture.verify_from(peer(1), &format!("unknown{number}"), "wrong");
            assert_eq!(verdict, Verdict::Rejected, "more than the default of 100");
        }
        assert_eq!(fixture.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
        assert_eq!(fixture.verify_from(peer(1), "alice", "wrong 2"), Verdict::Rejected);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")), "the other limit applies");
    });
}
