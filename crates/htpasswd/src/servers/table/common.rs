//! The most common servers, which a check without a server considers.

use super::defaults::{GO, GO_HTTP_AUTH, LIBXCRYPT_AND_PLAIN, PASSLIB, RULES, SERVER, THROUGH_CRYPT};
use crate::hash::Scheme::{
    Apr1, Argon2id, Bcrypt, DesCrypt, Md5Crypt, Plain, SaltedSha1, Sha1, Sha256Crypt, Sha512Crypt,
};
use crate::servers::Impact::{self, FileRejected, LineMerged, RestIgnored, UserRejected};
use crate::servers::{BcryptRules, Duplicates, EmptyField, FileRules, LIBXCRYPT, NameRule, Server, Trim};

// This entry was measured with Debian's docker-registry 2.8.2, and so was the text after a bcrypt hash; the schemes were measured with distribution 3.1.1
// too. Go's bufio.Scanner limits the length of lines. parseHTPasswd in registry/auth/htpasswd/htpasswd.go passes
// each line through strings.TrimSpace. Measurements show that it removes U+0085, U+00A0, U+1680, U+2003, U+2028,
// U+202F, U+205F and U+3000, and keeps U+200B.
pub(super) const REGISTRY: Server = Server {
    name: "registry",
    aliases: &["docker", "distribution", "docker-registry", "harbor"],
    also_reads: &["$2$"],
    bcrypt: GO,
    reads: &[Bcrypt],
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        no_colon: FileRejected,
        trims: Trim::Line,
        longest_line: Some(65_535),
        long_line: FileRejected,
        ..RULES
    }),
    note: "Docker's registry",
    is_common: true,
    ..SERVER
};

// This entry was measured with Apache httpd 2.4.71, mod_authn_file. The note on Windows was measured with `-v` of
// Apache's htpasswd.exe, which uses the same function.
pub(super) const HTTPD: Server = Server {
    name: "httpd",
    aliases: &["apache", "apache2"],
    workers: &["apache", "www-data", "http"],
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
    also_reads: LIBXCRYPT,
    file: Some(FileRules {
        empty_field: EmptyField::Skipped,
        backslash: LineMerged,
        longest_line: Some(8_190),
        long_line: RestIgnored,
        ..RULES
    }),
    note: "Apache; on Windows, an unknown hash is plain text",
    is_common: true,
    ..SERVER
};

// This entry was measured with nginx 1.22.1, auth_basic_user_file. The note on Windows was read in ngx_user.c.
pub(super) const NGINX: Server = Server {
    name: "nginx",
    workers: &["nginx", "www-data", "http"],
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, SaltedSha1, Sha1, DesCrypt],
    also_reads: LIBXCRYPT_AND_PLAIN,
    file: Some(FileRules { leading_space: UserRejected, trailing_space: UserRejected, ..RULES }),
    note: "through crypt(3): no bcrypt with musl or an old glibc, nor on Windows",
    is_common: true,
    ..SERVER
};

// The schemes were measured with HAProxy 2.6, except $1$ and further schemes: HAProxy calls crypt(3), which reads
// hashes of these schemes.
pub(super) const HAPROXY: Server = Server {
    name: "haproxy",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Md5Crypt, DesCrypt],
    also_reads: LIBXCRYPT,
    note: "hashes are in a userlist; through crypt(3)",
    is_common: true,
    ..SERVER
};

// This entry was measured with basic_ncsa_auth of squid 5.7. It reads lines through fgets(3) with a buffer of 8,195
// bytes, and fields through strtok(3).
pub(super) const SQUID: Server = Server {
    name: "squid",
    reads_hex_md5: true,
    workers: &["squid", "proxy"],
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, DesCrypt],
    also_reads: LIBXCRYPT,
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        empty_hash: Impact::None,
        empty_field: EmptyField::Skipped,
        leading_space: UserRejected,
        splits_lines: Some(8_194),
        trims: Trim::CarriageReturn,
        trailing_space: UserRejected,
        ..RULES
    }),
    note: "basic_ncsa_auth; DES for passwords of up to 8 characters only",
    is_common: true,
    ..SERVER
};

