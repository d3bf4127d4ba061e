//! The event hook receives one event for each login, after the client has been answered. It may panic, and it may call
//! the authenticator.

use std::fs;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::time::{Duration, Instant};

use crate::login::{
    Fixture, GATE, Hook, LoggedEvent, bcrypt, credentials, is_accepted, peer, record, wait_until,
    within_deadline,
};
use htpasswd::auth::{Event, FailureLimits, Verification, WatchedUsers};
use htpasswd::{Authenticator, Users, Verdict};

fn users() -> String {
    ["alice", "bob"].map(|user| record(user, "secret", &bcrypt(4))).concat()
}

#[test]
fn each_login_produces_one_event() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| {
            builder.cache(Duration::from_secs(3600), 10).failure_limits(FailureLimits::default())
        });
        for number in 1..=500 {
            let password = if number % 3 == 0 { "wrong" } else { "secret" };
            let _ = fixture.verify_from(peer(1), "alice", password);
            assert_eq!(fixture.hook.log().len(), number, "one event for each login");
        }
    });
}

#[test]
fn a_debug_build_is_reported_once_at_the_start() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let reports = Arc::new(AtomicUsize::new(0));
        let counted = reports.clone();
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
            .on_event(move |event| {
                if let Event::SlowBuild = event {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            })
            .start()
            .unwrap();
        let expected = usize::from(cfg!(debug_assertions));
        assert_eq!(reports.load(Ordering::SeqCst), expected, "at the start");
        assert!(is_accepted(authenticator.authenticate_blocking(&credentials("alice", "secret"), None)));
        assert!(is_accepted(authenticator.authenticate_blocking(&credentials("bob", "secret"), None)));
        drop(authenticator);
        assert_eq!(reports.load(Ordering::SeqCst), expected, "after two logins");
    });
}

#[test]
fn a_client_does_not_wait_for_the_hook() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder);
        assert_eq!(fixture.hold().wait(), Verdict::Rejected, "the hook is still held at the gate");
    });
}

#[test]
fn each_login_that_shared_a_job_produces_an_event() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder);
        let _held = fixture.hold();
        let logins: Vec<_> = (0..20).map(|last| fixture.begin_from(peer(last), "alice", "secret")).collect();
        fixture.hook.open();
        assert!(logins.into_iter().all(|login| is_accepted(login.wait())));
        fixture.hook.wait_for(20, |event| event.user() == Some("alice"));
        for last in 0..20 {
            let expected = LoggedEvent::Accepted {
                user: "alice".to_owned(),
                peer: Some(peer(last)),
                cached: false,
                needs_rehash: false,
            };
            fixture.hook.wait_for(1, |event| *event == expected);
        }
    });
}

#[test]
fn a_server_may_catch_panics_around_an_authenticator() {
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    is_unwind_safe::<Verification>();
    is_unwind_safe::<WatchedUsers>();
    within_deadline(|| {
        let builder = Authenticator::builder(Users::from(users()));
        let authenticator = builder.on_event(|_| panic!("a hook that panics")).start().unwrap();
        let verdict =
            catch_unwind(|| authenticator.authenticate_blocking(&credentials("alice", "secret"), None));
        assert!(is_accepted(verdict.unwrap()));
        assert!(catch_unwind(move || panic!("in a request of {authenticator:?}")).is_err());
    });
}

#[test]
fn events_say_how_long_a_login_was_hashed() {
    let (sender, hashed) = mpsc::channel();
    let authenticator = Authenticator::builder(Users::from(record("alice", "secret", &bcrypt(8))))
        .cache(Duration::from_secs(3600), 10)
        .on_event(move |event| {
            let _ = match event {
                Event::Accepted { hashed, .. } | Event::Rejected { hashed, .. } => sender.send(*hashed),
                _ => Ok(()),
            };
        })
        .start()
        .unwrap();
    for (password, is_hashed) in [("wrong", true), ("secret", true), ("secret", false)] {
        let begun = Instant::now();
        let _ = authenticator.authenticate_blocking(&credentials("alice", password), None);
        let hashed = hashed.recv().unwrap();
        // A hash of this cost takes some milliseconds, and the cache answers without hashing.
        assert_eq!(hashed > Duration::from_millis(1), is_hashed, "{password}: {hashed:?}");
        assert!(hashed <= begun.elapsed(), "{password}: {hashed:?}");
    }
}

