//! An authenticator shuts down when its last handle is dropped. A pending login is also a handle, so it still gets its
//! verdict.

use std::fs;
use std::sync::{Arc, Mutex};

use crate::login::{Fixture, SHA1, bcrypt, credentials, is_accepted, record, wait_until, within_deadline};
use htpasswd::auth::WatchedUsers;
use htpasswd::{Authenticator, Verdict};

/// Returns the number of threads that authenticators have started in this process.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("htpasswd-")).count()
}

/// One test runs all scenarios in sequence, because each scenario counts the threads of the whole process.
#[test]
fn pending_logins_are_answered_and_the_threads_end() {
    within_deadline(|| {
        a_pending_login_keeps_its_authenticator_running();
        logins_that_are_given_up_end_with_the_authenticator();
        any_thread_may_drop_the_last_handle();
        many_authenticators_start_and_end();
    });
}

fn a_pending_login_keeps_its_authenticator_running() {
    let fixture = Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
    // One thread hashes, one watches the file and one watches the queue timeout.
    wait_until(|| threads() == 3);
    let held = fixture.hold();
    let login = fixture.begin("alice", "secret");
    let given_up = fixture.begin("alice", "given up");
    let Fixture { hook, authenticator, opener, .. } = fixture;
    drop(authenticator);
    drop(given_up);
    drop(opener);
    assert!(is_accepted(login.wait()));
    assert_eq!(held.wait(), Verdict::Rejected);
    wait_until(|| threads() == 0);
    assert_eq!(hook.log().len(), 1, "the login that was given up has no event: {:?}", hook.log());
    assert_eq!(hook.last().user(), Some("alice"));
}

fn logins_that_are_given_up_end_with_the_authenticator() {
    let fixture = Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder);
    let held = fixture.hold();
    let logins: Vec<_> = (0..5).map(|number| fixture.begin("alice", &format!("wrong {number}"))).collect();
    let Fixture { hook, authenticator, opener, .. } = fixture;
    drop(held);
    drop(authenticator);
    drop(logins);
    drop(opener);
    wait_until(|| threads() == 0);
    assert!(hook.log().is_empty(), "{:?}", hook.log());
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
    let login = authenticator.authenticate(&credentials("unknown", "x"), None);
    *slot.lock().unwrap() = Some(authenticator);
    // The hook may run while the slot is still empty, and then it drops no handle.
    assert_eq!(login.wait(), Verdict::Rejected);
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
            .map(|number| authenticator.authenticate(&credentials("alice", &format!("wrong {number}")), None))
            .collect();
        drop(authenticator);
        for login in logins {
            assert_eq!(login.wait(), Verdict::Rejected);
        }
    }
    wait_until(|| threads() == 0);
}
