//! The rounds of SHA-crypt for several lanes.
//!
//! [`sha256`] and [`sha512`] choose the numbers of lanes. The digests of inputs that are faster alone stay as they are,
//! so the caller must compute their rounds.

use alloc::vec::Vec;

use sha2::Digest;

use crate::group::{Shape, Width, each_group};
use crate::kernel::{Lane, kernel};
use crate::level::{Level, Simd};
use crate::sha::{Sha256, Sha512};
use crate::sha_start::Start;

/// The numbers of lanes with the highest throughput.
pub(crate) fn sha256_widths(level: Level) -> &'static [Width] {
    match level.simd {
        Simd::None => &[],
        // Two computations alone that take turns are faster than these vectors.
        #[cfg(target_arch = "x86_64")]
        Simd::Sse2(_) | Simd::Avx2(_) if level.has_sha256 => &[],
        #[cfg(target_arch = "x86_64")]
        Simd::Sse2(_) => &[Width { least: 3, lanes: 4 }],
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2(_) => &[Width { least: 3, lanes: 8 }],
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512(_) if level.has_sha256 => &[Width { least: 8, lanes: 16 }],
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512(_) => &[Width { least: 2, lanes: 16 }],
        #[cfg(target_arch = "aarch64")]
        Simd::Neon(_) if level.has_sha256 => &[],
        #[cfg(target_arch = "aarch64")]
        Simd::Neon(_) => &[Width { least: 3, lanes: 4 }],
    }
}

/// The numbers of lanes with the highest throughput. Vectors of two words are slower than single words.
pub(crate) fn sha512_widths(level: Level) -> &'static [Width] {
    match level.simd {
        Simd::None => &[],
        #[cfg(target_arch = "x86_64")]
        Simd::Sse2(_) => &[],
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2(_) => &[Width { least: 3, lanes: 4 }],
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512(_) => &[Width { least: 2, lanes: 8 }],
        #[cfg(target_arch = "aarch64")]
        Simd::Neon(_) => &[],
    }
}

/// Replaces digests of SHA-256-crypt by those after the rounds. Returns the indexes of the inputs that are faster alone,
/// inputs of equal rounds and similar lengths one after the other.
pub(crate) fn sha256(level: Level, starts: &[Start<sha2::Sha256>], digests: &mut [[u8; 32]]) -> Vec<usize> {
    each_group::<u32>(&shapes(starts), sha256_widths(level), |group, _| {
        let rounds = group.first().map_or(0, |&index| starts[index].rounds);
        in_lanes(group, starts, digests, |lanes| match level.simd {
            Simd::None => {}
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2(simd) => kernel!(Sha256, simd, u32x4, lanes, rounds),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) => kernel!(Sha256, simd, u32x8, lanes, rounds),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) => kernel!(Sha256, simd, u32x16, lanes, rounds),
            #[cfg(target_arch = "aarch64")]
            Simd::Neon(simd) => kernel!(Sha256, simd, u32x4, lanes, rounds),
        });
    })
}

/// Replaces digests of SHA-512-crypt by those after the rounds. Returns the indexes of the inputs that are faster alone.
pub(crate) fn sha512(level: Level, starts: &[Start<sha2::Sha512>], digests: &mut [[u8; 64]]) -> Vec<usize> {
    each_group::<u64>(&shapes(starts), sha512_widths(level), |group, _| {
        let rounds = group.first().map_or(0, |&index| starts[index].rounds);
        in_lanes(group, starts, digests, |lanes| match level.simd {
            Simd::None => {}
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2(_) => {}
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(simd) => kernel!(Sha512, simd, u64x4, lanes, rounds),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(simd) => kernel!(Sha512, simd, u64x8, lanes, rounds),
            #[cfg(target_arch = "aarch64")]
            Simd::Neon(_) => {}
        });
    })
}

fn shapes<D: Digest>(starts: &[Start<D>]) -> Vec<Shape> {
    let shape = |start: &Start<D>| {
        let parts = start.parts();
        Shape { rounds: start.rounds, password: parts.password.len(), salt: parts.salt.len() }
    };
    starts.iter().map(shape).collect()
}

/// Calls `compute` with the lanes of a group and stores their digests.
fn in_lanes<D: Digest, const BYTES: usize>(
    group: &[usize],
    starts: &[Start<D>],
    digests: &mut [[u8; BYTES]],
    compute: impl FnOnce(&mut [Lane<'_, BYTES>]),
) {
    let lane = |&index: &usize| Lane { digest: digests[index], parts: starts[index].parts() };
    let mut lanes: Vec<_> = group.iter().map(lane).collect();
    compute(&mut lanes);
    for (&index, lane) in group.iter().zip(lanes) {
        digests[index] = lane.digest;
    }
}
