//! Further servers, which are neither common nor written in Go.

use super::common;
use super::defaults::{PASSLIB, RULES, SERVER};
use crate::hash::Scheme::{
    Apr1, Argon2d, Argon2i, Argon2id, Bcrypt, DesCrypt, Plain, Sha1, Sha256Crypt, Sha512Crypt,
};
use crate::servers::Impact::{FileRejected, UserRejected};
use crate::servers::{BcryptRules, Duplicates, FileRules, Server};

// This entry was read in Kozea/Radicale, radicale/auth/htpasswd.py, f02ff33, for htpasswd_encryption = autodetect. The
// start fails on a bad line; a running server ignores such a line.
pub(super) const RADICALE: Server = Server {
    name: "radicale",
    reads: &[Argon2id, Argon2i, Argon2d, Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Plain],
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$", "$2$"], ignores_tail: false },
    reads_default_rounds_only: true,
    argon2_needs: "3.5.3 or later",
    file: Some(FileRules {
        duplicates: Duplicates::Refused,
        no_user: FileRejected,
        empty_hash: FileRejected,
        not_utf8: FileRejected,
        decodes_lines: true,
        no_colon: FileRejected,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        more_fields: UserRejected,
        ..RULES
    }),
    note: "autodetect; argon2: 3.5.3 or later; does not start with a file that it rejects",
    ..SERVER
};

// This entry was read in mar10/wsgidav, wsgidav/dc/htpasswd_dc.py, 177cbb5: it uses HtpasswdFile of passlib.
pub(super) const WSGIDAV: Server = Server {
    name: "wsgidav",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Sha1, DesCrypt, Plain],
    bcrypt: PASSLIB,
    file: common::PYPISERVER.file,
    note: "passlib",
    ..SERVER
};

// This entry was read in OpenBSD, lib/libc/crypt/bcrypt.c 1.58 and usr.sbin/httpd/server_http.c.
pub(super) const OPENBSD_HTTPD: Server = Server {
    name: "openbsd-httpd",
    reads: &[Bcrypt],
    bcrypt: BcryptRules { prefixes: &["$2b$", "$2a$"], ignores_tail: false },
    file: Some(FileRules {
        duplicates: Duplicates::Any,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        carriage_return: UserRejected,
        more_fields: UserRejected,
        ..RULES
    }),
    note: "the file must be readable in the chroot",
    ..SERVER
};

// This entry was read in h2o/h2o, share/h2o/mruby/htpasswd.rb, 185fa4a. A hash that h2o cannot read is answered with
// status 500.
pub(super) const H2O: Server = Server {
    name: "h2o",
    reads: &[Apr1, Sha1],
    file: Some(FileRules {
        duplicates: Duplicates::Any,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        more_fields: UserRejected,
        ..RULES
    }),
    note: "mruby/htpasswd.rb; answers 500 for a hash that it cannot read",
    ..SERVER
};

// This entry was read in ruby/webrick, lib/webrick/httpauth/htpasswd.rb. Older versions read DES crypt only.
pub(super) const WEBRICK: Server = Server {
    name: "webrick",
    reads: &[Bcrypt, DesCrypt],
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$"], ignores_tail: false },
    unreadable: FileRejected,
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        no_user: FileRejected,
        empty_hash: FileRejected,
        empty_line: FileRejected,
        blank_line: FileRejected,
        comment: FileRejected,
        indented_comment: FileRejected,
        no_colon: FileRejected,
        leading_space: UserRejected,
        trailing_space: FileRejected,
        space_before_hash: FileRejected,
        more_fields: FileRejected,
        nul: FileRejected,
        ..RULES
    }),
    note: "Ruby; old versions read DES crypt only",
    ..SERVER
};
