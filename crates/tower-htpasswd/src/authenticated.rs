//! The user that a request was authenticated as.
//!
//! The layer adds an [`Authenticated`] to the extensions of a request before the inner service gets the request, and to
//! the extensions of the response. Only the layer can make an [`Authenticated`], so a handler may rely on one that it
//! finds.

use std::sync::Arc;

/// The authenticated user of a request, in the extensions of the request and of its response. A clone is cheap.
///
/// These requests have no `Authenticated`: [exempt](crate::BasicAuthLayer::exempt) requests, and requests without
/// credentials that an [optional](crate::BasicAuthLayer::optional) layer passes.
///
/// ```
/// use axum::Extension;
/// use tower_htpasswd::Authenticated;
///
/// async fn hello(Extension(client): Extension<Authenticated>) -> String {
///     format!("Hello, {}!", client.user())
/// }
/// # let _ = hello;
/// ```
///
/// With the feature `axum`, `Authenticated` is an extractor. If a request has no user, a handler with an
/// `Authenticated` answers 500, and a handler with an `Option<Authenticated>` gets `None`:
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use tower_htpasswd::Authenticated;
///
/// async fn hello(client: Authenticated) -> String {
///     format!("Hello, {}!", client.user())
/// }
///
/// async fn front_page(client: Option<Authenticated>) -> String {
///     format!("Hello, {}!", client.as_ref().map_or("stranger", Authenticated::user))
/// }
/// # let app: axum::Router = axum::Router::new().route("/", axum::routing::get(hello).post(front_page));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    user: Arc<str>,
    needs_rehash: bool,
}

impl Authenticated {
    pub(crate) fn new(user: Arc<str>, needs_rehash: bool) -> Self {
        Self { user, needs_rehash }
    }

    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns true if the stored hash is weaker than the one that
    /// [`rehash_below`](htpasswd::auth::AuthenticatorBuilder::rehash_below) asks for.
    ///
    /// To make the new hash, read the password from the `Authorization` header of the request.
    #[must_use]
    pub fn needs_rehash(&self) -> bool {
        self.needs_rehash
    }
}
