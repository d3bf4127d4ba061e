//! bcrypt: the text `$2y$10$`, 22 characters of salt and 31 characters of digest.
//!
//! This file parses and writes the text; the crate `bcrypt-lanes` computes the digest. It must never change the variant
//! (`$2a$`, `$2b$`, `$2x$`, `$2y$`) of a stored hash.

use base64::Engine;
use bcrypt_lanes::{Job, Variant};

use super::encoding::{BCRYPT, is_text};
use super::{Cost, HashError};

const SALT_CHARACTERS: usize = 22;
const TEXT_LEN: usize = 60;

#[derive(Clone)]
pub(super) struct Setting {
    variant: Variant,
    cost: Cost,
    salt: [u8; 16],
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    variant(text).is_some()
}

fn variant(text: &[u8]) -> Option<Variant> {
    match text {
        [b'$', b'2', b'a', b'$', ..] => Some(Variant::A),
        [b'$', b'2', b'b', b'$', ..] => Some(Variant::B),
        [b'$', b'2', b'x', b'$', ..] => Some(Variant::X),
        [b'$', b'2', b'y', b'$', ..] => Some(Variant::Y),
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
        Ok(Self { variant: Variant::Y, cost, salt })
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// Returns true if the variant is `$2x$`, which reproduces the sign-extension bug of old versions of
    /// `crypt_blowfish`.
    pub(super) fn has_bug(&self) -> bool {
        self.variant == Variant::X
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let digest = bcrypt_lanes::bcrypt(self.cost.get(), &self.job(password)).ok()?;
        Some(self.text(digest))
    }

    fn job<'a>(&self, password: &'a [u8]) -> Job<'a> {
        Job { variant: self.variant, salt: self.salt, password }
    }

    fn text(&self, digest: [u8; 23]) -> Vec<u8> {
        let letter = match self.variant {
            Variant::A => 'a',
            Variant::B => 'b',
            Variant::X => 'x',
            Variant::Y => 'y',
        };
        let mut text = format!("$2{letter}${:02}$", self.cost.get());
        BCRYPT.encode_string(self.salt, &mut text);
        BCRYPT.encode_string(digest, &mut text);
        text.into_bytes()
    }
}

/// Computes [`Setting::crypt`] for each pair, up to [`bcrypt_lanes::LANES`] at a time. Returns `None` if the costs differ.
pub(super) fn crypt_many(pairs: &[(Setting, &[u8])]) -> Option<Vec<Vec<u8>>> {
    let Some((Setting { cost, .. }, _)) = pairs.first() else {
        return Some(Vec::new());
    };
    if pairs.iter().any(|(setting, _)| setting.cost != *cost) {
        return None;
    }
    let jobs: Vec<_> = pairs.iter().map(|(setting, password)| setting.job(password)).collect();
    let digests = bcrypt_lanes::bcrypt_each(cost.get(), &jobs).ok()?;
    Some(pairs.iter().zip(digests).map(|((setting, _), digest)| setting.text(digest)).collect())
}
