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
/// The default cost of a call that Apache's tool also has.
const DEFAULT_COST: u32 = 5;

/// Options that Apache's tool does not have, and whose default scheme is therefore strong: bcrypt.
const WITH_STRONG_DEFAULT: [FlagId; 5] =
    [FlagId::Import, FlagId::Ensure, FlagId::Generate, FlagId::Format, FlagId::Secret];

impl Flags {
    pub(super) fn hash_spec(&self, warnings: &mut Vec<Warning>) -> Result<HashSpec, UsageError> {
        let servers = self.servers.clone();
        let is_strong = servers.is_some() || WITH_STRONG_DEFAULT.iter().any(|&id| self.has(id));
        let scheme = self.scheme_for_server(warnings)?;
        if self.argon2_cost.is_some() && scheme != Some(FlagId::Argon2) {
            return Err(UsageError::Requires(FlagId::Argon2Params, &[FlagId::Argon2]));
        }
        let is_default = scheme.is_none();
        if is_default && is_strong && matches!(self.number, Some((FlagId::Rounds, _))) {
            // bcrypt has a cost instead of rounds.
            let params = Params::Bcrypt(Cost::new(Server::COST).map_err(|_| UsageError::NotANumber)?);
            return Ok(HashSpec { params, unused_number: true, is_explicit: false, servers });
        }
        // -C alone asks for bcrypt.
        let is_explicit = !is_default || (is_strong && self.number.is_some());
        let params = match scheme.or(is_strong.then_some(FlagId::Bcrypt)) {
            Some(FlagId::Bcrypt) => {
                let (least, most) = COSTS;
                let out_of_range = UsageError::OutOfRange { what: "bcrypt", least, most };
                let default = if is_strong { Server::COST } else { DEFAULT_COST };
                let cost = self.number_within("bcrypt", COSTS)?.unwrap_or(default);
                Params::Bcrypt(Cost::new(cost).map_err(|_| out_of_range)?)
            }
            Some(FlagId::Sha256) => Params::Sha256Crypt(self.rounds("SHA-256")?),
            Some(FlagId::Sha512) => Params::Sha512Crypt(self.rounds("SHA-512")?),
            other => {
                self.number_within("any algorithm", (1, u32::MAX))?;
                let params = match other {
                    Some(FlagId::Argon2) => Params::Argon2id(self.argon2_cost.unwrap_or_default()),
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
        FlagId::Argon2 => Scheme::Argon2id,
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
        Params::Argon2id(_) => FlagId::Argon2,
        Params::Sha1 => FlagId::Sha1,
        Params::DesCrypt => FlagId::Crypt,
        Params::Plain => FlagId::Plain,
        _ => FlagId::Md5,
    }
}

#[cfg(test)]
mod tests {
    use htpasswd::hash::Argon2Cost;

    use super::*;

    #[test]
    fn each_scheme_has_one_option() {
        for params in [
            Params::Bcrypt(Cost::new(5).unwrap()),
            Params::Sha512Crypt(None),
            Params::Sha256Crypt(None),
            Params::Argon2id(Argon2Cost::DEFAULT),
            Params::Apr1,
            Params::Sha1,
            Params::DesCrypt,
            Params::Plain,
        ] {
            assert_eq!(scheme(option(params)), params.scheme());
        }
    }
}
