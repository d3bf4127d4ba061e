//! The responses to rejected requests: status, challenge and `Retry-After`.
//!
//! The layer makes the challenge once, from the realm. The future makes a response from a [`Rejection`]. A response
//! must never reveal whether the user exists.

use std::fmt;
use std::time::Duration;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

/// `Retry-After` of an overloaded server. A hashing thread is free again soon, and the header is in whole seconds.
const OVERLOADED: Duration = Duration::from_secs(1);

/// The realm contains a control character, which a header cannot contain.
///
/// ```
/// use htpasswd::auth::WatchedUsers;
/// use htpasswd::Authenticator;
/// use tower_htpasswd::BasicAuthLayer;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
/// let error = BasicAuthLayer::new(authenticator, "two\nlines").unwrap_err();
/// assert_eq!(error.to_string(), "the realm contains a control character");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RealmError;

impl fmt::Display for RealmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the realm contains a control character")
    }
}

impl std::error::Error for RealmError {}

/// Returns the value of `WWW-Authenticate` (RFC 7617, section 2), with the realm as a quoted string (RFC 9110, section
/// 5.6.4).
pub(crate) fn challenge(realm: &str) -> Result<HeaderValue, RealmError> {
    // A header may contain a tab, but a prompt cannot show one.
    if realm.contains('\t') {
        return Err(RealmError);
    }
    let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
    let value = format!("Basic realm=\"{quoted}\", charset=\"UTF-8\"");
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| RealmError)
}

/// The reason why a request is rejected.
#[derive(Debug, Clone)]
pub(crate) enum Rejection {
    Unauthorized { challenge: HeaderValue },
    Limited { retry_after: Duration },
    Overloaded,
}

impl Rejection {
    pub(crate) fn response<B: Default>(&self) -> Response<B> {
        let (code, name, value) = match self {
            Self::Unauthorized { challenge } => {
                (StatusCode::UNAUTHORIZED, WWW_AUTHENTICATE, challenge.clone())
            }
            Self::Limited { retry_after } => {
                (StatusCode::TOO_MANY_REQUESTS, RETRY_AFTER, seconds(*retry_after))
            }
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER, seconds(OVERLOADED)),
        };
        let mut response = Response::new(B::default());
        *response.status_mut() = code;
        response.headers_mut().insert(name, value);
        response
    }
}

/// Rounds up to whole seconds, so that a client that waits this long is not rejected again.
fn seconds(time: Duration) -> HeaderValue {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_quoted() {
        let value = |realm| challenge(realm).unwrap().as_bytes().to_vec();
        assert_eq!(value("Registry"), b"Basic realm=\"Registry\", charset=\"UTF-8\"");
        assert_eq!(value(r#"a "b" \c"#), br#"Basic realm="a \"b\" \\c", charset="UTF-8""#);
        assert_eq!(value("Büro"), "Basic realm=\"Büro\", charset=\"UTF-8\"".as_bytes());
        for realm in ["a\nb", "a\r\nX: y", "\0", "\x7f", "a\tb"] {
            assert_eq!(challenge(realm), Err(RealmError), "{realm:?}");
        }
    }

    #[test]
    fn retry_after_is_rounded_up() {
        for (milliseconds, expected) in [(1, "1"), (1000, "1"), (1001, "2"), (59_999, "60")] {
            let retry_after = Duration::from_millis(milliseconds);
            let response: Response<()> = Rejection::Limited { retry_after }.response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers()[RETRY_AFTER], expected);
        }
    }
}
