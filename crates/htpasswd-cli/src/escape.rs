//! Makes user names and paths safe to print.
//!
//! User names and paths are bytes. [`Visible`] escapes characters that could control a terminal, that are invisible, or
//! that reorder the text around them. It prints all other characters unchanged.
//!
//! [`std::fmt::Display`] accepts only UTF-8. [`Visible`] therefore represents a byte that is not UTF-8 by one of the
//! last 128 code points (U+10FF80 to U+10FFFF), and [`to_bytes`] converts that character back to the byte when the text
//! is printed. Python does the same with other code points (PEP 383, "surrogateescape").

use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::path::Path;

use htpasswd::PasswordHash;
use htpasswd::document::is_invisible;
use htpasswd::hash::{HashError, Scheme};

/// The code point that represents a byte, minus the byte.
const CARRIER: u32 = 0x10_ff00;

/// The first byte of these code points in UTF-8.
const CARRIER_START: u8 = 0xf4;

/// Displays bytes with invisible characters escaped, including those of ISO 8859.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visible<'a>(pub(crate) &'a [u8]);

impl<'a> Visible<'a> {
    pub(crate) fn path(path: &'a Path) -> Self {
        Self(path.as_os_str().as_encoded_bytes())
    }
}

impl Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some((printable, character, after)) = split_at_escaped(rest) {
                write!(f, "{printable}{}", character.escape_default())?;
                rest = after;
            }
            f.write_str(rest)?;
            for &byte in chunk.invalid() {
                match (byte, char::from_u32(CARRIER + u32::from(byte))) {
                    (0x80..=0xa0 | 0xad, _) | (_, None) => write!(f, "{}", byte.escape_ascii())?,
                    (_, Some(carrier)) => f.write_char(carrier)?,
                }
            }
        }
        Ok(())
    }
}

/// The first character that must be escaped, with the text before it and the text after it. Invisible characters must
/// be escaped, and characters that [`to_bytes`] would convert to a byte.
pub(crate) fn split_at_escaped(text: &str) -> Option<(&str, char, &str)> {
    // This check makes long reports faster, because most texts are ASCII.
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return None;
    }
    let is_escaped = |character: char| is_invisible(character) || carried_byte(character).is_some();
    let (start, character) = text.char_indices().find(|&(_, character)| is_escaped(character))?;
    Some((&text[..start], character, &text[start + character.len_utf8()..]))
}

/// Returns the bytes to print: each character that represents a byte becomes that byte.
pub(crate) fn to_bytes(text: &str) -> Cow<'_, [u8]> {
    // Very few texts have a character from the last planes of Unicode, so most texts need no conversion. The crate memchr
    // is not used, because its first search asks the processor for its features. In a virtual machine, this takes 60 µs,
    // which is a twelfth of the time of a short call.
    if !text.as_bytes().contains(&CARRIER_START) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match carried_byte(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The byte that the character represents.
fn carried_byte(character: char) -> Option<u8> {
    u8::try_from(u32::from(character).checked_sub(CARRIER)?).ok().filter(|byte| !byte.is_ascii())
}

/// Returns true if the text is a hash of a known scheme, whether it can be verified or not. A hash of DES crypt or bigcrypt does not count, because each
/// text of 13 letters is a valid hash of DES crypt.
pub(crate) fn looks_like_hash(text: &[u8]) -> bool {
    match PasswordHash::parse(text) {
        Ok(hash) => !matches!(hash.scheme(), Scheme::DesCrypt | Scheme::Bigcrypt),
        Err(error) => matches!(error, HashError::Foreign(_)),
    }
}

/// A user name for messages and reports. A name that looks like a hash is displayed as "…", because a user may have
/// interchanged the user name and the hash of a record by mistake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownUser<'a>(pub(crate) &'a [u8]);

impl ShownUser<'_> {
    pub(crate) const HIDDEN: &'static str = "…";

    /// Returns true if the name looks like a hash.
    pub(crate) fn is_hash(self) -> bool {
        looks_like_hash(self.0)
    }
}

impl Display for ShownUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_hash() { f.write_str(Self::HIDDEN) } else { Visible(self.0).fmt(f) }
    }
}

/// A path as one word of a shell command, so that users can copy the command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShellWord<'a>(pub(crate) &'a Path);

impl Display for ShellWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_os_str().as_encoded_bytes();
        let prefix: &[u8] = if bytes.starts_with(b"-") { b"./" } else { b"" };
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(byte);
        if !bytes.is_empty() && bytes.iter().all(is_plain) {
            return write!(f, "{}{}", Visible(prefix), Visible(bytes));
        }
        let parts: Vec<_> = bytes.split(|&byte| byte == b'\'').collect();
        let quoted = [b"'", prefix, parts.join(&br"'\''"[..]).as_slice(), b"'"].concat();
        Visible(&quoted).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(bytes: &[u8]) -> Vec<u8> {
        to_bytes(&Visible(bytes).to_string()).into_owned()
    }

    #[test]
    fn control_characters_are_escaped_and_ordinary_names_are_not() {
        assert_eq!(visible("müller %s".as_bytes()), "müller %s".as_bytes());
        assert_eq!(visible(b"m\xfcller"), b"m\xfcller");
        assert_eq!(visible(b"a\x1b[31m\n\x7f"), b"a\\u{1b}[31m\\n\\u{7f}");
        assert_eq!(visible("a\u{9b}b".as_bytes()), b"a\\u{9b}b");
    }

    #[test]
    fn invisible_characters_and_changes_of_direction_are_escaped() {
        for (name, printed) in [
            ("\u{202e}ecila", "\\u{202e}ecila"),
            ("al\u{200b}ice", "al\\u{200b}ice"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("a\u{ad}b\u{a0}", "a\\u{ad}b\\u{a0}"),
            ("\u{e0041}", "\\u{e0041}"),
            ("漢字 é", "漢字 é"),
        ] {
            assert_eq!(visible(name.as_bytes()), printed.as_bytes());
        }
        assert_eq!(visible(b"a\xa0b\xad\xe9"), b"a\\xa0b\\xad\xe9");
    }

    #[test]
    fn bytes_are_printed_unchanged_and_no_character_becomes_a_byte() {
        for byte in 0xa1..=0xff_u8 {
            let expected = if byte == 0xad { b"\\xad".to_vec() } else { vec![byte] };
            assert_eq!(visible(&[byte]), expected);
        }
        assert_eq!(visible("\u{10ff80}\u{10fffd}".as_bytes()), b"\\u{10ff80}\\u{10fffd}");
        assert_eq!(to_bytes("a\u{10ff00}\u{10ff7f}"), "a\u{10ff00}\u{10ff7f}".as_bytes());
    }

    #[test]
    fn a_path_in_a_suggested_command_is_one_shell_word() {
        let word = |path: &str| ShellWord(Path::new(path)).to_string();
        assert_eq!(word("/etc/nginx/users.d/a-b_c"), "/etc/nginx/users.d/a-b_c");
        assert_eq!(word("-rf"), "./-rf");
        assert_eq!(word("my users"), "'my users'");
        assert_eq!(word("-a'b;$c"), r"'./-a'\''b;$c'");
        assert_eq!(word(""), "''");
    }
}
