//! Generates the man pages from their templates in `docs/man`, which are written by hand.
//!
//! htpasswd(1) gets the options: the help of each option from the table of options, and a text from
//! `docs/man/options.txt`. htpasswd-servers(7) and htpasswd-formats(7) get the tables of the library. The generators
//! must never repeat a fact of a table as text.

mod formats;
mod roff;
mod servers;
mod texts;

use std::fmt::Write;

use self::roff::{marked, quoted, wrapped};
pub(crate) use self::servers::json;
use crate::flag::Flag;

const TEMPLATE: &str = include_str!("../../../docs/man/htpasswd.1.in");
const TEXTS: &str = include_str!("../../../docs/man/options.txt");

/// htpasswd(1).
pub(crate) fn page(flags: &[Flag]) -> String {
    filled(TEMPLATE, "@OPTIONS@", &section(flags, TEXTS))
}

/// htpasswd-servers(7).
pub(crate) fn servers_page() -> String {
    let page =
        filled(include_str!("../../../docs/man/htpasswd-servers.7.in"), "@SERVERS@", &servers::section());
    page.replace("@COUNT@", &htpasswd::servers::Server::ALL.len().to_string())
}

/// htpasswd-formats(7).
pub(crate) fn formats_page() -> String {
    filled(include_str!("../../../docs/man/htpasswd-formats.7.in"), "@SCHEMES@", &formats::section())
}

/// The page of a template, with the text in place of the mark.
fn filled(template: &str, mark: &str, text: &str) -> String {
    // Comments for authors of the template are not part of the man page.
    let lines = template.lines().filter(|line| !line.starts_with(".\\\"#"));
    lines.fold(String::new(), |page, line| match line {
        line if line == mark => page + text,
        line => page + &line.replace("@VERSION@", env!("CARGO_PKG_VERSION")) + "\n",
    })
}

/// The section about the options, in the language of man(7).
fn section(flags: &[Flag], texts: &str) -> String {
    let texts = texts::of_options(texts);
    let mut text = String::new();
    for group in flags.chunk_by(|one, next| one.heading == next.heading) {
        let _ = writeln!(text, ".SS \"{}\"", quoted(&group[0].heading));
        for flag in group {
            let _ = write!(text, ".TP\n{}\n{}", names(flag), wrapped(&format!("{}.", marked(&flag.help))));
            let lines = texts.iter().filter(|text| text.name == flag.name).flat_map(|text| &text.lines);
            text.extend(lines.map(|line| sentence(line)));
        }
    }
    text
}

/// A sentence, or an example on a line of its own.
fn sentence(line: &str) -> String {
    match line.strip_prefix("Example: ").map(|example| example.trim_matches('`')) {
        Some(example) => format!(".br\nExample:\n{}\n", roff::bold(example)),
        None => wrapped(&marked(line)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::sample;

    #[test]
    fn options_are_grouped_named_and_quoted() {
        let text = section(&sample::flags(), "--flag\nIt needs FILE and `a-b -c`.\nExample: `x -y`\n");
        assert!(
            text.starts_with(".SS \"A \\(aqgroup\\(aq\"\n.TP\n\\fB\\-f\\fR, \\fB\\-\\-flag\\fR\n"),
            "{text}"
        );
        assert!(text.contains("\nIt\\(aqs [a: \\e b] \\-x .y.\nIt needs \\fIFILE\\fR and \\fBa\\-b \\-c\\fR.\n.br\nExample:\n\\fBx \\-y\\fR\n"), "{text}");
        assert!(text.contains("\n\\fB\\-\\-long\\-flag\\fR\n"), "{text}");
        assert!(text.contains("\n\\fB\\-N\\fR, \\fB\\-\\-number\\fR \\fIN\\fR\n"), "{text}");
        assert!(text.contains("\n\\fB\\-\\-perhaps\\fR[=\\fILENGTH\\fR]\n"), "{text}");
        assert_eq!(text.matches(".SS ").count(), 2);
    }

    #[test]
    fn each_option_has_its_text_in_the_order_of_the_table() {
        let flags = crate::flag::read(&crate::options::command());
        let texts = texts::of_options(TEXTS);
        let names: Vec<_> = texts.iter().map(|text| text.name).collect();
        assert_eq!(names, flags.iter().map(|flag| flag.name.as_str()).collect::<Vec<_>>());
        for text in &texts {
            // With the help, these are two to four sentences, and an example.
            assert!((1..=4).contains(&text.lines.len()), "{text:?}");
            for line in &text.lines {
                assert!(line.ends_with(['.', ')', '`']) && line.matches('`').count() % 2 == 0, "{text:?}");
            }
        }
    }

    #[test]
    fn each_template_has_one_place_for_its_table() {
        assert_eq!(TEMPLATE.lines().filter(|line| *line == "@OPTIONS@").count(), 1);
        let pages = [page(&sample::flags()), servers_page(), formats_page()];
        for page in &pages {
            let marks = ["@OPTIONS@", "@SERVERS@", "@SCHEMES@", "@VERSION@", "@COUNT@"];
            assert!(marks.iter().all(|mark| !page.contains(mark)), "{page}");
        }
    }
}
