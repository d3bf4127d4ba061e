//! What servers make of a password file: one table, for choosing a scheme and for checking a file.

mod rules;
mod table;

use std::fmt;

pub use self::rules::{Duplicates, FileRules, Impact, Trim};
use crate::hash::{Cost, Params, Rounds, Scheme};

/// A server that reads hashes, and how it reads them.
///
/// ```
/// use htpasswd::{Params, Scheme, Server};
///
/// let registry = Server::named("registry").ok_or("no such server")?;
/// assert_eq!(registry.reads, [Scheme::Bcrypt]);
/// assert!(!registry.can_read(Scheme::Apr1));
/// assert!(matches!(registry.best(), Params::Bcrypt(cost) if cost.get() == 10));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// What it is called on a command line: lower-case letters.
    pub name: &'static str,
    /// The schemes of hashes that it reads, the strongest first.
    pub reads: &'static [Scheme],
    /// How hashes begin that it reads too, of schemes that this library does not know, or knows only with the
    /// feature `libxcrypt`.
    pub also_reads: &'static [&'static str],
    /// What one hash that it cannot read does.
    pub unreadable: Impact,
    /// How it reads a file of records; `None` if hashes stand in a configuration of another form.
    pub file: Option<FileRules>,
    /// What else somebody who chooses a scheme should know; may be empty.
    pub note: &'static str,
}

/// What crypt(5) of Debian 12 lists beyond the schemes that servers share: yescrypt, scrypt and older ones. bigcrypt, which
/// begins with nothing of its own, is read too.
const LIBXCRYPT: &[&str] = &["$y$", "$7$", "$gy$", "_", "$3$", "$sha1$", "$md5"];

/// The schemes that can be created, the strongest first.
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
    /// The cost of bcrypt that [`best`](Self::best) chooses: some 50 ms of work.
    ///
    /// ```
    /// use htpasswd::{Cost, Params, Server};
    ///
    /// let best = Server::named("registry").map(Server::best);
    /// assert_eq!(best, Some(Params::Bcrypt(Cost::new(Server::COST)?)));
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    pub const COST: u32 = 10;

    /// The rounds of SHA-crypt that [`best`](Self::best) chooses: about as much work.
    ///
    /// ```
    /// use htpasswd::{Rounds, Server};
    ///
    /// assert!(Rounds::new(Server::ROUNDS)? > Rounds::DEFAULT);
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    pub const ROUNDS: u32 = 100_000;

    /// The server of this name; `None` if it is not known.
    ///
    /// ```
    /// use htpasswd::Server;
    ///
    /// assert_eq!(Server::named("nginx").map(|server| server.name), Some("nginx"));
    /// assert_eq!(Server::named("Nginx"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|server| server.name == name)
    }

    /// Whether the server reads hashes of this scheme, be it one that only libxcrypt knows.
    ///
    /// ```
    /// use htpasswd::{Scheme, Server};
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
            _ => self.reads.contains(&scheme),
        }
    }

    /// Whether the server reads this text as a hash of a scheme that the library does not know.
    pub(crate) fn also_reads(&self, text: &[u8]) -> bool {
        self.also_reads.iter().any(|beginning| text.starts_with(beginning.as_bytes()))
    }

    /// The strongest scheme that the server reads, with a cost that suits a login:
    /// [`COST`](Self::COST) or [`ROUNDS`](Self::ROUNDS).
    ///
    /// ```
    /// use htpasswd::{Params, Server};
    ///
    /// assert_eq!(Server::named("envoy").map(Server::best), Some(Params::Sha1));
    /// ```
    #[must_use]
    pub fn best(&self) -> Params {
        let scheme = STRENGTH.into_iter().find(|&scheme| self.can_read(scheme));
        match scheme.unwrap_or(Scheme::Plain) {
            Scheme::Sha512Crypt => Params::Sha512Crypt(Rounds::new(Self::ROUNDS).ok()),
            Scheme::Sha256Crypt => Params::Sha256Crypt(Rounds::new(Self::ROUNDS).ok()),
            Scheme::Apr1 => Params::Apr1,
            Scheme::Sha1 => Params::Sha1,
            Scheme::DesCrypt => Params::DesCrypt,
            Scheme::Bcrypt => Cost::new(Self::COST).map_or(Params::Plain, Params::Bcrypt),
            _ => Params::Plain,
        }
    }
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
    fn names_are_words_and_stand_once() {
        for (index, server) in Server::ALL.iter().enumerate() {
            assert!(server.name.bytes().all(|byte| byte.is_ascii_lowercase()), "{server}");
            assert!(Server::ALL[index + 1..].iter().all(|other| other.name != server.name), "{server}");
            assert_eq!(Server::named(&server.to_string()), Some(server));
        }
        assert_eq!(Server::named("help"), None, "--for help is taken");
    }

    #[test]
    fn schemes_stand_in_the_order_of_their_strength() {
        for server in Server::ALL {
            let ranks = server.reads.iter().filter_map(|scheme| STRENGTH.iter().position(|s| s == scheme));
            assert!(ranks.is_sorted(), "{server}");
            assert!(!server.reads.is_empty(), "{server}");
        }
    }

    #[test]
    fn the_best_is_bcrypt_but_where_it_is_not_read() {
        for server in Server::ALL {
            match server.best() {
                Params::Bcrypt(cost) => assert_eq!(cost.get(), 10, "{server}"),
                Params::Sha1 => assert_eq!(server.name, "envoy"),
                other => panic!("{server}: {other:?}"),
            }
        }
    }

    /// No server is so old today; the next one in the table may be.
    #[test]
    fn the_best_is_the_strongest_that_is_read() {
        for (at, scheme) in STRENGTH.into_iter().enumerate() {
            let server = Server {
                name: "x",
                reads: &STRENGTH[at..],
                also_reads: &[],
                unreadable: Impact::None,
                file: None,
                note: "",
            };
            assert_eq!(server.best().scheme(), scheme);
        }
    }
}
