//! Creates and verifies many hashes with one call.
//!
//! bcrypt hashes of equal cost are computed [`PasswordHash::LANES`] at a time, interleaved on one core, because this
//! has a higher throughput. Other schemes are computed one after the other. The results must always equal those of
//! [`PasswordHash::create`] and [`PasswordHash::verify`].

use zeroize::Zeroizing;

use super::setting::Setting;
use super::{Cost, HashError, Params, PasswordHash, bcrypt};
use crate::password::Password;

impl PasswordHash {
    /// The number of bcrypt hashes that [`PasswordHash::create_many`] computes interleaved.
    pub(crate) const LANES: usize = bcrypt_lanes::LANES;

    /// Creates a hash of each password, in the order of `passwords`. Each password is wiped as soon as it is hashed. An
    /// error has the index of its password.
    pub(crate) fn create_many(
        passwords: Vec<Password>,
        params: &Params,
    ) -> Result<Vec<Self>, (usize, HashError)> {
        let mut hashes = Vec::with_capacity(passwords.len());
        let mut passwords = passwords.into_iter();
        if let Params::Bcrypt(cost) = *params {
            while passwords.len() > 0 {
                let lanes: Vec<_> = passwords.by_ref().take(Self::LANES).collect();
                let created = Self::create_lanes(&lanes, cost).map_err(|error| (hashes.len(), error))?;
                hashes.extend(created);
            }
        }
        for password in passwords {
            hashes.push(Self::create(&password, params).map_err(|error| (hashes.len(), error))?);
        }
        Ok(hashes)
    }

    fn create_lanes(passwords: &[Password], cost: Cost) -> Result<Vec<Self>, HashError> {
        let pair = |password| Ok((bcrypt::Setting::random(cost)?, Password::as_bytes(password)));
        let pairs = passwords.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
        let texts = bcrypt::crypt_many(&pairs).ok_or(HashError::Malformed)?;
        let hash = |(text, (setting, _))| Self { text, setting: Setting::Bcrypt(setting) };
        Ok(texts.into_iter().zip(pairs).map(hash).collect())
    }

    /// Verifies each pair, in the order of `pairs`. Pairs are computed interleaved only if all hashes are bcrypt hashes
    /// of one cost.
    pub(crate) fn verify_many(pairs: &[(&Self, &Password)]) -> Vec<bool> {
        let bcrypt = pairs.iter().map(|&(hash, password)| match &hash.setting {
            Setting::Bcrypt(setting) => Some((setting.clone(), password.as_bytes())),
            _ => None,
        });
        let bcrypt: Option<Vec<_>> = bcrypt.collect();
        match bcrypt.and_then(|bcrypt| bcrypt::crypt_many(&bcrypt)).map(Zeroizing::new) {
            Some(texts) => texts.iter().zip(pairs).map(|(text, (hash, _))| hash.equals(text)).collect(),
            None => pairs.iter().map(|(hash, password)| hash.verify(password)).collect(),
        }
    }
}
