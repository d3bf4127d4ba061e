//! SHA-crypt by Ulrich Drepper: `$5$` with SHA-256 and `$6$` with SHA-512.
//!
//! A hash has an optional field `rounds=N$`, a salt of up to 16 characters and 43 or 86 characters of digest. This
//! file parses and writes the text; the crate `crypt-lanes` computes the digest. It must never accept rounds outside
//! 1,000 to 999,999,999, although the reference implementation moves such numbers into the range.

use crypt_lanes::{Level, ShaInput, sha256_crypt_each, sha512_crypt_each};
use zeroize::Zeroizing;

use super::encoding::is_safe;
use super::{HashError, Params, Rounds, Scheme, encoding};

const MAX_SALT: usize = 16;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sha256,
    Sha512,
}

#[derive(Clone)]
pub(super) struct Setting {
    kind: Kind,
    /// The value of the field `rounds=`, or `None` if the text has no such field.
    rounds: Option<Rounds>,
    salt: Vec<u8>,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    kind(text).is_some()
}

fn kind(text: &[u8]) -> Option<Kind> {
    match text {
        [b'$', b'5', b'$', ..] => Some(Kind::Sha256),
        [b'$', b'6', b'$', ..] => Some(Kind::Sha512),
        _ => None,
    }
}

/// Parses `N$`, where N has only digits and is in the range of [`Rounds`]. A leading zero is rejected, because crypt(3)
/// never writes one.
fn parse_rounds(text: &[u8]) -> Option<(Rounds, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text[digits..].strip_prefix(b"$")?;
    if text.starts_with(b"0") {
        return None;
    }
    let number = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((Rounds::new(number).ok()?, rest))
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let kind = kind(text)?;
        let (rounds, rest) = match text[3..].strip_prefix(b"rounds=") {
            Some(rest) => parse_rounds(rest).map(|(rounds, rest)| (Some(rounds), rest))?,
            None => (None, &text[3..]),
        };
        let salt = &rest[..rest.iter().position(|&byte| byte == b'$')?];
        let digest = &rest[salt.len() + 1..];
        let characters = match kind {
            Kind::Sha256 => 43,
            Kind::Sha512 => 86,
        };
        let is_valid = salt.len() <= MAX_SALT
            && salt.iter().all(|&byte| is_safe(byte))
            && digest.len() == characters
            && encoding::is_text(digest);
        is_valid.then(|| Self { kind, rounds, salt: salt.to_vec() })
    }

    pub(super) fn random_sha256(rounds: Option<Rounds>) -> Result<Self, HashError> {
        Self::random(Kind::Sha256, rounds)
    }

    pub(super) fn random_sha512(rounds: Option<Rounds>) -> Result<Self, HashError> {
        Self::random(Kind::Sha512, rounds)
    }

    fn random(kind: Kind, rounds: Option<Rounds>) -> Result<Self, HashError> {
        Ok(Self { kind, rounds, salt: encoding::random::<MAX_SALT>()?.to_vec() })
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.kind {
            Kind::Sha256 => Scheme::Sha256Crypt,
            Kind::Sha512 => Scheme::Sha512Crypt,
        }
    }

    /// The length of the salt, in bytes.
    pub(super) fn salt_len(&self) -> usize {
        self.salt.len()
    }

    /// The parameters of the hash. If the text states the default number of rounds, the parameters have `None`, because
    /// the cost is the same.
    pub(super) fn params(&self) -> Params {
        let rounds = self.rounds.filter(|rounds| *rounds != Rounds::DEFAULT);
        match self.kind {
            Kind::Sha256 => Params::Sha256Crypt(rounds),
            Kind::Sha512 => Params::Sha512Crypt(rounds),
        }
    }

    fn input<'a>(&'a self, password: &'a [u8]) -> ShaInput<'a> {
        ShaInput { rounds: self.rounds.unwrap_or(Rounds::DEFAULT).get(), password, salt: &self.salt }
    }

    /// The text before the digest.
    fn prefix(&self) -> Vec<u8> {
        let mut text = match self.kind {
            Kind::Sha256 => b"$5$".to_vec(),
            Kind::Sha512 => b"$6$".to_vec(),
        };
        if let Some(rounds) = self.rounds {
            text.extend_from_slice(format!("rounds={}$", rounds.get()).as_bytes());
        }
        text.extend_from_slice(&self.salt);
        text.push(b'$');
        text
    }

    fn sha256_text(&self, digest: &[u8; 32]) -> Vec<u8> {
        let mut text = self.prefix();
        // The indexes of each group are those of the previous group, rotated by one and increased by one.
        let mut places = [0, 10, 20];
        for _ in 0..10 {
            push_group(&mut text, digest, places);
            places = [places[2] + 1, places[0] + 1, places[1] + 1];
        }
        encoding::push(&mut text, [digest[30], digest[31]]);
        text
    }

    fn sha512_text(&self, digest: &[u8; 64]) -> Vec<u8> {
        let mut text = self.prefix();
        let mut places = [0, 21, 42];
        for _ in 0..21 {
            push_group(&mut text, digest, places);
            places = [places[1] + 1, places[2] + 1, places[0] + 1];
        }
        encoding::push(&mut text, [digest[63]]);
        text
    }
}

/// Returns the complete text of the hash of each password. All settings must have the scheme of the first one, and the
/// number of texts is wrong otherwise.
pub(super) fn crypt_each(pairs: &[(&Setting, &[u8])]) -> Vec<Vec<u8>> {
    let Some((Setting { kind, .. }, _)) = pairs.first() else { return Vec::new() };
    let pairs: Vec<_> = pairs.iter().filter(|(setting, _)| setting.kind == *kind).collect();
    let inputs: Vec<_> = pairs.iter().map(|(setting, password)| setting.input(password)).collect();
    match kind {
        Kind::Sha256 => {
            let digests = Zeroizing::new(sha256_crypt_each(&inputs));
            pairs
                .iter()
                .zip(digests.iter())
                .map(|((setting, _), digest)| setting.sha256_text(digest))
                .collect()
        }
        Kind::Sha512 => {
            let digests = Zeroizing::new(sha512_crypt_each(&inputs));
            pairs
                .iter()
                .zip(digests.iter())
                .map(|((setting, _), digest)| setting.sha512_text(digest))
                .collect()
        }
    }
}

/// The number of SHA-256-crypt hashes that [`crypt_each`] computes at once.
pub(super) fn sha256_lanes() -> usize {
    crypt_lanes::sha256_crypt_lanes(Level::detect())
}

/// The number of SHA-512-crypt hashes that [`crypt_each`] computes at once.
pub(super) fn sha512_lanes() -> usize {
    crypt_lanes::sha512_crypt_lanes(Level::detect())
}

/// Appends the bytes at three indexes of `digest`, the last one first.
fn push_group(text: &mut Vec<u8>, digest: &[u8], places: [usize; 3]) {
    encoding::push(text, places.into_iter().rev().map(|place| digest[place]));
}
