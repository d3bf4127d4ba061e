//! What slow clients can hold of the example servers. Without this, some thousand clients that never finish a header
//! take all descriptors, and nobody needs a password for that.
//!
//! A client has [`HEADER_TIME`] for the header of a request. At most so many connections are open as [`serve`] is told.
//! One more closes another: one without a request before one whose login is being verified, and of these one of the
//! customer with the most connections. The requests of users who have logged in are never cut off.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::{AddExtension, Next, from_fn};
use axum::response::Response;
use axum::{Extension, Router};
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http_body::{Frame, SizeHint};
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower::Layer as _;
use tower_htpasswd::Authenticated;

/// A client on a bad line sends a header within this time, and a client that keeps a connection sends the next one.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// Of a program in which no panic can be caught.
pub(crate) const PANIC_WARNING: Option<&str> = if cfg!(panic = "abort") {
    Some("any panic ends this server; build it with --profile server to prevent that")
} else {
    None
};

/// The connections of one server. Cheap to clone.
#[derive(Clone)]
struct Connections {
    most: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    /// By the number of their coming.
    connections: BTreeMap<u64, State>,
    last: u64,
}

struct State {
    customer: Option<IpAddr>,
    /// How many requests have been read and not been answered.
    requests: usize,
    /// How many of them are of users who have logged in.
    logged_in: usize,
    /// When it was last without a request.
    idle_since: u64,
    is_closed: bool,
    reader: Option<Waker>,
}

/// One of them.
#[derive(Clone)]
struct Connection {
    number: u64,
    open: Arc<Mutex<Open>>,
}

/// Ends for both sides when its connection is closed.
struct Stream {
    stream: TcpStream,
    connection: Connection,
}

/// A request that is being answered.
struct Busy {
    connection: Connection,
    is_logged_in: bool,
}

/// As long as it is being sent, the request is being answered.
struct BusyBody {
    body: Body,
    _busy: Busy,
}

/// Serves `app` for users who have come through `login`. It opens at most `most` connections.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    app: Router,
    login: impl FnOnce(Router) -> Router,
    most: usize,
    tls: Option<RustlsConfig>,
) -> io::Result<()> {
    let app = login(app.layer(from_fn(logged_in))).layer(from_fn(requested));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?;
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    let server = server.acceptor(Connections { most, open: Arc::default() });
    match tls {
        Some(config) => server.map(|plain| RustlsAcceptor::new(config).acceptor(plain)).serve(app).await,
        None => server.serve(app).await,
    }
}

async fn requested(Extension(connection): Extension<Connection>, request: Request, next: Next) -> Response {
    let _busy = connection.busy(false);
    next.run(request).await
}

async fn logged_in(Extension(connection): Extension<Connection>, request: Request, next: Next) -> Response {
    // Nobody has logged in for a path that is exempt.
    if request.extensions().get::<Authenticated>().is_none() {
        return next.run(request).await;
    }
    let busy = connection.busy(true);
    next.run(request).await.map(|body| Body::new(BusyBody { body, _busy: busy }))
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of IPv6, one customer often has all addresses that begin with the same 48 bits.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
        address @ IpAddr::V4(_) => address,
    }
}

impl Open {
    /// Closes one that can be closed, if there are too many with one more.
    fn make_room(&mut self, most: usize) -> bool {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for state in self.connections.values().filter(|state| !state.is_closed) {
            *counts.entry(state.customer).or_insert(0) += 1;
        }
        if counts.values().sum::<usize>() < most {
            return true;
        }
        let can_be_closed = |state: &&mut State| !state.is_closed && state.logged_in == 0;
        let rank = |state: &&mut State| {
            let count = counts.get(&state.customer).copied();
            (state.requests == 0, count, u64::MAX - state.idle_since)
        };
        let Some(state) = self.connections.values_mut().filter(can_be_closed).max_by_key(rank) else {
            return false;
        };
        state.is_closed = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
        true
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Stream;
    type Service = AddExtension<S, Connection>;
    type Future = Ready<io::Result<(Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let customer = stream.peer_addr().ok().map(|address| customer(address.ip()));
        let mut open = lock(&self.open);
        if !open.make_room(self.most) {
            return ready(Err(io::ErrorKind::ConnectionRefused.into()));
        }
        open.last += 1;
        let (number, idle_since) = (open.last, open.last);
        let state = State { customer, requests: 0, logged_in: 0, idle_since, is_closed: false, reader: None };
        open.connections.insert(number, state);
        drop(open);
        // A stream that cannot be told to hurry is a stream all the same.
        let _ = stream.set_nodelay(true);
        let connection = Connection { number, open: Arc::clone(&self.open) };
        let service = Extension(connection.clone()).layer(service);
        ready(Ok((Stream { stream, connection }, service)))
    }
}

impl Connection {
    fn busy(self, is_logged_in: bool) -> Busy {
        if let Some(state) = lock(&self.open).connections.get_mut(&self.number) {
            state.requests += 1;
            state.logged_in += usize::from(is_logged_in);
        }
        Busy { connection: self, is_logged_in }
    }

    /// An error if it has been closed.
    fn check(&self, reader: Option<&Waker>) -> io::Result<()> {
        let mut open = lock(&self.open);
        match open.connections.get_mut(&self.number) {
            Some(state) if !state.is_closed => {
                if reader.is_some() {
                    state.reader = reader.cloned();
                }
                Ok(())
            }
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut open = lock(&self.connection.open);
        open.last += 1;
        let now = open.last;
        if let Some(state) = open.connections.get_mut(&self.connection.number) {
            state.requests -= 1;
            state.logged_in -= usize::from(self.is_logged_in);
            state.idle_since = now;
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        lock(&self.connection.open).connections.remove(&self.connection.number);
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.check(Some(context.waker()))?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.check(None)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.check(None)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl HttpBody for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
