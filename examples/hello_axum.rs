//! An axum server that greets the users of a password file. Start from this program if you protect an application.
//!
//! ```sh
//! cargo run --profile server -p tower-htpasswd --example hello_axum -- htpasswd.user 127.0.0.1:3000
//! ```
//!
//! The program prints the address that it listens on. It serves `/healthz` to everybody.

use std::env;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Router, routing::get};
use htpasswd::Authenticator;
use htpasswd::auth::{FailureLimits, WatchedUsers};
use tokio::net::TcpListener;
use tower_htpasswd::{Authenticated, BasicAuthLayer};

async fn hello(client: Authenticated) -> String {
    format!("Hello, {}!", client.user())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hello_axum FILE ADDRESS:PORT".into());
    };
    let authenticator = Authenticator::builder(WatchedUsers::open(file)?)
        .cache(Duration::from_secs(60), 10_000)
        .failure_limits(FailureLimits::default())
        .start()?;
    let layer = BasicAuthLayer::new(authenticator, "Hello")?
        .exempt("/healthz")
        .peer(|request| Some(request.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()));
    let app = Router::new().route("/", get(hello)).route("/healthz", get(|| async { "ok" })).layer(layer);

    let listener = TcpListener::bind(address).await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
