//! yescrypt, `$y$`, and gost-yescrypt, `$gy$`, which applies HMAC with GOST R 34.11-2012 (Streebog) to the digest.
//!
//! A hash has parameters as numbers of one to six characters, a salt of up to 64 bytes and 43 characters of digest.
//! This file parses and writes the text; `kdf.rs` computes the digest. The file must never accept parameters that
//! libxcrypt rejects.

use hmac::{Hmac, KeyInit, Mac};
use streebog::Streebog256;
use yescrypt::Mode;
use zeroize::{Zeroize, Zeroizing};

use super::Resources;
use super::kdf::Kdf;
use crate::hash::{digest, encoding};

const PREFIX: &[u8] = b"$y$";
const GOST_PREFIX: &[u8] = b"$gy$";
const MAX_SALT: usize = 64;
const DIGEST_CHARACTERS: usize = 43;

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    /// The text before the last `$`.
    text: Vec<u8>,
    /// The index of the first byte of the salt in `text`.
    salt_at: usize,
    salt: Vec<u8>,
    kdf: Kdf,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(PREFIX) || text.starts_with(GOST_PREFIX)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX).or_else(|| text.strip_prefix(GOST_PREFIX))?;
        let mut fields = rest.split(|&byte| byte == b'$');
        let (params, salt, digest) = (fields.next()?, fields.next()?, fields.next()?);
        let is_valid =
            fields.next().is_none() && digest.len() == DIGEST_CHARACTERS && encoding::is_text(digest);
        let salt_at = text.len() - rest.len() + params.len() + 1;
        let (kdf, bytes) = (read_params(params)?, read_salt(salt)?);
        is_valid.then(|| Self { text: text[..salt_at + salt.len()].to_vec(), salt_at, salt: bytes, kdf })
    }

    pub(super) fn is_gost(&self) -> bool {
        self.text.starts_with(GOST_PREFIX)
    }

    /// The index of the first byte of the salt.
    pub(super) fn salt(&self) -> usize {
        self.salt_at
    }

    pub(super) fn resources(&self) -> Resources {
        self.kdf.resources()
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut digest = self.kdf.derive(password, &self.salt)?;
        if self.is_gost() {
            digest = gost(password, &self.text, &digest)?;
        }
        let mut text = [self.text.as_slice(), b"$"].concat();
        encoding::push(&mut text, digest.iter().copied());
        Some(text)
    }
}

/// Returns the HMAC of `digest`. Its key is the HMAC of `setting`, whose key is the hashed password.
fn gost(password: &[u8], setting: &[u8], digest: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let hmac = |key: &[u8], message: &[u8]| -> Option<Zeroizing<[u8; 32]>> {
        let hmac = Hmac::<Streebog256>::new_from_slice(key).ok()?.chain_update(message);
        Some(Zeroizing::new(hmac.finalize().into_bytes().into()))
    };
    let mut key = digest::of::<Streebog256>([password]);
    let inner = hmac(&key, setting);
    key.as_mut_slice().zeroize();
    hmac(inner?.as_slice(), digest)
}

fn read_params(text: &[u8]) -> Option<Kdf> {
    let (flavor, rest) = read_number(text, 0)?;
    let mode = Mode::try_from(flavor).ok()?;
    let (log2_n, rest) = read_number(rest, 1)?;
    let (r, mut rest) = read_number(rest, 1)?;
    let mut kdf = Kdf { mode, log2_n, r, p: 1, t: 0 };
    if !rest.is_empty() {
        let have;
        (have, rest) = read_number(rest, 1)?;
        if have & 1 != 0 {
            (kdf.p, rest) = read_number(rest, 2)?;
        }
        if have & 2 != 0 {
            (kdf.t, rest) = read_number(rest, 1)?;
        }
        // The mask 4 marks an upgraded hash, and the mask 8 marks an additional ROM. libxcrypt supports neither.
        if have & (4 | 8) != 0 {
            return None;
        }
    }
    rest.is_empty().then_some(kdf)
}

/// Parses a number of at least `min` and returns it with the rest of the text. The first character determines how many
/// characters follow: the first 48 characters of the alphabet mean none, and each further character halves the
/// remaining first characters.
fn read_number(text: &[u8], min: u32) -> Option<(u32, &[u8])> {
    let (&first, mut rest) = text.split_first()?;
    let first = encoding::number(&[first])?;
    let (mut start, mut end, mut bits, mut number) = (0, 47, 0, min);
    while first > end {
        number = number.checked_add((end + 1 - start) << bits)?;
        start = end + 1;
        end = start + (62 - end) / 2;
        bits += 6;
    }
    number = number.checked_add((first - start) << bits)?;
    while bits > 0 {
        bits -= 6;
        let (&next, after) = rest.split_first()?;
        number = number.checked_add(encoding::number(&[next])? << bits)?;
        rest = after;
    }
    Some((number, rest))
}

fn read_salt(text: &[u8]) -> Option<Vec<u8>> {
    encoding::decode(text).filter(|salt| salt.len() <= MAX_SALT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_growing_length_are_consecutive() {
        for min in [0, 1, 2] {
            let mut expected = min;
            for (first, digit) in encoding::ALPHABET.iter().copied().enumerate().take(63) {
                let more = match first {
                    0..=47 => 0,
                    48..=55 => 1,
                    56..=59 => 2,
                    60..=61 => 3,
                    _ => 4,
                };
                let number = |digits: &[u8]| {
                    let text = [&[digit], digits, b"$"].concat();
                    read_number(&text, min).map(|(number, rest)| (number, rest.len()))
                };
                assert_eq!(number(&vec![b'.'; more]), Some((expected, 1)), "{first}");
                for place in 0..more {
                    let mut digits = vec![b'.'; more];
                    digits[place] = b'z';
                    assert_eq!(number(&digits), Some((expected + (63 << (6 * (more - 1 - place))), 1)));
                    assert_eq!(number(&digits[..place]), None, "a `$` is not a digit");
                }
                expected += 1 << (6 * more);
            }
        }
        assert!(read_number(b"", 0).is_none() && read_number(b"z.....", u32::MAX).is_none());
    }

    #[test]
    fn a_salt_has_up_to_64_bytes() {
        assert_eq!(read_salt(&[b'.'; 86]).map(|salt| salt.len()), Some(64));
        assert_eq!(read_salt(&[b'.'; 87]), None);
    }

    #[test]
    fn parameters_that_libxcrypt_lacks_are_rejected() {
        // After the flavor, N and r, one character is a bit mask of p, t, upgrades and ROM. Their values follow it.
        for (text, is_accepted) in [
            ("j9T", true),
            ("j9T..", true),
            ("j9T/.", true),
            ("j9T0..", true),
            ("j9T1", false),
            ("j9T5", false),
        ] {
            assert_eq!(read_params(text.as_bytes()).is_some(), is_accepted, "{text}");
        }
    }
}
