//! `--for`: which scheme a server gets.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use htpasswd::{Params, Scheme, Server};

use super::Flags;
use crate::messages::{Problem, weak_for};
use crate::options::Id;

/// The server that was named; `None` if the table is wanted.
pub(super) fn asked(name: &OsStr) -> Result<Option<&'static Server>, Problem> {
    if name == "help" {
        return Ok(None);
    }
    let server = name.to_str().and_then(Server::named);
    server.map(Some).ok_or_else(|| Problem::UnknownServer(name.as_bytes().to_vec()))
}

impl Flags {
    /// The scheme that was asked for, or the best one for the server.
    pub(super) fn scheme_for_server(&self) -> Result<Option<Id>, Problem> {
        let Some(server) = self.server else { return Ok(self.scheme) };
        if let Some(option) = self.scheme {
            let is_readable = server.can_read(scheme(option));
            return if is_readable {
                Ok(self.scheme)
            } else {
                Err(Problem::UnreadableScheme(option, server))
            };
        }
        let best = option(server.best());
        if !matches!(best, Id::Bcrypt | Id::Sha512 | Id::Sha256) {
            self.globals.warnings.tell(&weak_for(server))?;
        }
        Ok(Some(best))
    }
}

fn scheme(option: Id) -> Scheme {
    match option {
        Id::Bcrypt => Scheme::Bcrypt,
        Id::Sha512 => Scheme::Sha512Crypt,
        Id::Sha256 => Scheme::Sha256Crypt,
        Id::Sha1 => Scheme::Sha1,
        Id::Crypt => Scheme::DesCrypt,
        Id::Plain => Scheme::Plain,
        _ => Scheme::Apr1,
    }
}

fn option(params: Params) -> Id {
    match params {
        Params::Bcrypt(_) => Id::Bcrypt,
        Params::Sha512Crypt(_) => Id::Sha512,
        Params::Sha256Crypt(_) => Id::Sha256,
        Params::Sha1 => Id::Sha1,
        Params::DesCrypt => Id::Crypt,
        Params::Plain => Id::Plain,
        _ => Id::Md5,
    }
}

#[cfg(test)]
mod tests {
    use htpasswd::Cost;

    use super::*;

    #[test]
    fn a_scheme_and_its_letter_are_one() {
        for params in [
            Params::Bcrypt(Cost::new(5).unwrap()),
            Params::Sha512Crypt(None),
            Params::Sha256Crypt(None),
            Params::Apr1,
            Params::Sha1,
            Params::DesCrypt,
            Params::Plain,
        ] {
            assert_eq!(scheme(option(params)), params.scheme());
        }
    }
}
