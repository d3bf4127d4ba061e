//! A stored cost may ask for hours of work, which is what it is for and no finding.

/// The highest cost of bcrypt that is computed.
const BCRYPT: &[u8] = b"05";

/// The highest number of rounds.
const ROUNDS: u64 = 6000;

/// Whether a hash is computed in milliseconds.
pub fn is_low(text: &[u8]) -> bool {
    if text.starts_with(b"$2") {
        return text.get(4..6).is_none_or(|cost| cost <= BCRYPT);
    }
    match text.windows(7).position(|part| part == b"rounds=") {
        Some(at) => number(&text[at + 7..]) <= ROUNDS,
        None => true,
    }
}

/// What the digits at the start come to.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}
