//! Measures if the response time of a rejected login reveals whether the user exists.
//!
//! Run it with `cargo bench -p htpasswd --bench timing`; it takes 15 minutes on an idle machine. With `-- NAME`, only
//! the rows whose name contains NAME are measured.
//!
//! One client alternates between a known and an unknown user name, always with a wrong password and a different name.
//! If a file has two costs, compare the quartiles, because the median alone is misleading. The program prints a table
//! for readers and is not a test.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark has no public API, prints its results, and its input is valid"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use htpasswd::{
    Authenticator, BulkHasher, Cost, Credentials, Params, Password, PasswordHash, Verdict, WatchedUsers,
};

/// The number of users in a password file.
const USERS: usize = 100;

/// The number of logins with known names, and of logins with unknown names.
const SAMPLES: usize = 2_000;

fn main() {
    println!("| file | known: quartiles | unknown: quartiles | difference of medians |");
    println!("|---|--:|--:|--:|");
    row("cost 5", || file(|_| 5));
    row("60 % cost 5, 40 % cost 6", || file(|user| if user % 5 < 3 { 5 } else { 6 }));
    row("cost 12", || file(|_| 12));
    row("SHA-512-crypt, 20,000 rounds, 8 characters of salt", short_salts);
}

fn row(name: &str, text: impl FnOnce() -> String) {
    if std::env::args().skip(1).any(|filter| !filter.starts_with('-') && !name.contains(&filter)) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, text()).unwrap();
    let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap()).start().unwrap();
    let log_in = |user: String| {
        let credentials = Credentials::new(user, Password::new("a wrong password").unwrap());
        let start = Instant::now();
        let verdict = authenticator.authenticate_blocking(credentials, None);
        let time = start.elapsed();
        assert_eq!(verdict, Verdict::Rejected);
        time
    };
    for warm_up in 0..20 {
        log_in(format!("warm{warm_up:04}"));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // Both names have the same length, and the order alternates, so neither affects the result.
        let (user, unknown_user) = (format!("user{:04}", sample * 7 % USERS), format!("none{sample:04}"));
        if sample % 2 == 0 {
            known.push(log_in(user));
            unknown.push(log_in(unknown_user));
        } else {
            unknown.push(log_in(unknown_user));
            known.push(log_in(user));
        }
    }
    let (known, unknown) = (quartiles(known), quartiles(unknown));
    let difference = (unknown[1] / known[1] - 1.0) * 100.0;
    let text = |quartiles: [f64; 3]| quartiles.map(|time| format!("{time:.3}")).join(" / ");
    println!("| {name} | {} ms | {} ms | {difference:+.2} % |", text(known), text(unknown));
}

fn file(cost: impl Fn(usize) -> u32) -> String {
    let mut hashes: Vec<(usize, PasswordHash)> = Vec::new();
    for group_cost in [5, 6, 12] {
        let jobs: Vec<_> = (0..USERS)
            .filter(|user| cost(*user) == group_cost)
            .map(|user| (user, Password::new(format!("password {user}")).unwrap()))
            .collect();
        let params = Params::Bcrypt(Cost::new(group_cost).unwrap());
        hashes.extend(BulkHasher::new(params).hash_all(jobs).unwrap());
    }
    let mut text = String::new();
    for (user, hash) in hashes {
        writeln!(text, "user{user:04}:{}", String::from_utf8_lossy(hash.as_bytes())).unwrap();
    }
    text
}

/// Returns a password file whose hashes have shorter salts than the library creates. With the passwords of this
/// benchmark, a longer salt would add blocks to the messages of SHA-crypt.
fn short_salts() -> String {
    let line = |user| format!("user{user:04}:$6$rounds=20000$saltsalt${:.<86}\n", "");
    (0..USERS).map(line).collect::<Vec<_>>().concat()
}

/// The quartiles of `times`, in milliseconds.
fn quartiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort_unstable();
    [1, 2, 3].map(|quarter| times[times.len() * quarter / 4].as_secs_f64() * 1000.0)
}
