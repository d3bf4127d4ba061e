//! Who guesses has to wait, and nobody else.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::login::{
    Desk, SHA1, Told, bcrypt, is_accepted, is_limited, peer, record, wait_until, within_deadline,
};
use htpasswd::{FailureLimits, Verdict, Verification};

const HOUR: Duration = Duration::from_secs(3600);

/// Windows of an hour: nothing is forgiven while a test runs.
fn limits(user: u32, peer: u32) -> FailureLimits {
    let [user, peer] = [user, peer].map(|count| NonZeroU32::new(count).unwrap());
    FailureLimits::default().user_and_peer(user, HOUR).peer(peer, HOUR)
}

fn users() -> String {
    ["alice", "bob", "carol"].map(|user| record(user, "secret", &bcrypt(4))).concat()
}

/// The default: ten of a user from one peer, in an hour here.
fn guess_until_limited(desk: &Desk, from: IpAddr, user: &str) -> usize {
    (0..1_000)
        .position(|number| is_limited(desk.verify_from(from, user, &format!("wrong {number}"))))
        .unwrap()
}

#[test]
fn after_ten_wrong_passwords_of_one_user_a_peer_has_to_wait_and_no_other_has() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(FailureLimits::default()));
        for _ in 0..10 {
            assert_eq!(desk.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
        }
        let Verdict::Limited { retry_after, .. } = desk.verify_from(peer(1), "alice", "secret") else {
            panic!("the eleventh is answered")
        };
        assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(6), "{retry_after:?}");
        assert!(matches!(desk.hook.last(), Told::Limited { ref user, .. } if user == "alice"));
        assert!(is_accepted(desk.verify_from(peer(1), "bob", "secret")));
        assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")));
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.verify_from(peer(1), "alicE", "secret"), Verdict::Rejected);
    });
}

#[test]
fn after_a_hundred_wrong_passwords_a_peer_has_to_wait_for_anybody() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        for number in 0..100 {
            let (user, password) = (format!("nobody{number}"), "x");
            assert_eq!(desk.verify_from(peer(1), &user, password), Verdict::Rejected, "{number}");
        }
        for user in ["alice", "nobody", "nobody1"] {
            assert!(is_limited(desk.verify_from(peer(1), user, "secret")));
        }
        assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")));
    });
}

#[test]
fn a_peer_of_ipv6_is_its_network() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        let address = |network: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, network, host, 0, 0, host]);
        for host in 0..10 {
            assert_eq!(desk.verify_from(address(1, host), "alice", "wrong"), Verdict::Rejected);
        }
        assert!(is_limited(desk.verify_from(address(1, 77), "alice", "secret")));
        assert!(is_accepted(desk.verify_from(address(2, 0), "alice", "secret")));
    });
}

/// How many of 2,000 guesses at one user are answered, each from another address.
fn answered(addresses: impl Fn(u16) -> IpAddr) -> usize {
    let desk = Desk::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
    let verdicts =
        (0..2_000).map(|number| desk.verify_from(addresses(number), "alice", &format!("wrong {number}")));
    let answered = verdicts.filter(|verdict| *verdict == Verdict::Rejected).count();
    assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")), "elsewhere");
    let elsewhere = IpAddr::from([0x2001, 0xdb8, 7, 0, 0, 0, 0, 1]);
    assert!(is_accepted(desk.verify_from(elsewhere, "alice", "secret")), "elsewhere");
    answered
}

#[test]
fn one_ipv6_customer_has_hardly_more_guesses_than_one_ipv4_address() {
    within_deadline(|| {
        let bits_of = |prefix: [u16; 4], number: u16| {
            let [a, b, c, d] = prefix;
            IpAddr::from([a, b, c, d, number, 0, 0, number])
        };
        assert_eq!(answered(|_| peer(1)), 10);
        assert_eq!(answered(|number| bits_of([0x2001, 0xdb8, 0, 1], number)), 10, "64 bits");
        assert_eq!(answered(|number| bits_of([0x2001, 0xdb8, 0, number % 256], number)), 20, "56 bits");
        assert_eq!(answered(|number| bits_of([0x2001, 0xdb8, 0, number << 5], number)), 30, "48 bits");
    });
}

