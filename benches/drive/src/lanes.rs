//! The pieces that compute many MD5-crypt and SHA-crypt hashes on one core, at a given level of the processor.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use crypt_lanes::{
    Level, Magic, Md5Input, ShaInput, md5_crypt_each_at, sha256_crypt_each_at, sha512_crypt_each_at,
};
use htpasswd::auth::Verification;
use htpasswd::{Authenticator, Credentials, Params, Password, PasswordHash, Users, Verdict};

use crate::median;

/// The number of hashes of one call.
const HASHES: usize = 1000;

/// The number of users whose logins are verified, and of logins that wait at the same time.
const USERS: usize = 200;

/// The salt of each hash of SHA-crypt. MD5-crypt uses the first 8 characters.
const SALT: &[u8] = b"sixteencharacter";

/// Returns the names of the levels with vectors, the slowest level first.
pub(crate) fn levels() -> Vec<String> {
    let mut names: Vec<_> = Level::available().skip(1).map(name).collect();
    names.dedup();
    names
}

/// The name of a level, without the instructions for SHA-256.
fn name(level: Level) -> String {
    format!("{level:?}").trim_end_matches(" with SHA-256").to_owned()
}

/// Returns the level with this name that uses all instructions of the processor.
fn level(wanted: &str) -> Result<Level, Box<dyn Error>> {
    let found = Level::available().filter(|level| name(*level) == wanted).last();
    found.ok_or_else(|| format!("this processor has no level {wanted:?}").into())
}

fn passwords() -> Vec<String> {
    (0..HASHES).map(|user| format!("password{user:05}")).collect()
}

/// Returns the milliseconds per hash of MD5-crypt.
pub(crate) fn md5(wanted: &str) -> Result<f64, Box<dyn Error>> {
    let (level, passwords) = (level(wanted)?, passwords());
    let inputs: Vec<_> = passwords.iter().map(md5_input).collect();
    Ok(median(1, || md5_crypt_each_at(level, black_box(&inputs))) / HASHES as f64)
}

fn md5_input(password: &String) -> Md5Input<'_> {
    Md5Input { magic: Magic::Apr1, password: password.as_bytes(), salt: &SALT[..8] }
}

/// Returns the milliseconds per hash of SHA-256-crypt with 5,000 rounds.
pub(crate) fn sha256(wanted: &str) -> Result<f64, Box<dyn Error>> {
    let (level, passwords) = (level(wanted)?, passwords());
    let inputs: Vec<_> = passwords.iter().map(sha_input).collect();
    Ok(median(1, || sha256_crypt_each_at(level, black_box(&inputs))) / HASHES as f64)
}

/// Returns the milliseconds per hash of SHA-512-crypt with 5,000 rounds.
pub(crate) fn sha512(wanted: &str) -> Result<f64, Box<dyn Error>> {
    let (level, passwords) = (level(wanted)?, passwords());
    let inputs: Vec<_> = passwords.iter().map(sha_input).collect();
    Ok(median(1, || sha512_crypt_each_at(level, black_box(&inputs))) / HASHES as f64)
}

fn sha_input(password: &String) -> ShaInput<'_> {
    ShaInput { rounds: 5_000, password: password.as_bytes(), salt: SALT }
}

/// Computes a SHA-256-crypt digest with the crate `sha-crypt`.
pub(crate) fn sha256_of_the_crate(password: &[u8]) -> [u8; 32] {
    sha_crypt::sha256_crypt(password, SALT, sha_crypt::Params::RECOMMENDED)
}

/// Computes a SHA-512-crypt digest with the crate `sha-crypt`.
pub(crate) fn sha512_of_the_crate(password: &[u8]) -> [u8; 64] {
    sha_crypt::sha512_crypt(password, SALT, sha_crypt::Params::RECOMMENDED)
}

fn params(scheme: &str) -> Result<Params, Box<dyn Error>> {
    Ok(match scheme {
        "apr1" => Params::Apr1,
        "sha256-crypt" => Params::Sha256Crypt(None),
        "sha512-crypt" => Params::Sha512Crypt(None),
        other => return Err(format!("unknown scheme {other}").into()),
    })
}

/// Returns the milliseconds of one verification, without an authenticator.
pub(crate) fn verify(scheme: &str) -> Result<f64, Box<dyn Error>> {
    let password = Password::new("password00001")?;
    let hash = PasswordHash::create(&password, &params(scheme)?)?;
    assert!(hash.verify(&password));
    Ok(median(1, || hash.verify(black_box(&password))))
}

/// Returns the milliseconds per login of an authenticator with one thread and no cache. All users log in again and
/// again, with as many waiting logins as there are users.
pub(crate) fn log_in(scheme: &str) -> Result<f64, Box<dyn Error>> {
    let (mut file, mut all) = (String::new(), Vec::new());
    for (user, password) in passwords().into_iter().take(USERS).enumerate() {
        let hash = PasswordHash::create(&Password::new(password.as_str())?, &params(scheme)?)?;
        file += &format!("user{user}:{}\n", str::from_utf8(hash.as_bytes())?);
        all.push(Credentials::new(format!("user{user}"), password)?);
    }
    let builder = Authenticator::builder(Users::from(file)).threads(1).queue_timeout(Duration::MAX);
    let authenticator = builder.start()?;
    let each = || {
        let waiting: Vec<Verification> =
            all.iter().map(|credentials| authenticator.authenticate(credentials, None)).collect();
        for verification in waiting {
            assert!(matches!(verification.wait(), Verdict::Accepted { .. }));
        }
    };
    Ok(median(1, each) / USERS as f64)
}
