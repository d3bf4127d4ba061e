//! What an [`Authenticator`](super::Authenticator) decides and what it tells its hook.

use std::net::IpAddr;
use std::time::Duration;

use super::ReloadError;
use crate::users::{IssueKind, Users};

/// What has become of credentials. Does not say why they were rejected: an attacker could read off it which users
/// there are.
///
/// ```
/// use htpasswd::Verdict;
///
/// fn status(verdict: Verdict) -> u16 {
///     match verdict {
///         Verdict::Accepted { .. } => 200,
///         Verdict::Limited { .. } => 429,
///         Verdict::Overloaded => 503,
///         _ => 401,
///     }
/// }
/// assert_eq!(status(Verdict::Rejected), 401);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// This is the user's password.
    #[non_exhaustive]
    Accepted {
        /// The stored hash is less than [wanted](super::AuthenticatorBuilder::rehash_below), and here is a
        /// password to make a better one of.
        needs_rehash: bool,
    },
    /// There is no such user, or it has another password. In HTTP, 401.
    Rejected,
    /// Nobody looked: there were too many [failures](super::FailureLimits) lately. In HTTP, 429.
    #[non_exhaustive]
    Limited {
        /// How long it makes no sense to try again.
        retry_after: Duration,
    },
    /// Nobody looked: the queue is full, or it took too long until there was time to. In HTTP, 503.
    Overloaded,
}

/// What an [`Authenticator`](super::Authenticator) tells its [hook](super::AuthenticatorBuilder::on_event), for
/// logs and metrics.
///
/// A `user` is whatever a client sent, at times a password typed into the wrong field: escape it, and think
/// before you keep it.
///
/// ```
/// use htpasswd::Event;
///
/// fn log_line(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::Rejected { user, issue: Some(issue), .. } => Some(format!("{user:?} cannot log in: {issue}")),
///         Event::Rejected { user, peer, .. } => Some(format!("wrong password for {user:?} from {peer:?}")),
///         Event::NotReloaded { error, .. } => Some(format!("the users stay as they were: {error}")),
///         _ => None,
///     }
/// }
/// # let _ = log_line;
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// [`Verdict::Accepted`].
    #[non_exhaustive]
    Accepted {
        /// Who has logged in.
        user: &'a str,
        /// From where, if that was told.
        peer: Option<IpAddr>,
        /// Nothing was hashed: these credentials were right lately.
        cached: bool,
        /// As in the verdict.
        needs_rehash: bool,
    },
    /// [`Verdict::Rejected`].
    #[non_exhaustive]
    Rejected {
        /// Who was claimed.
        user: &'a str,
        /// From where, if that was told.
        peer: Option<IpAddr>,
        /// There is such a user, who can log in, but with another password.
        known: bool,
        /// There is such a user, who cannot log in with any password: the hash is above the
        /// [`Limits`](crate::Limits), locked or not a hash.
        issue: Option<IssueKind>,
    },
    /// [`Verdict::Limited`].
    #[non_exhaustive]
    Limited {
        /// Who was claimed.
        user: &'a str,
        /// From where, if that was told.
        peer: Option<IpAddr>,
        /// As in the verdict.
        retry_after: Duration,
    },
    /// [`Verdict::Overloaded`].
    #[non_exhaustive]
    Overloaded {
        /// Who was claimed.
        user: &'a str,
        /// From where, if that was told.
        peer: Option<IpAddr>,
    },
    /// The file has changed, and was taken. Its [`issues`](Users::issues) are worth a line in the log.
    #[non_exhaustive]
    Reloaded {
        /// What counts from now on.
        users: &'a Users,
    },
    /// The file is not taken, and the old users stay. Told once for each reason.
    #[non_exhaustive]
    NotReloaded {
        /// Why.
        error: &'a ReloadError,
    },
}

/// What the file says of the user who is claimed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// There is such a user, who can log in.
    pub(super) is_known: bool,
    /// Why a user that is in the file cannot log in.
    pub(super) issue: Option<IssueKind>,
}

impl<'a> Event<'a> {
    pub(super) fn of(
        verdict: Verdict,
        user: &'a str,
        peer: Option<IpAddr>,
        account: Account,
        cached: bool,
    ) -> Self {
        match verdict {
            Verdict::Accepted { needs_rehash } => Self::Accepted { user, peer, cached, needs_rehash },
            Verdict::Rejected => Self::Rejected { user, peer, known: account.is_known, issue: account.issue },
            Verdict::Limited { retry_after } => Self::Limited { user, peer, retry_after },
            Verdict::Overloaded => Self::Overloaded { user, peer },
        }
    }
}
