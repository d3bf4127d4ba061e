//! Better hashes for users who log in: only then there is a password to make one of.

use std::error::Error;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use htpasswd::{
    Authenticator, Credentials, FileStore, Params, Password, PasswordHash, Scheme, StoreError, Username,
};
use tokio::task::spawn_blocking;
use tower_htpasswd::Authenticated;

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
        && is_read_by(rehash.wanted.scheme(), credentials.password())
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

/// Whether the scheme reads all of the password. One that does not cannot tell it from others that begin alike: neither
/// is what it was right for known to be the user's password, nor is a hash of it as good as one that reads all.
fn is_read_by(scheme: Scheme, password: &Password) -> bool {
    scheme.password_limit().is_none_or(|limit| password.as_bytes().len() <= limit)
}

impl Rehash {
    pub(crate) fn new(authenticator: Authenticator, wanted: Params) -> Self {
        Self { authenticator, wanted, busy: Arc::default() }
    }

    fn store(&self, credentials: &Credentials) -> Result<(), Box<dyn Error>> {
        let (user, password) = (Username::new(credentials.user())?, credentials.password());
        let users = self.authenticator.users();
        let hash = PasswordHash::create(password, &self.wanted)?;
        let path = users.path().ok_or("the users are not from a file")?;
        FileStore::new(path).update(|document| {
            // Meanwhile, somebody may have changed the password, or stored a better hash.
            let old =
                document.get(credentials.user()).and_then(|record| PasswordHash::parse(record.hash).ok());
            let is_worse =
                |old: &PasswordHash| old.needs_rehash(&self.wanted) && is_read_by(old.scheme(), password);
            if old.is_some_and(|old| is_worse(&old) && old.verify(password)) {
                document.set(&user, &hash);
            }
            Ok::<_, StoreError>(())
        })?;
        users.reload()?;
        Ok(())
    }
}
