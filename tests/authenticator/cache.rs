//! The cache of successful logins saves hashing, and never accepts a login that the password file rejects.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use crate::login::{Fixture, SHA1, bcrypt, is_accepted, record, within_deadline};
use htpasswd::{Params, Verdict};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_second_login_is_cached_and_wrong_passwords_never_are() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4)) + &record("bob", "secret", &bcrypt(4));
        let fixture = Fixture::new(&text, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(false));
        for _ in 0..3 {
            assert!(is_accepted(fixture.verify("alice", "secret")));
            assert_eq!(fixture.last_cached(), Some(true));
            assert_eq!(fixture.verify("alice", "wrong"), Verdict::Rejected);
            assert_eq!(fixture.verify("unknown", "secret"), Verdict::Rejected);
            assert_eq!(fixture.verify("alic", "esecret"), Verdict::Rejected);
            assert_eq!(fixture.verify("alicesecret", ""), Verdict::Rejected);
        }
        assert!(is_accepted(fixture.verify("bob", "secret")));
        assert_eq!(fixture.last_cached(), Some(false));
    });
}

#[test]
fn without_a_cache_every_login_is_hashed() {
    within_deadline(|| {
        let fixture = Fixture::new(&record("alice", "secret", &bcrypt(4)), |builder| builder);
        for _ in 0..3 {
            assert!(is_accepted(fixture.verify("alice", "secret")));
            assert_eq!(fixture.last_cached(), Some(false));
        }
    });
}

#[test]
fn a_changed_hash_is_not_answered_from_the_cache() {
    within_deadline(|| {
        let before = record("alice", "secret", &bcrypt(4));
        let same_password = record("alice", "secret", &bcrypt(4));
        let fixture = Fixture::new(&before, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(fixture.verify("alice", "secret")));

        fixture.write(&same_password);
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(false), "the hash is a different one");

        fixture.write(&record("alice", "other", &bcrypt(4)));
        assert_eq!(fixture.verify("alice", "secret"), Verdict::Rejected);
        assert!(is_accepted(fixture.verify("alice", "other")));

        fixture.write(&before);
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.verify("alice", "other"), Verdict::Rejected);
    });
}

#[test]
fn deleted_and_locked_users_are_rejected_at_once() {
    within_deadline(|| {
        let [alice, bob] = ["alice", "bob"].map(|user| record(user, "secret", &bcrypt(4)));
        let fixture = Fixture::new(&format!("{alice}{bob}"), |builder| builder.cache(HOUR, 100));
        let bob_is_accepted = || assert!(is_accepted(fixture.verify("bob", "secret")));
        let without_alice = [
            bob.clone(),
            format!("{}{bob}", alice.replace("alice:", "alice:!")),
            format!("alice:*\n{alice}{bob}"),
            format!("#{alice}{bob}"),
            format!("alice:\n{bob}"),
            format!("{}{bob}", alice.replace("alice:", "Alice:")),
        ];
        for text in &without_alice {
            fixture.write(&format!("{alice}{bob}"));
            assert!(is_accepted(fixture.verify("alice", "secret")));
            fixture.write(text);
            assert_eq!(fixture.verify("alice", "secret"), Verdict::Rejected, "{text}");
            bob_is_accepted();
        }
        fixture.write("");
        assert_eq!(fixture.verify("bob", "secret"), Verdict::Rejected);
    });
}

#[test]
fn a_cached_hash_counts_only_for_the_user_who_logged_in() {
    within_deadline(|| {
        let hash = record("", "secret", &bcrypt(4));
        let fixture = Fixture::new(&format!("alice{hash}bob:*\n"), |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.verify("bob", "secret"), Verdict::Rejected);
        fixture.write(&format!("alice{hash}bob{hash}"));
        assert!(is_accepted(fixture.verify("bob", "secret")));
        assert_eq!(fixture.last_cached(), Some(false), "bob has not logged in yet");
    });
}

#[test]
fn the_cache_survives_an_append_to_the_file() {
    within_deadline(|| {
        let alice = record("alice", "secret", &bcrypt(4));
        let fixture = Fixture::new(&alice, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        OpenOptions::new().append(true).open(fixture.path()).unwrap().write_all(b"bob:x\n").unwrap();
        fixture.authenticator.users().reload().unwrap();
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(true));
    });
}

