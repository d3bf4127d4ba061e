//! Traditional DES crypt(3), the `descrypt` of crypt(5), and the cipher beneath it.
//!
//! The password is the DES key, a block of zeros is encrypted with it 25 times, and the salt bends
//! the expansion E in each round. The tables are those of FIPS 46-3, which numbers bits from 1, most
//! significant first; what the rounds look up is derived from them at compile time.

use zeroize::{Zeroize, Zeroizing};

/// How often the block is encrypted.
pub(super) const ITERATIONS: u32 = 25;

/// The characters of salt and digest, in the order of their values.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The final permutation IP⁻¹. Between two encryptions it and IP cancel out.
#[rustfmt::skip]
const FINAL_PERMUTATION: [u8; 64] = [
    40,  8, 48, 16, 56, 24, 64, 32,
    39,  7, 47, 15, 55, 23, 63, 31,
    38,  6, 46, 14, 54, 22, 62, 30,
    37,  5, 45, 13, 53, 21, 61, 29,
    36,  4, 44, 12, 52, 20, 60, 28,
    35,  3, 43, 11, 51, 19, 59, 27,
    34,  2, 42, 10, 50, 18, 58, 26,
    33,  1, 41,  9, 49, 17, 57, 25,
];

/// The permutation P, behind the S-boxes.
#[rustfmt::skip]
const P: [u8; 32] = [
    16,  7, 20, 21, 29, 12, 28, 17,
     1, 15, 23, 26,  5, 18, 31, 10,
     2,  8, 24, 14, 32, 27,  3,  9,
    19, 13, 30,  6, 22, 11,  4, 25,
];

/// PC-1, the first choice of key bits: the half C, then the half D.
#[rustfmt::skip]
const PERMUTED_CHOICE_1: [u8; 56] = [
    57, 49, 41, 33, 25, 17,  9,  1, 58, 50, 42, 34, 26, 18,
    10,  2, 59, 51, 43, 35, 27, 19, 11,  3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15,  7, 62, 54, 46, 38, 30, 22,
    14,  6, 61, 53, 45, 37, 29, 21, 13,  5, 28, 20, 12,  4,
];

