//! NetBSD's sha1crypt, `$sha1$N$`.
//!
//! The scheme repeats HMAC-SHA-1 N times with the password as the key. A hash has a salt of up to 64 characters and 28
//! characters of digest. The module must never accept a longer salt, because libxcrypt rejects it.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroize;

use super::Resources;
use crate::hash::encoding;

const MAGIC: &[u8] = b"$sha1$";
const MAX_SALT: usize = 64;
const DIGEST_CHARACTERS: usize = 28;

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    rounds: u64,
    salt: Vec<u8>,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(MAGIC)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = text.strip_prefix(MAGIC)?.split(|&byte| byte == b'$');
        let (rounds, salt, digest) = (fields.next()?, fields.next()?, fields.next()?);
        // A number with a leading zero or a sign is accepted, but never matches, because `crypt` writes it without one.
        let rounds = std::str::from_utf8(rounds).ok()?.parse().ok()?;
        let is_valid = fields.next().is_none()
            && (1..=MAX_SALT).contains(&salt.len())
            && encoding::is_text(salt)
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        is_valid.then(|| Self { rounds, salt: salt.to_vec() })
    }

    /// The index of the first byte of the salt.
    pub(super) fn salt(&self) -> usize {
        MAGIC.len() + self.rounds.to_string().len() + 1
    }

    pub(super) fn resources(&self) -> Resources {
        Resources { rounds: self.rounds, ..Resources::default() }
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let rounds = self.rounds.to_string();
        let key = Hmac::<Sha1>::new_from_slice(password).ok()?;
        let hmac = |message: &[u8]| key.clone().chain_update(message).finalize().into_bytes();
        let mut digest = hmac(&[&self.salt, MAGIC, rounds.as_bytes()].concat());
        for _ in 1..self.rounds {
            digest = hmac(&digest);
        }

        let mut text = [MAGIC, rounds.as_bytes(), b"$", &self.salt, b"$"].concat();
        for first in (0..18).step_by(3) {
            encoding::push(&mut text, [digest[first + 2], digest[first + 1], digest[first]]);
        }
        // Two bytes remain. The scheme completes their group with the first byte.
        encoding::push(&mut text, [digest[0], digest[19], digest[18]]);
        digest.as_mut_slice().zeroize();
        Some(text)
    }
}
