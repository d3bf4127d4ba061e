//! A second grammar of hashes, written from docs/file-format.md as patterns over bytes. It must not call the
//! library's parser.

use htpasswd::hash::{ForeignScheme, Scheme};

/// The classification of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    Hash(Scheme),
    Empty,
    Locked,
    /// The text begins as a hash and is invalid.
    Malformed,
    Unknown,
    /// The scheme is named and not verified.
    Foreign,
    /// The scheme is supported through libxcrypt only, so only libxcrypt decides if the hash is valid.
    Libxcrypt,
}

/// Classifies a text.
pub fn kind(text: &[u8]) -> Kind {
    let known = |scheme, is_valid| if is_valid { Kind::Hash(scheme) } else { Kind::Malformed };
    match text {
        [] => Kind::Empty,
        [b'*' | b'!', ..] => Kind::Locked,
        [b'$', b'2', b'a' | b'b' | b'x' | b'y', b'$', rest @ ..] => known(Scheme::Bcrypt, is_bcrypt(rest)),
        [b'$', b'a', b'p', b'r', b'1', b'$', rest @ ..] => {
            let is_field = !rest.iter().any(|byte| *byte == b':' || *byte < b' ' || *byte == 0x7f);
            known(Scheme::Apr1, is_field && is_salted(rest, 8, 22))
        }
        [b'$', b'1', b'$', rest @ ..] => known(Scheme::Md5Crypt, is_safe(rest) && is_salted(rest, 8, 22)),
        [b'$', b'5', b'$', rest @ ..] => known(Scheme::Sha256Crypt, is_safe(rest) && is_sha_crypt(rest, 43)),
        [b'$', b'6', b'$', rest @ ..] => known(Scheme::Sha512Crypt, is_safe(rest) && is_sha_crypt(rest, 86)),
        [b'{', b'S', b'H', b'A', b'}', rest @ ..] => known(Scheme::Sha1, base64_len(rest) == Some(20)),
        [b'{', b'S', b'S', b'H', b'A', b'}', rest @ ..] => {
            known(Scheme::SaltedSha1, base64_len(rest).is_some_and(|length| length >= 20))
        }
        _ if argon2(text).is_some() => argon2(text).unwrap_or(Kind::Malformed),
        _ if ForeignScheme::of(text).is_some() => Kind::Foreign,
        _ if is_libxcrypts(text) || is_bigcrypt(text) => Kind::Libxcrypt,
        _ if text.len() == 13 && is_crypt64(text) => Kind::Hash(Scheme::DesCrypt),
        _ => Kind::Unknown,
    }
}

/// Classifies a text that begins as a hash of argon2.
fn argon2(text: &[u8]) -> Option<Kind> {
    let text = text.strip_prefix(b"$argon2")?;
    let (scheme, rest) = if let Some(rest) = text.strip_prefix(b"id$") {
        (Scheme::Argon2id, rest)
    } else if let Some(rest) = text.strip_prefix(b"i$") {
        (Scheme::Argon2i, rest)
    } else {
        (Scheme::Argon2d, text.strip_prefix(b"d$")?)
    };
    let fields: Vec<&[u8]> = rest.split(|byte| *byte == b'$').collect();
    let contains = |name: &[u8]| rest.windows(name.len()).any(|part| part == name);
    let version = fields[0].strip_prefix(b"v=").map(decimal);
    let is_other_version = version.is_some_and(|version| version.is_some_and(|v| v != 16 && v != 19));
    if contains(b",keyid=") || contains(b",data=") || is_other_version {
        // A short text after the prefix has no scheme.
        return Some(if rest.len() < 8 { Kind::Unknown } else { Kind::Foreign });
    }
    let fields = if version.is_some() { &fields[1..] } else { &fields[..] };
    let is_valid = version != Some(None)
        && match fields {
            [cost, salt, tag] => {
                let length = |text: &[u8]| base64_len(&padded(text)).filter(|_| !text.contains(&b'='));
                is_argon2_cost(cost)
                    && length(salt).is_some_and(|length| (8..=1024).contains(&length))
                    && length(tag).is_some_and(|length| (4..=64).contains(&length))
            }
            _ => false,
        };
    Some(if is_valid { Kind::Hash(scheme) } else { Kind::Malformed })
}

