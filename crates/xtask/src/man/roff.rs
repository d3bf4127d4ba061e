//! Writes texts in the language of man(7), so that no text becomes a request or an escape of roff.

use std::fmt::Write;

/// The words that the man pages print in italics: the operands, and the names of values.
const OPERANDS: [&str; 16] = [
    "FILE", "USER", "USERS", "PASSWORD", "MANIFEST", "SERVER", "PATH", "N", "LENGTH", "COST", "SUFFIX",
    "OCTAL", "KIND", "FORMAT", "NAME", "KEY",
];

/// The longest line that mandoc accepts without a warning.
const WIDTH: usize = 80;

/// Quotes a text for the man page. A hyphen in an option becomes a minus sign, so that users can copy the option from
/// the page. No line starts with a request of roff.
pub(super) fn quoted(text: &str) -> String {
    let quoted = escaped(text);
    if quoted.starts_with('.') { format!("\\&{quoted}") } else { quoted }
}

/// Quotes a text that does not start a line.
fn escaped(text: &str) -> String {
    let mut quoted = String::new();
    for word in text.split_inclusive(' ') {
        let is_option = word.trim_start_matches(['(', '[', '"', '\'']).starts_with('-');
        for character in word.chars() {
            match character {
                '-' if is_option => quoted.push_str("\\-"),
                character => push(&mut quoted, character),
            }
        }
    }
    quoted
}

fn push(quoted: &mut String, character: char) {
    match character {
        '\\' => quoted.push_str("\\e"),
        '\'' => quoted.push_str("\\(aq"),
        '"' => quoted.push_str("\\(dq"),
        '~' => quoted.push_str("\\(ti"),
        '^' => quoted.push_str("\\(ha"),
        '`' => quoted.push_str("\\(ga"),
        character => quoted.push(character),
    }
}

/// Quotes a text in which backticks enclose what users type. This becomes bold, and operands become italic.
pub(super) fn marked(text: &str) -> String {
    let mut marked = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            marked.push_str(&bold(part));
        } else {
            marked.push_str(&operands(&escaped(part)));
        }
    }
    marked
}

/// A text that users type. All of its hyphens are minus signs.
pub(super) fn bold(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        match character {
            '-' => quoted.push_str("\\-"),
            character => push(&mut quoted, character),
        }
    }
    format!("\\fB{quoted}\\fR")
}

/// Makes the operands in a quoted text italic.
fn operands(text: &str) -> String {
    let mut marked = String::new();
    let is_inner = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for word in text.split_inclusive(|character| !is_inner(character)) {
        let name = word.trim_end_matches(|character| !is_inner(character));
        // An escape such as \fI or \(aq also ends with letters, but they are no operand.
        if OPERANDS.contains(&name) && !marked.ends_with(['\\', '-']) {
            let _ = write!(marked, "\\fI{name}\\fR{}", &word[name.len()..]);
        } else {
            marked.push_str(word);
        }
    }
    marked
}

/// Breaks a text into lines, each with its newline. No line starts with a request.
pub(super) fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        if length > 0 && length + 1 + word.len() > WIDTH {
            lines.push('\n');
            length = 0;
        }
        if length > 0 {
            lines.push(' ');
            length += 1;
        } else if word.starts_with('.') {
            lines.push_str("\\&");
        }
        lines.push_str(word);
        length += word.len();
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_text_is_a_roff_request() {
        assert_eq!(quoted(".so x"), "\\&.so x");
        assert_eq!(quoted("'so x"), "\\(aqso x");
        let long = format!("{} .so x", "a".repeat(78));
        assert_eq!(wrapped(&long), format!("{}\n\\&.so x\n", "a".repeat(78)));
    }

    #[test]
    fn only_hyphens_of_options_become_minus_signs() {
        assert_eq!(quoted("SHA-256 (--keep-going, -5)"), "SHA-256 (\\-\\-keep\\-going, \\-5)");
        assert_eq!(bold("a-b -c"), "\\fBa\\-b \\-c\\fR");
    }

    #[test]
    fn operands_are_italic_and_names_that_contain_them_are_not() {
        assert_eq!(
            marked("FILE~, NO_NAME and KIND[,...]"),
            "\\fIFILE\\fR\\(ti, NO_NAME and \\fIKIND\\fR[,...]"
        );
        assert_eq!(marked("of USER: `add USER`"), "of \\fIUSER\\fR: \\fBadd USER\\fR");
    }
}
