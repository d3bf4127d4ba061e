//! Peers take turns: who sends much waits for it, and others do not.

use std::net::IpAddr;
use std::time::Duration;

use crate::login::{Desk, bcrypt, is_accepted, peer, record, wait_for_all, within_deadline};
use htpasswd::Verification;

/// Four jobs are computed in step, and one in the middle is under way: a few jobs are no more than this.
const FEW: usize = 12;

fn users(count: usize) -> String {
    let hash = record("", "secret", &bcrypt(4));
    (0..count).map(|number| format!("u{number}{hash}")).collect::<Vec<_>>().concat()
}

/// The place at which `user` was told of.
fn place(desk: &Desk, user: &str) -> usize {
    desk.hook.wait_for(1, |told| told.user() == Some(user));
    desk.hook.log().iter().position(|told| told.user() == Some(user)).unwrap()
}

/// Lets `addresses` flood the queue before `late` comes: the place of `late`.
fn place_of_the_late(addresses: impl Fn(u16) -> Option<IpAddr>, late: Option<IpAddr>) -> usize {
    let desk = Desk::single(&users(1), |builder| builder);
    let _held = desk.hold();
    let flood: Vec<_> = (0..500)
        .map(|number| {
            desk.authenticator
                .authenticate(crate::login::credentials("u0", &format!("wrong {number}")), addresses(number))
        })
        .collect();
    let login = desk.authenticator.authenticate(crate::login::credentials("nobody", "x"), late);
    desk.hook.open();
    wait_for_all(flood);
    let _ = login.wait();
    place(&desk, "nobody")
}

#[test]
fn a_peer_with_500_jobs_holds_up_no_other() {
    within_deadline(|| {
        let place = place_of_the_late(|_| Some(peer(1)), Some(peer(2)));
        assert!(place <= FEW, "{place}");
    });
}

#[test]
fn nor_does_a_peer_that_has_a_whole_network_of_ipv6() {
    within_deadline(|| {
        let address = |number: u16| {
            let parts = [0x2001, 0xdb8, 0, 1, number, number, number, number];
            Some(IpAddr::from(parts))
        };
        let place = place_of_the_late(address, Some(peer(2)));
        assert!(place <= FEW, "{place}");
        let other = IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]);
        let place = place_of_the_late(address, Some(other));
        assert!(place <= FEW, "{place}");
    });
}

/// A customer often has a network of 48 bits: 65,536 of those that count as one peer.
#[test]
fn nor_does_a_customer_with_many_networks_of_ipv6() {
    within_deadline(|| {
        let sites = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number << 8, 0, 0, 0, 1]));
        let homes = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number, 0, 0, 0, 1]));
        for addresses in [sites, homes] {
            for late in [peer(2), IpAddr::from([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1])] {
                let place = place_of_the_late(addresses, Some(late));
                assert!(place <= FEW, "{place}");
            }
        }
        // Nor another site of the same customer.
        let site = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number % 256, number, 0, 0, 1]));
        let place = place_of_the_late(site, Some(IpAddr::from([0x2001, 0xdb8, 0, 0xff00, 0, 0, 0, 1])));
        assert!(place <= FEW, "{place}");
    });
}

/// `::ffff:a.b.c.d` is how a socket that listens to both shows an IPv4 client. All of them have the first 64 bits
/// in common.
#[test]
fn ipv4_addresses_written_as_ipv6_are_peers_of_their_own() {
    within_deadline(|| {
        let mapped = |last| IpAddr::from(std::net::Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped());
        let place = place_of_the_late(|_| Some(mapped(1)), Some(mapped(2)));
        assert!(place <= FEW, "{place}");
    });
}

#[test]
fn who_names_no_peer_holds_up_no_peer() {
    within_deadline(|| {
        let place = place_of_the_late(|_| None, Some(peer(2)));
        assert!(place <= FEW, "{place}");
    });
}

#[test]
fn ten_peers_share_evenly() {
    within_deadline(|| {
        let desk = Desk::single(&users(1), |builder| builder);
        let _held = desk.hold();
        let logins: Vec<Verification> = (0..10_u8)
            .flat_map(|address| (0..20).map(move |number| (address, number)))
            .map(|(address, number)| {
                desk.begin_from(peer(address), &format!("p{address}"), &number.to_string())
            })
            .collect();
        desk.hook.open();
        wait_for_all(logins);
        let log = desk.hook.log();
        for address in 0..10 {
            let user = format!("p{address}");
            let half = log[..100].iter().filter(|told| told.user() == Some(&user)).count();
            assert!((6..=14).contains(&half), "{half} of 20 in the first half");
        }
    });
}

#[test]
fn who_was_right_before_does_not_stand_behind_guesses() {
    within_deadline(|| {
        let desk = Desk::single(&users(2), |builder| builder.cache(Duration::from_millis(1), 10));
        assert!(is_accepted(desk.verify_from(peer(1), "u0", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let before = desk.hook.log().len();
        let _held = desk.hold();
        let flood: Vec<_> =
            (0..100).map(|number| desk.begin_from(peer(1), "u1", &format!("wrong {number}"))).collect();
        let login = desk.begin_from(peer(1), "u0", "secret");
        desk.hook.open();
        assert!(is_accepted(login.wait()));
        wait_for_all(flood);
        desk.hook.wait_for(2, |told| told.user() == Some("u0"));
        let log = desk.hook.log();
        let place = log[before..].iter().position(|told| told.user() == Some("u0")).unwrap();
        assert!(place <= FEW, "{place}");
    });
}

/// Were it otherwise, who knows one password could go before others with any number of wrong ones.
#[test]
fn who_was_right_before_stands_behind_them_with_another_password() {
    within_deadline(|| {
        let desk = Desk::single(&users(2), |builder| builder.cache(Duration::from_millis(1), 10));
        assert!(is_accepted(desk.verify_from(peer(1), "u0", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let before = desk.hook.log().len();
        let _held = desk.hold();
        let first: Vec<_> =
            (0..50).map(|number| desk.begin_from(peer(1), "u1", &format!("wrong {number}"))).collect();
        let guess = desk.begin_from(peer(1), "u0", "Secret");
        desk.hook.open();
        let _ = guess.wait();
        wait_for_all(first);
        desk.hook.wait_for(2, |told| told.user() == Some("u0"));
        let log = desk.hook.log();
        let place = log[before..].iter().position(|told| told.user() == Some("u0")).unwrap();
        assert!(place >= 40, "{place}");
    });
}
