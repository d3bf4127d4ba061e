//! The setting of a hash: its scheme, salt and cost.
//!
//! [`PasswordHash`](super::PasswordHash) uses [`Setting`] to parse, compute and compare hashes of any scheme. This file
//! is the only one that distinguishes schemes; the file of one scheme must never depend on another scheme's prefix.

use super::{
    HashError, Params, Scheme, VerifyCost, bcrypt, des_crypt, encoding, libxcrypt, md5_crypt, sha_crypt, sha1,
};

/// All parts of a hash except the digest. These parts are necessary to compute the hash again.
#[derive(Clone)]
pub(super) enum Setting {
    Bcrypt(bcrypt::Setting),
    Md5Crypt(md5_crypt::Setting),
    ShaCrypt(sha_crypt::Setting),
    Sha1(sha1::Setting),
    DesCrypt([u8; 2]),
    Libxcrypt(libxcrypt::Setting),
    Plain,
}

impl Setting {
    /// Recognizes the scheme of a hash by its first bytes and checks its format.
    pub(super) fn parse(text: &[u8]) -> Result<Self, HashError> {
        let setting = if text.is_empty() {
            return Err(HashError::Empty);
        } else if text.starts_with(b"*") || text.starts_with(b"!") {
            return Err(HashError::Locked);
        } else if bcrypt::matches_prefix(text) {
            bcrypt::Setting::parse(text).map(Self::Bcrypt)
        } else if md5_crypt::matches_prefix(text) {
            md5_crypt::Setting::parse(text).map(Self::Md5Crypt)
        } else if sha_crypt::matches_prefix(text) {
            sha_crypt::Setting::parse(text).map(Self::ShaCrypt)
        } else if sha1::matches_prefix(text) {
            sha1::Setting::parse(text).map(Self::Sha1)
        } else if libxcrypt::matches_prefix(text) {
            libxcrypt::Setting::parse(text).map(Self::Libxcrypt)
        } else {
            match *text {
                [a, b, ..] if text.len() == 13 && encoding::is_text(text) => Some(Self::DesCrypt([a, b])),
                _ => return Err(HashError::Unknown),
            }
        };
        setting.ok_or(HashError::Malformed)
    }

    /// Returns a setting with a new random salt, or `None` for plain text, which has no setting.
    pub(super) fn random(params: &Params) -> Result<Option<Self>, HashError> {
        Ok(Some(match *params {
            Params::Bcrypt(cost) => Self::Bcrypt(bcrypt::Setting::random(cost)?),
            Params::Apr1 => Self::Md5Crypt(md5_crypt::Setting::random_apr1()?),
            Params::Sha256Crypt(rounds) => Self::ShaCrypt(sha_crypt::Setting::random_sha256(rounds)?),
            Params::Sha512Crypt(rounds) => Self::ShaCrypt(sha_crypt::Setting::random_sha512(rounds)?),
            Params::Sha1 => Self::Sha1(sha1::Setting::unsalted()),
            Params::DesCrypt => Self::DesCrypt(encoding::random()?),
            Params::Plain => return Ok(None),
        }))
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self {
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Md5Crypt(setting) => setting.scheme(),
            Self::ShaCrypt(setting) => setting.scheme(),
            Self::Sha1(setting) => setting.scheme(),
            Self::DesCrypt(_) => Scheme::DesCrypt,
            Self::Libxcrypt(setting) => setting.scheme(),
            Self::Plain => Scheme::Plain,
        }
    }

    /// The cost of verifying the hash `text`, which has this setting.
    pub(super) fn verify_cost(&self, text: &[u8]) -> VerifyCost {
        let (params, salt) = match self {
            Self::Bcrypt(setting) => (Params::Bcrypt(setting.cost()), 0),
            // `$1$` takes as long as `$apr1$`, because they differ only in the prefix.
            Self::Md5Crypt(setting) => (Params::Apr1, setting.salt_len()),
            Self::ShaCrypt(setting) => (setting.params(), setting.salt_len()),
            // Password and salt usually fit into one block of SHA-1, so a salt does not change the time.
            Self::Sha1(_) => (Params::Sha1, 0),
            Self::DesCrypt(_) => (Params::DesCrypt, 0),
            Self::Libxcrypt(setting) => {
                return VerifyCost::VerifyOnly {
                    resources: setting.resources(),
                    dummy_hash: setting.dummy_hash(text),
                };
            }
            Self::Plain => (Params::Plain, 0),
        };
        VerifyCost::Creatable { params, salt }
    }

    /// Returns the complete text of the hash of `password`, or `None` if no hash can have this setting.
    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Bcrypt(setting) => setting.crypt(password)?,
            Self::Md5Crypt(setting) => setting.crypt(password),
            Self::ShaCrypt(setting) => setting.crypt(password),
            Self::Sha1(setting) => setting.crypt(password)?,
            Self::DesCrypt(salt) => des_crypt::crypt(password, *salt)?.to_vec(),
            Self::Libxcrypt(setting) => setting.crypt(password)?,
            Self::Plain => password.to_vec(),
        })
    }
}
