//! How each known server reads password files and hashes, in one table.
//!
//! The table serves two tasks: to choose a scheme and cost for a server, and to check a file for a server. Each entry
//! says whether the behaviour was measured with the running server or read in its source. This module only holds facts
//! and must never read a file.

mod rules;
mod set;
mod table;

use std::fmt;

pub use self::rules::{BcryptRules, Duplicates, EmptyField, FileRules, Impact, NameRule, Trim};
pub use self::set::{ServerSet, UnknownServer};
use crate::hash::{Cost, Params, Rounds, Scheme};

/// A server that reads hashes, and how the server reads them.
///
/// ```
/// use htpasswd::hash::Scheme;
/// use htpasswd::servers::Server;
/// use htpasswd::Params;
///
/// let registry = Server::named("registry").ok_or("no such server")?;
/// assert_eq!(registry.reads, [Scheme::Bcrypt]);
/// assert!(!registry.can_read(Scheme::Apr1));
/// assert!(matches!(registry.best(), Params::Bcrypt(cost) if cost.get() == 10));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each of these fields is one fact about the server")]
pub struct Server {
    /// The server's name on a command line, in lower-case letters.
    pub name: &'static str,
    /// Other names of the server: products that contain it, and names of packages.
    pub aliases: &'static [&'static str],
    /// The schemes that the server reads, the strongest first.
    pub reads: &'static [Scheme],
    /// The prefixes of further hashes that the server reads. This library does not know their schemes, or knows them
    /// only with the feature `libxcrypt`.
    pub also_reads: &'static [&'static str],
    /// The bcrypt hashes that the server reads.
    pub bcrypt: BcryptRules,
    /// True if the server reads an MD5 digest without salt, written as 32 hexadecimal digits.
    pub reads_hex_md5: bool,
    /// True if the server reads only the longest salts: 8 characters in apr1, 16 in SHA-crypt. Old versions of such a
    /// server read only the default rounds of SHA-crypt.
    pub reads_long_salts_only: bool,
    /// The version or the setting that the server needs to read argon2; empty if it does not read argon2.
    pub argon2_needs: &'static str,
    /// The effect of one hash that the server cannot read.
    pub unreadable: Impact,
    /// How the server reads a password file; `None` if its hashes are in another kind of configuration file.
    pub file: Option<FileRules>,
    /// True if the server reads a Secret of Kubernetes with one key for each user, whose value is the user's hash.
    pub reads_user_keys: bool,
    /// The users as which packages of the server run it, the most specific first. The list is empty if the server
    /// usually reads the file as the user who starts it, such as root in a container.
    pub workers: &'static [&'static str],
    /// True if a check without a server considers this server. Such a check covers the most common servers only, so
    /// that its sentences stay readable.
    pub is_common: bool,
    /// A note for administrators who choose a scheme; may be empty.
    pub note: &'static str,
}

/// The prefixes of the further schemes in crypt(5) of Debian 12: yescrypt, scrypt and older schemes. Servers with these
/// prefixes read bigcrypt too, which has no prefix.
const LIBXCRYPT: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5"];

/// The schemes from which [`Server::best`] chooses, the strongest first. argon2id is not one of them, because the servers
/// that read it need a recent version or a setting of their own.
const STRENGTH: [Scheme; 7] = [
    Scheme::Bcrypt,
    Scheme::Sha512Crypt,
    Scheme::Sha256Crypt,
    Scheme::Apr1,
    Scheme::Sha1,
    Scheme::DesCrypt,
    Scheme::Plain,
];

impl Server {
    /// The bcrypt cost that [`best`](Self::best) chooses: one verification takes about 50 ms.
    pub const COST: u32 = 10;

    /// The SHA-crypt rounds that [`best`](Self::best) chooses: one verification takes about as long as bcrypt of
    /// [`COST`](Self::COST).
    pub const ROUNDS: u32 = 100_000;

