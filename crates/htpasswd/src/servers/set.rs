//! Several servers that read one password file, such as httpd and nginx on one machine.
//!
//! [`ServerSet`] answers the questions of [`Server`] for all of its servers at once: a scheme is readable if each of
//! them reads it. The set is never empty.

use std::fmt;

use thiserror::Error;

use super::{Server, strongest};
use crate::hash::{Params, Rounds, Scheme};

/// The servers that read one password file.
///
/// ```
/// use htpasswd::hash::Scheme;
/// use htpasswd::servers::ServerSet;
///
/// let servers = ServerSet::named("nginx,docker")?;
/// assert_eq!(servers.to_string(), "nginx and registry");
/// assert!(servers.can_read(Scheme::Bcrypt) && !servers.can_read(Scheme::Apr1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerSet(Vec<&'static Server>);

/// A name that is no server's name.
///
/// ```
/// use htpasswd::servers::{ServerSet, UnknownServer};
///
/// let error: UnknownServer = ServerSet::named("nginx,tomcat").unwrap_err();
/// assert_eq!(error.name(), "tomcat");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown server '{0}'")]
pub struct UnknownServer(String);

impl UnknownServer {
    /// Returns the unknown name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl ServerSet {
    /// Returns the servers with these names, which are separated by commas.
    ///
    /// # Errors
    /// [`UnknownServer`] with the first name that is not in the table.
    pub fn named(names: &str) -> Result<Self, UnknownServer> {
        let mut servers = Vec::new();
        for name in names.split(',') {
            let server = Server::named(name).ok_or_else(|| UnknownServer(name.to_owned()))?;
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        Ok(Self(servers))
    }

    /// Returns the servers in the order of their names.
    #[must_use]
    pub fn as_slice(&self) -> &[&'static Server] {
        &self.0
    }

    /// Returns the names, separated by commas, as [`named`](Self::named) reads them.
    #[must_use]
    pub fn names(&self) -> String {
        self.0.iter().map(|server| server.name).collect::<Vec<_>>().join(",")
    }

    /// Returns true if each server reads hashes of this scheme.
    #[must_use]
    pub fn can_read(&self, scheme: Scheme) -> bool {
        self.0.iter().all(|server| server.can_read(scheme))
    }

    /// Returns the schemes that each server reads, the strongest first.
    #[must_use]
    pub fn reads(&self) -> Vec<Scheme> {
        let first = self.0.first().map_or(&[][..], |server| server.reads);
        first.iter().copied().filter(|&scheme| self.can_read(scheme)).collect()
    }

    /// Returns the strongest scheme that each server reads, with a cost that suits logins; `None` if the servers have
    /// no common scheme that can be created.
    ///
    /// ```
    /// use htpasswd::servers::ServerSet;
    /// use htpasswd::Params;
    ///
    /// assert_eq!(ServerSet::named("nginx,h2o")?.best(), Some(Params::Apr1));
    /// assert_eq!(ServerSet::named("registry,envoy")?.best(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn best(&self) -> Option<Params> {
        strongest(|scheme| self.can_read(scheme), self.rounds())
    }

    /// Returns the SHA-crypt rounds for new hashes; `None` if a server reads only hashes with the default rounds.
    #[must_use]
    pub fn rounds(&self) -> Option<Rounds> {
        self.0.iter().map(|server| server.rounds()).min().flatten()
    }

    /// Returns the prefix of new bcrypt hashes: the first one that each server reads.
    ///
    /// ```
    /// use htpasswd::servers::ServerSet;
    ///
    /// assert_eq!(ServerSet::named("registry")?.bcrypt_prefix(), Some("$2y$"));
    /// assert_eq!(ServerSet::named("registry,openbsd-httpd")?.bcrypt_prefix(), Some("$2b$"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bcrypt_prefix(&self) -> Option<&'static str> {
        let prefixes = self.0.first()?.bcrypt.prefixes.iter().copied();
        let mut common = prefixes.filter(|prefix| self.0.iter().all(|s| s.bcrypt.prefixes.contains(prefix)));
        common.next()
    }

    /// Returns true if each server reads this hash, as far as its scheme and the prefix of bcrypt tell.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::servers::ServerSet;
    ///
    /// let servers = ServerSet::named("registry,openbsd-httpd")?;
    /// assert!(servers.can_read_hash(b"$2b$10$x", Scheme::Bcrypt));
    /// assert!(!servers.can_read_hash(b"$2y$10$x", Scheme::Bcrypt));
    /// # Ok::<(), htpasswd::servers::UnknownServer>(())
    /// ```
    #[must_use]
    pub fn can_read_hash(&self, hash: &[u8], scheme: Scheme) -> bool {
        self.can_read(scheme) && self.0.iter().all(|server| server.reads_prefix(hash))
    }
}

impl From<&'static Server> for ServerSet {
    fn from(server: &'static Server) -> Self {
        Self(vec![server])
    }
}

/// Writes the names as in `a`, `a and b` and `a, b and c`.
impl fmt::Display for ServerSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, server) in self.0.iter().enumerate() {
            let separator = match self.0.len() - index {
                _ if index == 0 => "",
                1 => " and ",
                _ => ", ",
            };
            write!(f, "{separator}{server}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_counted_once_under_any_of_its_aliases() {
        let servers = ServerSet::named("apache2,httpd,nginx").unwrap();
        assert_eq!(servers.to_string(), "httpd and nginx");
        assert_eq!(ServerSet::named("httpd,,nginx"), Err(UnknownServer(String::new())));
        assert_eq!(ServerSet::named(""), Err(UnknownServer(String::new())));
        assert_eq!(ServerSet::named("a,registry").unwrap_err().to_string(), "unknown server 'a'");
    }

    #[test]
    fn a_set_reads_what_all_of_its_servers_read() {
        let servers = ServerSet::named("httpd,traefik,registry").unwrap();
        assert_eq!(servers.to_string(), "httpd, traefik and registry");
        assert_eq!(ServerSet::named(&servers.names()), Ok(servers.clone()));
        assert_eq!(servers.reads(), [Scheme::Bcrypt]);
        assert_eq!(servers.rounds(), Rounds::new(Server::ROUNDS).ok());
        let radicale = ServerSet::named("httpd,radicale").unwrap();
        assert_eq!(radicale.rounds(), None);
    }

    #[test]
    fn a_hash_needs_a_prefix_that_all_servers_read() {
        let servers = ServerSet::named("openshift,openbsd-httpd").unwrap();
        assert_eq!(servers.bcrypt_prefix(), Some("$2a$"));
        assert!(servers.can_read_hash(b"$2a$10$", Scheme::Bcrypt));
        assert!(!servers.can_read_hash(b"$2y$10$", Scheme::Bcrypt));
        assert!(!servers.can_read_hash(b"{SHA}", Scheme::Sha1));
    }
}
