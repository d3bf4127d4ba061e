//! The servers in htpasswd-servers(7), and the table of servers and schemes for the pictures.
//!
//! All facts are from [`Server::ALL`]. This file has only the words for them.

use std::fmt::Write;

use htpasswd::Params;
use htpasswd::servers::{Duplicates, EmptyField, FileRules, Impact, NameRule, Server, Trim};

use super::roff::{bold, marked, wrapped};

/// An entry for each server, in the language of man(7).
pub(super) fn section() -> String {
    let mut text = String::new();
    for server in Server::ALL {
        let _ = writeln!(text, ".SS {}", server.name);
        // Each fact is on a line of its own.
        let facts = sentences(server);
        let facts: Vec<_> = facts.iter().map(|sentence| wrapped(&marked(sentence))).collect();
        text.push_str(&facts.join(".br\n"));
        let Some(rules) = &server.file else { continue };
        for (impact, lead) in IMPACTS {
            let causes = causes(rules, impact);
            if !causes.is_empty() {
                let _ = write!(
                    text,
                    ".TP\n{}\n{}",
                    bold(lead),
                    wrapped(&marked(&format!("{}.", causes.join("; "))))
                );
            }
        }
    }
    text
}

/// The effects of unusual text, and the words for them in the man page.
const IMPACTS: [(Impact, &str); 4] = [
    (Impact::FileRejected, "The server rejects the whole file:"),
    (Impact::RestIgnored, "The users after the line cannot log in:"),
    (Impact::LineMerged, "The user of the next line cannot log in:"),
    (Impact::UserRejected, "The user of the line cannot log in:"),
];

/// The sentences about a server as a whole.
fn sentences(server: &Server) -> Vec<String> {
    let mut sentences = Vec::new();
    if !server.aliases.is_empty() {
        sentences.push(format!("Other names: {}.", server.aliases.join(", ")));
    }
    if !server.note.is_empty() {
        sentences.push(format!("Note: {}.", server.note));
    }
    let reads: Vec<_> = server.reads.iter().map(ToString::to_string).collect();
    sentences.push(format!("It reads {}.", reads.join(", ")));
    if reads.iter().any(|name| name == "bcrypt") && server.bcrypt.prefixes.len() < 4 {
        sentences.push(format!("The prefix of bcrypt must be one of {}.", server.bcrypt.prefixes.join(", ")));
    }
    if !server.also_reads.is_empty() {
        sentences.push(format!("It also reads hashes that begin with {}.", server.also_reads.join(", ")));
    }
    sentences.push(format!("`--for {}` chooses {}.", server.name, chosen(server)));
    let Some(rules) = &server.file else {
        sentences.push("It reads no password file, so htpasswd only prints records for it.".to_owned());
        return sentences;
    };
    sentences.push(duplicates(rules.duplicates).to_owned());
    sentences.extend(field(rules.empty_field).map(str::to_owned));
    sentences.extend(trimmed(rules.trims).map(str::to_owned));
    sentences.extend(names(rules.names).map(str::to_owned));
    if let Some(length) = rules.splits_lines {
        sentences.push(format!("It reads the text after {length} bytes of a line as another line."));
    }
    if !server.workers.is_empty() {
        sentences.push(format!("Packages run it as the user {}.", server.workers.join(", ")));
    }
    sentences
}

/// The scheme and cost that `--for` chooses.
fn chosen(server: &Server) -> String {
    match server.best() {
        Params::Bcrypt(cost) => format!("bcrypt of cost {}", cost.get()),
        Params::Sha512Crypt(_) | Params::Sha256Crypt(_) => format!("{}", server.best().scheme()),
        weak => format!("{}, which is weak", weak.scheme()),
    }
}

fn duplicates(rule: Duplicates) -> &'static str {
    match rule {
        Duplicates::First => "If a user has several records, it uses the first one.",
        Duplicates::Last => "If a user has several records, it uses the last one.",
        Duplicates::Any => "If a user has several records, it tries all of them.",
        Duplicates::Refused => "If a user has several records, it rejects the whole file.",
        _ => "",
    }
}

