//! SHA-crypt by Ulrich Drepper: `$5$` with SHA-256 and `$6$` with SHA-512.
//!
//! This file has the functions of the interface and the rounds of digests that are computed alone. `sha_start.rs` has
//! the steps before the rounds, and `sha_lanes.rs` the rounds of several lanes.

use alloc::vec::Vec;

use sha2::block_api::{compress256, compress512};
use sha2::{Sha256, Sha512};
use zeroize::Zeroize;

use crate::hash::{Format, INITIAL_SHA256, INITIAL_SHA512};
use crate::level::Level;
use crate::messages::Messages;
use crate::sha_start::{ShaInput, Start};

/// Returns the SHA-256-crypt digest of each input, in the order of `inputs`, at the fastest level of the processor.
///
/// The digests are the raw 32 bytes, which crypt(3) writes as 43 characters in another order. The passwords and salts
/// may have any lengths. Inputs of equal rounds and similar length are computed together, so the throughput is highest
/// if there are many inputs.
///
/// ```
/// use crypt_lanes::{ShaInput, sha256_crypt_each};
///
/// let input = |password| ShaInput { rounds: 1_000, password, salt: b"saltsalt" };
/// let digests = sha256_crypt_each(&[input(b"abc"), input(b"def"), input(b"abc")]);
/// assert_eq!(digests[0], digests[2]);
/// assert_ne!(digests[0], digests[1]);
/// ```
#[must_use]
pub fn sha256_crypt_each(inputs: &[ShaInput<'_>]) -> Vec<[u8; 32]> {
    sha256_crypt_each_at(Level::detect(), inputs)
}

/// Returns the digests that [`sha256_crypt_each`] returns, computed at a given level.
///
/// ```
/// use crypt_lanes::{Level, ShaInput, sha256_crypt_each, sha256_crypt_each_at};
///
/// let inputs = [ShaInput { rounds: 1_000, password: b"abc", salt: b"saltsalt" }; 3];
/// assert_eq!(sha256_crypt_each_at(Level::ONE_AT_A_TIME, &inputs), sha256_crypt_each(&inputs));
/// ```
#[must_use]
pub fn sha256_crypt_each_at(level: Level, inputs: &[ShaInput<'_>]) -> Vec<[u8; 32]> {
    let starts: Vec<_> = inputs.iter().map(Start::<Sha256>::new).collect();
    let mut digests: Vec<[u8; 32]> = starts.iter().map(|start| start.digest.into()).collect();
    #[cfg(feature = "simd")]
    let rest = crate::sha_lanes::sha256(level, &starts, &mut digests);
    #[cfg(not(feature = "simd"))]
    let rest: Vec<_> = (0..inputs.len()).collect();
    let mut rest = &rest[..];
    while let [first, others @ ..] = rest {
        // Two computations take turns: one waits for the instructions for SHA-256, which have a long latency.
        match others {
            [second, others @ ..] if level.has_sha256 && starts[*first].rounds == starts[*second].rounds => {
                sha256_rounds([*first, *second], &starts, &mut digests);
                rest = others;
            }
            _ => {
                sha256_rounds([*first], &starts, &mut digests);
                rest = others;
            }
        }
    }
    digests
}

/// Step 21 of SHA-crypt.txt for `N` inputs of equal rounds, which take turns.
fn sha256_rounds<const N: usize>(indexes: [usize; N], starts: &[Start<Sha256>], digests: &mut [[u8; 32]]) {
    let mut all = indexes.map(|index| (Messages::new(starts[index].parts(), Format::SHA256), digests[index]));
    for round in 0..indexes.first().map_or(0, |&index| starts[index].rounds) {
        for (messages, digest) in &mut all {
            let mut state = INITIAL_SHA256;
            compress256(&mut state, messages.blocks(round, digest));
            for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
                *bytes = word.to_be_bytes();
            }
        }
    }
    for (index, (_, digest)) in indexes.into_iter().zip(&mut all) {
        digests[index] = *digest;
        digest.zeroize();
    }
}

/// Returns the SHA-512-crypt digest of each input, in the order of `inputs`, at the fastest level of the processor.
///
/// The digests are the raw 64 bytes, which crypt(3) writes as 86 characters in another order. [`sha256_crypt_each`]
/// explains lengths and throughput.
///
/// ```
/// use crypt_lanes::{ShaInput, sha512_crypt_each};
///
/// let input = |password| ShaInput { rounds: 1_000, password, salt: b"saltsalt" };
/// let digests = sha512_crypt_each(&[input(b"abc"), input(b"def"), input(b"abc")]);
/// assert_eq!(digests[0], digests[2]);
/// assert_ne!(digests[0], digests[1]);
/// ```
#[must_use]
pub fn sha512_crypt_each(inputs: &[ShaInput<'_>]) -> Vec<[u8; 64]> {
    sha512_crypt_each_at(Level::detect(), inputs)
}

/// Returns the digests that [`sha512_crypt_each`] returns, computed at a given level.
///
/// ```
/// use crypt_lanes::{Level, ShaInput, sha512_crypt_each, sha512_crypt_each_at};
///
/// let inputs = [ShaInput { rounds: 1_000, password: b"abc", salt: b"saltsalt" }; 3];
/// assert_eq!(sha512_crypt_each_at(Level::ONE_AT_A_TIME, &inputs), sha512_crypt_each(&inputs));
/// ```
#[must_use]
pub fn sha512_crypt_each_at(level: Level, inputs: &[ShaInput<'_>]) -> Vec<[u8; 64]> {
    let starts: Vec<_> = inputs.iter().map(Start::<Sha512>::new).collect();
    let mut digests: Vec<[u8; 64]> = starts.iter().map(|start| start.digest.into()).collect();
    #[cfg(feature = "simd")]
    let rest = crate::sha_lanes::sha512(level, &starts, &mut digests);
    #[cfg(not(feature = "simd"))]
    let rest = {
        let _ = level;
        0..inputs.len()
    };
    for index in rest {
        sha512_rounds(&starts[index], &mut digests[index]);
    }
    digests
}

/// Step 21 of SHA-crypt.txt.
fn sha512_rounds(start: &Start<Sha512>, digest: &mut [u8; 64]) {
    let mut messages = Messages::new(start.parts(), Format::SHA512);
    for round in 0..start.rounds {
        let mut state = INITIAL_SHA512;
        compress512(&mut state, messages.blocks(round, digest));
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
    }
}

/// The largest number of SHA-256-crypt digests that a level computes at once.
///
/// ```
/// assert_eq!(crypt_lanes::sha256_crypt_lanes(crypt_lanes::Level::ONE_AT_A_TIME), 1);
/// ```
#[must_use]
pub fn sha256_crypt_lanes(level: Level) -> usize {
    let alone = if level.has_sha256 { 2 } else { 1 };
    #[cfg(feature = "simd")]
    let alone = crate::sha_lanes::sha256_widths(level).last().map_or(alone, |width| width.lanes);
    alone
}

/// The largest number of SHA-512-crypt digests that a level computes at once.
///
/// ```
/// assert_eq!(crypt_lanes::sha512_crypt_lanes(crypt_lanes::Level::ONE_AT_A_TIME), 1);
/// ```
#[must_use]
pub fn sha512_crypt_lanes(level: Level) -> usize {
    #[cfg(feature = "simd")]
    let lanes = crate::sha_lanes::sha512_widths(level).last().map_or(1, |width| width.lanes);
    #[cfg(not(feature = "simd"))]
    let lanes = {
        let _ = level;
        1
    };
    lanes
}
