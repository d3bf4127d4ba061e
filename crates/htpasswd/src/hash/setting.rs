//! The setting of a hash: its scheme, salt and cost.
//!
//! [`PasswordHash`](super::PasswordHash) uses [`Setting`] to parse, compute and compare hashes of any scheme. This file
//! is the only one that distinguishes schemes; the file of one scheme must never depend on another scheme's prefix.

use super::group::Group;
use super::{
    ForeignScheme, HashError, Params, Scheme, VerifyCost, argon2, bcrypt, des_crypt, encoding, libxcrypt,
    md5_crypt, sha_crypt, sha1,
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
    Argon2(argon2::Setting),
    Plain,
    Foreign(ForeignScheme),
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
        } else if argon2::matches_prefix(text) {
            argon2::Setting::parse(text).map(Self::Argon2)
        } else if let Some(scheme) = ForeignScheme::of(text) {
            return Err(HashError::Foreign(scheme));
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
            #[cfg(feature = "argon2")]
            Params::Argon2id(cost) => Self::Argon2(argon2::Setting::random(cost)?),
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
            Self::Argon2(setting) => setting.scheme(),
            Self::Plain => Scheme::Plain,
            Self::Foreign(scheme) => Scheme::Foreign(*scheme),
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
            Self::Argon2(setting) => match setting.params() {
                // All new hashes have salts and tags of the same length.
                Some(params) => (params, 0),
                None => {
                    return VerifyCost::VerifyOnly {
                        resources: setting.resources(),
                        dummy_hash: setting.dummy_hash(text),
                    };
                }
            },
            // No password is compared with a foreign hash.
            Self::Plain | Self::Foreign(_) => (Params::Plain, 0),
        };
        VerifyCost::Creatable { params, salt }
    }

    /// The group of the hashes with this setting, or `None` if its scheme computes one hash after the other.
    pub(super) fn group(&self) -> Option<Group> {
        match self {
            Self::Bcrypt(setting) => Group::of(&Params::Bcrypt(setting.cost())),
            Self::Md5Crypt(_) => Group::of(&Params::Apr1),
            Self::ShaCrypt(setting) => Group::of(&setting.params()),
            Self::Sha1(_)
            | Self::DesCrypt(_)
            | Self::Libxcrypt(_)
            | Self::Argon2(_)
            | Self::Plain
            | Self::Foreign(_) => None,
        }
    }

    /// Computes [`Setting::crypt`] for each pair. All pairs must have the [group](Setting::group) of the first pair.
    pub(super) fn crypt_group(pairs: &[(&Self, &[u8])]) -> Vec<Vec<u8>> {
        match pairs {
            [(Self::Bcrypt(_), _), ..] => bcrypt::crypt_each(&members(pairs, |setting| match setting {
                Self::Bcrypt(setting) => Some(setting),
                _ => None,
            })),
            [(Self::Md5Crypt(_), _), ..] => md5_crypt::crypt_each(&members(pairs, |setting| match setting {
                Self::Md5Crypt(setting) => Some(setting),
                _ => None,
            })),
            [(Self::ShaCrypt(_), _), ..] => sha_crypt::crypt_each(&members(pairs, |setting| match setting {
                Self::ShaCrypt(setting) => Some(setting),
                _ => None,
            })),
            _ => Vec::new(),
        }
    }

    /// Returns the complete text of the hash of `password`, or `None` if no hash can have this setting.
    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Bcrypt(setting) => bcrypt::crypt_each(&[(setting, password)]).pop()?,
            Self::Md5Crypt(setting) => md5_crypt::crypt_each(&[(setting, password)]).pop()?,
            Self::ShaCrypt(setting) => sha_crypt::crypt_each(&[(setting, password)]).pop()?,
            Self::Sha1(setting) => setting.crypt(password)?,
            Self::DesCrypt(salt) => des_crypt::crypt(password, *salt)?.to_vec(),
            Self::Libxcrypt(setting) => setting.crypt(password)?,
            Self::Argon2(setting) => setting.crypt(password)?,
            Self::Plain => password.to_vec(),
            Self::Foreign(_) => return None,
        })
    }
}

/// The pairs with the inner setting of one scheme.
fn members<'a, T>(
    pairs: &[(&'a Setting, &'a [u8])],
    inner: impl Fn(&'a Setting) -> Option<&'a T>,
) -> Vec<(&'a T, &'a [u8])> {
    pairs.iter().filter_map(|&(setting, password)| Some((inner(setting)?, password))).collect()
}
