//! bcrypt: the text `$2y$10$`, 22 characters of salt and 31 characters of digest.
//!
//! This file parses and writes the text; the crate `crypt-lanes` computes the digest. It must never change the variant
//! (`$2a$`, `$2b$`, `$2x$`, `$2y$`) of a stored hash.

use base64::Engine;
use crypt_lanes::{BcryptInput, BcryptVariant};

use super::encoding::{BCRYPT, is_text};
use super::{Cost, HashError};

const SALT_CHARACTERS: usize = 22;
const TEXT_LEN: usize = 60;

#[derive(Clone)]
pub(super) struct Setting {
    variant: BcryptVariant,
    cost: Cost,
    salt: [u8; 16],
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    variant(text).is_some()
}

fn variant(text: &[u8]) -> Option<BcryptVariant> {
    match text {
        [b'$', b'2', b'a', b'$', ..] => Some(BcryptVariant::A),
        [b'$', b'2', b'b', b'$', ..] => Some(BcryptVariant::B),
        [b'$', b'2', b'x', b'$', ..] => Some(BcryptVariant::X),
        [b'$', b'2', b'y', b'$', ..] => Some(BcryptVariant::Y),
        _ => None,
    }
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let variant = variant(text)?;
        let [b'0'..=b'3', b'0'..=b'9', b'$', rest @ ..] = &text[4..] else {
            return None;
        };
        if text.len() != TEXT_LEN || !is_text(rest) {
            return None;
        }
        let cost = Cost::new(u32::from(text[4] - b'0') * 10 + u32::from(text[5] - b'0')).ok()?;
        let (characters, _) = rest.split_at_checked(SALT_CHARACTERS)?;
        // A salt has 16 bytes, but the crate estimates the length and requires a buffer of 18 bytes.
        let mut salt = [0; 18];
        BCRYPT.decode_slice(characters, &mut salt).ok()?;
        Some(Self { variant, cost, salt: *salt.first_chunk()? })
    }

    pub(super) fn random(cost: Cost) -> Result<Self, HashError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| HashError::Random)?;
        Ok(Self { variant: BcryptVariant::Y, cost, salt })
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// Returns true if the variant is `$2x$`, which reproduces the sign-extension bug of old versions of
    /// `crypt_blowfish`.
    pub(super) fn has_bug(&self) -> bool {
        self.variant == BcryptVariant::X
    }

    fn input<'a>(&self, password: &'a [u8]) -> BcryptInput<'a> {
        BcryptInput { variant: self.variant, salt: self.salt, password }
    }

    fn text(&self, digest: [u8; 23]) -> Vec<u8> {
        let letter = match self.variant {
            BcryptVariant::A => 'a',
            BcryptVariant::B => 'b',
            BcryptVariant::X => 'x',
            BcryptVariant::Y => 'y',
        };
        let mut text = format!("$2{letter}${:02}$", self.cost.get());
        BCRYPT.encode_string(self.salt, &mut text);
        BCRYPT.encode_string(digest, &mut text);
        text.into_bytes()
    }
}

/// Returns the complete text of the hash of each password, in the order of `pairs`, which must have equal costs.
pub(super) fn crypt_each(pairs: &[(&Setting, &[u8])]) -> Vec<Vec<u8>> {
    let Some((Setting { cost, .. }, _)) = pairs.first() else {
        return Vec::new();
    };
    debug_assert!(pairs.iter().all(|(setting, _)| setting.cost == *cost), "the pairs have different costs");
    let inputs: Vec<_> = pairs.iter().map(|(setting, password)| setting.input(password)).collect();
    // A `Cost` is never out of range.
    let digests = crypt_lanes::bcrypt_each(cost.get(), &inputs).unwrap_or_default();
    pairs.iter().zip(digests).map(|((setting, _), digest)| setting.text(digest)).collect()
}

/// The number of hashes that [`crypt_each`] computes at once.
pub(super) fn lanes() -> usize {
    crypt_lanes::bcrypt_lanes()
}
