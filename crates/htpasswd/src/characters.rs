//! Classifies the characters of a user name that readers cannot see, and those that servers trim.
//!
//! User names are bytes. The trimming functions read only the UTF-8 parts of a user name, and must never remove a byte
//! that is not UTF-8.

/// Returns true if `character` is invisible, or changes how a terminal or browser displays the text around it.
///
/// Invisible characters are control characters, format characters (Unicode's category Cf: zero-width and bidirectional
/// marks, the soft hyphen, the byte order mark), characters that fonts ignore, and white space except the blank U+0020.
///
/// Two user names that differ only in such characters look the same, and U+202E reverses the text after it. A program
/// that displays user names should therefore escape these characters.
///
/// ```
/// use htpasswd::document::is_invisible;
///
/// assert!(['\n', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{a0}'].into_iter().all(is_invisible));
/// assert!(!"Müller @ home ☃".chars().any(is_invisible));
/// ```
#[must_use]
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || is_format(character)
        || is_ignorable(character)
}

/// Returns true for the category Cf of Unicode 16 (DerivedGeneralCategory.txt).
pub(crate) fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

/// Returns true for `Default_Ignorable_Code_Point` of Unicode 16 (DerivedCoreProperties.txt), except the characters of
/// [`is_format`], and for the Braille pattern without a dot (U+2800), which looks like a blank.
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2065}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns true if a known server trims this character from a user name: Unicode's property `White_Space`, and the byte
/// order mark.
pub(crate) fn is_trimmed(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Returns `name` without the leading characters for which `is_trimmed` returns true.
pub(crate) fn trim_start(name: &[u8], is_trimmed: impl Fn(char) -> bool) -> &[u8] {
    let text = name.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    &name[text.len() - text.trim_start_matches(is_trimmed).len()..]
}

/// Returns `name` without the trailing characters for which `is_trimmed` returns true.
pub(crate) fn trim_end(name: &[u8], is_trimmed: impl Fn(char) -> bool) -> &[u8] {
    let last = name.utf8_chunks().last().filter(|chunk| chunk.invalid().is_empty());
    let text = last.map_or("", |chunk| chunk.valid());
    &name[..name.len() - (text.len() - text.trim_end_matches(is_trimmed).len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_unusual_spaces_are_invisible_and_letters_are_not() {
        for character in "\0\t\x1b\x7f\u{85}\u{9b}\u{a0}\u{ad}\u{61c}\u{1680}\u{180e}\u{2003}\u{200b}\u{200c}\u{200d}\
                          \u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{202f}\u{205f}\u{2060}\u{2066}\u{2069}\
                          \u{3000}\u{3164}\u{2800}\u{fe0f}\u{feff}\u{fff9}\u{e0001}\u{e0041}\u{e0100}"
            .chars()
        {
            assert!(is_invisible(character), "{}", character.escape_unicode());
        }
        for character in " aZ09.,:;'\"`\\|äßéñłøİжשالבगกあ漢한☃😀\u{301}\u{fffd}".chars()
        {
            assert!(!is_invisible(character), "{}", character.escape_unicode());
        }
    }

    #[test]
    fn trimming_stops_at_a_byte_that_is_not_utf_8() {
        let blank = |character: char| character.is_whitespace();
        for (name, start, end) in [
            (&b""[..], &b""[..], &b""[..]),
            (b" \xc2\xa0", b"", b""),
            (b" a ", b"a ", b" a"),
            ("\u{a0} ä \u{3000}".as_bytes(), "ä \u{3000}".as_bytes(), "\u{a0} ä".as_bytes()),
            (b" \xff ", b"\xff ", b" \xff"),
            (b" \xff", b"\xff", b" \xff"),
            (b"\xff ", b"\xff ", b"\xff"),
            (b"\xa0a\xa0", b"\xa0a\xa0", b"\xa0a\xa0"),
        ] {
            assert_eq!(
                (trim_start(name, blank), trim_end(name, blank)),
                (start, end),
                "{}",
                name.escape_ascii()
            );
        }
    }
}
