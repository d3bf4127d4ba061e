//! The cost of bcrypt.
//!
//! [`Cost::new`] checks the range, so code that receives a [`Cost`] does not check it again. A [`Cost`] must never be
//! outside the range of the format.

use std::fmt;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The lowest cost in the format.
    pub const MIN: u32 = crypt_lanes::MIN_BCRYPT_COST;
    /// The highest cost in the format. One hash of this cost takes more than a day of computation.
    pub const MAX: u32 = crypt_lanes::MAX_BCRYPT_COST;

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
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Cost {
    type Error = HashError;

    /// Checks the range like [`Cost::new`].
    fn try_from(cost: u32) -> Result<Self, HashError> {
        Self::new(cost)
    }
}

impl From<Cost> for u32 {
    fn from(cost: Cost) -> Self {
        cost.get()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
