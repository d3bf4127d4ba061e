//! Characters of a user name that cannot be seen, or that programs take off.
//!
//! Names are bytes. These functions look at their parts that are UTF-8, and leave every other byte alone.

/// Whether a character cannot be seen, or changes how the text around it is shown: control characters, format
/// characters (Unicode's category Cf: zero-width and bidirectional marks, the soft hyphen, the byte order mark),
/// characters that fonts ignore, and white space except the blank U+0020.
///
/// Two names that differ only in such characters look the same, and U+202E shows what follows it backwards. So a
/// program that shows names of a file shows these characters escaped.
///
/// ```
/// use htpasswd::is_invisible;
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

/// Unicode 16, DerivedGeneralCategory.txt: Cf.
fn is_format(character: char) -> bool {
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

/// Unicode 16, DerivedCoreProperties.txt: `Default_Ignorable_Code_Point`, except what [`is_format`] has. And the
/// Braille pattern without a dot, which looks like a blank.
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

/// Whether any program is known to take this character off the ends of a name: Unicode's property `White_Space`, and
/// the byte order mark.
pub(crate) fn is_trimmed(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// The name without the characters at its start for which this holds.
pub(crate) fn trim_start(name: &[u8], is_trimmed: impl Fn(char) -> bool) -> &[u8] {
    let text = name.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    &name[text.len() - text.trim_start_matches(is_trimmed).len()..]
}

/// The name without the characters at its end for which this holds.
pub(crate) fn trim_end(name: &[u8], is_trimmed: impl Fn(char) -> bool) -> &[u8] {
    let last = name.utf8_chunks().last().filter(|chunk| chunk.invalid().is_empty());
    let text = last.map_or("", |chunk| chunk.valid());
    &name[..name.len() - (text.len() - text.trim_end_matches(is_trimmed).len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_are_marks_and_odd_spaces_but_no_letter_of_any_script() {
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
    fn names_are_trimmed_up_to_the_first_byte_that_is_no_text() {
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
