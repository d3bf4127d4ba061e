//! Arguments, read by the rules of each program.

use std::collections::BTreeSet;

use super::model::{Dialect, Rows};

/// The flags and operands of a call.
#[derive(Default)]
pub(super) struct Words {
    /// Of `c`, `n`, `v` and `D`, each once.
    pub(super) modes: BTreeSet<u8>,
    pub(super) times_n: usize,
    /// `b` or `i`, the last one.
    pub(super) source: Option<u8>,
    pub(super) scheme: Option<u8>,
    pub(super) number: Option<u128>,
    /// How many times `-p` was there before parsing ended.
    pub(super) plain: usize,
    pub(super) operands: Vec<Vec<u8>>,
    pub(super) error: Option<WordError>,
}

pub(super) enum WordError {
    /// This line and then the usage text.
    Usage(Vec<u8>),
    NotANumber,
    /// D29: a long option that this program does not know, or that is wrongly used.
    Long,
    /// D29: `--help` or `--version`.
    Help,
}

/// The long names that belong to letters.
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

impl Words {
    pub(super) fn read(arguments: &[Vec<u8>], dialect: Dialect, rows: &mut Rows) -> Self {
        let mut words = Self::default();
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
                if let Err(error) = words.long(&word[2..], &mut rest) {
                    words.error = Some(error);
                    return words;
                }
                continue;
            }
            let mut letters = word[1..].iter();
            let mut value_taken = false;
            while let Some(&letter) = letters.next() {
                if letter == b'-' {
                    rows.insert("D29");
                    if dialect == Dialect::Apache {
                        words.operands = rest.cloned().collect();
                        return words;
                    }
                }
                if b"Cr".contains(&letter) {
                    let mut value = letters.as_slice();
                    value_taken = value.is_empty();
                    if let Some(number) = value.strip_prefix(b"=") {
                        rows.insert("D44");
                        value = if dialect == Dialect::Ours { number } else { value };
                    }
                    let next = if value_taken { rest.clone().nth(1).map(Vec::as_slice) } else { Some(value) };
                    let Some(value) = next else {
                        let line = [b"htpasswd: option requires an argument -- ", &[letter][..], b"\n"];
                        words.error = Some(WordError::Usage(line.concat()));
                        return words;
                    };
                    words.number = number(value);
                    if words.number.is_none() {
                        words.error = Some(WordError::NotANumber);
                        return words;
                    }
                    break;
                }
                if !words.letter(letter) {
                    if !letter.is_ascii() {
                        rows.insert("D44");
                    }
                    let shown = shown(letter, letters.as_slice(), dialect);
                    let line = [&b"htpasswd: illegal option -- "[..], &shown, b"\n"];
                    words.error = Some(WordError::Usage(line.concat()));
                    return words;
                }
            }
            rest.next();
            if value_taken {
                rest.next();
            }
        }
        words.operands = rest.cloned().collect();
        words
    }

    fn letter(&mut self, letter: u8) -> bool {
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

    fn long<'a>(
        &mut self,
        word: &[u8],
        rest: &mut impl Iterator<Item = &'a Vec<u8>>,
    ) -> Result<(), WordError> {
        let text = String::from_utf8_lossy(word);
        let (name, value) = text.split_once('=').map_or((&*text, None), |(name, value)| (name, Some(value)));
        if ["help", "version"].contains(&name) {
            return Err(if value.is_none() { WordError::Help } else { WordError::Long });
        }
        let letter = LONG.iter().find(|(long, _)| *long == name).ok_or(WordError::Long)?.1;
        if !b"Cr".contains(&letter) {
            return if value.is_none() && self.letter(letter) { Ok(()) } else { Err(WordError::Long) };
        }
        let value = match value {
            Some(value) => value.as_bytes(),
            None => rest.next().ok_or(WordError::Long)?,
        };
        self.number = number(value);
        if self.number.is_none() { Err(WordError::NotANumber) } else { Ok(()) }
    }
}

/// D44: an unknown letter in the words of each program.
fn shown(letter: u8, rest: &[u8], dialect: Dialect) -> Vec<u8> {
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
