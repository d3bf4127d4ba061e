//! The queue is bounded in length and in time, and a login that its client drops leaves the queue.

use std::net::IpAddr;
use std::time::Duration;

use crate::login::{Fixture, LoggedEvent, bcrypt, is_accepted, peer, record, wait_until, within_deadline};
use htpasswd::Verdict;

fn users(count: usize) -> String {
    let hash = record("", "secret", &bcrypt(4));
    (0..count).map(|number| format!("u{number}{hash}")).collect::<Vec<_>>().concat()
}

/// Returns the resident memory of this process in bytes.
fn memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn logins_beyond_the_queue_limit_are_overloaded() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| builder.queue_limit(3));
        let held = fixture.hold();
        let within: Vec<_> = (0..3).map(|number| fixture.begin(&format!("u{number}"), "secret")).collect();
        assert_eq!(fixture.authenticator.queue_len(), 3);
        for number in 3..10 {
            assert_eq!(fixture.verify(&format!("u{number}"), "secret"), Verdict::Overloaded);
            assert_eq!(
                fixture.hook.last(),
                LoggedEvent::Overloaded { user: format!("u{number}"), peer: None }
            );
        }
        fixture.hook.open();
        assert!(within.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(fixture.authenticator.queue_len(), 0);
        assert!(is_accepted(fixture.verify("u9", "secret")));
    });
}

#[test]
fn the_queue_timeout_applies_while_every_thread_is_busy() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| builder.queue_timeout(Duration::from_millis(50)));
        let held = fixture.hold();
        let late: Vec<_> = (0..5).map(|number| fixture.begin(&format!("u{number}"), "secret")).collect();
        for login in late {
            assert_eq!(login.wait(), Verdict::Overloaded);
        }
        assert_eq!(fixture.authenticator.queue_len(), 0);
        fixture.hook.open();
        assert_eq!(held.wait(), Verdict::Rejected);
        wait_until(|| is_accepted(fixture.verify("u1", "secret")));
    });
}

#[test]
fn a_full_queue_does_not_delay_cached_logins() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&users(3), |builder| builder.queue_limit(1).cache(Duration::from_secs(3600), 10));
        assert!(is_accepted(fixture.verify("u0", "secret")));
        let _held = fixture.hold();
        let _waits = fixture.begin("u1", "secret");
        assert_eq!(fixture.verify("u2", "secret"), Verdict::Overloaded);
        assert!(is_accepted(fixture.verify("u0", "secret")));
    });
}

#[test]
fn dropped_logins_are_not_hashed() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| builder);
        let _held = fixture.hold();
        for round in 0..200 {
            drop(fixture.begin("u0", &format!("wrong {round}")));
            drop(fixture.begin_from(peer(1), "u1", &format!("wrong {round}")));
        }
        let logins = ["u2", "u3"].map(|user| fixture.begin(user, "secret"));
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(fixture.hook.count(|event| matches!(event.user(), Some("u0" | "u1"))), 0);
        assert_eq!(fixture.authenticator.queue_len(), 0);
    });
}

/// If dropped logins kept their places, clients that disconnect at once could fill the queue while the only thread is
/// busy.
#[test]
fn dropped_logins_free_their_places_in_the_queue() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| builder.queue_limit(2));
        let _held = fixture.hold();
        drop(["u0", "u1"].map(|user| fixture.begin(user, "wrong")));
        assert_eq!(fixture.authenticator.queue_len(), 0);
        let logins = ["u2", "u3"].map(|user| fixture.begin(user, "secret"));
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

/// If one peer could fill the whole queue, a client with many connections could keep all others out. Fair queueing
/// helps only logins that are in the queue.
#[test]
fn a_peer_that_fills_the_queue_leaves_room_for_another() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| builder.queue_limit(100));
        let _held = fixture.hold();
        let flood: Vec<_> =
            (0..200).map(|number| fixture.begin_from(peer(1), "u0", &format!("wrong {number}"))).collect();
        let login = fixture.begin_from(peer(2), "u1", "secret");
        fixture.hook.open();
        drop(flood);
        assert!(is_accepted(login.wait()));
    });
}

