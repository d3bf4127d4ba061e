//! MD5-crypt: `$1$` of crypt(5), and `$apr1$` of Apache.
//!
//! A digest takes 1,000 rounds. `$1$` and `$apr1$` differ only in this prefix, which is a part of the hashed data. This file
//! has the functions of the interface and the rounds of digests that are computed alone. `md5_start.rs` has the steps before
//! the rounds, and `md5_lanes.rs` the rounds of several lanes.

use alloc::vec::Vec;

use md5::block_api::compress;

use crate::hash::{Format, INITIAL_MD5};
use crate::level::Level;
use crate::md5_start::{Md5Input, ROUNDS};
use crate::messages::{Messages, Parts};

/// Returns the MD5-crypt digest of each input, in the order of `inputs`, at the fastest level of the processor.
///
/// The digests are the raw 16 bytes, which crypt(3) writes as 22 characters in another order. The passwords and salts
/// may have any lengths. Inputs of similar length are computed together, so the throughput is highest if there are many
/// inputs.
///
/// ```
/// use crypt_lanes::{Magic, Md5Input, md5_crypt_each};
///
/// let input = |password| Md5Input { magic: Magic::Md5, password, salt: b"saltsalt" };
/// let digests = md5_crypt_each(&[input(b"abc"), input(b"def"), input(b"abc")]);
/// assert_eq!(digests[0], digests[2]);
/// assert_ne!(digests[0], digests[1]);
/// ```
#[must_use]
pub fn md5_crypt_each(inputs: &[Md5Input<'_>]) -> Vec<[u8; 16]> {
    md5_crypt_each_at(Level::detect(), inputs)
}

/// Returns the digests that [`md5_crypt_each`] returns, computed at a given level.
///
/// ```
/// use crypt_lanes::{Level, Magic, Md5Input, md5_crypt_each, md5_crypt_each_at};
///
/// let inputs = [Md5Input { magic: Magic::Md5, password: b"abc", salt: b"saltsalt" }; 3];
/// assert_eq!(md5_crypt_each_at(Level::ONE_AT_A_TIME, &inputs), md5_crypt_each(&inputs));
/// ```
#[must_use]
pub fn md5_crypt_each_at(level: Level, inputs: &[Md5Input<'_>]) -> Vec<[u8; 16]> {
    let mut digests: Vec<_> = inputs.iter().map(Md5Input::start).collect();
    #[cfg(feature = "simd")]
    let rest = crate::md5_lanes::rounds(level, inputs, &mut digests);
    #[cfg(not(feature = "simd"))]
    let rest = {
        let _ = level;
        0..inputs.len()
    };
    for index in rest {
        one(inputs[index].parts(), &mut digests[index]);
    }
    digests
}

/// The largest number of MD5-crypt digests that a level computes at once.
///
/// ```
/// assert_eq!(crypt_lanes::md5_crypt_lanes(crypt_lanes::Level::ONE_AT_A_TIME), 1);
/// ```
#[must_use]
pub fn md5_crypt_lanes(level: Level) -> usize {
    #[cfg(feature = "simd")]
    let lanes = crate::md5_lanes::widths(level).last().map_or(1, |width| width.lanes);
    #[cfg(not(feature = "simd"))]
    let lanes = {
        let _ = level;
        1
    };
    lanes
}

/// Replaces one digest by that after the rounds.
fn one(parts: Parts<'_>, digest: &mut [u8; 16]) {
    let mut messages = Messages::new(parts, Format::MD5);
    for round in 0..ROUNDS {
        let mut state = INITIAL_MD5;
        compress(&mut state, messages.blocks(round, digest));
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_le_bytes();
        }
    }
}
