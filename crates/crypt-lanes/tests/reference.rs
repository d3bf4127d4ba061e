//! Comparison with plain implementations of the same schemes, at every level of the processor.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test may fail and print; its random numbers are small"
)]

use crypt_lanes::{
    Level, Magic, Md5Input, ShaInput, md5_crypt_each_at, sha256_crypt_each_at, sha512_crypt_each_at,
};
use md5::{Digest, Md5};

/// MD5-crypt as Poul-Henning Kamp's source describes it, with a hasher call for each part.
fn md5_crypt(input: &Md5Input<'_>) -> [u8; 16] {
    let Md5Input { magic, password, salt } = *input;
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut hasher = Md5::new().chain_update(password).chain_update(magic.as_bytes()).chain_update(salt);
    for chunk in password.chunks(16) {
        hasher.update(&inner[..chunk.len()]);
    }
    let mut bits = password.len();
    while bits != 0 {
        hasher.update(if bits & 1 == 1 { &[0][..] } else { &password[..1] });
        bits >>= 1;
    }
    let mut digest = hasher.finalize();
    for round in 0..1000 {
        let mut hasher = Md5::new();
        hasher.update(if round % 2 == 1 { password } else { &digest });
        if round % 3 != 0 {
            hasher.update(salt);
        }
        if round % 7 != 0 {
            hasher.update(password);
        }
        hasher.update(if round % 2 == 1 { &digest } else { password });
        digest = hasher.finalize();
    }
    digest.into()
}

/// The generator xorshift64* (S. Vigna, <https://doi.org/10.1145/2845077>).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }

    /// Returns passwords and salts whose lengths are below the given ones.
    fn pairs(&mut self, count: usize, password: usize, salt: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut pair = || {
            let (password, salt) = (self.below(password), self.below(salt));
            (self.bytes(password), self.bytes(salt))
        };
        (0..count).map(|_| pair()).collect()
    }
}

fn check_md5(pairs: &[(Vec<u8>, Vec<u8>)]) {
    let mut magics = [Magic::Apr1, Magic::Md5, Magic::Md5].into_iter().cycle();
    let inputs: Vec<_> = pairs
        .iter()
        .map(|(password, salt)| Md5Input { magic: magics.next().unwrap(), password, salt })
        .collect();
    let expected: Vec<_> = inputs.iter().map(md5_crypt).collect();
    for level in Level::available() {
        check(level, pairs, &md5_crypt_each_at(level, &inputs), &expected);
    }
}

/// Compares both SHA-crypt schemes with the crate `sha-crypt`. The rounds of the inputs are `rounds`, in turn.
fn check_sha(rounds: &[u32], pairs: &[(Vec<u8>, Vec<u8>)]) {
    let mut rounds = rounds.iter().copied().cycle();
    let inputs: Vec<_> = pairs
        .iter()
        .map(|(password, salt)| ShaInput { rounds: rounds.next().unwrap(), password, salt })
        .collect();
    let params = |input: &ShaInput<'_>| sha_crypt::Params::new(input.rounds).unwrap();
    let sha256 = |input: &ShaInput<'_>| sha_crypt::sha256_crypt(input.password, input.salt, params(input));
    let expected256: Vec<[u8; 32]> = inputs.iter().map(sha256).collect();
    let sha512 = |input: &ShaInput<'_>| sha_crypt::sha512_crypt(input.password, input.salt, params(input));
    let expected512: Vec<[u8; 64]> = inputs.iter().map(sha512).collect();
    for level in Level::available() {
        check(level, pairs, &sha256_crypt_each_at(level, &inputs), &expected256);
        check(level, pairs, &sha512_crypt_each_at(level, &inputs), &expected512);
    }
}

fn check<const BYTES: usize>(
    level: Level,
    pairs: &[(Vec<u8>, Vec<u8>)],
    digests: &[[u8; BYTES]],
    expected: &[[u8; BYTES]],
) {
    assert_eq!(digests.len(), pairs.len());
    for ((digest, expected), (password, salt)) in digests.iter().zip(expected).zip(pairs) {
        let lengths = [password.len(), salt.len()];
        assert_eq!(digest, expected, "{level:?}, {BYTES} bytes of digest: {lengths:?}, {password:02x?}");
    }
}

#[test]
fn md5_digests_of_equal_lengths_equal_the_reference() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for len in (0..=70).chain([119, 120, 127, 128, 256, 511, 512]) {
        let pairs: Vec<_> = (0..3 + len % 40).map(|_| (random.bytes(len), random.bytes(8))).collect();
        check_md5(&pairs);
    }
}

#[test]
fn md5_digests_of_mixed_lengths_equal_the_reference() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for longest in [4, 9, 16, 24, 40, 80, 200, 513] {
        for count in [1, 2, 3, 15, 16, 17, 33, 70] {
            check_md5(&random.pairs(count, longest, 9));
        }
    }
}

#[test]
fn sha_digests_of_equal_lengths_equal_the_reference() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for len in (0..=140).step_by(3).chain([63, 64, 127, 128, 255, 256, 512]) {
        let pairs: Vec<_> = (0..2 + len % 17).map(|_| (random.bytes(len), random.bytes(len % 17))).collect();
        check_sha(&[1000], &pairs);
    }
}

#[test]
fn sha_digests_of_mixed_lengths_and_rounds_equal_the_reference() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for longest in [9, 24, 48, 130, 513] {
        for count in [1, 2, 3, 8, 9, 17, 33] {
            let pairs = random.pairs(count, longest, 17);
            check_sha(if count < 9 { &[1000] } else { &[1000, 1001, 1000, 1000, 1042, 1000] }, &pairs);
        }
    }
}

#[test]
fn no_input_gives_no_digest() {
    for level in Level::available() {
        assert!(md5_crypt_each_at(level, &[]).is_empty());
    }
}

/// Compares random groups of inputs at every level: 100,000 inputs of each scheme with `HTPASSWD_TEST_FULL=1`.
#[test]
fn digests_of_random_groups_equal_the_reference() {
    let is_full = std::env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1");
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into();
    let seed: u64 = std::env::var("HTPASSWD_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    // The test harness shows this line if the test fails.
    println!("HTPASSWD_TEST_SEED={seed}");
    let mut random = Random(seed | 1);
    let mut left = if is_full { 100_000_usize } else { 300 };
    while left > 0 {
        let count = left.min(1 + random.below(70));
        left -= count;
        let longest = [9, 17, 40, 140, 513][random.below(5)];
        check_md5(&random.pairs(count, longest, 9));
        let rounds: Vec<_> = (0..=random.below(4)).map(|_| 1000 + random.below(3) as u32).collect();
        check_sha(&rounds, &random.pairs(count, longest.min(200), 17));
    }
}
