//! Scalars: where a scalar is in the text, how it is written, and how a new text is written in its place.
//!
//! A new text keeps the old form if the form can hold it, and is double-quoted otherwise. This module must never produce a
//! text that YAML 1.1 and YAML 1.2 read differently.

use std::fmt::Write;
use std::ops::Range;

use granit_parser::ScalarStyle;

use crate::tree::{Body, Node};

/// A scalar in the text.
pub(crate) struct Scalar {
    /// All bytes of the scalar, including quotation marks or the header of a block.
    pub(crate) range: Range<usize>,
    pub(crate) form: Form,
}

/// How a scalar is written.
pub(crate) enum Form {
    /// An empty text, or one of the words for null.
    Null,
    Plain,
    Single,
    Double,
    Block(Block),
}

/// The properties of a block scalar that an edit preserves.
pub(crate) struct Block {
    pub(crate) folded: bool,
    /// True if the header gives the indentation.
    pub(crate) digit: bool,
    /// The chomping indicator, which decides which newlines at the end count: `-`, `+` or nothing.
    pub(crate) chomping: &'static str,
    /// The rest of the header, after the indicators: a comment, if there is one, and the newline.
    pub(crate) rest: String,
    pub(crate) indent: usize,
    /// The indentation of the mapping that contains the scalar.
    pub(crate) parent: usize,
}

impl Scalar {
    /// Returns `None` if the text at that place does not look like the scalar that the parser reports.
    pub(crate) fn of(text: &str, key: &Node<'_>, value: &Node<'_>) -> Option<Self> {
        let Body::Scalar(_, style) = &value.body else { return None };
        let form = match style {
            ScalarStyle::Plain if is_null(text.get(value.range.clone())?) => Form::Null,
            ScalarStyle::Plain => Form::Plain,
            ScalarStyle::SingleQuoted => Form::Single,
            ScalarStyle::DoubleQuoted => Form::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => return Self::block(text, key, value),
        };
        let range = match form {
            Form::Null if value.range.is_empty() => {
                let place = after_colon(text, key)?;
                place..place
            }
            _ => value.range.clone(),
        };
        Some(Self { range, form })
    }

