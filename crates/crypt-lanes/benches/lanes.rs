//! Compares each kernel, at each level of the processor, with one digest after the other: `cargo bench -p crypt-lanes`.
//!
//! The two sides alternate. A ratio is the shortest time of a kernel divided by the shortest time of one digest after the
//! other. The program fails if a kernel is slower, for example because a function
//! with vectors was not inlined.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark is not an API, prints its results, and its input is known to be valid"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crypt_lanes::{
    BcryptInput, BcryptVariant, Level, MAX_BCRYPT_LANES, Magic, Md5Input, ShaInput, bcrypt_each_in_lanes,
    md5_crypt_each_at, md5_crypt_lanes, sha256_crypt_each_at, sha256_crypt_lanes, sha512_crypt_each_at,
    sha512_crypt_lanes,
};

/// The highest ratio. It allows for other work on the machine; a kernel whose vectors are not inlined has a ratio above 5.
const LIMIT: f64 = 1.1;

/// The number of comparisons for each row.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    println!("| digests | lanes | ratio |");
    println!("|---|--:|--:|");
    let mut is_fast = true;
    let equal = passwords(64, |_| 8);
    let mixed = passwords(64, |index| 4 + 7 * index % 13);
    let four = passwords(4, |_| 8);
    for (lengths, passwords) in [("equal lengths", &equal), ("mixed lengths", &mixed), ("only four", &four)] {
        let md5: Vec<_> = passwords.iter().map(|password| md5_input(password)).collect();
        let sha: Vec<_> = passwords.iter().map(|password| sha_input(password)).collect();
        let alone = Level::ONE_AT_A_TIME;
        for level in Level::available() {
            let name = |scheme| format!("{scheme}, {lengths}, {level:?}");
            is_fast &= row(
                &name("MD5-crypt"),
                md5_crypt_lanes(level),
                || md5_crypt_each_at(alone, black_box(&md5)),
                || md5_crypt_each_at(level, black_box(&md5)),
            );
            // A digest alone uses the processor's instructions for SHA-256, so it is no peer of a level without them.
            if has_sha256(level) || !Level::available().any(has_sha256) {
                is_fast &= row(
                    &name("SHA-256-crypt"),
                    sha256_crypt_lanes(level),
                    || sha256_crypt_each_at(alone, black_box(&sha)),
                    || sha256_crypt_each_at(level, black_box(&sha)),
                );
            }
            is_fast &= row(
                &name("SHA-512-crypt"),
                sha512_crypt_lanes(level),
                || sha512_crypt_each_at(alone, black_box(&sha)),
                || sha512_crypt_each_at(level, black_box(&sha)),
            );
        }
    }
    let input = |_| BcryptInput { variant: BcryptVariant::B, salt: [7; 16], password: b"secret" };
    // 60 is a multiple of each number of lanes.
    let inputs: Vec<_> = (0..60).map(input).collect();
    let bcrypt = |lanes| bcrypt_each_in_lanes(lanes, 5, black_box(&inputs)).unwrap();
    for lanes in 2..=MAX_BCRYPT_LANES {
        is_fast &= row("bcrypt", lanes, || bcrypt(1), || bcrypt(lanes));
    }
    if is_fast { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn passwords(count: usize, len: impl Fn(usize) -> usize) -> Vec<Vec<u8>> {
    let password =
        |index: usize| format!("{index:03} correct horse battery staple").as_bytes()[..len(index)].to_vec();
    (0..count).map(password).collect()
}

fn md5_input(password: &[u8]) -> Md5Input<'_> {
    Md5Input { magic: Magic::Apr1, password, salt: b"saltsalt" }
}

fn sha_input(password: &[u8]) -> ShaInput<'_> {
    ShaInput { rounds: 5_000, password, salt: b"sixteen in bytes" }
}

fn has_sha256(level: Level) -> bool {
    format!("{level:?}").ends_with("with SHA-256")
}

fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Prints a row, unless the level has only one lane. Returns false if the kernel is slower than one digest after the
/// other.
fn row<T>(name: &str, lanes: usize, mut alone: impl FnMut() -> T, mut kernel: impl FnMut() -> T) -> bool {
    if lanes == 1 {
        return true;
    }
    let (mut alone_min, mut kernel_min) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        alone_min = alone_min.min(time(&mut alone));
        kernel_min = kernel_min.min(time(&mut kernel));
    }
    let ratio = kernel_min.as_secs_f64() / alone_min.as_secs_f64();
    println!("| {name} | {lanes} | {ratio:.3} |");
    ratio < LIMIT
}
