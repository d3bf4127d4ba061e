//! The layer: the settings, and the service that they make of another service.
//!
//! A program makes one [`BasicAuthLayer`], sets exempt paths and the peer function, and adds the layer to its router.

use std::net::IpAddr;
use std::sync::Arc;

use htpasswd::Authenticator;
use http::request::Parts;
use tower_layer::Layer;

use crate::challenge::{RealmError, challenge};
use crate::service::{BasicAuth, Rules};

/// Puts a [`BasicAuth`] in front of a service. Cheap to clone.
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

impl BasicAuthLayer {
    /// Makes a layer that asks clients for a user name and a password.
    ///
    /// Browsers and command-line clients show `realm` in their prompt.
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
    /// assert!(BasicAuthLayer::new(authenticator.clone(), "Registry").is_ok());
    /// assert!(BasicAuthLayer::new(authenticator, "two\nlines").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RealmError`] if `realm` contains a control character.
    pub fn new(authenticator: Authenticator, realm: &str) -> Result<Self, RealmError> {
        let challenge = challenge(realm)?;
        Ok(Self { rules: Rules { authenticator, challenge, exempt: Arc::default(), peer: None } })
    }

    /// Passes requests for one path without authentication, such as `/healthz`. Call it once for each path.
    ///
    /// A request is exempt if its path equals `path` byte for byte. There are no patterns, because paths such as
    /// `/public/../v2/` and `/%76%32/` bypass most patterns.
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
    /// If the server runs behind a proxy, that address is the address of the proxy. In this case, read the client's
    /// address from the header that the proxy sets, such as `X-Forwarded-For`. Make sure that clients can reach the
    /// server only through the proxy, because a client that connects directly can set the header to any address.
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.rules.peer = Some(Arc::new(peer));
        self
    }
}

impl<S> Layer<S> for BasicAuthLayer {
    type Service = BasicAuth<S>;

    fn layer(&self, inner: S) -> BasicAuth<S> {
        BasicAuth::new(inner, self.rules.clone())
    }
}
