//! Basic authentication (RFC 7617) from an htpasswd file, for axum, hyper and everything else that speaks tower.
//!
//! [`BasicAuthLayer`] lets requests through that come with a user and password of the file, with an
//! [`Authenticated`] among their extensions. The others never reach the service behind it:
//!
//! | the request has | answer |
//! |---|---|
//! | no credentials, wrong ones, or something that is none | 401, and the challenge `Basic realm="…", charset="UTF-8"` |
//! | credentials from where too many wrong ones came lately | 429, and `Retry-After` |
//! | to wait longer than the [`Authenticator`](htpasswd::Authenticator) allows | 503, and `Retry-After` |
//!
//! All else (the cache, how many logins wait, which hashes are too costly, how soon a changed file counts) is
//! set where the [`Authenticator`](htpasswd::Authenticator) and its [`WatchedUsers`](htpasswd::WatchedUsers) are
//! made. Basic authentication sends passwords in clear text: serve it over TLS, or on a loopback address.
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

mod authenticated;
mod challenge;
mod future;
mod layer;

pub use authenticated::Authenticated;
pub use challenge::RealmError;
pub use future::ResponseFuture;
pub use layer::{BasicAuth, BasicAuthLayer};
