//! Known differences between a server and `--check`, each with its reason.

/// A kind of finding that is imprecise for a line.
struct Exception {
    /// The name of the server; empty for all servers.
    server: &'static str,
    /// The starts of the problem.
    problems: &'static [&'static str],
    line: fn(&[u8]) -> bool,
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        server: "",
        problems: &["stray-carriage-return: ", "empty-hash: its user is accepted", "leading-space: "],
        line: |line| contains(line, b"\r"),
        reason: "a carriage return within a line hides text for some servers, and only a damaged file has it",
    },
    Exception {
        server: "",
        problems: &["hash-without-name: no user", "base64: no user"],
        line: |_| true,
        reason: "the user who was meant cannot log in, but has no name here",
    },
    Exception {
        server: "httpd",
        problems: &["backslash: no user is rejected"],
        line: |line| line.iter().all(|byte| b"\\\r".contains(byte)),
        reason: "httpd joins a line of backslashes to a record, and nothing is left of the backslashes",
    },
    Exception {
        server: "lighttpd",
        problems: &["trailing-space: its", "malformed-hash: its", "more-fields: its"],
        line: |line| contains(line, b"{SHA}"),
        reason: "lighttpd ignores text after the digest of {SHA}",
    },
    Exception {
        server: "rclone",
        problems: &["quotation-mark: the file is not rejected", "quoted: its user is accepted"],
        line: |line| contains(line, b"\":") || contains(line, b":\""),
        reason: "encoding/csv removes quotation marks around a whole field",
    },
    Exception {
        server: "h2o",
        problems: &["rejected, but no finding explains it"],
        line: |line| contains(line, b"$apr1$"),
        reason: "the h2o of Debian 12 computes wrong MD5 digests",
    },
    Exception {
        server: "registry",
        problems: &["unknown-hash: its user is accepted", "malformed-hash: its user is accepted"],
        line: |line| contains(line, b"04$abc"),
        reason: "the bcrypt of Go reads any character up to 2 as the version, which no program writes",
    },
];

/// The reason why a problem is accepted; `None` if it is not.
pub(super) fn find(server: &str, line: &[u8], problem: &str) -> Option<&'static str> {
    let mut matching = EXCEPTIONS.iter().filter(|exception| {
        let is_server = exception.server.is_empty() || exception.server == server;
        is_server
            && exception.problems.iter().any(|start| problem.starts_with(start))
            && (exception.line)(line)
    });
    matching.next().map(|exception| exception.reason)
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|window| window == part)
}
