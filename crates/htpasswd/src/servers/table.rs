//! The table of servers, with the source of each fact.
//!
//! "Measured" means: the running server got a file with each kind of unusual text, and users tried to log in. "Read"
//! means: the fact comes from the source of the server, with the repository, the file and the commit. Servers come from
//! Debian 12 unless a version is named; crypt(3) of Debian 12 is libxcrypt 4.4.33.

mod common;
mod go;
mod kubernetes;
mod other;

use super::Impact::{self, UserRejected};
use super::{BcryptRules, Duplicates, EmptyField, FileRules, NameRule, Server, Trim};

/// The prefixes of [`LIBXCRYPT`](super::LIBXCRYPT), and the prefix that nginx handles itself.
const LIBXCRYPT_AND_PLAIN: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5", "{PLAIN}"];

const THROUGH_CRYPT: &str = "through crypt(3): no bcrypt with musl or an old glibc";

/// The bcrypt hashes that crypt(3) of libxcrypt reads.
const CRYPT: BcryptRules = BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: false };

/// The bcrypt hashes that golang.org/x/crypto/bcrypt reads.
const GO: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$", "$2$"], ignores_tail: true };

/// The bcrypt hashes that programs pass to golang.org/x/crypto/bcrypt after a look at the prefix, such as those built
/// on abbot/go-http-auth (basic.go, 00bcd81).
const GO_HTTP_AUTH: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: true };

/// The bcrypt hashes that passlib 1.7.4 reads.
const PASSLIB: BcryptRules = BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2$"], ignores_tail: false };

/// A server with the most common answers. An entry lists only the fields in which the server differs.
pub(super) const SERVER: Server = Server {
    name: "",
    aliases: &[],
    reads: &[],
    also_reads: &[],
    bcrypt: CRYPT,
    reads_hex_md5: false,
    reads_default_rounds_only: false,
    unreadable: UserRejected,
    file: None,
    workers: &[],
    is_common: false,
    note: "",
};

/// The most common rules: the first record counts, and most unusual text has no effect. An entry lists only the rules
/// in which the server differs.
const RULES: FileRules = FileRules {
    duplicates: Duplicates::First,
    no_users: Impact::None,
    no_user: Impact::None,
    empty_hash: UserRejected,
    empty_field: EmptyField::IsHash,
    empty_line: Impact::None,
    blank_line: Impact::None,
    comment: Impact::None,
    indented_comment: Impact::None,
    not_utf8: Impact::None,
    decodes_lines: false,
    quotation_mark: Impact::None,
    names: NameRule::Any,
    no_colon: Impact::None,
    leading_space: Impact::None,
    trims: Trim::Nothing,
    trailing_space: Impact::None,
    space_before_hash: UserRejected,
    byte_order_mark: UserRejected,
    carriage_return: Impact::None,
    more_fields: Impact::None,
    equal_fields: false,
    nul: Impact::None,
    backslash: Impact::None,
    longest_line: None,
    long_line: Impact::None,
    splits_lines: None,
};

impl Server {
    /// All known servers.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::servers::Server;
    ///
    /// let servers = Server::ALL.iter().filter(|server| !server.can_read(Scheme::Bcrypt));
    /// let names: Vec<_> = servers.map(|server| server.name).collect();
    /// assert_eq!(names, ["envoy", "envoy-gateway", "h2o"]);
    /// ```
    pub const ALL: &'static [Self] = &SERVERS;
}

const SERVERS: [Server; 28] = [
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
];