/// An IPv6 customer often has a /48 network, which holds 65,536 networks of size /64, and each /64 network is one
/// peer.
#[test]
fn an_ipv6_site_that_fills_the_queue_leaves_room_for_others() {
    within_deadline(|| {
        for bits in [0, 8] {
            let fixture = Fixture::single(&users(10), |builder| builder.queue_limit(100));
            let _held = fixture.hold();
            let address = |network: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
            let flood: Vec<_> = (0..200)
                .map(|number| fixture.begin_from(address(number << bits), "u0", &format!("wrong {number}")))
                .collect();
            let others: Vec<_> = (0..25)
                .map(|number| {
                    fixture.begin_from(peer(number), &format!("u{}", number % 9 + 1), &format!("x{number}"))
                })
                .collect();
            let other_customer = IpAddr::from([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1]);
            let login = fixture.begin_from(other_customer, "u1", "secret");
            fixture.hook.open();
            drop(flood);
            assert!(others.into_iter().all(|login| login.wait() == Verdict::Rejected));
            assert!(is_accepted(login.wait()));
        }
    });
}

#[test]
fn a_recent_login_has_a_place_in_a_full_queue() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&users(2), |builder| builder.queue_limit(10).cache(Duration::from_millis(1), 10));
        assert!(is_accepted(fixture.verify_from(peer(2), "u1", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let _held = fixture.hold();
        let flood: Vec<_> =
            (0..20).map(|number| fixture.begin_from(peer(1), "u0", &format!("wrong {number}"))).collect();
        let login = fixture.begin_from(peer(2), "u1", "secret");
        fixture.hook.open();
        drop(flood);
        assert!(is_accepted(login.wait()));
    });
}

#[test]
fn dropped_logins_leak_no_memory() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(10), |builder| {
            builder
                .queue_limit(100)
                .queue_timeout(Duration::from_millis(50))
                .failure_limits(htpasswd::auth::FailureLimits::default())
        });
        let _held = fixture.hold();
        let padding = "x".repeat(380);
        let attempts = |from: usize| {
            let kept: Vec<_> = (0..10_000)
                .map(|number| {
                    let address = std::net::Ipv4Addr::from(u32::try_from(from + number).unwrap());
                    fixture.begin_from(address.into(), &format!("{padding}{number}"), &padding)
                })
                .collect();
            drop(kept);
            wait_until(|| fixture.authenticator.queue_len() == 0);
        };
        attempts(1 << 24);
        let before = memory();
        // The event log of the test keeps each user name, which has 385 bytes.
        attempts(2 << 24);
        let growth = memory().saturating_sub(before);
        assert!(growth < 10_000_000, "{growth} bytes more");
    });
}

/// The list of logins that share a job must not grow with logins that were dropped.
#[test]
fn dropped_logins_that_shared_a_job_leak_no_memory() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(1), |builder| builder.queue_limit(1));
        let _held = fixture.hold();
        let login = fixture.begin_from(peer(1), "u0", "wrong");
        let before = memory();
        // A leak of two machine words per login would be 32 MB. Other tests of this process may allocate some
        // megabytes meanwhile.
        for _ in 0..2_000_000 {
            drop(fixture.begin_from(peer(1), "u0", "wrong"));
        }
        let growth = memory().saturating_sub(before);
        assert!(growth < 20_000_000, "{growth} bytes more");
        drop(login);
    });
}

#[test]
fn hundreds_of_concurrent_logins_get_the_right_verdicts() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(10), |builder| builder.queue_limit(1_000));
        let logins: Vec<_> = (0..900)
            .map(|number| {
                let right = number % 9 == 0;
                let password = if right { "secret".to_owned() } else { format!("wrong {number}") };
                (right, fixture.begin(&format!("u{}", number % 10), &password))
            })
            .collect();
        for (right, login) in logins {
            assert_eq!(is_accepted(login.wait()), right);
        }
        assert_eq!(fixture.authenticator.queue_len(), 0);
    });
}
