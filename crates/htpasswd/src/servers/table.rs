//! The table of servers, with the source of each fact.
//!
//! "Measured" means: the running server got a file with each kind of unusual text, and users tried to log in. "Read"
//! means: the fact comes from the source of the server, with the repository, the file and the commit. Servers come from
//! Debian 12 unless a version is named; crypt(3) of Debian 12 is libxcrypt 4.4.33.

mod common;
pub(super) mod defaults;
mod go;
mod kubernetes;
mod other;
mod windows;

use super::Server;

impl Server {
    /// All known servers.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::servers::Server;
    ///
    /// let servers = Server::ALL.iter().filter(|server| !server.can_read(Scheme::Bcrypt));
    /// let names: Vec<_> = servers.map(|server| server.name).collect();
    /// assert_eq!(names, ["envoy", "envoy-gateway", "h2o", "nginx-windows"]);
    /// ```
    pub const ALL: &'static [Self] = &SERVERS;
}

const SERVERS: [Server; 30] = [
    common::REGISTRY,
    common::HTTPD,
    common::NGINX,
    common::HAPROXY,
    common::SQUID,
    common::LIGHTTPD,
    common::TRAEFIK,
    common::CADDY,
    common::PROMETHEUS,
    common::ENVOY,
    common::PYPISERVER,
    common::VERDACCIO,
    kubernetes::INGRESS_NGINX,
    kubernetes::NGINX_INGRESS,
    kubernetes::HAPROXY_INGRESS,
    kubernetes::HAPROXYTECH,
    kubernetes::ENVOY_GATEWAY,
    kubernetes::OPENSHIFT,
    go::OAUTH2_PROXY,
    go::ZOT,
    go::REST_SERVER,
    go::RCLONE,
    go::BAZEL_REMOTE,
    other::RADICALE,
    other::WSGIDAV,
    other::OPENBSD_HTTPD,
    other::H2O,
    other::WEBRICK,
    windows::HTTPD_WINDOWS,
    windows::NGINX_WINDOWS,
];
