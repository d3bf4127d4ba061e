//! The events that an [`Authenticator`](super::Authenticator) passes to its hook, and their lines for a log.
//!
//! Only an [`Event`] may contain the reason of a rejection, because a client could learn from the reason which users
//! exist. An event must never contain a password or a hash.

use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::time::Duration;

use super::{ReloadError, Verdict};
use crate::users::{IssueKind, Users};

/// An event that an [`Authenticator`](super::Authenticator) passes to its
/// [hook](super::AuthenticatorBuilder::on_event), for logs and metrics.
///
/// `Display` makes one line for a log: what happened, to whom, the address, and how long the login waited in the queue.
/// The line escapes the user name, and shows it only if the user can log in or has an [issue](crate::users::Issue): an
/// unknown `user` is sometimes a password that was typed into the wrong field. Logs should therefore contain the line,
/// not the `user`.
///
/// To test a hook, start an authenticator with [users from memory](Users) and send it a login.
///
/// ```
/// use std::sync::mpsc;
///
/// use htpasswd::auth::Event;
/// use htpasswd::{Authenticator, Credentials, Users};
///
/// let (sender, log) = mpsc::channel();
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"))
///     .on_event(move |event| {
///         if !matches!(event, Event::SlowBuild) {
///             let _ = sender.send(event.to_string());
///         }
///     })
///     .start()?;
/// let guess = Credentials::new("alice", "abc124")?;
/// let _ = authenticator.authenticate_blocking(&guess, "192.0.2.1".parse().ok());
/// assert!(log.recv()?.starts_with("wrong password for \"alice\" from 192.0.2.1, waited 0."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
        /// How long the login waited in the queue; zero if the cache answered.
        waited: Duration,
        /// How long the login was hashed, perhaps together with other logins; zero if the cache answered.
        hashed: Duration,
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
        /// [`Limits`](crate::hash::Limits), is locked or is invalid.
        issue: Option<IssueKind>,
        /// How long the login waited in the queue. A login that joined an equal login has the time of the login that it
        /// joined.
        waited: Duration,
        /// How long the login was hashed, perhaps together with other logins.
        hashed: Duration,
    },
    /// [`Verdict::Limited`].
    #[non_exhaustive]
    Limited {
        /// The user name that the client sent.
        user: &'a str,
        /// The client's address, if the server passed one.
        peer: Option<IpAddr>,
        /// True if the user exists and can log in.
        known: bool,
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
        /// True if the user exists and can log in.
        known: bool,
        /// How long the login waited in the queue; zero if the queue was full.
        waited: Duration,
    },
    /// The file has changed, and its users are in effect. Log its [`issues`](Users::issues).
    #[non_exhaustive]
    Reloaded {
        /// The users that are now in effect.
        users: &'a Users,
    },
    /// The file was not loaded, and the previous users stay. If the error lasts, the event is sent only once.
    #[non_exhaustive]
    NotReloaded {
        /// The reason.
        error: &'a ReloadError,
    },
    /// The library was probably compiled without optimisation, so logins are slow. The event is sent once, by
    /// [`start`](super::AuthenticatorBuilder::start), on the thread that calls `start`.
    ///
    /// The compiler tells a library only that debug assertions are on, as they are in Cargo's profile `dev`. These lines
    /// in the `Cargo.toml` of the program optimise the hashing in that profile. The last line ends this event.
    ///
    /// ```toml
    /// [profile.dev.package.crypt-lanes]
    /// opt-level = 3
    /// [profile.dev.package.htpasswd]
    /// opt-level = 3
    /// debug-assertions = false
    /// ```
    SlowBuild,
}

/// The account in the file for the user name that the client sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// True if the user exists and can log in.
    pub(super) is_known: bool,
    /// Why a user who is in the file cannot log in.
    pub(super) issue: Option<IssueKind>,
}

/// How a login was answered: from the cache, at once for another reason, or after it waited in the queue.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answered {
    FromCache,
    AtOnce,
    After { waited: Duration, hashed: Duration },
}

