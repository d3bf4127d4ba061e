//! Limits the connections of the example registry, so that slow clients cannot exhaust them. Without a limit, about a
//! thousand clients that never finish a header use up all descriptors of the process, and need no password for that.
//!
//! [`serve`] gives a client [`HEADER_TIME`] for the header of a request, and opens at most `max_connections`
//! connections. If one more client connects, the server closes an idle connection. If no connection is idle, the
//! server closes a connection whose login is being verified. If there are several such connections, the server chooses
//! one of the network with the most connections. The server never closes a connection with a request of a user who has
//! logged in.

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

/// The maximum time until the header of a request is complete. A client with a slow connection needs some seconds, and
/// a client that keeps its connection open may wait as long before its next request.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// The warning of a server whose build profile ends the process at a panic.
pub(crate) const PANIC_WARNING: Option<&str> = if cfg!(panic = "abort") {
    Some("any panic ends this server; build it with --profile server to prevent that")
} else {
    None
};

/// The connections of one server. All clones share them.
#[derive(Clone)]
struct Connections {
    maximum: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    /// The open connections by their number. Connections are numbered in the order in which clients made them.
    connections: BTreeMap<u64, State>,
    /// The logical time. Each new connection and each finished request increases it by 1.
    clock: u64,
}

struct State {
    /// The network of the client, see [`network`].
    network: Option<IpAddr>,
    /// The number of requests that the server has read and not yet answered.
    requests: usize,
    /// The number of unanswered requests of users who have logged in.
    logged_in: usize,
    /// The logical time when the connection was made or its last request was finished.
    idle_since: u64,
    is_closed: bool,
    reader: Option<Waker>,
}

/// A handle to one of the connections.
#[derive(Clone)]
struct Connection {
    number: u64,
    open: Arc<Mutex<Open>>,
}

/// The bytes of one connection. Reading and writing fail after the server has closed the connection.
struct Stream {
    stream: TcpStream,
    connection: Connection,
}

/// Counts an unanswered request of a connection until it is dropped.
struct Busy {
    connection: Connection,
    is_logged_in: bool,
}

/// The body of an answer. The request counts as unanswered until the body is sent.
struct BusyBody {
    body: Body,
    _busy: Busy,
}

/// Serves `app` to the users that the layer `login` lets through, over at most `max_connections` connections.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    app: Router,
    login: impl FnOnce(Router) -> Router,
    max_connections: usize,
    tls: Option<RustlsConfig>,
) -> io::Result<()> {
    let app = login(app.layer(from_fn(count_logged_in))).layer(from_fn(count_request));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    listener.set_nonblocking(true)?;
    let mut server = axum_server::from_tcp(listener)?;
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    let server = server.acceptor(Connections { maximum: max_connections, open: Arc::default() });
    match tls {
        Some(config) => server.map(|plain| RustlsAcceptor::new(config).acceptor(plain)).serve(app).await,
        None => server.serve(app).await,
    }
}

async fn count_request(
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let _busy = connection.busy(false);
    next.run(request).await
}

async fn count_logged_in(
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    // The layer lets a request for an exempt path through without a login.
    if request.extensions().get::<Authenticated>().is_none() {
        return next.run(request).await;
    }
    let busy = connection.busy(true);
    next.run(request).await.map(|body| Body::new(BusyBody { body, _busy: busy }))
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network of a client, which is the unit of fairness. A client with IPv6 often has all addresses that begin with
/// the same 48 bits; a client with IPv4 has one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
        address @ IpAddr::V4(_) => address,
    }
}

impl Open {
    /// Returns true if one more connection may be opened. If `maximum` connections are open, closes one of them
    /// to make room.
    fn make_room(&mut self, maximum: usize) -> bool {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for state in self.connections.values().filter(|state| !state.is_closed) {
            *counts.entry(state.network).or_insert(0) += 1;
        }
        if counts.values().sum::<usize>() < maximum {
            return true;
        }
        let can_be_closed = |state: &&mut State| !state.is_closed && state.logged_in == 0;
        let rank = |state: &&mut State| {
            let count = counts.get(&state.network).copied();
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
        let network = stream.peer_addr().ok().map(|address| network(address.ip()));
        let mut open = lock(&self.open);
        if !open.make_room(self.maximum) {
            return ready(Err(io::ErrorKind::ConnectionRefused.into()));
        }
        open.clock += 1;
        let (number, idle_since) = (open.clock, open.clock);
        let state = State { network, requests: 0, logged_in: 0, idle_since, is_closed: false, reader: None };
        open.connections.insert(number, state);
        drop(open);
        // TCP_NODELAY only makes answers faster, so the server continues without it.
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

    /// Fails if the server has closed the connection. Stores the waker, which [`Open::make_room`] wakes when it
    /// closes the connection.
    fn check_open(&self, reader: Option<&Waker>) -> io::Result<()> {
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
        open.clock += 1;
        let now = open.clock;
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
        self.connection.check_open(Some(context.waker()))?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.check_open(None)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.check_open(None)?;
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
