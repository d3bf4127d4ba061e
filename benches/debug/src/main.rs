//! Compares the time of a login with that of the crate `bcrypt`, at cost 10, in a program with Cargo's default profiles.
//!
//! The program first uses the library as its front page shows it.
//! `cargo run` measures the debug build and `cargo run --release` the release build. The program exits with 1 if a login
//! takes longer than the limit of the build, or if one of 8 logins at once gets no verdict on its password.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use htpasswd::auth::Event;
use htpasswd::{Authenticator, Cost, Credentials, FileStore, Params, PasswordHash, Username, Users, Verdict};

const PASSWORD: &str = "correct horse battery staple";
const COST: u32 = 10;
const ROUNDS: usize = 7;

/// The highest allowed ratio of the time of a login to the time of the crate `bcrypt`.
const LIMIT: f64 = if cfg!(debug_assertions) { 1.5 } else { 1.1 };

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("debug-logins.{}", std::process::id()));
    std::fs::write(&path, "")?;
    let used = use_front_page(&path);
    std::fs::remove_file(&path)?;
    used?;

    let hash = bcrypt::hash_with_salt(PASSWORD, COST, [7; 16])?.to_string();
    let lines: Vec<_> = (0..40).map(|user| format!("user{user}:{hash}\n")).collect();
    let authenticator =
        Authenticator::builder(Users::from(lines.concat())).on_event(report_slow_build).start()?;

    // Rounds alternate between the two sides, so that a temporary slowdown of the machine affects both.
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert!(bcrypt::verify(PASSWORD, &hash)?);
        let peer = start.elapsed();
        let (ours, logins) = log_in(&authenticator, 1)?;
        assert_eq!(logins.accepted, 1);
        rounds.push((ours.as_secs_f64() / peer.as_secs_f64(), ours, peer));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, ours, peer) = rounds[ROUNDS / 2];
    println!("the crate bcrypt: {peer:.2?}");
    println!("1 login: {ours:.2?}, ratio {ratio:.2}, limit {LIMIT}");

    let (time, eight) = log_in(&authenticator, 8)?;
    println!("8 logins at once: {time:.2?}, {} accepted, {} overloaded", eight.accepted, eight.overloaded);
    let (time, forty) = log_in(&authenticator, 40)?;
    println!("40 logins at once: {time:.2?}, {} accepted, {} overloaded", forty.accepted, forty.overloaded);

    if ratio > LIMIT {
        return Err(format!("a login takes {ratio:.2} times as long as with the crate bcrypt").into());
    }
    if eight.accepted != 8 {
        return Err("of 8 logins at once, not all were accepted".into());
    }
    if forty.accepted + forty.overloaded != 40 {
        return Err("of 40 logins at once, not all were accepted or overloaded".into());
    }
    Ok(())
}

/// Uses the types of the front page: hashes, user names, a file, users from memory, and logins.
fn use_front_page(path: &Path) -> Result<(), Box<dyn Error>> {
    let user: Username = "alice".parse()?;
    let cost = Cost::try_from(4_u32)?;
    let hash = PasswordHash::create(&"secret".parse()?, &Params::Bcrypt(cost))?;
    assert!(hash == hash.to_string().parse()? && !format!("{hash:?}").contains(&hash.to_string()));

    let store = FileStore::new(path);
    store.set(&user, &hash)?;
    store.update(|document| document.set(&user, &hash))?;

    let users = Users::from(store.load()?);
    assert!(users.verify("alice", "secret") && !users.verify("mallory", "secret"));
    for (user, hash) in &users {
        assert_eq!((user, hash.cost()), (&b"alice"[..], Some(4)));
    }
    let auth = Authenticator::builder(users).start()?;
    let credentials = Credentials::new("alice", "secret")?;
    match auth.authenticate_blocking(&credentials, None) {
        Verdict::Accepted { .. } => Ok(()),
        verdict => Err(format!("{verdict:?}").into()),
    }
}

/// Prints the event of a debug build, which the authenticator sends once.
fn report_slow_build(event: &Event<'_>) {
    if matches!(event, Event::SlowBuild) {
        println!("{event}");
    }
}

struct Logins {
    accepted: usize,
    overloaded: usize,
}

/// Logs in `count` users at once, with the right password, and waits for all verdicts.
fn log_in(authenticator: &Authenticator, count: usize) -> Result<(Duration, Logins), Box<dyn Error>> {
    let start = Instant::now();
    let mut verifications = Vec::new();
    for user in 0..count {
        let credentials = Credentials::new(format!("user{user}"), PASSWORD)?;
        verifications.push(authenticator.authenticate(&credentials, None));
    }
    let mut logins = Logins { accepted: 0, overloaded: 0 };
    for verification in verifications {
        match verification.wait() {
            Verdict::Accepted { .. } => logins.accepted += 1,
            Verdict::Overloaded => logins.overloaded += 1,
            _ => {}
        }
    }
    Ok((start.elapsed(), logins))
}
