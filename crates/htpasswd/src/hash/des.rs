//! The cipher DES, with the salt of crypt(3), which bends the expansion E in each round.
//!
//! The schemes that build on DES give a key and a salt, and get an encrypted block. Everything that a password has left
//! in memory here is wiped.

mod tables;

use zeroize::{Zeroize, Zeroizing};

use self::tables::{FINAL_PERMUTATION, PERMUTED_CHOICE_1, PERMUTED_CHOICE_2, ROTATIONS, S_AND_P, permute};

/// Up to eight bytes as a DES key. The lowest bit of each byte of a key is parity, which PC-1 passes over.
pub(super) fn key(password: &[u8]) -> u64 {
    (0..8).fold(0, |key, n| key << 8 | u64::from(password.get(n).copied().unwrap_or(0) << 1))
}

/// `block` encrypted `iterations` times. Of the salt, 24 bits count.
pub(super) fn encrypt(key: u64, block: u64, salt: u32, iterations: u32) -> u64 {
    // Bit n of the salt, least significant first, is for bit n of E, most significant first of 24.
    let swapped = u64::from(salt.reverse_bits() >> 8);
    let mut keys = Zeroizing::new([0; 16]);
    schedule(key, &mut keys);

    let block = initial_permutation(block);
    let (mut left, mut right) = ((block >> 32) as u32, (block & 0xffff_ffff) as u32);
    for _ in 0..iterations {
        for key in keys.iter() {
            (left, right) = (right, left ^ f(right, *key, swapped));
        }
        // The halves change places after the last round; this is also how the next one wants them.
        (left, right) = (right, left);
    }
    permute(u64::from(left) << 32 | u64::from(right), 64, &FINAL_PERMUTATION)
}

/// IP, which IP⁻¹ undoes.
fn initial_permutation(block: u64) -> u64 {
    let bits = FINAL_PERMUTATION.iter().enumerate();
    bits.fold(0, |permuted, (n, &place)| permuted | (block >> (63 - n) & 1) << (64 - place))
}

/// Fills in the 48 key bits of each round.
fn schedule(key: u64, keys: &mut [u64; 16]) {
    const HALF: u64 = (1 << 28) - 1;
    let rotate = |half: u64, by: u8| (half << by | half >> (28 - by)) & HALF;

    let mut chosen = permute(key, 64, &PERMUTED_CHOICE_1);
    for (round, by) in keys.iter_mut().zip(ROTATIONS) {
        chosen = rotate(chosen >> 28, by) << 28 | rotate(chosen & HALF, by);
        *round = permute(chosen, 56, &PERMUTED_CHOICE_2);
    }
    chosen.zeroize();
}

/// The cipher function f of one round. `swapped` marks the bits of the first half of E that change
/// places with those of the second.
fn f(half: u32, key: u64, swapped: u64) -> u32 {
    // E: groups of six bits, each with the last bit of the group before and the first of the next.
    let mut expanded = 0;
    for n in 0..8 {
        expanded = expanded << 6 | u64::from(half.rotate_left(4 * n + 5) & 63);
    }
    let differing = (expanded >> 24 ^ expanded) & swapped;
    expanded ^= differing << 24 | differing;
    expanded ^= key;

    let mut output = 0;
    for (n, table) in S_AND_P.iter().enumerate() {
        output ^= table[((expanded >> (42 - 6 * n)) & 63) as usize];
    }
    output
}
