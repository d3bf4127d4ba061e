//! The messages of several lanes, transposed: a word of all lanes is one [`Slot`], so that a block needs one vector load
//! for each word.
//!
//! The lanes may have different lengths. [`Batch::new`] compares them and records in [`Layout`] what the rounds have to
//! do for each pattern: nothing special if the lanes agree, and otherwise a few selections by the masks of the batch.
//! The messages contain the password, so the memory is wiped on drop.

use alloc::vec;
use alloc::vec::Vec;
use core::array;
use core::ops::Range;

use zeroize::Zeroizing;

use crate::element::Element;
use crate::hash::Format;
use crate::lanes::Slot;
use crate::messages::{PATTERNS, Parts, Pattern};

/// The maximum difference between the digest places of two lanes, in words.
pub(crate) const MAX_SPREAD: usize = 15;

/// The messages of up to `N` lanes.
pub(crate) struct Batch<E: Element, const N: usize> {
    /// The blocks of each pattern. After them, for each pattern that ends in the digest, a copy of the words around the
    /// digest as they are without it.
    pub(crate) memory: Zeroizing<Vec<Slot<E, N>>>,
    /// For each mask, ones in the lanes that it selects.
    pub(crate) masks: Vec<Slot<E, N>>,
    pub(crate) layouts: [Layout; PATTERNS],
}

/// The places of a pattern's message in a [`Batch`].
pub(crate) struct Layout {
    /// The words of the longest message in `memory`.
    pub(crate) words: Range<usize>,
    /// The first of the masks that select, for each block, the lanes whose message ends there. `None` if all messages
    /// end in the same block.
    pub(crate) ends: Option<usize>,
    /// The place of the digest, or `None` if the message starts with it.
    pub(crate) digest: Option<Place>,
}

/// The place of a digest at the end of a message.
#[derive(Default)]
pub(crate) struct Place {
    /// The index of the first word in `memory` that contains bytes of the digest in any lane.
    pub(crate) first: usize,
    /// The copy in `memory` of the words from `first` on.
    pub(crate) copy: Range<usize>,
    /// The number of bits by which the digest of every lane is shifted to later bytes within a word.
    pub(crate) bits: u32,
    /// For each bit that is set, some lanes are shifted by so many bytes more, and a mask selects them.
    pub(crate) bytes: usize,
    /// For each bit that is set, some lanes are shifted by so many words more, and a mask selects them.
    pub(crate) spread: usize,
    /// The first of the masks, of which those for `bytes` are first.
    pub(crate) masks: usize,
}

impl<E: Element, const N: usize> Batch<E, N> {
    /// Builds the messages of at most `N` lanes. The remaining lanes compute a meaningless digest.
    ///
    /// The lanes must have [`fits`] in common.
    pub(crate) fn new(lanes: &[Parts<'_>], format: Format) -> Self {
        let (mut masks, mut end) = (Vec::new(), 0);
        let mut layouts = Pattern::ALL.map(|pattern| {
            let blocks = |parts: &Parts<'_>| parts.padded_len(pattern, format) / format.block;
            let most = lanes.iter().map(blocks).max().unwrap_or(1);
            let ends = (!lanes.iter().all(|lane| blocks(lane) == most)).then_some(masks.len());
            if ends.is_some() {
                masks.extend((1..=most).map(|number| mask(lanes, |lane| blocks(lane) == number)));
            }
            let words = end..end + most * 16;
            end = words.end;
            Layout { words, ends, digest: None }
        });
        for (layout, pattern) in layouts.iter_mut().zip(Pattern::ALL) {
            if !pattern.digest_leads() {
                let mut place = Place::new(lanes, pattern, format.digest, &mut masks);
                place.first += layout.words.start;
                place.copy = end..end + place.copy.len();
                end = place.copy.end;
                layout.digest = Some(place);
            }
        }

        let mut memory = Zeroizing::new(vec![Slot([E::ZERO; N]); end]);
        let longest = layouts.iter().map(|layout| layout.words.len()).max().unwrap_or(0);
        let mut message = Zeroizing::new(vec![0; longest * E::BYTES]);
        for (lane, parts) in lanes.iter().enumerate() {
            for (layout, pattern) in layouts.iter().zip(Pattern::ALL) {
                let message = &mut message[..parts.padded_len(pattern, format)];
                message.fill(0);
                parts.write(pattern, format, message);
                for (slot, word) in
                    memory[layout.words.clone()].iter_mut().zip(message.chunks_exact(E::BYTES))
                {
                    slot.0[lane] = E::read(word, format.order);
                }
            }
        }
        for place in layouts.iter().filter_map(|layout| layout.digest.as_ref()) {
            memory.copy_within(place.first..place.first + place.copy.len(), place.copy.start);
        }
        Self { memory, masks, layouts }
    }
}

impl Place {
    #[allow(clippy::cast_possible_truncation, reason = "a word has at most 8 bytes")]
    fn new<E: Element, const N: usize>(
        lanes: &[Parts<'_>],
        pattern: Pattern,
        digest_len: usize,
        masks: &mut Vec<Slot<E, N>>,
    ) -> Self {
        let byte = |parts: &Parts<'_>| parts.digest_at(pattern) % E::BYTES;
        let word = |parts: &Parts<'_>| parts.digest_at(pattern) / E::BYTES;
        let first = lanes.iter().map(word).min().unwrap_or(0);
        let mut place = Self { first, masks: masks.len(), ..Self::default() };

        let common = lanes.first().map_or(0, byte);
        if lanes.iter().all(|lane| byte(lane) == common) {
            place.bits = 8 * common as u32;
        } else {
            place.bytes = lanes.iter().fold(0, |bits, lane| bits | byte(lane));
            masks.extend(stages(place.bytes).map(|stage| mask(lanes, |lane| byte(lane) & stage != 0)));
        }
        place.spread = lanes.iter().fold(0, |bits, lane| bits | (word(lane) - first));
        masks.extend(stages(place.spread).map(|stage| mask(lanes, |lane| (word(lane) - first) & stage != 0)));

        let last = lanes.iter().map(|lane| (lane.digest_at(pattern) + digest_len).div_ceil(E::BYTES)).max();
        place.copy = 0..last.unwrap_or(first) - first;
        place
    }
}

/// The bits of `set` that are set, the lowest first.
#[inline(always)]
pub(crate) fn stages(set: usize) -> impl Iterator<Item = usize> {
    let mut stage = 1;
    core::iter::from_fn(
        #[inline(always)]
        move || {
            while stage <= set {
                let this = stage;
                stage <<= 1;
                if set & this != 0 {
                    return Some(this);
                }
            }
            None
        },
    )
}

fn mask<E: Element, const N: usize>(lanes: &[Parts<'_>], selects: impl Fn(&Parts<'_>) -> bool) -> Slot<E, N> {
    Slot(array::from_fn(|lane| if lanes.get(lane).is_some_and(&selects) { E::ONES } else { E::ZERO }))
}

/// Returns true if the lanes can be in one batch: all places of the digest are near each other.
///
/// The lengths are the smallest and the largest of the passwords and of the salts.
pub(crate) fn fits<E: Element>(passwords: [usize; 2], salts: [usize; 2]) -> bool {
    2 * (passwords[1] - passwords[0]) + (salts[1] - salts[0]) < MAX_SPREAD * E::BYTES
}
