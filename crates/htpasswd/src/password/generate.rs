//! New passwords from the random bytes of the operating system.

use zeroize::Zeroizing;

use super::{Password, PasswordError};

/// Small letters and digits without `i`, `l`, `o`, `0` and `1`: none is taken for another when it is read, said or
/// typed, and no program has a special use for any.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The entropy of a character, in thousandths of a bit, rounded down: log2(31) = 4.9541…
const MILLIBITS: usize = 4954;

/// Random bytes from here on are thrown away: 31 divides the number of those below.
const END: u8 = 248;

impl Password {
    /// A new password of so many characters, each of the 31 of the alphabet (small letters and digits without `i`,
    /// `l`, `o`, `0` and `1`) equally likely. How many are enough is the caller's to say: see
    /// [`generated_bits`](Self::generated_bits).
    ///
    /// ```
    /// use htpasswd::{Password, PasswordError};
    ///
    /// let password = Password::generate(26)?;
    /// assert_eq!(password.as_bytes().len(), 26);
    /// # Ok::<(), PasswordError>(())
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::TooLong`] over [`Self::MAX_LEN`]; [`PasswordError::Random`] if the operating system gives
    /// no random bytes.
    pub fn generate(length: usize) -> Result<Self, PasswordError> {
        if length > Self::MAX_LEN {
            return Err(PasswordError::TooLong);
        }
        let mut characters = Zeroizing::new(Vec::with_capacity(length));
        let mut random = Zeroizing::new([0; 64]);
        while characters.len() < length {
            getrandom::fill(&mut *random).map_err(|_| PasswordError::Random)?;
            let wanted = length - characters.len();
            characters.extend(random.iter().filter_map(|&byte| character(byte)).take(wanted));
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

/// What a random byte stands for; `None` where some characters would be more likely than others.
fn character(byte: u8) -> Option<u8> {
    (byte < END).then(|| ALPHABET[usize::from(byte) % ALPHABET.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_stands_for_as_many_bytes() {
        let mut counts = [0; 256];
        (0..=u8::MAX).filter_map(character).for_each(|character| counts[usize::from(character)] += 1);
        let wanted = |character| if ALPHABET.contains(&character) { 8 } else { 0 };
        assert!((0..=u8::MAX).all(|character| counts[usize::from(character)] == wanted(character)));
    }

    #[test]
    fn the_stated_entropy_is_never_more_than_there_is() {
        for length in 0_u16..=512 {
            let bits = f64::from(length) * 31_f64.log2();
            let stated = u32::try_from(Password::generated_bits(length.into())).unwrap();
            assert!(f64::from(stated) <= bits && bits - 2.0 < f64::from(stated), "{length}");
        }
    }

    #[test]
    fn every_length_up_to_the_longest_is_made_of_the_alphabet() {
        for length in [0, 1, 26, 64, 65, Password::MAX_LEN] {
            let password = Password::generate(length).unwrap();
            assert_eq!(password.as_bytes().len(), length);
            assert!(password.as_bytes().iter().all(|byte| ALPHABET.contains(byte)));
        }
        assert_eq!(Password::generate(Password::MAX_LEN + 1).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn no_two_are_alike() {
        assert_ne!(Password::generate(26).unwrap().as_bytes(), Password::generate(26).unwrap().as_bytes());
    }
}
