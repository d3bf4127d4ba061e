//! Creates and verifies many hashes with one call.
//!
//! Hashes of one slow scheme are computed several at a time on one core, because this has a higher throughput: bcrypt
//! hashes of equal cost interleaved, MD5-crypt and SHA-crypt hashes in vectors. Other schemes are computed one after the
//! other. The results must always equal those of [`PasswordHash::create`] and [`PasswordHash::verify`].

use zeroize::Zeroizing;

use super::group::Group;
use super::setting::Setting;
use super::{HashError, Params, PasswordHash};
use crate::password::Password;

/// A setting and the password to hash with it.
type Pair<'a> = (&'a Setting, &'a [u8]);

impl PasswordHash {
    /// The group of the hash, or `None` if its scheme computes one hash after the other.
    pub(crate) fn group(&self) -> Option<Group> {
        self.setting.group()
    }

    /// Creates a hash of each password, in the order of `passwords`. Each password is wiped as soon as its group is
    /// hashed. An error has the index of its password.
    pub(crate) fn create_many(
        passwords: Vec<Password>,
        params: &Params,
    ) -> Result<Vec<Self>, (usize, HashError)> {
        let mut hashes = Vec::with_capacity(passwords.len());
        let mut passwords = passwords.into_iter();
        let group_len = Group::of(params).map_or(1, Group::len);
        if group_len > 1 {
            while passwords.len() > 0 {
                let group: Vec<_> = passwords.by_ref().take(group_len).collect();
                let created = Self::create_group(&group, params).map_err(|error| (hashes.len(), error))?;
                hashes.extend(created);
            }
        }
        for password in passwords {
            hashes.push(Self::create(&password, params).map_err(|error| (hashes.len(), error))?);
        }
        Ok(hashes)
    }

    /// Creates the hashes of one group. The scheme has a setting, so every password can be hashed and an error concerns
    /// all of them.
    fn create_group(passwords: &[Password], params: &Params) -> Result<Vec<Self>, HashError> {
        let random = |_: &Password| Setting::random(params)?.ok_or(HashError::Malformed);
        let settings = passwords.iter().map(random).collect::<Result<Vec<_>, _>>()?;
        let pairs: Vec<_> = settings.iter().zip(passwords.iter().map(Password::as_bytes)).collect();
        let texts: Option<Vec<_>> = crypt_each(&pairs).into_iter().collect();
        let texts = texts.ok_or(HashError::Malformed)?;
        Ok(texts.into_iter().zip(settings).map(|(text, setting)| Self { text, setting }).collect())
    }

    /// Verifies each pair, in the order of `pairs`.
    pub(crate) fn verify_many(pairs: &[(&Self, &Password)]) -> Vec<bool> {
        let settings: Vec<_> =
            pairs.iter().map(|(hash, password)| (&hash.setting, password.as_bytes())).collect();
        let texts = crypt_each(&settings).into_iter().map(|text| text.map(Zeroizing::new));
        texts.zip(pairs).map(|(text, (hash, _))| text.is_some_and(|text| hash.equals(&text))).collect()
    }
}

/// Computes [`Setting::crypt`] for each pair, in the order of `pairs`.
fn crypt_each(pairs: &[Pair<'_>]) -> Vec<Option<Vec<u8>>> {
    let mut texts: Vec<Option<Vec<u8>>> = pairs.iter().map(|_| None).collect();
    let mut left: Vec<usize> = (0..pairs.len()).collect();
    while let Some(&first) = left.first() {
        let (setting, password) = pairs[first];
        let Some(group) = setting.group() else {
            texts[first] = setting.crypt(password);
            left.remove(0);
            continue;
        };
        let (same, others) = left.into_iter().partition(|&index| pairs[index].0.group() == Some(group));
        left = others;
        let same: Vec<usize> = same;
        let members: Vec<_> = same.iter().map(|&index| pairs[index]).collect();
        for (index, text) in same.into_iter().zip(Setting::crypt_group(&members)) {
            texts[index] = Some(text);
        }
    }
    texts
}
