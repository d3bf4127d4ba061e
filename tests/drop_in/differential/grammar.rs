//! Parses the arguments of a call by the rules of each program. It must not use the parser of the command, because it
//! predicts what that parser does.

use std::collections::BTreeSet;

use super::model::{Dialect, Rows};

/// The options and operands of a call.
#[derive(Default)]
pub(super) struct Arguments {
    /// The given letters among `c`, `n`, `v` and `D`.
    pub(super) modes: BTreeSet<u8>,
    /// The number of letters `n`.
    pub(super) times_n: usize,
    /// The last letter among `b` and `i`.
    pub(super) source: Option<u8>,
    /// The letter of the last scheme.
    pub(super) scheme: Option<u8>,
    /// The last value of `-C` or `-r`.
    pub(super) number: Option<u128>,
    /// The number of letters `p` in the options. Apache's tool prints a warning for each of them.
    pub(super) plain: usize,
    pub(super) operands: Vec<Vec<u8>>,
    pub(super) error: Option<ArgumentError>,
}

pub(super) enum ArgumentError {
    /// The program prints this line and the usage.
    Usage(Vec<u8>),
    NotANumber,
    /// D29: a long option is unknown, or has a wrong value.
    Long,
    /// D29: `--help` or `--version`.
    Help,
}

/// The long names and the letters of options.
const LONG: [(&str, u8); 15] = [
    ("create", b'c'),
    ("stdout", b'n'),
    ("delete", b'D'),
    ("verify", b'v'),
    ("batch", b'b'),
    ("stdin", b'i'),
    ("bcrypt", b'B'),
    ("cost", b'C'),
    ("sha256", b'2'),
    ("sha512", b'5'),
    ("rounds", b'r'),
    ("md5", b'm'),
    ("crypt", b'd'),
    ("sha1", b's'),
    ("plain", b'p'),
];

impl Arguments {
    /// Parses arguments, and adds the rows that describe differences between the parsers.
    pub(super) fn read(arguments: &[Vec<u8>], dialect: Dialect, rows: &mut Rows) -> Self {
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(word) = rest.clone().next() {
            if word.len() < 2 || word[0] != b'-' {
                break;
            }
            if word.starts_with(b"--") {
                rest.next();
                if word == b"--" {
                    break;
                }
                rows.insert("D29");
                if dialect == Dialect::Apache {
                    break;
                }
                if let Err(error) = parsed.read_long(&word[2..], &mut rest) {
                    parsed.error = Some(error);
                    return parsed;
                }
                continue;
            }
            let mut letters = word[1..].iter();
            let mut is_value_in_next_word = false;
            while let Some(&letter) = letters.next() {
                if letter == b'-' {
                    rows.insert("D29");
                    if dialect == Dialect::Apache {
                        parsed.operands = rest.cloned().collect();
                        return parsed;
                    }
                }
                if b"Cr".contains(&letter) {
                    let mut value = letters.as_slice();
                    is_value_in_next_word = value.is_empty();
                    if let Some(number) = value.strip_prefix(b"=") {
                        rows.insert("D44");
                        value = if dialect == Dialect::Ours { number } else { value };
                    }
                    let next_word = rest.clone().nth(1).map(Vec::as_slice);
                    let Some(value) = (if is_value_in_next_word { next_word } else { Some(value) }) else {
                        let line = [b"htpasswd: option requires an argument -- ", &[letter][..], b"\n"];
                        parsed.error = Some(ArgumentError::Usage(line.concat()));
                        return parsed;
                    };
                    parsed.number = number(value);
                    if parsed.number.is_none() {
                        parsed.error = Some(ArgumentError::NotANumber);
                        return parsed;
                    }
                    break;
                }
                if !parsed.read_letter(letter) {
                    if !letter.is_ascii() {
                        rows.insert("D44");
                    }
                    let letter = displayed_letter(letter, letters.as_slice(), dialect);
                    let line = [&b"htpasswd: illegal option -- "[..], &letter, b"\n"];
                    parsed.error = Some(ArgumentError::Usage(line.concat()));
                    return parsed;
                }
            }
            rest.next();
            if is_value_in_next_word {
                rest.next();
            }
        }
        parsed.operands = rest.cloned().collect();
        parsed
    }

    /// Reads a letter without value. Returns false if the letter is unknown.
    fn read_letter(&mut self, letter: u8) -> bool {
        match letter {
            b'c' | b'n' | b'v' | b'D' => {
                self.modes.insert(letter);
                self.times_n += usize::from(letter == b'n');
            }
            b'b' | b'i' => self.source = Some(letter),
            b'm' | b'2' | b'5' | b'B' | b'd' | b's' | b'p' => {
                self.scheme = Some(letter);
                self.plain += usize::from(letter == b'p');
            }
            _ => return false,
        }
        true
    }

    /// Reads a long option, and its value from `rest` if it has one there.
    fn read_long<'a>(
        &mut self,
        word: &[u8],
        rest: &mut impl Iterator<Item = &'a Vec<u8>>,
    ) -> Result<(), ArgumentError> {
        let text = String::from_utf8_lossy(word);
        let (name, value) = text.split_once('=').map_or((&*text, None), |(name, value)| (name, Some(value)));
        if ["help", "version"].contains(&name) {
            return Err(if value.is_none() { ArgumentError::Help } else { ArgumentError::Long });
        }
        let letter = LONG.iter().find(|(long, _)| *long == name).ok_or(ArgumentError::Long)?.1;
        if !b"Cr".contains(&letter) {
            return if value.is_none() && self.read_letter(letter) {
                Ok(())
            } else {
                Err(ArgumentError::Long)
            };
        }
        let value = match value {
            Some(value) => value.as_bytes(),
            None => rest.next().ok_or(ArgumentError::Long)?,
        };
        self.number = number(value);
        if self.number.is_none() { Err(ArgumentError::NotANumber) } else { Ok(()) }
    }
}

/// D44: the unknown letter that the message of a program contains. Apache's tool prints only the first byte of a
/// character, and this program prints the whole character.
fn displayed_letter(letter: u8, rest: &[u8], dialect: Dialect) -> Vec<u8> {
    if dialect == Dialect::Apache || letter.is_ascii() {
        return vec![letter];
    }
    let text = [&[letter], rest].concat();
    String::from_utf8_lossy(&text).chars().next().map(String::from).unwrap_or_default().into_bytes()
}

/// A positive number as strtol(3) reads it.
fn number(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    (number > 0).then_some(number)
}
