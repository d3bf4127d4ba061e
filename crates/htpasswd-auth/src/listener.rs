//! The sockets on which the service listens: TCP, Unix, or sockets that systemd has opened.
//!
//! A socket is bound before the service reports that it is ready. A Unix socket is never open to more users than its
//! mode allows, not even for a moment.

mod activation;

use std::io;
use std::net::TcpListener;

pub(crate) use self::activation::Activated;
use crate::address::Peer;
use crate::config::{ConfigError, Listen, Socket};
use crate::os::{self, AsyncUnixListener, UnixListener, UnixStream};

/// A socket of the standard library, from before the runtime starts.
#[derive(Debug)]
pub(crate) enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A socket of the runtime.
pub(crate) enum Listener {
    Tcp(tokio::net::TcpListener),
    Unix(AsyncUnixListener),
}

/// A connection that was just accepted.
pub(crate) enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(UnixStream),
}

/// Opens a socket. `key` is the option that names the address.
pub(crate) fn bind(key: &str, listen: &Listen, socket: &Socket) -> Result<Bound, ConfigError> {
    let problem = |address: String, error: io::Error| ConfigError {
        place: format!("--{key}"),
        problem: format!("cannot listen on {address}: {error}; choose another address"),
    };
    match listen {
        Listen::Tcp(address) => {
            TcpListener::bind(address).map(Bound::Tcp).map_err(|error| problem(address.to_string(), error))
        }
        Listen::Unix(path) => os::bind(path, socket.group.as_deref(), socket.mode)
            .map(Bound::Unix)
            .map_err(|error| problem(path.display().to_string(), error)),
    }
}

impl Bound {
    /// The address, for the log.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|_| "tcp".to_owned(), |a| a.to_string()),
            Self::Unix(listener) => os::path_of(listener)
                .map_or_else(|| "unix".to_owned(), |path| format!("unix:{}", path.display())),
        }
    }

    /// Returns true if other machines can reach the socket.
    pub(crate) fn is_reachable(&self) -> bool {
        match self {
            Self::Tcp(listener) => {
                !listener.local_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback())
            }
            Self::Unix(_) => false,
        }
    }

    /// Moves the socket to the runtime.
    pub(crate) fn listener(self) -> io::Result<Listener> {
        match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                tokio::net::TcpListener::from_std(listener).map(Listener::Tcp)
            }
            Self::Unix(listener) => os::to_runtime(listener).map(Listener::Unix),
        }
    }
}

impl Listener {
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // TCP_NODELAY only makes answers faster, so the service continues without it.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Tcp(address.ip())))
            }
            Self::Unix(listener) => {
                listener.accept().await.map(|(stream, _)| (Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}
