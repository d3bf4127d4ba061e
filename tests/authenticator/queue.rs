//! The queue: bounded in number and time, nobody is kept in it who does not want to know.

use std::net::IpAddr;
use std::time::Duration;

use crate::login::{Desk, Told, bcrypt, is_accepted, peer, record, wait_until, within_deadline};
use htpasswd::Verdict;

fn users(count: usize) -> String {
    let hash = record("", "secret", &bcrypt(4));
    (0..count).map(|number| format!("u{number}{hash}")).collect::<Vec<_>>().concat()
}

/// How much memory the process holds, in bytes.
fn memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn beyond_the_limit_is_overload_and_those_within_are_answered() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| builder.queue_limit(3));
        let held = desk.hold();
        let within: Vec<_> = (0..3).map(|number| desk.begin(&format!("u{number}"), "secret")).collect();
        assert_eq!(desk.authenticator.waiting(), 3);
        for number in 3..10 {
            assert_eq!(desk.verify(&format!("u{number}"), "secret"), Verdict::Overloaded);
            assert_eq!(desk.hook.last(), Told::Overloaded { user: format!("u{number}"), peer: None });
        }
        desk.hook.open();
        assert!(within.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(desk.authenticator.waiting(), 0);
        assert!(is_accepted(desk.verify("u9", "secret")));
    });
}

#[test]
fn who_waits_for_too_long_is_told_so_while_nothing_moves() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| builder.queue_timeout(Duration::from_millis(50)));
        let held = desk.hold();
        let late: Vec<_> = (0..5).map(|number| desk.begin(&format!("u{number}"), "secret")).collect();
        for login in late {
            assert_eq!(login.wait(), Verdict::Overloaded);
        }
        assert_eq!(desk.authenticator.waiting(), 0);
        desk.hook.open();
        assert_eq!(held.wait(), Verdict::Rejected);
        wait_until(|| is_accepted(desk.verify("u1", "secret")));
    });
}

#[test]
fn a_full_queue_does_not_hold_up_the_cache() {
    within_deadline(|| {
        let desk =
            Desk::single(&users(3), |builder| builder.queue_limit(1).cache(Duration::from_secs(3600), 10));
        assert!(is_accepted(desk.verify("u0", "secret")));
        let _held = desk.hold();
        let _waits = desk.begin("u1", "secret");
        assert_eq!(desk.verify("u2", "secret"), Verdict::Overloaded);
        assert!(is_accepted(desk.verify("u0", "secret")));
    });
}

#[test]
fn what_nobody_waits_for_is_not_hashed() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| builder);
        let _held = desk.hold();
        for round in 0..200 {
            drop(desk.begin("u0", &format!("wrong {round}")));
            drop(desk.begin_from(peer(1), "u1", &format!("wrong {round}")));
        }
        let logins = ["u2", "u3"].map(|user| desk.begin(user, "secret"));
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(desk.hook.count(|told| matches!(told.user(), Some("u0" | "u1"))), 0);
        assert_eq!(desk.authenticator.waiting(), 0);
    });
}

/// A client that hangs up at once would otherwise keep others out for as long as nothing is taken from the queue.
#[test]
fn what_nobody_waits_for_takes_no_place() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| builder.queue_limit(2));
        let _held = desk.hold();
        drop(["u0", "u1"].map(|user| desk.begin(user, "wrong")));
        assert_eq!(desk.authenticator.waiting(), 0);
        let logins = ["u2", "u3"].map(|user| desk.begin(user, "secret"));
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

/// One client with many connections would otherwise keep all others out, and the turns that peers take are of no
/// use to who is not let into the queue.
#[test]
fn a_peer_that_fills_the_queue_leaves_room_for_another() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| builder.queue_limit(100));
        let _held = desk.hold();
        let flood: Vec<_> =
            (0..200).map(|number| desk.begin_from(peer(1), "u0", &format!("wrong {number}"))).collect();
        let login = desk.begin_from(peer(2), "u1", "secret");
        desk.hook.open();
        drop(flood);
        assert!(is_accepted(login.wait()));
    });
}

