//! The hook is told of each login after its client was answered, may panic, and may ask the authenticator itself.

use std::fs;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::time::Duration;

use crate::login::{
    Desk, GATE, Hook, Told, bcrypt, credentials, is_accepted, peer, record, wait_until, within_deadline,
};
use htpasswd::{Authenticator, Event, FailureLimits, Verdict, WatchedUsers};

fn users() -> String {
    ["alice", "bob"].map(|user| record(user, "secret", &bcrypt(4))).concat()
}

#[test]
fn each_login_is_told_once() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| {
            builder.cache(Duration::from_secs(3600), 10).failure_limits(FailureLimits::default())
        });
        for number in 1..=500 {
            let password = if number % 3 == 0 { "wrong" } else { "secret" };
            let _ = desk.verify_from(peer(1), "alice", password);
            assert_eq!(desk.hook.log().len(), number, "one event a login");
        }
    });
}

#[test]
fn a_client_does_not_wait_for_the_hook() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder);
        assert_eq!(desk.hold().wait(), Verdict::Rejected, "the hook still stands at the gate");
    });
}

#[test]
fn each_who_joined_is_told_of() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder);
        let _held = desk.hold();
        let logins: Vec<_> = (0..20).map(|last| desk.begin_from(peer(last), "alice", "secret")).collect();
        desk.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        desk.hook.wait_for(20, |told| told.user() == Some("alice"));
        for last in 0..20 {
            let told = Told::Accepted {
                user: "alice".to_owned(),
                peer: Some(peer(last)),
                cached: false,
                needs_rehash: false,
            };
            desk.hook.wait_for(1, |other| *other == told);
        }
    });
}

#[test]
fn a_panic_in_it_loses_nothing_else() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let users = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let authenticator = Authenticator::builder(users)
            .cache(Duration::from_secs(3600), 1)
            .failure_limits(FailureLimits::default())
            .queue_limit(1)
            .queue_timeout(Duration::from_millis(200))
            .on_event(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                panic!("a hook that panics")
            })
            .start()
            .unwrap();
        let verify = |user, password| authenticator.authenticate_blocking(credentials(user, password), None);
        for _ in 0..5 {
            assert!(is_accepted(verify("alice", "secret")));
            assert!(is_accepted(verify("alice", "secret")));
            assert!(is_accepted(verify("bob", "secret")));
            assert_eq!(verify("alice", "wrong"), Verdict::Rejected);
        }
        wait_until(|| calls.load(Ordering::SeqCst) == 20);
        let before = calls.load(Ordering::SeqCst);
        fs::write(&path, record("carol", "secret", &bcrypt(4))).unwrap();
        wait_until(|| calls.load(Ordering::SeqCst) > before);
        wait_until(|| is_accepted(verify("carol", "secret")));
        assert_eq!(verify("bob", "secret"), Verdict::Rejected);
        let before = calls.load(Ordering::SeqCst);
        fs::remove_file(&path).unwrap();
        wait_until(|| calls.load(Ordering::SeqCst) > before);
        assert!(is_accepted(verify("carol", "secret")));
        assert_eq!(authenticator.waiting(), 0);
    });
}

/// No lock is held while the hook is called.
#[test]
fn it_may_ask_the_authenticator() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let users = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let slot: Arc<OnceLock<Authenticator>> = Arc::default();
        let weak: Weak<OnceLock<Authenticator>> = Arc::downgrade(&slot);
        let reloaded = Arc::new(AtomicUsize::new(0));
        let counted = reloaded.clone();
        let authenticator = Authenticator::builder(users)
            .threads(1.try_into().unwrap())
            .cache(Duration::from_secs(3600), 10)
            .failure_limits(FailureLimits::default())
            .on_event(move |event| {
                let Some(slot) = weak.upgrade() else { return };
                let Some(authenticator) = slot.get() else { return };
                let _ = authenticator.waiting();
                let _ = authenticator.users().current().len();
                let _ = authenticator.users().last_error();
                let _ = authenticator.users().reload();
                if let Event::Rejected { user: "again", .. } = event {
                    return;
                }
                drop(authenticator.authenticate(credentials("again", "x"), Some(peer(1))));
                if let Event::Reloaded { .. } = event {
                    let verdict = authenticator.authenticate_blocking(credentials("alice", "secret"), None);
                    assert!(is_accepted(verdict));
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            })
            .start()
            .unwrap();
        assert!(slot.set(authenticator).is_ok());
        let authenticator = slot.get().unwrap();
        for _ in 0..10 {
            assert!(is_accepted(
                authenticator.authenticate_blocking(credentials("alice", "secret"), Some(peer(1)))
            ));
            let _ = authenticator.authenticate_blocking(credentials("alice", "wrong"), Some(peer(1)));
            let _ = authenticator.authenticate_blocking(credentials("alice", "wrong"), Some(peer(2)));
        }
        fs::write(&path, record("alice", "secret", &bcrypt(4))).unwrap();
        wait_until(|| reloaded.load(Ordering::SeqCst) > 0);
    });
}

