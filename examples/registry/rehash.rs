//! Replaces an old hash by a better one when its user logs in. Only then does the registry have the password that a new
//! hash needs.

use std::error::Error;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use htpasswd::hash::Scheme;
use htpasswd::store::StoreError;
use htpasswd::{Authenticator, Credentials, FileStore, Params, Password, PasswordHash, Username};
use tokio::task::spawn_blocking;
use tower_htpasswd::Authenticated;

#[derive(Clone)]
pub(crate) struct Rehash {
    authenticator: Authenticator,
    params: Params,
    /// The lock of the only rehash that runs at a time, so that new hashes slow logins down little.
    busy: Arc<Mutex<()>>,
}

/// Continues with the request, and makes a new hash in the background if the user needs one.
pub(crate) async fn rehash_in_background(
    State(rehash): State<Rehash>,
    request: Request,
    next: Next,
) -> Response {
    if request.extensions().get().is_some_and(Authenticated::needs_rehash)
        && let Some(header) = request.headers().get(AUTHORIZATION)
        && let Ok(credentials) = Credentials::from_header(header.as_bytes())
        && reads_all_of(rehash.params.scheme(), credentials.password())
    {
        spawn_blocking(move || {
            let Ok(_alone) = rehash.busy.try_lock() else { return };
            if let Err(error) = rehash.store(&credentials) {
                crate::log(format_args!("cannot replace a hash: {error}"));
            }
        });
    }
    next.run(request).await
}

/// Returns true if the scheme reads all bytes of the password. A scheme with a shorter limit accepts all passwords with
/// the same first bytes. So its hash does not prove that this is the user's password, and a new hash of such a scheme
/// would be weaker.
fn reads_all_of(scheme: Scheme, password: &Password) -> bool {
    scheme.password_limit().is_none_or(|limit| password.as_bytes().len() <= limit)
}

impl Rehash {
    pub(crate) fn new(authenticator: Authenticator, params: Params) -> Self {
        Self { authenticator, params, busy: Arc::default() }
    }

    fn store(&self, credentials: &Credentials) -> Result<(), Box<dyn Error>> {
        let (user, password) = (Username::new(credentials.user())?, credentials.password());
        let users = self.authenticator.users();
        let hash = PasswordHash::create(password, &self.params)?;
        let path = users.path().ok_or("the users are not from a file")?;
        FileStore::new(path).try_update(|document| {
            // The login was verified before the file was locked. Since then, another program may have changed the
            // password or stored a better hash.
            let old =
                document.get(credentials.user()).and_then(|record| PasswordHash::parse(record.hash).ok());
            let is_worse =
                |old: &PasswordHash| old.needs_rehash(&self.params) && reads_all_of(old.scheme(), password);
            if old.is_some_and(|old| is_worse(&old) && old.verify(password)) {
                document.set(&user, &hash);
            }
            Ok::<_, StoreError>(())
        })?;
        users.reload()?;
        Ok(())
    }
}
