//! The most common answers, with which each entry of the table starts.

use crate::servers::Impact::{self, UserRejected};
use crate::servers::{BcryptRules, Duplicates, EmptyField, FileRules, NameRule, Server, Trim};

/// The prefixes of [`LIBXCRYPT`](crate::servers::LIBXCRYPT), and the prefix that nginx handles itself.
pub(super) const LIBXCRYPT_AND_PLAIN: &[&str] =
    &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5", "{PLAIN}"];

pub(super) const THROUGH_CRYPT: &str = "through crypt(3): no bcrypt with musl or an old glibc";

/// The bcrypt hashes that crypt(3) of libxcrypt reads.
pub(super) const CRYPT: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: false };

/// The bcrypt hashes that golang.org/x/crypto/bcrypt reads. It reads the prefix $2$ too, which this library does not
/// know.
pub(super) const GO: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: true };

/// The bcrypt hashes that programs pass to golang.org/x/crypto/bcrypt after a look at the prefix, such as those built
/// on abbot/go-http-auth (basic.go, 00bcd81).
pub(super) const GO_HTTP_AUTH: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$", "$2x$"], ignores_tail: true };

/// The bcrypt hashes that passlib 1.7.4 reads.
pub(super) const PASSLIB: BcryptRules =
    BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$"], ignores_tail: false };

/// A server with the most common answers. An entry lists only the fields in which the server differs.
pub(in crate::servers) const SERVER: Server = Server {
    name: "",
    aliases: &[],
    reads: &[],
    also_reads: &[],
    bcrypt: CRYPT,
    reads_hex_md5: false,
    reads_long_salts_only: false,
    argon2_needs: "",
    unreadable: UserRejected,
    file: None,
    reads_user_keys: false,
    workers: &[],
    is_common: false,
    note: "",
};

/// The most common rules: the first record counts, and most unusual text has no effect. An entry lists only the rules
/// in which the server differs.
pub(super) const RULES: FileRules = FileRules {
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
    strips_other_hashes: false,
    returns_end_lines: false,
    repeated_return: Impact::None,
    more_fields: Impact::None,
    equal_fields: false,
    nul: Impact::None,
    backslash: Impact::None,
    longest_line: None,
    long_line: Impact::None,
    splits_lines: None,
};
