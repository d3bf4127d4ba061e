//! The service that authenticates each request before the inner service gets it.
//!
//! [`BasicAuth::call`] reads the `Authorization` header, starts the verification and returns a future that waits for
//! the verdict. It never blocks. Requests of exempt paths pass at once; all others wait for their verdict.

use std::fmt;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use htpasswd::{Authenticator, Credentials};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use tower_service::Service;

use crate::challenge::Rejection;
use crate::future::{Pending, ResponseFuture};

/// Passes requests with valid credentials to the service `S`, and rejects all others.
///
/// The request that `S` gets has an [`Authenticated`](crate::Authenticated) in its extensions. It keeps its
/// `Authorization` header, marked as sensitive.
///
/// [`BasicAuthLayer`](crate::BasicAuthLayer) makes this service:
///
/// ```
/// use htpasswd::auth::WatchedUsers;
/// use htpasswd::Authenticator;
/// use http::{Request, Response, StatusCode};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_htpasswd::BasicAuthLayer;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
/// let inner = service_fn(|_: Request<()>| async { Ok::<_, std::io::Error>(Response::new(())) });
/// let service = BasicAuthLayer::new(authenticator, "Registry")?.layer(inner);
/// // alice:abc123
/// let request = Request::builder().header("authorization", "Basic YWxpY2U6YWJjMTIz").body(())?;
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::OK);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BasicAuth<S> {
    inner: S,
    rules: Rules,
}

/// The settings of a layer, which each service of the layer shares.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) authenticator: Authenticator,
    pub(crate) challenge: HeaderValue,
    pub(crate) exempt: Arc<[String]>,
    pub(crate) peer: Option<Arc<PeerOf>>,
}

/// Returns the address that a request comes from.
pub(crate) type PeerOf = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

impl<S> BasicAuth<S> {
    pub(crate) fn new(inner: S, rules: Rules) -> Self {
        Self { inner, rules }
    }
}

impl<S, B, R> Service<Request<B>> for BasicAuth<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        // Marked as sensitive, so that a log of the request does not show the password.
        for (_, value) in parts.headers.iter_mut().filter(|(name, _)| *name == AUTHORIZATION) {
            value.set_sensitive(true);
        }
        if self.rules.exempt.iter().any(|path| path == parts.uri.path()) {
            return ResponseFuture::pass(self.inner.call(Request::from_parts(parts, body)));
        }
        let challenge = self.rules.challenge.clone();
        let Some(credentials) = credentials(&parts) else {
            return ResponseFuture::reject(Rejection::Unauthorized { challenge });
        };
        let peer = self.rules.peer.as_ref().and_then(|peer| peer(&parts));
        let user = credentials.user().to_owned();
        let authenticator = self.rules.authenticator.clone();
        let verification = authenticator.authenticate(credentials, peer);
        // `poll_ready` made this inner service ready, so this one must get the request; the clone is not ready yet.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        let request = Request::from_parts(parts, body);
        ResponseFuture::verify(Pending {
            verification,
            _authenticator: authenticator,
            user,
            inner,
            request,
            challenge,
        })
    }
}

/// The credentials of the request.
///
/// Two `Authorization` headers count as none, because a program between client and server might read the other one.
fn credentials(parts: &Parts) -> Option<Credentials> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Credentials::from_header(value.as_bytes()).ok(),
        _ => None,
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("authenticator", &self.authenticator)
            .field("challenge", &self.challenge)
            .field("exempt", &self.exempt)
            .finish_non_exhaustive()
    }
}
