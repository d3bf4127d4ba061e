//! The verdicts of an [`Authenticator`](super::Authenticator), and what they mean in HTTP.
//!
//! A server answers a client by the [`Verdict`]. A verdict must never contain the reason of a rejection, because a
//! client could learn from the reason which users exist.

use std::time::Duration;

/// The result of a login. It has no reason for a rejection, because an attacker could learn from the reason which users
/// exist.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::Verdict;
///
/// fn response(verdict: Verdict) -> (u16, Option<u64>) {
///     // A server adds the challenge to a 401, and a `Retry-After` header to a 429 and a 503.
///     (verdict.status(), verdict.retry_after())
/// }
/// assert_eq!(response(Verdict::accepted()), (200, None));
/// assert_eq!(response(Verdict::Rejected), (401, None));
/// assert_eq!(response(Verdict::limited(Duration::from_millis(1500))), (429, Some(2)));
/// assert_eq!(response(Verdict::Overloaded), (503, Some(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The password is right.
    #[non_exhaustive]
    Accepted {
        /// True if the stored hash is weaker than [`rehash_below`](super::AuthenticatorBuilder::rehash_below). The
        /// server can create a stronger hash from this password.
        needs_rehash: bool,
    },
    /// The user does not exist or cannot log in, or the password is wrong. The status code is 401.
    Rejected,
    /// The password was not verified, because of too many [failures](super::FailureLimits). The status code is 429.
    #[non_exhaustive]
    Limited {
        /// The time until the next login can be verified.
        retry_after: Duration,
    },
    /// The password was not verified, because the queue was full or the job waited too long. The status code is 503.
    Overloaded,
}

/// The seconds after which a client of an overloaded server may try again. A hashing thread is free again soon.
const OVERLOADED: u64 = 1;

impl Verdict {
    /// A verdict that accepts a login, for tests of a server. The stored hash needs no rehash.
    #[must_use]
    pub const fn accepted() -> Self {
        Self::Accepted { needs_rehash: false }
    }

    /// Returns the verdict after too many failures, for tests of a server.
    #[must_use]
    pub const fn limited(retry_after: Duration) -> Self {
        Self::Limited { retry_after }
    }

    /// Returns true if the password is right.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }

    /// The status code of an HTTP response: 200, 401, 429 or 503.
    #[doc(alias = "401")]
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Accepted { .. } => 200,
            Self::Rejected => 401,
            Self::Limited { .. } => 429,
            Self::Overloaded => 503,
        }
    }

    /// The value of a `Retry-After` header in seconds, rounded up, so that a client that waits this long is not limited
    /// again. `None` if the password was verified.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Accepted { .. } | Self::Rejected => None,
            Self::Limited { retry_after } => Some(whole_seconds(*retry_after)),
            Self::Overloaded => Some(OVERLOADED),
        }
    }
}

/// Rounds up to whole seconds.
const fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add((time.subsec_nanos() > 0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up() {
        for (milliseconds, expected) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            let verdict = Verdict::limited(Duration::from_millis(milliseconds));
            assert_eq!(verdict.retry_after(), Some(expected));
        }
        assert_eq!(Verdict::limited(Duration::MAX).retry_after(), Some(u64::MAX));
    }

    #[test]
    fn only_right_passwords_are_accepted() {
        let verdicts =
            [Verdict::accepted(), Verdict::Rejected, Verdict::limited(Duration::ZERO), Verdict::Overloaded];
        assert_eq!(verdicts.map(|verdict| verdict.is_accepted()), [true, false, false, false]);
        assert_eq!(verdicts.map(|verdict| verdict.status()), [200, 401, 429, 503]);
        assert_eq!(verdicts.map(|verdict| verdict.retry_after().is_some()), [false, false, true, true]);
    }
}
