//! The rounds that MD5-crypt and SHA-crypt have in common: password, salt and the digest of the round before,
//! put together in a way that repeats after 42 rounds. So 42 messages are written once, padded and all, and a
//! round puts the digest into its own and compresses; asking a hasher for each part of each round takes a fifth
//! longer with short passwords.

use std::ops::Range;

use zeroize::Zeroizing;

/// Rounds differ by whether their number is divisible by 2, 3 and 7.
const PATTERNS: u32 = 2 * 3 * 7;

/// Padded messages for a hash function that reads blocks of `BLOCK` bytes. Wiped on drop.
pub(super) struct Messages<const BLOCK: usize> {
    bytes: Zeroizing<Vec<u8>>,
    /// Where the message of each pattern is, and where the digest is.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl<const BLOCK: usize> Messages<BLOCK> {
    /// `length` writes a number of bits as the hash function has it at the end of its last block.
    pub(super) fn new<const LENGTH: usize>(
        password: &[u8],
        salt: &[u8],
        digest_len: usize,
        length: impl Fn(usize) -> [u8; LENGTH],
    ) -> Self {
        let longest = 2 * password.len() + salt.len() + digest_len + 2 * BLOCK;
        // Enough, so that no copy is left behind by growing.
        let mut bytes = Zeroizing::new(Vec::with_capacity(longest * PATTERNS as usize));
        let mut places = Vec::new();
        for round in 0..PATTERNS {
            let start = bytes.len();
            let digest_leads = round % 2 == 0;
            if digest_leads {
                bytes.resize(start + digest_len, 0);
            } else {
                bytes.extend_from_slice(password);
            }
            if round % 3 != 0 {
                bytes.extend_from_slice(salt);
            }
            if round % 7 != 0 {
                bytes.extend_from_slice(password);
            }
            let digest_at = if digest_leads { start } else { bytes.len() };
            if digest_leads {
                bytes.extend_from_slice(password);
            } else {
                bytes.resize(digest_at + digest_len, 0);
            }

            let bits = 8 * (bytes.len() - start);
            bytes.push(0x80);
            let padded = (bytes.len() - start + LENGTH).next_multiple_of(BLOCK);
            bytes.resize(start + padded - LENGTH, 0);
            bytes.extend_from_slice(&length(bits));
            places.push((start..bytes.len(), digest_at..digest_at + digest_len));
        }
        Self { bytes, places }
    }

    /// The blocks to compress in a round, which is counted from 0.
    pub(super) fn blocks(&mut self, round: u32, digest: &[u8]) -> &[[u8; BLOCK]] {
        let (message, digest_at) = &self.places[(round % PATTERNS) as usize];
        self.bytes[digest_at.clone()].copy_from_slice(digest);
        self.bytes[message.clone()].as_chunks().0
    }
}