    /// Returns the server with this name or alias; `None` if the table has no such server.
    ///
    /// ```
    /// use htpasswd::servers::Server;
    ///
    /// assert_eq!(Server::named("nginx").map(|server| server.name), Some("nginx"));
    /// assert_eq!(Server::named("docker").map(|server| server.name), Some("registry"));
    /// assert_eq!(Server::named("Nginx"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|server| server.name == name || server.aliases.contains(&name))
    }

    /// Returns true if the server reads hashes of this scheme, including the schemes that only libxcrypt knows, and
    /// foreign schemes.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::servers::Server;
    ///
    /// let registry = Server::named("registry").ok_or("no such server")?;
    /// assert!(registry.can_read(Scheme::Bcrypt) && !registry.can_read(Scheme::Sha1));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn can_read(&self, scheme: Scheme) -> bool {
        match scheme {
            Scheme::Yescrypt
            | Scheme::GostYescrypt
            | Scheme::Scrypt
            | Scheme::Sha1Crypt
            | Scheme::SunMd5
            | Scheme::BsdiCrypt
            | Scheme::Bigcrypt
            | Scheme::Nt => self.also_reads.starts_with(LIBXCRYPT),
            // The library may not verify such a hash because it is built without argon2.
            Scheme::Foreign(scheme) => match scheme.name() {
                "argon2id" => self.can_read(Scheme::Argon2id),
                "argon2i" => self.can_read(Scheme::Argon2i),
                "argon2d" => self.can_read(Scheme::Argon2d),
                _ => false,
            },
            _ => self.reads.contains(&scheme),
        }
    }

    /// Returns true if the server reads this text as a hash of a scheme in [`also_reads`](Self::also_reads).
    pub(crate) fn also_reads(&self, text: &[u8]) -> bool {
        self.also_reads.iter().any(|beginning| text.starts_with(beginning.as_bytes()))
    }

    /// Returns true if a bcrypt hash has a prefix that the server reads. Other texts have no prefix to reject.
    #[must_use]
    pub(crate) fn reads_prefix(&self, hash: &[u8]) -> bool {
        let read = self.bcrypt.prefixes.iter().any(|prefix| hash.starts_with(prefix.as_bytes()));
        read || !hash.starts_with(b"$2")
    }

    /// Returns the strongest scheme that the server reads, with a cost that suits logins: [`COST`](Self::COST) or
    /// [`ROUNDS`](Self::ROUNDS).
    ///
    /// ```
    /// use htpasswd::servers::Server;
    /// use htpasswd::Params;
    ///
    /// assert_eq!(Server::named("envoy").map(Server::best), Some(Params::Sha1));
    /// ```
    #[must_use]
    pub fn best(&self) -> Params {
        strongest(|scheme| self.can_read(scheme), self.rounds()).unwrap_or(Params::Plain)
    }

    /// Returns the SHA-crypt rounds for the server: [`ROUNDS`](Self::ROUNDS), or `None` if old versions of
    /// the server read only the default rounds.
    fn rounds(&self) -> Option<Rounds> {
        if self.reads_long_salts_only { None } else { Rounds::new(Self::ROUNDS).ok() }
    }
}

/// The strongest of the readable schemes, with a cost that suits logins.
fn strongest(can_read: impl Fn(Scheme) -> bool, rounds: Option<Rounds>) -> Option<Params> {
    STRENGTH.into_iter().find(|&scheme| can_read(scheme)).map(|scheme| match scheme {
        Scheme::Sha512Crypt => Params::Sha512Crypt(rounds),
        Scheme::Sha256Crypt => Params::Sha256Crypt(rounds),
        Scheme::Apr1 => Params::Apr1,
        Scheme::Sha1 => Params::Sha1,
        Scheme::DesCrypt => Params::DesCrypt,
        Scheme::Bcrypt => Cost::new(Server::COST).map_or(Params::Plain, Params::Bcrypt),
        _ => Params::Plain,
    })
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_lower_case_words() {
        for (index, server) in Server::ALL.iter().enumerate() {
            let names = std::iter::once(&server.name).chain(server.aliases);
            for &name in names {
                let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                assert!(name.bytes().all(is_word), "{name}");
                let others = &Server::ALL[index + 1..];
                assert!(others.iter().all(|s| s.name != name && !s.aliases.contains(&name)), "{name}");
                assert_eq!(Server::named(name), Some(server));
            }
            assert_eq!(Server::named(&server.to_string()), Some(server));
        }
        assert_eq!(Server::named("help"), None, "--for help lists the servers");
    }

    #[test]
    fn servers_that_read_argon2_have_a_condition() {
        for server in Server::ALL {
            assert_eq!(server.can_read(Scheme::Argon2id), !server.argon2_needs.is_empty(), "{server}");
        }
    }

    #[test]
    fn schemes_are_in_the_order_of_their_strength() {
        for server in Server::ALL {
            let ranks = server.reads.iter().filter_map(|scheme| STRENGTH.iter().position(|s| s == scheme));
            assert!(ranks.is_sorted(), "{server}");
            assert!(!server.reads.is_empty(), "{server}");
        }
    }

    #[test]
    fn the_best_scheme_is_bcrypt_unless_the_server_cannot_read_it() {
        for server in Server::ALL {
            match server.best() {
                Params::Bcrypt(cost) => assert_eq!(cost.get(), 10, "{server}"),
                Params::Sha1 => assert!(["envoy", "envoy-gateway"].contains(&server.name), "{server}"),
                Params::Apr1 => assert!(["h2o", "nginx-windows"].contains(&server.name), "{server}"),
                other => panic!("{server}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_best_scheme_is_the_strongest_that_the_server_reads() {
        for (index, scheme) in STRENGTH.into_iter().enumerate() {
            let server = Server { reads: &STRENGTH[index..], ..table::defaults::SERVER };
            assert_eq!(server.best().scheme(), scheme);
        }
    }
}
