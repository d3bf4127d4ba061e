//! With the last handle gone, all is over: who waits is told, and the threads end.

use std::fs;
use std::sync::{Arc, Mutex};

use crate::login::{Desk, SHA1, bcrypt, credentials, record, wait_until, within_deadline};
use htpasswd::{Authenticator, Verdict, WatchedUsers};

/// The threads of this process that an authenticator has started.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("htpasswd-")).count()
}

/// One test, as the threads are those of the process.
#[test]
fn who_waits_is_answered_and_the_threads_end() {
    within_deadline(|| {
        who_waits_is_answered();
        the_last_handle_may_go_on_any_thread();
        many_come_and_go();
    });
}

fn who_waits_is_answered() {
    let desk = Desk::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
    // One hashes, one watches the file, one the clock.
    wait_until(|| threads() == 3);
    let held = desk.hold();
    let login = desk.begin("alice", "secret");
    let Desk { hook, authenticator, opener, .. } = desk;
    let clone = authenticator.clone();
    drop(authenticator);
    assert_eq!(clone.waiting(), 1, "there is a handle left");
    drop(clone);
    assert_eq!(login.wait(), Verdict::Overloaded, "the thread still stands at the gate");
    assert!(threads() >= 1);
    drop(opener);
    assert_eq!(held.wait(), Verdict::Rejected, "this one was begun");
    wait_until(|| threads() == 0);
    assert_eq!(hook.last(), crate::login::Told::Overloaded { user: "alice".to_owned(), peer: None });
}

fn the_last_handle_may_go_on_any_thread() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, format!("alice:{SHA1}\n")).unwrap();
    let slot: Arc<Mutex<Option<Authenticator>>> = Arc::default();
    let inner = slot.clone();
    let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap())
        .on_event(move |_| drop(inner.lock().unwrap().take()))
        .start()
        .unwrap();
    let login = authenticator.authenticate(credentials("nobody", "x"), None);
    *slot.lock().unwrap() = Some(authenticator);
    // The hook may have been called before there was a handle to drop.
    let verdict = login.wait();
    assert!(matches!(verdict, Verdict::Rejected | Verdict::Overloaded));
    drop(slot.lock().unwrap().take());
    wait_until(|| threads() == 0);
}

fn many_come_and_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, record("alice", "secret", &bcrypt(4))).unwrap();
    for round in 0..50 {
        let users = WatchedUsers::open(&path).unwrap();
        let authenticator = Authenticator::builder(users).start().unwrap();
        let logins: Vec<_> = (0..round % 7)
            .map(|number| authenticator.authenticate(credentials("alice", &format!("wrong {number}")), None))
            .collect();
        drop(authenticator);
        for login in logins {
            assert!(matches!(login.wait(), Verdict::Rejected | Verdict::Overloaded));
        }
    }
    wait_until(|| threads() == 0);
}