#[test]
fn a_login_is_hashed_again_after_the_cache_lifetime() {
    within_deadline(|| {
        let fixture = Fixture::new(&record("alice", "secret", &bcrypt(4)), |builder| {
            builder.cache(Duration::from_millis(1), 100)
        });
        for _ in 0..3 {
            assert!(is_accepted(fixture.verify("alice", "secret")));
            assert_eq!(fixture.last_cached(), Some(false));
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}

#[test]
fn a_cached_login_does_not_extend_the_cache_lifetime() {
    within_deadline(|| {
        let lifetime = Duration::from_millis(500);
        let fixture =
            Fixture::new(&record("alice", "secret", &bcrypt(4)), |builder| builder.cache(lifetime, 100));
        let start = std::time::Instant::now();
        assert!(is_accepted(fixture.verify("alice", "secret")));
        while start.elapsed() < lifetime * 3 {
            assert!(is_accepted(fixture.verify("alice", "secret")));
            std::thread::sleep(Duration::from_millis(5));
        }
        let hashed = fixture
            .hook
            .count(|event| matches!(event, crate::login::LoggedEvent::Accepted { cached: false, .. }));
        assert!(hashed >= 2, "hashed {hashed} times in three cache lifetimes");
    });
}

#[test]
fn the_cache_never_exceeds_its_capacity() {
    within_deadline(|| {
        let names: Vec<_> = (0..40).map(|number| format!("u{number}")).collect();
        let text = names.iter().map(|name| format!("{name}:{SHA1}\n")).collect::<Vec<_>>().concat();
        let fixture = Fixture::new(&text, |builder| builder.cache(HOUR, 10));
        for name in &names {
            assert!(is_accepted(fixture.verify(name, "secret")));
        }
        // A login of a user who is not in the cache displaces another user. Therefore each user logs in once, and the
        // most recent user logs in first.
        let cached = names.iter().rev().filter(|name| {
            assert!(is_accepted(fixture.verify(name, "secret")));
            fixture.last_cached() == Some(true)
        });
        let cached = cached.count();
        assert!((1..=10).contains(&cached), "{cached} users are cached, the capacity is 10");
    });
}

/// DES-crypt reads the first 8 bytes of a password and bcrypt the first 72. The cache treats passwords that agree in
/// these bytes as equal, as the scheme does.
#[test]
fn bytes_that_a_scheme_does_not_read_are_ignored() {
    within_deadline(|| {
        let long = "x".repeat(72);
        for (params, password) in [(Params::DesCrypt, "password"), (bcrypt(4), long.as_str())] {
            let fixture =
                Fixture::new(&record("alice", password, &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(fixture.verify("alice", &format!("{password}0"))));
            for rest in ["", "0", "1", "and more"] {
                assert!(is_accepted(fixture.verify("alice", &format!("{password}{rest}"))));
                assert_eq!(fixture.last_cached(), Some(true), "{params:?} {rest}");
            }
            assert_eq!(fixture.verify("alice", &password[1..]), Verdict::Rejected);
        }
    });
}

#[test]
fn schemes_that_read_every_byte_distinguish_long_passwords() {
    within_deadline(|| {
        let long = "x".repeat(72);
        for params in [Params::Sha1, Params::Apr1, Params::Sha512Crypt(None)] {
            let fixture = Fixture::new(&record("alice", &long, &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(fixture.verify("alice", &long)));
            assert_eq!(fixture.verify("alice", &format!("{long}0")), Verdict::Rejected, "{params:?}");
        }
    });
}

/// DES-crypt reads seven bits of each byte, so it cannot distinguish `á` from `C!`, and 16 passwords of eight bytes
/// match this hash.
#[test]
fn a_user_with_many_matching_passwords_displaces_no_other() {
    within_deadline(|| {
        let text = format!("alice:{SHA1}\n") + &record("mallory", "C!C!C!C!", &Params::DesCrypt);
        let fixture = Fixture::new(&text, |builder| builder.cache(HOUR, 10));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        for number in 0..100 {
            assert!(is_accepted(fixture.verify("mallory", &format!("C!C!C!C!{number}"))));
        }
        for number in 1..16 {
            let pair = |bit: u32| if number >> bit & 1 == 1 { "\u{e1}" } else { "C!" };
            let password: String = (0..4).map(pair).collect();
            assert!(is_accepted(fixture.verify("mallory", &password)));
            assert_eq!(fixture.last_cached(), Some(false), "{password}");
        }
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(true));
    });
}

#[test]
fn every_scheme_is_cached() {
    within_deadline(|| {
        for params in [Params::Sha1, Params::Apr1, Params::DesCrypt, Params::Sha512Crypt(None), bcrypt(4)] {
            let fixture =
                Fixture::new(&record("alice", "secret", &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(fixture.verify("alice", "secret")));
            assert!(is_accepted(fixture.verify("alice", "secret")));
            assert_eq!(fixture.last_cached(), Some(true), "{params:?}");
            assert_eq!(fixture.verify("alice", "Secret"), Verdict::Rejected);
        }
    });
}
