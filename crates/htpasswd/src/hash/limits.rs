//! Limits on the cost of stored hashes.
//!
//! A server compares each hash of a password file with its [`Limits`] before it verifies a password. A hash above the
//! limits must never be computed, because its cost could stall the server.

use thiserror::Error;

use super::{Argon2Cost, Cost, Params, PasswordHash, Rounds, VerifyCost};

/// The highest costs at which hashes are accepted. `$6$rounds=999999999`, for example, takes minutes to verify, so a
/// few login attempts would stall a server.
///
/// The default limits accept hashes that take up to a few seconds to verify:
///
/// - bcrypt up to cost 16
/// - other schemes up to 5,000,000 rounds
/// - argon2, yescrypt and scrypt up to 256 MiB of memory
/// - argon2 up to 16 passes and 16 lanes
///
/// ```
/// use htpasswd::hash::Limits;
/// use htpasswd::users::IssueKind;
/// use htpasswd::{Cost, Document, Users};
///
/// let text = "alice:$2y$12$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna\n";
/// let limits = Limits::default().max_bcrypt(Cost::new(11)?);
/// let users = Users::with_limits(Document::parse(text), limits);
/// assert!(users.get("alice").is_none());
/// assert_eq!(users.issues()[0].kind(), IssueKind::TooCostly);
/// # Ok::<(), htpasswd::hash::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    bcrypt: u32,
    sha_crypt: u32,
    rounds: u64,
    memory: u64,
    passes: u32,
    lanes: u32,
}

/// The limit that a hash exceeds.
///
/// ```
/// use htpasswd::hash::{LimitExceeded, Limits};
/// use htpasswd::PasswordHash;
///
/// let hash = PasswordHash::parse(b"$2y$20$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")?;
/// let exceeded = Limits::default().check(&hash).unwrap_err();
/// assert_eq!(exceeded, LimitExceeded::BcryptCost { cost: 20, limit: 16 });
/// assert_eq!(exceeded.to_string(), "cost 20 is above the limit 16");
/// # Ok::<(), htpasswd::hash::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// The cost of bcrypt is above the limit.
    #[error("cost {cost} is above the limit {limit}")]
    BcryptCost {
        /// The cost of the hash.
        cost: u32,
        /// The highest cost that the limits allow.
        limit: u32,
    },
    /// The number of rounds is above the limit.
    #[error("{rounds} rounds are above the limit {limit}")]
    Rounds {
        /// The number of rounds of the hash.
        rounds: u64,
        /// The highest number of rounds that the limits allow.
        limit: u64,
    },
    /// The memory of argon2, yescrypt or scrypt is above the limit.
    #[error("{bytes} bytes of memory are above the limit {limit}")]
    Memory {
        /// The memory that the hash needs, in bytes.
        bytes: u64,
        /// The greatest memory that the limits allow, in bytes.
        limit: u64,
    },
    /// The passes of yescrypt or scrypt together read and write more memory than the limit.
    #[error("passes over {bytes} bytes of memory are above the limit {limit}")]
    MemoryTraffic {
        /// The memory that all passes read and write, in bytes.
        bytes: u64,
        /// The highest number of bytes that the limits allow.
        limit: u64,
    },
    /// The number of passes of argon2 is above the limit.
    #[error("{passes} passes are above the limit {limit}")]
    Passes {
        /// The number of passes of the hash.
        passes: u32,
        /// The highest number of passes that the limits allow.
        limit: u32,
    },
    /// The number of lanes of argon2 is above the limit.
    #[error("{lanes} lanes are above the limit {limit}")]
    Lanes {
        /// The number of lanes of the hash.
        lanes: u32,
        /// The highest number of lanes that the limits allow.
        limit: u32,
    },
}

/// The limit on memory traffic of yescrypt and scrypt, as a multiple of the limit on memory.
const PASSES: u64 = 4;

impl Limits {
    /// Limits that accept every cost that the formats allow.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    /// use htpasswd::{Document, Users};
    ///
    /// let text = "alice:$2y$20$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy\n";
    /// assert!(Users::from(text).get("alice").is_none());
    /// assert!(Users::with_limits(Document::parse(text), Limits::NONE).get("alice").is_some());
    /// ```
    pub const NONE: Self = Self {
        bcrypt: Cost::MAX,
        sha_crypt: Rounds::MAX,
        rounds: u64::MAX,
        memory: u64::MAX,
        passes: u32::MAX,
        lanes: u32::MAX,
    };

    /// Sets the highest cost of bcrypt.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    /// use htpasswd::Cost;
    ///
    /// assert_eq!(Limits::default().max_bcrypt(Cost::new(16)?), Limits::default());
    /// assert_ne!(Limits::default().max_bcrypt(Cost::new(12)?), Limits::default());
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    #[must_use]
    pub fn max_bcrypt(mut self, cost: Cost) -> Self {
        self.bcrypt = cost.get();
        self
    }

