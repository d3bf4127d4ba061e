//! Recognizes and decodes UTF-16, the encoding in which Windows PowerShell writes files with `>`.
//!
//! No server reads such a password file, and an edit of its bytes would make it unreadable for text editors too. The
//! store therefore rejects it, and [`Document::repair`](super::Document::repair) converts it to UTF-8. The recognition
//! must never count a file that a server can read.

use memchr::memchr;

/// The byte order of a text in UTF-16.
///
/// ```
/// use htpasswd::document::Utf16;
///
/// let text = b"\xff\xfeb\0o\0b\0:\0x\0";
/// assert_eq!(Utf16::detect(text), Some(Utf16::LittleEndian));
/// assert_eq!(Utf16::LittleEndian.decode(text).as_deref(), Some("bob:x"));
/// assert_eq!(Utf16::detect(b"bob:x"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Utf16 {
    /// The low byte of each unit comes first, as on Windows.
    LittleEndian,
    /// The high byte of each unit comes first.
    BigEndian,
}

/// The least number of units without a byte order mark that are recognized. The shortest useful record has more.
const LEAST_UNITS: usize = 4;

impl Utf16 {
    /// Returns the byte order of a text in UTF-16; `None` for any other text. Only the first line decides, up to the
    /// first byte `0x0a`.
    ///
    /// These texts count:
    ///
    /// - a byte order mark, followed by nothing, or by a line with a NUL byte. All ASCII characters have a NUL byte in
    ///   UTF-16, so each record has one. A name in ISO 8859-1 that starts with the bytes of the mark (`ÿþ`) has none.
    ///   The mark of UTF-32, which starts with the mark of UTF-16, does not count.
    /// - no mark, but at least four units, and all units of the line are printable ASCII characters, tabs or newlines.
    ///   A line that starts with other characters does not count, because it could be a damaged line of another
    ///   encoding.
    #[must_use]
    pub fn detect(text: &[u8]) -> Option<Self> {
        let line = &text[..memchr(b'\n', text).map_or(text.len(), |end| end + 1)];
        match line {
            [0xff, 0xfe, 0, 0, ..] => None,
            // The line of a lone newline ends before the NUL byte of the newline.
            [0xff, 0xfe] | [0xff, 0xfe, b'\n'] => Some(Self::LittleEndian),
            [0xff, 0xfe, rest @ ..] => memchr(0, rest).map(|_| Self::LittleEndian),
            [0xfe, 0xff] => Some(Self::BigEndian),
            [0xfe, 0xff, rest @ ..] => memchr(0, rest).map(|_| Self::BigEndian),
            _ => [Self::LittleEndian, Self::BigEndian].into_iter().find(|order| order.is_ascii(line)),
        }
    }

    /// Returns true if the text starts with the byte order mark of UTF-16.
    #[must_use]
    pub fn has_mark(text: &[u8]) -> bool {
        matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
    }

    /// The text without its byte order mark. `None` if a part of the text is not UTF-16, or is a NUL character, which
    /// no text contains.
    #[must_use]
    pub fn decode(self, text: &[u8]) -> Option<String> {
        let text = if Self::has_mark(text) { &text[2..] } else { text };
        let pairs = text.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return None;
        }
        let units = pairs.map(|pair| self.unit([pair[0], pair[1]]));
        let decoded = char::decode_utf16(units);
        decoded.map(|character| character.ok().filter(|&character| character != '\0')).collect()
    }

    fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Self::LittleEndian => u16::from_le_bytes(pair),
            Self::BigEndian => u16::from_be_bytes(pair),
        }
    }

    /// Returns true if the line has only ASCII text in this byte order.
    fn is_ascii(self, line: &[u8]) -> bool {
        let pairs = line.chunks_exact(2);
        // In little endian, the line ends after the first byte of its newline.
        let is_whole = matches!(pairs.remainder(), [] | b"\n");
        let is_text = |pair: &[u8]| {
            let unit = self.unit([pair[0], pair[1]]);
            matches!(unit, 0x20..=0x7e | 0x09 | 0x0a | 0x0d)
        };
        is_whole && line.len() / 2 >= LEAST_UNITS && pairs.into_iter().all(is_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str, order: Utf16) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            Utf16::LittleEndian => unit.to_le_bytes(),
            Utf16::BigEndian => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_with_a_mark_is_recognized_in_both_byte_orders() {
        for order in [Utf16::LittleEndian, Utf16::BigEndian] {
            for text in ["", "\n", "\r\n", "bob:x\r\n", "bob:x", "мария:x\n", "😀:x\r\nbob:y\r\n"] {
                let bytes = encode(&format!("\u{feff}{text}"), order);
                assert_eq!(Utf16::detect(&bytes), Some(order), "{text:?}");
                assert_eq!(order.decode(&bytes).as_deref(), Some(text));
            }
        }
    }

    #[test]
    fn text_without_a_mark_counts_if_its_first_line_is_ascii() {
        for order in [Utf16::LittleEndian, Utf16::BigEndian] {
            for text in ["bob:x\r\nмария:y\n", "bob:", "# users\n", "\tbob:x\n"] {
                let bytes = encode(text, order);
                assert_eq!(Utf16::detect(&bytes), Some(order), "{text:?}");
                assert_eq!(order.decode(&bytes).as_deref(), Some(text));
            }
            for text in ["bob", "", "\r\n", "мария:x\n", "böb:x\n"] {
                assert_eq!(Utf16::detect(&encode(text, order)), None, "{text:?}");
            }
        }
    }

    #[test]
    fn other_encodings_and_odd_bytes_are_not_recognized() {
        for text in [
            b"bob:x\n".as_slice(),
            b"",
            b"\xff",
            b"\xef\xbb\xbfbob:x\n",
            b"\xff\xfebob:x\n",
            b"\xfe\xffbob:x\nb\0",
            b"\xff\xfe\0\0b\0\0\0",
            b"bob:ab\0cd\n",
            b"b\0o\0b\0:\0x\n",
            b"b\0ob:\0x\0\n",
            b"\0\0\0\0\0\0\0\0",
            b"bob:x\nb\0o\0b\0:\0",
        ] {
            assert_eq!(Utf16::detect(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn text_that_is_partly_utf_16_is_not_decoded() {
        let bob = encode("\u{feff}bob:x\n", Utf16::LittleEndian);
        for more in [b"a".as_slice(), b"\0\0", b"\x00\xd8", b"\x00\xd8a\0"] {
            let text = [&bob, more].concat();
            assert_eq!(Utf16::detect(&text), Some(Utf16::LittleEndian));
            assert_eq!(Utf16::LittleEndian.decode(&text), None, "{}", more.escape_ascii());
        }
    }
}
