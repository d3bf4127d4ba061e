//! The Base64 alphabets of crypt(3) and bcrypt, with their encoders and decoders.
//!
//! crypt(3) uses `./0-9A-Za-z`, and bcrypt uses `./A-Za-z0-9`. DES and bcrypt write the highest bits first, as the
//! crate `base64` does. All other schemes write the lowest six bits first, which that crate does not support. The files
//! of the schemes use this module and must never define their own table of characters.

use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::HashError;

/// The alphabet of crypt(3), in the order of the values.
pub(super) const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The encoding of the salt and the digest of bcrypt. The last character of a salt has four unused bits. Decoding
/// ignores these bits. If one of these bits is set, the computed text differs from the stored text, so no password
/// matches. `crypt_blowfish` has the same behaviour.
pub(super) const BCRYPT: GeneralPurpose = unpadded(&alphabet::BCRYPT, true);

/// The encoding of a DES block. The last character of a block has two unused bits, which are zero.
const DES: GeneralPurpose = unpadded(&alphabet::CRYPT, false);

const fn unpadded(alphabet: &Alphabet, allows_trailing_bits: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(allows_trailing_bits);
    GeneralPurpose::new(alphabet, config)
}

/// Appends three bytes as four characters, the lowest bits of the first byte first.
pub(super) fn push(text: &mut Vec<u8>, bytes: impl IntoIterator<Item = u8>) {
    let (mut value, mut bits) = (0, 0);
    for byte in bytes {
        value |= u32::from(byte) << bits;
        bits += 8;
        while bits >= 6 {
            text.push(ALPHABET[(value & 63) as usize]);
            value >>= 6;
            bits -= 6;
        }
    }
    if bits > 0 {
        text.push(ALPHABET[(value & 63) as usize]);
    }
}

/// Appends an MD5 digest as 22 characters, with its bytes in the order of MD5-crypt.
pub(super) fn push_md5(text: &mut Vec<u8>, digest: &[u8; 16]) {
    let places = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
    push(text, places.into_iter().map(|place: usize| digest[place]));
}

/// Encodes a DES block as eleven characters, the highest bits first.
pub(super) fn encode_block(block: u64) -> Option<[u8; 11]> {
    let mut characters = [0; 11];
    DES.encode_slice(block.to_be_bytes(), &mut characters).ok()?;
    Some(characters)
}

/// Returns true if the eleven characters encode a DES block.
pub(super) fn is_block(characters: &[u8; 11]) -> bool {
    // A block has eight bytes, but the crate estimates the length and requires a buffer of nine bytes.
    DES.decode_slice(characters, &mut [0; 9]).is_ok()
}

/// Decodes at most five characters to a number, the lowest six bits first.
pub(super) fn number(characters: &[u8]) -> Option<u32> {
    characters.iter().rev().try_fold(0, |number, &character| Some(number << 6 | u32::from(value(character)?)))
}

/// Decodes the text that [`push`] writes. Returns `None` if an unused bit is set.
#[cfg(feature = "libxcrypt")]
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    for group in text.chunks(4) {
        let (value, bytes) = (number(group)?, group.len() - 1);
        if bytes == 0 || value >> (8 * bytes) != 0 {
            return None;
        }
        decoded.extend_from_slice(&value.to_le_bytes()[..bytes]);
    }
    Some(decoded)
}

/// The value of a character of [`ALPHABET`].
fn value(character: u8) -> Option<u8> {
    match character {
        b'.'..=b'9' => Some(character - b'.'),
        b'A'..=b'Z' => Some(character - b'A' + 12),
        b'a'..=b'z' => Some(character - b'a' + 38),
        _ => None,
    }
}

/// Returns true if all characters are in [`ALPHABET`]. The alphabet of bcrypt has the same characters in another order.
pub(super) fn is_text(text: &[u8]) -> bool {
    text.iter().all(|&byte| value(byte).is_some())
}

/// Returns true if the byte is safe in a file such as `shadow`. libxcrypt rejects a hash that contains any other byte.
pub(super) fn is_safe(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"!*:;\\".contains(&byte)
}

/// Returns random characters for a salt. Each of the 64 characters has the same probability.
pub(super) fn random<const N: usize>() -> Result<[u8; N], HashError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| HashError::Random)?;
    Ok(bytes.map(|byte| ALPHABET[usize::from(byte & 63)]))
}

#[cfg(test)]
mod tests;
