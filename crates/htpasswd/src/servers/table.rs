//! The table of servers, with the source of each fact.
//!
//! "Measured" means: the running server got a file with each kind of unusual text, and users tried to log in. "Read"
//! means: the fact comes from the source of the server. Servers come from Debian 12 unless a version is named; crypt(3)
//! of Debian 12 is libxcrypt 4.4.33.

use super::Impact::{self, FileRejected, LineMerged, RestIgnored, UserRejected};
use super::{Duplicates, FileRules, LIBXCRYPT, Server, Trim};
use crate::hash::Scheme::{
    Apr1, Bcrypt, DesCrypt, Md5Crypt, Plain, SaltedSha1, Sha1, Sha256Crypt, Sha512Crypt,
};

/// The prefixes of [`LIBXCRYPT`], and the prefix that nginx handles itself.
const LIBXCRYPT_AND_PLAIN: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5", "{PLAIN}"];

const THROUGH_CRYPT: &str = "through crypt(3): no bcrypt with musl or an old glibc";

/// The most common rules: the first record counts, and most unusual text has no effect. An entry lists only the rules
/// in which the server differs.
const RULES: FileRules = FileRules {
    duplicates: Duplicates::First,
    no_colon: Impact::None,
    leading_space: Impact::None,
    trims: Trim::Nothing,
    trailing_space: Impact::None,
    space_before_hash: UserRejected,
    byte_order_mark: UserRejected,
    carriage_return: Impact::None,
    more_fields: Impact::None,
    nul: Impact::None,
    backslash: Impact::None,
    longest_line: None,
    long_line: Impact::None,
};

impl Server {
    /// All known servers.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::servers::Server;
    ///
    /// let mut servers = Server::ALL.iter();
    /// let only = servers.find(|server| !server.can_read(Scheme::Bcrypt)).map(|server| server.name);
    /// assert_eq!(only, Some("envoy"));
    /// ```
    pub const ALL: &'static [Self] = &SERVERS;
}

const SERVERS: [Server; 12] = [
    // This entry was measured with Debian's docker-registry 2.8.2; the schemes were measured with distribution 3.1.1
    // too. Go's bufio.Scanner limits the length of lines. parseHTPasswd in registry/auth/htpasswd/htpasswd.go passes
    // each line through strings.TrimSpace. Measurements show that it removes U+0085, U+00A0, U+1680, U+2003, U+2028,
    // U+202F, U+205F and U+3000, and keeps U+200B.
    Server {
        name: "registry",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserRejected,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            no_colon: FileRejected,
            trims: Trim::Line,
            longest_line: Some(65_535),
            long_line: FileRejected,
            ..RULES
        }),
        note: "distribution, Docker's registry",
    },
    // This entry was measured with Apache httpd 2.4.71, mod_authn_file.
    Server {
        name: "httpd",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserRejected,
        file: Some(FileRules {
            backslash: LineMerged,
            longest_line: Some(8_190),
            long_line: RestIgnored,
            ..RULES
        }),
        note: "Apache",
    },
    // This entry was measured with nginx 1.22.1, auth_basic_user_file.
    Server {
        name: "nginx",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, SaltedSha1, Sha1, DesCrypt],
        also_reads: LIBXCRYPT_AND_PLAIN,
        unreadable: UserRejected,
        file: Some(FileRules { leading_space: UserRejected, trailing_space: UserRejected, ..RULES }),
        note: THROUGH_CRYPT,
    },
    // The schemes were measured with HAProxy 2.6, except $1$ and further schemes: HAProxy calls crypt(3), which reads
    // hashes of these schemes.
    Server {
        name: "haproxy",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Md5Crypt, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserRejected,
        file: None,
        note: "hashes are in a userlist; through crypt(3)",
    },
    // The schemes were measured with basic_ncsa_auth. $1$ and the file rules were read in basic_ncsa_auth.cc of 2022.
    Server {
        name: "squid",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserRejected,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            leading_space: UserRejected,
            trailing_space: UserRejected,
            nul: UserRejected,
            ..RULES
        }),
        note: "basic_ncsa_auth; DES for passwords of up to 8 characters only",
    },
    // This entry was measured with lighttpd 1.4.69, mod_authn_file.
    Server {
        name: "lighttpd",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserRejected,
        file: Some(FileRules {
            leading_space: UserRejected,
            trailing_space: UserRejected,
            more_fields: UserRejected,
            nul: RestIgnored,
            ..RULES
        }),
        note: THROUGH_CRYPT,
    },
    // The schemes were measured, $1$ with the library that Traefik uses (go-http-auth). The file rules were read in
    // pkg/middlewares/auth of Traefik 3: getLinesFromFile in auth.go passes each line through strings.TrimSpace.
    Server {
        name: "traefik",
        reads: &[Bcrypt, Apr1, Md5Crypt, Sha1],
        also_reads: &[],
        unreadable: UserRejected,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            no_colon: FileRejected,
            trims: Trim::Line,
            more_fields: FileRejected,
            nul: UserRejected,
            ..RULES
        }),
        note: "usersFile of the basicAuth middleware",
    },
    // The schemes were measured.
    Server {
        name: "caddy",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserRejected,
        file: None,
        note: "hashes are in the Caddyfile",
    },
    // The schemes were measured.
    Server {
        name: "prometheus",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserRejected,
        file: None,
        note: "hashes are in the web configuration",
    },
    // The scheme was measured. The file rules were read in basic_auth/config.cc of Envoy.
    Server {
        name: "envoy",
        reads: &[Sha1],
        also_reads: &[],
        unreadable: FileRejected,
        file: Some(FileRules {
            duplicates: Duplicates::Refused,
            no_colon: FileRejected,
            leading_space: UserRejected,
            trailing_space: FileRejected,
            space_before_hash: FileRejected,
            carriage_return: FileRejected,
            more_fields: FileRejected,
            nul: FileRejected,
            ..RULES
        }),
        note: "reads only SHA-1 without a salt",
    },
    // This entry was measured with HtpasswdFile of passlib 1.7.4 in its default context, which pypiserver uses.
    Server {
        name: "pypiserver",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Sha1, DesCrypt, Plain],
        also_reads: &[],
        unreadable: UserRejected,
        file: Some(FileRules {
            no_colon: FileRejected,
            leading_space: UserRejected,
            more_fields: FileRejected,
            nul: UserRejected,
            ..RULES
        }),
        note: "passlib",
    },
    // This entry was measured with verdaccio-htpasswd 13.0.3, including white space at the end of a name. parseHTPasswd
    // in src/utils.ts trims each field with String.prototype.trim.
    Server {
        name: "verdaccio",
        reads: &[Bcrypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: &["{PLAIN}"],
        unreadable: UserRejected,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            trims: Trim::Name,
            space_before_hash: Impact::None,
            byte_order_mark: Impact::None,
            nul: UserRejected,
            ..RULES
        }),
        note: "adds a third field to each record",
    },
];