/// Returns true for `m=19456,t=2,p=1` with values in the ranges of RFC 9106.
fn is_argon2_cost(text: &[u8]) -> bool {
    let fields: Vec<&[u8]> = text.split(|byte| *byte == b',').collect();
    let [memory, passes, lanes] = fields[..] else { return false };
    let value = |field: &[u8], name: &[u8]| field.strip_prefix(name).and_then(decimal);
    match (value(memory, b"m="), value(passes, b"t="), value(lanes, b"p=")) {
        (Some(memory), Some(passes), Some(lanes)) => {
            passes > 0 && (1..1 << 24).contains(&lanes) && memory >= 8 * lanes
        }
        _ => false,
    }
}

/// A number of 32 bits without a sign or a leading zero.
fn decimal(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.len() <= 10 && text.iter().all(u8::is_ascii_digit);
    if !is_number || (text[0] == b'0' && text.len() > 1) {
        return None;
    }
    let number = text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    (number < 1 << 32).then_some(number)
}

/// Base64 with the padding that a hash of argon2 leaves out.
fn padded(text: &[u8]) -> Vec<u8> {
    [text, &b"=="[..(4 - text.len() % 4) % 4 % 3]].concat()
}

/// Returns true if libxcrypt accepts every byte of the text in a hash.
fn is_safe(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, 0x21..=0x7e) && !b"!*:;\\".contains(byte))
}

/// Returns true if the text begins as a hash of a scheme that only libxcrypt supports.
pub fn is_libxcrypts(text: &[u8]) -> bool {
    let prefixes: [&[u8]; 7] = [b"_", b"$3$", b"$7$", b"$y$", b"$gy$", b"$md5", b"$sha1$"];
    prefixes.iter().any(|prefix| text.starts_with(prefix))
}

/// Returns true for bigcrypt: two characters of salt, then 2 to 16 digests of eleven characters, each of which
/// ends in two zero bits.
fn is_bigcrypt(text: &[u8]) -> bool {
    let digests = text.get(2..).unwrap_or_default();
    let is_shaped = (2..=16).any(|blocks| digests.len() == 11 * blocks) && is_crypt64(text);
    is_shaped && digests.iter().skip(10).step_by(11).all(|last| b".26AEIMQUYcgkosw".contains(last))
}

/// Returns true for a cost such as `10$`, 22 characters of salt and 31 characters of digest.
fn is_bcrypt(text: &[u8]) -> bool {
    let [tens @ b'0'..=b'3', ones @ b'0'..=b'9', b'$', rest @ ..] = text else { return false };
    let cost = (tens - b'0') * 10 + (ones - b'0');
    (4..=31).contains(&cost) && rest.len() == 53 && is_crypt64(rest)
}

/// Returns true for an optional `rounds=1000$`, a salt and a digest.
fn is_sha_crypt(text: &[u8], digest: usize) -> bool {
    let Some(rest) = text.strip_prefix(b"rounds=") else { return is_salted(text, 16, digest) };
    let Some(end) = rest.iter().position(|byte| *byte == b'$') else { return false };
    let rounds = &rest[..end];
    let is_number = rounds.iter().all(u8::is_ascii_digit) && rounds.first() != Some(&b'0');
    is_number && (4..=9).contains(&end) && is_salted(&rest[end + 1..], 16, digest)
}

/// Returns true for a salt, `$` and a digest.
fn is_salted(text: &[u8], max_salt: usize, digest: usize) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b'$');
    let (Some(salt), Some(rest)) = (parts.next(), parts.next()) else { return false };
    salt.len() <= max_salt && rest.len() == digest && is_crypt64(rest)
}

pub fn is_crypt64(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(byte))
}

/// Returns the decoded length of padded Base64, or `None` if the text is invalid or its unused bits are not zero.
fn base64_len(text: &[u8]) -> Option<usize> {
    let value = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let pads = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let values: Option<Vec<u8>> = text[..text.len() - pads].iter().map(value).collect();
    let values = values?;
    let stray = match (values.len() % 4, pads) {
        (0, 0) => 0,
        (2, 2) => 0b1111,
        (3, 1) => 0b11,
        _ => return None,
    };
    (values.last().unwrap_or(&0) & stray == 0).then_some(values.len() * 6 / 8)
}
