//! Servers written in Go.
//!
//! Some of them read the file as CSV with the separator `:` (encoding/csv, with `TrimLeadingSpace` and the comment `#`).
//! Such a reader rejects the file if a record has a quotation mark or another number of fields than the first record.

use super::defaults::{GO_HTTP_AUTH, RULES, SERVER};
use crate::hash::Scheme::{Apr1, Bcrypt, Md5Crypt, Sha1, Sha256Crypt, Sha512Crypt};
use crate::servers::Impact::{self, FileRejected, RestIgnored, UserRejected};
use crate::servers::{BcryptRules, Duplicates, FileRules, NameRule, Server, Trim};

/// The rules of encoding/csv.
const CSV: FileRules = FileRules {
    duplicates: Duplicates::Last,
    blank_line: FileRejected,
    indented_comment: FileRejected,
    quotation_mark: FileRejected,
    no_colon: FileRejected,
    trims: Trim::Line,
    space_before_hash: Impact::None,
    trailing_space: UserRejected,
    more_fields: FileRejected,
    equal_fields: true,
    // A NUL, and all carriage returns except the last one, belong to the hash. Only the bcrypt of Go ignores them.
    repeated_return: UserRejected,
    nul: UserRejected,
    ..RULES
};

const WITHOUT_2X: BcryptRules = BcryptRules { prefixes: &["$2y$", "$2b$", "$2a$"], ignores_tail: true };

// This entry was read in oauth2-proxy/oauth2-proxy, pkg/authentication/basic/htpasswd.go, 015fe20.
pub(super) const OAUTH2_PROXY: Server = Server {
    name: "oauth2-proxy",
    reads: &[Bcrypt, Sha1],
    bcrypt: GO_HTTP_AUTH,
    file: Some(FileRules { no_users: FileRejected, equal_fields: false, ..CSV }),
    note: "rejects the file if it cannot read the hash of the last record",
    ..SERVER
};

// This entry was read in project-zot/zot, pkg/api/htpasswd.go, 1279d23. Go's bufio.Scanner limits the length of lines,
// and zot ignores its error.
pub(super) const ZOT: Server = Server {
    name: "zot",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt],
    bcrypt: WITHOUT_2X,
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        more_fields: UserRejected,
        nul: UserRejected,
        longest_line: Some(65_535),
        long_line: RestIgnored,
        ..RULES
    }),
    note: "knows no comments",
    ..SERVER
};

// This entry was read in restic/rest-server, htpasswd.go, 0bdc420.
pub(super) const REST_SERVER: Server = Server {
    name: "rest-server",
    aliases: &["restic"],
    reads: &[Bcrypt, Sha1],
    bcrypt: WITHOUT_2X,
    file: Some(FileRules { names: NameRule::Word, ..CSV }),
    note: "restic's server; after a change that it rejects, the old users stay",
    ..SERVER
};

// This entry was measured with Debian's rclone 1.60.1, which uses abbot/go-http-auth (users.go, 116e5e9, and basic.go,
// 00bcd81).
pub(super) const RCLONE: Server = Server {
    name: "rclone",
    reads: &[Bcrypt, Apr1, Md5Crypt, Sha1],
    bcrypt: GO_HTTP_AUTH,
    file: Some(CSV),
    note: "go-http-auth; panics on a file that it cannot read",
    ..SERVER
};

// bazel-remote uses the same library as rclone.
pub(super) const BAZEL_REMOTE: Server = Server { name: "bazel-remote", ..RCLONE };
