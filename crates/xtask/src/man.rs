//! The man page: `docs/man/htpasswd.1.in`, which is written by hand, with the options put into it.

use std::fmt::Write;

use crate::flag::Flag;

const TEMPLATE: &str = include_str!("../../../docs/man/htpasswd.1.in");

pub(crate) fn page(flags: &[Flag]) -> String {
    // The template explains itself in comments, which are not for the page.
    let lines = TEMPLATE.lines().filter(|line| !line.starts_with(".\\\"#"));
    lines.fold(String::new(), |page, line| match line {
        "@OPTIONS@" => page + &section(flags),
        line => page + &line.replace("@VERSION@", env!("CARGO_PKG_VERSION")) + "\n",
    })
}

/// See man(7).
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

/// In an option, a hyphen is a minus sign, so that it can be copied from the page; in other words it is none. No line
/// starts with what would be a request.
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
    fn a_line_of_text_is_never_a_request() {
        assert_eq!(quoted(".so x"), "\\&.so x");
        assert_eq!(quoted("'so x"), "\\(aqso x");
    }

    #[test]
    fn the_hyphens_of_options_alone_are_minus_signs() {
        assert_eq!(quoted("SHA-256 (--keep-going, -5)"), "SHA-256 (\\-\\-keep\\-going, \\-5)");
    }

    #[test]
    fn the_template_has_one_place_for_the_options() {
        assert_eq!(TEMPLATE.lines().filter(|line| *line == "@OPTIONS@").count(), 1);
        assert!(!page(&sample::flags()).contains('@'));
    }
}
