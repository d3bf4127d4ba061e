//! Generates the man page: inserts the options into the template `docs/man/htpasswd.1.in`, which is written by hand.

use std::fmt::Write;

use crate::flag::Flag;

const TEMPLATE: &str = include_str!("../../../docs/man/htpasswd.1.in");

pub(crate) fn page(flags: &[Flag]) -> String {
    // Comments for authors of the template are not part of the man page.
    let lines = TEMPLATE.lines().filter(|line| !line.starts_with(".\\\"#"));
    lines.fold(String::new(), |page, line| match line {
        "@OPTIONS@" => page + &section(flags),
        line => page + &line.replace("@VERSION@", env!("CARGO_PKG_VERSION")) + "\n",
    })
}

/// The section about the options, in the language of man(7).
fn section(flags: &[Flag]) -> String {
    let mut text = String::new();
    for group in flags.chunk_by(|one, next| one.heading == next.heading) {
        let _ = writeln!(text, ".SS \"{}\"", quoted(&group[0].heading));
        for flag in group {
            let _ = writeln!(text, ".TP\n{}\n{}", names(flag), quoted(&flag.help));
        }
    }
    text
}

fn names(flag: &Flag) -> String {
    let letter = flag.letter.map_or(String::new(), |letter| format!("\\fB\\-{letter}\\fR, "));
    let value = match &flag.value {
        None => String::new(),
        Some(value) if value.is_optional => format!("[=\\fI{}\\fR]", value.name),
        Some(value) => format!(" \\fI{}\\fR", value.name),
    };
    format!("{letter}\\fB{}\\fR{value}", quoted(&format!("--{}", flag.name)))
}

/// Quotes a text for the man page. A hyphen in an option becomes a minus sign, so that users can copy the option from
/// the page. No line starts with a request of roff.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for word in text.split_inclusive(' ') {
        let is_option = word.trim_start_matches(['(', '[', '"', '\'']).starts_with('-');
        for character in word.chars() {
            match character {
                '\\' => quoted.push_str("\\e"),
                '\'' => quoted.push_str("\\(aq"),
                '"' => quoted.push_str("\\(dq"),
                '-' if is_option => quoted.push_str("\\-"),
                character => quoted.push(character),
            }
        }
    }
    if quoted.starts_with('.') { format!("\\&{quoted}") } else { quoted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::sample;

    #[test]
    fn options_are_grouped_named_and_quoted() {
        let text = section(&sample::flags());
        assert!(
            text.starts_with(".SS \"A \\(aqgroup\\(aq\"\n.TP\n\\fB\\-f\\fR, \\fB\\-\\-flag\\fR\n"),
            "{text}"
        );
        assert!(text.contains("\nIt\\(aqs [a: \\e b] \\-x .y\n"), "{text}");
        assert!(text.contains("\n\\fB\\-\\-long\\-flag\\fR\n"), "{text}");
        assert!(text.contains("\n\\fB\\-N\\fR, \\fB\\-\\-number\\fR \\fIN\\fR\n"), "{text}");
        assert!(text.contains("\n\\fB\\-\\-perhaps\\fR[=\\fILENGTH\\fR]\n"), "{text}");
        assert_eq!(text.matches(".SS ").count(), 2);
    }

    #[test]
    fn no_line_of_text_is_a_roff_request() {
        assert_eq!(quoted(".so x"), "\\&.so x");
        assert_eq!(quoted("'so x"), "\\(aqso x");
    }

    #[test]
    fn only_hyphens_of_options_become_minus_signs() {
        assert_eq!(quoted("SHA-256 (--keep-going, -5)"), "SHA-256 (\\-\\-keep\\-going, \\-5)");
    }

    #[test]
    fn the_template_has_one_place_for_the_options() {
        assert_eq!(TEMPLATE.lines().filter(|line| *line == "@OPTIONS@").count(), 1);
        assert!(!page(&sample::flags()).contains('@'));
    }
}
