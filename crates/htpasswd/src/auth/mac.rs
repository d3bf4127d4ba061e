//! Tags by which a process knows again what it has seen, and which tell nothing to anybody else.

use hmac::{HmacReset, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::StartError;

/// A random key that lives as long as the process.
pub(super) struct MacKey(HmacReset<Sha256>);

/// HMAC-SHA-256 (RFC 2104) under the [`MacKey`]. Comparing two of them in variable time tells nothing: who does
/// not have the key cannot choose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag([u8; 32]);

impl MacKey {
    pub(super) fn random() -> Result<Self, StartError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|_| StartError::Random)?;
        HmacReset::new_from_slice(key.as_ref()).map(Self).map_err(|_| StartError::Random)
    }

    /// Of the parts and of how they are divided.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> Tag {
        let mut hmac = self.0.clone();
        for part in parts {
            hmac.update(&(part.len() as u64).to_le_bytes());
            hmac.update(part);
        }
        // In place: one that is moved leaves a copy of its buffer behind, with bytes of the password in it.
        Tag(hmac.finalize_reset().into_bytes().into())
    }
}

impl Tag {
    /// Equally likely to be any number.
    pub(super) fn number(&self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_tells_parts_and_processes_apart() {
        let secret = MacKey::random().unwrap();
        let tag = secret.tag(&[b"ab", b"c"]);
        assert_eq!(tag, secret.tag(&[b"ab", b"c"]));
        for other in [&[&b"a"[..], b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"]] {
            assert_ne!(tag, secret.tag(other));
        }
        assert_ne!(tag, MacKey::random().unwrap().tag(&[b"ab", b"c"]));
    }
}
