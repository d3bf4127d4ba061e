//! The cache: it spares hashes, and lets nobody in whom the file does not.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use crate::login::{Desk, SHA1, bcrypt, is_accepted, record, within_deadline};
use htpasswd::{Params, Verdict};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_second_login_is_cached_and_a_wrong_password_never_is() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4)) + &record("bob", "secret", &bcrypt(4));
        let desk = Desk::new(&text, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.last_cached(), Some(false));
        for _ in 0..3 {
            assert!(is_accepted(desk.verify("alice", "secret")));
            assert_eq!(desk.last_cached(), Some(true));
            assert_eq!(desk.verify("alice", "wrong"), Verdict::Rejected);
            assert_eq!(desk.verify("nobody", "secret"), Verdict::Rejected);
            assert_eq!(desk.verify("alic", "esecret"), Verdict::Rejected);
            assert_eq!(desk.verify("alicesecret", ""), Verdict::Rejected);
        }
        assert!(is_accepted(desk.verify("bob", "secret")));
        assert_eq!(desk.last_cached(), Some(false));
    });
}

#[test]
fn without_a_cache_every_login_is_hashed() {
    within_deadline(|| {
        let desk = Desk::new(&record("alice", "secret", &bcrypt(4)), |builder| builder);
        for _ in 0..3 {
            assert!(is_accepted(desk.verify("alice", "secret")));
            assert_eq!(desk.last_cached(), Some(false));
        }
    });
}

#[test]
fn a_changed_user_is_not_found_in_it_and_the_same_line_is_again() {
    within_deadline(|| {
        let before = record("alice", "secret", &bcrypt(4));
        let same_password = record("alice", "secret", &bcrypt(4));
        let desk = Desk::new(&before, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(desk.verify("alice", "secret")));

        desk.write(&same_password);
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.last_cached(), Some(false), "another hash");

        desk.write(&record("alice", "other", &bcrypt(4)));
        assert_eq!(desk.verify("alice", "secret"), Verdict::Rejected);
        assert!(is_accepted(desk.verify("alice", "other")));

        desk.write(&before);
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.verify("alice", "other"), Verdict::Rejected);
    });
}

#[test]
fn who_is_deleted_or_locked_is_out_at_once() {
    within_deadline(|| {
        let [alice, bob] = ["alice", "bob"].map(|user| record(user, "secret", &bcrypt(4)));
        let desk = Desk::new(&format!("{alice}{bob}"), |builder| builder.cache(HOUR, 100));
        let bob_remains = || assert!(is_accepted(desk.verify("bob", "secret")));
        let out = [
            bob.clone(),
            format!("{}{bob}", alice.replace("alice:", "alice:!")),
            format!("alice:*\n{alice}{bob}"),
            format!("#{alice}{bob}"),
            format!("alice:\n{bob}"),
            format!("{}{bob}", alice.replace("alice:", "Alice:")),
        ];
        for text in &out {
            desk.write(&format!("{alice}{bob}"));
            assert!(is_accepted(desk.verify("alice", "secret")));
            desk.write(text);
            assert_eq!(desk.verify("alice", "secret"), Verdict::Rejected, "{text}");
            bob_remains();
        }
        desk.write("");
        assert_eq!(desk.verify("bob", "secret"), Verdict::Rejected);
    });
}

#[test]
fn one_user_does_not_get_in_by_the_line_of_another() {
    within_deadline(|| {
        let hash = record("", "secret", &bcrypt(4));
        let desk = Desk::new(&format!("alice{hash}bob:*\n"), |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.verify("bob", "secret"), Verdict::Rejected);
        desk.write(&format!("alice{hash}bob{hash}"));
        assert!(is_accepted(desk.verify("bob", "secret")));
        assert_eq!(desk.last_cached(), Some(false), "bob has not logged in before");
    });
}

#[test]
fn another_line_end_or_field_is_no_other_hash_and_the_file_may_grow() {
    within_deadline(|| {
        let alice = record("alice", "secret", &bcrypt(4));
        let desk = Desk::new(&alice, |builder| builder.cache(HOUR, 100));
        assert!(is_accepted(desk.verify("alice", "secret")));
        OpenOptions::new().append(true).open(desk.path()).unwrap().write_all(b"bob:x\n").unwrap();
        desk.authenticator.users().reload().unwrap();
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.last_cached(), Some(true));
    });
}

