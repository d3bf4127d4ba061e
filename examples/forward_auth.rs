//! An endpoint that verifies logins for a proxy: nginx asks it with `auth_request`, and Traefik with `ForwardAuth`. In
//! this way, every server that the proxy protects has the users of a password file, with all schemes, the cache and the
//! reload of the file.
//!
//! ```sh
//! cargo run --profile server -p tower-htpasswd --example forward_auth -- \
//!     --listen 127.0.0.1:8181 --realm Registry --cache 60 --peer-header X-Real-IP --failures htpasswd.user
//! ```
//!
//! The endpoint has these answers:
//!
//! | status | header | reason |
//! |---|---|---|
//! | 200 | `Remote-User` | The user name and the password are right. |
//! | 401 | `WWW-Authenticate` | They are missing or wrong. |
//! | 429 | `Retry-After` | The client has sent too many wrong passwords. |
//! | 503 | `Retry-After` | Too many logins are waiting. |
//!
//! It ignores the method and the path, because the proxy sends those of its client.
//!
//! The endpoint percent-encodes `%` and all bytes except visible ASCII in `Remote-User`: `jürgen` is `j%C3%BCrgen`.
//! Programs read other bytes in headers differently, and some remove blanks. Without the encoding, such a program
//! could read the name of one user as the name of another user.
//!
//! # nginx
//!
//! nginx replaces every status except 2xx, 401 and 403 by 500. The `error_page` below restores 429 and 503.
//!
//! ```nginx
//! location / {
//!     auth_request /auth;
//!     auth_request_set $auth_user $upstream_http_remote_user;
//!     auth_request_set $auth_status $upstream_status;
//!     auth_request_set $auth_wait $upstream_http_retry_after;
//!     error_page 500 = @no_verdict;
//!     # This line replaces a Remote-User that the client has sent. The next line keeps the password from the server.
//!     proxy_set_header Remote-User $auth_user;
//!     proxy_set_header Authorization "";
//!     proxy_pass http://127.0.0.1:5000;
//! }
//! location = /auth {
//!     internal;
//!     proxy_pass http://127.0.0.1:8181;
//!     proxy_pass_request_body off;
//!     proxy_set_header Content-Length "";
//!     proxy_set_header X-Real-IP $remote_addr;
//! }
//! location @no_verdict {
//!     add_header Retry-After $auth_wait always;
//!     if ($auth_status = 429) { return 429; }
//!     if ($auth_status = 503) { return 503; }
//!     return 500;
//! }
//! ```
//!
//! # Traefik
//!
//! Traefik forwards all answers to the client. It replaces a `Remote-User` that the client has sent, because
//! `authResponseHeaders` names this header. The endpoint needs `--peer-header X-Forwarded-For`.
//!
//! ```yaml
//! http:
//!   middlewares:
//!     users:
//!       forwardAuth:
//!         address: "http://127.0.0.1:8181"
//!         authResponseHeaders: ["Remote-User"]
//! ```
//!
//! # Access
//!
//! Only the proxy may reach the endpoint, because the endpoint trusts the header with the client's address and
//! receives passwords in clear text. The endpoint listens on a loopback address by default. If it listens on another
//! address, use a firewall that lets only the proxy through.

#[path = "connections.rs"]
mod connections;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use htpasswd::auth::{Event, FailureLimits, WatchedUsers};
use htpasswd::{Authenticator, Users};
use tower_htpasswd::{Authenticated, BasicAuthLayer};

const USAGE: &str = "usage: forward_auth [--listen ADDRESS:PORT] [--realm TEXT] [--cache SECONDS] \
                     [--peer-header NAME] [--failures] FILE";

/// The maximum number of open connections. A process usually has 1,024 descriptors.
const CONNECTIONS: usize = 900;

struct Options {
    file: PathBuf,
    listen: String,
    realm: String,
    cache: Duration,
    peer_header: Option<HeaderName>,
    failures: bool,
}

fn options(mut words: impl Iterator<Item = OsString>) -> Result<Options, Box<dyn Error>> {
    let mut file = None;
    let (mut listen, mut realm) = ("127.0.0.1:8181".to_owned(), "Restricted".to_owned());
    let (mut cache, mut peer_header, mut failures) = (Duration::from_secs(60), None, false);
    while let Some(word) = words.next() {
        let mut value = || words.next().and_then(|value| value.into_string().ok()).ok_or(USAGE);
        match word.to_str() {
            Some("--listen") => listen = value()?,
            Some("--realm") => realm = value()?,
            Some("--cache") => cache = Duration::from_secs(value()?.parse().map_err(|_| USAGE)?),
            Some("--peer-header") => peer_header = Some(value()?.parse().map_err(|_| USAGE)?),
            Some("--failures") => failures = true,
            Some(option) if option.starts_with('-') => return Err(USAGE.into()),
            _ if file.is_none() => file = Some(PathBuf::from(word)),
            _ => return Err(USAGE.into()),
        }
    }
    if failures && peer_header.is_none() {
        return Err("--failures needs --peer-header: without it, every client looks like the proxy".into());
    }
    Ok(Options { file: file.ok_or(USAGE)?, listen, realm, cache, peer_header, failures })
}

fn log(line: &str) {
    let _ = writeln!(std::io::stderr(), "forward_auth: {line}");
}

fn log_event(event: &Event<'_>) {
    match event {
        Event::Rejected { .. } | Event::NotReloaded { .. } => log(&event.to_string()),
        Event::Reloaded { users, .. } => log_users(users),
        _ => {}
    }
}

fn log_users(users: &Users) {
    log(&format!("{} users read, {} lines have a problem", users.len(), users.issues().len()));
    users.issues().iter().take(10).for_each(|issue| log(&issue.to_string()));
}

/// The client's address: the last address in the last header of this name. A proxy adds the client's address at the
/// end, after the addresses that the client itself has sent.
fn client(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

/// Adds the client's address to the request. Fails if the proxy does not send the address. Without the address, the
/// rate limit would not work, and the administrator would notice that only during an attack.
async fn add_client_address(State(name): State<HeaderName>, mut request: Request, next: Next) -> Response {
    let Some(client) = client(request.headers(), &name) else {
        log(&format!("the proxy does not send the client's address in {name}"));
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    request.extensions_mut().insert(client);
    next.run(request).await
}

fn percent_encoded(user: &str) -> String {
    let encoded = user.bytes().map(|byte| match byte {
        b'!'..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

async fn accept(Extension(client): Extension<Authenticated>) -> impl IntoResponse {
    [("remote-user", percent_encoded(client.user()))]
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let options = options(std::env::args_os().skip(1))?;
    if let Some(warning) = connections::PANIC_WARNING {
        log(warning);
    }
    let users = WatchedUsers::open(options.file)?;
    log_users(&users.current());
    let mut builder = Authenticator::builder(users).cache(options.cache, 100_000).on_event(log_event);
    if options.failures {
        builder = builder.failure_limits(FailureLimits::default());
    }
    // No path is exempt, because the path is the client's choice.
    let layer = BasicAuthLayer::new(builder.start()?, &options.realm)?
        .peer(|request| request.extensions.get::<IpAddr>().copied());
    let login = |app: Router| match options.peer_header {
        Some(name) => app.layer(layer).layer(middleware::from_fn_with_state(name, add_client_address)),
        None => app.layer(layer),
    };
    let listen = options.listen;
    let listener =
        TcpListener::bind(&listen).map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    connections::serve(listener, Router::new().fallback(accept), login, CONNECTIONS, None).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    log(&error.to_string());
    ExitCode::FAILURE
}