/// PC-2, the key bits of one round.
#[rustfmt::skip]
const PERMUTED_CHOICE_2: [u8; 48] = [
    14, 17, 11, 24,  1,  5,  3, 28, 15,  6, 21, 10,
    23, 19, 12,  4, 26,  8, 16,  7, 27, 20, 13,  2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48,
    44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/// How far the halves of the key are rotated before each round.
const ROTATIONS: [u8; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/// The S-boxes, each as four rows of sixteen.
#[rustfmt::skip]
const S: [[u8; 64]; 8] = [
    [
        14,  4, 13,  1,  2, 15, 11,  8,  3, 10,  6, 12,  5,  9,  0,  7,
         0, 15,  7,  4, 14,  2, 13,  1, 10,  6, 12, 11,  9,  5,  3,  8,
         4,  1, 14,  8, 13,  6,  2, 11, 15, 12,  9,  7,  3, 10,  5,  0,
        15, 12,  8,  2,  4,  9,  1,  7,  5, 11,  3, 14, 10,  0,  6, 13,
    ],
    [
        15,  1,  8, 14,  6, 11,  3,  4,  9,  7,  2, 13, 12,  0,  5, 10,
         3, 13,  4,  7, 15,  2,  8, 14, 12,  0,  1, 10,  6,  9, 11,  5,
         0, 14,  7, 11, 10,  4, 13,  1,  5,  8, 12,  6,  9,  3,  2, 15,
        13,  8, 10,  1,  3, 15,  4,  2, 11,  6,  7, 12,  0,  5, 14,  9,
    ],
    [
        10,  0,  9, 14,  6,  3, 15,  5,  1, 13, 12,  7, 11,  4,  2,  8,
        13,  7,  0,  9,  3,  4,  6, 10,  2,  8,  5, 14, 12, 11, 15,  1,
        13,  6,  4,  9,  8, 15,  3,  0, 11,  1,  2, 12,  5, 10, 14,  7,
         1, 10, 13,  0,  6,  9,  8,  7,  4, 15, 14,  3, 11,  5,  2, 12,
    ],
    [
         7, 13, 14,  3,  0,  6,  9, 10,  1,  2,  8,  5, 11, 12,  4, 15,
        13,  8, 11,  5,  6, 15,  0,  3,  4,  7,  2, 12,  1, 10, 14,  9,
        10,  6,  9,  0, 12, 11,  7, 13, 15,  1,  3, 14,  5,  2,  8,  4,
         3, 15,  0,  6, 10,  1, 13,  8,  9,  4,  5, 11, 12,  7,  2, 14,
    ],
    [
         2, 12,  4,  1,  7, 10, 11,  6,  8,  5,  3, 15, 13,  0, 14,  9,
        14, 11,  2, 12,  4,  7, 13,  1,  5,  0, 15, 10,  3,  9,  8,  6,
         4,  2,  1, 11, 10, 13,  7,  8, 15,  9, 12,  5,  6,  3,  0, 14,
        11,  8, 12,  7,  1, 14,  2, 13,  6, 15,  0,  9, 10,  4,  5,  3,
    ],
    [
        12,  1, 10, 15,  9,  2,  6,  8,  0, 13,  3,  4, 14,  7,  5, 11,
        10, 15,  4,  2,  7, 12,  9,  5,  6,  1, 13, 14,  0, 11,  3,  8,
         9, 14, 15,  5,  2,  8, 12,  3,  7,  0,  4, 10,  1, 13, 11,  6,
         4,  3,  2, 12,  9,  5, 15, 10, 11, 14,  1,  7,  6,  0,  8, 13,
    ],
    [
         4, 11,  2, 14, 15,  0,  8, 13,  3, 12,  9,  7,  5, 10,  6,  1,
        13,  0, 11,  7,  4,  9,  1, 10, 14,  3,  5, 12,  2, 15,  8,  6,
         1,  4, 11, 13, 12,  3,  7, 14, 10, 15,  6,  8,  0,  5,  9,  2,
         6, 11, 13,  8,  1,  4, 10,  7,  9,  5,  0, 15, 14,  2,  3, 12,
    ],
    [
        13,  2,  8,  4,  6, 15, 11,  1, 10,  9,  3, 14,  5,  0, 12,  7,
         1, 15, 13,  8, 10,  3,  7,  4, 12,  5,  6, 11,  0, 14,  9,  2,
         7, 11,  4,  1,  9, 12, 14,  2,  0,  6, 10, 13, 15,  3,  5,  8,
         2,  1, 14,  7,  4, 10,  8, 13, 15, 12,  9,  0,  3,  5,  6, 11,
    ],
];

/// Each S-box with P applied to what it puts out: one look-up does both.
static S_AND_P: [[u32; 64]; 8] = s_and_p();

const fn s_and_p() -> [[u32; 64]; 8] {
    let mut tables = [[0; 64]; 8];
    let mut index = 0;
    while index < 8 * 64 {
        let (which, input) = (index / 64, index % 64);
        // The outer two of the six bits choose the row, the inner four the column.
        let row = (input >> 4) & 0b10 | input & 1;
        let column = (input >> 1) & 0b1111;
        let output = (S[which][row * 16 + column] as u64) << (28 - 4 * which);
        tables[which][input] = (permute(output, 32, &P) & 0xffff_ffff) as u32;
        index += 1;
    }
    tables
}

/// Bit `n` of the result is bit `table[n]` of `input`, whose bits are numbered from 1 to `width`.
const fn permute(input: u64, width: u8, table: &[u8]) -> u64 {
    let mut output = 0;
    let mut n = 0;
    while n < table.len() {
        output = output << 1 | (input >> (width - table[n])) & 1;
        n += 1;
    }
    output
}

/// The hash of `password` with `salt`: two characters of salt and eleven of digest.
///
/// Of the password, the low seven bits of the first eight bytes count.
/// `None` if a character of the salt is outside `./0-9A-Za-z`.
pub(crate) fn crypt(password: &[u8], salt: [u8; 2]) -> Option<[u8; 13]> {
    let block = encrypt(key(password), 0, number(&salt)?, ITERATIONS);
    let mut hash = [0; 13];
    hash[..2].copy_from_slice(&salt);
    hash[2..].copy_from_slice(&characters(block));
    Some(hash)
}

/// The number that characters stand for, the lowest six bits first; at most five of them.
pub(super) fn number(characters: &[u8]) -> Option<u32> {
    characters.iter().rev().try_fold(0, |number, &character| Some(number << 6 | u32::from(value(character)?)))
}

/// The value of a character of [`ALPHABET`].
fn value(character: u8) -> Option<u8> {
    match character {
        b'.'..=b'9' => Some(character - b'.'),
        b'A'..=b'Z' => Some(character - b'A' + 12),
        b'a'..=b'z' => Some(character - b'a' + 38),
        _ => None,
    }
}

/// Eleven characters hold 66 bits: two zero bits follow the block.
pub(super) fn characters(block: u64) -> [u8; 11] {
    let block = u128::from(block) << 2;
    std::array::from_fn(|n| ALPHABET[((block >> (60 - 6 * n)) & 63) as usize])
}

/// Whether a text has the shape of a bigcrypt hash: a salt, and digests of 2 to 16 blocks. The last character of
/// a digest has two bits more than the block, which are zero; few words that are as long are like that.
pub(super) fn is_bigcrypt(text: &[u8]) -> bool {
    let Some((salt, digests)) = text.split_at_checked(2) else { return false };
    let (digests, rest) = digests.as_chunks::<11>();
    let is_digest = |text: &[u8; 11]| {
        number(&text[..5]).and(number(&text[5..10])).is_some()
            && value(text[10]).is_some_and(|last| last % 4 == 0)
    };
    (2..=16).contains(&digests.len())
        && rest.is_empty()
        && number(salt).is_some()
        && digests.iter().all(is_digest)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test suites of Apache APR, John the Ripper, hashcat, Commons Codec, htauth,
    /// unix-crypt, `BusyBox`, passlib and libxcrypt.
    const KNOWN: [(&[u8], &[u8; 13]); 16] = [
        (b"pass2", b"1fiGx3u7QoXaM"),
        (b"pass8", b"nHZA1rViSldQk"),
        (b"", b"SDbsugeBiC58A"),
        (b"U*U***U*", b"CC4rMpbg9AMZ."),
        (b"hashcat", b"24leDr0hHfb3A"),
        (b"secret", b"12FJgqDtVOg7Q"),
        (b"t\xc3\xa4st", b"./287bds2PjVw"),
        (b"a secret", b"L0ekWYm59LT1M"),
        (b"test", b"PQl1.p7BcJRuM"),
        (b"QWErty", b"zzIZaaXWOkxVk"),
        (b" ", b"/Hk.VPuwQTXbc"),
        (b"hell\xc3\x96", b"saykDgk3BPZ9E"),
        (b"abcdefg", b"abJ1KhM1sjlUo"),
        (b"photojournalism", b"abZW.Bx7lmec."),
        (b"C\x05ngstrC6m", b"abaBhSVlHGKLI"),
        (b"\xaa\xd5\xaa\xd5\xaa\xd5\xaa\xd5\xaa\xd5", b"CCr8qoMD/gdWE"),
    ];

    #[test]
    fn published_hashes_are_reproduced() {
        for (password, hash) in KNOWN {
            assert_eq!(crypt(password, [hash[0], hash[1]]).as_ref(), Some(hash), "{password:?}");
        }
    }

    #[test]
    fn only_seven_bits_of_eight_bytes_count() {
        let hash = crypt(b"password", *b"ab");
        assert!(hash.is_some());
        assert_eq!(crypt(b"password, and more", *b"ab"), hash);
        assert_eq!(crypt(&b"password".map(|byte| byte | 0x80), *b"ab"), hash);
        assert_eq!(crypt(b"short\0", *b"ab"), crypt(b"short", *b"ab"));
        for n in 0..8 {
            for bit in 0..7 {
                let mut other = *b"password";
                other[n] ^= 1 << bit;
                assert_ne!(crypt(&other, *b"ab"), hash, "bit {bit} of byte {n}");
            }
        }
    }

    #[test]
    fn the_salt_is_of_the_alphabet() {
        for character in 0..=u8::MAX {
            let known = ALPHABET.iter().position(|&other| other == character);
            assert_eq!(value(character).map(usize::from), known);
            assert_eq!(crypt(b"x", [character, b'.']).is_some(), known.is_some());
            assert_eq!(crypt(b"x", [b'.', character]).is_some(), known.is_some());
        }
    }

    #[test]
    fn every_salt_gives_another_digest() {
        let mut digests = std::collections::HashSet::new();
        for &first in ALPHABET {
            for &second in ALPHABET {
                let hash = crypt(b"password", [first, second]).unwrap();
                assert_eq!(hash[..2], [first, second]);
                digests.insert(hash[2..].to_vec());
            }
        }
        assert_eq!(digests.len(), 64 * 64);
    }

    #[test]
    fn bigcrypt_is_told_by_its_shape() {
        for length in 0..200_usize {
            let is_one = length >= 24 && (length - 2) % 11 == 0 && (length - 2) / 11 <= 16;
            assert_eq!(is_bigcrypt(&vec![b'.'; length]), is_one, "{length}");
        }
        for place in 0..35 {
            for byte in 0..=u8::MAX {
                let mut text = [b'.'; 35];
                text[place] = byte;
                let place_in_alphabet = ALPHABET.iter().position(|&character| character == byte);
                let is_last = place > 2 && (place - 1) % 11 == 0;
                let is_one = place_in_alphabet.is_some_and(|value| !is_last || value % 4 == 0);
                assert_eq!(is_bigcrypt(&text), is_one, "{byte} at {place}");
            }
        }
    }
}