#[test]
fn a_file_that_was_taken_is_told_of_and_each_reason_why_not_once() {
    within_deadline(|| {
        let desk = Desk::new(&users(), |builder| builder);
        let is_refused = |told: &Told| matches!(told, Told::NotReloaded { .. });
        let moved = desk.directory.path().join("moved");
        for round in 1..=3 {
            fs::rename(desk.path(), &moved).unwrap();
            desk.hook.wait_for(round, is_refused);
            // Fifty looks later it is still the same reason.
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(desk.hook.count(is_refused), round, "{:?}", desk.hook.log());
            assert!(is_accepted(desk.verify("alice", "secret")), "the old users stay");
            fs::rename(&moved, desk.path()).unwrap();
            wait_until(|| desk.authenticator.users().last_error().is_none());
        }
        assert_eq!(desk.hook.count(|told| matches!(told, Told::Reloaded { .. })), 0, "no byte was another");
        fs::write(desk.path(), users() + &record("carol", "secret", &bcrypt(4))).unwrap();
        desk.hook.wait_for(1, |told| *told == Told::Reloaded { users: 3 });
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(desk.hook.count(|told| *told == Told::Reloaded { users: 3 }), 1);
        assert!(is_accepted(desk.verify("carol", "secret")));
    });
}

#[test]
fn what_was_reloaded_by_hand_is_told_of_too() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        // Nobody but the test looks at the file.
        let shared = WatchedUsers::builder(&path).check_every(Duration::from_secs(3600)).open().unwrap();
        let hook = Hook::default();
        let told = hook.clone();
        let authenticator =
            Authenticator::builder(shared).on_event(move |event| told.call(event)).start().unwrap();
        wait_until(|| is_accepted(authenticator.authenticate_blocking(credentials("alice", "secret"), None)));
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, record("carol", "secret", &bcrypt(4))).unwrap();
        assert!(authenticator.users().reload().unwrap());
        hook.wait_for(1, |told| *told == Told::Reloaded { users: 1 });
    });
}

/// The hook of one client is no matter of any other.
#[test]
fn nobody_else_waits_while_one_is_told_that_he_is_limited() {
    within_deadline(|| {
        let one = NonZeroU32::MIN;
        let limits = FailureLimits::default().user_and_peer(one, Duration::from_secs(3600));
        let desk = Desk::new(&users(), |builder| builder.failure_limits(limits));
        // The first failure at the gate, which is open; the next is told of while it is closed.
        desk.hook.open();
        assert_eq!(desk.verify_from(peer(1), GATE, "x"), Verdict::Rejected);
        desk.hook.close();
        let authenticator = desk.authenticator.clone();
        let limited = std::thread::spawn(move || {
            authenticator.authenticate_blocking(credentials(GATE, "x"), Some(peer(1)))
        });
        desk.hook.wait_until_held(1);
        let (sender, receiver) = mpsc::channel();
        let authenticator = desk.authenticator.clone();
        let other = std::thread::spawn(move || {
            let _ = sender
                .send(authenticator.authenticate_blocking(credentials("alice", "secret"), Some(peer(2))));
        });
        let verdict = receiver.recv_timeout(Duration::from_secs(20));
        desk.hook.open();
        assert!(matches!(limited.join().unwrap(), Verdict::Limited { .. }));
        other.join().unwrap();
        assert!(verdict.is_ok_and(is_accepted), "it waited for the hook of another client");
    });
}

