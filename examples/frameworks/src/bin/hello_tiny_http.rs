//! A tiny_http server that greets the users of a password file, with threads and without async code.
//!
//! ```sh
//! cargo run --release --manifest-path examples/frameworks/Cargo.toml --bin hello_tiny_http -- htpasswd.user 127.0.0.1:3000
//! ```
//!
//! The program prints the address that it listens on.

use std::env;
use std::error::Error;
use std::thread;
use std::time::Duration;

use htpasswd::auth::{FailureLimits, WatchedUsers};
use htpasswd::{Authenticator, Credentials, Verdict};
use tiny_http::{Header, Request, Response, ResponseBox, Server};

/// The number of requests that are answered at the same time. A request that waits for its verdict keeps its thread.
const THREADS: usize = 16;

struct Logins {
    authenticator: Authenticator,
    challenge: Header,
}

fn hello(user: &str) -> ResponseBox {
    Response::from_string(format!("Hello, {user}!")).boxed()
}

/// Greets the user if the credentials of the request are right.
fn respond(logins: &Logins, request: &Request) -> ResponseBox {
    let headers = request.headers().iter().filter(|header| header.field.equiv("Authorization"));
    let verdict = match Credentials::from_headers(headers.map(|header| header.value.as_str())) {
        Ok(credentials) => {
            let peer = request.remote_addr().map(|address| address.ip());
            match logins.authenticator.authenticate_blocking(&credentials, peer) {
                verdict if verdict.is_accepted() => return hello(credentials.user()),
                verdict => verdict,
            }
        }
        Err(_) => Verdict::Rejected,
    };
    let mut response = Response::empty(verdict.status());
    if verdict == Verdict::Rejected {
        response.add_header(logins.challenge.clone());
    }
    let wait = verdict.retry_after().map(|seconds| Header::from_bytes("Retry-After", seconds.to_string()));
    if let Some(Ok(header)) = wait {
        response.add_header(header);
    }
    response.boxed()
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hello_tiny_http FILE ADDRESS:PORT".into());
    };
    let authenticator = Authenticator::builder(WatchedUsers::open(file)?)
        .cache(Duration::from_secs(60), 10_000)
        .failure_limits(FailureLimits::default())
        .start()?;
    let challenge = Header::from_bytes("WWW-Authenticate", htpasswd::auth::challenge("Hello")?)
        .map_err(|()| "the realm is not ASCII")?;
    let logins = Logins { authenticator, challenge };

    let server = Server::http(address)?;
    println!("{}", server.server_addr());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    let response = respond(&logins, &request);
                    // This call fails if the client has closed the connection.
                    let _ = request.respond(response);
                }
            });
        }
    });
    Ok(())
}
