//! MD5-crypt: `$1$` of crypt(5), and `$apr1$` of Apache.
//!
//! A hash has a salt of up to 8 characters and 22 characters of digest. `$1$` and `$apr1$` differ only in this prefix,
//! which is a part of the hashed data. This file parses and writes the text; the crate `crypt-lanes` computes the digest.
//! It must never accept a salt that ends the record or its field.

use crypt_lanes::{Level, Magic, Md5Input, md5_crypt_each};
use zeroize::Zeroizing;

use super::encoding::is_safe;
use super::{HashError, Scheme, encoding};

const MAX_SALT: usize = 8;
const DIGEST_CHARACTERS: usize = 22;

#[derive(Clone)]
pub(super) struct Setting {
    magic: Magic,
    salt: Vec<u8>,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    magic(text).is_some()
}

fn magic(text: &[u8]) -> Option<Magic> {
    [Magic::Apr1, Magic::Md5].into_iter().find(|magic| text.starts_with(magic.as_bytes()))
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let magic = magic(text)?;
        let rest = &text[magic.as_bytes().len()..];
        let salt = &rest[..rest.iter().position(|&byte| byte == b'$')?];
        let digest = &rest[salt.len() + 1..];
        // libxcrypt does not support `$apr1$`, and Apache accepts any salt. A colon or a newline would end the hash in
        // a record, so a reader of the file would get another text.
        let is_allowed = |&byte: &u8| {
            if magic == Magic::Apr1 { byte != b':' && !byte.is_ascii_control() } else { is_safe(byte) }
        };
        let is_valid = salt.len() <= MAX_SALT
            && salt.iter().all(is_allowed)
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        is_valid.then(|| Self { magic, salt: salt.to_vec() })
    }

    pub(super) fn random_apr1() -> Result<Self, HashError> {
        Ok(Self { magic: Magic::Apr1, salt: encoding::random::<MAX_SALT>()?.to_vec() })
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.magic {
            Magic::Apr1 => Scheme::Apr1,
            Magic::Md5 => Scheme::Md5Crypt,
        }
    }

    /// The length of the salt, in bytes.
    pub(super) fn salt_len(&self) -> usize {
        self.salt.len()
    }

    fn input<'a>(&'a self, password: &'a [u8]) -> Md5Input<'a> {
        Md5Input { magic: self.magic, password, salt: &self.salt }
    }

    fn text(&self, digest: &[u8; 16]) -> Vec<u8> {
        let mut text = [self.magic.as_bytes(), &self.salt, b"$"].concat();
        encoding::push_md5(&mut text, digest);
        text
    }
}

/// Returns the complete text of the hash of each password.
pub(super) fn crypt_each(pairs: &[(&Setting, &[u8])]) -> Vec<Vec<u8>> {
    let inputs: Vec<_> = pairs.iter().map(|(setting, password)| setting.input(password)).collect();
    let digests = Zeroizing::new(md5_crypt_each(&inputs));
    pairs.iter().zip(digests.iter()).map(|((setting, _), digest)| setting.text(digest)).collect()
}

/// The number of hashes that [`crypt_each`] computes at once.
pub(super) fn lanes() -> usize {
    crypt_lanes::md5_crypt_lanes(Level::detect())
}
