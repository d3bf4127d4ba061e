//! The clock of an authenticator, which tests can move.
//!
//! Cache, rate limits and queue take the time from one [`Clock`]. The clock must never go back, because stored times
//! would then be in the future.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::FOREVER;

/// The clock by which cache entries, [rate limits](crate::auth::FailureLimits) and waiting logins expire. A test can
/// move the clock instead of waiting.
///
/// The clock runs with the real time; [`advance`](Self::advance) moves it further. A clone is another handle on the same
/// clock. A waiting login that expires is answered within a quarter of a second of real time.
///
/// tokio's paused time does not move this clock, because the library knows no runtime: call `advance` in addition to
/// `tokio::time::advance`.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::auth::{Clock, FailureLimits};
/// use htpasswd::{Authenticator, Credentials, Users};
///
/// let clock = Clock::new();
/// let limits = FailureLimits::default().user_and_peer(1, Duration::from_secs(60));
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"))
///     .failure_limits(limits)
///     .clock(clock.clone())
///     .start()?;
/// let status = |password: &str| {
///     let credentials = Credentials::new("alice", password)?;
///     let peer = Some([192, 0, 2, 1].into());
///     Ok::<_, htpasswd::auth::CredentialsError>(authenticator.authenticate_blocking(&credentials, peer).status())
/// };
/// assert_eq!((status("wrong")?, status("abc123")?), (401, 429));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(status("abc123")?, 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// How far the clock is ahead of the real time, in nanoseconds.
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// Returns a clock with the real time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock forward. All calls together move the clock by at most a century.
    pub fn advance(&self, time: Duration) {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let limit = nanoseconds(FOREVER);
        let moved = |ahead: u64| Some(ahead.saturating_add(nanoseconds(time)).min(limit));
        // The function always returns a value, so this call does not fail.
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved);
    }

    pub(super) fn now(&self) -> Instant {
        Instant::now() + Duration::from_nanos(self.ahead.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_adds_all_calls_and_never_overflows() {
        let clock = Clock::new();
        let (other_handle, start) = (clock.clone(), Instant::now());
        assert!(clock.now() - start < Duration::from_secs(1000));
        other_handle.advance(Duration::from_secs(2000));
        other_handle.advance(Duration::from_secs(3000));
        let moved = clock.now() - start;
        assert!(moved >= Duration::from_secs(5000) && moved < Duration::from_secs(6000), "{moved:?}");
        for _ in 0..3 {
            clock.advance(Duration::MAX);
        }
        assert!(clock.now() - start >= FOREVER && clock.now() + FOREVER > start);
    }
}