impl<'a> Event<'a> {
    pub(super) fn of(
        verdict: Verdict,
        user: &'a str,
        peer: Option<IpAddr>,
        account: Account,
        answered: Answered,
    ) -> Self {
        let (cached, waited, hashed) = match answered {
            Answered::FromCache => (true, Duration::ZERO, Duration::ZERO),
            Answered::AtOnce => (false, Duration::ZERO, Duration::ZERO),
            Answered::After { waited, hashed } => (false, waited, hashed),
        };
        let Account { is_known: known, issue } = account;
        match verdict {
            Verdict::Accepted { needs_rehash } => {
                Self::Accepted { user, peer, cached, needs_rehash, waited, hashed }
            }
            Verdict::Rejected => Self::Rejected { user, peer, known, issue, waited, hashed },
            Verdict::Limited { retry_after } => Self::Limited { user, peer, known, retry_after },
            Verdict::Overloaded => Self::Overloaded { user, peer, known, waited },
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Accepted { user, peer, cached, needs_rehash, waited, .. } => {
                write!(f, "login of {user:?}{}", FromPeer(peer))?;
                f.write_str(if cached { " from the cache" } else { "" })?;
                f.write_str(if needs_rehash { ", needs a rehash" } else { "" })?;
                write!(f, "{}", Waited(waited))
            }
            Self::Rejected { user, peer, issue: Some(issue), waited, .. } => {
                write!(f, "{user:?} cannot log in{}: {issue}{}", FromPeer(peer), Waited(waited))
            }
            Self::Rejected { user, peer, known: true, waited, .. } => {
                write!(f, "wrong password for {user:?}{}{}", FromPeer(peer), Waited(waited))
            }
            Self::Rejected { peer, waited, .. } => {
                write!(f, "unknown user{}{}", FromPeer(peer), Waited(waited))
            }
            Self::Limited { user, peer, known, retry_after } => {
                write!(f, "too many wrong passwords for {}{}", Name { user, known }, FromPeer(peer))?;
                write!(f, ", retry after {:.3} s", retry_after.as_secs_f64())
            }
            Self::Overloaded { user, peer, known, waited } => {
                write!(
                    f,
                    "too many logins at once: {}{}{}",
                    Name { user, known },
                    FromPeer(peer),
                    Waited(waited)
                )
            }
            Self::Reloaded { users } => {
                write!(
                    f,
                    "the users have changed: {} can log in, issues: {}",
                    users.len(),
                    users.issues().len()
                )
            }
            Self::NotReloaded { error } => {
                f.write_str("the previous users stay: ")?;
                write!(OneLine(f), "{error}")?;
                error.source().map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
            Self::SlowBuild => f.write_str(
                "logins are slow in this debug build: set opt-level = 3 in [profile.dev.package.crypt-lanes] and \
                 [profile.dev.package.htpasswd]",
            ),
        }
    }
}

/// The name of a user who exists.
struct Name<'a> {
    user: &'a str,
    known: bool,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.known { write!(f, "{:?}", self.user) } else { f.write_str("an unknown user") }
    }
}

/// The address of a client, if it is known.
struct FromPeer(Option<IpAddr>);

impl fmt::Display for FromPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |peer| write!(f, " from {peer}"))
    }
}

/// The time in the queue, if the login waited there.
struct Waited(Duration);

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { Ok(()) } else { write!(f, ", waited {:.3} s", self.0.as_secs_f64()) }
    }
}

/// Escapes control characters, because paths in errors can contain them.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| {
            if character.is_control() {
                write!(self.0, "{}", character.escape_default())
            } else {
                self.0.write_char(character)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn line(verdict: Verdict, user: &str, account: (bool, Option<IssueKind>), answered: Answered) -> String {
        let account = Account { is_known: account.0, issue: account.1 };
        Event::of(verdict, user, "192.0.2.1".parse().ok(), account, answered).to_string()
    }

    #[test]
    fn a_log_line_has_the_result_the_user_the_address_and_the_wait() {
        let waited = Answered::After { waited: Duration::from_micros(3_499), hashed: Duration::ZERO };
        let known = (true, None);
        let limited = Verdict::limited(Duration::from_millis(1_500));
        for (line, expected) in [
            (
                line(Verdict::accepted(), "alice", known, waited),
                "login of \"alice\" from 192.0.2.1, waited 0.003 s",
            ),
            (
                line(Verdict::Accepted { needs_rehash: true }, "alice", known, Answered::FromCache),
                "login of \"alice\" from 192.0.2.1 from the cache, needs a rehash",
            ),
            (
                line(Verdict::Rejected, "alice", known, waited),
                "wrong password for \"alice\" from 192.0.2.1, waited 0.003 s",
            ),
            (
                line(Verdict::Rejected, "bob", (false, Some(IssueKind::TooCostly)), waited),
                "\"bob\" cannot log in from 192.0.2.1: the hash exceeds the cost limit, waited 0.003 s",
            ),
            (
                line(limited, "alice", known, Answered::AtOnce),
                "too many wrong passwords for \"alice\" from 192.0.2.1, retry after 1.500 s",
            ),
            (
                line(Verdict::Overloaded, "alice", known, Answered::AtOnce),
                "too many logins at once: \"alice\" from 192.0.2.1",
            ),
        ] {
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn the_name_of_an_unknown_user_is_not_in_the_line() {
        let limited = Verdict::limited(Duration::from_secs(1));
        for verdict in [Verdict::Rejected, limited, Verdict::Overloaded] {
            let line = line(verdict, "my password", (false, None), Answered::AtOnce);
            assert!(!line.contains("password\"") && !line.contains("my"), "{line}");
            assert!(line.contains("unknown user"), "{line}");
        }
    }

    #[test]
    fn each_event_is_one_line_of_visible_characters() {
        let name = "a\n\u{1b}[2J\u{202e}\"\u{85}";
        for verdict in [Verdict::accepted(), Verdict::Rejected, Verdict::Overloaded] {
            let line = line(verdict, name, (true, None), Answered::AtOnce);
            assert!(line.contains(r#""a\n\u{1b}[2J\u{202e}\"\u{85}""#), "{line}");
        }
        let error = ReloadError::Emptied(PathBuf::from("a\nb"));
        let event = Event::NotReloaded { error: &error };
        assert_eq!(event.to_string(), "the previous users stay: a\\nb no longer has users");
        let users = Users::from("alice:*\nbob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
        let event = Event::Reloaded { users: &users };
        assert_eq!(event.to_string(), "the users have changed: 1 can log in, issues: 1");
    }
}