fn field(rule: EmptyField) -> Option<&'static str> {
    match rule {
        EmptyField::Skipped => Some("It skips an empty field after the user name."),
        EmptyField::BeforePlainText => {
            Some("It reads the text after an empty field as a password in plain text.")
        }
        _ => None,
    }
}

fn trimmed(rule: Trim) -> Option<&'static str> {
    match rule {
        Trim::Line => Some("It removes white space of Unicode before a user name."),
        Trim::Name => Some("It removes white space of Unicode at both ends of a user name."),
        Trim::CarriageReturn => Some("It reads a user name up to the first carriage return."),
        _ => None,
    }
}

fn names(rule: NameRule) -> Option<&'static str> {
    match rule {
        NameRule::Word => {
            Some("It ignores user names with other characters than letters, digits, @, ., _ and -.")
        }
        NameRule::Field => Some("It rejects user names with a tab, and those of more than 255 bytes."),
        NameRule::Folder => Some("It rejects user names that cannot be the name of a folder."),
        _ => None,
    }
}

/// The unusual text that has this effect.
fn causes(rules: &FileRules, impact: Impact) -> Vec<String> {
    let table = [
        (rules.no_users, "no record in the file"),
        (rules.no_user, "an empty user name"),
        (rules.empty_hash, "an empty hash"),
        (rules.empty_line, "an empty line"),
        (rules.blank_line, "a line of white space"),
        (rules.comment, "a comment"),
        (rules.indented_comment, "a comment after white space"),
        (rules.not_utf8, "a user name that is not UTF-8"),
        (rules.quotation_mark, "a quotation mark"),
        (rules.no_colon, "a line without a colon"),
        (rules.leading_space, "white space before the user name"),
        (rules.trailing_space, "white space after the hash"),
        (rules.space_before_hash, "white space before the hash"),
        (rules.byte_order_mark, "a byte order mark"),
        (rules.carriage_return, "a carriage return before the newline"),
        (rules.repeated_return, "two carriage returns before the newline"),
        (rules.more_fields, "a colon and text after the hash"),
        (rules.nul, "a NUL byte"),
        (rules.backslash, "a backslash at the end of the line"),
    ];
    let mut causes: Vec<_> =
        table.iter().filter(|(effect, _)| *effect == impact).map(|&(_, cause)| cause.to_owned()).collect();
    if let Some(length) = rules.longest_line.filter(|_| rules.long_line == impact) {
        causes.push(format!("a line of more than {length} bytes"));
    }
    causes
}

/// The servers and the schemes that they read, as JSON for `docs/pictures`.
pub(crate) fn json() -> String {
    let list = |words: &mut dyn Iterator<Item = String>| {
        words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
    };
    let rows = Server::ALL.iter().map(|server| {
        let reads = list(&mut server.reads.iter().map(ToString::to_string));
        let best = server.best().scheme();
        format!(
            "  {{\"name\": \"{}\", \"file\": {}, \"chosen\": \"{best}\", \"argon2_needs\": \"{}\", \"reads\": [{reads}]}}",
            server.name,
            server.file.is_some(),
            server.argon2_needs,
        )
    });
    format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_schemes_and_its_rules() {
        let text = section();
        assert_eq!(text.matches(".SS ").count(), Server::ALL.len());
        let entry =
            |name: &str| text.split(".SS ").find(|entry| entry.starts_with(&format!("{name}\n"))).unwrap();
        let registry = entry("registry");
        assert!(registry.contains("\nIt reads bcrypt.\n"), "{registry}");
        assert!(registry.contains("it uses the last one.\n"), "{registry}");
        assert!(registry.contains("a line of more than 65535 bytes.\n"), "{registry}");
        assert!(entry("haproxy").contains("It reads no password file"), "{text}");
    }

    #[test]
    fn every_effect_of_a_rule_is_in_the_page() {
        for rules in Server::ALL.iter().filter_map(|server| server.file.as_ref()) {
            // The Debug text has each field of the rules, also fields that a later version adds.
            let shown = format!("{rules:?}");
            for (impact, _) in IMPACTS {
                let fields = shown.matches(&format!(": {impact:?}")).count();
                assert_eq!(causes(rules, impact).len(), fields, "{impact:?}: {shown}");
            }
        }
    }
}
