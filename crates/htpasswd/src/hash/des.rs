//! The cipher DES with the salt of crypt(3), which modifies the expansion E in each round.
//!
//! Traditional DES crypt, bigcrypt and `BSDi`'s crypt pass a key and a salt and receive an encrypted block. The module
//! wipes the keys that it derives from a password and must never leave them in memory.

mod tables;

use zeroize::{Zeroize, Zeroizing};

use self::tables::{FINAL_PERMUTATION, PERMUTED_CHOICE_1, PERMUTED_CHOICE_2, ROTATIONS, S_AND_P, permute};

/// Makes a DES key from up to eight bytes of a password. The lowest bit of each byte of a key is parity, which PC-1
/// ignores.
pub(super) fn key(password: &[u8]) -> u64 {
    (0..8).fold(0, |key, n| key << 8 | u64::from(password.get(n).copied().unwrap_or(0) << 1))
}

/// Encrypts `block` `iterations` times. Only the low 24 bits of `salt` have an effect.
pub(super) fn encrypt(key: u64, block: u64, salt: u32, iterations: u32) -> u64 {
    // The salt numbers its bits from the least significant one; E numbers its 24 bits from the most significant one.
    let swapped = u64::from(salt.reverse_bits() >> 8);
    let mut keys = Zeroizing::new([0; 16]);
    schedule(key, &mut keys);

    let block = initial_permutation(block);
    let (mut left, mut right) = ((block >> 32) as u32, (block & 0xffff_ffff) as u32);
    for _ in 0..iterations {
        for key in keys.iter() {
            (left, right) = (right, left ^ f(right, *key, swapped));
        }
        // DES swaps the halves after the last round. The next iteration needs the swapped halves too, because IP and
        // IP⁻¹ between two iterations cancel out.
        (left, right) = (right, left);
    }
    permute(u64::from(left) << 32 | u64::from(right), 64, &FINAL_PERMUTATION)
}

/// The initial permutation IP, computed as the inverse of the table of IP⁻¹.
fn initial_permutation(block: u64) -> u64 {
    let bits = FINAL_PERMUTATION.iter().enumerate();
    bits.fold(0, |permuted, (n, &place)| permuted | (block >> (63 - n) & 1) << (64 - place))
}

/// Computes the 48 key bits of each round.
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

/// The cipher function f of one round. `swapped` marks the bits that the salt swaps between the two halves of E.
fn f(half: u32, key: u64, swapped: u64) -> u32 {
    // E makes groups of six bits: four bits, the last bit of the previous group and the first bit of the next group.
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
