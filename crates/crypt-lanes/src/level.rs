//! The instruction set that several digests are computed with.
//!
//! [`Level::detect`] chooses it. Nothing outside the process may choose it, so this file must never read the
//! environment.

use core::{fmt, iter};

/// The instruction set that several digests are computed with.
///
/// Every level computes the same digests. [`Level::detect`] returns the fastest one; the other levels are for
/// benchmarks and tests.
///
/// ```
/// use crypt_lanes::{Level, Magic, Md5Input, md5_crypt_each_at};
///
/// let input = Md5Input { magic: Magic::Apr1, password: b"secret", salt: b"saltsalt" };
/// let digests = Level::available().map(|level| md5_crypt_each_at(level, &[input; 5]));
/// assert!(digests.clone().all(|digests| digests == md5_crypt_each_at(Level::ONE_AT_A_TIME, &[input; 5])));
/// ```
#[derive(Clone, Copy)]
pub struct Level {
    pub(crate) simd: Simd,
    /// True if the processor has instructions for SHA-256, which the crate `sha2` uses.
    pub(crate) has_sha256: bool,
}

/// The vectors of a level, with a proof that the processor has them.
#[derive(Clone, Copy)]
pub(crate) enum Simd {
    None,
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    Sse2(fearless_simd::x86::Sse2),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    Avx2(fearless_simd::x86::Avx2),
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    Avx512(fearless_simd::x86::Avx512),
    #[cfg(all(feature = "simd", target_arch = "aarch64"))]
    Neon(fearless_simd::aarch64::Neon),
}

impl Level {
    /// The level at which each digest is computed alone, without vectors.
    pub const ONE_AT_A_TIME: Self = Self { simd: Simd::None, has_sha256: false };

    /// Returns the fastest level of this processor.
    ///
    /// A build with debug assertions gets [`Level::ONE_AT_A_TIME`], because vectors are slower than single words if the
    /// compiler does not optimize them.
    #[must_use]
    pub fn detect() -> Self {
        if cfg!(debug_assertions) { Self::ONE_AT_A_TIME } else { Self::fastest() }
    }

    /// Returns all levels of this processor, the slowest first.
    ///
    /// On a processor with instructions for SHA-256, each level with vectors comes twice: first as on a processor without
    /// these instructions. A digest that is computed alone always uses them.
    pub fn available() -> impl Iterator<Item = Self> + Clone {
        let has_sha256 = has_sha256();
        let settings = if has_sha256 { &[false, true][..] } else { &[false] };
        let with_vectors = vectors().into_iter().flatten();
        let with_vectors =
            with_vectors.flat_map(|simd| settings.iter().map(move |&has_sha256| Self { simd, has_sha256 }));
        iter::once(Self::ONE_AT_A_TIME).chain(with_vectors)
    }

    fn fastest() -> Self {
        match vectors().into_iter().flatten().last() {
            Some(simd) => Self { simd, has_sha256: has_sha256() },
            None => Self::ONE_AT_A_TIME,
        }
    }
}

/// Writes the name of the instruction set, for reports of benchmarks and tests.
impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.simd {
            Simd::None => "one at a time",
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Simd::Sse2(_) => "SSE2",
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Simd::Avx2(_) => "AVX2",
            #[cfg(all(feature = "simd", target_arch = "x86_64"))]
            Simd::Avx512(_) => "AVX-512",
            #[cfg(all(feature = "simd", target_arch = "aarch64"))]
            Simd::Neon(_) => "NEON",
        })?;
        if self.has_sha256 { f.write_str(" with SHA-256") } else { Ok(()) }
    }
}

/// The vectors of this processor, the slowest first.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn vectors() -> [Option<Simd>; 3] {
    let detected = fearless_simd::Level::new();
    [
        detected.as_sse2().map(Simd::Sse2),
        detected.as_avx2().map(Simd::Avx2),
        detected.as_avx512().map(Simd::Avx512),
    ]
}

#[cfg(all(feature = "simd", target_arch = "aarch64"))]
fn vectors() -> [Option<Simd>; 1] {
    [fearless_simd::Level::new().as_neon().map(Simd::Neon)]
}

#[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn vectors() -> [Option<Simd>; 0] {
    []
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn has_sha256() -> bool {
    std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1")
}

#[cfg(all(feature = "simd", target_arch = "aarch64"))]
fn has_sha256() -> bool {
    std::arch::is_aarch64_feature_detected!("sha2")
}

#[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn has_sha256() -> bool {
    false
}
