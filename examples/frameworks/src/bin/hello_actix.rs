//! An actix-web server that greets the users of a password file.
//!
//! ```sh
//! cargo run --release --manifest-path examples/frameworks/Cargo.toml --bin hello_actix -- htpasswd.user 127.0.0.1:3000
//! ```
//!
//! A middleware verifies the credentials of each request, so no handler runs without a login. The program prints the
//! address that it listens on.

use std::env;
use std::error::Error;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ReqData};
use actix_web::{App, HttpMessage, HttpResponse, HttpServer};
use htpasswd::auth::{FailureLimits, WatchedUsers};
use htpasswd::{Authenticator, Credentials, Verdict};

#[derive(Clone)]
struct User(String);

struct Logins {
    authenticator: Authenticator,
    challenge: String,
}

/// Passes a request on if its credentials are right, and adds the user to its extensions.
async fn require_login(
    logins: Data<Logins>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let verdict = match Credentials::from_headers(request.headers().get_all(AUTHORIZATION)) {
        Ok(credentials) => {
            let peer = request.peer_addr().map(|address| address.ip());
            let verdict = logins.authenticator.authenticate(&credentials, peer).await;
            if verdict.is_accepted() {
                request.extensions_mut().insert(User(credentials.user().to_owned()));
                return Ok(next.call(request).await?.map_into_left_body());
            }
            verdict
        }
        Err(_) => Verdict::Rejected,
    };
    let status = StatusCode::from_u16(verdict.status()).map_err(ErrorInternalServerError)?;
    let mut response = HttpResponse::build(status);
    if verdict == Verdict::Rejected {
        response.insert_header((WWW_AUTHENTICATE, logins.challenge.as_str()));
    }
    if let Some(seconds) = verdict.retry_after() {
        response.insert_header((RETRY_AFTER, seconds));
    }
    Ok(request.into_response(response.finish()).map_into_right_body())
}

async fn hello(user: ReqData<User>) -> String {
    format!("Hello, {}!", user.0)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hello_actix FILE ADDRESS:PORT".into());
    };
    let authenticator = Authenticator::builder(WatchedUsers::open(file)?)
        .cache(Duration::from_secs(60), 10_000)
        .failure_limits(FailureLimits::default())
        .start()?;
    let logins = Data::new(Logins { authenticator, challenge: htpasswd::auth::challenge("Hello")? });
    let app = move || {
        App::new().app_data(logins.clone()).wrap(from_fn(require_login)).route("/", web::get().to(hello))
    };

    let server = HttpServer::new(app).bind(address)?;
    for address in server.addrs() {
        println!("{address}");
    }
    server.run().await?;
    Ok(())
}
