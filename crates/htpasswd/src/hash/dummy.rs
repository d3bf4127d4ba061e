//! Hashes that nobody has a password for, which take as long to verify as real ones.

use super::{Params, PasswordHash, Rounds, VerifyCost};

impl PasswordHash {
    /// A hash that is as much work to verify, of a password that nobody knows; `None` for [`Params::Plain`].
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
            Params::Plain => return None,
        };
        Self::parse(text.as_bytes()).ok()
    }
}
