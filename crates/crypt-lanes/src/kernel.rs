//! Runs the rounds of a batch of lanes.
//!
//! [`run`] transposes the input and the output; the caller passes [`rounds`](crate::rounds::rounds) in an instruction
//! set. A new combination of hash function, vectors and number of lanes must be measured with `benches/lanes.rs` before
//! it is used.

use alloc::vec::Vec;

use zeroize::Zeroize;

use crate::batch::Batch;
use crate::element::Element;
use crate::lanes::Slot;
use crate::messages::Parts;
use crate::rounds::Hash;

/// The input of the rounds of one lane.
pub(crate) struct Lane<'a, const BYTES: usize> {
    /// The digest before the first round.
    pub(crate) digest: [u8; BYTES],
    pub(crate) parts: Parts<'a>,
}

/// Replaces the digest of each of at most `N` lanes by that after the rounds, which `kernel` computes.
pub(crate) fn run<H, const D: usize, const N: usize, const BYTES: usize>(
    lanes: &mut [Lane<'_, BYTES>],
    kernel: impl FnOnce(&mut Batch<H::Element, N>, &mut [Slot<H::Element, N>; D]),
) where
    H: Hash<D>,
{
    let (order, size) = (H::FORMAT.order, H::Element::BYTES);
    let parts: Vec<_> = lanes.iter().map(|lane| lane.parts).collect();
    let mut batch = Batch::new(&parts, H::FORMAT);
    let mut digests = [Slot([H::Element::ZERO; N]); D];
    for (index, lane) in lanes.iter().enumerate() {
        for (slot, word) in digests.iter_mut().zip(lane.digest.chunks_exact(size)) {
            slot.0[index] = H::Element::read(word, order);
        }
    }
    kernel(&mut batch, &mut digests);
    for (index, lane) in lanes.iter_mut().enumerate() {
        for (slot, word) in digests.iter().zip(lane.digest.chunks_exact_mut(size)) {
            slot.0[index].write(word, order);
        }
    }
    digests.zeroize();
}

/// Computes the rounds of a batch of lanes with a type of vector: `kernel!(Md5, simd, u32x8, lanes, rounds)`. With `Two`
/// before the type, two vectors take turns.
macro_rules! kernel {
    ($hash:ty, $simd:ident, $vector:ident, $lanes:expr, $rounds:expr) => {
        kernel!(@ $hash, $simd, $lanes, $rounds, crate::lanes::Vector::<_, fearless_simd::$vector<_>>::new($simd))
    };
    ($hash:ty, $simd:ident, Two $vector:ident, $lanes:expr, $rounds:expr) => {
        kernel!(@ $hash, $simd, $lanes, $rounds,
            crate::lanes::Two(crate::lanes::Vector::<_, fearless_simd::$vector<_>>::new($simd)))
    };
    (@ $hash:ty, $simd:ident, $lanes:expr, $rounds:expr, $vectors:expr) => {
        crate::kernel::run::<$hash, _, _, _>($lanes, |batch, digests| {
            fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || crate::rounds::rounds::<$hash, _, _, _>($vectors, batch, digests, $rounds),
            );
        })
    };
}
pub(crate) use kernel;
