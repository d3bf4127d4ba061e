//! The number of rounds of SHA-crypt.
//!
//! [`Rounds::new`] checks the range, so code that receives [`Rounds`] does not check it again. [`Rounds`] must never be
//! outside the range of SHA-crypt.txt.

use super::HashError;

/// The number of rounds of SHA-crypt, 1,000 to 999,999,999.
///
/// ```
/// use htpasswd::hash::Rounds;
/// use htpasswd::{Params, Password, PasswordHash};
///
/// let params = Params::Sha512Crypt(Some(Rounds::new(1_000)?));
/// let hash = PasswordHash::create(&Password::new("abc123")?, &params)?;
/// assert!(hash.as_bytes().starts_with(b"$6$rounds=1000$"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds(u32);

impl Rounds {
    /// The lowest number of rounds in SHA-crypt.txt.
    ///
    /// ```
    /// use htpasswd::hash::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MIN).is_ok() && Rounds::new(Rounds::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = 1_000;
    /// The highest number of rounds in SHA-crypt.txt. One hash with so many rounds takes minutes of computation.
    ///
    /// ```
    /// use htpasswd::hash::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MAX).is_ok() && Rounds::new(Rounds::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = 999_999_999;
    /// The number of rounds of a hash without `rounds=`.
    ///
    /// ```
    /// assert_eq!(htpasswd::hash::Rounds::DEFAULT.get(), 5_000);
    /// ```
    pub const DEFAULT: Self = Self(5_000);

    /// Checks the range and returns the number of rounds.
    ///
    /// ```
    /// use htpasswd::hash::{HashError, Rounds};
    ///
    /// assert_eq!(Rounds::new(100_000)?.get(), 100_000);
    /// assert_eq!(Rounds::new(999).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] if `rounds` is outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(rounds: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&rounds) { Ok(Self(rounds)) } else { Err(HashError::Cost) }
    }

    /// The number of rounds.
    ///
    /// ```
    /// assert_eq!(htpasswd::hash::Rounds::new(100_000)?.get(), 100_000);
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
