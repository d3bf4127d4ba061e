//! Test support: the tower layer over a service that returns the user name and the body it received, without a server.
//!
//! [`Guarded`] sends requests through the layer, and [`gated`] holds the only hashing thread, so that no test depends
//! on the speed of the machine.

#![allow(dead_code, reason = "each test binary uses a part of this module")]

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use htpasswd::Authenticator;
use htpasswd::auth::{AuthenticatorBuilder, Event, WatchedUsers};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::{Layer as _, Service};
use tower_htpasswd::{Authenticated, BasicAuth, BasicAuthLayer, EmptyBody, ResponseBody, ResponseFuture};

/// The time limit of an operation. An operation that takes longer counts as hung.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A hash of the password `secret`.
pub(crate) const SECRET: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
/// A hash of the password `secret`.
pub(crate) const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
/// A hash of the empty password.
pub(crate) const EMPTY: &str = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";

pub(crate) type Answer<X = EmptyBody> = Result<Response<ResponseBody<String, X>>, Infallible>;

/// The service inside the layer. A clone of it is not ready, as with services that reserve capacity for a request.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) seen: Arc<Seen>,
    is_ready: bool,
}

/// Counters that the service shares with all its clones.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) calls: AtomicUsize,
    /// The number of received `Authorization` values that are not marked as sensitive.
    pub(crate) insensitive: AtomicUsize,
}

impl Clone for Inner {
    fn clone(&self) -> Self {
        Self { seen: Arc::clone(&self.seen), is_ready: false }
    }
}

impl Service<Request<String>> for Inner {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        self.seen.calls.fetch_add(1, Ordering::Relaxed);
        let values = request.headers().get_all(AUTHORIZATION).iter();
        self.seen
            .insensitive
            .fetch_add(values.filter(|value| !value.is_sensitive()).count(), Ordering::Relaxed);
        let user = request.extensions().get::<Authenticated>().map_or("no user", Authenticated::user);
        ready(Ok(Response::new(format!("{user}, {}", request.body()))))
    }
}

/// A layer over the users of a password file, and the counters of its service.
pub(crate) struct Guarded<X = EmptyBody> {
    directory: TempDir,
    pub(crate) layer: BasicAuthLayer<X>,
    pub(crate) seen: Arc<Seen>,
}

impl Guarded {
    pub(crate) fn new(users: &str, set: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let (directory, authenticator) = authenticator(users, set);
        let layer = BasicAuthLayer::new(authenticator, "Registry").unwrap();
        Self { directory, layer, seen: Arc::default() }
    }
}

impl<X> Guarded<X> {
    pub(crate) fn with<Y>(self, set: impl FnOnce(BasicAuthLayer<X>) -> BasicAuthLayer<Y>) -> Guarded<Y> {
        Guarded { directory: self.directory, layer: set(self.layer), seen: self.seen }
    }

    pub(crate) fn service(&self) -> BasicAuth<Inner, X> {
        self.layer.layer(Inner { seen: Arc::clone(&self.seen), is_ready: false })
    }

    /// Returns the future of the response before its first poll.
    pub(crate) fn begin(&self, request: Request<String>) -> Pin<Box<ResponseFuture<Inner, String, X>>> {
        let mut service = self.service();
        assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
        Box::pin(service.call(request))
    }

    pub(crate) fn answer(&self, request: Request<String>) -> Response<String>
    where
        ResponseBody<String, X>: Body<Data = Bytes, Error = Infallible>,
    {
        wait(self.begin(request))
    }

    pub(crate) fn calls(&self) -> usize {
        self.seen.calls.load(Ordering::Relaxed)
    }
}

pub(crate) fn authenticator(
    users: &str,
    set: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
) -> (TempDir, Authenticator) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("passwd");
    std::fs::write(&path, users).unwrap();
    let authenticator = set(Authenticator::builder(WatchedUsers::open(path).unwrap())).start().unwrap();
    (directory, authenticator)
}

/// Returns a request for `/v2/` with these values of `Authorization`.
pub(crate) fn request<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Request<String> {
    let mut request = Request::new("hello".to_owned());
    *request.uri_mut() = "/v2/".parse().unwrap();
    for value in values {
        request.headers_mut().append(AUTHORIZATION, HeaderValue::from_bytes(value.as_ref()).unwrap());
    }
    request
}

pub(crate) fn basic(credentials: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// Returns a request of a user with the password `secret`.
pub(crate) fn login(user: &str) -> Request<String> {
    request([basic(format!("{user}:secret"))])
}

/// Returns the request with this address as its peer.
pub(crate) fn from(address: [u8; 4], mut request: Request<String>) -> Request<String> {
    request.extensions_mut().insert(IpAddr::from(address));
    request
}

/// Polls a future once with a waker that does nothing.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future without a runtime.
#[track_caller]
pub(crate) fn wait_for<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let (waker, start) = (Waker::from(Arc::new(Unpark(thread::current()))), Instant::now());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        assert!(start.elapsed() < LIMIT, "the future did not wake its waiter");
        thread::park_timeout(LIMIT);
    }
}

/// Waits for a response that cannot be an error, and for its body.
#[track_caller]
pub(crate) fn wait<X>(answer: impl Future<Output = Answer<X>>) -> Response<String>
where
    ResponseBody<String, X>: Body<Data = Bytes, Error = Infallible>,
{
    let Ok(response) = wait_for(answer);
    let (parts, body) = response.into_parts();
    let Ok(body) = wait_for(body.collect());
    Response::from_parts(parts, String::from_utf8(body.to_bytes().into()).unwrap())
}

#[track_caller]
pub(crate) fn until(description: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "never true: {description}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Holds the thread that has verified the user `blocker` until the gate is opened or dropped.
pub(crate) struct Gate {
    arrived: Receiver<()>,
    open: Sender<()>,
}

/// The events that the hook received. Each event is a character for the verdict, such as `+` for an accepted login,
/// and the user name.
pub(crate) type EventLog = Arc<Mutex<Vec<String>>>;

/// Returns settings for one hashing thread, the gate that holds it, and the log of its events.
pub(crate) fn gated(
    set: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
) -> (impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder, Gate, EventLog) {
    let (arriving, arrived) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    let (channels, log) = (Mutex::new((arriving, opened)), EventLog::default());
    let recorded = Arc::clone(&log);
    let hook = move |event: &Event<'_>| {
        let line = match event {
            Event::Accepted { user, .. } => format!("+{user}"),
            Event::Rejected { user, .. } => format!("-{user}"),
            Event::Limited { user, .. } => format!("~{user}"),
            Event::Overloaded { user, .. } => format!("!{user}"),
            _ => return,
        };
        let is_blocker = line == "+blocker";
        recorded.lock().unwrap().push(line);
        if is_blocker {
            let channels = channels.lock().unwrap();
            // A dropped gate is open, so errors of its channels are ignored.
            let _ = channels.0.send(());
            let _ = channels.1.recv();
        }
    };
    (move |builder| set(builder.threads(1)).on_event(hook), Gate { arrived, open }, log)
}

/// Waits until the hook has received exactly these events, because clients are answered before the hook is called.
#[track_caller]
pub(crate) fn wait_for_log(log: &EventLog, lines: &[&str]) {
    until(&format!("{lines:?}"), || *log.lock().unwrap() == lines);
}

impl Gate {
    /// Waits until the thread is held at the gate.
    pub(crate) fn wait(&self) {
        self.arrived.recv_timeout(LIMIT).unwrap();
    }

    pub(crate) fn open(&self) {
        self.open.send(()).unwrap();
    }
}
