//! Recognizes hashes of low cost. A stored cost may demand hours of work by design, so the fuzz targets skip such
//! hashes.

/// The highest bcrypt cost that a target computes.
const BCRYPT: &[u8] = b"05";

/// The highest number of rounds that a target computes.
const ROUNDS: u64 = 6000;

/// The characters of scrypt and yescrypt parameters that encode values up to 10.
const LOW: &[u8] = b"./01234567";

/// Returns true if a hash is computed in milliseconds.
pub fn is_low(text: &[u8]) -> bool {
    match text {
        [b'$', b'2', ..] => text.get(4..6).is_none_or(|cost| cost <= BCRYPT),
        // Each character holds six bits, the lowest first.
        [b'_', _, count, third, fourth, ..] => *count <= b'9' && [third, fourth] == [&b'.', &b'.'],
        [b'$', b'a', b'r', b'g', b'o', b'n', b'2', rest @ ..] => is_low_argon2(rest),
        [b'$', b's', b'h', b'a', b'1', b'$', rest @ ..] => number(rest) <= ROUNDS,
        // log2 N is one character; r and p are five characters each, the lowest bits first.
        [b'$', b'7', b'$', n, r, b'.', b'.', b'.', b'.', p, b'.', b'.', b'.', b'.', ..] => {
            [n, r, p].iter().all(|byte| LOW.contains(byte))
        }
        [b'$', b'7', b'$', ..] => false,
        [b'$', b'y', b'$', rest @ ..] | [b'$', b'g', b'y', b'$', rest @ ..] => {
            let mut parameters = rest.iter().take_while(|byte| **byte != b'$');
            // The first parameter selects the variant.
            let _ = parameters.next();
            parameters.all(|byte| LOW.contains(byte))
        }
        _ => match text.windows(7).position(|part| part == b"rounds=") {
            Some(at) => number(&text[at + 7..]) <= ROUNDS,
            None => true,
        },
    }
}

/// Returns true if the three numbers after `m=`, `t=` and `p=` are low.
fn is_low_argon2(text: &[u8]) -> bool {
    [(&b"m="[..], 256), (b"t=", 4), (b"p=", 8)].iter().all(|&(name, most)| {
        let place = text.windows(2).position(|part| part == name);
        place.is_some_and(|place| number(&text[place + 2..]) <= most)
    })
}

/// Returns the number at the start of the text.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}
