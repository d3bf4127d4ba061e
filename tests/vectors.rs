//! The test vectors in `tests/data/vectors`: every hash gives the verdict that its file states, and another password
//! fails. The number of vectors in each file is fixed, so that a truncated file fails the test.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use htpasswd::{Password, PasswordHash};

/// A file and the number of its vectors.
const BCRYPT: (&str, usize) = ("bcrypt.tsv", 807);
const APR1: (&str, usize) = ("apr1.tsv", 249);
const MD5CRYPT: (&str, usize) = ("md5crypt.tsv", 379);
const SHA256CRYPT: (&str, usize) = ("sha256crypt.tsv", 292);
const SHA512CRYPT: (&str, usize) = ("sha512crypt.tsv", 278);
const SHA1: (&str, usize) = ("sha1.tsv", 223);
const SSHA: (&str, usize) = ("ssha.tsv", 108);
const DES: (&str, usize) = ("des.tsv", 160);
const LIBXCRYPT: (&str, usize) = ("libxcrypt.tsv", 275);
const ARGON2: (&str, usize) = ("argon2.tsv", 87);
const PLAIN: (&str, usize) = ("plain.tsv", 25);
const UNSUPPORTED: (&str, usize) = ("unsupported.tsv", 101);

/// One line of a vector file.
struct Vector {
    /// The file, the line number and the source of the vector.
    name: String,
    expect: String,
    password: Vec<u8>,
    hash: Vec<u8>,
}

impl Vector {
    /// Parses the four columns that the header of each file describes.
    fn parse(name: &str, line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[expect, password, hash, source] = columns.as_slice() else {
            return None;
        };
        let known = ["match", "mismatch", "invalid"].contains(&expect);
        known.then_some(Self {
            name: format!("{name} ({source})"),
            expect: expect.to_owned(),
            password: STANDARD.decode(password).ok()?,
            hash: match hash.strip_prefix("b64:") {
                Some(encoded) => STANDARD.decode(encoded).ok()?,
                None => hash.as_bytes().to_vec(),
            },
        })
    }

    fn matches(&self) -> bool {
        self.expect == "match"
    }

    /// Compares the verdicts through `parse` and `parse_or_plain` with the expected ones, and describes a difference.
    fn failure(&self, parse: bool, parse_or_plain: bool, expected: (bool, bool)) -> Option<String> {
        ((parse, parse_or_plain) != expected).then(|| {
            format!("{}: {}, but parse: {parse}, parse_or_plain: {parse_or_plain}", self.name, self.expect)
        })
    }

    /// Returns the password with one significant bit changed, or `x` for the empty password.
    fn other_password(&self) -> Vec<u8> {
        let mut other = self.password.clone();
        // `$2x$` marks hashes by a bcrypt with a sign extension bug: a byte over 0x7f hides up to three bytes before
        // it. Therefore only the last of the 72 bytes that bcrypt reads is always significant.
        let last = other.len().min(72).saturating_sub(1);
        let index = if self.hash.starts_with(b"$2x$") { last } else { 0 };
        match other.get_mut(index) {
            Some(byte) => *byte ^= 1,
            None => other.push(b'x'),
        }
        other
    }

    /// Returns true if the hash takes milliseconds: at most cost 6 for bcrypt, and at most 10,000 rounds for SHA-crypt.
    fn is_cheap(&self) -> bool {
        let hash = String::from_utf8_lossy(&self.hash);
        let fields: Vec<&str> = hash.split('$').collect();
        match fields.as_slice() {
            ["", "2a" | "2b" | "2x" | "2y", cost, ..] => cost.parse().is_ok_and(|cost: u32| cost <= 6),
            ["", "5" | "6", rounds, ..] => rounds
                .strip_prefix("rounds=")
                .is_none_or(|rounds| rounds.parse().is_ok_and(|rounds: u32| rounds <= 10_000)),
            _ => true,
        }
    }
}

/// Reads the vectors of a file and asserts their number.
fn read((file, count): (&str, usize)) -> Vec<Vector> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/");
    let text = fs::read_to_string(format!("{directory}{file}")).expect("the file can be read");
    let vectors: Result<Vec<Vector>, String> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.starts_with('#'))
        .map(|(number, line)| {
            let name = format!("{file}:{number}");
            Vector::parse(&name, line).ok_or(name)
        })
        .collect();
    let vectors = vectors.expect("every line is a vector");
    assert_eq!(vectors.len(), count, "vectors in {file}");
    vectors
}

