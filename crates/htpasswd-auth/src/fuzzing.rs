//! The parts of the service that the fuzz targets in `fuzz/` call.
//!
//! Each item passes its input to the code that the program runs, and returns plain data. This module must not contain a
//! rule of the service, because a target could then pass while the program fails.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::address::{AddressSource, Peer};
use crate::config::{self, Config, ConfigError, Listen, Source};
use crate::login::Service;
use crate::metrics::Metrics;
use crate::networks::Networks;
use crate::server;
use crate::sites::Sites;

/// The path of the configuration file in messages.
pub const PATH: &str = "auth.toml";

/// The facts of an accepted configuration that a target checks.
#[derive(Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The TCP addresses for logins.
    pub addresses: Vec<SocketAddr>,
    /// The paths of Unix sockets for logins.
    pub sockets: Vec<PathBuf>,
    /// The mode of Unix sockets.
    pub socket_mode: u32,
    /// The number of TLS files.
    pub tls_files: usize,
    /// The largest number of connections.
    pub connections: usize,
    /// How long a right login is remembered.
    pub cache: Duration,
    /// How long a login may wait.
    pub queue_timeout: Duration,
    /// The limits of wrong passwords per minute.
    pub failures: [u32; 2],
    /// The sites.
    pub sites: Vec<AcceptedSite>,
    trusted: Networks,
}

/// The facts of a site that a target checks.
#[derive(Debug)]
#[non_exhaustive]
pub struct AcceptedSite {
    /// The name in `/auth/NAME`.
    pub name: String,
    /// The password file.
    pub file: PathBuf,
    /// The value of `WWW-Authenticate`.
    pub challenge: String,
    /// The header with the address of the client, in lower case.
    pub address_header: String,
    /// True if members of groups are allowed.
    pub has_groups: bool,
    /// True if the site has a file of groups.
    pub has_group_file: bool,
}

/// Checks the content of a configuration file. An error has at least one sentence.
///
/// # Errors
/// The sentences of all errors.
pub fn check_config(content: &[u8]) -> Result<Accepted, Vec<String>> {
    let config =
        read(content).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let listen = &config.listen;
    let sites = match &config.sites {
        config::Sites::Single(_) => Vec::new(),
        config::Sites::Named(sites) => sites.iter().map(|(name, site)| facts(name, site)).collect(),
    };
    let addresses = listen.logins.iter().filter_map(|listen| match listen {
        Listen::Tcp(address) => Some(*address),
        Listen::Unix(_) => None,
    });
    let sockets = listen.logins.iter().filter_map(|listen| match listen {
        Listen::Tcp(_) => None,
        Listen::Unix(path) => Some(path.clone()),
    });
    Ok(Accepted {
        addresses: addresses.collect(),
        sockets: sockets.collect(),
        socket_mode: listen.socket.mode,
        tls_files: listen.tls.as_ref().map_or(0, |tls| [&tls.certificate, &tls.key, &tls.client_ca].len()),
        connections: listen.connections,
        cache: config.logins.cache,
        queue_timeout: config.logins.queue_timeout,
        failures: [config.logins.failures_per_user, config.logins.failures_per_address],
        sites,
        trusted: config.trusted,
    })
}

impl Accepted {
    /// Returns true if a proxy with this address is trusted.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.contains(address)
    }
}

fn facts(name: &str, site: &config::Site) -> AcceptedSite {
    AcceptedSite {
        name: name.to_owned(),
        file: site.file.path.clone(),
        challenge: site.challenge.clone(),
        address_header: site.address.name().as_str().to_owned(),
        has_groups: site.groups.is_some(),
        has_group_file: site.group_file.is_some(),
    }
}

fn read(content: &[u8]) -> Result<Config, Vec<ConfigError>> {
    let (source, raw) = Source::parse(Path::new(PATH), content.to_vec()).map_err(|error| vec![error])?;
    Config::build(&source, &raw)
}

/// Returns true if a peer with this address is trusted. `None` if one of the networks is invalid.
#[must_use]
pub fn is_trusted(trusted: &[String], peer: IpAddr) -> Option<bool> {
    let trusted = Networks::parse(trusted).ok()?;
    Some(Peer::Tcp(peer).is_trusted(&trusted))
}

/// Reads the address of the client from a header with this name. `None` if the request is refused.
#[must_use]
pub fn client(name: &HeaderName, headers: &HeaderMap, trusted: &[String]) -> Option<IpAddr> {
    let trusted = Networks::parse(trusted).ok()?;
    AddressSource::new(name.clone()).client(headers, &trusted).ok()
}

/// A service without sockets.
pub struct Server {
    service: Service,
    stop: watch::Receiver<bool>,
    /// The service stops when this sender is dropped.
    _stop_all: watch::Sender<bool>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(..)")
    }
}

impl Server {
    /// Opens the files of a configuration.
    ///
    /// # Errors
    /// The sentences of all errors.
    pub fn open(content: &[u8]) -> Result<Self, Vec<String>> {
        let opened =
            read(content).and_then(|config| Sites::open(&config, None, &Arc::new(Metrics::default())));
        let sites = opened.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let (stop_all, stop) = watch::channel(false);
        let service = Service::new(sites, Arc::new(Metrics::default()));
        Ok(Self { service, stop, _stop_all: stop_all })
    }

    /// Serves the requests of one connection. `None` is a peer on a Unix socket.
    pub async fn serve<I: AsyncRead + AsyncWrite + Unpin + Send>(&self, stream: I, peer: Option<IpAddr>) {
        let peer = peer.map_or(Peer::Unix, Peer::Tcp);
        let is_trusted = peer.is_trusted(&self.service.sites().trusted);
        server::serve(stream, peer, is_trusted, self.stop.clone(), &self.service).await;
    }

    /// The number of requests that are being answered.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.service.metrics.in_flight()
    }
}
