//! The known answers of `data/bcrypt.tsv`, each computed alone and in lanes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail; clippy.toml reaches only the functions marked as tests"
)]

use std::array;

use crypt_lanes::{BcryptInput, BcryptVariant, MAX_BCRYPT_LANES, bcrypt, bcrypt_each, bcrypt_each_in_lanes};

const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

struct Vector {
    cost: u32,
    variant: BcryptVariant,
    salt: [u8; 16],
    password: Vec<u8>,
    /// The digest as 31 characters.
    digest: &'static str,
    matches: bool,
    line: &'static str,
}

impl Vector {
    fn parse(line: &'static str) -> Self {
        let [expect, hash, password, _source] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let ["", variant, cost, text] = hash.split('$').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert_eq!(text.len(), 22 + 31, "{line}");
        Self {
            cost: cost.parse().unwrap(),
            variant: match variant {
                "2a" => BcryptVariant::A,
                "2b" => BcryptVariant::B,
                "2x" => BcryptVariant::X,
                "2y" => BcryptVariant::Y,
                _ => panic!("{line}"),
            },
            salt: decode(&text[..22]),
            password: password.strip_prefix('-').map_or_else(|| unhex(password), |_| Vec::new()),
            digest: &text[22..],
            matches: match expect {
                "match" => true,
                "mismatch" => false,
                _ => panic!("{line}"),
            },
            line,
        }
    }

    fn input(&self) -> BcryptInput<'_> {
        BcryptInput { variant: self.variant, salt: self.salt, password: &self.password }
    }

    fn check(&self, digest: &[u8; 23]) {
        assert_eq!(encode(digest) == self.digest, self.matches, "{}", self.line);
    }
}

fn vectors() -> Vec<Vector> {
    let lines = include_str!("data/bcrypt.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).map(Vector::parse).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn bits(bytes: impl Iterator<Item = (u8, u32)>) -> impl Iterator<Item = u8> {
    bytes.flat_map(|(byte, width)| (0..width).rev().map(move |bit| byte >> bit & 1))
}

fn from_bits(bits: &[u8], width: usize) -> u8 {
    (0..width).fold(0, |byte, at| byte << 1 | bits.get(at).unwrap_or(&0))
}

fn decode(text: &str) -> [u8; 16] {
    let values = text.bytes().map(|letter| ALPHABET.iter().position(|&each| each == letter).unwrap());
    let bits: Vec<u8> = bits(values.map(|value| (u8::try_from(value).unwrap(), 6))).collect();
    array::from_fn(|at| from_bits(&bits[8 * at..], 8))
}

fn encode(digest: &[u8; 23]) -> String {
    let bits: Vec<u8> = bits(digest.iter().map(|&byte| (byte, 8))).collect();
    bits.chunks(6).map(|six| char::from(ALPHABET[usize::from(from_bits(six, 6))])).collect()
}

/// Computes `count` vectors per call. The vectors are `stride` rows apart in the file, so that variants and lengths are
/// mixed.
fn check_together(lanes: usize, count: usize, stride: usize) {
    let all = vectors();
    for cost in 4..=6 {
        let same: Vec<&Vector> = all.iter().filter(|vector| vector.cost == cost).collect();
        for start in (0..same.len()).step_by(count) {
            let together: Vec<&Vector> =
                (start..start + count).map(|at| same[at * stride % same.len()]).collect();
            let inputs: Vec<BcryptInput<'_>> = together.iter().map(|vector| vector.input()).collect();
            let digests = bcrypt_each_in_lanes(lanes, cost, &inputs).unwrap();
            assert_eq!(digests.len(), count);
            for (vector, digest) in together.iter().zip(&digests) {
                vector.check(digest);
            }
        }
    }
}

#[test]
fn every_vector_holds_when_computed_alone() {
    for vector in vectors() {
        vector.check(&bcrypt(vector.cost, &vector.input()).unwrap());
    }
}

#[test]
fn every_vector_holds_when_computed_in_lanes() {
    // Full groups of lanes, and each number of inputs that can be left over. 31 is coprime to the number of vectors at each
    // cost, so every vector is checked.
    for lanes in 1..=MAX_BCRYPT_LANES {
        for count in 1..=2 * lanes {
            check_together(lanes, count, 31);
        }
    }
}

#[test]
fn no_inputs_give_no_digests() {
    assert_eq!(bcrypt_each(4, &[]), Ok(Vec::new()));
}

#[test]
fn the_vectors_cover_each_variant_and_kind_of_password() {
    let all = vectors();
    for variant in [BcryptVariant::A, BcryptVariant::B, BcryptVariant::X, BcryptVariant::Y] {
        for (what, found) in [
            ("match", all.iter().any(|v| v.variant == variant && v.matches)),
            ("mismatch", all.iter().any(|v| v.variant == variant && !v.matches)),
            ("8-bit", all.iter().any(|v| v.variant == variant && !v.password.is_ascii())),
            ("empty", all.iter().any(|v| v.variant == variant && v.password.is_empty())),
            ("too long", all.iter().any(|v| v.variant == variant && v.password.len() > 72)),
        ] {
            assert!(found, "{variant:?}: {what}");
        }
    }
    for cost in 4..=6 {
        let count = all.iter().filter(|v| v.cost == cost).count();
        assert!(count > 8 && count % 31 != 0, "cost {cost}: {count}");
    }
}

#[test]
fn costs_out_of_range_are_rejected() {
    let input = BcryptInput { variant: BcryptVariant::B, salt: [0; 16], password: b"" };
    for cost in [0, 3, 32, u32::MAX] {
        assert!(bcrypt(cost, &input).is_err());
        assert!(bcrypt_each(cost, &[input; 2]).is_err());
        assert!(bcrypt_each(cost, &[]).is_err());
    }
}
