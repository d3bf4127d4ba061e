//! The user that a request was authenticated as.
//!
//! The layer adds an [`Authenticated`] to the extensions of a request before the inner service gets the request.
//! Nothing else can make one, so a handler that finds one may rely on it.

/// The authenticated user of a request, in the extensions of the request.
///
/// Requests of [exempt](crate::BasicAuthLayer::exempt) paths have none.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    user: String,
    needs_rehash: bool,
}

impl Authenticated {
    pub(crate) fn new(user: String, needs_rehash: bool) -> Self {
        Self { user, needs_rehash }
    }

    /// The user name.
    ///
    /// ```
    /// use http::Request;
    /// use tower_htpasswd::Authenticated;
    ///
    /// fn user_of<B>(request: &Request<B>) -> Option<&str> {
    ///     request.extensions().get::<Authenticated>().map(|client| client.user())
    /// }
    /// assert_eq!(user_of(&Request::new(())), None); // the layer has not seen this request
    /// ```
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns true if the stored hash is weaker than the one that
    /// [`rehash_below`](htpasswd::auth::AuthenticatorBuilder::rehash_below) asks for.
    ///
    /// To make the new hash, read the password from the `Authorization` header of the request.
    ///
    /// ```
    /// use http::Request;
    /// use tower_htpasswd::Authenticated;
    ///
    /// fn is_stale<B>(request: &Request<B>) -> bool {
    ///     request.extensions().get::<Authenticated>().is_some_and(|client| client.needs_rehash())
    /// }
    /// assert!(!is_stale(&Request::new(())));
    /// ```
    #[must_use]
    pub fn needs_rehash(&self) -> bool {
        self.needs_rehash
    }
}
