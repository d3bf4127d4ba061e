//! The rounds of MD5-crypt for several lanes.
//!
//! [`rounds`] chooses the numbers of lanes. The digests of inputs that are faster alone stay as they are, so the caller must
//! compute their rounds.

use alloc::vec::Vec;

use crate::group::{Shape, Width, each_group};
use crate::kernel::{Lane, kernel};
use crate::level::{Level, Simd};
use crate::md5::Md5;
use crate::md5_start::{Md5Input, ROUNDS};

/// The numbers of lanes with the highest throughput. Two vectors take turns, because one waits for itself.
pub(crate) fn widths(level: Level) -> &'static [Width] {
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
pub(crate) fn rounds(level: Level, inputs: &[Md5Input<'_>], digests: &mut [[u8; 16]]) -> Vec<usize> {
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
