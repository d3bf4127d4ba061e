//! The answers of the service, in the form that reaches the client through each kind of proxy.
//!
//! Success is exactly 200, because Envoy accepts no other status. Every answer has an empty body with a length, because
//! nginx closes the connection after any other answer. A refusal has the status that the proxy passes on:
//!
//! | refusal | standard | nginx | Envoy |
//! |---|---|---|---|
//! | no or wrong credentials | 401 | 401 | 401 |
//! | not allowed, or not from a trusted proxy | 403 | 403 | 403 |
//! | too many wrong passwords | 429 | 403, `X-Auth-Status: 429` | 429 |
//! | too many logins at once | 503 | 403, `X-Auth-Status: 503` | 429 |

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::Bytes;

use crate::config::Proxy;

const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const AUTH_STATUS: HeaderName = HeaderName::from_static("x-auth-status");
const ENVOY_REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

pub(crate) type Answer = Response<Empty<Bytes>>;

/// The answer to a request, before it is put into the form for a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The login is right and allowed. The values are encoded.
    Accepted { user: HeaderValue, groups: HeaderValue },
    /// The client should send other credentials.
    Challenge,
    /// Other credentials do not help.
    Forbidden,
    /// The client may try again after these seconds.
    Limited { retry_after: u64 },
    /// The service is busy. The client may try again after these seconds.
    Overloaded { retry_after: u64 },
}

impl Reply {
    /// Makes the answer for this kind of proxy. `challenge` is the value of `WWW-Authenticate`.
    pub(crate) fn answer(self, proxy: Proxy, challenge: &HeaderValue) -> Answer {
        let mut answer = Response::new(Empty::new());
        let status = self.status();
        *answer.status_mut() = passed_on(status, proxy);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        // A cache in the proxy must not answer other clients with this answer.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Accepted { user, groups } => {
                if proxy == Proxy::Envoy {
                    headers.insert(ENVOY_REMOVE, to_remove(&groups));
                }
                headers.insert(REMOTE_USER, user);
                headers.insert(REMOTE_GROUPS, groups);
            }
            Self::Challenge => drop(headers.insert(WWW_AUTHENTICATE, challenge.clone())),
            Self::Forbidden => {}
            Self::Limited { retry_after } | Self::Overloaded { retry_after } => {
                headers.insert(RETRY_AFTER, retry_after.into());
            }
        }
        if proxy == Proxy::Nginx && status != StatusCode::OK {
            headers.insert(AUTH_STATUS, status.as_u16().into());
        }
        answer
    }

    /// The status by HTTP, which a proxy of the kind `standard` passes on.
    fn status(&self) -> StatusCode {
        match self {
            Self::Accepted { .. } => StatusCode::OK,
            Self::Challenge => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The status that the proxy passes on to the client. nginx replaces all other statuses with 500, and Envoy replaces
/// 5xx with 403 or even lets the request through (`failure_mode_allow`).
fn passed_on(status: StatusCode, proxy: Proxy) -> StatusCode {
    match (proxy, status.as_u16()) {
        (Proxy::Nginx, 429 | 503) => StatusCode::FORBIDDEN,
        (Proxy::Envoy, 503) => StatusCode::TOO_MANY_REQUESTS,
        _ => status,
    }
}

/// The client's headers that Envoy removes: the password, and groups that the service does not overwrite.
fn to_remove(groups: &HeaderValue) -> HeaderValue {
    HeaderValue::from_static(if groups.is_empty() { "authorization, remote-groups" } else { "authorization" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(reply: Reply, proxy: Proxy) -> Answer {
        let answer = reply.answer(proxy, &HeaderValue::from_static("Basic realm=\"r\""));
        assert_eq!(answer.headers()["content-length"], "0");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        answer
    }

    fn accepted(groups: &'static str) -> Reply {
        let value = HeaderValue::from_static;
        Reply::Accepted { user: value("alice"), groups: value(groups) }
    }

    #[test]
    fn each_proxy_gets_the_statuses_that_it_passes_on() {
        for (proxy, statuses) in [
            (Proxy::Standard, [200, 401, 403, 429, 503]),
            (Proxy::Nginx, [200, 401, 403, 403, 403]),
            (Proxy::Envoy, [200, 401, 403, 429, 429]),
        ] {
            let limits = [Reply::Limited { retry_after: 7 }, Reply::Overloaded { retry_after: 7 }];
            let replies = [accepted(""), Reply::Challenge, Reply::Forbidden].into_iter().chain(limits);
            let answers: Vec<_> = replies.map(|reply| answer(reply, proxy)).collect();
            assert_eq!(answers.iter().map(|answer| answer.status().as_u16()).collect::<Vec<_>>(), statuses);
            let has =
                |name| answers.iter().map(|answer| answer.headers().contains_key(name)).collect::<Vec<_>>();
            assert_eq!(has("www-authenticate"), [false, true, false, false, false]);
            assert_eq!(has("retry-after"), [false, false, false, true, true]);
            assert_eq!(has("remote-user"), [true, false, false, false, false]);
            assert_eq!(has("remote-groups"), [true, false, false, false, false]);
        }
    }

    #[test]
    fn nginx_gets_the_real_status_in_a_header() {
        let status =
            |reply| answer(reply, Proxy::Nginx).headers()["x-auth-status"].to_str().unwrap().to_owned();
        assert_eq!(status(Reply::Limited { retry_after: 1 }), "429");
        assert_eq!(status(Reply::Overloaded { retry_after: 1 }), "503");
        assert_eq!(status(Reply::Forbidden), "403");
        assert!(!answer(accepted(""), Proxy::Nginx).headers().contains_key("x-auth-status"));
    }

    #[test]
    fn envoy_removes_the_password_and_unset_groups() {
        let removed = |groups| {
            answer(accepted(groups), Proxy::Envoy).headers()["x-envoy-auth-headers-to-remove"].clone()
        };
        assert_eq!(removed(""), "authorization, remote-groups");
        assert_eq!(removed("staff"), "authorization");
        assert!(
            !answer(accepted(""), Proxy::Standard).headers().contains_key("x-envoy-auth-headers-to-remove")
        );
    }
}
