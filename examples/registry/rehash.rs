//! Better hashes for users who log in: only then there is a password to make one of.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use htpasswd::{Authenticator, Credentials, FileStore, Params};
use tokio::task::spawn_blocking;
use tower_htpasswd::Authenticated;

#[derive(Clone)]
pub(crate) struct Rehash {
    pub(crate) authenticator: Authenticator,
    pub(crate) store: FileStore,
    pub(crate) wanted: Params,
}

/// Goes on with the request, which has not to wait for a new hash.
pub(crate) async fn beside(State(rehash): State<Rehash>, request: Request, next: Next) -> Response {
    if request.extensions().get().is_some_and(Authenticated::needs_rehash)
        && let Ok(credentials) = Credentials::from_headers(request.headers().get_all(AUTHORIZATION))
    {
        let Rehash { authenticator, store, wanted } = rehash;
        spawn_blocking(move || {
            if let Err(error) = authenticator.rehash(&store, &credentials, &wanted) {
                crate::say(format_args!("a hash stays as it was: {error}"));
            }
        });
    }
    next.run(request).await
}