#[test]
fn events_say_how_long_a_login_waited_in_the_queue() {
    within_deadline(|| {
        let (sender, waited) = mpsc::channel();
        let hook = Hook::default();
        let recorder = hook.clone();
        let authenticator = Authenticator::builder(Users::from(users()))
            .threads(1)
            .cache(Duration::from_secs(3600), 10)
            .on_event(move |event| {
                let _ = match event {
                    Event::Accepted { waited, cached, .. } => sender.send((*waited, *cached)),
                    Event::Rejected { user: "alice", waited, .. } => sender.send((*waited, false)),
                    _ => Ok(()),
                };
                recorder.call(event);
            })
            .start()
            .unwrap();
        let held = authenticator.authenticate(&credentials(GATE, "x"), None);
        hook.wait_until_held(1);
        let logins =
            ["secret", "wrong"].map(|text| authenticator.authenticate(&credentials("alice", text), None));
        std::thread::sleep(Duration::from_millis(50));
        hook.open();
        assert_eq!(logins.map(|login| login.wait().is_accepted()), [true, false]);
        let _ = held.wait();
        for _ in 0..2 {
            let (waited, cached) = waited.recv().unwrap();
            assert!(waited >= Duration::from_millis(50) && !cached, "{waited:?}");
        }
        assert!(authenticator.authenticate_blocking(&credentials("alice", "secret"), None).is_accepted());
        assert_eq!(waited.recv().unwrap(), (Duration::ZERO, true));
    });
}

#[test]
fn a_panic_in_the_hook_affects_no_login() {
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
            .on_event(move |event| {
                let is_counted = !matches!(event, Event::SlowBuild);
                counted.fetch_add(usize::from(is_counted), Ordering::SeqCst);
                panic!("a hook that panics")
            })
            .start()
            .unwrap();
        let verify = |user, password| authenticator.authenticate_blocking(&credentials(user, password), None);
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
        assert_eq!(authenticator.queue_len(), 0);
    });
}

/// No lock is held while the hook is called.
#[test]
fn the_hook_may_call_the_authenticator() {
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
            .threads(1)
            .cache(Duration::from_secs(3600), 10)
            .failure_limits(FailureLimits::default())
            .on_event(move |event| {
                let Some(slot) = weak.upgrade() else { return };
                let Some(authenticator) = slot.get() else { return };
                let _ = authenticator.queue_len();
                let _ = authenticator.users().current().len();
                let _ = authenticator.users().last_error();
                let _ = authenticator.users().reload();
                if let Event::Rejected { user: "again", .. } = event {
                    return;
                }
                drop(authenticator.authenticate(&credentials("again", "x"), Some(peer(1))));
                if let Event::Reloaded { .. } = event {
                    let verdict = authenticator.authenticate_blocking(&credentials("alice", "secret"), None);
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
                authenticator.authenticate_blocking(&credentials("alice", "secret"), Some(peer(1)))
            ));
            let _ = authenticator.authenticate_blocking(&credentials("alice", "wrong"), Some(peer(1)));
            let _ = authenticator.authenticate_blocking(&credentials("alice", "wrong"), Some(peer(2)));
        }
        fs::write(&path, record("alice", "secret", &bcrypt(4))).unwrap();
        wait_until(|| reloaded.load(Ordering::SeqCst) > 0);
    });
}

