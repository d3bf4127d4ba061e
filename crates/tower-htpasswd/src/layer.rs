//! The layer: the settings, and the service that they make of another service.
//!
//! A program makes one [`BasicAuthLayer`], sets which requests need a login, and adds the layer to its router. The
//! settings never change after that, so all services of the layer share them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use htpasswd::Authenticator;
use htpasswd::auth::RealmError;
use http::request::Parts;
use http::{HeaderValue, Response};
use tower_layer::Layer;

use crate::body::EmptyBody;
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::service::BasicAuth;

/// Puts a [`BasicAuth`] in front of a service. A clone is cheap.
///
/// `X` is the type of the body that [`reject_with`](Self::reject_with) makes for rejected requests.
///
/// ```
/// use htpasswd::{Authenticator, Users};
/// use tower_htpasswd::BasicAuthLayer;
///
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")).start()?;
/// let app: axum::Router = axum::Router::new()
///     .route("/", axum::routing::get(|| async { "Hello" }))
///     .layer(BasicAuthLayer::new(authenticator, "Registry")?);
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "middleware")]
#[doc(alias = "login")]
#[doc(alias = "basic auth")]
pub struct BasicAuthLayer<X = EmptyBody> {
    rules: Rules<X>,
}

impl BasicAuthLayer {
    /// Makes a layer that asks clients for a user name and a password.
    ///
    /// Browsers and command-line clients show `realm` in their prompt.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Users};
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")).start()?;
    /// assert!(BasicAuthLayer::new(authenticator.clone(), "Registry").is_ok());
    /// assert!(BasicAuthLayer::new(authenticator, "two\nlines").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RealmError`] if `realm` contains a control character.
    pub fn new(authenticator: Authenticator, realm: &str) -> Result<Self, RealmError> {
        let challenge = HeaderValue::try_from(htpasswd::auth::challenge(realm)?).map_err(|_| RealmError)?;
        Ok(Self { rules: Rules::new(authenticator, challenge, |_, _| Response::new(EmptyBody)) })
    }
}

