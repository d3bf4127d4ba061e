//! Blowfish with the key schedule of bcrypt, for `N` interleaved computations.
//!
//! [`Lanes`] holds the `N` states. "The paper" is the one by Provos and Mazières, which `lib.rs` cites. The state depends on a
//! password, so it is wiped on drop and must never be copied out or printed.

use zeroize::Zeroize;

use crate::pi;

/// The P-array of the paper, or the key words to mix into it.
pub(crate) type Subkeys = [u32; 18];
type Boxes = [[u32; 256]; 4];
/// The left and right half of a block.
type Block = [u32; 2];

/// The plain text that bcrypt encrypts.
const MAGIC: [Block; 3] = [
    [u32::from_be_bytes(*b"Orph"), u32::from_be_bytes(*b"eanB")],
    [u32::from_be_bytes(*b"ehol"), u32::from_be_bytes(*b"derS")],
    [u32::from_be_bytes(*b"cryD"), u32::from_be_bytes(*b"oubt")],
];

/// The states of `N` computations, wiped on drop.
pub(crate) struct Lanes<const N: usize> {
    subkeys: [Subkeys; N],
    boxes: [Boxes; N],
}

impl<const N: usize> Lanes<N> {
    pub(crate) fn new() -> Self {
        Self { subkeys: [pi::SUBKEYS; N], boxes: [pi::BOXES; N] }
    }

    /// Mixes `bits` into the first subkey of one lane.
    pub(crate) fn disturb(&mut self, lane: usize, bits: u32) {
        self.subkeys[lane][0] ^= bits;
    }

    /// The paper's `ExpandKey(state, 0, key)`.
    pub(crate) fn expand_key(&mut self, keys: &[Subkeys; N]) {
        self.mix_in(keys);
        refill(&mut self.subkeys, &mut self.boxes, |_, _| ());
    }

    /// The paper's `ExpandKey(state, salt, key)`: before each encryption, one half of the salt is mixed into the block. The
    /// two halves alternate.
    pub(crate) fn expand_key_with_salt(&mut self, salts: &[[u32; 4]; N], keys: &[Subkeys; N]) {
        self.mix_in(keys);
        refill(&mut self.subkeys, &mut self.boxes, |count, blocks| {
            let half = 2 * (count % 2);
            for (block, salt) in blocks.iter_mut().zip(salts) {
                block[0] ^= salt[half];
                block[1] ^= salt[half + 1];
            }
        });
    }

    fn mix_in(&mut self, keys: &[Subkeys; N]) {
        for (subkeys, key) in self.subkeys.iter_mut().zip(keys) {
            for (subkey, word) in subkeys.iter_mut().zip(key) {
                *subkey ^= word;
            }
        }
    }

    /// Returns the plain text, encrypted 64 times, without its last byte. All implementations drop that byte.
    pub(crate) fn digests(&self) -> [[u8; 23]; N] {
        let mut digests = [[0; 23]; N];
        for (index, magic) in MAGIC.into_iter().enumerate() {
            let mut blocks = [magic; N];
            for _ in 0..64 {
                encrypt(&self.subkeys, &self.boxes, &mut blocks);
            }
            for (digest, block) in digests.iter_mut().zip(blocks) {
                let bytes = block.into_iter().flat_map(u32::to_be_bytes);
                for (to, from) in digest[8 * index..].iter_mut().zip(bytes) {
                    *to = from;
                }
            }
        }
        digests
    }
}

impl<const N: usize> Drop for Lanes<N> {
    fn drop(&mut self) {
        self.subkeys.zeroize();
        self.boxes.zeroize();
    }
}

/// Replaces the subkeys and boxes, two words at a time, by one chain of encryptions.
///
/// The function calls `before` before each encryption, with the number of encryptions so far and the blocks.
///
/// It is not inlined, so that subkeys and boxes arrive as two references. The compiler then knows that a write to one does
/// not change the other.
#[inline(never)]
fn refill<const N: usize>(
    subkeys: &mut [Subkeys; N],
    boxes: &mut [Boxes; N],
    before: impl Fn(usize, &mut [Block; N]),
) {
    let mut blocks = [[0; 2]; N];
    for pair in 0..9 {
        before(pair, &mut blocks);
        encrypt(subkeys, boxes, &mut blocks);
        for (subkeys, block) in subkeys.iter_mut().zip(blocks) {
            [subkeys[2 * pair], subkeys[2 * pair + 1]] = block;
        }
    }
    for index in 0..4 {
        for pair in 0..128 {
            before(9 + 128 * index + pair, &mut blocks);
            encrypt(subkeys, boxes, &mut blocks);
            for (boxes, block) in boxes.iter_mut().zip(blocks) {
                [boxes[index][2 * pair], boxes[index][2 * pair + 1]] = block;
            }
        }
    }
}

/// Encrypts one block per lane.
///
/// The lanes take turns within each round: while one lane waits for a load from its boxes, the others compute.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "the blocks stay in registers only if this is part of the caller's loop"
)]
fn encrypt<const N: usize>(subkeys: &[Subkeys; N], boxes: &[Boxes; N], blocks: &mut [Block; N]) {
    for (block, subkeys) in blocks.iter_mut().zip(subkeys) {
        block[0] ^= subkeys[0];
    }
    for round in 1..17 {
        for ((block, subkeys), boxes) in blocks.iter_mut().zip(subkeys).zip(boxes) {
            let [left, right] = *block;
            *block = [right ^ subkeys[round] ^ mix(boxes, left), left];
        }
    }
    for (block, subkeys) in blocks.iter_mut().zip(subkeys) {
        let [left, right] = *block;
        *block = [right ^ subkeys[17], left];
    }
}

/// The function F of Blowfish. A byte is always a valid index of a box, so the compiler removes the bounds checks.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "the blocks stay in registers only if this is part of the caller's loop"
)]
fn mix(boxes: &Boxes, half: u32) -> u32 {
    let byte = |shift: u32| usize::from((half >> shift).to_le_bytes()[0]);
    // This order is the fastest: it starts with the bytes that take longest to extract.
    let sum = boxes[1][byte(16)].wrapping_add(boxes[0][byte(24)]);
    (sum ^ boxes[2][byte(8)]).wrapping_add(boxes[3][byte(0)])
}