#[test]
fn each_reload_and_each_reason_for_a_failed_one_is_sent_once() {
    within_deadline(|| {
        let fixture = Fixture::new(&users(), |builder| builder);
        let is_not_reloaded = |event: &LoggedEvent| matches!(event, LoggedEvent::NotReloaded { .. });
        let moved = fixture.directory.path().join("moved");
        for round in 1..=3 {
            fs::rename(fixture.path(), &moved).unwrap();
            fixture.hook.wait_for(round, is_not_reloaded);
            // The reason stays the same during the next fifty checks of the file.
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(fixture.hook.count(is_not_reloaded), round, "{:?}", fixture.hook.log());
            assert!(is_accepted(fixture.verify("alice", "secret")), "the previous users stay in force");
            fs::rename(&moved, fixture.path()).unwrap();
            wait_until(|| fixture.authenticator.users().last_error().is_none());
        }
        assert_eq!(
            fixture.hook.count(|event| matches!(event, LoggedEvent::Reloaded { .. })),
            0,
            "the bytes of the file did not change"
        );
        fs::write(fixture.path(), users() + &record("carol", "secret", &bcrypt(4))).unwrap();
        fixture.hook.wait_for(1, |event| *event == LoggedEvent::Reloaded { users: 3 });
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(fixture.hook.count(|event| *event == LoggedEvent::Reloaded { users: 3 }), 1);
        assert!(is_accepted(fixture.verify("carol", "secret")));
    });
}

#[test]
fn a_reload_by_the_caller_produces_an_event() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        // The interval is so long that only the test reloads the file.
        let shared = WatchedUsers::builder(&path).check_every(Duration::from_secs(3600)).open().unwrap();
        let hook = Hook::default();
        let recorder = hook.clone();
        let authenticator =
            Authenticator::builder(shared).on_event(move |event| recorder.call(event)).start().unwrap();
        wait_until(|| {
            is_accepted(authenticator.authenticate_blocking(&credentials("alice", "secret"), None))
        });
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, record("carol", "secret", &bcrypt(4))).unwrap();
        assert!(authenticator.users().reload().unwrap());
        hook.wait_for(1, |event| *event == LoggedEvent::Reloaded { users: 1 });
    });
}

/// A hook that blocks for one client must not delay another client.
#[test]
fn a_hook_blocked_by_a_limited_login_delays_no_other_client() {
    within_deadline(|| {
        let limits = FailureLimits::default().user_and_peer(1, Duration::from_secs(3600));
        let fixture = Fixture::new(&users(), |builder| builder.failure_limits(limits));
        // The gate is open for the event of the first failure and closed for the event of the second.
        fixture.hook.open();
        assert_eq!(fixture.verify_from(peer(1), GATE, "x"), Verdict::Rejected);
        fixture.hook.close();
        let authenticator = fixture.authenticator.clone();
        let limited = std::thread::spawn(move || {
            authenticator.authenticate_blocking(&credentials(GATE, "x"), Some(peer(1)))
        });
        fixture.hook.wait_until_held(1);
        let (sender, receiver) = mpsc::channel();
        let authenticator = fixture.authenticator.clone();
        let other = std::thread::spawn(move || {
            let _ = sender
                .send(authenticator.authenticate_blocking(&credentials("alice", "secret"), Some(peer(2))));
        });
        let verdict = receiver.recv_timeout(Duration::from_secs(20));
        fixture.hook.open();
        assert!(matches!(limited.join().unwrap(), Verdict::Limited { .. }));
        other.join().unwrap();
        assert!(verdict.is_ok_and(is_accepted), "the login waited for the hook of another client");
    });
}

