//! Fuzzes the kernels that compute several digests at once: at each level of the processor, and with each number of
//! bcrypt lanes, the digests must equal those that are computed one after the other.
#![no_main]

use crypt_lanes::{
    BcryptInput, BcryptVariant, Level, MAX_BCRYPT_LANES, Magic, Md5Input, ShaInput, bcrypt_each_in_lanes,
    md5_crypt_each_at, sha256_crypt_each_at, sha512_crypt_each_at,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

/// The maximum number of inputs, which is more than the widest vectors have lanes.
const MAX_INPUTS: usize = 40;

/// The maximum number of rounds of SHA-crypt. The messages of the rounds repeat after 42 rounds.
const MAX_ROUNDS: u32 = 100;

#[derive(Arbitrary, Debug)]
struct Batch<'a> {
    scheme: Scheme,
    inputs: Vec<Input<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Scheme {
    Bcrypt,
    Md5,
    Sha256,
    Sha512,
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    password: &'a [u8],
    salt: &'a [u8],
    /// Rounds of most inputs are equal, because only inputs of equal rounds are computed together.
    rounds: Option<u8>,
    kind: u8,
}

fuzz_target!(|batch: Batch<'_>| {
    let inputs = &batch.inputs[..batch.inputs.len().min(MAX_INPUTS)];
    match batch.scheme {
        Scheme::Bcrypt => bcrypt(&inputs[..inputs.len().min(2 * MAX_BCRYPT_LANES + 1)]),
        Scheme::Md5 => {
            let inputs: Vec<_> = inputs.iter().map(md5_input).collect();
            same(|level| md5_crypt_each_at(level, &inputs));
        }
        Scheme::Sha256 => {
            let inputs: Vec<_> = inputs.iter().map(sha_input).collect();
            same(|level| sha256_crypt_each_at(level, &inputs));
        }
        Scheme::Sha512 => {
            let inputs: Vec<_> = inputs.iter().map(sha_input).collect();
            same(|level| sha512_crypt_each_at(level, &inputs));
        }
    }
});

fn bcrypt(inputs: &[Input<'_>]) {
    let input = |input: &'_ Input<'_>| {
        let mut salt = [0; 16];
        let len = input.salt.len().min(salt.len());
        salt[..len].copy_from_slice(&input.salt[..len]);
        let variants = [BcryptVariant::A, BcryptVariant::B, BcryptVariant::X, BcryptVariant::Y];
        (variants[usize::from(input.kind % 4)], salt)
    };
    let parts: Vec<_> = inputs.iter().map(input).collect();
    let inputs: Vec<_> = parts
        .into_iter()
        .zip(inputs)
        .map(|((variant, salt), input)| BcryptInput { variant, salt, password: input.password })
        .collect();
    let expected = bcrypt_each_in_lanes(1, 4, &inputs);
    assert_eq!(expected.as_ref().map(Vec::len), Ok(inputs.len()));
    for lanes in 2..=MAX_BCRYPT_LANES {
        assert_eq!(bcrypt_each_in_lanes(lanes, 4, &inputs), expected, "{lanes} lanes");
    }
}

fn md5_input<'a>(input: &Input<'a>) -> Md5Input<'a> {
    let magic = if input.kind.is_multiple_of(2) { Magic::Apr1 } else { Magic::Md5 };
    Md5Input { magic, password: input.password, salt: input.salt }
}

fn sha_input<'a>(input: &Input<'a>) -> ShaInput<'a> {
    let rounds = input.rounds.map_or(MAX_ROUNDS, |rounds| u32::from(rounds) % MAX_ROUNDS);
    ShaInput { rounds, password: input.password, salt: input.salt }
}

/// Asserts that each level gives the same digests.
fn same<T: PartialEq + std::fmt::Debug>(digests: impl Fn(Level) -> Vec<T>) {
    let expected = digests(Level::ONE_AT_A_TIME);
    for level in Level::available() {
        assert_eq!(digests(level), expected, "{level:?}");
    }
}
