//! Single-flight: concurrent equal logins share one verification, and the current users decide each verdict.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::login::{Fixture, bcrypt, is_accepted, peer, record, wait_until, within_deadline};
use htpasswd::auth::Verification;
use htpasswd::{Params, Verdict};

#[test]
fn a_hundred_equal_logins_share_one_job() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4));
        let fixture = Fixture::single(&text, |builder| builder.queue_limit(1));
        let held = fixture.hold();
        let logins: Vec<_> = (0..100).map(|_| fixture.begin("alice", "secret")).collect();
        assert_eq!(fixture.authenticator.queue_len(), 1);
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(fixture.authenticator.queue_len(), 0);
    });
}

#[test]
fn equal_logins_of_a_hundred_threads_share_one_job() {
    within_deadline(|| {
        for (password, accepted) in [("secret", true), ("wrong", false)] {
            let text = record("alice", "secret", &bcrypt(4));
            let fixture = Fixture::single(&text, |builder| builder.queue_limit(1));
            let _held = fixture.hold();
            let barrier = Arc::new(Barrier::new(101));
            let threads: Vec<_> = (0..100_u8)
                .map(|number| {
                    let (authenticator, barrier) = (fixture.authenticator.clone(), barrier.clone());
                    thread::spawn(move || {
                        barrier.wait();
                        authenticator.authenticate_blocking(
                            &crate::login::credentials("alice", password),
                            Some(peer(number)),
                        )
                    })
                })
                .collect();
            barrier.wait();
            wait_until(|| fixture.authenticator.queue_len() == 1);
            fixture.hook.open();
            for thread in threads {
                assert_eq!(is_accepted(thread.join().unwrap()), accepted);
            }
            assert_eq!(
                fixture.hook.count(|event| matches!(event, crate::login::LoggedEvent::Overloaded { .. })),
                0
            );
        }
    });
}

#[test]
fn different_logins_share_no_job() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4));
        let fixture = Fixture::single(&text, |builder| builder.queue_limit(1));
        let _held = fixture.hold();
        let login = fixture.begin("alice", "secret");
        for (user, password) in [("alice", "secre"), ("alices", "ecret"), ("alic", "esecret"), ("alice", "")]
        {
            assert_eq!(fixture.verify(user, password), Verdict::Overloaded, "{user} {password}");
        }
        fixture.hook.open();
        assert!(is_accepted(login.wait()));
    });
}

#[test]
fn passwords_that_a_scheme_cannot_distinguish_share_one_job() {
    within_deadline(|| {
        let text = record("alice", "password", &Params::DesCrypt);
        let fixture = Fixture::single(&text, |builder| builder);
        let _held = fixture.hold();
        let logins: Vec<_> =
            (0..50).map(|number| fixture.begin("alice", &format!("password{number}"))).collect();
        assert_eq!(fixture.authenticator.queue_len(), 1);
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

/// DES-crypt, the old scheme, reads 8 bytes and cannot distinguish `correct house` from `correct horse`; bcrypt can.
#[test]
fn a_password_that_matches_only_the_old_hash_is_not_accepted() {
    within_deadline(|| {
        for (first, second) in [("correct horse", "correct house"), ("correct house", "correct horse")] {
            let fixture =
                Fixture::single(&record("alice", "correct horse", &Params::DesCrypt), |builder| builder);
            let _held = fixture.hold();
            let logins = [first, second].map(|password| fixture.begin("alice", password));
            fixture.write(&record("alice", "correct horse", &bcrypt(4)));
            fixture.hook.open();
            assert_eq!(logins.map(Verification::wait), [Verdict::Overloaded; 2], "{first}");
            assert!(is_accepted(fixture.verify("alice", "correct horse")));
            assert_eq!(fixture.verify("alice", "correct house"), Verdict::Rejected);
        }
    });
}

#[test]
fn a_password_that_also_matches_the_new_hash_is_accepted() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&record("alice", "correct horse", &Params::DesCrypt), |builder| builder);
        let _held = fixture.hold();
        let logins = [(); 2].map(|()| fixture.begin("alice", "correct horse"));
        fixture.write(&record("alice", "correct horse", &bcrypt(4)));
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

#[test]
fn a_login_is_answered_after_equal_logins_are_dropped() {
    within_deadline(|| {
        let fixture = Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
        let _held = fixture.hold();
        let [first, second, third] = [(); 3].map(|()| fixture.begin("alice", "secret"));
        drop(first);
        drop(third);
        assert_eq!(fixture.authenticator.queue_len(), 1);
        fixture.hook.open();
        assert!(is_accepted(second.wait()));
    });
}

#[test]
fn a_login_after_a_change_shares_no_job_with_earlier_ones() {
    within_deadline(|| {
        let old = record("alice", "old", &bcrypt(4));
        let new = record("alice", "new", &bcrypt(4)) + &record("bob", "new", &bcrypt(4));
        let fixture = Fixture::single(&old, |builder| builder);
        let _held = fixture.hold();
        let early: Vec<_> = ["alice", "bob"].map(|user| fixture.begin(user, "new")).into();
        let early_old = fixture.begin("alice", "old");
        fixture.write(&new);
        let late: Vec<_> = ["alice", "bob"].map(|user| fixture.begin(user, "new")).into();
        let late_old = fixture.begin("alice", "old");
        fixture.hook.open();
        for login in late {
            assert!(is_accepted(login.wait()), "the password was right when the login began");
        }
        assert_eq!(late_old.wait(), Verdict::Rejected);
        assert_eq!(early_old.wait(), Verdict::Rejected, "the file no longer has this password");
        drop(early);
    });
}

#[test]
fn users_deleted_or_locked_while_waiting_are_rejected() {
    within_deadline(|| {
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|user| record(user, "secret", &bcrypt(4)));
        let minute = std::time::Duration::from_secs(60);
        let fixture = Fixture::single(&format!("{alice}{bob}{carol}"), |builder| builder.cache(minute, 10));
        let held = fixture.hold();
        let [first, second, third] = ["alice", "bob", "carol"].map(|user| fixture.begin(user, "secret"));
        fixture.write(&format!("bob:*\n{carol}"));
        fixture.hook.open();
        assert_eq!(first.wait(), Verdict::Rejected);
        assert_eq!(second.wait(), Verdict::Rejected);
        assert!(is_accepted(third.wait()));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(fixture.verify("alice", "secret"), Verdict::Rejected);
    });
}

/// The hash takes about a second. The test retries if writing the file takes longer than the hash.
#[test]
fn a_user_deleted_while_hashing_is_rejected() {
    within_deadline(|| {
        let (alice, bob) = (record("alice", "secret", &bcrypt(13)), record("bob", "secret", &bcrypt(4)));
        let rejected = (0..5).any(|_| {
            let fixture = Fixture::single(&format!("{alice}{bob}"), |builder| builder);
            let login = fixture.begin("alice", "secret");
            wait_until(|| fixture.authenticator.queue_len() == 0);
            fixture.write(&bob);
            login.wait() == Verdict::Rejected
        });
        assert!(rejected);
    });
}

#[test]
fn debug_output_shows_the_verdict_and_no_password() {
    within_deadline(|| {
        let fixture =
            Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder.queue_limit(1));
        let _held = fixture.hold();
        let waiting = fixture.begin("alice", "secret");
        assert_eq!(format!("{waiting:?}"), "Verification(Waiting)");
        let overloaded = fixture.begin("alice", "wrong");
        assert_eq!(format!("{overloaded:?}"), "Verification(Overloaded)");
    });
}
