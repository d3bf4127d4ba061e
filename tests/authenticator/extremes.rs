//! Extreme settings, such as a duration of zero or of `Duration::MAX`, cause no panic and no hang.

use std::time::Duration;

use crate::login::{Fixture, bcrypt, credentials, is_accepted, is_limited, peer, record, within_deadline};
use htpasswd::auth::{FailureLimits, StartError, WatchedUsers};
use htpasswd::{Authenticator, Verdict};

const EXTREMES: [Duration; 4] =
    [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(3_000_000_000), Duration::MAX];

fn alice() -> String {
    record("alice", "secret", &bcrypt(4))
}

#[test]
fn any_lifetime_and_capacity_of_the_cache_is_accepted() {
    within_deadline(|| {
        for time in EXTREMES {
            for capacity in [0, 1, 2, usize::MAX / 2, usize::MAX] {
                let fixture = Fixture::new(&alice(), |builder| builder.cache(time, capacity));
                for _ in 0..3 {
                    assert!(is_accepted(fixture.verify("alice", "secret")));
                    assert_eq!(fixture.verify("alice", "wrong"), Verdict::Rejected);
                }
                let is_cached = time > Duration::from_secs(1) && time < Duration::MAX && capacity > 0;
                assert!(is_accepted(fixture.verify("alice", "secret")));
                if is_cached {
                    assert_eq!(fixture.last_cached(), Some(true), "{time:?} {capacity}");
                } else if time == Duration::ZERO || capacity == 0 {
                    assert_eq!(fixture.last_cached(), Some(false), "{time:?} {capacity}");
                }
            }
        }
    });
}

#[test]
fn any_timeout_and_limit_of_the_queue_is_accepted() {
    within_deadline(|| {
        for time in EXTREMES {
            for length in [1, usize::MAX] {
                let fixture =
                    Fixture::single(&alice(), |builder| builder.queue_timeout(time).queue_limit(length));
                for _ in 0..3 {
                    let verdict = fixture.verify("alice", "secret");
                    if time > Duration::from_secs(1) {
                        assert!(is_accepted(verdict), "{time:?} {length}");
                    } else {
                        assert!(is_accepted(verdict) || verdict == Verdict::Overloaded);
                    }
                }
            }
        }
    });
}

/// With a queue limit of zero, every login would be answered `Overloaded`.
#[test]
fn a_queue_limit_of_zero_is_rejected_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, alice()).unwrap();
    let builder = Authenticator::builder(WatchedUsers::open(&path).unwrap());
    let error = builder.queue_limit(0).start().unwrap_err();
    assert!(matches!(error, StartError::NoQueue));
    assert_eq!(error.to_string(), "the queue limit is 0: no password could be verified");
}

#[test]
fn any_failure_limits_are_accepted() {
    within_deadline(|| {
        for window in EXTREMES {
            for count in [1, u32::MAX] {
                let limits = FailureLimits::default().user_and_peer(count, window).peer(count, window);
                let fixture = Fixture::new(&alice(), |builder| builder.failure_limits(limits));
                for number in 0..3 {
                    let verdict = fixture.verify_from(peer(1), "alice", &format!("wrong {number}"));
                    assert!(verdict == Verdict::Rejected || is_limited(verdict), "{verdict:?}");
                }
                if window > Duration::from_secs(1) && window < Duration::MAX && count == 1 {
                    assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")), "{window:?}");
                }
                assert!(is_accepted(fixture.verify_from(peer(2), "alice", "secret")));
            }
        }
    });
}

#[test]
fn any_interval_of_checking_the_file_is_accepted() {
    within_deadline(|| {
        for time in EXTREMES {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("users");
            std::fs::write(&path, alice()).unwrap();
            let users = WatchedUsers::builder(&path).check_every(time).settle(time).open().unwrap();
            let authenticator = Authenticator::builder(users).start().unwrap();
            assert!(is_accepted(authenticator.authenticate_blocking(&credentials("alice", "secret"), None)));
            std::fs::write(&path, "").unwrap();
            std::thread::sleep(Duration::from_millis(20));
            let _ = authenticator.authenticate_blocking(&credentials("alice", "secret"), None);
            authenticator.users().reload().unwrap();
            assert_eq!(
                authenticator.authenticate_blocking(&credentials("alice", "secret"), None),
                Verdict::Rejected
            );
        }
    });
}

#[test]
fn an_authenticator_may_have_more_threads_than_work() {
    within_deadline(|| {
        let fixture = Fixture::new(&alice(), |builder| builder.threads(64));
        for _ in 0..10 {
            assert!(is_accepted(fixture.verify("alice", "secret")));
        }
    });
}

#[test]
fn a_cache_of_unlimited_lifetime_answers_logins() {
    within_deadline(|| {
        let fixture = Fixture::new(&alice(), |builder| builder.cache(Duration::MAX, 10));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(true));
    });
}

#[test]
fn a_rate_limit_of_unlimited_window_applies() {
    within_deadline(|| {
        let limits = FailureLimits::default().user_and_peer(1, Duration::MAX);
        let fixture = Fixture::new(&alice(), |builder| builder.failure_limits(limits));
        assert_eq!(fixture.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
    });
}
