//! The messages that the rounds of MD5-crypt and SHA-crypt hash.
//!
//! A round hashes the password, the salt and the digest of the previous round, in an order that repeats after 42
//! rounds. [`Messages`] therefore builds 42 padded messages once; each round copies its digest into a message and
//! compresses it. Separate hasher calls for each part take 20 % longer with short passwords. The messages contain the
//! password, so the module must never leave a copy of them in memory.

use std::ops::Range;

use zeroize::Zeroizing;

/// The number of different messages. The parts of a message depend on the divisibility of the round number by 2, 3 and
/// 7.
const PATTERNS: u32 = 2 * 3 * 7;

/// Padded messages for a hash function that reads blocks of `BLOCK` bytes. They are wiped on drop.
pub(super) struct Messages<const BLOCK: usize> {
    bytes: Zeroizing<Vec<u8>>,
    /// The range of each message in `bytes`, and the range of the digest in that message.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl<const BLOCK: usize> Messages<BLOCK> {
    /// Builds the messages. `length` encodes the number of bits for the end of the last block of the hash function.
    pub(super) fn new<const LENGTH: usize>(
        password: &[u8],
        salt: &[u8],
        digest_len: usize,
        length: impl Fn(usize) -> [u8; LENGTH],
    ) -> Self {
        let longest = 2 * password.len() + salt.len() + digest_len + 2 * BLOCK;
        // The capacity is sufficient, because a reallocation would leave a copy of the password in memory.
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

    /// Returns the blocks to compress in a round. Rounds are counted from 0.
    pub(super) fn blocks(&mut self, round: u32, digest: &[u8]) -> &[[u8; BLOCK]] {
        let (message, digest_at) = &self.places[(round % PATTERNS) as usize];
        self.bytes[digest_at.clone()].copy_from_slice(digest);
        self.bytes[message.clone()].as_chunks().0
    }
}
