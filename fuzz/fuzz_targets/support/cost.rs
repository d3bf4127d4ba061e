//! A stored cost may ask for hours of work, which is what it is for and no finding.

/// The highest cost of bcrypt that is computed.
const BCRYPT: &[u8] = b"05";

/// The highest number of rounds.
const ROUNDS: u64 = 6000;

/// What a character of a parameter of scrypt or yescrypt may be, so that it stands for no more than 10.
const LOW: &[u8] = b"./01234567";

/// Whether a hash is computed in milliseconds.
pub fn is_low(text: &[u8]) -> bool {
    match text {
        [b'$', b'2', ..] => text.get(4..6).is_none_or(|cost| cost <= BCRYPT),
        // Six bits a character, lowest first.
        [b'_', _, count, third, fourth, ..] => *count <= b'9' && [third, fourth] == [&b'.', &b'.'],
        [b'$', b's', b'h', b'a', b'1', b'$', rest @ ..] => number(rest) <= ROUNDS,
        // log2 N, then r and p in five characters each, lowest first.
        [b'$', b'7', b'$', n, r, b'.', b'.', b'.', b'.', p, b'.', b'.', b'.', b'.', ..] => {
            [n, r, p].iter().all(|byte| LOW.contains(byte))
        }
        [b'$', b'7', b'$', ..] => false,
        [b'$', b'y', b'$', rest @ ..] | [b'$', b'g', b'y', b'$', rest @ ..] => {
            let mut parameters = rest.iter().take_while(|byte| **byte != b'$');
            // The first one says which variant.
            let _ = parameters.next();
            parameters.all(|byte| LOW.contains(byte))
        }
        _ => match text.windows(7).position(|part| part == b"rounds=") {
            Some(at) => number(&text[at + 7..]) <= ROUNDS,
            None => true,
        },
    }
}

/// What the digits at the start come to.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}
