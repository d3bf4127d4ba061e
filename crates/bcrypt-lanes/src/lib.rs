//! Compute bcrypt digests, several at a time on one core.
//!
//! | task | function |
//! |---|---|
//! | hash or verify one password | [`bcrypt`] |
//! | hash or verify many passwords at the same cost | [`bcrypt_each`], four at a time |
//!
//! # Example
//!
//! ```
//! use bcrypt_lanes::{Job, Variant, bcrypt, bcrypt_each};
//!
//! let job = |password| Job { variant: Variant::Y, salt: *b"sixteen in bytes", password };
//! let digests = bcrypt_each(4, &[&b"a"[..], b"b", b"c", b"d", b"e"].map(job))?;
//! assert_eq!(digests.len(), 5);
//! assert_eq!(digests[1], bcrypt(4, &job(b"b"))?);
//! # Ok::<(), bcrypt_lanes::CostError>(())
//! ```
//!
//! # Why lanes are faster
//!
//! A Blowfish round waits for table look-ups, so one computation leaves most of a core idle. [`bcrypt_each`] interleaves
//! up to [`LANES`] independent computations. On x86-64, four interleaved computations take about 1.3 times as long as one.
//!
//! # Debug builds
//!
//! No public function is generic, so the code is always compiled with the settings for this crate, whatever calls it.
//! Without optimisation, one hash takes about 2.6 times as long, and four take about seven times as long. These lines in the `Cargo.toml` of a program give its debug build the speed of a release build:
//!
//! ```toml
//! [profile.dev.package.bcrypt-lanes]
//! opt-level = 3
//! ```
//!
//! # Compatibility
//!
//! The digests equal those of `crypt_blowfish`, which Apache httpd, nginx and lighttpd use through crypt(5). This includes
//! passwords with bytes from 0x80 on, for which the variants differ ([`Variant`]).
//!
//! The crate has no text format. The caller parses and writes `$2b$10$…`, and compares digests in constant time.
//!
//! # Sources
//!
//! crypt(5); N. Provos and D. Mazières, *A Future-Adaptable Password Scheme*, USENIX 1999.

mod blowfish;
mod key;
mod pi;

use std::fmt;

use zeroize::Zeroizing;

use crate::blowfish::Lanes;
pub use crate::key::Variant;

/// The minimum cost that crypt(5) accepts: 16 repetitions of the key schedule.
///
/// ```
/// assert_eq!(1u32 << bcrypt_lanes::MIN_COST, 16);
/// ```
pub const MIN_COST: u32 = 4;

/// The maximum cost that crypt(5) accepts: 2³¹ repetitions of the key schedule, which take days.
///
/// ```
/// assert_eq!(1u32 << bcrypt_lanes::MAX_COST, 2_147_483_648);
/// ```
pub const MAX_COST: u32 = 31;

/// The number of computations that [`bcrypt_each`] interleaves. Four computations are fastest on x86-64: their states
/// fit into the first-level cache, and their variables fit into the registers.
///
/// ```
/// assert_eq!(bcrypt_lanes::LANES, 4);
/// ```
pub const LANES: usize = 4;

/// The inputs of one computation: variant, salt and password.
///
/// ```
/// use bcrypt_lanes::{Job, Variant};
///
/// let job = Job { variant: Variant::B, salt: *b"sixteen in bytes", password: b"secret" };
/// assert!(!format!("{job:?}").contains("secret"));
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "bcrypt has no other inputs, except the cost")]
pub struct Job<'a> {
    /// The variant, which is the letter after `$2`.
    pub variant: Variant,
    /// The 16 bytes of the salt, which crypt(5) writes as 22 characters.
    pub salt: [u8; 16],
    /// The password: any bytes, of which only the first 72 count. bcrypt repeats a shorter password, with a NUL after each
    /// repetition. A password that contains a NUL can therefore have the same digest as another one, such as `"a\0a"` and
    /// `"a"`.
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

/// The error of a cost below [`MIN_COST`] or above [`MAX_COST`].
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

/// Returns the bcrypt digest of one password: the 23 bytes that crypt(5) writes as 31 characters.
///
/// `cost` is the base-2 logarithm of the number of repetitions, so a cost that is higher by one takes twice as long.
///
/// # Errors
///
/// [`CostError`] if `cost` is below [`MIN_COST`] or above [`MAX_COST`].
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
    let [digest] = compute(check(cost)?, std::array::from_ref(job));
    Ok(digest)
}

/// Returns the bcrypt digests of many passwords, in the order of `jobs`. Up to [`LANES`] computations at a time are
/// interleaved on the calling thread.
///
/// All jobs have the same `cost`, which [`bcrypt`] explains. Variants, salts and lengths may differ.
///
/// A caller that pops jobs from a queue should pass a multiple of [`LANES`] jobs if it can, because the last one to three
/// jobs of a call leave lanes empty. Each lane uses 4.3 KiB of stack.
///
/// The function wipes the states and expanded keys before it returns. It cannot wipe copies that the compiler keeps in
/// registers and on the stack.
///
/// # Errors
///
/// [`CostError`] if `cost` is below [`MIN_COST`] or above [`MAX_COST`].
///
/// ```
/// use bcrypt_lanes::{Job, Variant, bcrypt_each};
///
/// let jobs = [Variant::B, Variant::Y].map(|variant| Job { variant, salt: [7; 16], password: b"secret" });
/// let digests = bcrypt_each(5, &jobs)?;
/// assert_eq!(digests[0], digests[1]);
/// # Ok::<(), bcrypt_lanes::CostError>(())
/// ```
pub fn bcrypt_each(cost: u32, jobs: &[Job<'_>]) -> Result<Vec<[u8; 23]>, CostError> {
    let cost = check(cost)?;
    let mut digests = Vec::with_capacity(jobs.len());
    let (full, rest) = jobs.as_chunks::<LANES>();
    for jobs in full {
        digests.extend(compute(cost, jobs));
    }
    match *rest {
        [a, b, c] => digests.extend(compute(cost, &[a, b, c])),
        [a, b] => digests.extend(compute(cost, &[a, b])),
        _ => digests.extend(rest.iter().flat_map(|job| compute(cost, std::array::from_ref(job)))),
    }
    Ok(digests)
}

fn check(cost: u32) -> Result<u32, CostError> {
    if (MIN_COST..=MAX_COST).contains(&cost) { Ok(cost) } else { Err(CostError(cost)) }
}

/// Computes `N` digests, interleaved. This function must stay private: a generic function is compiled in the crate that
/// calls it, with the settings for that crate.
fn compute<const N: usize>(cost: u32, jobs: &[Job<'_>; N]) -> [[u8; 23]; N] {
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
    lanes.digests()
}