// This entry was measured with lighttpd 1.4.69, mod_authn_file.
pub(super) const LIGHTTPD: Server = Server {
    name: "lighttpd",
    workers: &["lighttpd", "www-data", "http"],
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, Sha1, DesCrypt],
    also_reads: LIBXCRYPT,
    file: Some(FileRules {
        leading_space: UserRejected,
        trailing_space: UserRejected,
        repeated_return: UserRejected,
        more_fields: UserRejected,
        nul: RestIgnored,
        ..RULES
    }),
    note: THROUGH_CRYPT,
    is_common: true,
    ..SERVER
};

// The schemes were measured, $1$ with the library that Traefik uses (go-http-auth). The file rules were read in
// pkg/middlewares/auth of Traefik 3: getLinesFromFile in auth.go passes each line through strings.TrimSpace,
// and basic_auth.go rejects a file without users (traefik/traefik, fd5a576).
pub(super) const TRAEFIK: Server = Server {
    name: "traefik",
    bcrypt: GO_HTTP_AUTH,
    reads: &[Bcrypt, Apr1, Md5Crypt, Sha1],
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        no_users: FileRejected,
        no_colon: FileRejected,
        trims: Trim::Line,
        more_fields: FileRejected,
        nul: UserRejected,
        ..RULES
    }),
    note: "usersFile of the basicAuth middleware",
    is_common: true,
    ..SERVER
};

// bcrypt was measured. argon2id was read in caddyserver/caddy, 13a4ec759.
pub(super) const CADDY: Server = Server {
    name: "caddy",
    bcrypt: GO,
    reads: &[Argon2id, Bcrypt],
    argon2_needs: "2.11 or later, in a block basic_auth argon2id",
    note: "hashes are in the Caddyfile; from 2.11 on, basic_auth argon2id reads argon2id",
    is_common: true,
    ..SERVER
};

// The schemes were measured.
pub(super) const PROMETHEUS: Server = Server {
    name: "prometheus",
    bcrypt: GO,
    reads: &[Bcrypt],
    note: "hashes are in the web configuration",
    is_common: true,
    ..SERVER
};

// The scheme was measured. The file rules were read in envoyproxy/envoy, basic_auth/config.cc, 03683c6.
pub(super) const ENVOY: Server = Server {
    name: "envoy",
    reads: &[Sha1],
    unreadable: FileRejected,
    file: Some(FileRules {
        no_user: FileRejected,
        empty_hash: FileRejected,
        blank_line: FileRejected,
        indented_comment: FileRejected,
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
    is_common: true,
    ..SERVER
};

// This entry was measured with pypiserver 2.4.2, which uses HtpasswdFile of passlib 1.7.4 in its default context.
pub(super) const PYPISERVER: Server = Server {
    name: "pypiserver",
    aliases: &["passlib"],
    also_reads: &["$2$"],
    bcrypt: PASSLIB,
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Sha1, DesCrypt, Plain],
    file: Some(FileRules {
        not_utf8: UserRejected,
        names: NameRule::Field,
        no_colon: FileRejected,
        leading_space: UserRejected,
        more_fields: FileRejected,
        nul: UserRejected,
        ..RULES
    }),
    note: "passlib",
    is_common: true,
    ..SERVER
};

// This entry was measured with verdaccio-htpasswd 13.0.3, including white space at the end of a name. parseHTPasswd
// in src/utils.ts trims each field with String.prototype.trim.
pub(super) const VERDACCIO: Server = Server {
    name: "verdaccio",
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$"], ignores_tail: false },
    reads: &[Bcrypt, Apr1, Md5Crypt, Sha1, DesCrypt],
    also_reads: &["{PLAIN}"],
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        trims: Trim::Name,
        space_before_hash: Impact::None,
        byte_order_mark: Impact::None,
        nul: UserRejected,
        ..RULES
    }),
    note: "adds a third field to each record",
    is_common: true,
    ..SERVER
};
