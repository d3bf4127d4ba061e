//! A hyper server that greets the users of a password file, with the tower layer and without a framework.
//!
//! ```sh
//! cargo run --profile server -p tower-htpasswd --example hello_hyper -- htpasswd.user 127.0.0.1:3000
//! ```
//!
//! The program prints the address that it listens on. It serves `/healthz` to everybody.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::net::SocketAddr;
use std::time::Duration;

use htpasswd::Authenticator;
use htpasswd::auth::{FailureLimits, WatchedUsers};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_htpasswd::{Authenticated, BasicAuthLayer};

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let greeting = match request.extensions().get::<Authenticated>() {
        Some(client) => format!("Hello, {}!", client.user()),
        None => "ok".to_owned(), // The path is /healthz.
    };
    Ok(Response::new(greeting.into()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hello_hyper FILE ADDRESS:PORT".into());
    };
    let authenticator = Authenticator::builder(WatchedUsers::open(file)?)
        .cache(Duration::from_secs(60), 10_000)
        .failure_limits(FailureLimits::default())
        .start()?;
    let layer = BasicAuthLayer::new(authenticator, "Hello")?
        .exempt("/healthz")
        .peer(|request| Some(request.extensions.get::<SocketAddr>()?.ip()));

    let listener = TcpListener::bind(address).await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = ServiceBuilder::new()
            // The layer reads the address of the client from the request.
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert::<SocketAddr>(peer);
                request
            })
            .layer(layer.clone())
            .service_fn(hello);
        let mut http = http1::Builder::new();
        let connection = http.timer(TokioTimer::new());
        let connection = connection.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        tokio::spawn(connection);
    }
}
