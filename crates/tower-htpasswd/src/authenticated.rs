//! What a service learns about the client of a request.

/// Who has logged in: among the extensions of each request that came through and was not exempt.
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

    /// The user.
    ///
    /// ```
    /// use http::Request;
    /// use tower_htpasswd::Authenticated;
    ///
    /// fn who<B>(request: &Request<B>) -> &str {
    ///     request.extensions().get::<Authenticated>().map_or("nobody", |client| client.user())
    /// }
    /// assert_eq!(who(&Request::new(())), "nobody"); // did not come through the layer
    /// ```
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether the stored hash is less than
    /// [wanted](htpasswd::AuthenticatorBuilder::rehash_below). The password to make a new one of stands in the
    /// `Authorization` header.
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
