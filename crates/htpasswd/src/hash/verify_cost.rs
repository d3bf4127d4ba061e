//! How much work it is to verify a hash.

use super::{Params, Rounds};

/// Hashes of equal work take equally long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VerifyCost {
    /// As much as a hash that is made with these. A salt that goes into every round takes longer the longer it is: its
    /// bytes, or 0 where there is no such salt.
    Creatable { params: Params, salt: usize },
    /// Of a scheme that hashes are only verified with.
    VerifyOnly {
        resources: Resources,
        /// A hash that takes as long, of a password that nobody knows.
        dummy_hash: Vec<u8>,
    },
}

/// What one verification takes; 0 where it does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resources {
    pub(crate) rounds: u64,
    /// In bytes.
    pub(crate) memory: u64,
    /// The bytes of memory that are gone through, pass by pass.
    pub(crate) traffic: u64,
}

impl VerifyCost {
    /// The cost of bcrypt, the rounds of other schemes, or KiB of memory; `None` if it is always the same.
    pub(super) fn cost(&self) -> Option<u32> {
        let number = match *self {
            Self::Creatable { params: Params::Bcrypt(cost), .. } => cost.get().into(),
            Self::Creatable { params: Params::Sha256Crypt(rounds) | Params::Sha512Crypt(rounds), .. } => {
                rounds.unwrap_or(Rounds::DEFAULT).get().into()
            }
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
