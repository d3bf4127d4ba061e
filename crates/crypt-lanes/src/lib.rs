//! Compute MD5-crypt and SHA-crypt digests, several at a time on one core.
//!
//! | scheme | function |
//! |---|---|
//! | `$apr1$` and `$1$` | [`md5_crypt_each`] |
//! | `$5$`, SHA-256-crypt | [`sha256_crypt_each`] |
//! | `$6$`, SHA-512-crypt | [`sha512_crypt_each`] |
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
//! The digests of different passwords do not depend on each other. A vector instruction therefore computes one step of 4
//! to 16 digests. [`Level::detect`] chooses the instructions at run time: SSE2, AVX2 or AVX-512 on x86-64, and NEON on
//! aarch64. `cargo bench -p crypt-lanes` measures each level. Without the feature `simd`, the crate is `no_std` and
//! computes one digest after the other; so does a build with debug assertions, in which vectors would be slow.
//!
//! Passwords and salts may have any lengths. Inputs are sorted by length, and the lanes of one vector may differ by some
//! dozen bytes.
//!
//! # Compatibility
//!
//! The digests equal those of crypt(3). The crate has no text format. The caller parses and writes `$6$…`, limits salts
//! and rounds, and compares digests in constant time.
//!
//! The messages, which contain the passwords, are wiped. The crate cannot wipe copies that the compiler keeps in
//! registers and on the stack.
//!
//! # Sources
//!
//! crypt(5); U. Drepper, *Unix crypt using SHA-256 and SHA-512* (SHA-crypt.txt); RFC 1321; FIPS 180-4.

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
mod messages;
#[cfg(feature = "simd")]
mod rounds;
#[cfg(feature = "simd")]
mod sha;
mod sha_crypt;
#[cfg(feature = "simd")]
mod sha_lanes;
mod sha_start;

pub use crate::level::Level;
pub use crate::md5_crypt::{Magic, Md5Input, md5_crypt_each, md5_crypt_each_at, md5_crypt_lanes};
pub use crate::sha_crypt::{
    sha256_crypt_each, sha256_crypt_each_at, sha256_crypt_lanes, sha512_crypt_each, sha512_crypt_each_at,
    sha512_crypt_lanes,
};
pub use crate::sha_start::ShaInput;
