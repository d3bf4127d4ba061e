//! `BasicAuthLayer` in a real axum server over TCP, with clients that send valid and invalid requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use crate::layer::{BCRYPT, LIMIT, SECRET, basic, gated, until, wait_for_log};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::routing::{any, get};
use axum::{Extension, Router};
use htpasswd::Authenticator;
use htpasswd::auth::{AuthenticatorBuilder, FailureLimits};
use tempfile::TempDir;
use tower_htpasswd::{Authenticated, BasicAuthLayer};

/// A server whose path `/v2/` needs a login and whose path `/healthz` is exempt.
struct Server {
    _directory: TempDir,
    _runtime: tokio::runtime::Runtime,
    authenticator: Authenticator,
    address: SocketAddr,
}

struct Connection(BufReader<TcpStream>);

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<String>,
    body: String,
}

impl Server {
    fn start(set: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        Self::with(set, |app| app)
    }

    fn with(
        set: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
        around: impl FnOnce(Router) -> Router,
    ) -> Self {
        let users = format!("blocker:{SECRET}\nalice:{BCRYPT}\njürgen:{SECRET}\n");
        let (directory, authenticator) = crate::layer::authenticator(&users, set);
        let layer = BasicAuthLayer::new(authenticator.clone(), "Registry").unwrap().exempt("/healthz");
        let layer = layer.peer(|request| {
            request.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
        });
        let hello = |Extension(client): Extension<Authenticated>| async move { client.user().to_owned() };
        let app = Router::new().route("/v2/", any(hello)).route("/healthz", get(|| async { "well" }));
        let app = around(app.layer(layer)).into_make_service_with_connect_info::<SocketAddr>();

        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(axum::serve(listener, app).into_future());
        Self { _directory: directory, _runtime: runtime, authenticator, address }
    }

    fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Connection(BufReader::new(stream))
    }

    /// Sends `GET /v2/` with these bytes as header lines and returns the response.
    fn get(&self, lines: impl AsRef<[u8]>) -> Answer {
        let mut connection = self.connect();
        connection.send("GET", "/v2/", lines);
        connection.answer()
    }
}

impl Connection {
    fn send(&mut self, method: &str, path: &str, lines: impl AsRef<[u8]>) {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        let request = [head.as_bytes(), lines.as_ref(), b"\r\n\r\n".as_slice()].concat();
        // The server may close the connection before it has read the whole request.
        let _ = self.0.get_mut().write_all(&request);
    }

    #[track_caller]
    fn answer(&mut self) -> Answer {
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => headers.push(line.to_ascii_lowercase()),
            }
        }
        let status = headers[0].split(' ').nth(1).unwrap().parse().unwrap();
        let length = headers.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        Answer { status, headers, body: String::from_utf8(body).unwrap() }
    }
}

fn authorization(credentials: &str) -> String {
    format!("Authorization: {}", basic(credentials))
}

fn default_settings(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    builder
}

#[track_caller]
fn assert_challenged(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (401, ""), "{answer:?}");
    let challenges: Vec<_> =
        answer.headers.iter().filter(|line| line.starts_with("www-authenticate:")).collect();
    assert_eq!(challenges, ["www-authenticate: basic realm=\"registry\", charset=\"utf-8\""]);
}

#[test]
fn header_forms_are_accepted_or_challenged_over_tcp() {
    let server = Server::start(default_settings);
    let right = authorization("alice:secret");
    let value = basic("alice:secret");
    for lines in [
        right.clone(),
        right.to_ascii_lowercase().replace(&value.to_ascii_lowercase(), &value),
        format!("AUTHORIZATION: {}", value.replace("Basic", "BASIC")),
        // White space around a header value is not part of the value.
        format!("Authorization:{value}"),
        format!("Authorization: \t {value} \t "),
    ] {
        let answer = server.get(&lines);
        assert_eq!((answer.status, answer.body.as_str()), (200, "alice"), "{lines}");
    }
    assert_eq!(server.get(authorization("jürgen:secret")).body, "jürgen");
    let rejected: [&[u8]; 13] = [
        b"X-Nothing: x",
        b"Authorization:",
        b"Authorization: Basic",
        b"Authorization: Basic ",
        b"Authorization: Basic\tYWxpY2U6c2VjcmV0",
        b"Authorization: BasicYWxpY2U6c2VjcmV0",
        b"Authorization: Basic YWxpY2U6c2VjcmV",
        b"Authorization: Basic YWxp Y2U6c2VjcmV0",
        b"Authorization: Basic \xff\xfe\xfd",
        b"Authorization: \xc3\xbc",
        b"Authorization: Basic YWxpY2U6c2VjcmV0\r\nAuthorization: Basic YWxpY2U6c2VjcmV0",
        b"Authorization: Basic YWxpY2U6c2VjcmV0\r\nauthorization: Bearer x",
        b"Proxy-Authorization: Basic YWxpY2U6c2VjcmV0",
    ];
    for lines in rejected {
        let answer = server.get(lines);
        assert_eq!(answer.status, 401, "{}", lines.escape_ascii());
        assert_challenged(&answer);
    }
    assert_challenged(&server.get(authorization("alice:wrong")));
}

