//! The layer, and the service it makes of another.

use std::fmt;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use htpasswd::{Authenticator, Credentials};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::challenge::{RealmError, Refusal, challenge};
use crate::future::{Pending, ResponseFuture};

/// Puts a [`BasicAuth`] in front of services. Cheap to clone.
///
/// ```
/// use htpasswd::{Authenticator, WatchedUsers};
/// use tower_htpasswd::BasicAuthLayer;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
/// let app: axum::Router = axum::Router::new()
///     .route("/", axum::routing::get(|| async { "Hello" }))
///     .layer(BasicAuthLayer::new(authenticator, "Registry")?);
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BasicAuthLayer {
    rules: Rules,
}

/// Lets requests through to `S` that come with the right credentials.
///
/// The [`Authenticated`](crate::Authenticated) user is among the extensions of what `S` gets; the `Authorization` header stays, marked as
/// sensitive.
///
/// ```
/// use htpasswd::{Authenticator, WatchedUsers};
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

#[derive(Clone)]
struct Rules {
    authenticator: Authenticator,
    challenge: HeaderValue,
    exempt: Arc<[String]>,
    peer: Option<Arc<PeerOf>>,
}

type PeerOf = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

impl BasicAuthLayer {
    /// Asks for a user and password of `realm`, which is what people see at their prompts.
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// assert!(BasicAuthLayer::new(authenticator.clone(), "Registry").is_ok());
    /// assert!(BasicAuthLayer::new(authenticator, "two\nlines").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RealmError`] for a control character in `realm`.
    pub fn new(authenticator: Authenticator, realm: &str) -> Result<Self, RealmError> {
        let challenge = challenge(realm)?;
        Ok(Self { rules: Rules { authenticator, challenge, exempt: Arc::default(), peer: None } })
    }

    /// Lets everybody through to this path, such as `/healthz`; call it once for each.
    ///
    /// The path of a request has to be the same to the byte. There are no patterns: `/public/../v2/` and `/%76%32/`
    /// would be two ways past most of them.
    ///
    /// ```
    /// use htpasswd::{Authenticator, WatchedUsers};
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
    /// let service = BasicAuthLayer::new(authenticator, "Registry")?.exempt("/healthz").layer(inner);
    /// for (path, status) in [("/healthz", StatusCode::OK), ("/", StatusCode::UNAUTHORIZED)] {
    ///     let answer = service.clone().oneshot(Request::get(path).body(())?).await?;
    ///     assert_eq!(answer.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn exempt(mut self, path: impl Into<String>) -> Self {
        self.rules.exempt = self.rules.exempt.iter().cloned().chain([path.into()]).collect();
        self
    }

    /// How to tell where a request comes from. Without it, the [failure
    /// limits](htpasswd::FailureLimits) of the authenticator have nothing to count by, and peers do not take turns.
    ///
    /// With axum and `into_make_service_with_connect_info::<SocketAddr>()`:
    ///
    /// ```
    /// use std::net::SocketAddr;
    ///
    /// use axum::extract::ConnectInfo;
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn by_address(layer: BasicAuthLayer) -> BasicAuthLayer {
    ///     layer.peer(|request| {
    ///         let ConnectInfo(address) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    ///         Some(address.ip())
    ///     })
    /// }
    /// # let _ = by_address;
    /// ```
    ///
    /// Behind a proxy that is the proxy. Read the header then in which it tells the client's address, and be sure
    /// that clients cannot get past it.
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.rules.peer = Some(Arc::new(peer));
        self
    }
}

impl<S> Layer<S> for BasicAuthLayer {
    type Service = BasicAuth<S>;

    fn layer(&self, inner: S) -> BasicAuth<S> {
        BasicAuth { inner, rules: self.rules.clone() }
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
        // Whoever prints the request does not print the password.
        for (_, value) in parts.headers.iter_mut().filter(|(name, _)| *name == AUTHORIZATION) {
            value.set_sensitive(true);
        }
        if self.rules.exempt.iter().any(|path| path == parts.uri.path()) {
            return ResponseFuture::pass(self.inner.call(Request::from_parts(parts, body)));
        }
        let challenge = self.rules.challenge.clone();
        let Some(credentials) = credentials(&parts) else {
            return ResponseFuture::refuse(Refusal::Unauthorized { challenge });
        };
        let peer = self.rules.peer.as_ref().and_then(|peer| peer(&parts));
        let user = credentials.user().to_owned();
        let authenticator = self.rules.authenticator.clone();
        let verification = authenticator.authenticate(credentials, peer);
        // The one that was made ready goes with the request.
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

/// Those of the one `Authorization` header: of several, another program might read another.
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
