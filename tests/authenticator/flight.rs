//! Who asks the same at the same time is answered by the same work, and by the users that count then.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::login::{Desk, bcrypt, is_accepted, peer, record, wait_until, within_deadline};
use htpasswd::{Params, Verdict, Verification};

#[test]
fn a_hundred_equal_logins_are_one_job() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4));
        let desk = Desk::single(&text, |builder| builder.queue_limit(1));
        let held = desk.hold();
        let logins: Vec<_> = (0..100).map(|_| desk.begin("alice", "secret")).collect();
        assert_eq!(desk.authenticator.waiting(), 1);
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(desk.authenticator.waiting(), 0);
    });
}

#[test]
fn a_hundred_threads_with_equal_logins_are_one_job() {
    within_deadline(|| {
        for (password, accepted) in [("secret", true), ("wrong", false)] {
            let text = record("alice", "secret", &bcrypt(4));
            let desk = Desk::single(&text, |builder| builder.queue_limit(1));
            let _held = desk.hold();
            let barrier = Arc::new(Barrier::new(101));
            let threads: Vec<_> = (0..100_u8)
                .map(|number| {
                    let (authenticator, barrier) = (desk.authenticator.clone(), barrier.clone());
                    thread::spawn(move || {
                        barrier.wait();
                        authenticator.authenticate_blocking(
                            crate::login::credentials("alice", password),
                            Some(peer(number)),
                        )
                    })
                })
                .collect();
            barrier.wait();
            wait_until(|| desk.authenticator.waiting() == 1);
            desk.hook.open();
            for thread in threads {
                assert_eq!(is_accepted(thread.join().unwrap()), accepted);
            }
            assert_eq!(desk.hook.count(|told| matches!(told, crate::login::Told::Overloaded { .. })), 0);
        }
    });
}

#[test]
fn what_is_not_equal_is_not_joined() {
    within_deadline(|| {
        let text = record("alice", "secret", &bcrypt(4));
        let desk = Desk::single(&text, |builder| builder.queue_limit(1));
        let _held = desk.hold();
        let login = desk.begin("alice", "secret");
        for (user, password) in [("alice", "secre"), ("alices", "ecret"), ("alic", "esecret"), ("alice", "")]
        {
            assert_eq!(desk.verify(user, password), Verdict::Overloaded, "{user} {password}");
        }
        desk.hook.open();
        assert!(is_accepted(login.wait()));
    });
}

#[test]
fn passwords_that_a_scheme_cannot_tell_apart_are_one_job() {
    within_deadline(|| {
        let text = record("alice", "password", &Params::DesCrypt);
        let desk = Desk::single(&text, |builder| builder);
        let _held = desk.hold();
        let logins: Vec<_> =
            (0..50).map(|number| desk.begin("alice", &format!("password{number}"))).collect();
        assert_eq!(desk.authenticator.waiting(), 1);
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

/// The old scheme takes `correct house` for `correct horse`, the new one does not.
#[test]
fn a_new_hash_does_not_let_in_who_was_right_for_the_old_one_only() {
    within_deadline(|| {
        for (first, second) in [("correct horse", "correct house"), ("correct house", "correct horse")] {
            let desk = Desk::single(&record("alice", "correct horse", &Params::DesCrypt), |builder| builder);
            let _held = desk.hold();
            let logins = [first, second].map(|password| desk.begin("alice", password));
            desk.write(&record("alice", "correct horse", &bcrypt(4)));
            desk.hook.open();
            assert_eq!(logins.map(Verification::wait), [Verdict::Overloaded; 2], "{first}");
            assert!(is_accepted(desk.verify("alice", "correct horse")));
            assert_eq!(desk.verify("alice", "correct house"), Verdict::Rejected);
        }
    });
}

#[test]
fn a_new_hash_lets_in_who_has_a_password_longer_than_the_old_one_read() {
    within_deadline(|| {
        let desk = Desk::single(&record("alice", "correct horse", &Params::DesCrypt), |builder| builder);
        let _held = desk.hold();
        let logins = [(); 2].map(|()| desk.begin("alice", "correct horse"));
        desk.write(&record("alice", "correct horse", &bcrypt(4)));
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
    });
}

#[test]
fn who_stays_is_answered_when_others_who_asked_the_same_go() {
    within_deadline(|| {
        let desk = Desk::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
        let _held = desk.hold();
        let [first, second, third] = [(); 3].map(|()| desk.begin("alice", "secret"));
        drop(first);
        drop(third);
        assert_eq!(desk.authenticator.waiting(), 1);
        desk.hook.open();
        assert!(is_accepted(second.wait()));
    });
}

#[test]
fn a_login_after_a_change_is_not_answered_as_one_before_it() {
    within_deadline(|| {
        let old = record("alice", "old", &bcrypt(4));
        let new = record("alice", "new", &bcrypt(4)) + &record("bob", "new", &bcrypt(4));
        let desk = Desk::single(&old, |builder| builder);
        let _held = desk.hold();
        let early: Vec<_> = ["alice", "bob"].map(|user| desk.begin(user, "new")).into();
        let early_old = desk.begin("alice", "old");
        desk.write(&new);
        let late: Vec<_> = ["alice", "bob"].map(|user| desk.begin(user, "new")).into();
        let late_old = desk.begin("alice", "old");
        desk.hook.open();
        for login in late {
            assert!(is_accepted(login.wait()), "it was right when it was asked");
        }
        assert_eq!(late_old.wait(), Verdict::Rejected);
        assert_eq!(early_old.wait(), Verdict::Rejected, "nobody has this password any more");
        drop(early);
    });
}

#[test]
fn who_is_deleted_or_changed_while_waiting_is_rejected() {
    within_deadline(|| {
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|user| record(user, "secret", &bcrypt(4)));
        let minute = std::time::Duration::from_secs(60);
        let desk = Desk::single(&format!("{alice}{bob}{carol}"), |builder| builder.cache(minute, 10));
        let held = desk.hold();
        let [first, second, third] = ["alice", "bob", "carol"].map(|user| desk.begin(user, "secret"));
        desk.write(&format!("bob:*\n{carol}"));
        desk.hook.open();
        assert_eq!(first.wait(), Verdict::Rejected);
        assert_eq!(second.wait(), Verdict::Rejected);
        assert!(is_accepted(third.wait()));
        assert_eq!(held.wait(), Verdict::Rejected);
        assert_eq!(desk.verify("alice", "secret"), Verdict::Rejected);
    });
}

/// The hash takes a second. Should the file take longer to be written, there is another try.
#[test]
fn who_is_deleted_while_being_hashed_is_rejected() {
    within_deadline(|| {
        let (alice, bob) = (record("alice", "secret", &bcrypt(13)), record("bob", "secret", &bcrypt(4)));
        let rejected = (0..5).any(|_| {
            let desk = Desk::single(&format!("{alice}{bob}"), |builder| builder);
            let login = desk.begin("alice", "secret");
            wait_until(|| desk.authenticator.waiting() == 0);
            desk.write(&bob);
            login.wait() == Verdict::Rejected
        });
        assert!(rejected);
    });
}

#[test]
fn debug_tells_a_verdict_but_no_password() {
    within_deadline(|| {
        let desk = Desk::single(&record("alice", "secret", &bcrypt(4)), |builder| builder.queue_limit(1));
        let _held = desk.hold();
        let waiting = desk.begin("alice", "secret");
        assert_eq!(format!("{waiting:?}"), "Verification(Waiting)");
        let turned_away = desk.begin("alice", "wrong");
        assert_eq!(format!("{turned_away:?}"), "Verification(Overloaded)");
    });
}
