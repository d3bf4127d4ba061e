//! The alphabet of crypt(3): `./0-9A-Za-z`, least significant six bits first.

use super::HashError;

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Appends the lowest `6 * characters` bits of `value`.
pub(super) fn push(text: &mut Vec<u8>, mut value: u32, characters: usize) {
    for _ in 0..characters {
        text.push(ALPHABET[(value & 63) as usize]);
        value >>= 6;
    }
}

/// Appends the three bytes at the given places as four characters, the last place lowest.
pub(super) fn push_bytes(text: &mut Vec<u8>, digest: &[u8], places: [usize; 3]) {
    let value = places.iter().fold(0, |value, &place| value << 8 | u32::from(digest[place]));
    push(text, value, 4);
}

/// Appends a digest of MD5 as 22 characters, in the order of MD5-crypt.
pub(super) fn push_md5(text: &mut Vec<u8>, digest: &[u8; 16]) {
    for places in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        push_bytes(text, digest, places);
    }
    push(text, digest[11].into(), 2);
}

/// Whether all characters are of the alphabet.
pub(super) fn is_text(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'.'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'))
}

/// Random characters for a salt, each of the 64 equally likely.
pub(super) fn random<const N: usize>() -> Result<[u8; N], HashError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| HashError::Random)?;
    Ok(bytes.map(|byte| ALPHABET[usize::from(byte & 63)]))
}
