//! The cost of argon2: its memory, its passes and its lanes.
//!
//! [`Argon2Cost::new`] checks the ranges of RFC 9106, so code that receives an [`Argon2Cost`] does not check them again.
//! A cost must never be outside these ranges.

use super::HashError;

/// The cost of argon2, with the parameters of RFC 9106: memory (`m`, in KiB), passes (`t`) and lanes (`p`).
///
/// ```
/// use htpasswd::hash::{Argon2Cost, HashError};
///
/// let cost = Argon2Cost::new(65_536, 3, 4)?; // 64 MiB, 3 passes, 4 lanes
/// assert_eq!((cost.memory(), cost.passes(), cost.lanes()), (65_536, 3, 4));
/// assert_eq!(Argon2Cost::new(7, 1, 1).unwrap_err(), HashError::Cost); // a lane needs 8 KiB
/// # Ok::<(), HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Argon2Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2Cost {
    /// 19 MiB, two passes and one lane: a recommendation of OWASP's Password Storage Cheat Sheet.
    pub const DEFAULT: Self = Self { memory: 19_456, passes: 2, lanes: 1 };

    /// The highest number of lanes in the format.
    pub const MAX_LANES: u32 = (1 << 24) - 1;

    /// Checks the ranges and returns the cost. The unit of `memory` is KiB.
    ///
    /// # Errors
    /// [`HashError::Cost`] if there is no pass or no lane, if there are more than [`Self::MAX_LANES`] lanes, or if a lane
    /// has less than 8 KiB of memory.
    pub const fn new(memory: u32, passes: u32, lanes: u32) -> Result<Self, HashError> {
        let has_lanes = lanes >= 1 && lanes <= Self::MAX_LANES;
        if has_lanes && passes >= 1 && memory >= 8 * lanes {
            Ok(Self { memory, passes, lanes })
        } else {
            Err(HashError::Cost)
        }
    }

    /// The memory of one computation, in KiB.
    #[must_use]
    pub const fn memory(self) -> u32 {
        self.memory
    }

    /// The number of passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// The number of lanes. This library computes them one after the other on one thread.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// Returns true if this cost has less memory or fewer passes than `other`. Lanes do not change the work.
    #[cfg(feature = "argon2")]
    pub(super) const fn is_below(self, other: Self) -> bool {
        self.memory < other.memory || self.passes < other.passes
    }
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_has_the_range_of_rfc_9106() {
        let is_valid = |memory, passes, lanes| Argon2Cost::new(memory, passes, lanes).is_ok();
        assert!(is_valid(8, 1, 1) && is_valid(u32::MAX, u32::MAX, 1) && is_valid(u32::MAX, 1, (1 << 24) - 1));
        assert!(is_valid(32, 3, 4) && !is_valid(31, 3, 4));
        assert!(!is_valid(7, 1, 1) && !is_valid(8, 0, 1) && !is_valid(8, 1, 0));
        assert!(!is_valid(u32::MAX, 1, 1 << 24) && !is_valid(u32::MAX, 1, u32::MAX));
    }
}
