//! The configuration of the service, as plain data.
//!
//! `raw` reads the words of the command line or of a TOML file, `build` checks them and makes a [`Config`], and `place`
//! names the line and the key of each error. Nothing here opens a socket or a password file.

mod build;
mod error;
mod place;
mod raw;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use self::error::ConfigError;
pub(crate) use self::raw::{OneOrMany, Raw, RawSite, Source};
use crate::address::AddressSource;
use crate::log::{Format, Level};
use crate::networks::Networks;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) listen: Listeners,
    /// The proxies that may ask.
    pub(crate) trusted: Networks,
    pub(crate) log: Log,
    pub(crate) logins: Logins,
    pub(crate) sites: Sites,
}

/// The settings that need a restart to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listeners {
    pub(crate) logins: Vec<Listen>,
    pub(crate) metrics: Option<Listen>,
    pub(crate) socket: Socket,
    pub(crate) tls: Option<TlsFiles>,
    /// The largest number of connections of trusted proxies.
    pub(crate) connections: usize,
    /// How long requests may take to finish after a signal to stop.
    pub(crate) stop_timeout: Duration,
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// The permissions of Unix sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) mode: u32,
    pub(crate) group: Option<String>,
}

/// The PEM files for TLS with client certificates. TLS without client certificates would let every machine guess passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) format: Format,
    pub(crate) level: Level,
}

/// How logins are verified. The settings apply to each password file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Logins {
    /// How long a right login is remembered; zero turns the cache off.
    pub(crate) cache: Duration,
    pub(crate) queue_timeout: Duration,
    /// The number of hashing threads; 0 means one per core.
    pub(crate) threads: usize,
    /// Wrong passwords per minute from one address for one user.
    pub(crate) failures_per_user: u32,
    /// Wrong passwords per minute from one address for all users.
    pub(crate) failures_per_address: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sites {
    /// One site that answers every path.
    Single(Site),
    /// Sites by the name in `/auth/NAME`.
    Named(BTreeMap<String, Site>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) file: Located,
    /// The value of `WWW-Authenticate`.
    pub(crate) challenge: String,
    pub(crate) proxy: Proxy,
    pub(crate) address: AddressSource,
    /// The users who are allowed; `None` if `users` is not set.
    pub(crate) users: Option<Vec<String>>,
    /// The groups whose members are allowed; `None` if `groups` is not set.
    pub(crate) groups: Option<Vec<String>>,
    /// The file of groups in the format of Apache's `AuthGroupFile`.
    pub(crate) group_file: Option<Located>,
}

/// A path with its place in the configuration, for messages of the code that opens the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) path: PathBuf,
    pub(crate) place: String,
}

/// The kind of proxy that asks for a site. It decides which answers reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// nginx passes only 401 and 403 on.
    Nginx,
    /// Envoy drops every 5xx answer with its headers.
    Envoy,
    /// Caddy, Traefik and `HAProxy` pass all answers on.
    Standard,
}
