//! HTTP Basic authentication (RFC 7617) from a password file, for axum, hyper and other servers built on tower.
//!
//! [`BasicAuthLayer`] passes a request on only if its user name and password match the file. It rejects all other
//! requests before they reach your service. The file is read again when it changes.
//!
//! # Protect an application
//!
//! Open the file, start an [`Authenticator`](htpasswd::Authenticator), and add the layer. The cache answers repeated
//! logins without hashing, here for a minute. The path `/healthz` needs no login:
//!
//! ```
//! use std::time::Duration;
//!
//! use htpasswd::{Authenticator, WatchedUsers};
//! use tower_htpasswd::BasicAuthLayer;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("htpasswd.user");
//! # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
//! let users = WatchedUsers::open(&path)?;
//! let authenticator = Authenticator::builder(users).cache(Duration::from_secs(60), 10_000).start()?;
//! let layer = BasicAuthLayer::new(authenticator, "Registry")?.exempt("/healthz");
//!
//! let app: axum::Router = axum::Router::new()
//!     .route("/v2/", axum::routing::get(|| async { "{}" }))
//!     .layer(layer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Basic authentication sends passwords in clear text. Serve the application over TLS or on a loopback address.
//!
//! # Find out which user sent a request
//!
//! The layer puts an [`Authenticated`] into the extensions of each request that it passes on, exempt paths excepted:
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
//! # Limit wrong passwords
//!
//! Set [`FailureLimits`](htpasswd::FailureLimits) at the authenticator, and a peer function at the layer. The limits
//! count wrong passwords per peer, so they have no effect without the peer function:
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use axum::extract::ConnectInfo;
//! use htpasswd::{Authenticator, FailureLimits, WatchedUsers};
//! use tower_htpasswd::BasicAuthLayer;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("htpasswd.user");
//! # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
//! let users = WatchedUsers::open(&path)?;
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
//! | no credentials, wrong credentials, or an invalid header | 401 with the challenge `Basic realm="…", charset="UTF-8"` |
//! | credentials from a peer that recently sent too many wrong ones | 429 with `Retry-After` |
//! | credentials that would wait longer than the [`Authenticator`](htpasswd::Authenticator) allows | 503 with `Retry-After` |
//!
//! # Settings
//!
//! The layer has two settings: exempt paths and the peer function. All other settings are in the crate `htpasswd`:
//!
//! | setting | where |
//! |---|---|
//! | cache, queue, threads, limits on wrong passwords, rehashing, events | [`AuthenticatorBuilder`](htpasswd::AuthenticatorBuilder) |
//! | how soon a changed file is read, and which hashes are too expensive to verify | [`WatchedUsersBuilder`](htpasswd::WatchedUsersBuilder) |
//!
//! # Types
//!
//! | type | purpose |
//! |---|---|
//! | [`BasicAuthLayer`] | holds the settings; add it to your router |
//! | [`BasicAuth`] | the service that the layer makes |
//! | [`ResponseFuture`] | the response of that service |
//! | [`Authenticated`] | the user of a request |
//! | [`RealmError`] | the realm contains a control character |

mod authenticated;
mod body;
mod challenge;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod layer;
mod rejection;
mod service;

pub use authenticated::Authenticated;
pub use body::{EmptyBody, ResponseBody};
pub use challenge::RealmError;
#[cfg(feature = "axum")]
pub use extract::MissingUser;
pub use future::ResponseFuture;
pub use layer::BasicAuthLayer;
pub use rejection::Rejection;
pub use service::BasicAuth;