#[test]
fn one_ipv4_host_has_no_more_guesses_through_tunnels() {
    within_deadline(|| {
        // 6to4 and Teredo, of 192.0.2.1.
        let [high, low] = [0xc000_u16, 0x0201];
        assert_eq!(answered(|number| IpAddr::from([0x2002, high, low, number, number, 0, 0, 1])), 10);
        assert_eq!(answered(|number| IpAddr::from([0x2001, 0, number, 1, 0x8000, number, !high, !low])), 10);
        // And all of them together.
        let each = |number: u16| match number % 3 {
            0 => peer(1),
            1 => IpAddr::from([0x2002, high, low, number, number, 0, 0, 1]),
            _ => IpAddr::from([0x2001, 0, number, 1, 0x8000, number, !high, !low]),
        };
        assert_eq!(answered(each), 10);
    });
}

#[test]
fn guesses_at_once_from_many_networks_of_one_customer_are_as_many_guesses() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)));
        let _held = desk.hold();
        let address = |number: u16| IpAddr::from([0x2001, 0xdb8, 0, number << 7, 0, 0, 0, 1]);
        let guesses: Vec<_> = (0..500)
            .map(|number| desk.begin_from(address(number), "alice", &format!("wrong {number}")))
            .collect();
        desk.hook.open();
        let verdicts: Vec<_> = guesses.into_iter().map(Verification::wait).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Rejected).count(), 30);
    });
}

/// Whoever guesses may share a network with those whose passwords are guessed.
#[test]
fn guesses_in_a_network_lock_no_user_out_of_the_places_they_log_in_from() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)).cache(HOUR, 10));
        let address = |network: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
        let home = address(0xff01);
        assert!(is_accepted(desk.verify_from(home, "alice", "secret")));
        for number in 0..400 {
            let user = format!("nobody{number}");
            let _ = desk.verify_from(address(number << 7), &user, "wrong");
            let _ = desk.verify_from(address(number << 7), "alice", &format!("wrong {number}"));
        }
        assert!(is_limited(desk.verify_from(address(0xff02), "alice", "secret")), "a new place");
        // With the password in the cache, and with one that is not.
        assert!(is_accepted(desk.verify_from(home, "alice", "secret")));
        desk.write(&users().replace("alice:", "al:").replace("bob:", "alice:"));
        assert!(is_accepted(desk.verify_from(home, "alice", "secret")));
        assert!(is_limited(desk.verify_from(home, "bob", "secret")), "nobody has seen this user here");
        // Whoever guesses there has as many guesses as elsewhere.
        assert_eq!(guess_until_limited(&desk, home, "alice"), 10);
    });
}

/// `::ffff:a.b.c.d` is how a socket that listens to both shows an IPv4 client.
#[test]
fn ipv4_addresses_written_as_ipv6_are_the_same_peers_as_otherwise() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        let mapped = |last| IpAddr::from(std::net::Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped());
        assert_eq!(guess_until_limited(&desk, mapped(1), "alice"), 10);
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")), "the same host");
        assert!(is_accepted(desk.verify_from(mapped(2), "alice", "secret")), "another host");
    });
}

#[test]
fn right_passwords_and_those_without_a_peer_count_for_nothing() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)));
        for _ in 0..200 {
            assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
        }
        for number in 0..200 {
            assert_eq!(desk.verify("alice", &format!("wrong {number}")), Verdict::Rejected);
        }
    });
}

#[test]
fn guesses_at_once_are_as_many_guesses() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)));
        let _held = desk.hold();
        let guesses: Vec<_> =
            (0..50).map(|number| desk.begin_from(peer(1), "alice", &format!("wrong {number}"))).collect();
        desk.hook.open();
        let verdicts: Vec<_> = guesses.into_iter().map(Verification::wait).collect();
        assert_eq!(verdicts[..10], [Verdict::Rejected; 10]);
        assert!(verdicts[10..].iter().all(|verdict| is_limited(*verdict)), "{verdicts:?}");
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")));
        assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")));
    });
}

