//! scrypt, `$7$`.
//!
//! A hash has one character of log2 N, five of r, five of p, a salt and 43 characters of digest. `kdf.rs` computes the
//! digest. The module must never decode the salt, because the scheme hashes its characters.

use yescrypt::Mode;

use super::Resources;
use super::kdf::Kdf;
use crate::hash::encoding;

const PREFIX: &[u8] = b"$7$";
/// The index of the first byte of the salt.
pub(super) const SALT: usize = PREFIX.len() + 1 + 5 + 5;
const DIGEST_CHARACTERS: usize = 43;
/// The length of the longest hash that libxcrypt verifies. libxcrypt limits the setting to this length, and passes the
/// complete hash as the setting.
const MAX_LEN: usize = 384 - 1 - DIGEST_CHARACTERS - 1;

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    /// The text before the last `$`.
    text: Vec<u8>,
    kdf: Kdf,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(PREFIX)
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let end = text.iter().rposition(|&byte| byte == b'$')?;
        let (salt, digest) = (text.get(SALT..end)?, &text[end + 1..]);
        // libxcrypt does not check the characters of a salt after a `$`.
        let foreign = salt.iter().position(|byte| *byte != b'$' && !encoding::is_text(&[*byte]));
        let is_valid = text.len() <= MAX_LEN
            && foreign.is_none_or(|index| index > 0 && salt[index - 1] == b'$')
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        let kdf = Kdf {
            mode: Mode::Classic,
            log2_n: encoding::number(&text[3..4])?,
            r: encoding::number(&text[4..9])?,
            p: encoding::number(&text[9..14])?,
            t: 0,
        };
        is_valid.then(|| Self { text: text[..end].to_vec(), kdf })
    }

    pub(super) fn resources(&self) -> Resources {
        self.kdf.resources()
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let digest = self.kdf.derive(password, &self.text[SALT..])?;
        let mut text = [self.text.as_slice(), b"$"].concat();
        encoding::push(&mut text, digest.iter().copied());
        Some(text)
    }
}
