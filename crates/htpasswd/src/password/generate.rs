//! Generates passwords from the random bytes of the operating system.
//!
//! [`Password::generate`] chooses the characters, and [`Password::generated_bits`] reports their entropy. The module
//! must never prefer one character to another, and must never report more entropy than a password has.

use zeroize::Zeroizing;

use super::{Password, PasswordError};

/// Lowercase letters and digits without `i`, `l`, `o`, `0` and `1`. Readers do not confuse these characters, and no
/// shell or file format gives them a special meaning.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The entropy of one character, in thousandths of a bit, rounded down: log2(31) = 4.9541…
const MILLIBITS: usize = 4954;

/// The first random byte that is discarded. 248 is a multiple of 31, so the bytes below it give each character the same
/// probability (rejection sampling).
const END: u8 = 248;

impl Password {
    /// Generates a password of `length` characters. Each character is one of 31 (lowercase letters and digits without
    /// `i`, `l`, `o`, `0` and `1`) with equal probability. The caller chooses a sufficient length with
    /// [`generated_bits`](Self::generated_bits).
    ///
    /// ```
    /// use htpasswd::hash::PasswordError;
    /// use htpasswd::Password;
    ///
    /// let password = Password::generate(26)?;
    /// assert_eq!(password.as_bytes().len(), 26);
    /// # Ok::<(), PasswordError>(())
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::TooLong`] if `length` is greater than [`Self::MAX_LEN`]; [`PasswordError::Random`] if the
    /// operating system gives no random bytes.
    pub fn generate(length: usize) -> Result<Self, PasswordError> {
        if length > Self::MAX_LEN {
            return Err(PasswordError::TooLong);
        }
        let mut characters = Zeroizing::new(Vec::with_capacity(length));
        let mut random = Zeroizing::new([0; 64]);
        while characters.len() < length {
            getrandom::fill(&mut *random).map_err(|_| PasswordError::Random)?;
            let missing = length - characters.len();
            characters.extend(random.iter().filter_map(|&byte| character(byte)).take(missing));
        }
        Self::new(std::mem::take(&mut *characters))
    }

    /// The entropy of a [generated](Self::generate) password of this length, in whole bits, rounded down.
    ///
    /// ```
    /// use htpasswd::Password;
    ///
    /// assert_eq!(Password::generated_bits(13), 64);
    /// assert_eq!(Password::generated_bits(26), 128);
    /// ```
    #[must_use]
    pub const fn generated_bits(length: usize) -> usize {
        length.saturating_mul(MILLIBITS) / 1000
    }
}

/// Returns the character for a random byte. Returns `None` for a byte that would make some characters more likely than
/// others.
fn character(byte: u8) -> Option<u8> {
    (byte < END).then(|| ALPHABET[usize::from(byte) % ALPHABET.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_the_same_probability() {
        let mut counts = [0; 256];
        (0..=u8::MAX).filter_map(character).for_each(|character| counts[usize::from(character)] += 1);
        let expected = |character| if ALPHABET.contains(&character) { 8 } else { 0 };
        assert!((0..=u8::MAX).all(|character| counts[usize::from(character)] == expected(character)));
    }

    #[test]
    fn reported_entropy_never_exceeds_the_real_entropy() {
        for length in 0_u16..=512 {
            let bits = f64::from(length) * 31_f64.log2();
            let reported = u32::try_from(Password::generated_bits(length.into())).unwrap();
            assert!(f64::from(reported) <= bits && bits - 2.0 < f64::from(reported), "{length}");
        }
    }

    #[test]
    fn generated_passwords_have_the_requested_length() {
        for length in [0, 1, 26, 64, 65, Password::MAX_LEN] {
            let password = Password::generate(length).unwrap();
            assert_eq!(password.as_bytes().len(), length);
            assert!(password.as_bytes().iter().all(|byte| ALPHABET.contains(byte)));
        }
        assert_eq!(Password::generate(Password::MAX_LEN + 1).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn generated_passwords_differ() {
        assert_ne!(Password::generate(26).unwrap().as_bytes(), Password::generate(26).unwrap().as_bytes());
    }
}
