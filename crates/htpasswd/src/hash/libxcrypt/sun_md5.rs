//! `SunMD5` of Solaris: `$md5$` with 4,096 rounds, or `$md5,rounds=N$` with 4,096 + N rounds.
//!
//! A round hashes the digest of the previous round and its own number. If two selected bits of the digest differ, the
//! round also hashes a soliloquy by Shakespeare, between the digest and the number. passlib documents the scheme as
//! `passlib.hash.sun_md5_crypt`. The file `soliloquy.txt` must never change, because every digest depends on it.

use md5::{Digest, Md5};
use zeroize::Zeroize;

use super::Resources;
use crate::hash::{digest, encoding};

const MAGIC: &[u8] = b"$md5";
const ROUNDS: u32 = 4096;
const DIGEST_CHARACTERS: usize = 22;
/// The length of the longest text that libxcrypt writes: `CRYPT_OUTPUT_SIZE` minus the NUL byte.
const MAX_LEN: usize = 383;

/// Hamlet, act 3, scene 1, from an old edition of Project Gutenberg's etext 1524, with the NUL byte of a C string.
static SOLILOQUY: &[u8] = concat!(include_str!("soliloquy.txt"), '\0').as_bytes();

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    /// The text before the `$` of the digest. The first digest hashes it unchanged.
    text: Vec<u8>,
    rounds: u32,
    salt: usize,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(MAGIC)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (b'$' | b',', mut rest) = text.strip_prefix(MAGIC)?.split_first()? else { return None };
        let mut rounds = 0;
        if let Some(number) = rest.strip_prefix(b"rounds=") {
            let digits = number.iter().position(|&byte| byte == b'$')?;
            if !matches!(number.first(), Some(b'1'..=b'9')) {
                return None;
            }
            rounds = std::str::from_utf8(&number[..digits]).ok()?.parse().ok()?;
            rest = &number[digits + 1..];
        }
        let salt = text.len() - rest.len();
        let salt_end = salt + rest.iter().position(|&byte| byte == b'$')?;
        // If two `$` follow the salt, the first one is a part of the setting, because of a bug in Solaris.
        let end = if text[salt_end + 1..].starts_with(b"$") { salt_end + 1 } else { salt_end };
        let digest = &text[end + 1..];
        let is_valid = text.len() <= MAX_LEN
            && encoding::is_text(&text[salt..salt_end])
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        // libxcrypt adds these numbers with wrapping.
        is_valid.then(|| Self { text: text[..end].to_vec(), rounds: ROUNDS.wrapping_add(rounds), salt })
    }

    /// The index of the first byte of the salt.
    pub(super) fn salt(&self) -> usize {
        self.salt
    }

    pub(super) fn resources(&self) -> Resources {
        Resources { rounds: self.rounds.into(), ..Resources::default() }
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Vec<u8> {
        let mut digest: [u8; 16] = digest::of::<Md5>([password, &self.text]).into();
        for round in 0..self.rounds {
            let mut md5 = Md5::new().chain_update(digest);
            if takes_soliloquy(&digest, round) {
                md5.update(SOLILOQUY);
            }
            digest = md5.chain_update(round.to_string()).finalize().into();
        }

        let mut text = [self.text.as_slice(), b"$"].concat();
        encoding::push_md5(&mut text, &digest);
        digest.zeroize();
        text
    }
}

/// Returns true if the round hashes the soliloquy. The result depends on two bits of the digest; the whole digest
/// determines the positions of the two bits.
fn takes_soliloquy(digest: &[u8; 16], round: u32) -> bool {
    let bit = |n: u32| digest[(n / 8 % 16) as usize] >> (n % 8) & 1;
    // The bytes `n` and `n + 3` select one bit of a position.
    let choose = |n: usize| {
        let (a, b) = (digest[n % 16], digest[(n + 3) % 16]);
        let byte = digest[usize::from(a >> (b % 5)) % 16];
        bit(u32::from(byte >> (b >> (a % 8) & 1)))
    };
    let place = |first: usize, halved: u8| {
        (0..8).fold(0, |place, n| place | u32::from(choose(first + n)) << n) >> halved
    };
    bit(place(0, bit(round))) != bit(place(8, bit(round.wrapping_add(64))))
}