/// Returns true if `password` matches `hash`, first without and then with plain text allowed.
fn authenticates(hash: &[u8], password: &[u8]) -> (bool, bool) {
    let Ok(password) = Password::new(password) else {
        return (false, false);
    };
    (
        PasswordHash::parse(hash).is_ok_and(|hash| hash.verify(&password)),
        PasswordHash::parse_or_plain(hash).is_ok_and(|hash| hash.verify(&password)),
    )
}

fn assert_none(failures: &[String], count: usize) {
    assert!(failures.is_empty(), "{} of {count} vectors fail:\n{}", failures.len(), failures.join("\n"));
}

/// Asserts that both parsers give the expected verdict on every vector.
fn assert_all(file: (&str, usize)) {
    let failures: Vec<String> = read(file)
        .iter()
        .filter_map(|vector| {
            let (parse, parse_or_plain) = authenticates(&vector.hash, &vector.password);
            vector.failure(parse, parse_or_plain, (vector.matches(), vector.matches()))
        })
        .collect();
    assert_none(&failures, file.1);
}

/// Asserts that no hash matches itself as a plain-text password. A build without the feature of the scheme needs this.
/// Only vectors that match are tested, because a damaged hash without `$` is a plain-text password that matches itself.
fn assert_never_plain(file: (&str, usize)) {
    let failures: Vec<String> = read(file)
        .iter()
        .filter(|vector| vector.matches())
        .filter_map(|vector| {
            let (parse, parse_or_plain) = authenticates(&vector.hash, &vector.hash);
            vector.failure(parse, parse_or_plain, (false, false))
        })
        .collect();
    assert_none(&failures, file.1);
}

/// Asserts that another password fails for each of the `count` cheap vectors whose own password matches.
fn assert_others_fail(file: (&str, usize), count: usize) {
    let vectors: Vec<Vector> =
        read(file).into_iter().filter(|vector| vector.matches() && vector.is_cheap()).collect();
    assert_eq!(vectors.len(), count, "cheap matches in {}", file.0);
    let failures: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let (parse, parse_or_plain) = authenticates(&vector.hash, &vector.other_password());
            vector.failure(parse, parse_or_plain, (false, false))
        })
        .collect();
    assert_none(&failures, count);
}

#[test]
fn bcrypt_vectors_match() {
    assert_all(BCRYPT);
}

#[test]
fn apr1_vectors_match() {
    assert_all(APR1);
}

#[test]
fn md5crypt_vectors_match() {
    assert_all(MD5CRYPT);
}

#[test]
fn sha256crypt_vectors_match() {
    assert_all(SHA256CRYPT);
}

#[test]
fn sha512crypt_vectors_match() {
    assert_all(SHA512CRYPT);
}

#[test]
fn sha1_vectors_match() {
    assert_all(SHA1);
}

#[test]
fn ssha_vectors_match() {
    assert_all(SSHA);
}

#[test]
fn des_vectors_match() {
    assert_all(DES);
}

#[test]
fn libxcrypt_vectors_match() {
    if cfg!(feature = "libxcrypt") { assert_all(LIBXCRYPT) } else { assert_never_plain(LIBXCRYPT) }
}

#[test]
fn argon2_vectors_match() {
    if cfg!(feature = "argon2") { assert_all(ARGON2) } else { assert_never_plain(ARGON2) }
}

#[test]
fn unsupported_vectors_are_rejected() {
    assert_all(UNSUPPORTED);
}

#[test]
fn plain_text_matches_only_through_parse_or_plain() {
    let failures: Vec<String> = read(PLAIN)
        .iter()
        .filter_map(|vector| {
            let (_, parse_or_plain) = authenticates(&vector.hash, &vector.password);
            vector.failure(
                PasswordHash::parse(&vector.hash).is_ok(),
                parse_or_plain,
                (false, vector.matches()),
            )
        })
        .collect();
    assert_none(&failures, PLAIN.1);
}

#[test]
fn another_password_fails_with_bcrypt() {
    assert_others_fail(BCRYPT, 562);
}

#[test]
fn another_password_fails_with_other_schemes() {
    assert_others_fail(APR1, 202);
    assert_others_fail(MD5CRYPT, 312);
    assert_others_fail(SHA256CRYPT, 211);
    assert_others_fail(SHA512CRYPT, 198);
    assert_others_fail(SHA1, 177);
    assert_others_fail(SSHA, 64);
    assert_others_fail(DES, 154);
    assert_others_fail(PLAIN, 8);
    if cfg!(feature = "libxcrypt") {
        assert_others_fail(LIBXCRYPT, 176);
    }
}

#[cfg(feature = "argon2")]
#[test]
fn another_password_fails_with_argon2() {
    assert_others_fail(ARGON2, 50);
}
