//! Which kinds of hashes there are, and what each is made with.

use crate::error::HashError;

/// The kind of a hash, as told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `$2y$`, `$2b$`, `$2a$`, `$2x$`: Blowfish-based, with a cost; see crypt(5).
    Bcrypt,
    /// `$apr1$`: Apache's variant of MD5-crypt.
    Apr1,
    /// `$1$`: MD5-crypt, as in crypt(5).
    Md5Crypt,
    /// `$5$`: SHA-256-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha256Crypt,
    /// `$6$`: SHA-512-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha512Crypt,
    /// `{SHA}`: Base64 of one SHA-1, without a salt (RFC 2307).
    Sha1,
    /// `{SSHA}`: Base64 of one SHA-1 over password and salt, and the salt.
    SaltedSha1,
    /// 13 characters: traditional DES crypt(3), which reads 8 bytes of the password.
    DesCrypt,
    /// The password itself.
    Plain,
}

/// How to make a hash: a scheme that can be created, with its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Params {
    /// `$2y$`. Reads 72 bytes of the password.
    Bcrypt(Cost),
    /// `$apr1$`, 1,000 rounds.
    Apr1,
    /// `$5$`; `None` is the default of 5,000 rounds, which is then not written into the hash.
    Sha256Crypt(Option<Rounds>),
    /// `$6$`; `None` is the default of 5,000 rounds, which is then not written into the hash.
    Sha512Crypt(Option<Rounds>),
    /// `{SHA}`: no salt, no cost. Equal passwords give equal hashes.
    Sha1,
    /// Traditional crypt(3). Reads 8 bytes of the password, 7 bits of each.
    DesCrypt,
    /// No hash at all.
    Plain,
}

impl Params {
    /// The kind of hash that is made.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Apr1 => Scheme::Apr1,
            Self::Sha256Crypt(_) => Scheme::Sha256Crypt,
            Self::Sha512Crypt(_) => Scheme::Sha512Crypt,
            Self::Sha1 => Scheme::Sha1,
            Self::DesCrypt => Scheme::DesCrypt,
            Self::Plain => Scheme::Plain,
        }
    }
}

/// The cost of bcrypt: the binary logarithm of its number of iterations, 4 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The lowest cost that the format allows.
    pub const MIN: u32 = bcrypt_lanes::MIN_COST;
    /// The highest cost that the format allows: weeks of work.
    pub const MAX: u32 = bcrypt_lanes::MAX_COST;

    /// Checks the range.
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(cost: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&cost) { Ok(Self(cost)) } else { Err(HashError::Cost) }
    }

    /// The binary logarithm of the number of iterations.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// The number of rounds of SHA-crypt, 1,000 to 999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds(u32);

impl Rounds {
    /// The lowest number that SHA-crypt.txt allows.
    pub const MIN: u32 = 1_000;
    /// The highest number that SHA-crypt.txt allows: minutes of work.
    pub const MAX: u32 = 999_999_999;
    /// What a hash without `rounds=` means.
    pub const DEFAULT: Self = Self(5_000);

    /// Checks the range.
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(rounds: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&rounds) { Ok(Self(rounds)) } else { Err(HashError::Cost) }
    }

    /// The number of rounds.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
