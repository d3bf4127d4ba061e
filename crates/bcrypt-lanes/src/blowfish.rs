//! Blowfish with bcrypt's key schedule, `N` states in step.

use zeroize::Zeroize;

use crate::pi;

/// The P-array, or key words to be mixed into it.
pub(crate) type Subkeys = [u32; 18];
type Boxes = [[u32; 256]; 4];
/// Left and right half.
type Block = [u32; 2];

/// The paper's plain text.
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

    /// The paper's `ExpandKey(state, salt, key)`: the halves of the salt take turns in front of each
    /// encryption.
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

    /// The magic text, encrypted 64 times. Its last byte is dropped, as everybody does.
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

/// Replaces subkeys and boxes, pair by pair, by one long chain of encryptions.
///
/// `before` sees the blocks ahead of each encryption, with the number of those done. Not inlined, so that
/// subkeys and boxes arrive as two references and the compiler knows that a write to one leaves the other
/// alone.
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

/// One block a lane. Lanes take turns within each round: while one waits for its boxes, the others compute.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "blocks stay in registers only where this is part of the caller's loop"
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

/// Blowfish's F. A byte cannot exceed its box, so nothing is checked.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as above")]
fn mix(boxes: &Boxes, half: u32) -> u32 {
    let byte = |shift: u32| usize::from((half >> shift).to_le_bytes()[0]);
    // This order is the fastest: the box whose byte takes longest to cut out comes first.
    let sum = boxes[1][byte(16)].wrapping_add(boxes[0][byte(24)]);
    (sum ^ boxes[2][byte(8)]).wrapping_add(boxes[3][byte(0)])
}
