//! Compute bcrypt, MD5-crypt and SHA-crypt digests, several at a time on one core.
//!
//! | scheme | function |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2x$` and `$2y$`, bcrypt | [`bcrypt_each`], and [`bcrypt`] for one password |
//! | `$apr1$` and `$1$` | [`md5_crypt_each`] |
//! | `$5$`, SHA-256-crypt | [`sha256_crypt_each`] |
//! | `$6$`, SHA-512-crypt | [`sha512_crypt_each`] |
//!
//! The [book](../../docs/performance.html#several-hashes-on-one-core) compares the speed with other implementations.
//!
//! # Example
//!
//! ```
//! use crypt_lanes::{ShaInput, sha512_crypt_each};
//!
//! let input = |password, salt| ShaInput { rounds: 5_000, password, salt };
//! let digests = sha512_crypt_each(&[input(b"abc", b"saltsalt"), input(b"secret", b"other salt")]);
//! assert_eq!(digests.len(), 2);
//! assert_ne!(digests[0], digests[1]);
//! ```
//!
//! # Why lanes are faster
//!
//! The digests of different passwords do not depend on each other.
//!
//! - **MD5-crypt and SHA-crypt:** a vector instruction computes one step of 4 to 16 digests. [`Level::detect`] chooses the
//!   instructions at run time: SSE2, AVX2 or AVX-512 on x86-64, and NEON on aarch64.
//! - **bcrypt:** a Blowfish round waits for table look-ups, so one computation leaves most of a core idle.
//!   [`bcrypt_each`] interleaves [four or five](bcrypt_lanes) computations. On x86-64, four interleaved computations take
//!   about 1.3 times as long as one.
//!
//! `cargo bench -p crypt-lanes` compares each level with one digest after the other. Without the feature `simd`, the crate is `no_std`.
//! It then interleaves bcrypt, and computes the other digests one after the other.
//!
//! Passwords and salts may have any lengths. Inputs are sorted by length, and the lanes of one vector may differ by some
//! dozen bytes.
//!
//! # Debug builds
//!
//! No public function is generic, so the code is always compiled with the settings for this crate, whatever calls it.
//! Without optimisation, one bcrypt hash takes about 2.6 times as long, and four take about seven times as long. These
//! lines in the `Cargo.toml` of a program give bcrypt in its debug build the speed of a release build:
//!
//! ```toml
//! [profile.dev.package.crypt-lanes]
//! opt-level = 3
//! ```
//!
//! A build with debug assertions computes MD5-crypt and SHA-crypt digests one after the other, because vectors would be
//! slow.
//!
//! # Compatibility
//!
//! The digests equal those of crypt(3), with bcrypt as in `crypt_blowfish`. This includes passwords with bytes from 0x80
//! on, for which the variants of bcrypt differ ([`BcryptVariant`]). The crate has no text format. The caller parses and writes `$6$…`, limits salts
//! and rounds, and compares digests in constant time.
//!
//! The states and messages, which contain or depend on the passwords, are wiped. The crate cannot wipe copies that the compiler keeps in
//! registers and on the stack.
//!
//! # Sources
//!
//! crypt(5); U. Drepper, *Unix crypt using SHA-256 and SHA-512* (SHA-crypt.txt); RFC 1321; FIPS 180-4;
//! N. Provos and D. Mazières, *A Future-Adaptable Password Scheme*, USENIX 1999.

#![no_std]
#![cfg_attr(
    not(target_arch = "x86_64"),
    allow(
        dead_code,
        unused_imports,
        unused_variables,
        reason = "some numbers of lanes and hash functions are faster only on x86-64"
    )
)]
#![allow(
    clippy::inline_always,
    reason = "a function with vectors that is not inlined is compiled without the instructions of its caller"
)]

extern crate alloc;
#[cfg(feature = "simd")]
extern crate std;

#[cfg(feature = "simd")]
mod batch;
mod bcrypt;
mod blowfish;
mod blowfish_key;
mod digest;
#[cfg(feature = "simd")]
mod element;
#[cfg(feature = "simd")]
mod group;
mod hash;
#[cfg(feature = "simd")]
mod kernel;
#[cfg(feature = "simd")]
mod lanes;
mod level;
#[cfg(feature = "simd")]
mod md5;
mod md5_crypt;
#[cfg(feature = "simd")]
mod md5_lanes;
mod md5_start;
mod messages;
mod pi;
#[cfg(feature = "simd")]
mod rounds;
#[cfg(feature = "simd")]
mod sha;
mod sha_crypt;
#[cfg(feature = "simd")]
mod sha_lanes;
mod sha_start;

pub use crate::bcrypt::{
    BcryptCostError, BcryptInput, MAX_BCRYPT_COST, MAX_BCRYPT_LANES, MIN_BCRYPT_COST, bcrypt, bcrypt_each,
    bcrypt_each_in_lanes, bcrypt_lanes,
};
pub use crate::blowfish_key::BcryptVariant;
pub use crate::level::Level;
pub use crate::md5_crypt::{md5_crypt_each, md5_crypt_each_at, md5_crypt_lanes};
pub use crate::md5_start::{Magic, Md5Input};
pub use crate::sha_crypt::{
    sha256_crypt_each, sha256_crypt_each_at, sha256_crypt_lanes, sha512_crypt_each, sha512_crypt_each_at,
    sha512_crypt_lanes,
};
pub use crate::sha_start::ShaInput;
