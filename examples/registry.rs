//! An OCI registry with the users of a password file. It reads the file again after each change.
//!
//! ```text
//! cargo run --profile server -p tower-htpasswd --example registry -- FILE [--listen 127.0.0.1:5000] [--data DIRECTORY]
//!     [--tls CERTIFICATE KEY] [--cache SECONDS] [--failures] [--rehash COST]
//! ```
//!
//! The registry prints the address on which it listens as the first line. Each user of the file can read and write all
//! images.

#[path = "connections.rs"]
mod connections;
#[path = "registry/images.rs"]
mod images;
#[path = "registry/rehash.rs"]
mod rehash;

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use htpasswd::auth::{Event, FailureLimits, WatchedUsers};
use htpasswd::{Authenticator, Cost, FileStore, Params};
use tower_htpasswd::BasicAuthLayer;

use self::rehash::Rehash;

/// The header by which clients recognize a registry. Answers with status 401 have it, too.
const VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The maximum number of cached logins.
const CACHE: usize = 10_000;

/// The maximum number of open connections. Each of them may have a file open, too, and a process usually has 1,024
/// descriptors.
const CONNECTIONS: usize = 400;

struct Options {
    file: PathBuf,
    listen: String,
    data: PathBuf,
    tls: Option<(PathBuf, PathBuf)>,
    cache: Duration,
    failures: Option<FailureLimits>,
    rehash: Option<Params>,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            file: PathBuf::new(),
            listen: "127.0.0.1:5000".to_owned(),
            data: "registry".into(),
            tls: None,
            cache: Duration::from_secs(60),
            failures: None,
            rehash: None,
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs another value"));
            match arg.as_str() {
                "--listen" => options.listen = value()?,
                "--data" => options.data = value()?.into(),
                "--tls" => options.tls = Some((value()?.into(), value()?.into())),
                "--cache" => options.cache = Duration::from_secs(value()?.parse()?),
                "--failures" => options.failures = Some(FailureLimits::default()),
                "--rehash" => options.rehash = Some(Params::Bcrypt(Cost::new(value()?.parse()?)?)),
                _ if arg.starts_with('-') => return Err(format!("unknown option {arg}").into()),
                _ => options.file = arg.into(),
            }
        }
        if options.file.as_os_str().is_empty() {
            return Err("the argument FILE is missing".into());
        }
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("{error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(env::args().skip(1))?;
    if let Some(warning) = connections::PANIC_WARNING {
        log(format_args!("{warning}"));
    }
    let authenticator = authenticator(&options)?;
    let layer = BasicAuthLayer::new(authenticator.clone(), "Registry")?
        .exempt("/healthz")
        .peer(|request| Some(request.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()));

    let mut app = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/v2/", get(|| async { ([(CONTENT_TYPE, "application/json")], "{}") }))
        .merge(images::routes(&options.data)?);
    if let Some(wanted) = options.rehash {
        let rehash = Rehash { authenticator, store: FileStore::new(&options.file), wanted };
        app = app.layer(from_fn_with_state(rehash, rehash::rehash_in_background));
    }
    let login = |app: Router| {
        app.layer(layer).layer(map_response(async |mut response: Response| {
            response.headers_mut().insert(VERSION, HeaderValue::from_static("registry/2.0"));
            response
        }))
    };

    let tls = match options.tls {
        Some((certificate, key)) => {
            // This is the first call, and only a second call would fail.
            let _ = rustls::crypto::ring::default_provider().install_default();
            Some(RustlsConfig::from_pem_file(certificate, key).await?)
        }
        None => None,
    };
    let listener = TcpListener::bind(options.listen)?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    connections::serve(listener, app, login, CONNECTIONS, tls).await?;
    Ok(())
}

fn authenticator(options: &Options) -> Result<Authenticator, Box<dyn Error>> {
    let users = WatchedUsers::open(&options.file)?;
    for issue in users.current().issues() {
        log(format_args!("{}: {issue}", options.file.display()));
    }
    let mut builder = Authenticator::builder(users).cache(options.cache, CACHE).on_event(log_event);
    if let Some(limits) = options.failures {
        builder = builder.failure_limits(limits);
    }
    if let Some(params) = options.rehash {
        builder = builder.rehash_below(params);
    }
    Ok(builder.start()?)
}

/// Logs every event except accepted logins, because a push has hundreds of them.
fn log_event(event: &Event<'_>) {
    if !matches!(event, Event::Accepted { .. }) {
        log(format_args!("{event}"));
    }
}

fn log(message: std::fmt::Arguments<'_>) {
    // The registry continues if standard error is closed.
    let _ = writeln!(io::stderr(), "registry: {message}");
}
