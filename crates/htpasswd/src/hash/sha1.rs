//! `{SHA}` and `{SSHA}`: one SHA-1 in Base64 (RFC 2307), without and with a salt.
//!
//! The module parses and computes both schemes. It must never accept Base64 without padding, with unused bits set, or
//! with characters after the padding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;

use super::{Scheme, digest};

const PLAIN: &str = "{SHA}";
const SALTED: &str = "{SSHA}";
const DIGEST_LEN: usize = 20;

/// The salt of `{SSHA}`, or `None` for `{SHA}`.
#[derive(Clone)]
pub(super) struct Setting(Option<Vec<u8>>);

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(PLAIN.as_bytes()) || text.starts_with(SALTED.as_bytes())
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if let Some(encoded) = text.strip_prefix(PLAIN.as_bytes()) {
            let digest = STANDARD.decode(encoded).ok()?;
            return (digest.len() == DIGEST_LEN).then_some(Self(None));
        }
        let mut digest = STANDARD.decode(text.strip_prefix(SALTED.as_bytes())?).ok()?;
        (digest.len() >= DIGEST_LEN).then(|| Self(Some(digest.split_off(DIGEST_LEN))))
    }

    pub(super) fn unsalted() -> Self {
        Self(None)
    }

    pub(super) fn scheme(&self) -> Scheme {
        if self.0.is_some() { Scheme::SaltedSha1 } else { Scheme::Sha1 }
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            None => text(PLAIN, &digest::of::<Sha1>([password])),
            Some(salt) => {
                let digest = digest::of::<Sha1>([password, salt]);
                text(SALTED, &[&digest, salt.as_slice()].concat())
            }
        }
    }
}

fn text(prefix: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = vec![0; prefix.len() + bytes.len().div_ceil(3) * 4];
    let (start, encoded) = text.split_at_mut(prefix.len());
    start.copy_from_slice(prefix.as_bytes());
    STANDARD.encode_slice(bytes, encoded).ok()?;
    Some(text)
}
