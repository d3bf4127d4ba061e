//! Fuzzes verification against libxcrypt's crypt(3): both must give the same verdict for each scheme that both
//! support.
#![no_main]

mod libxcrypt;
mod support;

use htpasswd::{Password, PasswordHash};
use libfuzzer_sys::fuzz_target;
use support::grammar::{is_crypt64, is_libxcrypts};
use support::{cost, split};

/// Generated settings: the scheme with a low cost, the minimum and maximum length of the salt, and the text after the
/// salt.
const SETTINGS: [(&str, usize, usize, &str); 24] = [
    ("$2a$04$", 22, 22, ""),
    ("$2b$04$", 22, 22, ""),
    ("$2x$04$", 22, 22, ""),
    ("$2y$04$", 22, 22, ""),
    ("$1$", 0, 8, "$"),
    ("$5$rounds=1000$", 0, 16, "$"),
    ("$6$rounds=1001$", 0, 16, "$"),
    ("$5$", 0, 16, "$"),
    ("$6$", 0, 16, "$"),
    ("$2y$05$", 22, 22, ""),
    ("", 2, 2, ""),
    ("", 24, 24, ""),
    ("", 178, 178, ""),
    ("_/...", 4, 4, ""),
    ("_1...", 4, 4, ""),
    ("$3$", 0, 0, ""),
    ("$sha1$20$", 1, 64, "$"),
    ("$md5$", 0, 20, "$"),
    ("$md5,rounds=20$", 0, 20, "$$"),
    ("$7$4/..../....", 0, 20, "$"),
    ("$7$20....0....", 0, 20, "$"),
    ("$y$j75$", 16, 16, ""),
    ("$y$.55$", 16, 16, ""),
    ("$gy$j75$", 16, 16, ""),
];

fuzz_target!(|data: &[u8]| {
    let (password, rest) = split(data);
    let Ok(checked) = Password::new(password) else { return };
    // The input is used both as a hash and as the source of a valid setting, because mutations rarely produce a
    // valid hash.
    compare(password, &checked, rest);
    if let Some((choice, salt)) = rest.split_first() {
        let setting = setting(SETTINGS[usize::from(*choice) % SETTINGS.len()], salt);
        let text = libxcrypt::crypt(password, &setting).expect("a setting in its canonical form");
        let hash = PasswordHash::parse(&text).expect("a hash that crypt(3) made");
        assert!(hash.verify(&checked));
        compare(password, &checked, &changed(&text, salt));
    }
});

/// Asserts that both implementations give the same verdict on a text, valid or not.
fn compare(password: &[u8], checked: &Password, text: &[u8]) {
    if !is_shared(text) || !cost::is_low(text) {
        return;
    }
    let by_libxcrypt = libxcrypt::crypt(password, text).is_some_and(|computed| computed == text);
    let by_library = PasswordHash::parse(text).is_ok_and(|hash| hash.verify(checked));
    assert_eq!(by_library, by_libxcrypt, "{}", text.escape_ascii());
}

/// Returns true if both implementations support the scheme of this text.
fn is_shared(text: &[u8]) -> bool {
    // A C string ends at a NUL.
    if text.contains(&0) {
        return false;
    }
    match text {
        [b'$', b'2', b'a' | b'b' | b'x' | b'y', b'$', ..] | [b'$', b'1' | b'5' | b'6', b'$', ..] => true,
        _ => is_libxcrypts(text) || is_crypt64(text),
    }
}

/// Returns a setting whose salt is derived from these bytes.
fn setting((prefix, min, max, suffix): (&str, usize, usize, &str), salt: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let count = salt.len().clamp(min, max);
    let bytes = salt.iter().copied().chain(std::iter::repeat(0)).take(count);
    let mut text = prefix.as_bytes().to_vec();
    text.extend(bytes.map(|byte| ALPHABET[usize::from(byte % 64)]));
    if prefix.starts_with("$2") {
        // Only two bits of the last character are used, and the others must be zero.
        let last = text.last_mut().unwrap();
        *last = ALPHABET[usize::from(*last % 4) * 16];
    }
    text.extend_from_slice(suffix.as_bytes());
    text
}

/// Returns the text with one character changed. The result may be another valid hash or an invalid text.
fn changed(text: &[u8], choice: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    if let [.., place, byte] = *choice {
        let place = usize::from(place) % text.len();
        text[place] = byte;
    }
    text
}