#[test]
fn invalid_http_is_rejected_before_the_layer() {
    let server = Server::start(default_settings);
    let values: [&[u8]; 4] = [b"\0", b"Basic \x01", b"Basic x\r\n YWxpY2U6c2VjcmV0", b"Basic\x7f"];
    for value in values {
        let answer = server.get([b"Authorization: ", value].concat());
        assert_eq!(answer.status, 400, "{}", value.escape_ascii());
    }
    let answer = server.get(authorization(&format!("alice:{}", "x".repeat(1 << 20))));
    assert_eq!(answer.status, 431);
    // The longest header that the server accepts reaches the layer and is challenged.
    assert_challenged(&server.get(authorization(&format!("alice:{}", "x".repeat(200_000)))));
    assert_eq!(server.get(authorization("alice:secret")).status, 200);
}

#[test]
fn a_connection_stays_open_after_challenges() {
    let server = Server::start(default_settings);
    let mut connection = server.connect();
    for _ in 0..3 {
        connection.send("GET", "/v2/", "X-Nothing: x");
        assert_challenged(&connection.answer());
        connection.send("GET", "/v2/", authorization("alice:secret"));
        assert_eq!(connection.answer().body, "alice");
        connection.send("GET", "/healthz?x", "X-Nothing: x");
        assert_eq!(connection.answer().body, "well");
        connection.send("GET", "/healthz/", "X-Nothing: x");
        assert_challenged(&connection.answer());
    }
    // A request whose body is never read is challenged, too.
    let mut other = server.connect();
    other.send("POST", "/v2/", "Content-Length: 100000");
    assert_challenged(&other.answer());
    // The client pipelines three requests without waiting for the responses.
    for lines in [authorization("alice:secret"), "X-Nothing: x".to_owned(), authorization("jürgen:secret")] {
        connection.send("GET", "/v2/", lines);
    }
    assert_eq!([(); 3].map(|()| connection.answer().status), [200, 401, 200]);
}

#[test]
fn a_peer_that_guesses_gets_429() {
    let limits = FailureLimits::default().user_and_peer(3, Duration::from_secs(60));
    let server = Server::start(|builder| builder.failure_limits(limits));
    for guess in 0..3 {
        assert_challenged(&server.get(authorization(&format!("alice:{guess}"))));
    }
    let answer = server.get(authorization("alice:secret"));
    assert_eq!((answer.status, answer.body.as_str()), (429, ""));
    let wait = answer.headers.iter().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=20).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    assert_eq!(server.get(authorization("jürgen:secret")).status, 200);
}

/// A value that sends a message when it is dropped.
struct Guard(Sender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_client_that_disconnects_while_waiting_is_not_verified() {
    let (set, gate, log) = gated(default_settings);
    let (dropped, is_dropped) = mpsc::channel();
    let watch = move |request: Request, next: Next| {
        let guard = Guard(dropped.clone());
        async move {
            let answer = next.run(request).await;
            drop(guard);
            answer
        }
    };
    let server = Server::with(set, |app| app.layer(middleware::from_fn(watch)));
    let mut first = server.connect();
    first.send("GET", "/v2/", authorization("blocker:secret"));
    gate.wait();
    is_dropped.recv_timeout(LIMIT).unwrap();
    let mut abandoned = server.connect();
    abandoned.send("GET", "/v2/", authorization("alice:wrong"));
    until("the request waits", || server.authenticator.queue_len() == 1);
    drop(abandoned);
    is_dropped.recv_timeout(LIMIT).unwrap();
    until("the queue is empty", || server.authenticator.queue_len() == 0);
    // The server still answers other clients.
    let mut exempt = server.connect();
    exempt.send("GET", "/healthz", "X-Nothing: x");
    assert_eq!(exempt.answer().body, "well");
    let mut last = server.connect();
    last.send("GET", "/v2/", authorization("alice:secret"));
    until("the request waits", || server.authenticator.queue_len() == 1);
    gate.open();
    assert_eq!((first.answer().body, last.answer().body), ("blocker".to_owned(), "alice".to_owned()));
    wait_for_log(&log, &["+blocker", "+alice"]);
}

#[test]
fn a_full_queue_is_answered_with_503() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(1));
    let server = Server::start(set);
    let [mut first, mut second] = [server.connect(), server.connect()];
    first.send("GET", "/v2/", authorization("blocker:secret"));
    gate.wait();
    second.send("GET", "/v2/", authorization("alice:secret"));
    until("the request waits", || server.authenticator.queue_len() == 1);
    let answer = server.get(authorization("jürgen:secret"));
    assert_eq!((answer.status, answer.body.as_str()), (503, ""));
    assert!(answer.headers.contains(&"retry-after: 1".to_owned()), "{answer:?}");
    gate.open();
    assert_eq!((first.answer().status, second.answer().status), (200, 200));
}
