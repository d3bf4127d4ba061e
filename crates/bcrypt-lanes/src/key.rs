//! Passwords and salts as Blowfish key words.

use crate::blowfish::Subkeys;

/// How the bytes of a password become key words: the letter after `$2` in crypt(5).
///
/// All four agree as long as every byte is ASCII.
///
/// ```
/// use bcrypt_lanes::{Job, Variant, bcrypt};
///
/// let digest = |variant, password| bcrypt(4, &Job { variant, salt: [0; 16], password });
/// assert_eq!(digest(Variant::X, b"ascii"), digest(Variant::B, b"ascii"));
/// assert_ne!(digest(Variant::X, b"\xa3"), digest(Variant::B, b"\xa3"));
/// # Ok::<(), bcrypt_lanes::CostError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "no letter has been added since 2014, and a new one must not go unnoticed"
)]
pub enum Variant {
    /// `$2a$`: as `$2b$`, with a guard. The bug of `$2x$` gave many passwords the key of one like `ff ff a3`;
    /// such a password gets a digest of its own, so that it does not open what was hashed from another.
    A,
    /// `$2b$`: bytes are unsigned.
    B,
    /// `$2x$`: the bug of 2011 and before, kept so that old hashes verify. Bytes from 0x80 on are
    /// sign-extended and overwrite those before them in the same word.
    X,
    /// `$2y$`: another name for `$2b$`.
    Y,
}

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
