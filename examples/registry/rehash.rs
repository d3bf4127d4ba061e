//! Replaces an old hash by a better one when its user logs in. A new hash needs the password, which the registry knows
//! only during a login.

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

/// Continues with the request, and makes a new hash in the background if the user needs one.
pub(crate) async fn rehash_in_background(
    State(rehash): State<Rehash>,
    request: Request,
    next: Next,
) -> Response {
    if request.extensions().get().is_some_and(Authenticated::needs_rehash)
        && let Ok(credentials) = Credentials::from_headers(request.headers().get_all(AUTHORIZATION))
    {
        let Rehash { authenticator, store, wanted } = rehash;
        spawn_blocking(move || {
            if let Err(error) = authenticator.rehash(&store, &credentials, &wanted) {
                crate::log(format_args!("cannot replace a hash: {error}"));
            }
        });
    }
    next.run(request).await
}