    fn block(text: &str, key: &Node<'_>, value: &Node<'_>) -> Option<Self> {
        let start = skip_blank(text, after_colon(text, key)?);
        let header = text.get(start..)?;
        let folded = match header.as_bytes().first()? {
            b'|' => false,
            b'>' => true,
            _ => return None,
        };
        let indicators = &header[1..][..header[1..].find(|c: char| !matches!(c, '0'..='9' | '+' | '-'))?];
        let rest = header[1 + indicators.len()..].split_inclusive('\n').next()?;
        let body_start = start + 1 + indicators.len() + rest.len();

        let body = text.get(body_start..value.range.end.max(body_start))?;
        // The parser includes the indentation of the next entry, which must stay.
        let whole = body.rfind('\n').map_or(0, |end| end + 1);
        let body = if body[whole..].trim().is_empty() { &body[..whole] } else { body };
        let mut end = 0;
        let mut length = 0;
        for line in body.split_inclusive('\n') {
            length += line.len();
            if !line.trim_end_matches(['\r', '\n', ' ']).is_empty() {
                end = length;
            }
        }
        let chomping = match indicators {
            _ if indicators.contains('+') => "+",
            _ if indicators.contains('-') => "-",
            _ => "",
        };
        // With the chomping indicator `+`, newlines at the end belong to the text.
        let end = if chomping == "+" { length } else { end };
        let digit = indicators.bytes().find(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
        let found = body.lines().find(|line| !line.trim_start_matches(' ').is_empty());
        let found = found.map_or(key.column + 2, |line| line.len() - line.trim_start_matches(' ').len());
        let block = Block {
            folded,
            digit: digit.is_some(),
            chomping,
            rest: rest.to_owned(),
            indent: digit.map_or(found, |digit| key.column + digit),
            parent: key.column,
        };
        Some(Self { range: start..body_start + end, form: Form::Block(block) })
    }

    /// Returns two ways to write a new text in this place: the preferred one if it is possible, and one that can hold any
    /// text.
    pub(crate) fn render(&self, new: &str) -> [Option<String>; 2] {
        match &self.form {
            Form::Null if self.range.is_empty() => [None, Some(format!(" {}", double(new)))],
            Form::Null | Form::Double => [None, Some(double(new))],
            Form::Plain => [is_plain(new).then(|| new.to_owned()), Some(double(new))],
            Form::Single => [single(new), Some(double(new))],
            Form::Block(block) => [block.render(new), Some(double(new) + &block.rest)],
        }
    }
}

impl Block {
    /// Returns `None` if a block cannot hold the text.
    ///
    /// A text with several newlines at the end needs the chomping indicator `+`. An edit never adds this indicator, because
    /// blank lines after the block would then belong to the text too.
    pub(crate) fn render(&self, new: &str) -> Option<String> {
        let body = new.trim_end_matches('\n');
        let ends = new.len() - body.len();
        if body.is_empty() || !new.chars().all(|c| c == '\n' || is_visible(c)) {
            return None;
        }
        let chomping = match ends {
            0 => "-",
            1 => self.chomping.trim_matches('-'),
            _ => Some(self.chomping).filter(|chomping| *chomping == "+")?,
        };
        let first = body.trim_start_matches('\n');
        let digit = if self.digit || first.starts_with(' ') {
            let digit = self.indent.checked_sub(self.parent).filter(|digit| (1..=9).contains(digit))?;
            digit.to_string()
        } else {
            String::new()
        };
        let folded = self.folded && !body.contains('\n') && !body.starts_with([' ', '\t']);
        let line_end = if self.rest.ends_with("\r\n") { "\r\n" } else { "\n" };
        let style = if folded { '>' } else { '|' };
        let mut block = format!("{style}{digit}{chomping}{}", self.rest);
        for line in body.split('\n') {
            if !line.is_empty() {
                block.extend(std::iter::repeat_n(' ', self.indent));
            }
            block.push_str(line);
            block.push_str(line_end);
        }
        block.extend(std::iter::repeat_n(line_end, ends.saturating_sub(1)));
        Some(block)
    }
}

/// Returns true if a plain scalar is null in YAML.
pub(crate) fn is_null(source: &str) -> bool {
    matches!(source, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns the offset after the colon of a key.
fn after_colon(text: &str, key: &Node<'_>) -> Option<usize> {
    let place = skip_blank(text, key.range.end);
    text.get(place..)?.starts_with(':').then_some(place + 1)
}

/// Skips white space, newlines and comments.
fn skip_blank(text: &str, mut place: usize) -> usize {
    loop {
        let rest = text.get(place..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        place += blank;
        match rest[blank..].strip_prefix('#') {
            Some(comment) => place += 1 + comment.find('\n').unwrap_or(comment.len()),
            None => return place,
        }
    }
}

/// Returns true if a character is printable and not a line break, in YAML 1.1 and in YAML 1.2.
fn is_visible(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{a0}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns true if Base64 needs no quotation marks, because no YAML reader parses it as a number or as `true`.
pub(crate) fn is_plain(text: &str) -> bool {
    text.len() >= 8
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// Returns the text in single quotes, or `None` if single quotes cannot hold it on one line.
fn single(text: &str) -> Option<String> {
    let one_line = text.chars().all(|c| c != '\t' && is_visible(c));
    one_line.then(|| format!("'{}'", text.replace('\'', "''")))
}

/// Returns the text in double quotes, with escapes that JSON has too.
pub(crate) fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_visible(c) => quoted.push(c),
            // Every character that is not visible is below U+10000, so four digits suffice.
            c => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a key without quotation marks, or with them if YAML could parse it as another type.
pub(crate) fn plain_key(key: &str) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = words.iter().any(|word| word.eq_ignore_ascii_case(key));
    if !is_word && key.starts_with(|c: char| c.is_ascii_alphabetic()) { key.to_owned() } else { double(key) }
}

/// Returns a text in double quotes, on one line, which YAML 1.1, YAML 1.2 and JSON parse as that text.
///
/// ```
/// assert_eq!(secret_manifest::quoted("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    double(text)
}
