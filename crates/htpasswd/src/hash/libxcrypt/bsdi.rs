//! `BSDi`'s extended DES crypt, `_`.
//!
//! A hash has four characters of the number of rounds, four of salt and eleven of digest. The scheme reads the complete
//! password and folds it into one DES key. The module must never truncate the password.

use super::Resources;
use crate::hash::{des, encoding};

const LEN: usize = 20;
/// The index of the first byte of the salt.
pub(super) const SALT: usize = 5;
/// The index of the first byte of the digest.
const DIGEST: usize = 9;

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    text: [u8; DIGEST],
    count: u32,
    salt: u32,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(b"_")
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != LEN || !encoding::is_text(&text[1..]) {
            return None;
        }
        let setting = *text.first_chunk()?;
        let count = encoding::number(&text[1..SALT])?;
        Some(Self { text: setting, count, salt: encoding::number(&text[SALT..DIGEST])? })
    }

    pub(super) fn resources(&self) -> Resources {
        Resources { rounds: self.count.into(), ..Resources::default() }
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut blocks = password.chunks(8);
        let mut key = des::key(blocks.next().unwrap_or_default());
        for block in blocks {
            key = des::encrypt(key, key, 0, 1) ^ des::key(block);
        }
        // libxcrypt encrypts once if the number of rounds is 0.
        let digest = des::encrypt(key, 0, self.salt, self.count.max(1));
        Some([self.text.as_slice(), &encoding::encode_block(digest)?].concat())
    }
}
