//! Servers for Windows that read hashes in another way than the same servers for Linux, because Windows has no crypt(3).

use super::common;
use super::defaults::SERVER;
use crate::hash::Scheme::{Apr1, Bcrypt, Plain, SaltedSha1, Sha1};
use crate::servers::{BcryptRules, Server};

// The schemes were read in apache/apr, crypto/apr_passwd.c, 016f56a, and seen with `-v` of Apache's htpasswd.exe under
// wine, which uses the same function: it compares each hash of another scheme with the password. No test has run the
// server. The file rules are those of httpd for Linux.
pub(super) const HTTPD_WINDOWS: Server = Server {
    name: "httpd-windows",
    reads: &[Bcrypt, Apr1, Sha1, Plain],
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2a$"], ignores_tail: false },
    file: common::HTTPD.file,
    note: "Apache on Windows; any other hash is plain text",
    ..SERVER
};

// The schemes were read in nginx/nginx, src/os/win32/ngx_user.c, 4d656dc: nginx compares each hash of another scheme,
// even of bcrypt, with the password. No test has run the server. The file rules are those of nginx for Linux.
pub(super) const NGINX_WINDOWS: Server = Server {
    name: "nginx-windows",
    reads: &[Apr1, SaltedSha1, Sha1, Plain],
    also_reads: &["{PLAIN}"],
    file: common::NGINX.file,
    note: "nginx on Windows; any other hash is plain text, even bcrypt",
    ..SERVER
};
