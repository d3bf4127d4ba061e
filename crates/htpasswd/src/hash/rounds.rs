//! The number of rounds of SHA-crypt, checked.

use super::HashError;

/// The number of rounds of SHA-crypt, 1,000 to 999,999,999.
///
/// ```
/// use htpasswd::{Params, Password, PasswordHash, Rounds};
///
/// let params = Params::Sha512Crypt(Some(Rounds::new(1_000)?));
/// let hash = PasswordHash::create(&Password::new("abc123")?, &params)?;
/// assert!(hash.as_bytes().starts_with(b"$6$rounds=1000$"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds(u32);

impl Rounds {
    /// The lowest number that SHA-crypt.txt allows.
    ///
    /// ```
    /// use htpasswd::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MIN).is_ok() && Rounds::new(Rounds::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = 1_000;
    /// The highest number that SHA-crypt.txt allows: minutes of work.
    ///
    /// ```
    /// use htpasswd::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MAX).is_ok() && Rounds::new(Rounds::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = 999_999_999;
    /// What a hash without `rounds=` means.
    ///
    /// ```
    /// assert_eq!(htpasswd::Rounds::DEFAULT.get(), 5_000);
    /// ```
    pub const DEFAULT: Self = Self(5_000);

    /// Checks the range.
    ///
    /// ```
    /// use htpasswd::{HashError, Rounds};
    ///
    /// assert_eq!(Rounds::new(100_000)?.get(), 100_000);
    /// assert_eq!(Rounds::new(999).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(rounds: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&rounds) { Ok(Self(rounds)) } else { Err(HashError::Cost) }
    }

    /// The number of rounds.
    ///
    /// ```
    /// assert_eq!(htpasswd::Rounds::new(100_000)?.get(), 100_000);
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
