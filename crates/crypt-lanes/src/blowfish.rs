//! Blowfish with the key schedule of bcrypt, for `N` interleaved computations.
//!
//! [`Lanes`] holds the Blowfish states of the `N` computations. "The paper" is the one by Provos and Mazières, which
//! `lib.rs` cites. A state depends on a password, so it is wiped on drop and must never be copied out or printed.
//!
//! The inner code has `while` loops and masks in place of iterators, closures and `to_le_bytes`. Optimised, both forms
//! are equally fast. Without optimisation, each iterator, closure and `to_le_bytes` is a function call, and a hash
//! takes more than ten times as long.

use zeroize::Zeroize;

use crate::pi;

/// The P-array of the paper, or the key words to mix into it.
pub(crate) type Subkeys = [u32; 18];
/// The four words of a salt.
pub(crate) type Salt = [u32; 4];
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
        refill::<N, false>(&mut self.subkeys, &mut self.boxes, &[[0; 4]; N]);
    }

    /// The paper's `ExpandKey(state, salt, key)`.
    pub(crate) fn expand_key_with_salt(&mut self, salts: &[Salt; N], keys: &[Subkeys; N]) {
        self.mix_in(keys);
        refill::<N, true>(&mut self.subkeys, &mut self.boxes, salts);
    }

    fn mix_in(&mut self, keys: &[Subkeys; N]) {
        let mut lane = 0;
        while lane < N {
            let mut word = 0;
            while word < 18 {
                self.subkeys[lane][word] ^= keys[lane][word];
                word += 1;
            }
            lane += 1;
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
/// If `SALTED`, one half of the salt is mixed into the block before each encryption. The two halves alternate.
///
/// The function is not inlined, so that it gets subkeys and boxes as two references. The compiler then knows that a
/// write to the subkeys does not change the boxes.
#[inline(never)]
fn refill<const N: usize, const SALTED: bool>(
    subkeys: &mut [Subkeys; N],
    boxes: &mut [Boxes; N],
    salts: &[Salt; N],
) {
    let mut blocks = [[0; 2]; N];
    let mut at = 0;
    while at < 18 {
        if SALTED {
            mix_salt(salts, at & 2, &mut blocks);
        }
        encrypt(subkeys, boxes, &mut blocks);
        let mut lane = 0;
        while lane < N {
            subkeys[lane][at] = blocks[lane][0];
            subkeys[lane][at + 1] = blocks[lane][1];
            lane += 1;
        }
        at += 2;
    }
    let mut index = 0;
    while index < 4 {
        let mut at = 0;
        while at < 256 {
            if SALTED {
                // The nine encryptions for the subkeys are an odd number, so the boxes start with the second half.
                mix_salt(salts, !at & 2, &mut blocks);
            }
            encrypt(subkeys, boxes, &mut blocks);
            let mut lane = 0;
            while lane < N {
                boxes[lane][index][at] = blocks[lane][0];
                boxes[lane][index][at + 1] = blocks[lane][1];
                lane += 1;
            }
            at += 2;
        }
        index += 1;
    }
}

/// Mixes the two words of each salt from `half` on, which is 0 or 2, into the block of its lane.
fn mix_salt<const N: usize>(salts: &[Salt; N], half: usize, blocks: &mut [Block; N]) {
    let mut lane = 0;
    while lane < N {
        blocks[lane][0] ^= salts[lane][half];
        blocks[lane][1] ^= salts[lane][half + 1];
        lane += 1;
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
    let mut lane = 0;
    while lane < N {
        blocks[lane][0] ^= subkeys[lane][0];
        lane += 1;
    }
    let mut round = 1;
    while round < 17 {
        let mut lane = 0;
        while lane < N {
            let left = blocks[lane][0];
            blocks[lane][0] = blocks[lane][1] ^ subkeys[lane][round] ^ mix(&boxes[lane], left);
            blocks[lane][1] = left;
            lane += 1;
        }
        round += 1;
    }
    let mut lane = 0;
    while lane < N {
        let left = blocks[lane][0];
        blocks[lane][0] = blocks[lane][1] ^ subkeys[lane][17];
        blocks[lane][1] = left;
        lane += 1;
    }
}

/// The function F of Blowfish. A byte is always a valid index of a box, so an optimising compiler removes the bounds
/// checks.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "the blocks stay in registers only if this is part of the caller's loop"
)]
fn mix(boxes: &Boxes, half: u32) -> u32 {
    // This order is the fastest: it starts with the bytes that take longest to extract.
    let sum = boxes[1][(half >> 16 & 0xff) as usize].wrapping_add(boxes[0][(half >> 24) as usize]);
    (sum ^ boxes[2][(half >> 8 & 0xff) as usize]).wrapping_add(boxes[3][(half & 0xff) as usize])
}