    /// Sets the highest number of rounds of `$5$` and `$6$`.
    ///
    /// ```
    /// use htpasswd::hash::{Limits, Rounds};
    /// use htpasswd::{Document, Users};
    ///
    /// let text = format!("alice:$5$rounds=20000$saltsalt${:.<43}\n", "");
    /// let limits = Limits::default().max_sha_crypt(Rounds::new(10_000)?);
    /// assert!(Users::with_limits(Document::parse(text.as_str()), limits).is_empty());
    /// assert!(!Users::from(text).is_empty());
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    #[must_use]
    pub fn max_sha_crypt(mut self, rounds: Rounds) -> Self {
        self.sha_crypt = rounds.get();
        self
    }

    /// Sets the highest number of rounds of `$sha1$`, `$md5` and `_`, the schemes of the feature `libxcrypt` that have
    /// rounds.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    ///
    /// assert_eq!(Limits::default().max_rounds(5_000_000), Limits::default());
    /// ```
    #[must_use]
    pub fn max_rounds(mut self, rounds: u64) -> Self {
        self.rounds = rounds;
        self
    }

    /// Sets the greatest memory for one hash of argon2, yescrypt or scrypt, in bytes. A hash of yescrypt or scrypt is also
    /// rejected if all its passes together read and write more than four times this amount.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    ///
    /// assert_eq!(Limits::default().max_memory(256 << 20), Limits::default());
    /// ```
    #[must_use]
    pub fn max_memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Sets the highest number of passes and of lanes of argon2.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    ///
    /// assert_eq!(Limits::default().max_argon2(16, 16), Limits::default());
    /// ```
    #[must_use]
    pub fn max_argon2(mut self, passes: u32, lanes: u32) -> Self {
        (self.passes, self.lanes) = (passes, lanes);
        self
    }

    /// Checks that the cost of a hash is within the limits.
    ///
    /// ```
    /// use htpasswd::hash::{LimitExceeded, Limits};
    /// use htpasswd::PasswordHash;
    ///
    /// let hash = PasswordHash::parse(b"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")?;
    /// assert_eq!(Limits::default().check(&hash), Ok(()));
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first limit that the hash exceeds.
    pub fn check(&self, hash: &PasswordHash) -> Result<(), LimitExceeded> {
        self.check_cost(&hash.verify_cost())
    }

    /// Checks that the cost of a hash that is created with `params` is within the limits.
    ///
    /// ```
    /// use htpasswd::hash::{LimitExceeded, Limits};
    /// use htpasswd::{Cost, Params};
    ///
    /// let exceeded = Limits::default().check_params(&Params::Bcrypt(Cost::new(17)?)).unwrap_err();
    /// assert_eq!(exceeded, LimitExceeded::BcryptCost { cost: 17, limit: 16 });
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first limit that such a hash exceeds.
    pub fn check_params(&self, params: &Params) -> Result<(), LimitExceeded> {
        match *params {
            Params::Bcrypt(cost) if cost.get() > self.bcrypt => {
                Err(LimitExceeded::BcryptCost { cost: cost.get(), limit: self.bcrypt })
            }
            Params::Sha256Crypt(rounds) | Params::Sha512Crypt(rounds) => {
                let rounds = rounds.unwrap_or(Rounds::DEFAULT).get();
                if rounds > self.sha_crypt {
                    return Err(LimitExceeded::Rounds {
                        rounds: rounds.into(),
                        limit: self.sha_crypt.into(),
                    });
                }
                Ok(())
            }
            #[cfg(feature = "argon2")]
            Params::Argon2id(cost) => self.check_argon2(cost),
            Params::Bcrypt(_) | Params::Apr1 | Params::Sha1 | Params::DesCrypt | Params::Plain => Ok(()),
        }
    }

    pub(crate) fn allow(self, cost: &VerifyCost) -> bool {
        self.check_cost(cost).is_ok()
    }

    fn check_cost(&self, cost: &VerifyCost) -> Result<(), LimitExceeded> {
        let resources = match cost {
            VerifyCost::Creatable { params, .. } => return self.check_params(params),
            VerifyCost::VerifyOnly { resources, .. } => resources,
        };
        if let Some(cost) = resources.argon2 {
            return self.check_argon2(cost);
        }
        let traffic = self.memory.saturating_mul(PASSES);
        if resources.rounds > self.rounds {
            Err(LimitExceeded::Rounds { rounds: resources.rounds, limit: self.rounds })
        } else if resources.memory > self.memory {
            Err(LimitExceeded::Memory { bytes: resources.memory, limit: self.memory })
        } else if resources.traffic > traffic {
            Err(LimitExceeded::MemoryTraffic { bytes: resources.traffic, limit: traffic })
        } else {
            Ok(())
        }
    }

    fn check_argon2(&self, cost: Argon2Cost) -> Result<(), LimitExceeded> {
        let bytes = u64::from(cost.memory()) * 1024;
        if bytes > self.memory {
            Err(LimitExceeded::Memory { bytes, limit: self.memory })
        } else if cost.passes() > self.passes {
            Err(LimitExceeded::Passes { passes: cost.passes(), limit: self.passes })
        } else if cost.lanes() > self.lanes {
            Err(LimitExceeded::Lanes { lanes: cost.lanes(), limit: self.lanes })
        } else {
            Ok(())
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bcrypt: 16, sha_crypt: 5_000_000, rounds: 5_000_000, memory: 256 << 20, passes: 16, lanes: 16 }
    }
}
