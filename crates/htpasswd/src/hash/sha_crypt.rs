//! SHA-crypt: `$5$` and `$6$`, optional `rounds=N$`, a salt of up to 16 characters, 43 or 86 characters
//! of digest. The computing is in the crate `sha-crypt`; here is the text, as SHA-crypt.txt and the C
//! libraries have it.

use zeroize::Zeroize;

use super::{Rounds, Scheme, crypt64};
use crate::error::HashError;

const MAX_SALT: usize = 16;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sha256,
    Sha512,
}

#[derive(Clone)]
pub(super) struct Setting {
    kind: Kind,
    /// `None` where the text does not name them.
    rounds: Option<Rounds>,
    salt: Vec<u8>,
}

pub(super) fn is_mine(text: &[u8]) -> bool {
    kind(text).is_some()
}

fn kind(text: &[u8]) -> Option<Kind> {
    match text {
        [b'$', b'5', b'$', ..] => Some(Kind::Sha256),
        [b'$', b'6', b'$', ..] => Some(Kind::Sha512),
        _ => None,
    }
}

/// Reads `N$`; 1000..=999999999, and nothing but digits.
fn parse_rounds(text: &[u8]) -> Option<(Rounds, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text[digits..].strip_prefix(b"$")?;
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
        let right = salt.len() <= MAX_SALT && digest.len() == characters && crypt64::is_text(digest);
        right.then(|| Self { kind, rounds, salt: salt.to_vec() })
    }

    pub(super) fn random_sha256(rounds: Option<Rounds>) -> Result<Self, HashError> {
        Self::random(Kind::Sha256, rounds)
    }

    pub(super) fn random_sha512(rounds: Option<Rounds>) -> Result<Self, HashError> {
        Self::random(Kind::Sha512, rounds)
    }

    fn random(kind: Kind, rounds: Option<Rounds>) -> Result<Self, HashError> {
        Ok(Self { kind, rounds, salt: crypt64::random::<MAX_SALT>()?.to_vec() })
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.kind {
            Kind::Sha256 => Scheme::Sha256Crypt,
            Kind::Sha512 => Scheme::Sha512Crypt,
        }
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut text = match self.kind {
            Kind::Sha256 => b"$5$".to_vec(),
            Kind::Sha512 => b"$6$".to_vec(),
        };
        if let Some(rounds) = self.rounds {
            text.extend_from_slice(format!("rounds={}$", rounds.get()).as_bytes());
        }
        text.extend_from_slice(&self.salt);
        text.push(b'$');

        let params = sha_crypt::Params::new(self.rounds.unwrap_or(Rounds::DEFAULT).get()).ok()?;
        match self.kind {
            Kind::Sha256 => {
                let mut digest = sha_crypt::sha256_crypt(password, &self.salt, params);
                // Each group of three is the one before, turned by one place and moved on by one.
                let mut places = [0, 10, 20];
                for _ in 0..10 {
                    crypt64::push_bytes(&mut text, &digest, places);
                    places = [places[2] + 1, places[0] + 1, places[1] + 1];
                }
                crypt64::push(&mut text, u32::from(digest[31]) << 8 | u32::from(digest[30]), 3);
                digest.zeroize();
            }
            Kind::Sha512 => {
                let mut digest = sha_crypt::sha512_crypt(password, &self.salt, params);
                let mut places = [0, 21, 42];
                for _ in 0..21 {
                    crypt64::push_bytes(&mut text, &digest, places);
                    places = [places[1] + 1, places[2] + 1, places[0] + 1];
                }
                crypt64::push(&mut text, digest[63].into(), 2);
                digest.zeroize();
            }
        }
        Some(text)
    }
}
