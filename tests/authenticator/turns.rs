//! Fair queueing between peers: a peer that sends many logins delays its own logins and no others.

use std::net::IpAddr;
use std::time::Duration;

use crate::login::{Fixture, bcrypt, is_accepted, peer, record, wait_for_all, within_deadline};
use htpasswd::auth::Verification;

/// The maximum number of jobs before the verdict of a login that no flood delays: a few batches of four lanes.
const FEW: usize = 12;

fn users(count: usize) -> String {
    let hash = record("", "secret", &bcrypt(4));
    (0..count).map(|number| format!("u{number}{hash}")).collect::<Vec<_>>().concat()
}

/// Returns the position of the first event of `user`.
fn position(fixture: &Fixture, user: &str) -> usize {
    fixture.hook.wait_for(1, |event| event.user() == Some(user));
    fixture.hook.log().iter().position(|event| event.user() == Some(user)).unwrap()
}

/// Floods the queue with 500 logins from `addresses`, adds one login from `late`, and returns the position of the
/// event of that login.
fn position_after_flood(addresses: impl Fn(u16) -> Option<IpAddr>, late: Option<IpAddr>) -> usize {
    let fixture = Fixture::single(&users(1), |builder| builder);
    let _held = fixture.hold();
    let flood: Vec<_> = (0..500)
        .map(|number| {
            fixture
                .authenticator
                .authenticate(&crate::login::credentials("u0", &format!("wrong {number}")), addresses(number))
        })
        .collect();
    let login = fixture.authenticator.authenticate(&crate::login::credentials("unknown", "x"), late);
    fixture.hook.open();
    wait_for_all(flood);
    let _ = login.wait();
    position(&fixture, "unknown")
}

#[test]
fn a_flood_from_one_peer_delays_no_other() {
    within_deadline(|| {
        let position = position_after_flood(|_| Some(peer(1)), Some(peer(2)));
        assert!(position <= FEW, "{position}");
    });
}

#[test]
fn a_flood_from_an_ipv6_network_delays_no_other_peer() {
    within_deadline(|| {
        let address = |number: u16| {
            let parts = [0x2001, 0xdb8, 0, 1, number, number, number, number];
            Some(IpAddr::from(parts))
        };
        let position = position_after_flood(address, Some(peer(2)));
        assert!(position <= FEW, "{position}");
        let other = IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]);
        let position = position_after_flood(address, Some(other));
        assert!(position <= FEW, "{position}");
    });
}

/// An IPv6 customer often has a /48 network, which holds 65,536 networks of size /64, and each /64 network is one
/// peer.
#[test]
fn a_flood_from_an_ipv6_site_delays_no_other_peer() {
    within_deadline(|| {
        let sites = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number << 8, 0, 0, 0, 1]));
        let homes = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number, 0, 0, 0, 1]));
        for addresses in [sites, homes] {
            for late in [peer(2), IpAddr::from([0x2001, 0xdb8, 1, 0, 0, 0, 0, 1])] {
                let position = position_after_flood(addresses, Some(late));
                assert!(position <= FEW, "{position}");
            }
        }
        // The flood does not delay another site of the same customer either.
        let site = |number: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, number % 256, number, 0, 0, 1]));
        let position = position_after_flood(site, Some(IpAddr::from([0x2001, 0xdb8, 0, 0xff00, 0, 0, 0, 1])));
        assert!(position <= FEW, "{position}");
    });
}

/// A socket that listens on both IPv4 and IPv6 reports an IPv4 client as `::ffff:a.b.c.d`. All these addresses share
/// their first 64 bits.
#[test]
fn each_ipv4_mapped_ipv6_address_is_its_own_peer() {
    within_deadline(|| {
        let mapped = |last| IpAddr::from(std::net::Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped());
        let position = position_after_flood(|_| Some(mapped(1)), Some(mapped(2)));
        assert!(position <= FEW, "{position}");
    });
}

#[test]
fn a_flood_without_a_peer_delays_no_peer() {
    within_deadline(|| {
        let position = position_after_flood(|_| None, Some(peer(2)));
        assert!(position <= FEW, "{position}");
    });
}

#[test]
fn ten_peers_share_the_thread_evenly() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(1), |builder| builder);
        let _held = fixture.hold();
        let logins: Vec<Verification> = (0..10_u8)
            .flat_map(|address| (0..20).map(move |number| (address, number)))
            .map(|(address, number)| {
                fixture.begin_from(peer(address), &format!("p{address}"), &number.to_string())
            })
            .collect();
        fixture.hook.open();
        wait_for_all(logins);
        let log = fixture.hook.log();
        for address in 0..10 {
            let user = format!("p{address}");
            let half = log[..100].iter().filter(|event| event.user() == Some(&user)).count();
            assert!((6..=14).contains(&half), "{half} of 20 in the first half");
        }
    });
}

#[test]
fn a_recent_login_does_not_wait_for_guesses() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(2), |builder| builder.cache(Duration::from_millis(1), 10));
        assert!(is_accepted(fixture.verify_from(peer(1), "u0", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let before = fixture.hook.log().len();
        let _held = fixture.hold();
        let flood: Vec<_> =
            (0..100).map(|number| fixture.begin_from(peer(1), "u1", &format!("wrong {number}"))).collect();
        let login = fixture.begin_from(peer(1), "u0", "secret");
        fixture.hook.open();
        assert!(is_accepted(login.wait()));
        wait_for_all(flood);
        fixture.hook.wait_for(2, |event| event.user() == Some("u0"));
        let log = fixture.hook.log();
        let position = log[before..].iter().position(|event| event.user() == Some("u0")).unwrap();
        assert!(position <= FEW, "{position}");
    });
}

/// If a recent login gave priority to every password, an attacker who knows one right password could send any number
/// of wrong passwords ahead of other logins.
#[test]
fn a_recent_user_with_another_password_waits_for_guesses() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(2), |builder| builder.cache(Duration::from_millis(1), 10));
        assert!(is_accepted(fixture.verify_from(peer(1), "u0", "secret")));
        std::thread::sleep(Duration::from_millis(20));
        let before = fixture.hook.log().len();
        let _held = fixture.hold();
        let first: Vec<_> =
            (0..50).map(|number| fixture.begin_from(peer(1), "u1", &format!("wrong {number}"))).collect();
        let guess = fixture.begin_from(peer(1), "u0", "Secret");
        fixture.hook.open();
        let _ = guess.wait();
        wait_for_all(first);
        fixture.hook.wait_for(2, |event| event.user() == Some("u0"));
        let log = fixture.hook.log();
        let position = log[before..].iter().position(|event| event.user() == Some("u0")).unwrap();
        assert!(position >= 40, "{position}");
    });
}