/// A customer of an IPv6 provider has 65,536 networks that each count as a peer.
#[test]
fn a_customer_who_fills_the_queue_from_many_networks_leaves_room_for_others() {
    within_deadline(|| {
        for bits in [0, 8] {
            let desk = Desk::single(&users(10), |builder| builder.queue_limit(100));
            let _held = desk.hold();
            let address = |network: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
            let flood: Vec<_> = (0..200)
                .map(|number| desk.begin_from(address(number << bits), "u0", &format!("wrong {number}")))
                .collect();
            let others: Vec<_> = (0..25)
                .map(|number| {
                    desk.begin_from(peer(number), &format!("u{}", number % 9 + 1), &format!("x{number}"))
                })
                .collect();
            let other_customer = IpAddr::from([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1]);
            let login = desk.begin_from(other_customer, "u1", "secret");
            desk.hook.open();
            drop(flood);
            assert!(others.into_iter().all(|login| login.wait() == Verdict::Rejected));
            assert!(is_accepted(login.wait()));
        }
    });
}

#[test]
fn who_was_right_before_has_a_place_in_a_full_queue() {
    within_deadline(|| {
        let desk =
            Desk::single(&users(2), |builder| builder.queue_limit(10).cache(Duration::from_millis(1), 10));
        assert!(is_accepted(desk.verify_from(peer(2), "u1", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let _held = desk.hold();
        let flood: Vec<_> =
            (0..20).map(|number| desk.begin_from(peer(1), "u0", &format!("wrong {number}"))).collect();
        let login = desk.begin_from(peer(2), "u1", "secret");
        desk.hook.open();
        drop(flood);
        assert!(is_accepted(login.wait()));
    });
}

#[test]
fn ten_thousand_attempts_leave_nothing_behind() {
    within_deadline(|| {
        let desk = Desk::single(&users(10), |builder| {
            builder
                .queue_limit(100)
                .queue_timeout(Duration::from_millis(50))
                .failure_limits(htpasswd::FailureLimits::default())
        });
        let _held = desk.hold();
        let padding = "x".repeat(450);
        let attempts = |from: usize| {
            let kept: Vec<_> = (0..10_000)
                .map(|number| {
                    let address = std::net::Ipv4Addr::from(u32::try_from(from + number).unwrap());
                    desk.begin_from(address.into(), &format!("{padding}{number}"), &padding)
                })
                .collect();
            drop(kept);
            wait_until(|| desk.authenticator.waiting() == 0);
        };
        attempts(1 << 24);
        let before = memory();
        // The log of the test itself keeps their names: half a kilobyte each.
        attempts(2 << 24);
        let growth = memory().saturating_sub(before);
        assert!(growth < 10_000_000, "{growth} bytes more");
    });
}

/// The places in the queue are bounded; so has to be who waits for one of them.
#[test]
fn who_joins_and_goes_leaves_nothing_behind() {
    within_deadline(|| {
        let desk = Desk::single(&users(1), |builder| builder.queue_limit(1));
        let _held = desk.hold();
        let login = desk.begin_from(peer(1), "u0", "wrong");
        let before = memory();
        for _ in 0..1_000_000 {
            drop(desk.begin_from(peer(1), "u0", "wrong"));
        }
        let growth = memory().saturating_sub(before);
        assert!(growth < 10_000_000, "{growth} bytes more");
        drop(login);
    });
}

#[test]
fn many_wrong_passwords_under_way_are_all_rejected_and_the_right_one_is_not() {
    within_deadline(|| {
        let desk = Desk::new(&users(10), |builder| builder.queue_limit(1_000));
        let logins: Vec<_> = (0..900)
            .map(|number| {
                let right = number % 9 == 0;
                let password = if right { "secret".to_owned() } else { format!("wrong {number}") };
                (right, desk.begin(&format!("u{}", number % 10), &password))
            })
            .collect();
        for (right, login) in logins {
            assert_eq!(is_accepted(login.wait()), right);
        }
        assert_eq!(desk.authenticator.waiting(), 0);
    });
}
