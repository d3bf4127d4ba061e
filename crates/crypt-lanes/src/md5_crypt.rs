//! MD5-crypt: `$1$` of crypt(5), and `$apr1$` of Apache.
//!
//! A digest takes 1,000 rounds. `$1$` and `$apr1$` differ only in this prefix, which is a part of the hashed data.

use alloc::vec::Vec;
use core::fmt;

use md5::Md5 as Hasher;
use md5::block_api::compress;
use zeroize::Zeroize;

use crate::digest;
use crate::hash::{Format, INITIAL_MD5};
use crate::level::Level;
use crate::messages::{Messages, Parts};

const ROUNDS: u32 = 1000;

/// The prefix of an MD5-crypt hash, which is a part of the hashed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "MD5-crypt is obsolete, so nobody will add a prefix")]
pub enum Magic {
    /// `$apr1$`, which Apache uses.
    Apr1,
    /// `$1$`, which crypt(5) describes.
    Md5,
}

impl Magic {
    /// The prefix as it is in a hash.
    ///
    /// ```
    /// assert_eq!(crypt_lanes::Magic::Apr1.as_bytes(), b"$apr1$");
    /// ```
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Apr1 => b"$apr1$",
            Self::Md5 => b"$1$",
        }
    }
}

/// The inputs of one MD5-crypt digest.
///
/// ```
/// use crypt_lanes::{Magic, Md5Input};
///
/// let input = Md5Input { magic: Magic::Apr1, password: b"secret", salt: b"saltsalt" };
/// assert!(!format!("{input:?}").contains("115")); // the first byte of the password
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "MD5-crypt has no other inputs")]
pub struct Md5Input<'a> {
    /// The prefix of the hash.
    pub magic: Magic,
    /// The password: any bytes.
    pub password: &'a [u8],
    /// The salt: any bytes. crypt(3) uses at most 8, so the caller must not pass more to get its digest.
    pub salt: &'a [u8],
}

impl fmt::Debug for Md5Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Md5Input")
            .field("magic", &self.magic)
            .field("salt", &self.salt.escape_ascii())
            .finish_non_exhaustive()
    }
}

impl<'a> Md5Input<'a> {
    fn parts(&self) -> Parts<'a> {
        Parts { password: self.password, salt: self.salt }
    }

    /// The digest before the first round.
    fn start(&self) -> [u8; 16] {
        let Self { magic, password, salt } = *self;
        let mut inner: [u8; 16] = digest::of::<Hasher>([password, salt, password]).into();
        let fill = password.chunks(inner.len()).map(|chunk| &inner[..chunk.len()]);
        // For each bit of the length, lowest bit first, MD5-crypt hashes NUL if the bit is set, or else the first byte
        // of the password.
        let bits = usize::BITS - password.len().leading_zeros();
        let bits = (0..bits).map(|bit| if password.len() >> bit & 1 == 1 { &[0] } else { &password[..1] });
        let parts = [password, magic.as_bytes(), salt].into_iter().chain(fill).chain(bits);
        let digest = digest::of::<Hasher>(parts).into();
        inner.zeroize();
        digest
    }
}

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
    let rest = lanes::rounds(level, inputs, &mut digests);
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
    let lanes = lanes::widths(level).last().map_or(1, |width| width.lanes);
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

/// The rounds of several lanes.
#[cfg(feature = "simd")]
mod lanes {
    use alloc::vec::Vec;

    use super::{Md5Input, ROUNDS};
    use crate::group::{Shape, Width, each_group};
    use crate::kernel::{Lane, kernel};
    use crate::level::{Level, Simd};
    use crate::md5::Md5;

    /// The numbers of lanes with the highest throughput. Two vectors take turns, because one waits for itself.
    pub(super) fn widths(level: Level) -> &'static [Width] {
        match level.simd {
            Simd::None => &[],
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2(_) => &[Width { least: 2, lanes: 4 }, Width { least: 5, lanes: 8 }],
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(_) => &[Width { least: 2, lanes: 8 }, Width { least: 9, lanes: 16 }],
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(_) => &[Width { least: 2, lanes: 16 }, Width { least: 17, lanes: 32 }],
            #[cfg(target_arch = "aarch64")]
            Simd::Neon(_) => &[Width { least: 2, lanes: 4 }, Width { least: 5, lanes: 8 }],
        }
    }

    /// Replaces digests by those after the rounds. Returns the indexes of the inputs that are faster alone, whose
    /// digests are unchanged.
    pub(super) fn rounds(level: Level, inputs: &[Md5Input<'_>], digests: &mut [[u8; 16]]) -> Vec<usize> {
        let shape = |input: &Md5Input<'_>| Shape {
            rounds: ROUNDS,
            password: input.password.len(),
            salt: input.salt.len(),
        };
        let shapes: Vec<_> = inputs.iter().map(shape).collect();
        each_group::<u32>(&shapes, widths(level), |group, lanes| {
            let lane = |&index: &usize| Lane { digest: digests[index], parts: inputs[index].parts() };
            let mut batch: Vec<_> = group.iter().map(lane).collect();
            compute(level, lanes, &mut batch);
            for (&index, lane) in group.iter().zip(batch) {
                digests[index] = lane.digest;
            }
        })
    }

    fn compute(level: Level, lanes: usize, batch: &mut [Lane<'_, 16>]) {
        match level.simd {
            Simd::None => {}
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2(simd) if lanes > 4 => kernel!(Md5, simd, u32x8, batch, ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2(simd) => kernel!(Md5, simd, u32x4, batch, ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) if lanes > 8 => kernel!(Md5, simd, u32x16, batch, ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) => kernel!(Md5, simd, u32x8, batch, ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) if lanes > 16 => kernel!(Md5, simd, Two u32x16, batch, ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) => kernel!(Md5, simd, u32x16, batch, ROUNDS),
            #[cfg(target_arch = "aarch64")]
            Simd::Neon(simd) if lanes > 4 => kernel!(Md5, simd, u32x8, batch, ROUNDS),
            #[cfg(target_arch = "aarch64")]
            Simd::Neon(simd) => kernel!(Md5, simd, u32x4, batch, ROUNDS),
        }
    }
}
