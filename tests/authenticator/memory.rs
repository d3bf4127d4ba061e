//! Users from memory need no file, and several authenticators can share one watched file.

use std::fs;
use std::time::Duration;

use crate::login::{SHA1, credentials, is_accepted, wait_until, within_deadline};
use htpasswd::auth::WatchedUsers;
use htpasswd::{Authenticator, Users, Verdict};

fn users(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name}:{SHA1}\n")).collect::<Vec<_>>().concat()
}

#[test]
fn users_from_memory_log_in_without_a_file() {
    within_deadline(|| {
        let authenticator = Authenticator::builder(Users::from(users(&["alice"]))).start().unwrap();
        let verify = |user, password| authenticator.authenticate_blocking(&credentials(user, password), None);
        assert!(is_accepted(verify("alice", "secret")));
        assert_eq!(verify("alice", "wrong"), Verdict::Rejected);
        assert_eq!(verify("bob", "secret"), Verdict::Rejected);
        assert!(authenticator.users().path().is_none());
    });
}

#[test]
fn replaced_users_count_for_the_next_login_even_if_it_is_cached() {
    within_deadline(|| {
        let shared = WatchedUsers::from(Users::from(users(&["alice"])));
        let builder = Authenticator::builder(shared.clone()).cache(Duration::from_secs(3600), 10);
        let authenticator = builder.start().unwrap();
        let verify = |user| authenticator.authenticate_blocking(&credentials(user, "secret"), None);
        assert!(is_accepted(verify("alice")));
        shared.replace(Users::from(users(&["bob"])));
        assert_eq!(verify("alice"), Verdict::Rejected);
        assert!(is_accepted(verify("bob")));
    });
}

#[test]
fn two_authenticators_share_one_watched_file() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, users(&["alice"])).unwrap();
        let shared = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let pair = [(); 2].map(|()| Authenticator::builder(shared.clone()).start().unwrap());
        let verify = |authenticator: &Authenticator, user| {
            authenticator.authenticate_blocking(&credentials(user, "secret"), None)
        };
        assert!(pair.iter().all(|authenticator| is_accepted(verify(authenticator, "alice"))));
        fs::write(&path, users(&["bob"])).unwrap();
        for authenticator in &pair {
            wait_until(|| is_accepted(verify(authenticator, "bob")));
            assert_eq!(verify(authenticator, "alice"), Verdict::Rejected);
        }
        let [first, second] = pair;
        drop(first);
        assert!(is_accepted(verify(&second, "bob")), "the other authenticator goes on");
    });
}