impl<X> BasicAuthLayer<X> {
    /// Passes requests for one path without authentication, such as `/healthz`. Call this method once for each path.
    ///
    /// A request is exempt if its path equals `path` byte for byte. There are no patterns, because paths such as
    /// `/public/../v2/` and `/%76%32/` bypass most patterns.
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
    /// let service = BasicAuthLayer::new(authenticator, "Registry")?.exempt("/healthz").layer(inner);
    /// for (path, status) in [("/healthz", StatusCode::OK), ("/", StatusCode::UNAUTHORIZED)] {
    ///     let answer = service.clone().oneshot(Request::get(path).body(())?).await?;
    ///     assert_eq!(answer.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Nested routers of axum
    ///
    /// The router removes the prefix of `nest` from the path before a layer inside the nested router sees the request.
    /// A layer inside the router of `/api` sees the path `/api/health` as `/health`:
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn app(layer: BasicAuthLayer) -> Router {
    ///     let api = Router::new().route("/health", get(|| async { "ok" })).layer(layer.exempt("/health"));
    ///     Router::new().nest("/api", api)
    /// }
    /// # let _ = app;
    /// ```
    ///
    /// To compare the complete path, use [`exempt_when`](Self::exempt_when).
    #[must_use]
    pub fn exempt(self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.exempt_when(move |request| request.uri.path() == path)
    }

    /// Passes requests without authentication if `is_exempt` returns true. For several rules, call this method several
    /// times.
    ///
    /// An exempt request has no user, even if it has credentials. In this example, all clients may read, and only users
    /// may write:
    ///
    /// ```
    /// use http::Method;
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn public_reads(layer: BasicAuthLayer) -> BasicAuthLayer {
    ///     layer.exempt_when(|request| matches!(request.method, Method::GET | Method::HEAD))
    /// }
    /// # let _ = public_reads;
    /// ```
    ///
    /// Inside `nest` of axum, [`OriginalUri`] has the complete path:
    ///
    /// ```
    /// use axum::extract::OriginalUri;
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn open_health(layer: BasicAuthLayer) -> BasicAuthLayer {
    ///     layer.exempt_when(|request| {
    ///         let uri = request.extensions.get::<OriginalUri>();
    ///         uri.is_some_and(|uri| uri.path() == "/api/health")
    ///     })
    /// }
    /// # let _ = open_health;
    /// ```
    ///
    /// Compare complete paths. A prefix such as `/public/` also matches `/public/../v2/`, which some services resolve.
    ///
    /// [`OriginalUri`]: https://docs.rs/axum/latest/axum/extract/struct.OriginalUri.html
    #[must_use]
    pub fn exempt_when(mut self, is_exempt: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.rules.settings_mut().exempt.push(Arc::new(is_exempt));
        self
    }

    /// Also passes requests without an `Authorization` header. Such requests have no user. Requests with the header
    /// need valid credentials.
    ///
    /// A handler learns from the extensions of the request whether there is a user. Browsers send credentials only
    /// after a challenge, so one path of the application must still ask for a login:
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn app(layer: BasicAuthLayer) -> Router {
    ///     let login = Router::new().route("/login", get(|| async { "ok" })).layer(layer.clone());
    ///     Router::new().route("/", get(|| async { "Hello" })).layer(layer.optional()).merge(login)
    /// }
    /// # let _ = app;
    /// ```
    ///
    /// If a response differs between users and others, set `Vary: Authorization` in it, for the sake of caches.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.rules.settings_mut().is_optional = true;
        self
    }

    /// Rejects requests of authenticated users with 403 if `is_allowed` returns false. For several rules, call this
    /// method several times; then each rule must allow the request.
    ///
    /// The function gets the user name and the request. Requests without a user, which are exempt or
    /// [optional](Self::optional), do not reach it.
    ///
    /// ```
    /// use http::Method;
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn only_alice_writes(layer: BasicAuthLayer) -> BasicAuthLayer {
    ///     layer.allow(|user, request| request.method == Method::GET || user == "alice")
    /// }
    /// # let _ = only_alice_writes;
    /// ```
    #[must_use]
    pub fn allow(mut self, is_allowed: impl Fn(&str, &Parts) -> bool + Send + Sync + 'static) -> Self {
        self.rules.settings_mut().allow.push(Arc::new(is_allowed));
        self
    }

    /// Sets the function that makes the responses to rejected requests. Without this function, the responses have no
    /// body.
    ///
    /// The layer itself sets the status and the headers that belong to it: the challenge, `Retry-After` and
    /// `Cache-Control: no-store`. The function adds a body and other headers. Its body must have the same type of data
    /// as the bodies of the inner service.
    ///
    /// ```
    /// use axum::Json;
    /// use axum::body::Body;
    /// use axum::response::IntoResponse;
    /// use serde_json::json;
    /// use tower_htpasswd::BasicAuthLayer;
    ///
    /// fn with_json(layer: BasicAuthLayer) -> BasicAuthLayer<Body> {
    ///     layer.reject_with(|rejection, _| {
    ///         let error = json!({ "code": rejection.status().as_u16(), "message": rejection.to_string() });
    ///         Json(json!({ "errors": [error] })).into_response()
    ///     })
    /// }
    /// # let _ = with_json;
    /// ```
    ///
    /// The request still has its `Authorization` header. Never copy the header into a response or a log.
    #[must_use]
    pub fn reject_with<Y>(
        self,
        response: impl Fn(&Rejection, &Parts) -> Response<Y> + Send + Sync + 'static,
    ) -> BasicAuthLayer<Y> {
        BasicAuthLayer { rules: self.rules.reject_with(response) }
    }

    /// Sets the function that returns the peer of a request: the address that the request comes from.
    ///
    /// The authenticator counts wrong passwords per peer ([`FailureLimits`](htpasswd::auth::FailureLimits)), and peers take
    /// turns in its queue. Without this function, requests have no peer: no limit applies to them, and they do not take
    /// turns.
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
    /// If the server runs behind a proxy, the address of the connection is the address of the proxy. In this case, read
    /// the client's address from the header that the proxy sets, such as `X-Forwarded-For`. Make sure that clients can
    /// reach the server only through the proxy, because a client that connects directly can set the header to any
    /// address.
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.rules.settings_mut().peer = Some(Arc::new(peer));
        self
    }
}

impl<S, X> Layer<S> for BasicAuthLayer<X> {
    type Service = BasicAuth<S, X>;

    fn layer(&self, inner: S) -> BasicAuth<S, X> {
        BasicAuth::new(inner, self.rules.clone())
    }
}

impl<X> Clone for BasicAuthLayer<X> {
    fn clone(&self) -> Self {
        Self { rules: self.rules.clone() }
    }
}

impl<X> fmt::Debug for BasicAuthLayer<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt_as("BasicAuthLayer", f)
    }
}
