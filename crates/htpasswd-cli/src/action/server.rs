//! `--for`: which scheme a server gets.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use htpasswd::{Params, Scheme, Server};

use super::Flags;
use crate::messages::{Problem, weak_for};
use crate::options::FlagId;

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
    pub(super) fn scheme_for_server(&self) -> Result<Option<FlagId>, Problem> {
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
        if !matches!(best, FlagId::Bcrypt | FlagId::Sha512 | FlagId::Sha256) {
            self.globals.warnings.warn(&weak_for(server))?;
        }
        Ok(Some(best))
    }
}

fn scheme(option: FlagId) -> Scheme {
    match option {
        FlagId::Bcrypt => Scheme::Bcrypt,
        FlagId::Sha512 => Scheme::Sha512Crypt,
        FlagId::Sha256 => Scheme::Sha256Crypt,
        FlagId::Sha1 => Scheme::Sha1,
        FlagId::Crypt => Scheme::DesCrypt,
        FlagId::Plain => Scheme::Plain,
        _ => Scheme::Apr1,
    }
}

fn option(params: Params) -> FlagId {
    match params {
        Params::Bcrypt(_) => FlagId::Bcrypt,
        Params::Sha512Crypt(_) => FlagId::Sha512,
        Params::Sha256Crypt(_) => FlagId::Sha256,
        Params::Sha1 => FlagId::Sha1,
        Params::DesCrypt => FlagId::Crypt,
        Params::Plain => FlagId::Plain,
        _ => FlagId::Md5,
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
