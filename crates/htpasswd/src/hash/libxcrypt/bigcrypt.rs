//! bigcrypt of Digital UNIX.
//!
//! The scheme hashes each eight bytes of the password with DES crypt. The first two characters of each digest are the
//! salt of the next block. A hash has two characters of salt, and eleven characters of digest for each block. The
//! module must never read more than 16 blocks, because libxcrypt ignores the rest of the password.

use crate::hash::{des, des_crypt, encoding};

const MAX_BLOCKS: usize = 16;

#[derive(Clone)]
pub(in crate::hash) struct Setting([u8; 2]);

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    des_crypt::is_bigcrypt(text)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        text.first_chunk().copied().map(Self)
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut text = self.0.to_vec();
        let mut salt = self.0;
        for block in password.chunks(8).take(MAX_BLOCKS) {
            let digest = encoding::encode_block(des::encrypt(
                des::key(block),
                0,
                encoding::number(&salt)?,
                des_crypt::ITERATIONS,
            ))?;
            text.extend_from_slice(&digest);
            salt = *digest.first_chunk()?;
        }
        Some(text)
    }
}
