//! HTTP Basic authentication (RFC 7617) from a password file, for axum, hyper and other servers built on tower.
//!
//! [`BasicAuthLayer`] passes a request on only if its user name and password match the file. It rejects all other
//! requests before they reach your service. The file is read again when it changes. Verification runs on threads of
//! its own, so it never blocks the threads of your server.
//!
//! Basic authentication sends passwords in clear text. Serve the application over TLS or on a loopback address. The
//! [book](../../docs/servers.html) describes all settings, and what they defend against.
//!
//! # Protect an axum application
//!
//! Open the file, start an [`Authenticator`](htpasswd::Authenticator), and add the layer. The cache answers repeated
//! logins without hashing, here for a minute:
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::{Router, routing::get};
//! use htpasswd::auth::WatchedUsers;
//! use htpasswd::Authenticator;
//! use tower_htpasswd::BasicAuthLayer;
//!
//! # let directory = tempfile::tempdir()?;
//! # std::env::set_current_dir(&directory)?;
//! # std::fs::write("htpasswd.user", "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
//! let users = WatchedUsers::open("htpasswd.user")?;
//! let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 10_000).start()?;
//! let layer = BasicAuthLayer::new(authenticator, "Registry")?;
//!
//! let app: Router = Router::new().route("/v2/", get(|| async { "{}" })).layer(layer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/hello_axum.rs` and `examples/hello_hyper.rs` are complete programs.
//!
//! # Leave paths open
//!
//! [`exempt`](BasicAuthLayer::exempt) opens one path, and [`exempt_when`](BasicAuthLayer::exempt_when) opens requests
//! by a function. With [`optional`](BasicAuthLayer::optional), requests may come without credentials. In this example,
//! all clients may see `/healthz` and read, and only users may write:
//!
//! ```
//! use http::Method;
//! use tower_htpasswd::BasicAuthLayer;
//!
//! fn public_reads(layer: BasicAuthLayer) -> BasicAuthLayer {
//!     layer.exempt("/healthz").exempt_when(|request| request.method == Method::GET)
//! }
//! # let _ = public_reads;
//! ```
//!
//! [`allow`](BasicAuthLayer::allow) decides which user may send which request.
//!
//! # Find out who is logged in
//!
//! The layer puts an [`Authenticated`] into the extensions of each request that needed a login, and into the extensions
//! of its response:
//!
//! ```
//! use axum::Extension;
//! use tower_htpasswd::Authenticated;
//!
//! async fn hello(Extension(client): Extension<Authenticated>) -> String {
//!     format!("Hello, {}!", client.user())
//! }
//! # let _ = hello;
//! ```
//!
//! With the feature `axum`, handlers take an `Authenticated` or an `Option<Authenticated>` without `Extension`. An
//! access log outside the layer reads the extensions of the response, which have an `Authenticated` or a [`Rejection`].
//!
//! # Limit wrong passwords
//!
//! Set [`FailureLimits`](htpasswd::auth::FailureLimits) on the authenticator, and a peer function on the layer. The
//! limits count wrong passwords per peer, so they have no effect without the peer function:
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use axum::extract::ConnectInfo;
//! use htpasswd::auth::FailureLimits;
//! use htpasswd::{Authenticator, Users};
//! use tower_htpasswd::BasicAuthLayer;
//!
//! let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=");
//! let authenticator = Authenticator::builder(users).failure_limits(FailureLimits::default()).start()?;
//! let layer = BasicAuthLayer::new(authenticator, "Registry")?.peer(|request| {
//!     let ConnectInfo(address) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
//!     Some(address.ip())
//! });
//! # let _ = layer;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`BasicAuthLayer::peer`] describes the peer of a request that comes through a proxy.
//!
//! # Responses to rejected requests
//!
//! | request | response |
//! |---|---|
//! | no credentials, wrong credentials, an invalid header, or several headers | 401 with the challenge `Basic realm="…", charset="UTF-8"` |
//! | credentials of a user whom [`allow`](BasicAuthLayer::allow) rejects | 403 |
//! | credentials from a peer that recently sent too many wrong ones | 429 with `Retry-After` |
//! | credentials that would wait longer than the [`Authenticator`](htpasswd::Authenticator) allows | 503 with `Retry-After` |
//!
//! All these responses have `Cache-Control: no-store`. They are empty, unless
//! [`reject_with`](BasicAuthLayer::reject_with) makes a body.
//!
//! # Settings
//!
//! The layer decides which requests need a login. All other settings are in the crate `htpasswd`:
//!
//! | setting | where |
//! |---|---|
//! | cache, queue, threads, limits on wrong passwords, rehashing, events | [`AuthenticatorBuilder`](htpasswd::auth::AuthenticatorBuilder) |
//! | how soon a changed file is read, and which hashes are too expensive to verify | [`WatchedUsersBuilder`](htpasswd::auth::WatchedUsersBuilder) |
//!
//! # Types
//!
//! | type | purpose |
//! |---|---|
//! | [`BasicAuthLayer`] | holds the settings; add it to your router |
//! | [`BasicAuth`] | the service that the layer makes |
//! | [`ResponseFuture`], [`ResponseBody`], [`EmptyBody`] | the response of that service, its body, and the default body of rejections |
//! | [`Authenticated`] | the user of a request |
//! | [`Rejection`] | the reason for a rejection |
//! | [`RealmError`] | the realm contains a control character |

mod authenticated;
mod body;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod layer;
mod rejection;
mod rules;
mod service;

pub use authenticated::Authenticated;
pub use body::{EmptyBody, ResponseBody};
#[cfg(feature = "axum")]
pub use extract::MissingUser;
pub use future::ResponseFuture;
pub use htpasswd::auth::RealmError;
pub use layer::BasicAuthLayer;
pub use rejection::Rejection;
pub use service::BasicAuth;
