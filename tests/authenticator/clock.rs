//! A test moves the clock of an authenticator: cache entries, limits and waiting logins expire without a wait.

use std::time::Duration;

use crate::login::{Fixture, SHA1, is_accepted, is_limited, peer, within_deadline};
use htpasswd::Verdict;
use htpasswd::auth::{Clock, FailureLimits};

const HOUR: Duration = Duration::from_secs(3600);

fn alice() -> String {
    format!("alice:{SHA1}\n")
}

#[test]
fn a_cached_login_is_hashed_again_when_the_clock_is_past_its_lifetime() {
    within_deadline(|| {
        let clock = Clock::new();
        let fixture = Fixture::new(&alice(), |builder| builder.cache(HOUR, 10).clock(clock.clone()));
        let log_in = || {
            assert!(is_accepted(fixture.verify("alice", "secret")));
            fixture.last_cached().unwrap()
        };
        assert_eq!([log_in(), log_in()], [false, true]);
        clock.advance(HOUR / 2);
        assert!(log_in());
        clock.advance(HOUR / 2);
        assert_eq!([log_in(), log_in()], [false, true]);
    });
}

#[test]
fn a_limited_peer_may_log_in_when_the_clock_is_past_the_window() {
    within_deadline(|| {
        let clock = Clock::new();
        let limits = FailureLimits::default().user_and_peer(1, HOUR);
        let fixture = Fixture::new(&alice(), |builder| builder.failure_limits(limits).clock(clock.clone()));
        assert_eq!(fixture.verify_from(peer(1), "alice", "wrong"), Verdict::Rejected);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
        clock.advance(HOUR / 2);
        assert!(is_limited(fixture.verify_from(peer(1), "alice", "secret")));
        clock.advance(HOUR / 2);
        assert!(is_accepted(fixture.verify_from(peer(1), "alice", "secret")));
    });
}

#[test]
fn a_waiting_login_is_overloaded_when_the_clock_is_past_the_timeout() {
    within_deadline(|| {
        let clock = Clock::new();
        let fixture = Fixture::single(&alice(), |builder| builder.queue_timeout(HOUR).clock(clock.clone()));
        let held = fixture.hold();
        let login = fixture.begin("alice", "secret");
        clock.advance(HOUR);
        assert_eq!(login.wait(), Verdict::Overloaded, "the only thread is still held");
        fixture.hook.open();
        assert_eq!(held.wait(), Verdict::Rejected);
    });
}
