//! The facts. Debian 12 where nothing else is said: its crypt(3) is libxcrypt 4.4.33.
//!
//! "Measured": files with each oddity were given to the running server, and users tried to log in. "Read": in
//! the source of the server, because it was not run here.

use super::Effect::{Fine, Joined, Refused, Stops, UserLost};
use super::{Duplicates, FileRules, Server, Trim};
use crate::hash::Scheme::{
    Apr1, Bcrypt, DesCrypt, Md5Crypt, Plain, SaltedSha1, Sha1, Sha256Crypt, Sha512Crypt,
};

/// What crypt(5) there lists beyond the schemes that servers share: yescrypt, scrypt and older ones. bigcrypt, which
/// begins with nothing of its own, is read too.
pub(super) const LIBXCRYPT: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5"];
/// The same, and what nginx knows by itself.
const LIBXCRYPT_AND_PLAIN: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5", "{PLAIN}"];

const THROUGH_CRYPT: &str = "through crypt(3): no bcrypt with musl or an old glibc";

/// An orderly reader: the first record counts, and nothing odd does harm. The rules say where a server differs.
const RULES: FileRules = FileRules {
    duplicates: Duplicates::First,
    no_colon: Fine,
    leading_space: Fine,
    trims: Trim::Nothing,
    trailing_space: Fine,
    space_before_hash: UserLost,
    byte_order_mark: UserLost,
    carriage_return: Fine,
    more_fields: Fine,
    nul: Fine,
    backslash: Fine,
    longest_line: None,
    long_line: Fine,
};

pub(super) const SERVERS: [Server; 12] = [
    // Measured with Debian's docker-registry 2.8.2, schemes with distribution 3.1.1 too. Its lines are limited by
    // Go's bufio.Scanner; parseHTPasswd in registry/auth/htpasswd/htpasswd.go passes each through strings.TrimSpace. That
    // was measured with U+0085, U+00A0, U+1680, U+2003, U+2028, U+202F, U+205F and U+3000, and that U+200B stays.
    Server {
        name: "registry",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserLost,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            no_colon: Refused,
            trims: Trim::Line,
            longest_line: Some(65_535),
            long_line: Refused,
            ..RULES
        }),
        note: "distribution, Docker's registry",
    },
    // Measured with Apache httpd 2.4.71, mod_authn_file.
    Server {
        name: "httpd",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserLost,
        file: Some(FileRules { backslash: Joined, longest_line: Some(8_190), long_line: Stops, ..RULES }),
        note: "Apache",
    },
    // Measured with nginx 1.22.1, auth_basic_user_file.
    Server {
        name: "nginx",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, SaltedSha1, Sha1, DesCrypt],
        also_reads: LIBXCRYPT_AND_PLAIN,
        unreadable: UserLost,
        file: Some(FileRules { leading_space: UserLost, trailing_space: UserLost, ..RULES }),
        note: THROUGH_CRYPT,
    },
    // Schemes measured with HAProxy 2.6; $1$ and more follow from its asking crypt(3), and were not tried.
    Server {
        name: "haproxy",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Md5Crypt, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserLost,
        file: None,
        note: "hashes stand in a userlist; through crypt(3)",
    },
    // Schemes measured with basic_ncsa_auth, $1$ and the rules of files read in basic_ncsa_auth.cc of 2022.
    Server {
        name: "squid",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserLost,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            leading_space: UserLost,
            trailing_space: UserLost,
            nul: UserLost,
            ..RULES
        }),
        note: "basic_ncsa_auth; DES for passwords of up to 8 characters only",
    },
    // Measured with lighttpd 1.4.69, mod_authn_file.
    Server {
        name: "lighttpd",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: LIBXCRYPT,
        unreadable: UserLost,
        file: Some(FileRules {
            leading_space: UserLost,
            trailing_space: UserLost,
            more_fields: UserLost,
            nul: Stops,
            ..RULES
        }),
        note: THROUGH_CRYPT,
    },
    // Schemes measured, $1$ with the library that Traefik uses (go-http-auth); the rules of files read in
    // pkg/middlewares/auth of Traefik 3: getLinesFromFile in auth.go passes each line through strings.TrimSpace.
    Server {
        name: "traefik",
        reads: &[Bcrypt, Apr1, Md5Crypt, Sha1],
        also_reads: &[],
        unreadable: UserLost,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            no_colon: Refused,
            trims: Trim::Line,
            more_fields: Refused,
            nul: UserLost,
            ..RULES
        }),
        note: "usersFile of the basicAuth middleware",
    },
    // Schemes measured.
    Server {
        name: "caddy",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserLost,
        file: None,
        note: "hashes stand in the Caddyfile",
    },
    // Schemes measured.
    Server {
        name: "prometheus",
        reads: &[Bcrypt],
        also_reads: &[],
        unreadable: UserLost,
        file: None,
        note: "hashes stand in the web configuration",
    },
    // Scheme measured; the rules of files read in basic_auth/config.cc of Envoy.
    Server {
        name: "envoy",
        reads: &[Sha1],
        also_reads: &[],
        unreadable: Refused,
        file: Some(FileRules {
            duplicates: Duplicates::Refused,
            no_colon: Refused,
            leading_space: UserLost,
            trailing_space: Refused,
            space_before_hash: Refused,
            carriage_return: Refused,
            more_fields: Refused,
            nul: Refused,
            ..RULES
        }),
        note: "nothing but SHA-1 without a salt",
    },
    // Measured with passlib 1.7.4, HtpasswdFile in its default context, which pypiserver uses.
    Server {
        name: "pypiserver",
        reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Sha1, DesCrypt, Plain],
        also_reads: &[],
        unreadable: UserLost,
        file: Some(FileRules {
            no_colon: Refused,
            leading_space: UserLost,
            more_fields: Refused,
            nul: UserLost,
            ..RULES
        }),
        note: "passlib",
    },
    // Measured with verdaccio-htpasswd 13.0.3, blanks at the end of a name too; parseHTPasswd in src/utils.ts trims each
    // field with String.prototype.trim.
    Server {
        name: "verdaccio",
        reads: &[Bcrypt, Apr1, Md5Crypt, Sha1, DesCrypt],
        also_reads: &["{PLAIN}"],
        unreadable: UserLost,
        file: Some(FileRules {
            duplicates: Duplicates::Last,
            trims: Trim::Name,
            space_before_hash: Fine,
            byte_order_mark: Fine,
            nul: UserLost,
            ..RULES
        }),
        note: "writes a third field itself",
    },
];
