//! The cost of verifying a password against a hash.
//!
//! [`Limits`](super::Limits) compare this cost with their maximum, and dummy hashes are made with it. Two hashes with
//! equal [`VerifyCost`] must never differ in the time of verification, because the difference would reveal users.

use super::{Argon2Cost, Params, Rounds};

/// The cost of verifying one hash. Hashes with equal costs take equally long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VerifyCost {
    /// The cost of a hash that can be created with `params`. `salt` is the length of the salt, in bytes, if the scheme
    /// hashes it in its rounds, because a longer salt then takes longer. `salt` is 0 for other schemes.
    Creatable { params: Params, salt: usize },
    /// The cost of a hash whose scheme this library verifies but does not create.
    VerifyOnly {
        resources: Resources,
        /// A dummy hash that takes equally long.
        dummy_hash: Vec<u8>,
    },
}

/// The resources that one verification uses. A field is 0 if the scheme does not vary it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resources {
    pub(crate) rounds: u64,
    /// The memory, in bytes.
    pub(crate) memory: u64,
    /// The memory that all passes together read and write, in bytes.
    pub(crate) traffic: u64,
    /// The cost of argon2. The other fields are then 0.
    pub(crate) argon2: Option<Argon2Cost>,
}

impl VerifyCost {
    /// The cost of argon2; `None` for other schemes.
    pub(crate) fn argon2_cost(&self) -> Option<Argon2Cost> {
        match *self {
            #[cfg(feature = "argon2")]
            Self::Creatable { params: Params::Argon2id(cost), .. } => Some(cost),
            Self::Creatable { .. } => None,
            Self::VerifyOnly { resources, .. } => resources.argon2,
        }
    }

    /// The cost of bcrypt, the rounds of other schemes, or KiB of memory. Returns `None` if the scheme has a fixed
    /// cost.
    pub(super) fn cost(&self) -> Option<u32> {
        if let Some(cost) = self.argon2_cost() {
            return Some(cost.memory());
        }
        let number = match *self {
            Self::Creatable { params: Params::Bcrypt(cost), .. } => cost.get().into(),
            Self::Creatable { params: Params::Sha256Crypt(rounds) | Params::Sha512Crypt(rounds), .. } => {
                rounds.unwrap_or(Rounds::DEFAULT).get().into()
            }
            #[cfg(feature = "argon2")]
            Self::Creatable { params: Params::Argon2id(_), .. } => return None,
            Self::Creatable {
                params: Params::Apr1 | Params::Sha1 | Params::DesCrypt | Params::Plain,
                ..
            }
            | Self::VerifyOnly { resources: Resources { rounds: 0, memory: 0, .. }, .. } => return None,
            Self::VerifyOnly { resources: Resources { rounds: 0, memory, .. }, .. } => memory / 1024,
            Self::VerifyOnly { resources: Resources { rounds, .. }, .. } => rounds,
        };
        Some(u32::try_from(number).unwrap_or(u32::MAX))
    }
}