/// A browser asks for many things at once, and with a limit of one it is let in all the same.
#[test]
fn right_passwords_at_once_count_for_nothing() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(1, 1)));
        let held = desk.hold();
        let users = ["alice", "bob", "alice", "carol", "alice"];
        let logins = users.map(|user| desk.begin_from(peer(1), user, "secret"));
        desk.hook.open();
        let _ = held.wait();
        assert!(logins.into_iter().map(Verification::wait).all(is_accepted));
        assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn who_was_right_lately_is_let_in_though_guesses_are_under_way() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| {
            builder.failure_limits(limits(1, 100)).cache(Duration::from_millis(1), 10)
        });
        assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let held = desk.hold();
        let login = desk.begin_from(peer(1), "alice", "secret");
        // It is none itself, so there may be one beside it, but no other.
        let guesses = ["Secret", "SECRET"].map(|guess| desk.begin_from(peer(1), "alice", guess));
        desk.hook.open();
        let _ = held.wait();
        assert!(is_accepted(login.wait()));
        let [one, two] = guesses.map(Verification::wait);
        assert!(one == Verdict::Rejected && is_limited(two), "{one:?}, {two:?}");
    });
}

#[test]
fn who_hangs_up_before_a_guess_is_looked_at_has_not_guessed() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(3, 100)));
        let held = desk.hold();
        for number in 0..20 {
            drop(desk.begin_from(peer(1), "alice", &format!("wrong {number}")));
        }
        desk.hook.open();
        let _ = held.wait();
        assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn equal_guesses_of_two_peers_count_for_both() {
    within_deadline(|| {
        let desk =
            Desk::single(&users(), |builder| builder.failure_limits(limits(10, 1_000)).queue_limit(10));
        let _held = desk.hold();
        let guesses: Vec<_> = (0..10)
            .flat_map(|number| [1, 2].map(|address| (number, address)))
            .map(|(number, address)| desk.begin_from(peer(address), "alice", &format!("wrong {number}")))
            .collect();
        desk.hook.open();
        for guess in guesses {
            assert_eq!(guess.wait(), Verdict::Rejected);
        }
        for address in [1, 2] {
            assert!(is_limited(desk.verify_from(peer(address), "alice", "secret")));
        }
        assert!(is_accepted(desk.verify_from(peer(3), "alice", "secret")));
    });
}

#[test]
fn who_has_logged_in_lately_is_let_in_though_his_address_is_over_its_limit() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        assert!(is_accepted(desk.verify_from(peer(9), "alice", "secret")));
        for number in 0..20 {
            let _ = desk.verify_from(peer(1), &format!("nobody{number}"), "x");
        }
        assert!(is_limited(desk.verify_from(peer(1), "bob", "secret")), "he is not in the cache");
        for _ in 0..30 {
            assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
        }
    });
}

/// Were it otherwise, a password that is in the cache could be guessed without any limit.
#[test]
fn guesses_against_the_cache_count() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        assert!(is_accepted(desk.verify_from(peer(9), "alice", "secret")));
        for number in 0..20 {
            let _ = desk.verify_from(peer(1), &format!("nobody{number}"), "x");
        }
        // As many as it had before.
        for number in 0..20 {
            assert!(is_limited(desk.verify_from(peer(1), "alice", &format!("guess {number}"))));
        }
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")), "one guess more");
    });
}

#[test]
fn over_the_limit_of_user_and_peer_even_the_cache_does_not_answer() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 100)).cache(HOUR, 10));
        assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
        for number in 0..10 {
            assert_eq!(desk.verify_from(peer(1), "alice", &format!("wrong {number}")), Verdict::Rejected);
        }
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")));
        assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")));
    });
}

