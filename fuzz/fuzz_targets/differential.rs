//! What libxcrypt's crypt(3) says of a hash and a password is what is said here, for each scheme that both know.
#![no_main]

mod libxcrypt;
mod support;

use htpasswd::{Hash, Password};
use libfuzzer_sys::fuzz_target;
use support::grammar::is_crypt64;
use support::{cost, split};

/// The settings that are made up here: scheme, a cost that is quick, and how many characters of salt.
const SETTINGS: [(&str, usize); 11] = [
    ("$2a$04$", 22),
    ("$2b$04$", 22),
    ("$2x$04$", 22),
    ("$2y$04$", 22),
    ("$1$", 8),
    ("$5$rounds=1000$", 16),
    ("$6$rounds=1001$", 16),
    ("$5$", 16),
    ("$6$", 16),
    ("$2y$05$", 22),
    ("", 2),
];

fuzz_target!(|data: &[u8]| {
    let (password, rest) = split(data);
    let Ok(checked) = Password::new(password) else { return };
    // As it is, and made a setting of, as mutations seldom hit upon one.
    compare(password, &checked, rest);
    if let Some((choice, salt)) = rest.split_first() {
        let (prefix, length) = SETTINGS[usize::from(*choice) % SETTINGS.len()];
        let setting = setting(prefix, salt, length);
        let text = libxcrypt::crypt(password, &setting).expect("a setting in its canonical form");
        let hash = Hash::parse(&text).expect("a hash that crypt(3) made");
        assert!(hash.verify(&checked));
        compare(password, &checked, &changed(&text, salt));
    }
});

/// A text, right or wrong, has one answer.
fn compare(password: &[u8], checked: &Password, text: &[u8]) {
    if !is_shared(text) || !cost::is_low(text) {
        return;
    }
    let theirs = libxcrypt::crypt(password, text).is_some_and(|computed| computed == text);
    let ours = Hash::parse(text).is_ok_and(|hash| hash.verify(checked));
    assert_eq!(ours, theirs, "{}", text.escape_ascii());
}

/// Whether both are meant to say the same of such a text.
fn is_shared(text: &[u8]) -> bool {
    // Where a string ends there.
    if text.contains(&0) {
        return false;
    }
    match text {
        [b'$', b'2', b'a' | b'b' | b'x' | b'y', b'$', ..] => true,
        // Salts that libxcrypt refuses and the servers with an MD5 or SHA of their own do not: see
        // docs/file-format.md.
        [b'$', b'1' | b'5' | b'6', b'$', ..] => {
            text.iter().all(|byte| byte.is_ascii_graphic() && !b"!*:;\\".contains(byte))
        }
        // Longer ones are bigcrypt, which is not read here.
        _ => text.len() == 13 && is_crypt64(text),
    }
}

/// A setting with a salt of up to so many characters, all of them where the scheme wants that.
fn setting(prefix: &str, salt: &[u8], length: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let is_fixed = matches!(length, 2 | 22);
    let count = if is_fixed { length } else { length.min(salt.len()) };
    let mut bytes = salt.iter().copied().chain(std::iter::repeat(0)).take(count);
    let mut text = prefix.as_bytes().to_vec();
    text.extend(bytes.by_ref().map(|byte| ALPHABET[usize::from(byte % 64)]));
    if length == 22 {
        // Two of its bits count, the others would be stray.
        let last = text.last_mut().unwrap();
        *last = ALPHABET[usize::from(*last % 4) * 16];
    }
    if !is_fixed {
        text.push(b'$');
    }
    text
}

/// With one character changed, which may make it another hash, or none.
fn changed(text: &[u8], choice: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    if let [.., place, byte] = *choice {
        let place = usize::from(place) % text.len();
        text[place] = byte;
    }
    text
}
