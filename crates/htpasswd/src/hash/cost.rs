//! The cost of bcrypt.
//!
//! [`Cost::new`] checks the range, so code that receives a [`Cost`] does not check it again. A [`Cost`] must never be
//! outside the range of the format.

use super::HashError;

/// The cost of bcrypt: the binary logarithm of its number of iterations, 4 to 31. [`Users`](crate::Users) rejects a
/// hash if its cost is above the [`Limits`](crate::hash::Limits). The default limit is 16.
///
/// ```
/// use htpasswd::{Cost, Params};
///
/// let (login, backup) = (Params::Bcrypt(Cost::new(10)?), Params::Bcrypt(Cost::new(12)?)); // four times the work
/// assert!(login < backup);
/// # Ok::<(), htpasswd::hash::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The lowest cost in the format.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MIN).is_ok() && Cost::new(Cost::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = bcrypt_lanes::MIN_COST;
    /// The highest cost in the format. One hash of this cost takes more than a day of computation.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MAX).is_ok() && Cost::new(Cost::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = bcrypt_lanes::MAX_COST;

    /// Checks the range and returns the cost.
    ///
    /// ```
    /// use htpasswd::hash::HashError;
    /// use htpasswd::Cost;
    ///
    /// assert_eq!(Cost::new(10)?.get(), 10);
    /// assert_eq!(Cost::new(3).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] if `cost` is outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(cost: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&cost) { Ok(Self(cost)) } else { Err(HashError::Cost) }
    }

    /// The binary logarithm of the number of iterations.
    ///
    /// ```
    /// let cost = htpasswd::Cost::new(10)?;
    /// assert_eq!(1_u64 << cost.get(), 1_024); // iterations
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
