//! The reasons for which the layer rejects a request, and the status and headers of the response to each of them.
//!
//! The layer makes the challenge once, from the realm. It sets the status and the headers of each response to a
//! rejected request, also if [`reject_with`](crate::BasicAuthLayer::reject_with) made the response. So no 401 response
//! lacks the challenge. A response must never reveal whether the user exists.

use std::fmt;
use std::time::Duration;

use htpasswd::Verdict;
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

/// The reason why the layer rejected a request.
///
/// The layer adds the `Rejection` to the extensions of the response, where an access log outside the layer finds it:
///
/// ```
/// use http::Response;
/// use tower_htpasswd::Rejection;
///
/// fn log_line<B>(response: &Response<B>) -> String {
///     match response.extensions().get::<Rejection>() {
///         Some(rejection) => format!("{} {rejection}", response.status()),
///         None => response.status().to_string(),
///     }
/// }
/// assert_eq!(log_line(&Response::new(())), "200 OK"); // the layer has not rejected this request
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The request has no credentials, wrong credentials, or an invalid header. The response is 401 with the challenge.
    Unauthorized,
    /// The peer recently sent too many wrong passwords. The response is 429 with `Retry-After`.
    Limited {
        /// The time after which the peer may try again.
        retry_after: Duration,
    },
    /// The login would wait longer than the [`Authenticator`](htpasswd::Authenticator) allows. The response is 503 with
    /// `Retry-After`.
    Overloaded,
    /// [`allow`](crate::BasicAuthLayer::allow) returned false for the user. The response is 403 without a challenge,
    /// because another password does not help.
    Forbidden,
}

impl Rejection {
    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Forbidden => StatusCode::FORBIDDEN,
        }
    }

    /// Sets the status of the response and the headers that belong to the status.
    pub(crate) fn complete<B>(&self, response: &mut Response<B>, challenge: &HeaderValue) {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        // A cache in front of the server must not answer other clients with this response.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if *self == Self::Unauthorized {
            // The response may offer other schemes, so this challenge is added to theirs.
            headers.append(WWW_AUTHENTICATE, challenge.clone());
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
    }

    /// The value of `Retry-After` in seconds.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Limited { retry_after } => Verdict::limited(*retry_after).retry_after(),
            Self::Overloaded => Verdict::Overloaded.retry_after(),
            Self::Unauthorized | Self::Forbidden => None,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "the request has no valid credentials",
            Self::Limited { .. } => "the client sent too many wrong passwords",
            Self::Overloaded => "the server is verifying too many logins",
            Self::Forbidden => "the user is not allowed to send this request",
        })
    }
}
