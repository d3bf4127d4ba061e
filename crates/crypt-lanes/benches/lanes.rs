//! Benchmarks of each level of the processor: `cargo bench -p crypt-lanes`. Compare a rate only with the rate of the level
//! "one at a time" in the same run, because absolute times depend on the machine.
#![allow(missing_docs, reason = "a benchmark is not an API")]

use crypt_lanes::{
    Level, Magic, Md5Input, ShaInput, md5_crypt_each_at, sha256_crypt_each_at, sha512_crypt_each_at,
};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// The lengths of the passwords of a run.
#[derive(Clone, Copy, Debug)]
enum Passwords {
    Equal,
    Mixed,
    /// A group that is smaller than the vectors.
    OnlyFour,
}

impl Passwords {
    fn list(self) -> Vec<Vec<u8>> {
        let password = |index: usize| {
            let text = format!("{index:03} correct horse battery staple");
            let len = if matches!(self, Self::Mixed) { 4 + 7 * index % 13 } else { 8 };
            text.as_bytes()[..len].to_vec()
        };
        (0..if matches!(self, Self::OnlyFour) { 4 } else { 64 }).map(password).collect()
    }
}

fn main() {
    divan::main();
}

fn settings() -> Vec<(Passwords, Level)> {
    let passwords = [Passwords::Equal, Passwords::Mixed, Passwords::OnlyFour];
    passwords
        .into_iter()
        .flat_map(|passwords| Level::available().map(move |level| (passwords, level)))
        .collect()
}

#[divan::bench(args = settings(), max_time = 0.5)]
fn md5_crypt(bencher: Bencher<'_, '_>, (passwords, level): (Passwords, Level)) {
    let passwords = passwords.list();
    let input = |password| Md5Input { magic: Magic::Apr1, password, salt: b"saltsalt" };
    let inputs: Vec<_> = passwords.iter().map(|password| input(password)).collect();
    bencher.counter(ItemsCount::new(inputs.len())).bench(|| md5_crypt_each_at(level, black_box(&inputs)));
}

#[divan::bench(args = settings(), max_time = 0.5)]
fn sha512_crypt(bencher: Bencher<'_, '_>, (passwords, level): (Passwords, Level)) {
    let passwords = passwords.list();
    let inputs = sha_inputs(&passwords);
    bencher.counter(ItemsCount::new(inputs.len())).bench(|| sha512_crypt_each_at(level, black_box(&inputs)));
}

#[divan::bench(args = settings(), max_time = 0.5)]
fn sha256_crypt(bencher: Bencher<'_, '_>, (passwords, level): (Passwords, Level)) {
    let passwords = passwords.list();
    let inputs = sha_inputs(&passwords);
    bencher.counter(ItemsCount::new(inputs.len())).bench(|| sha256_crypt_each_at(level, black_box(&inputs)));
}

fn sha_inputs(passwords: &[Vec<u8>]) -> Vec<ShaInput<'_>> {
    let input = |password| ShaInput { rounds: 5_000, password, salt: b"sixteen in bytes" };
    passwords.iter().map(|password| input(password)).collect()
}
