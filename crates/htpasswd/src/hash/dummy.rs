//! Dummy hashes, which servers verify for unknown users.
//!
//! A dummy hash takes as long to verify as a real hash of the given cost, so the response time does not reveal which
//! users exist. No known password may match a dummy hash, and it must never contain the salt of a real user.

use super::{Params, PasswordHash, Rounds, VerifyCost};

impl PasswordHash {
    /// Returns a dummy hash that takes as long to verify as a hash of `cost`. Returns `None` for [`Params::Plain`].
    pub(crate) fn dummy_hash(cost: &VerifyCost) -> Option<Self> {
        let (params, salt) = match *cost {
            VerifyCost::Creatable { params, salt } => (params, salt),
            VerifyCost::VerifyOnly { ref dummy_hash, .. } => return Self::parse(dummy_hash).ok(),
        };
        let rounds = |rounds: Option<Rounds>| match rounds {
            Some(rounds) => format!("rounds={}$", rounds.get()),
            None => String::new(),
        };
        let text = match params {
            Params::Bcrypt(cost) => format!("$2y${:02}${:.<53}", cost.get(), ""),
            Params::Apr1 => format!("$apr1${:.<salt$}${:.<22}", "", ""),
            Params::Sha256Crypt(number) => format!("$5${}{:.<salt$}${:.<43}", rounds(number), "", ""),
            Params::Sha512Crypt(number) => format!("$6${}{:.<salt$}${:.<86}", rounds(number), "", ""),
            Params::Sha1 => format!("{{SHA}}{:A<27}=", ""),
            Params::DesCrypt => format!("{:.<13}", ""),
            #[cfg(feature = "argon2")]
            Params::Argon2id(cost) => {
                let (memory, passes, lanes) = (cost.memory(), cost.passes(), cost.lanes());
                format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${:A<22}${:A<43}", "", "")
            }
            Params::Plain => return None,
        };
        Self::parse(text.as_bytes()).ok()
    }
}
