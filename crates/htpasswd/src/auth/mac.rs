//! Message authentication codes (MACs) that replace user names, hashes and passwords in memory.
//!
//! The cache, the rate limits and single-flight compare [`Tag`]s: HMAC-SHA-256 (RFC 2104) under a random [`MacKey`].
//! Without the key, a tag reveals nothing about its input. The key must never leave the process.

use hmac::{HmacReset, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::StartError;

/// A random key that lives as long as the process.
pub(super) struct MacKey(HmacReset<Sha256>);

/// An HMAC-SHA-256 under the [`MacKey`]. Tags are compared in variable time, which leaks nothing useful: a client
/// without the key cannot choose tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag([u8; 32]);

impl MacKey {
    pub(super) fn random() -> Result<Self, StartError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|_| StartError::Random)?;
        HmacReset::new_from_slice(key.as_ref()).map(Self).map_err(|_| StartError::Random)
    }

    /// Returns the tag of the parts. The length of each part is included, so other divisions of the text have other
    /// tags.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> Tag {
        let mut hmac = self.0.clone();
        for part in parts {
            hmac.update(&(part.len() as u64).to_le_bytes());
            hmac.update(part);
        }
        // `finalize_reset` works in place. `finalize` would move the state and leave a copy with bytes of the
        // password.
        Tag(hmac.finalize_reset().into_bytes().into())
    }
}

impl Tag {
    /// The first 64 bits of the tag, which are uniformly distributed.
    pub(super) fn number(&self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_differ_by_parts_and_by_key() {
        let key = MacKey::random().unwrap();
        let tag = key.tag(&[b"ab", b"c"]);
        assert_eq!(tag, key.tag(&[b"ab", b"c"]));
        for other in [&[&b"a"[..], b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"]] {
            assert_ne!(tag, key.tag(other));
        }
        assert_ne!(tag, MacKey::random().unwrap().tag(&[b"ab", b"c"]));
    }
}
