//! The service that authenticates each request before the inner service gets it.
//!
//! [`BasicAuth::call`] reads the `Authorization` header, starts the verification and returns a future that waits for
//! the verdict. It never blocks. Exempt requests pass at once; all others wait for their verdict.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use htpasswd::Credentials;
use htpasswd::auth::CredentialsError;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use tower_service::Service;

use crate::body::{EmptyBody, ResponseBody};
use crate::future::{Pending, Rejected, ResponseFuture};
use crate::rejection::Rejection;
use crate::rules::Rules;

/// Passes requests with valid credentials to the service `S`, and rejects all others.
///
/// The request that `S` gets has an [`Authenticated`](crate::Authenticated) in its extensions, and so has the response.
/// The request keeps its `Authorization` header, marked as sensitive. A response to a rejected request has a
/// [`Rejection`] in its extensions.
///
/// [`BasicAuthLayer`](crate::BasicAuthLayer) makes this service:
///
/// ```
/// use htpasswd::{Authenticator, Users};
/// use http::{Request, Response, StatusCode};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_htpasswd::BasicAuthLayer;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")).start()?;
/// let inner = service_fn(|_: Request<()>| async { Ok::<_, std::io::Error>(Response::new(())) });
/// let service = BasicAuthLayer::new(authenticator, "Registry")?.layer(inner);
/// // alice:abc123
/// let request = Request::builder().header("authorization", "Basic YWxpY2U6YWJjMTIz").body(())?;
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::OK);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BasicAuth<S, X = EmptyBody> {
    inner: S,
    rules: Rules<X>,
}

impl<S, X> BasicAuth<S, X> {
    pub(crate) fn new(inner: S, rules: Rules<X>) -> Self {
        Self { inner, rules }
    }

    /// The inner service.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns a mutable reference to the inner service.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service, without authentication.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }
}

// Derives would require that `X` is `Clone` and `Debug`, and not all bodies are.
impl<S: Clone, X> Clone for BasicAuth<S, X> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), rules: self.rules.clone() }
    }
}

impl<S: fmt::Debug, X> fmt::Debug for BasicAuth<S, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").field("inner", &self.inner).field("rules", &self.rules).finish()
    }
}

impl<S, B, R, X> Service<Request<B>> for BasicAuth<S, X>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R, X>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, X>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        // The header is marked as sensitive, so that a log of the request does not show the password.
        for (_, value) in parts.headers.iter_mut().filter(|(name, _)| *name == AUTHORIZATION) {
            value.set_sensitive(true);
        }
        if self.rules.is_exempt(&parts) {
            return ResponseFuture::pass(self.inner.call(Request::from_parts(parts, body)));
        }
        let credentials = match Credentials::from_headers(parts.headers.get_all(AUTHORIZATION)) {
            Ok(credentials) => credentials,
            Err(CredentialsError::Missing) if self.rules.is_optional() => {
                return ResponseFuture::pass(self.inner.call(Request::from_parts(parts, body)));
            }
            Err(_) => {
                let (rejection, rules) = (Rejection::Unauthorized, self.rules.clone());
                return ResponseFuture::reject(Rejected { rejection, client: None, parts, rules });
            }
        };
        let rules = self.rules.clone();
        let user = credentials.user().into();
        let verification = rules.authenticator().authenticate(&credentials, rules.peer_of(&parts));
        // `poll_ready` made this inner service ready, so this one must get the request; the clone is not ready yet.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        ResponseFuture::verify(Pending { verification, user, inner, parts, body, rules })
    }
}
