//! Further servers, which are neither common nor written in Go.

use super::common;
use super::defaults::{PASSLIB, RULES, SERVER};
use crate::hash::Scheme::{
    Apr1, Argon2d, Argon2i, Argon2id, Bcrypt, DesCrypt, Plain, Sha1, Sha256Crypt, Sha512Crypt,
};
use crate::servers::Impact::{FileRejected, UserRejected};
use crate::servers::{BcryptRules, Duplicates, FileRules, NameRule, Server};

// This entry was measured with Radicale 3.9.0 and bcrypt 5.0.0, for htpasswd_encryption = autodetect. The start fails on
// a bad line; a running server ignores such a line (Kozea/Radicale, radicale/auth/htpasswd.py, f02ff33). A hash that
// starts with $2$ has 59 characters, and Radicale uses a bcrypt hash of another length than 60 as plain text.
pub(super) const RADICALE: Server = Server {
    name: "radicale",
    reads: &[Argon2id, Argon2i, Argon2d, Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Plain],
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: false },
    reads_long_salts_only: true,
    argon2_needs: "3.5.3 or later",
    file: Some(FileRules {
        duplicates: Duplicates::Refused,
        no_user: FileRejected,
        empty_hash: FileRejected,
        not_utf8: FileRejected,
        decodes_lines: true,
        names: NameRule::Folder,
        strips_other_hashes: true,
        returns_end_lines: true,
        no_colon: FileRejected,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        more_fields: UserRejected,
        nul: UserRejected,
        ..RULES
    }),
    note: "autodetect; argon2: 3.5.3 or later; does not start with a file that it rejects",
    ..SERVER
};

// This entry was measured with wsgidav 4.4.0, which uses HtpasswdFile of passlib 1.7.4 (mar10/wsgidav,
// wsgidav/dc/htpasswd_dc.py, 177cbb5).
pub(super) const WSGIDAV: Server = Server {
    name: "wsgidav",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Sha1, DesCrypt, Plain],
    also_reads: &["$2$"],
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

// This entry was measured with Debian's h2o 2.2.5, except apr1, which was read in h2o/h2o, share/h2o/mruby/htpasswd.rb,
// 185fa4a. Debian's build computes wrong MD5 digests, so it verifies no hash of apr1. A hash that h2o cannot read is
// answered with status 500.
pub(super) const H2O: Server = Server {
    name: "h2o",
    reads: &[Apr1, Sha1],
    file: Some(FileRules {
        duplicates: Duplicates::Any,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        repeated_return: UserRejected,
        more_fields: UserRejected,
        nul: UserRejected,
        ..RULES
    }),
    note: "mruby/htpasswd.rb; 500 for an unreadable hash; no apr1 with Debian 12",
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