/// Nor does the hook itself: here it asks about another user when one is limited.
#[test]
fn it_may_ask_when_one_is_limited() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let slot: Arc<OnceLock<Authenticator>> = Arc::default();
        let weak: Weak<OnceLock<Authenticator>> = Arc::downgrade(&slot);
        let limits = FailureLimits::default().user_and_peer(NonZeroU32::MIN, Duration::from_secs(3600));
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
            .failure_limits(limits)
            .on_event(move |event| {
                let slot = weak.upgrade();
                if let (Event::Limited { .. }, Some(other)) =
                    (event, slot.as_ref().and_then(|slot| slot.get()))
                {
                    let _ = other.authenticate_blocking(credentials("bob", "secret"), Some(peer(2)));
                }
            })
            .start()
            .unwrap();
        assert!(slot.set(authenticator).is_ok());
        let authenticator = slot.get().unwrap();
        let verify = || authenticator.authenticate_blocking(credentials("alice", "wrong"), Some(peer(1)));
        assert_eq!(verify(), Verdict::Rejected);
        assert!(matches!(verify(), Verdict::Limited { .. }));
    });
}

/// The thread that looks at the clock is the one that looks at the file.
#[test]
fn the_queue_is_timed_while_a_reload_is_told_of() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let shared = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let (hook, reloads) = (Hook::default(), Hook::default());
        let (told, gate) = (hook.clone(), reloads.clone());
        let authenticator = Authenticator::builder(shared)
            .threads(1.try_into().unwrap())
            .queue_timeout(Duration::from_millis(50))
            .on_event(move |event| match event {
                Event::Reloaded { .. } => gate.hold(),
                _ => told.call(event),
            })
            .start()
            .unwrap();
        let held = authenticator.authenticate(credentials(GATE, "x"), None);
        hook.wait_until_held(1);
        fs::write(&path, record("carol", "secret", &bcrypt(4))).unwrap();
        reloads.wait_until_held(1);
        let (sender, receiver) = mpsc::channel();
        let login = authenticator.authenticate(credentials("carol", "secret"), None);
        let waiter = std::thread::spawn(move || {
            let _ = sender.send(login.wait());
        });
        let verdict = receiver.recv_timeout(Duration::from_secs(20));
        reloads.open();
        hook.open();
        let _ = held.wait();
        waiter.join().unwrap();
        assert_eq!(verdict, Ok(Verdict::Overloaded), "400 times the time-out later");
    });
}

struct Panics;

impl std::task::Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics")
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("what a panic has left panics")
    }
}

/// What a panic carries is dropped by the one who caught it, and may panic there.
#[test]
fn a_panic_that_panics_when_dropped_hangs_no_login() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
            .threads(1.try_into().unwrap())
            .cache(Duration::from_secs(3600), 10)
            .on_event(|_| std::panic::panic_any(PanicsWhenDropped))
            .start()
            .unwrap();
        let verify = |user: &str, password: &str| {
            authenticator.authenticate_blocking(credentials(user, password), None)
        };
        for number in 0..5 {
            assert!(is_accepted(verify("alice", "secret")), "from the cache, but for the first");
            assert_eq!(verify("bob", &format!("wrong {number}")), Verdict::Rejected);
        }
        assert!(is_accepted(verify("bob", "secret")));
    });
}

struct WakePanicsWhenDropped;

impl std::task::Wake for WakePanicsWhenDropped {
    fn wake(self: Arc<Self>) {
        std::panic::panic_any(PanicsWhenDropped)
    }
}

#[test]
fn a_waker_whose_panic_panics_when_dropped_hangs_no_login() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder);
        let _held = desk.hold();
        let mut login = Box::pin(desk.begin("alice", "secret"));
        let waker = std::task::Waker::from(Arc::new(WakePanicsWhenDropped));
        assert!(login.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
        desk.hook.open();
        assert!(is_accepted(desk.verify("bob", "secret")));
    });
}

/// A waker is foreign code as the hook is, and runs on the same threads.
#[test]
fn a_waker_that_panics_loses_nothing_else() {
    within_deadline(|| {
        let desk = Desk::single(&users(), |builder| builder);
        let _held = desk.hold();
        let mut login = Box::pin(desk.begin("alice", "secret"));
        let waker = std::task::Waker::from(Arc::new(Panics));
        assert!(login.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
        desk.hook.open();
        assert!(is_accepted(desk.verify("bob", "secret")));
        assert!(is_accepted(desk.verify("alice", "secret")));
    });
}
