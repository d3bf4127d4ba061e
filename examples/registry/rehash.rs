//! Better hashes for users who log in: only then there is a password to make one of.

use std::error::Error;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use htpasswd::{Authenticator, Credentials, FileStore, Hash, Params, StoreError, Username};
use tokio::task::spawn_blocking;
use tower_htpasswd::Authenticated;

/// How much of a password bcrypt looks at, in bytes. A longer one is better off with the hash it has.
const BCRYPT: usize = 72;

#[derive(Clone)]
pub(crate) struct Rehash {
    authenticator: Authenticator,
    wanted: Params,
    /// One at a time: they come at the same time as the logins.
    busy: Arc<Mutex<()>>,
}

/// Goes on with the request, which has not to wait for a new hash.
pub(crate) async fn beside(State(rehash): State<Rehash>, request: Request, next: Next) -> Response {
    if request.extensions().get().is_some_and(Authenticated::needs_rehash)
        && let Some(header) = request.headers().get(AUTHORIZATION)
        && let Ok(credentials) = Credentials::from_header(header.as_bytes())
        && credentials.password().as_bytes().len() <= BCRYPT
    {
        spawn_blocking(move || {
            let Ok(_alone) = rehash.busy.try_lock() else { return };
            if let Err(error) = rehash.store(&credentials) {
                crate::say(format_args!("a hash stays as it was: {error}"));
            }
        });
    }
    next.run(request).await
}

impl Rehash {
    pub(crate) fn new(authenticator: Authenticator, wanted: Params) -> Self {
        Self { authenticator, wanted, busy: Arc::default() }
    }

    fn store(&self, credentials: &Credentials) -> Result<(), Box<dyn Error>> {
        let (user, password) = (Username::new(credentials.user())?, credentials.password());
        let users = self.authenticator.users();
        let hash = Hash::create(password, &self.wanted)?;
        FileStore::new(users.path()).update(|document| {
            // Meanwhile, somebody may have changed the password, or stored a better hash.
            let old = document.get(credentials.user()).and_then(|record| Hash::parse(record.hash).ok());
            if old.is_some_and(|old| old.needs_rehash(&self.wanted) && old.verify(password)) {
                document.set(&user, &hash);
            }
            Ok::<_, StoreError>(())
        })?;
        users.reload()?;
        Ok(())
    }
}
