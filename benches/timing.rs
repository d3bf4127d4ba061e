//! Whether the time of a refusal tells who is a user: `cargo bench -p htpasswd --bench timing`.
//!
//! One client asks in turn for a user and for a name that nobody has, each time another one, with a wrong password.
//! Evidence for people to read, on an idle machine; not a test.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench is no API, prints what it finds, and its input is known to be good"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use htpasswd::{Authenticator, Cost, Credentials, Hash, Params, Password, Provision, SharedUsers, Verdict};

/// How many users a file has.
const USERS: usize = 100;

fn main() {
    println!(
        "{:<28} {:>8} {:>15} {:>15} {:>13}",
        "file", "samples", "median known", "median unknown", "difference %"
    );
    row("cost 5", 2_000, |_| 5);
    row("cost 10", 500, |_| 10);
    row("60 % cost 5, 40 % cost 6", 2_000, |user| if user % 5 < 3 { 5 } else { 6 });
}

fn row(name: &str, samples: usize, cost: impl Fn(usize) -> u32) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, file(cost)).unwrap();
    let authenticator = Authenticator::builder(SharedUsers::open(&path).unwrap()).start().unwrap();
    let ask = |user: String| {
        let credentials = Credentials::new(user, Password::new("a wrong password").unwrap());
        let start = Instant::now();
        let verdict = authenticator.verify(credentials, None);
        let time = start.elapsed();
        assert_eq!(verdict, Verdict::Rejected);
        time
    };
    for warm_up in 0..50 {
        ask(format!("warm{warm_up:04}"));
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for sample in 0..samples {
        // Names of one length, and neither always the first.
        let (user, nobody) = (format!("user{:04}", sample * 7 % USERS), format!("none{sample:04}"));
        if sample % 2 == 0 {
            known.push(ask(user));
            unknown.push(ask(nobody));
        } else {
            unknown.push(ask(nobody));
            known.push(ask(user));
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    let difference = (unknown.as_secs_f64() / known.as_secs_f64() - 1.0) * 100.0;
    println!("{name:<28} {samples:>8} {known:>15.1?} {unknown:>15.1?} {difference:>+13.2}");
}

fn file(cost: impl Fn(usize) -> u32) -> String {
    let mut hashes: Vec<(usize, Hash)> = Vec::new();
    for wanted in 4..=10 {
        let jobs: Vec<_> = (0..USERS)
            .filter(|user| cost(*user) == wanted)
            .map(|user| (user, Password::new(format!("password {user}")).unwrap()))
            .collect();
        let params = Params::Bcrypt(Cost::new(wanted).unwrap());
        hashes.extend(Provision::new(params).hash_all(jobs).unwrap());
    }
    let mut text = String::new();
    for (user, hash) in hashes {
        writeln!(text, "user{user:04}:{}", String::from_utf8_lossy(hash.as_bytes())).unwrap();
    }
    text
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
