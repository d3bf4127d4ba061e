//! bcrypt: `$2a$`, `$2b$`, `$2x$` and `$2y$`, several computations interleaved.
//!
//! A Blowfish round waits for table look-ups, so one computation leaves most of a core idle. The computations need no
//! vectors, because vector instructions have no faster look-up. [`bcrypt_lanes`] chooses the number of computations.

use alloc::vec::Vec;
use core::{array, error, fmt};

use zeroize::Zeroizing;

use crate::blowfish::Lanes;
use crate::blowfish_key::{self, BcryptVariant};

/// The minimum cost that crypt(5) accepts: 16 repetitions of the key schedule.
///
/// ```
/// assert_eq!(1u32 << crypt_lanes::MIN_BCRYPT_COST, 16);
/// ```
pub const MIN_BCRYPT_COST: u32 = 4;

/// The maximum cost that crypt(5) accepts: 2³¹ repetitions of the key schedule, which take days.
///
/// ```
/// assert_eq!(1u32 << crypt_lanes::MAX_BCRYPT_COST, 2_147_483_648);
/// ```
pub const MAX_BCRYPT_COST: u32 = 31;

/// The maximum number of computations that [`bcrypt_each_in_lanes`] interleaves.
///
/// ```
/// assert!(crypt_lanes::bcrypt_lanes() <= crypt_lanes::MAX_BCRYPT_LANES);
/// ```
pub const MAX_BCRYPT_LANES: usize = 5;

/// The inputs of one computation: variant, salt and password.
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant};
///
/// let input = BcryptInput { variant: BcryptVariant::B, salt: *b"sixteen in bytes", password: b"secret" };
/// assert!(!format!("{input:?}").contains("secret"));
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "bcrypt has no other inputs, except the cost")]
pub struct BcryptInput<'a> {
    /// The variant, which is the letter after `$2`.
    pub variant: BcryptVariant,
    /// The 16 bytes of the salt, which crypt(5) writes as 22 characters.
    pub salt: [u8; 16],
    /// The password: any bytes, of which only the first 72 count. bcrypt repeats a shorter password, with a NUL after each
    /// repetition. A password that contains a NUL can therefore have the same digest as another one, such as `"a\0a"` and
    /// `"a"`.
    pub password: &'a [u8],
}

impl fmt::Debug for BcryptInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BcryptInput")
            .field("variant", &self.variant)
            .field("salt", &self.salt)
            .finish_non_exhaustive()
    }
}

/// The error of a cost below [`MIN_BCRYPT_COST`] or above [`MAX_BCRYPT_COST`].
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt};
///
/// let input = BcryptInput { variant: BcryptVariant::B, salt: [0; 16], password: b"" };
/// assert_eq!(bcrypt(3, &input).unwrap_err().to_string(), "bcrypt cost 3 is not one of 4 to 31");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BcryptCostError(u32);

impl fmt::Display for BcryptCostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bcrypt cost {} is not one of {MIN_BCRYPT_COST} to {MAX_BCRYPT_COST}", self.0)
    }
}

impl error::Error for BcryptCostError {}

/// Returns the bcrypt digest of one password: the 23 bytes that crypt(5) writes as 31 characters.
///
/// `cost` is the base-2 logarithm of the number of repetitions, so a cost that is higher by one takes twice as long.
///
/// # Errors
///
/// [`BcryptCostError`] if `cost` is below [`MIN_BCRYPT_COST`] or above [`MAX_BCRYPT_COST`].
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt};
///
/// // $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW
/// let salt = std::array::from_fn(|at| [0x10, 0x41, 0x04][at % 3]);
/// let digest = bcrypt(5, &BcryptInput { variant: BcryptVariant::A, salt, password: b"U*U" })?;
/// assert_eq!(digest[..3], [0x1b, 0xb6, 0x91]);
/// # Ok::<(), crypt_lanes::BcryptCostError>(())
/// ```
pub fn bcrypt(cost: u32, input: &BcryptInput<'_>) -> Result<[u8; 23], BcryptCostError> {
    let [digest] = compute(check(cost)?, array::from_ref(input));
    Ok(digest)
}

