//! [`Authenticated`] as an extractor of axum.
//!
//! A missing user is an error of the server, as a missing `Extension` is, because a handler that asks for the user must
//! never run without one.

use std::convert::Infallible;
use std::fmt;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::authenticated::Authenticated;

/// A handler needs a user, but the request has no user. The response is 500.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_htpasswd::Authenticated;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// // This router has no `BasicAuthLayer`.
/// let app = Router::new().route("/", get(|client: Authenticated| async move { client.user().to_owned() }));
/// let response = app.oneshot(Request::new(Body::empty())).await?;
/// assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingUser;

impl fmt::Display for MissingUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the request has no user: add BasicAuthLayer to this route, or extract Option<Authenticated>",
        )
    }
}

impl std::error::Error for MissingUser {}

impl IntoResponse for MissingUser {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = MissingUser;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingUser> {
        parts.extensions.get().cloned().ok_or(MissingUser)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}
