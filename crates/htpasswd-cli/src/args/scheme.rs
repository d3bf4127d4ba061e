//! Chooses the scheme and its cost from the scheme options, `--for`, `-C` and `-r`.

use htpasswd::hash::{Rounds, Scheme};
use htpasswd::servers::{Server, ServerSet};
use htpasswd::{Cost, Params};

use super::command::HashSpec;
use super::error::UsageError;
use super::flags::Flags;
use super::options::FlagId;
use crate::warning::Warning;

/// The lowest and the highest bcrypt cost that Apache's tool accepts.
const COSTS: (u32, u32) = (Cost::MIN, 17);
const DEFAULT_COST: u32 = 5;

impl Flags {
    pub(super) fn hash_spec(&self, warnings: &mut Vec<Warning>) -> Result<HashSpec, UsageError> {
        let is_explicit = self.scheme.is_some() || self.servers.is_some();
        let servers = self.servers.clone();
        let params = match self.scheme_for_server(warnings)? {
            Some(FlagId::Bcrypt) => {
                let (least, most) = COSTS;
                let out_of_range = UsageError::OutOfRange { what: "bcrypt", least, most };
                let default = if servers.is_some() { Server::COST } else { DEFAULT_COST };
                let cost = self.number_within("bcrypt", COSTS)?.unwrap_or(default);
                Params::Bcrypt(Cost::new(cost).map_err(|_| out_of_range)?)
            }
            Some(FlagId::Sha256) => Params::Sha256Crypt(self.rounds("SHA-256")?),
            Some(FlagId::Sha512) => Params::Sha512Crypt(self.rounds("SHA-512")?),
            other => {
                self.number_within("any algorithm", (1, u32::MAX))?;
                let params = match other {
                    Some(FlagId::Crypt) => Params::DesCrypt,
                    Some(FlagId::Sha1) => Params::Sha1,
                    Some(FlagId::Plain) => Params::Plain,
                    _ => Params::Apr1,
                };
                return Ok(HashSpec { params, unused_number: self.number.is_some(), is_explicit, servers });
            }
        };
        Ok(HashSpec { params, unused_number: false, is_explicit, servers })
    }

    fn rounds(&self, what: &'static str) -> Result<Option<Rounds>, UsageError> {
        let rounds = self.number_within(what, (Rounds::MIN, Rounds::MAX))?;
        let default = self.servers.as_ref().and_then(ServerSet::rounds);
        Ok(rounds.and_then(|rounds| Rounds::new(rounds).ok()).or(default))
    }

    fn number_within(
        &self,
        what: &'static str,
        (least, most): (u32, u32),
    ) -> Result<Option<u32>, UsageError> {
        let Some((_, number)) = self.number else { return Ok(None) };
        let number = u32::try_from(number).ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or(UsageError::OutOfRange { what, least, most })
    }

    /// The scheme of the call, or else the best scheme that all servers of the call read.
    fn scheme_for_server(&self, warnings: &mut Vec<Warning>) -> Result<Option<FlagId>, UsageError> {
        let Some(servers) = &self.servers else { return Ok(self.scheme) };
        let best = servers.best().ok_or_else(|| UsageError::NoCommonScheme(servers.clone()))?;
        if let Some(option) = self.scheme {
            return if servers.can_read(scheme(option)) {
                Ok(self.scheme)
            } else {
                Err(UsageError::UnreadableScheme(option, servers.clone()))
            };
        }
        if !matches!(option(best), FlagId::Bcrypt | FlagId::Sha512 | FlagId::Sha256) {
            warnings.push(Warning::WeakServer(servers.clone(), best.scheme()));
        }
        let best = option(best);
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
    use super::*;

    #[test]
    fn each_scheme_has_one_option() {
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
