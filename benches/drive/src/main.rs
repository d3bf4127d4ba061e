//! `drive PIECE`: prints the median milliseconds of one operation of this library or of a peer crate.
//! One process times one piece, so that `compare.sh` can alternate between pieces.

use std::error::Error;
use std::ffi::OsStr;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crypt_lanes::{BcryptInput, BcryptVariant};
use htpasswd::{Document, Params, Password, PasswordHash};

mod lanes;

const PASSWORD: &str = "correct horse battery staple";
const SHA1: &str = "{SHA}q/eq1kOINtvlJqojGr3i0O73TUI=";
const APR1: &str = "$apr1$j.FgtgRY$oGjJjuqWUPdqjlM8y7uQe0";
const BCRYPT: &str = "$2y$05$2kC7gTwF6H0YnAEkECrL0eGszU5VCj42n4pAsnfvkPoIET9Y8roWy";

/// The time for measuring one piece.
const TIME: Duration = Duration::from_millis(400);

fn main() -> Result<(), Box<dyn Error>> {
    let piece = std::env::args().nth(1).ok_or("missing operand PIECE")?;
    // A level may have several words.
    let operand = |name| match std::env::args().skip(2).collect::<Vec<_>>().join(" ") {
        operand if operand.is_empty() => Err(format!("missing operand {name}")),
        operand => Ok(operand),
    };
    if piece == "levels" {
        lanes::levels().iter().for_each(|level| println!("{level}"));
        return Ok(());
    }
    let password = Password::new(PASSWORD)?;
    let job = BcryptInput { variant: BcryptVariant::B, salt: [7; 16], password: PASSWORD.as_bytes() };
    let create = |params| move || PasswordHash::create(&Password::new(PASSWORD).unwrap(), &params).unwrap();
    let verify = |hash: &'static str| {
        let hash = PasswordHash::parse(hash.as_bytes()).unwrap();
        assert!(hash.verify(&password));
        let password = &password;
        move || hash.verify(black_box(password))
    };
    let peer_verifies = |hash: &'static str| {
        let hash = htpasswd_verify::Hash::parse(hash);
        assert!(hash.check(PASSWORD));
        move || hash.check(black_box(PASSWORD))
    };
    let milliseconds = match piece.as_str() {
        "bcrypt-1" => median(1, || crypt_lanes::bcrypt(10, black_box(&job)).unwrap()),
        // 20 is a multiple of four and of five.
        "bcrypt-each" => median(1, || crypt_lanes::bcrypt_each(10, black_box(&[job; 20])).unwrap()) / 20.0,
        "bcrypt-crate" => median(1, || bcrypt::hash_with_salt(black_box(PASSWORD), 10, [7; 16]).unwrap()),
        "sha1-100000" => hash_100_000()?,
        "sha256-crypt" => median(1, create(Params::Sha256Crypt(None))),
        "sha512-crypt" => median(1, create(Params::Sha512Crypt(None))),
        "verify-sha1" => median(1000, verify(SHA1)),
        "verify-apr1" => median(10, verify(APR1)),
        "verify-bcrypt" => median(1, verify(BCRYPT)),
        "verify-crate-sha1" => median(1000, peer_verifies(SHA1)),
        "verify-crate-apr1" => median(10, peer_verifies(APR1)),
        "verify-crate-bcrypt" => median(1, peer_verifies(BCRYPT)),
        "sha256-crypt-crate" => median(1, || lanes::sha256_of_the_crate(black_box(PASSWORD.as_bytes()))),
        "sha512-crypt-crate" => median(1, || lanes::sha512_of_the_crate(black_box(PASSWORD.as_bytes()))),
        "md5-crypt-each" => lanes::md5(&operand("LEVEL")?)?,
        "sha256-crypt-each" => lanes::sha256(&operand("LEVEL")?)?,
        "sha512-crypt-each" => lanes::sha512(&operand("LEVEL")?)?,
        "verify" => lanes::verify(&operand("SCHEME")?)?,
        "log-in" => lanes::log_in(&operand("SCHEME")?)?,
        "index" => index(&std::env::args_os().nth(2).ok_or("missing operand FILE")?)?,
        other => return Err(format!("unknown piece {other}").into()),
    };
    println!("{milliseconds:.6}");
    Ok(())
}

/// Computes and keeps the hashes of an import of 100,000 users with `-s`, and returns the milliseconds.
fn hash_100_000() -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..9 {
        let passwords = (0..100_000).map(|user| Password::new(format!("password{user:05}")));
        let passwords = passwords.collect::<Result<Vec<_>, _>>()?;
        let start = Instant::now();
        let hashes: Result<Vec<_>, _> =
            passwords.into_iter().map(|password| PasswordHash::create(&password, &Params::Sha1)).collect();
        black_box(hashes?);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[4].as_secs_f64() * 1000.0)
}

/// Finds the lines and indexes the users, and returns the milliseconds per 100,000 lines.
fn index(path: &OsStr) -> Result<f64, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let document = Document::parse(bytes);
    let last = document.records().last().ok_or("the file has no user")?.user;
    let milliseconds = median(1, || {
        let index = black_box(&document).index();
        assert!(index.get(last).is_some());
        index
    });
    Ok(milliseconds * 100_000.0 / lines as f64)
}

/// Returns the median milliseconds of one `operation`, timed in batches.
pub(crate) fn median<T>(batch: u32, mut operation: impl FnMut() -> T) -> f64 {
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < 3 || begin.elapsed() < TIME {
        let start = Instant::now();
        for _ in 0..batch {
            black_box(operation());
        }
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (times[times.len() / 2] / batch).as_secs_f64() * 1000.0
}
