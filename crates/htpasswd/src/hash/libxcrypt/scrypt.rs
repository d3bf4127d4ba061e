//! scrypt, `$7$`: one character of log2 N, five of r, five of p, a salt that is taken as it stands, and 43
//! characters of digest.

use yescrypt::Mode;

use super::Resources;
use super::kdf::Kdf;
use crate::hash::encoding;

const PREFIX: &[u8] = b"$7$";
/// Where the salt begins.
pub(super) const SALT: usize = PREFIX.len() + 1 + 5 + 5;
const DIGEST_CHARACTERS: usize = 43;
/// libxcrypt has no room for longer settings, and counts the digest among them.
const MAX_LEN: usize = 384 - 1 - DIGEST_CHARACTERS - 1;

#[derive(Clone)]
pub(in crate::hash) struct Setting {
    /// All that stands before the last `$`.
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
        // Behind a `$`, libxcrypt does not look at the salt.
        let odd = salt.iter().position(|byte| *byte != b'$' && !encoding::is_text(&[*byte]));
        let right = text.len() <= MAX_LEN
            && odd.is_none_or(|at| at > 0 && salt[at - 1] == b'$')
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        let kdf = Kdf {
            mode: Mode::Classic,
            log2_n: encoding::number(&text[3..4])?,
            r: encoding::number(&text[4..9])?,
            p: encoding::number(&text[9..14])?,
            t: 0,
        };
        right.then(|| Self { text: text[..end].to_vec(), kdf })
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
