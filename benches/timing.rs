//! Compares the time of rejecting a known user with the time of rejecting an unknown user:
//! `cargo bench -p htpasswd --bench timing`. It takes a quarter of an hour on an idle machine.
//!
//! One client sends wrong passwords, alternately for a known and for an unknown user name, and never repeats the
//! previous name. The table has quartiles because the median alone would hide one of the costs in a file with two
//! costs. The table is evidence for a reader and not a test. `-- NAME` selects the rows whose name contains NAME.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark is not an API, prints its results, and its input is known to be valid"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use htpasswd::auth::WatchedUsers;
use htpasswd::bulk::BulkHasher;
use htpasswd::{Authenticator, Cost, Credentials, Params, Password, PasswordHash, Verdict};

/// The number of users in each file.
const USERS: usize = 100;

/// The number of logins of known users, and of unknown users.
const SAMPLES: usize = 2_000;

fn main() {
    println!("| file | known: quartiles | unknown: quartiles | difference of medians |");
    println!("|---|--:|--:|--:|");
    row("cost 5", || file(|_| 5));
    row("60 % cost 5, 40 % cost 6", || file(|user| if user % 5 < 3 { 5 } else { 6 }));
    row("cost 12", || file(|_| 12));
    row("SHA-512-crypt, 20,000 rounds, 8 characters of salt", || short_salts("$6$rounds=20000$", 86));
    row("SHA-256-crypt, 20,000 rounds, 8 characters of salt", || short_salts("$5$rounds=20000$", 43));
    row("MD5-crypt", || short_salts("$apr1$", 22));
}

fn row(name: &str, text: impl FnOnce() -> String) {
    if std::env::args().skip(1).any(|filter| !filter.starts_with('-') && !name.contains(&filter)) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, text()).unwrap();
    let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap()).start().unwrap();
    let ask = |user: String| {
        let credentials = Credentials::new(user, "a wrong password").unwrap();
        let start = Instant::now();
        let verdict = authenticator.authenticate_blocking(&credentials, None);
        let time = start.elapsed();
        assert_eq!(verdict, Verdict::Rejected);
        time
    };
    for warm_up in 0..20 {
        ask(format!("warm{warm_up:04}"));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // Both names have the same length, and each of them comes first in half of the samples.
        let (known_user, unknown_user) =
            (format!("user{:04}", sample * 7 % USERS), format!("none{sample:04}"));
        if sample % 2 == 0 {
            known.push(ask(known_user));
            unknown.push(ask(unknown_user));
        } else {
            unknown.push(ask(unknown_user));
            known.push(ask(known_user));
        }
    }
    let (known, unknown) = (quartiles(known), quartiles(unknown));
    let difference = (unknown[1] / known[1] - 1.0) * 100.0;
    let text = |quartiles: [f64; 3]| quartiles.map(|time| format!("{time:.3}")).join(" / ");
    println!("| {name} | {} ms | {} ms | {difference:+.2} % |", text(known), text(unknown));
}

fn file(cost: impl Fn(usize) -> u32) -> String {
    let mut hashes: Vec<(usize, PasswordHash)> = Vec::new();
    for level in [5, 6, 12] {
        let jobs: Vec<_> = (0..USERS)
            .filter(|user| cost(*user) == level)
            .map(|user| (user, Password::new(format!("password {user}")).unwrap()))
            .collect();
        let params = Params::Bcrypt(Cost::new(level).unwrap());
        hashes.extend(BulkHasher::new(params).hash_all(jobs).unwrap());
    }
    let mut text = String::new();
    for (user, hash) in hashes {
        writeln!(text, "user{user:04}:{}", String::from_utf8_lossy(hash.as_bytes())).unwrap();
    }
    text
}

/// Returns a file whose hashes have this prefix, this number of characters in the digest, and salts of 8 characters.
/// The library creates longer salts for SHA-crypt. With the passwords of this benchmark, a longer salt takes more blocks
/// of SHA-512.
fn short_salts(prefix: &str, digest: usize) -> String {
    let line = |user| format!("user{user:04}:{prefix}saltsalt${:.<digest$}\n", "");
    (0..USERS).map(line).collect::<Vec<_>>().concat()
}

/// Returns the quartiles in milliseconds.
fn quartiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort_unstable();
    [1, 2, 3].map(|quarter| times[times.len() * quarter / 4].as_secs_f64() * 1000.0)
}
