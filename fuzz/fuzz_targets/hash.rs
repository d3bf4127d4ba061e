//! Fuzzes parsing, creation and verification of hashes. A second grammar decides which texts are valid hashes. A
//! created hash must match its password, and must not match it after a change of any byte. No input may cause a panic.
#![no_main]

mod support;

use htpasswd::hash::{Argon2Cost, HashError, Rounds, Scheme};
use htpasswd::{Cost, Params, Password, PasswordHash};
use libfuzzer_sys::fuzz_target;
use support::grammar::{Kind, kind};
use support::{cost, split};

fuzz_target!(|data: &[u8]| {
    let (password, text) = split(data);
    let Ok(password) = Password::new(password) else { return };
    read(text, &password);
    create(text, &password);
});

/// Asserts that the parser and the grammar agree on a text.
fn read(text: &[u8], password: &Password) {
    let parsed = PasswordHash::parse(text);
    match (kind(text), &parsed) {
        (Kind::Hash(scheme), Ok(hash)) => {
            assert_eq!(hash.scheme(), scheme);
            assert_eq!(hash.as_bytes(), text);
        }
        (Kind::Empty, Err(error)) => assert_eq!(*error, HashError::Empty),
        (Kind::Locked, Err(error)) => assert_eq!(*error, HashError::Locked),
        (Kind::Malformed, Err(error)) => assert_eq!(*error, HashError::Malformed),
        (Kind::Foreign, Err(error)) => assert!(matches!(error, HashError::Foreign(_))),
        (Kind::Unknown, Err(error)) => assert_eq!(*error, HashError::Unknown),
        (Kind::Libxcrypt, Ok(hash)) => assert_eq!(hash.as_bytes(), text),
        (Kind::Libxcrypt, Err(error)) => assert_eq!(*error, HashError::Malformed),
        (kind, parsed) => panic!("{kind:?} is {parsed:?}"),
    }
    let plain = PasswordHash::parse_or_plain(text);
    if let Ok(hash) = &plain {
        let is_plain = hash.scheme() == Scheme::Plain;
        assert_eq!(is_plain, parsed.is_err());
        if is_plain {
            assert!(!b"$*!{_".contains(&text[0]) && !text.iter().any(|byte| b"\r\n\0".contains(byte)));
            assert!(!text.ends_with(b"\\"));
            assert_eq!(hash.verify(password), password.as_bytes() == text);
        }
    }
    if let Ok(hash) = parsed
        && cost::is_low(text)
        && hash.verify(password)
    {
        nothing_else_verifies(text, password, password.as_bytes().last().copied().unwrap_or(0));
    }
}

/// Creates a hash of the scheme that a text of two bytes selects, and asserts that the hash verifies.
fn create(text: &[u8], password: &Password) {
    let [choice, place] = *text else { return };
    let params = match choice % 9 {
        0 => Params::Bcrypt(Cost::new(4).unwrap()),
        1 => Params::Apr1,
        2 => Params::Sha256Crypt(Some(Rounds::new(1000).unwrap())),
        3 => Params::Sha512Crypt(Some(Rounds::new(1001).unwrap())),
        4 => Params::Sha1,
        5 => Params::DesCrypt,
        6 => Params::Plain,
        7 => Params::Argon2id(Argon2Cost::new(8, 1, 1).unwrap()),
        _ => return,
    };
    let Ok(hash) = PasswordHash::create(password, &params) else {
        // Every scheme except plain text accepts any password. A record cannot contain a line break, and httpd joins
        // a line that ends in a backslash to the next one.
        assert_eq!(params, Params::Plain);
        let password = password.as_bytes();
        assert!(password.iter().any(|byte| b"\r\n".contains(byte)) || password.ends_with(b"\\"));
        return;
    };
    assert_eq!(hash.scheme(), params.scheme());
    assert!(hash.verify(password));
    assert!(!hash.needs_rehash(&params));
    if params == Params::Plain {
        return;
    }
    assert_eq!(kind(hash.as_bytes()), Kind::Hash(params.scheme()));
    assert!(PasswordHash::parse(hash.as_bytes()).unwrap().verify(password));
    nothing_else_verifies(hash.as_bytes(), password, place);

    let mut other = password.as_bytes().to_vec();
    match other.first_mut() {
        // DES-crypt ignores the eighth bit of each byte, so the target changes one of the other seven bits.
        Some(byte) => *byte = if *byte & 0x7f == b'x' { b'y' } else { b'x' },
        None => other.push(b'x'),
    }
    assert!(!hash.verify(&Password::new(other).unwrap()));
}

/// Asserts that a text that differs slightly from a matching hash does not match the same password.
fn nothing_else_verifies(text: &[u8], password: &Password, place: u8) {
    let verifies =
        |text: &[u8]| cost::is_low(text) && PasswordHash::parse(text).is_ok_and(|hash| hash.verify(password));
    match place % 8 {
        0 => assert!(!verifies(&text[..text.len() - 1])),
        1 => assert!(!verifies(&[text, b"."].concat())),
        _ => {}
    }
    let place = usize::from(place) % text.len();
    // The prefixes `$2a$`, `$2b$` and `$2y$` give the same digest for nearly all passwords.
    if !(text.starts_with(b"$2") && place == 2) {
        let mut changed = text.to_vec();
        changed[place] = if changed[place] == b'.' { b'/' } else { b'.' };
        assert!(!verifies(&changed));
    }
}
