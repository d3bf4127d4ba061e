//! Passwords and salts as the words of a Blowfish key.
//!
//! [`expand`] makes the key of a password, with the differences between the variants `$2a$`, `$2b$`, `$2x$` and `$2y$`. This
//! module decides which passwords get the same digest, so every change of it must be checked against the recorded vectors.

use crate::blowfish::{Salt, Subkeys};

/// The variant of bcrypt: the letter after `$2` in crypt(5). The variant decides how the bytes of a password become key
/// words.
///
/// All four variants give the same digest for an ASCII password.
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt};
///
/// let digest = |variant, password| bcrypt(4, &BcryptInput { variant, salt: [0; 16], password });
/// assert_eq!(digest(BcryptVariant::X, b"ascii"), digest(BcryptVariant::B, b"ascii"));
/// assert_ne!(digest(BcryptVariant::X, b"\xa3"), digest(BcryptVariant::B, b"\xa3"));
/// # Ok::<(), crypt_lanes::BcryptCostError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "no variant has been added since 2014, and callers must handle a new variant"
)]
pub enum BcryptVariant {
    /// `$2a$`: like `$2b$`, with a guard against the bug of `$2x$`. With the bug, many passwords had the same key as a
    /// password such as `ff ff a3`. With the guard, the password `ff ff a3` has another digest, so it does not match
    /// the hashes of those passwords.
    A,
    /// `$2b$`: bytes are unsigned.
    B,
    /// `$2x$`: the bug of `crypt_blowfish` until 2011, preserved so that old hashes verify. Bytes from 0x80 on are
    /// sign-extended, which overwrites the bytes before them in the same word.
    X,
    /// `$2y$`: another name for `$2b$`.
    Y,
}

/// The size of 18 words. bcrypt ignores all bytes of a password after these.
const MAX_BYTES: usize = 72;

/// Fills `words` with the password and a NUL, repeated, in big-endian order.
///
/// Returns the guard of `$2a$`, or 0. The caller must mix the guard into the first subkey of the initial state, and into
/// no other word.
pub(crate) fn expand(variant: BcryptVariant, password: &[u8], words: &mut Subkeys) -> u32 {
    let password = &password[..password.len().min(MAX_BYTES)];
    let byte_at = |index: usize| password.get(index % (password.len() + 1)).copied().unwrap_or(0);

    let mut could_smear = false;
    let mut did_smear = false;
    for (index, word) in words.iter_mut().enumerate() {
        let bytes: [u8; 4] = core::array::from_fn(|offset| byte_at(4 * index + offset));
        let plain = u32::from_be_bytes(bytes);
        let smeared = bytes.into_iter().fold(0, |word, byte| (word << 8) | sign_extended(byte));
        // Sign extension overwrites the bytes before a byte in its word, and the first byte has none before it.
        could_smear |= !bytes[1..].is_ascii();
        did_smear |= plain != smeared;
        *word = if variant == BcryptVariant::X { smeared } else { plain };
    }
    u32::from(variant == BcryptVariant::A && could_smear && !did_smear) << 16
}

/// Converts a byte as C converts a signed `char`. This is the bug that `$2x$` preserves.
fn sign_extended(byte: u8) -> u32 {
    i32::from(byte.cast_signed()).cast_unsigned()
}

/// Returns the 16 bytes of a salt as big-endian words.
pub(crate) fn salt_words(salt: &[u8; 16]) -> Salt {
    let (words, _) = salt.as_chunks();
    core::array::from_fn(|index| u32::from_be_bytes(words[index]))
}
