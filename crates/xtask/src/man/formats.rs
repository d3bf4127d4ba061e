//! The hashes in htpasswd-formats(7): an example of each scheme, and the servers that read the scheme.

use std::fmt::Write;

use htpasswd::hash::Scheme;
use htpasswd::servers::Server;

use super::roff::{bold, quoted, wrapped};

/// A scheme with its option and a hash of the password `abc123`. A test parses each hash.
struct Example {
    scheme: Scheme,
    /// The option that creates a hash of this scheme; empty if htpasswd only verifies the scheme.
    option: &'static str,
    hash: &'static str,
}

const fn example(scheme: Scheme, option: &'static str, hash: &'static str) -> Example {
    Example { scheme, option, hash }
}

const EXAMPLES: [Example; 10] = [
    example(Scheme::Bcrypt, "-B", "$2y$10$PqrvaLGO6v7x1uTdBqVKluWdUvSIBCMxX16cr1NH77gUBdAdLGXA2"),
    example(
        Scheme::Sha512Crypt,
        "-5",
        "$6$1/Mj3R/DnLNuBwqd$sOUne4Hxow4F0HHos8lN6i2rnpuKioI7ENo0WqhpABtLXTNONTEko2qe6doqgvUhjLrhctelbEncxPFTSk08m1",
    ),
    example(Scheme::Sha256Crypt, "-2", "$5$Jg05E.wWFLB4os/P$uCP/JiCU1l6HbX7pDIrIBX1QjWeBoZfmlPCEt/nTia4"),
    example(
        Scheme::Argon2id,
        "--argon2",
        "$argon2id$v=19$m=19456,t=2,p=1$mw56wMabqVupmX+C6TFFaQ$WaamsIOajuK/O0Jmewoy+r/oA1dBZgyvFxZ3nPAw2Yc",
    ),
    example(Scheme::Apr1, "-m", "$apr1$7DMqEtt5$MUKKbSzA4zOEXiupx0zTp."),
    example(Scheme::Md5Crypt, "", "$1$saltsalt$aROsz3RygkV/xSrWNW6NU."),
    example(Scheme::Sha1, "-s", "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4="),
    example(Scheme::SaltedSha1, "", "{SSHA}Ezlvux3eu3nbltGewS93b8BoMDZzYWx0c2FsdA=="),
    example(Scheme::DesCrypt, "-d", ".E6IWpO7NjZos"),
    example(Scheme::Plain, "-p", "abc123"),
];

/// An entry for each scheme, in the language of man(7).
pub(super) fn section() -> String {
    let mut text = String::new();
    for Example { scheme, option, hash } in &EXAMPLES {
        let _ = writeln!(text, ".TP\n{}", bold(&scheme.to_string()));
        if option.is_empty() {
            text.push_str("htpasswd verifies it and does not create it.\n");
        } else {
            let _ = writeln!(text, "htpasswd creates it with {}.", bold(option));
        }
        if let Some(limit) = scheme.password_limit() {
            let _ = writeln!(text, "It uses {limit} bytes of a password.");
        }
        text.push_str(&wrapped(&readers(*scheme)));
        // A hash is one word, so the line is not filled.
        let _ = writeln!(text, ".IP\n.EX\n{}\n.EE", quoted(hash));
    }
    text
}

/// The sentence about the servers that read a scheme, with the shorter of the two lists.
fn readers(scheme: Scheme) -> String {
    let (reads, other): (Vec<_>, Vec<_>) = Server::ALL.iter().partition(|server| server.can_read(scheme));
    // roff must not hyphenate a name after \%.
    let names = |servers: &[&Server]| {
        servers.iter().map(|server| format!("\\%{}", server.name)).collect::<Vec<_>>().join(", ")
    };
    let count = Server::ALL.len();
    if reads.len() > other.len() {
        format!("{} of {count} known servers read it; these do not: {}.", reads.len(), names(&other))
    } else {
        format!("{} of {count} known servers read it: {}.", reads.len(), names(&reads))
    }
}

#[cfg(test)]
mod tests {
    use htpasswd::PasswordHash;

    use super::*;

    #[test]
    fn the_examples_are_hashes_of_their_schemes() {
        for Example { scheme, hash, .. } in EXAMPLES.iter().filter(|example| example.scheme != Scheme::Plain)
        {
            match PasswordHash::parse(hash.as_bytes()) {
                Ok(parsed) => assert_eq!(parsed.scheme(), *scheme),
                // Without its feature argon2, the library only names the scheme.
                Err(_) => assert!(hash.starts_with(&format!("${scheme}$")), "{hash}"),
            }
        }
    }

    #[test]
    fn every_scheme_of_a_server_has_an_example() {
        let is_shown = |scheme: &Scheme| EXAMPLES.iter().any(|example| example.scheme == *scheme);
        for scheme in Server::ALL.iter().flat_map(|server| server.reads) {
            // htpasswd creates only this variant of argon2.
            assert!(is_shown(scheme) || matches!(scheme, Scheme::Argon2i | Scheme::Argon2d), "{scheme}");
        }
    }

    #[test]
    fn the_shorter_list_of_servers_is_printed() {
        assert!(
            readers(Scheme::Bcrypt)
                .ends_with("these do not: \\%envoy, \\%envoy-gateway, \\%h2o, \\%nginx-windows.")
        );
        assert!(readers(Scheme::SaltedSha1).contains("read it: \\%nginx"));
    }
}