#[test]
fn over_its_time_a_login_is_hashed_again() {
    within_deadline(|| {
        let desk = Desk::new(&record("alice", "secret", &bcrypt(4)), |builder| {
            builder.cache(Duration::from_millis(1), 100)
        });
        for _ in 0..3 {
            assert!(is_accepted(desk.verify("alice", "secret")));
            assert_eq!(desk.last_cached(), Some(false));
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}

#[test]
fn a_login_from_the_cache_does_not_prolong_its_time() {
    within_deadline(|| {
        let time = Duration::from_millis(500);
        let desk = Desk::new(&record("alice", "secret", &bcrypt(4)), |builder| builder.cache(time, 100));
        let start = std::time::Instant::now();
        assert!(is_accepted(desk.verify("alice", "secret")));
        while start.elapsed() < time * 3 {
            assert!(is_accepted(desk.verify("alice", "secret")));
            std::thread::sleep(Duration::from_millis(5));
        }
        let hashed =
            desk.hook.count(|told| matches!(told, crate::login::Told::Accepted { cached: false, .. }));
        assert!(hashed >= 2, "hashed {hashed} times in three times the time");
    });
}

#[test]
fn it_remembers_no_more_than_it_is_told_to() {
    within_deadline(|| {
        let names: Vec<_> = (0..40).map(|number| format!("u{number}")).collect();
        let text = names.iter().map(|name| format!("{name}:{SHA1}\n")).collect::<Vec<_>>().concat();
        let desk = Desk::new(&text, |builder| builder.cache(HOUR, 10));
        for name in &names {
            assert!(is_accepted(desk.verify(name, "secret")));
        }
        // Whoever is asked for again and not found takes a place of somebody else: each is asked for once only, the
        // latest first.
        let cached = names.iter().rev().filter(|name| {
            assert!(is_accepted(desk.verify(name, "secret")));
            desk.last_cached() == Some(true)
        });
        let cached = cached.count();
        assert!((1..=10).contains(&cached), "{cached} of 10");
    });
}

/// DES reads eight bytes, bcrypt 72: to them, passwords that begin alike are the same.
#[test]
fn what_a_scheme_does_not_read_of_a_password_does_not_count() {
    within_deadline(|| {
        let long = "x".repeat(72);
        for (params, password) in [(Params::DesCrypt, "password"), (bcrypt(4), long.as_str())] {
            let desk = Desk::new(&record("alice", password, &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(desk.verify("alice", &format!("{password}0"))));
            for rest in ["", "0", "1", "and more"] {
                assert!(is_accepted(desk.verify("alice", &format!("{password}{rest}"))));
                assert_eq!(desk.last_cached(), Some(true), "{params:?} {rest}");
            }
            assert_eq!(desk.verify("alice", &password[1..]), Verdict::Rejected);
        }
    });
}

#[test]
fn schemes_that_read_all_of_a_password_tell_long_ones_apart() {
    within_deadline(|| {
        let long = "x".repeat(72);
        for params in [Params::Sha1, Params::Apr1, Params::Sha512Crypt(None)] {
            let desk = Desk::new(&record("alice", &long, &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(desk.verify("alice", &long)));
            assert_eq!(desk.verify("alice", &format!("{long}0")), Verdict::Rejected, "{params:?}");
        }
    });
}

/// DES reads seven bits of each byte: to it, `á` is `C!`, and there are 16 right passwords of eight bytes here.
#[test]
fn one_user_with_many_right_passwords_displaces_no_other() {
    within_deadline(|| {
        let text = format!("alice:{SHA1}\n") + &record("mallory", "C!C!C!C!", &Params::DesCrypt);
        let desk = Desk::new(&text, |builder| builder.cache(HOUR, 10));
        assert!(is_accepted(desk.verify("alice", "secret")));
        for number in 0..100 {
            assert!(is_accepted(desk.verify("mallory", &format!("C!C!C!C!{number}"))));
        }
        for number in 1..16 {
            let pair = |bit: u32| if number >> bit & 1 == 1 { "\u{e1}" } else { "C!" };
            let password: String = (0..4).map(pair).collect();
            assert!(is_accepted(desk.verify("mallory", &password)));
            assert_eq!(desk.last_cached(), Some(false), "{password}");
        }
        assert!(is_accepted(desk.verify("alice", "secret")));
        assert_eq!(desk.last_cached(), Some(true));
    });
}

#[test]
fn none_of_it_depends_on_the_scheme() {
    within_deadline(|| {
        for params in [Params::Sha1, Params::Apr1, Params::DesCrypt, Params::Sha512Crypt(None), bcrypt(4)] {
            let desk = Desk::new(&record("alice", "secret", &params), |builder| builder.cache(HOUR, 100));
            assert!(is_accepted(desk.verify("alice", "secret")));
            assert!(is_accepted(desk.verify("alice", "secret")));
            assert_eq!(desk.last_cached(), Some(true), "{params:?}");
            assert_eq!(desk.verify("alice", "Secret"), Verdict::Rejected);
        }
    });
}