/// Were it otherwise, who hangs up after the guess has been begun could guess without any limit, and look later
/// whether the cache has it.
#[test]
fn a_guess_that_was_begun_counts_though_nobody_waits_for_it() {
    within_deadline(|| {
        let desk = Desk::single(&record("alice", "secret", &bcrypt(11)), |builder| {
            builder.failure_limits(limits(3, 100)).cache(HOUR, 10)
        });
        for number in 0..3 {
            let guess = desk.begin_from(peer(1), "alice", &format!("wrong {number}"));
            wait_until(|| desk.authenticator.waiting() == 0);
            drop(guess);
            // Behind the guess, on the only thread.
            assert!(is_accepted(desk.verify_from(peer(2), "alice", "secret")) || number > 0);
        }
        assert_eq!(desk.verify_from(peer(2), "nobody", "x"), Verdict::Rejected);
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn what_was_not_looked_at_does_not_count() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(10, 20)).queue_limit(1));
        let held = desk.hold();
        let waits = desk.begin_from(peer(2), "bob", "secret");
        for number in 0..50 {
            let verdict = desk.verify_from(peer(1), "alice", &format!("wrong {number}"));
            assert_eq!(verdict, Verdict::Overloaded);
        }
        desk.hook.open();
        assert!(is_accepted(waits.wait()));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert!(is_accepted(desk.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn a_failure_is_forgiven_in_time() {
    within_deadline(|| {
        let few = NonZeroU32::new(2).unwrap();
        let limits = FailureLimits::default().user_and_peer(few, Duration::from_millis(400));
        let desk = Desk::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits));
        let _ = desk.verify_from(peer(1), "alice", "x");
        let _ = desk.verify_from(peer(1), "alice", "y");
        wait_until(|| is_accepted(desk.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn whoever_waits_as_told_is_looked_at() {
    within_deadline(|| {
        let one = NonZeroU32::MIN;
        let limits = FailureLimits::default().user_and_peer(one, Duration::from_millis(300));
        let desk = Desk::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits));
        for _ in 0..3 {
            assert_eq!(desk.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
            if let Verdict::Limited { retry_after, .. } = desk.verify_from(peer(1), "alice", "wrong") {
                std::thread::sleep(retry_after);
            } else {
                // So slow was this machine that the second guess was answered, and counts.
                std::thread::sleep(Duration::from_millis(600));
            }
        }
    });
}

/// Guesses at many users at once, more of them than ten windows forgive.
#[test]
fn nobody_waits_for_longer_than_ten_windows() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder.failure_limits(limits(10, 10)));
        let _held = desk.hold();
        let guesses: Vec<_> =
            (0..500).map(|number| desk.begin_from(peer(1), &format!("nobody{number}"), "wrong")).collect();
        desk.hook.open();
        for guess in guesses {
            let _ = guess.wait();
        }
        let Verdict::Limited { retry_after, .. } = desk.verify_from(peer(1), "alice", "secret") else {
            panic!("five hundred wrong passwords and no limit")
        };
        // The last of the ten windows is that in which there is room for guesses again.
        assert!(retry_after > 9 * HOUR && retry_after <= 9 * HOUR + HOUR / 10, "{retry_after:?}");
    });
}

/// Only wrong passwords count. Behind one address there may be a whole office: were it otherwise, those in it who
/// try again would keep each other out for ever.
#[test]
fn right_passwords_do_not_prolong_the_limit_of_an_address() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits(10, 20)).cache(HOUR, 10));
        for number in 0..20 {
            let _ = desk.verify_from(peer(1), &format!("nobody{number}"), "x");
        }
        let wait = || match desk.verify_from(peer(1), "alice", "secret") {
            Verdict::Limited { retry_after, .. } => retry_after,
            other => panic!("{other:?}"),
        };
        let first = wait();
        for _ in 0..5 {
            let again = wait();
            assert!(again <= first, "{first:?}, and then {again:?}");
        }
    });
}

/// Names that nobody has cost an address that is over its limit next to nothing to try: no hash is computed.
#[test]
fn a_flood_of_names_from_a_limited_address_does_not_free_who_guesses() {
    within_deadline(|| {
        let desk = Desk::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
        assert_eq!(guess_until_limited(&desk, peer(1), "alice"), 10);
        for number in 0..110_000_u32 {
            let _ = desk.verify_from(peer(2), &number.to_string(), "x");
        }
        let hashed = desk.hook.count(|told| matches!(told, Told::Rejected { .. }));
        assert!(hashed <= 10 + 100, "{hashed}");
        assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")));
    });
}

/// An attacker with many addresses must not make the server forget who guesses.
#[test]
fn a_flood_of_addresses_does_not_free_who_guesses() {
    within_deadline(|| {
        let desk = Desk::new(&format!("alice:{SHA1}\n"), |builder| builder.failure_limits(limits(10, 100)));
        assert_eq!(guess_until_limited(&desk, peer(1), "alice"), 10);
        for number in 0..100_000_u32 {
            let from = IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number));
            let _ = desk.verify_from(from, "alice", "x");
            if number % 1_000 == 0 {
                assert!(is_limited(desk.verify_from(peer(1), "alice", "secret")), "after {number}");
            }
        }
    });
}
