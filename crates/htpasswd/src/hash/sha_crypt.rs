//! SHA-crypt by Ulrich Drepper: `$5$` with SHA-256 and `$6$` with SHA-512.
//!
//! A hash has an optional field `rounds=N$`, a salt of up to 16 characters and 43 or 86 characters of digest. Numbers
//! in comments are the steps of SHA-crypt.txt. The module must never accept rounds outside 1,000 to 999,999,999,
//! although the reference implementation moves such numbers into the range.

use std::iter;

use sha2::block_api::{compress256, compress512};
use sha2::digest::{FixedOutputReset, Output};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::encoding::is_safe;
use super::messages::Messages;
use super::{HashError, Params, Rounds, Scheme, digest, encoding};

const MAX_SALT: usize = 16;

/// The initial state of SHA-256: FIPS 180-4, section 5.3.3.
const SHA256_INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// The initial state of SHA-512: FIPS 180-4, section 5.3.5.
const SHA512_INITIAL_STATE: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

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

    pub(super) fn crypt(&self, password: &[u8]) -> Vec<u8> {
        let mut text = match self.kind {
            Kind::Sha256 => b"$5$".to_vec(),
            Kind::Sha512 => b"$6$".to_vec(),
        };
        if let Some(rounds) = self.rounds {
            text.extend_from_slice(format!("rounds={}$", rounds.get()).as_bytes());
        }
        text.extend_from_slice(&self.salt);
        text.push(b'$');

        let rounds = self.rounds.unwrap_or(Rounds::DEFAULT).get();
        match self.kind {
            Kind::Sha256 => {
                let mut digest = sha256_crypt(password, &self.salt, rounds);
                // The indexes of each group are those of the previous group, rotated by one and increased by one.
                let mut places = [0, 10, 20];
                for _ in 0..10 {
                    push_group(&mut text, &digest, places);
                    places = [places[2] + 1, places[0] + 1, places[1] + 1];
                }
                encoding::push(&mut text, [digest[30], digest[31]]);
                digest.zeroize();
            }
            Kind::Sha512 => {
                let mut digest = sha512_crypt(password, &self.salt, rounds);
                let mut places = [0, 21, 42];
                for _ in 0..21 {
                    push_group(&mut text, &digest, places);
                    places = [places[1] + 1, places[2] + 1, places[0] + 1];
                }
                encoding::push(&mut text, [digest[63]]);
                digest.zeroize();
            }
        }
        text
    }
}

/// Appends the bytes at three indexes of `digest`, the last one first.
fn push_group(text: &mut Vec<u8>, digest: &[u8], places: [usize; 3]) {
    encoding::push(text, places.into_iter().rev().map(|place| digest[place]));
}

fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let Start { digest, password, salt } = start::<Sha256>(password, salt);
    let mut digest: [u8; 32] = digest.into();
    let length = |bits| (bits as u64).to_be_bytes();
    let mut messages = Messages::new(&password, &salt, 32, length);
    // Step 21 of SHA-crypt.txt is repeated for each round.
    for round in 0..rounds {
        let mut state = SHA256_INITIAL_STATE;
        compress256(&mut state, messages.blocks(round, &digest));
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
    digest
}

fn sha512_crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 64] {
    let Start { digest, password, salt } = start::<Sha512>(password, salt);
    let mut digest: [u8; 64] = digest.into();
    let length = |bits| (bits as u128).to_be_bytes();
    let mut messages = Messages::new(&password, &salt, 64, length);
    // Step 21 of SHA-crypt.txt is repeated for each round.
    for round in 0..rounds {
        let mut state = SHA512_INITIAL_STATE;
        compress512(&mut state, messages.blocks(round, &digest));
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
    digest
}

/// The input of the rounds: digest A and the sequences P and S.
struct Start<D: Digest> {
    digest: Output<D>,
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
}

fn start<D: Digest + FixedOutputReset>(password: &[u8], salt: &[u8]) -> Start<D> {
    // Steps 4 to 8 of SHA-crypt.txt compute digest B.
    let mut digest_b = digest::of::<D>([password, salt, password]);

    // Steps 1 to 3 and 9 to 12 of SHA-crypt.txt compute digest A.
    let b = repeated(&digest_b, password.len());
    // For each bit of the length, lowest bit first, one part is hashed.
    let bits = usize::BITS - password.len().leading_zeros();
    let bits = (0..bits).map(|bit| if password.len() >> bit & 1 == 1 { &digest_b[..] } else { password });
    let digest = digest::of::<D>([password, salt, &b].into_iter().chain(bits));
    digest_b.as_mut_slice().zeroize();

    // Steps 13 to 16 of SHA-crypt.txt compute the sequence P.
    let mut digest_p = digest::of::<D>(iter::repeat_n(password, password.len()));
    let p = repeated(&digest_p, password.len());
    digest_p.as_mut_slice().zeroize();

    // Steps 17 to 20 of SHA-crypt.txt compute the sequence S.
    let digest_s = digest::of::<D>(iter::repeat_n(salt, 16 + usize::from(digest[0])));
    let s = repeated(&digest_s, salt.len()).to_vec();
    Start { digest, password: p, salt: s }
}

/// Returns `len` bytes of the repeated digest.
fn repeated(digest: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(digest.iter().copied().cycle().take(len).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_equal_those_of_the_crate_sha_crypt() {
        let params = sha_crypt::Params::new(1000).unwrap();
        // The lengths include those at which a message needs one more block, or P needs one more digest.
        for len in (0..=140).chain([191, 192, 193, 255, 256, 511, 512]) {
            let password: Vec<u8> = (1..=255).cycle().skip(len).take(len).collect();
            for salt in [&b""[..], b"s", b"eightlen", b"sixteen in bytes"] {
                let expected = sha_crypt::sha256_crypt(&password, salt, params);
                assert_eq!(sha256_crypt(&password, salt, 1000), expected, "{len} bytes");
                let expected = sha_crypt::sha512_crypt(&password, salt, params);
                assert_eq!(sha512_crypt(&password, salt, 1000), expected, "{len} bytes");
            }
        }
    }
}