/// The hook verifies another user while it handles a `Limited` event. This call must not cause a deadlock.
#[test]
fn the_hook_may_verify_another_user_on_a_limited_event() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let slot: Arc<OnceLock<Authenticator>> = Arc::default();
        let weak: Weak<OnceLock<Authenticator>> = Arc::downgrade(&slot);
        let limits = FailureLimits::default().user_and_peer(1, Duration::from_secs(3600));
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
            .failure_limits(limits)
            .on_event(move |event| {
                let slot = weak.upgrade();
                if let (Event::Limited { .. }, Some(other)) =
                    (event, slot.as_ref().and_then(|slot| slot.get()))
                {
                    let _ = other.authenticate_blocking(&credentials("bob", "secret"), Some(peer(2)));
                }
            })
            .start()
            .unwrap();
        assert!(slot.set(authenticator).is_ok());
        let authenticator = slot.get().unwrap();
        let verify = || authenticator.authenticate_blocking(&credentials("alice", "wrong"), Some(peer(1)));
        assert_eq!(verify(), Verdict::Rejected);
        assert!(matches!(verify(), Verdict::Limited { .. }));
    });
}

/// One thread both enforces the queue timeout and reloads the file, so a hook that blocks must not stop it.
#[test]
fn the_queue_timeout_applies_while_a_reload_hook_blocks() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let shared = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let (hook, reloads) = (Hook::default(), Hook::default());
        let (recorder, gate) = (hook.clone(), reloads.clone());
        let authenticator = Authenticator::builder(shared)
            .threads(1)
            .queue_timeout(Duration::from_millis(50))
            .on_event(move |event| match event {
                Event::Reloaded { .. } => gate.hold(),
                _ => recorder.call(event),
            })
            .start()
            .unwrap();
        let held = authenticator.authenticate(&credentials(GATE, "x"), None);
        hook.wait_until_held(1);
        fs::write(&path, record("carol", "secret", &bcrypt(4))).unwrap();
        reloads.wait_until_held(1);
        let (sender, receiver) = mpsc::channel();
        let login = authenticator.authenticate(&credentials("carol", "secret"), None);
        let waiter = std::thread::spawn(move || {
            let _ = sender.send(login.wait());
        });
        let verdict = receiver.recv_timeout(Duration::from_secs(20));
        reloads.open();
        hook.open();
        let _ = held.wait();
        waiter.join().unwrap();
        assert_eq!(verdict, Ok(Verdict::Overloaded), "no verdict after 400 times the queue timeout");
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
        panic!("a panic payload that panics when dropped")
    }
}

/// The code that catches a panic also drops its payload, and that drop may panic again.
#[test]
fn a_panic_that_panics_when_dropped_hangs_no_login() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users()).unwrap();
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
            .threads(1)
            .cache(Duration::from_secs(3600), 10)
            .on_event(|_| std::panic::panic_any(PanicsWhenDropped))
            .start()
            .unwrap();
        let verify = |user: &str, password: &str| {
            authenticator.authenticate_blocking(&credentials(user, password), None)
        };
        for number in 0..5 {
            assert!(
                is_accepted(verify("alice", "secret")),
                "the first login is hashed and the others are cached"
            );
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
        let fixture = Fixture::single(&users(), |builder| builder);
        let _held = fixture.hold();
        let mut login = Box::pin(fixture.begin("alice", "secret"));
        let waker = std::task::Waker::from(Arc::new(WakePanicsWhenDropped));
        assert!(login.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
        fixture.hook.open();
        assert!(is_accepted(fixture.verify("bob", "secret")));
    });
}

/// Like the hook, a waker is code of the caller that runs on the threads of the authenticator.
#[test]
fn a_waker_that_panics_affects_no_other_login() {
    within_deadline(|| {
        let fixture = Fixture::single(&users(), |builder| builder);
        let _held = fixture.hold();
        let mut login = Box::pin(fixture.begin("alice", "secret"));
        let waker = std::task::Waker::from(Arc::new(Panics));
        assert!(login.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
        fixture.hook.open();
        assert!(is_accepted(fixture.verify("bob", "secret")));
        assert!(is_accepted(fixture.verify("alice", "secret")));
    });
}
