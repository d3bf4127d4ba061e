//! The hashes that are computed together, because this is faster than one after the other.
//!
//! Callers use [`Group`] to put hashes with equal groups into one call of `lanes.rs`. The group must never depend on the
//! password or the salt.

use super::{Params, Rounds, bcrypt, md5_crypt, sha_crypt};

/// The scheme and the number of repetitions of hashes that can be computed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// bcrypt hashes of this cost.
    Bcrypt(u32),
    /// `$1$` and `$apr1$`, which differ only in the hashed data.
    Md5Crypt,
    /// SHA-256-crypt hashes of this number of rounds.
    Sha256Crypt(u32),
    /// SHA-512-crypt hashes of this number of rounds.
    Sha512Crypt(u32),
}

impl Group {
    /// The group of the hashes that [`PasswordHash::create`] creates with these parameters.
    pub(crate) fn of(params: &Params) -> Option<Self> {
        let rounds = |rounds: Option<Rounds>| rounds.unwrap_or(Rounds::DEFAULT).get();
        match *params {
            Params::Bcrypt(cost) => Some(Self::Bcrypt(cost.get())),
            Params::Apr1 => Some(Self::Md5Crypt),
            Params::Sha256Crypt(number) => Some(Self::Sha256Crypt(rounds(number))),
            Params::Sha512Crypt(number) => Some(Self::Sha512Crypt(rounds(number))),
            #[cfg(feature = "argon2")]
            Params::Argon2id(_) => None,
            Params::Sha1 | Params::DesCrypt | Params::Plain => None,
        }
    }

    /// The number of hashes that one call of [`PasswordHash::create_many`] or [`PasswordHash::verify_many`] should get
    /// on this processor. For vectors, it is twice the number of lanes, so that the lengths in each vector are similar.
    pub(crate) fn len(self) -> usize {
        let lanes = match self {
            Self::Bcrypt(_) => return bcrypt::lanes(),
            Self::Md5Crypt => md5_crypt::lanes(),
            Self::Sha256Crypt(_) => sha_crypt::sha256_lanes(),
            Self::Sha512Crypt(_) => sha_crypt::sha512_lanes(),
        };
        if lanes == 1 { 1 } else { 2 * lanes }
    }
}
