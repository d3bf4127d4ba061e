//! The messages that the rounds of MD5-crypt and SHA-crypt hash.
//!
//! A round hashes the password, the salt and the digest of the previous round, in an order that depends on the
//! divisibility of the round number by 2, 3 and 7. There are therefore eight patterns, and [`Parts`] writes the message
//! of each pattern once. [`Messages`] has the messages of one computation; `batch.rs` has those of several lanes.
//!
//! The messages contain the password, so the module must never leave a copy of them in memory.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

use crate::hash::Format;

/// The number of different messages.
pub(crate) const PATTERNS: usize = 8;

/// The order and presence of the parts of a message.
#[derive(Clone, Copy)]
pub(crate) struct Pattern(usize);

impl Pattern {
    pub(crate) const ALL: [Self; PATTERNS] =
        [Self(0), Self(1), Self(2), Self(3), Self(4), Self(5), Self(6), Self(7)];

    /// The pattern of a round. Rounds are counted from 0.
    #[inline(always)]
    pub(crate) fn of_round(round: u32) -> Self {
        let bit = |divisor| usize::from(!round.is_multiple_of(divisor));
        Self(bit(2) | bit(3) << 1 | bit(7) << 2)
    }

    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// Returns true if the message starts with the digest. It ends in the digest otherwise.
    #[inline(always)]
    pub(crate) fn digest_leads(self) -> bool {
        self.0 & 1 == 0
    }

    fn has_salt(self) -> bool {
        self.0 & 2 != 0
    }

    /// Returns true if the password is in the message twice.
    fn has_second_password(self) -> bool {
        self.0 & 4 != 0
    }
}

/// The parts of the messages, except the digest.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) password: &'a [u8],
    pub(crate) salt: &'a [u8],
}

impl Parts<'_> {
    /// The length of the message of a pattern, without the digest and the padding.
    pub(crate) fn len(&self, pattern: Pattern) -> usize {
        let salt = if pattern.has_salt() { self.salt.len() } else { 0 };
        let second = if pattern.has_second_password() { self.password.len() } else { 0 };
        self.password.len() + salt + second
    }

    /// Returns the index of the first byte of the digest.
    pub(crate) fn digest_at(&self, pattern: Pattern) -> usize {
        if pattern.digest_leads() { 0 } else { self.len(pattern) }
    }

    /// The length of the message of a pattern, with its padding.
    pub(crate) fn padded_len(&self, pattern: Pattern, format: Format) -> usize {
        format.padded(self.len(pattern) + format.digest)
    }

    /// Writes the message of a pattern over `message`, which has the length [`Parts::padded_len`] and only zeros. The
    /// digest stays zero.
    pub(crate) fn write(&self, pattern: Pattern, format: Format, message: &mut [u8]) {
        let mut at = if pattern.digest_leads() { format.digest } else { 0 };
        let mut push = |part: &[u8]| {
            message[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        if !pattern.digest_leads() {
            push(self.password);
        }
        if pattern.has_salt() {
            push(self.salt);
        }
        if pattern.has_second_password() {
            push(self.password);
        }
        if pattern.digest_leads() {
            push(self.password);
        }
        format.pad(message, self.len(pattern) + format.digest);
    }
}

/// The padded messages of one computation. They are wiped on drop.
pub(crate) struct Messages {
    bytes: Zeroizing<Vec<u8>>,
    /// The range of each message in `bytes`, and the index of the digest in `bytes`.
    places: [(Range<usize>, usize); PATTERNS],
}

impl Messages {
    pub(crate) fn new(parts: Parts<'_>, format: Format) -> Self {
        let len = Pattern::ALL.iter().map(|&pattern| parts.padded_len(pattern, format)).sum();
        let mut bytes = Zeroizing::new(vec![0; len]);
        let mut start = 0;
        let places = Pattern::ALL.map(|pattern| {
            let end = start + parts.padded_len(pattern, format);
            parts.write(pattern, format, &mut bytes[start..end]);
            let place = (start..end, start + parts.digest_at(pattern));
            start = end;
            place
        });
        Self { bytes, places }
    }

    /// Returns the blocks to compress in a round, which contain `digest`. Rounds are counted from 0.
    pub(crate) fn blocks<const BLOCK: usize>(&mut self, round: u32, digest: &[u8]) -> &[[u8; BLOCK]] {
        let (message, digest_at) = &self.places[Pattern::of_round(round).index()];
        self.bytes[*digest_at..*digest_at + digest.len()].copy_from_slice(digest);
        self.bytes[message.clone()].as_chunks().0
    }
}
