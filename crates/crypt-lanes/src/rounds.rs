//! The rounds of MD5-crypt and SHA-crypt for the lanes of a [`Batch`].
//!
//! [`rounds`] runs in the instruction set of its caller, so every function and closure is `#[inline(always)]`; see
//! `lanes.rs`.

use crate::batch::{Batch, MAX_SPREAD, Place, stages};
use crate::element::Element;
use crate::hash::{ByteOrder, Format};
use crate::lanes::{Lanes, Slot};
use crate::messages::Pattern;

/// A hash function with `D` words of digest, for vectors of lanes.
pub(crate) trait Hash<const D: usize> {
    type Element: Element;
    const FORMAT: Format;
    const INITIAL: [Self::Element; D];

    /// Compresses one block of each lane.
    fn compress<L: Lanes<N, Element = Self::Element>, const N: usize>(
        lanes: L,
        block: &[Slot<Self::Element, N>; 16],
        state: [L::Word; D],
    ) -> [L::Word; D];
}

/// Replaces the digests by those after a number of rounds.
#[inline(always)]
pub(crate) fn rounds<H, L, const D: usize, const N: usize>(
    lanes: L,
    batch: &mut Batch<H::Element, N>,
    digests: &mut [Slot<H::Element, N>; D],
    rounds: u32,
) where
    H: Hash<D>,
    L: Lanes<N, Element = H::Element>,
{
    let initial = H::INITIAL.map(
        #[inline(always)]
        |word| lanes.splat(word),
    );
    let mut digest = digests.each_ref().map(
        #[inline(always)]
        |slot| lanes.load(&slot.0),
    );
    for round in 0..rounds {
        let layout = &batch.layouts[Pattern::of_round(round).index()];
        match &layout.digest {
            None => {
                let words = &mut batch.memory[layout.words.clone()][..D];
                for (slot, word) in words.iter_mut().zip(digest) {
                    lanes.store(word, &mut slot.0);
                }
            }
            Some(place) => append::<H, L, D, N>(lanes, &mut batch.memory, &batch.masks, place, digest),
        }
        let mut state = initial;
        let (blocks, _) = batch.memory[layout.words.clone()].as_chunks();
        for (number, block) in blocks.iter().enumerate() {
            state = H::compress(lanes, block, state);
            if let Some(ends) = layout.ends {
                let mask = lanes.load(&batch.masks[ends + number].0);
                for (word, new) in digest.iter_mut().zip(state) {
                    *word = lanes.select(mask, new, *word);
                }
            }
        }
        if layout.ends.is_none() {
            digest = state;
        }
    }
    for (word, slot) in digest.into_iter().zip(digests) {
        lanes.store(word, &mut slot.0);
    }
}

/// The words of the longest digest, one more because of the shift within a word, and the spread.
const LONGEST: usize = 8 + 1 + MAX_SPREAD;

/// Writes the digests to the ends of the messages.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a word has at most 8 bytes")]
fn append<H, L, const D: usize, const N: usize>(
    lanes: L,
    memory: &mut [Slot<H::Element, N>],
    masks: &[Slot<H::Element, N>],
    place: &Place,
    digest: [L::Word; D],
) where
    H: Hash<D>,
    L: Lanes<N, Element = H::Element>,
{
    let zero = lanes.splat(H::Element::ZERO);
    let mut words = [zero; LONGEST];
    words[..D].copy_from_slice(&digest);
    let mut masks = masks[place.masks..].iter();

    if place.bits != 0 {
        for index in (0..=D).rev() {
            let before = if index == 0 { zero } else { words[index - 1] };
            words[index] = shift::<H, L, D, N>(lanes, before, words[index], place.bits);
        }
    }
    for stage in stages(place.bytes) {
        let Some(mask) = masks.next() else { continue };
        let mask = lanes.load(&mask.0);
        for index in (0..=D).rev() {
            let before = if index == 0 { zero } else { words[index - 1] };
            let shifted = shift::<H, L, D, N>(lanes, before, words[index], 8 * stage as u32);
            words[index] = lanes.select(mask, shifted, words[index]);
        }
    }
    let count = place.copy.len().min(LONGEST);
    for stage in stages(place.spread) {
        let Some(mask) = masks.next() else { continue };
        let mask = lanes.load(&mask.0);
        for index in (0..count).rev() {
            let before = if index < stage { zero } else { words[index - stage] };
            words[index] = lanes.select(mask, before, words[index]);
        }
    }
    for (index, word) in words[..count].iter().enumerate() {
        let base = lanes.load(&memory[place.copy.start + index].0);
        lanes.store(lanes.or(base, *word), &mut memory[place.first + index].0);
    }
}

/// Shifts the bytes of two consecutive words to later bytes, and returns the second word. The number of bits is neither
/// 0 nor that of a word.
#[inline(always)]
fn shift<H, L, const D: usize, const N: usize>(lanes: L, before: L::Word, word: L::Word, bits: u32) -> L::Word
where
    H: Hash<D>,
    L: Lanes<N, Element = H::Element>,
{
    let rest = H::Element::BITS - bits;
    match H::FORMAT.order {
        ByteOrder::Little => lanes.or(lanes.shift_left(word, bits), lanes.shift_right(before, rest)),
        ByteOrder::Big => lanes.or(lanes.shift_right(word, bits), lanes.shift_left(before, rest)),
    }
}
