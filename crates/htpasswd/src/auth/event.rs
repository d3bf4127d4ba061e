//! The events that an [`Authenticator`](super::Authenticator) passes to its hook, and their lines for a log.
//!
//! Only an [`Event`] may contain the reason of a rejection, because a client could learn from it which users exist. It
//! must never contain a password or a hash.

use std::net::IpAddr;
use std::time::Duration;

use super::{ReloadError, Verdict};
use crate::users::{IssueKind, Users};

/// An event that an [`Authenticator`](super::Authenticator) passes to its
/// [hook](super::AuthenticatorBuilder::on_event), for logs and metrics.
///
/// A `user` is untrusted text from a client, and sometimes a password that a user typed into the wrong field. Escape
/// it in logs, and store it only if you must.
///
/// ```
/// use htpasswd::Event;
///
/// fn log_line(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::Rejected { user, issue: Some(issue), .. } => Some(format!("{user:?} cannot log in: {issue}")),
///         Event::Rejected { user, peer, .. } => Some(format!("wrong password for {user:?} from {peer:?}")),
///         Event::NotReloaded { error, .. } => Some(format!("the previous users stay: {error}")),
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
        /// The user who has logged in.
        user: &'a str,
        /// The client's address, if the server passed one.
        peer: Option<IpAddr>,
        /// True if the cache answered, without hashing.
        cached: bool,
        /// True if the stored hash needs a rehash, as in the verdict.
        needs_rehash: bool,
    },
    /// [`Verdict::Rejected`].
    #[non_exhaustive]
    Rejected {
        /// The user name that the client sent.
        user: &'a str,
        /// The client's address, if the server passed one.
        peer: Option<IpAddr>,
        /// True if the user exists and can log in, with another password.
        known: bool,
        /// Why the user, who is in the file, cannot log in with any password: the hash exceeds the
        /// [`Limits`](crate::Limits), is locked or is invalid.
        issue: Option<IssueKind>,
    },
    /// [`Verdict::Limited`].
    #[non_exhaustive]
    Limited {
        /// The user name that the client sent.
        user: &'a str,
        /// The client's address, if the server passed one.
        peer: Option<IpAddr>,
        /// The time until the next login can be verified, as in the verdict.
        retry_after: Duration,
    },
    /// [`Verdict::Overloaded`].
    #[non_exhaustive]
    Overloaded {
        /// The user name that the client sent.
        user: &'a str,
        /// The client's address, if the server passed one.
        peer: Option<IpAddr>,
    },
    /// The file has changed, and its users are in effect. Log its [`issues`](Users::issues).
    #[non_exhaustive]
    Reloaded {
        /// The users that are now in effect.
        users: &'a Users,
    },
    /// The file was not loaded, and the previous users stay. Sent once for each lasting error.
    #[non_exhaustive]
    NotReloaded {
        /// The reason.
        error: &'a ReloadError,
    },
}

/// The account in the file for the user name that the client sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// True if the user exists and can log in.
    pub(super) is_known: bool,
    /// Why a user who is in the file cannot log in.
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
