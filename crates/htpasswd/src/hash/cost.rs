//! The cost of bcrypt, checked.

use super::HashError;

/// The cost of bcrypt: the binary logarithm of its number of iterations, 4 to 31. Servers reject a hash whose cost is
/// above their [`Limits`](crate::Limits), which is 16 by default.
///
/// ```
/// use htpasswd::{Cost, Params};
///
/// let (login, backup) = (Params::Bcrypt(Cost::new(10)?), Params::Bcrypt(Cost::new(12)?)); // four times the work
/// assert!(login < backup);
/// # Ok::<(), htpasswd::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The lowest cost that the format allows.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MIN).is_ok() && Cost::new(Cost::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = bcrypt_lanes::MIN_COST;
    /// The highest cost that the format allows: weeks of work.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MAX).is_ok() && Cost::new(Cost::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = bcrypt_lanes::MAX_COST;

    /// Checks the range.
    ///
    /// ```
    /// use htpasswd::{Cost, HashError};
    ///
    /// assert_eq!(Cost::new(10)?.get(), 10);
    /// assert_eq!(Cost::new(3).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(cost: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&cost) { Ok(Self(cost)) } else { Err(HashError::Cost) }
    }

    /// The binary logarithm of the number of iterations.
    ///
    /// ```
    /// let cost = htpasswd::Cost::new(10)?;
    /// assert_eq!(1_u64 << cost.get(), 1_024); // iterations
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
