//! A Rocket server that greets the users of a password file.
//!
//! ```sh
//! cargo run --release --manifest-path examples/frameworks/Cargo.toml --bin hello_rocket -- htpasswd.user 127.0.0.1:3000
//! ```
//!
//! Each route that needs a login takes a `User`. A request guard verifies the credentials. A guard cannot set headers,
//! so a fairing adds them to the responses. The program prints the address that it listens on.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use htpasswd::auth::{FailureLimits, WatchedUsers};
use htpasswd::{Authenticator, Credentials, Verdict};
use rocket::config::{Config, LogLevel};
use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{State, get, routes};

struct User(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Outcome::Success(authenticator) = request.guard::<&State<Authenticator>>().await else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        let Ok(credentials) = Credentials::from_headers(request.headers().get("Authorization")) else {
            return reject(request, Verdict::Rejected);
        };
        // `client_ip` would believe the header X-Real-IP, which a client can set to any address.
        let peer = request.remote().map(|address| address.ip());
        let verdict = authenticator.authenticate(&credentials, peer).await;
        match verdict.is_accepted() {
            true => Outcome::Success(User(credentials.user().to_owned())),
            false => reject(request, verdict),
        }
    }
}

/// Stores the verdict for the fairing.
fn reject(request: &Request<'_>, verdict: Verdict) -> Outcome<User, ()> {
    request.local_cache(|| Some(verdict));
    Outcome::Error((Status::new(verdict.status()), ()))
}

/// Adds the challenge or `Retry-After` to the responses to rejected requests.
fn headers_of_rejections(challenge: String) -> AdHoc {
    AdHoc::on_response("headers of rejections", move |request, response| {
        let verdict = *request.local_cache(|| None::<Verdict>);
        if let Some(verdict) = verdict.filter(|verdict| response.status().code == verdict.status()) {
            if verdict == Verdict::Rejected {
                response.set_raw_header("WWW-Authenticate", challenge.clone());
            }
            if let Some(seconds) = verdict.retry_after() {
                response.set_raw_header("Retry-After", seconds.to_string());
            }
        }
        Box::pin(async {})
    })
}

#[get("/")]
fn hello(user: User) -> String {
    format!("Hello, {}!", user.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hello_rocket FILE ADDRESS:PORT".into());
    };
    let address: SocketAddr = address.parse()?;
    let authenticator = Authenticator::builder(WatchedUsers::open(file)?)
        .cache(Duration::from_secs(60), 10_000)
        .failure_limits(FailureLimits::default())
        .start()?;

    let config =
        Config { address: address.ip(), port: address.port(), log_level: LogLevel::Off, ..Config::default() };
    let print_address = AdHoc::on_liftoff("print the address", |rocket| {
        println!("{}", SocketAddr::new(rocket.config().address, rocket.config().port));
        Box::pin(async {})
    });
    let rocket = rocket::custom(config)
        .manage(authenticator)
        .attach(headers_of_rejections(htpasswd::auth::challenge("Hello")?))
        .attach(print_address)
        .mount("/", routes![hello]);
    rocket::execute(rocket.launch())?;
    Ok(())
}
