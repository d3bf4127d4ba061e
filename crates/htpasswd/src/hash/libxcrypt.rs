//! The schemes of libxcrypt that only some servers support.
//!
//! Such hashes come from the `shadow` file of an operating system. `setting.rs` uses this module if no common scheme
//! matches. The module verifies these hashes and must never create one.

mod bigcrypt;
mod bsdi;
mod kdf;
mod nt;
mod scrypt;
mod sha1_crypt;
mod sun_md5;
mod yescrypt;

use super::encoding::is_safe;
use super::{Resources, Scheme};

#[derive(Clone)]
pub(super) enum Setting {
    Yescrypt(yescrypt::Setting),
    Scrypt(scrypt::Setting),
    Sha1Crypt(sha1_crypt::Setting),
    SunMd5(sun_md5::Setting),
    Bsdi(bsdi::Setting),
    Bigcrypt(bigcrypt::Setting),
    Nt(nt::Setting),
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    yescrypt::matches_prefix(text)
        || scrypt::matches_prefix(text)
        || sha1_crypt::matches_prefix(text)
        || sun_md5::matches_prefix(text)
        || bsdi::matches_prefix(text)
        || bigcrypt::matches_prefix(text)
        || nt::matches_prefix(text)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if !text.iter().all(|&byte| is_safe(byte)) {
            None
        } else if yescrypt::matches_prefix(text) {
            yescrypt::Setting::parse(text).map(Self::Yescrypt)
        } else if scrypt::matches_prefix(text) {
            scrypt::Setting::parse(text).map(Self::Scrypt)
        } else if sha1_crypt::matches_prefix(text) {
            sha1_crypt::Setting::parse(text).map(Self::Sha1Crypt)
        } else if sun_md5::matches_prefix(text) {
            sun_md5::Setting::parse(text).map(Self::SunMd5)
        } else if bsdi::matches_prefix(text) {
            bsdi::Setting::parse(text).map(Self::Bsdi)
        } else if nt::matches_prefix(text) {
            nt::Setting::parse(text).map(Self::Nt)
        } else {
            bigcrypt::Setting::parse(text).map(Self::Bigcrypt)
        }
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self {
            Self::Yescrypt(setting) if setting.is_gost() => Scheme::GostYescrypt,
            Self::Yescrypt(_) => Scheme::Yescrypt,
            Self::Scrypt(_) => Scheme::Scrypt,
            Self::Sha1Crypt(_) => Scheme::Sha1Crypt,
            Self::SunMd5(_) => Scheme::SunMd5,
            Self::Bsdi(_) => Scheme::BsdiCrypt,
            Self::Bigcrypt(_) => Scheme::Bigcrypt,
            Self::Nt(_) => Scheme::Nt,
        }
    }

    pub(super) fn resources(&self) -> Resources {
        match self {
            Self::Yescrypt(setting) => setting.resources(),
            Self::Scrypt(setting) => setting.resources(),
            Self::Sha1Crypt(setting) => setting.resources(),
            Self::SunMd5(setting) => setting.resources(),
            Self::Bsdi(setting) => setting.resources(),
            Self::Bigcrypt(_) | Self::Nt(_) => Resources::default(),
        }
    }

    /// Returns a dummy hash with the same setting. Its salt and digest are zeros, so the dummy hash contains no part
    /// of the user's salt.
    pub(super) fn dummy_hash(&self, text: &[u8]) -> Vec<u8> {
        let salt = match self {
            Self::Yescrypt(setting) => setting.salt(),
            Self::Scrypt(_) => scrypt::SALT,
            Self::Sha1Crypt(setting) => setting.salt(),
            Self::SunMd5(setting) => setting.salt(),
            Self::Bsdi(_) => bsdi::SALT,
            Self::Bigcrypt(_) => 0,
            Self::Nt(_) => nt::PREFIX.len(),
        };
        let (kept, rest) = text.split_at(salt.min(text.len()));
        let zero = |&byte: &u8| match self {
            _ if byte == b'$' => byte,
            Self::Nt(_) => b'0',
            _ => b'.',
        };
        [kept, &rest.iter().map(zero).collect::<Vec<_>>()].concat()
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Yescrypt(setting) => setting.crypt(password),
            Self::Scrypt(setting) => setting.crypt(password),
            Self::Sha1Crypt(setting) => setting.crypt(password),
            Self::SunMd5(setting) => Some(setting.crypt(password)),
            Self::Bsdi(setting) => setting.crypt(password),
            Self::Bigcrypt(setting) => setting.crypt(password),
            Self::Nt(_) => nt::Setting::crypt(password),
        }
    }
}

#[cfg(test)]
mod tests;
