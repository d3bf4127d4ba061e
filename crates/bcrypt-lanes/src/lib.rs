//! bcrypt exactly as the C servers compute it, several computations at a time on one core.
//!
//! | to hash or verify | call |
//! |---|---|
//! | one password | [`bcrypt`] |
//! | many passwords at one cost | [`bcrypt_lanes`], four at a time |
//!
//! A Blowfish round waits for table look-ups, so one computation leaves most of a core idle. [`bcrypt_lanes`]
//! runs `N` independent ones in step: on x86-64, four take about as long as one and a third.
//!
//! The crate knows no text: `$2b$10$…`, its alphabet and the comparison of digests are the caller's. Results
//! agree with `crypt_blowfish`, which Apache httpd, nginx and lighttpd reach through crypt(5), bit for bit,
//! including what it does to passwords with 8-bit bytes ([`Variant`]).
//!
//! ```
//! use bcrypt_lanes::{Job, Variant, bcrypt, bcrypt_lanes};
//!
//! let job = |password| Job { variant: Variant::Y, salt: *b"sixteen in bytes", password };
//! let [alice, bob, carol, dave] = bcrypt_lanes(4, &[&b"a"[..], b"b", b"c", b"d"].map(job))?;
//! assert_eq!(bob, bcrypt(4, &job(b"b"))?);
//! assert_ne!([alice, bob], [carol, dave]);
//! # Ok::<(), bcrypt_lanes::CostError>(())
//! ```
//!
//! Sources: crypt(5); N. Provos and D. Mazières, *A Future-Adaptable Password Scheme*, USENIX 1999.

mod blowfish;
mod key;
mod pi;

use std::fmt;

use zeroize::Zeroizing;

use crate::blowfish::Lanes;
pub use crate::key::Variant;

/// The lowest cost that crypt(5) accepts: 16 repetitions of the key schedule.
///
/// ```
/// assert_eq!(1u32 << bcrypt_lanes::MIN_COST, 16);
/// ```
pub const MIN_COST: u32 = 4;

/// The highest cost that crypt(5) accepts: 2³¹ repetitions of the key schedule, which is days.
///
/// ```
/// assert_eq!(1u32 << bcrypt_lanes::MAX_COST, 2_147_483_648);
/// ```
pub const MAX_COST: u32 = 31;

/// One password to be hashed.
///
/// ```
/// use bcrypt_lanes::{Job, Variant};
///
/// let job = Job { variant: Variant::B, salt: *b"sixteen in bytes", password: b"secret" };
/// assert!(!format!("{job:?}").contains("secret"));
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "these are all the inputs bcrypt has, beside the cost")]
pub struct Job<'a> {
    /// The letter after `$2`.
    pub variant: Variant,
    /// The 16 bytes that crypt(5) writes as 22 characters.
    pub salt: [u8; 16],
    /// Any bytes. The first 72 count; a shorter password is closed by a NUL and repeated, so one that itself
    /// holds a NUL may have twins (`"a\0a"` and `"a"`).
    pub password: &'a [u8],
}

impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("variant", &self.variant)
            .field("salt", &self.salt)
            .finish_non_exhaustive()
    }
}

/// The cost is not one of [`MIN_COST`] to [`MAX_COST`].
///
/// ```
/// use bcrypt_lanes::{Job, Variant, bcrypt};
///
/// let job = Job { variant: Variant::B, salt: [0; 16], password: b"" };
/// assert_eq!(bcrypt(3, &job).unwrap_err().to_string(), "bcrypt cost 3 is not one of 4 to 31");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostError(u32);

impl fmt::Display for CostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bcrypt cost {} is not one of {MIN_COST} to {MAX_COST}", self.0)
    }
}

impl std::error::Error for CostError {}

/// The bcrypt digest of one password: the 23 bytes that crypt(5) writes as 31 characters.
///
/// `cost` is the base-2 logarithm of the number of repetitions: one more takes twice as long.
///
/// # Errors
///
/// [`CostError`] unless `cost` is one of [`MIN_COST`] to [`MAX_COST`].
///
/// ```
/// use bcrypt_lanes::{Job, Variant, bcrypt};
///
/// // $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW
/// let salt = std::array::from_fn(|at| [0x10, 0x41, 0x04][at % 3]);
/// let digest = bcrypt(5, &Job { variant: Variant::A, salt, password: b"U*U" })?;
/// assert_eq!(digest[..3], [0x1b, 0xb6, 0x91]);
/// # Ok::<(), bcrypt_lanes::CostError>(())
/// ```
pub fn bcrypt(cost: u32, job: &Job<'_>) -> Result<[u8; 23], CostError> {
    bcrypt_lanes(cost, std::array::from_ref(job)).map(|[digest]| digest)
}

/// The bcrypt digests of `N` passwords, in their order, computed in step on the calling thread.
///
/// `cost` as in [`bcrypt`], and the same for all; variants, salts and lengths may differ. `N` = 4 is best on
/// x86-64: its four working states fit the first-level cache and registers still suffice. Each lane takes 4.3
/// KiB of stack.
///
/// States and expanded keys are wiped before the function returns; what the compiler itself keeps in
/// registers and spill slots is beyond its reach.
///
/// # Errors
///
/// [`CostError`] unless `cost` is one of [`MIN_COST`] to [`MAX_COST`].
///
/// ```
/// use bcrypt_lanes::{Job, Variant, bcrypt_lanes};
///
/// let jobs = [Variant::B, Variant::Y].map(|variant| Job { variant, salt: [7; 16], password: b"secret" });
/// let [b, y] = bcrypt_lanes(5, &jobs)?;
/// assert_eq!(b, y);
/// # Ok::<(), bcrypt_lanes::CostError>(())
/// ```
pub fn bcrypt_lanes<const N: usize>(cost: u32, jobs: &[Job<'_>; N]) -> Result<[[u8; 23]; N], CostError> {
    if !(MIN_COST..=MAX_COST).contains(&cost) {
        return Err(CostError(cost));
    }
    let mut keys = Zeroizing::new([[0; 18]; N]);
    let mut lanes = Lanes::new();
    for (lane, (job, key)) in jobs.iter().zip(keys.iter_mut()).enumerate() {
        let guard = key::expand(job.variant, job.password, key);
        lanes.disturb(lane, guard);
    }
    let salts = jobs.each_ref().map(|job| key::salt_words(&job.salt));
    let salt_keys = salts.map(|salt| std::array::from_fn(|word| salt[word % 4]));

    lanes.expand_key_with_salt(&salts, &keys);
    for _ in 0..1u32 << cost {
        lanes.expand_key(&keys);
        lanes.expand_key(&salt_keys);
    }
    Ok(lanes.digests())
}
