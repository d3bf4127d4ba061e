//! Dropping the last handle shuts an authenticator down: waiting logins are answered and its threads end.

use std::fs;
use std::sync::{Arc, Mutex};

use crate::login::{Fixture, SHA1, bcrypt, credentials, record, wait_until, within_deadline};
use htpasswd::auth::WatchedUsers;
use htpasswd::{Authenticator, Verdict};

/// Returns the number of threads that authenticators have started in this process.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("htpasswd-")).count()
}

/// One test runs all three scenarios, because it counts the threads of the whole process.
#[test]
fn waiting_logins_are_answered_and_the_threads_end() {
    within_deadline(|| {
        waiting_logins_are_answered();
        any_thread_may_drop_the_last_handle();
        many_authenticators_start_and_end();
    });
}

fn waiting_logins_are_answered() {
    let fixture = Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
    // One thread hashes, one watches the file and one watches the queue timeout.
    wait_until(|| threads() == 3);
    let held = fixture.hold();
    let login = fixture.begin("alice", "secret");
    let Fixture { hook, authenticator, opener, .. } = fixture;
    let clone = authenticator.clone();
    drop(authenticator);
    assert_eq!(clone.waiting(), 1, "one handle is left");
    drop(clone);
    assert_eq!(login.wait(), Verdict::Overloaded, "the only thread is still held at the gate");
    assert!(threads() >= 1);
    drop(opener);
    assert_eq!(held.wait(), Verdict::Rejected, "this login was already being verified");
    wait_until(|| threads() == 0);
    assert_eq!(hook.last(), crate::login::LoggedEvent::Overloaded { user: "alice".to_owned(), peer: None });
}

fn any_thread_may_drop_the_last_handle() {
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
    // The hook may run before the slot holds a handle to drop.
    let verdict = login.wait();
    assert!(matches!(verdict, Verdict::Rejected | Verdict::Overloaded));
    drop(slot.lock().unwrap().take());
    wait_until(|| threads() == 0);
}

fn many_authenticators_start_and_end() {
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
