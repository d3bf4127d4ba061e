//! Comparison with the `bcrypt` crate, which shares no code with this one.

#![allow(
    clippy::unwrap_used,
    reason = "a test may fail; clippy.toml reaches only the functions marked as tests"
)]

use crypt_lanes::{BcryptInput, BcryptVariant, bcrypt, bcrypt_each};

/// xorshift64, so that every run has the same passwords.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_be_bytes()[0]
    }
}

/// Returns the digest that the `bcrypt` crate computes. The crate expects the complete key, so this function adds the
/// NUL and cuts at 72 bytes.
fn reference(cost: u32, input: &BcryptInput<'_>) -> [u8; 23] {
    let mut key = input.password.to_vec();
    key.push(0);
    key.truncate(72);
    *::bcrypt::bcrypt(cost, input.salt, &key).first_chunk().unwrap()
}

#[test]
fn digests_of_all_lengths_equal_those_of_another_crate() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for length in 0..=80 {
        let passwords: [Vec<u8>; 4] = std::array::from_fn(|_| (0..length).map(|_| random.byte()).collect());
        let mut variants = [BcryptVariant::B, BcryptVariant::Y].into_iter().cycle();
        let inputs = passwords.each_ref().map(|password| BcryptInput {
            variant: variants.next().unwrap(),
            salt: std::array::from_fn(|_| random.byte()),
            password,
        });
        let cost = if length % 10 == 0 { 5 } else { 4 };
        let digests = bcrypt_each(cost, &inputs).unwrap();
        for (input, digest) in inputs.iter().zip(digests) {
            assert_eq!(digest, reference(cost, input), "{:02x?}", input.password);
        }
    }
}

#[test]
fn passwords_with_a_nul_hash_as_in_another_crate() {
    for password in [&b"\0"[..], b"a\0a", b"\0a", b"a\0", b"a\0b\0\0c", &[0; 72], &[0; 100]] {
        for variant in [BcryptVariant::A, BcryptVariant::B, BcryptVariant::X, BcryptVariant::Y] {
            let input = BcryptInput { variant, salt: *b"sixteen in bytes", password };
            assert_eq!(bcrypt(4, &input).unwrap(), reference(4, &input), "{password:?}");
        }
    }
}