/// Returns the bcrypt digests of many passwords, in the order of `inputs`. Up to [`bcrypt_lanes`] computations at a time
/// are interleaved on the calling thread.
///
/// All inputs have the same `cost`, which [`bcrypt`] explains. Variants, salts and lengths may differ.
///
/// A caller that takes inputs from a queue should pass a multiple of [`bcrypt_lanes`] inputs if it can, because a smaller
/// group leaves lanes empty. Each lane uses 4.3 KiB of stack.
///
/// The function wipes the states and expanded keys before it returns. It cannot wipe copies that the compiler keeps in
/// registers and on the stack.
///
/// # Errors
///
/// [`BcryptCostError`] if `cost` is below [`MIN_BCRYPT_COST`] or above [`MAX_BCRYPT_COST`].
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt_each};
///
/// let input = |variant| BcryptInput { variant, salt: [7; 16], password: b"secret" };
/// let digests = bcrypt_each(5, &[BcryptVariant::B, BcryptVariant::Y].map(input))?;
/// assert_eq!(digests[0], digests[1]);
/// # Ok::<(), crypt_lanes::BcryptCostError>(())
/// ```
pub fn bcrypt_each(cost: u32, inputs: &[BcryptInput<'_>]) -> Result<Vec<[u8; 23]>, BcryptCostError> {
    bcrypt_each_in_lanes(bcrypt_lanes(), cost, inputs)
}

/// Returns the digests that [`bcrypt_each`] returns, with up to `lanes` interleaved computations. Numbers below 1 and
/// above [`MAX_BCRYPT_LANES`] have the effect of these limits.
///
/// # Errors
///
/// Returns the errors of [`bcrypt_each`].
///
/// ```
/// use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt_each, bcrypt_each_in_lanes};
///
/// let inputs = [BcryptInput { variant: BcryptVariant::B, salt: [7; 16], password: b"secret" }; 3];
/// assert_eq!(bcrypt_each_in_lanes(2, 4, &inputs), bcrypt_each(4, &inputs));
/// ```
pub fn bcrypt_each_in_lanes(
    lanes: usize,
    cost: u32,
    inputs: &[BcryptInput<'_>],
) -> Result<Vec<[u8; 23]>, BcryptCostError> {
    let cost = check(cost)?;
    let lanes = lanes.clamp(1, MAX_BCRYPT_LANES);
    let mut digests = Vec::with_capacity(inputs.len());
    let mut rest = inputs;
    while !rest.is_empty() {
        // Groups of similar size are faster than full groups and a small one, because a small group leaves lanes empty.
        let groups = rest.len().div_ceil(lanes);
        let (group, later) = rest.split_at(rest.len().div_ceil(groups));
        match group.len() {
            5 => digests.extend(compute_group::<5>(cost, group)),
            4 => digests.extend(compute_group::<4>(cost, group)),
            3 => digests.extend(compute_group::<3>(cost, group)),
            2 => digests.extend(compute_group::<2>(cost, group)),
            _ => digests.extend(compute_group::<1>(cost, group)),
        }
        rest = later;
    }
    Ok(digests)
}

/// Returns the number of interleaved computations with the highest throughput on this processor: five if the
/// first-level cache has at least 48 KiB, and otherwise four.
///
/// The number is determined once, and only Linux tells the size of the cache. Without the feature `simd`, the number is
/// four.
///
/// ```
/// assert!([4, 5].contains(&crypt_lanes::bcrypt_lanes()));
/// ```
#[must_use]
pub fn bcrypt_lanes() -> usize {
    #[cfg(feature = "simd")]
    let lanes = {
        static LANES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        *LANES.get_or_init(|| if first_level_cache().is_some_and(|kib| kib >= 48) { 5 } else { 4 })
    };
    #[cfg(not(feature = "simd"))]
    let lanes = 4;
    lanes
}

/// The size of the first-level data cache, in KiB.
#[cfg(feature = "simd")]
fn first_level_cache() -> Option<u32> {
    let size = std::fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index0/size").ok()?;
    size.trim_end().strip_suffix('K')?.parse().ok()
}

fn check(cost: u32) -> Result<u32, BcryptCostError> {
    if (MIN_BCRYPT_COST..=MAX_BCRYPT_COST).contains(&cost) { Ok(cost) } else { Err(BcryptCostError(cost)) }
}

/// Returns the digests of a group of `N` inputs.
fn compute_group<const N: usize>(cost: u32, group: &[BcryptInput<'_>]) -> impl Iterator<Item = [u8; 23]> {
    <&[_; N]>::try_from(group).into_iter().flat_map(move |group| compute(cost, group))
}

/// Computes `N` digests, interleaved. This function must stay private: a generic function is compiled in the crate that
/// calls it, with the settings for that crate.
fn compute<const N: usize>(cost: u32, inputs: &[BcryptInput<'_>; N]) -> [[u8; 23]; N] {
    let mut keys = Zeroizing::new([[0; 18]; N]);
    let mut lanes = Lanes::new();
    for (lane, (input, key)) in inputs.iter().zip(keys.iter_mut()).enumerate() {
        let guard = blowfish_key::expand(input.variant, input.password, key);
        lanes.disturb(lane, guard);
    }
    let salts = inputs.each_ref().map(|input| blowfish_key::salt_words(&input.salt));
    let salt_keys = salts.map(|salt| array::from_fn(|word| salt[word % 4]));

    lanes.expand_key_with_salt(&salts, &keys);
    for _ in 0..1u32 << cost {
        lanes.expand_key(&keys);
        lanes.expand_key(&salt_keys);
    }
    lanes.digests()
}
