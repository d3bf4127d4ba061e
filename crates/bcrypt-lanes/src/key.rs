//! Passwords and salts as Blowfish key words.

use crate::Variant;
use crate::blowfish::Subkeys;

/// As many bytes as 18 words hold; bcrypt reads no further.
const MAX_BYTES: usize = 72;

/// Fills `words` with the password and its closing NUL, over and over, big-endian.
///
/// What is returned belongs into the first subkey of the initial state, and nowhere else: the guard of
/// `$2a$`, or 0.
pub(crate) fn expand(variant: Variant, password: &[u8], words: &mut Subkeys) -> u32 {
    let password = &password[..password.len().min(MAX_BYTES)];
    let byte_at = |index: usize| password.get(index % (password.len() + 1)).copied().unwrap_or(0);

    let mut could_smear = false;
    let mut did_smear = false;
    for (index, word) in words.iter_mut().enumerate() {
        let bytes: [u8; 4] = std::array::from_fn(|offset| byte_at(4 * index + offset));
        let plain = u32::from_be_bytes(bytes);
        let smeared = bytes.into_iter().fold(0, |word, byte| (word << 8) | sign_extended(byte));
        // The first byte of a word has nothing before it to smear over.
        could_smear |= !bytes[1..].is_ascii();
        did_smear |= plain != smeared;
        *word = if variant == Variant::X { smeared } else { plain };
    }
    u32::from(variant == Variant::A && could_smear && !did_smear) << 16
}

/// What C makes of a plain `char` where that is signed: the bug that `$2x$` keeps.
fn sign_extended(byte: u8) -> u32 {
    i32::from(byte.cast_signed()).cast_unsigned()
}

pub(crate) fn salt_words(salt: &[u8; 16]) -> [u32; 4] {
    let (words, _) = salt.as_chunks();
    std::array::from_fn(|index| u32::from_be_bytes(words[index]))
}
