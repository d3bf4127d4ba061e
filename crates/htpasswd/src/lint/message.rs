//! The sentence of each finding, which a reader of `--check` sees.
//!
//! `Display` of [`Finding`] writes one line: what is wrong, and what it means to the servers in question. A sentence
//! must never quote text of the file, because the text may be a password or a hash.

use std::fmt;

use super::finding::{Finding, FindingKind, readers};
use crate::hash::Scheme;
use crate::servers::{Duplicates, FileRules, Impact, Server};

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FindingKind::NotRead => {
                let (name, note) = self.server.map_or(("a server", ""), |server| (server.name, server.note));
                // The first part of the note says where the hashes of such a server are.
                let place = note.split(';').next().unwrap_or_default();
                write!(f, "{name} reads no password file; its {place}")
            }
            FindingKind::NoUsers => f.write_str("the file has no users"),
            FindingKind::NoColon => {
                f.write_str("the line has no colon; htpasswd does not change a file with such a line")
            }
            FindingKind::NoUser => {
                f.write_str("the user name is empty; some servers accept a login without a user name")
            }
            FindingKind::Duplicate { first, last } => {
                write!(f, "line {first} already has a record of this user")?;
                return self.which_counts(f, last);
            }
            FindingKind::EmptyHash => f.write_str("the hash is empty"),
            FindingKind::Locked => {
                f.write_str("the user is locked: no password matches a hash that starts with '*' or '!'")
            }
            FindingKind::UnknownHash => self.unknown(f),
            FindingKind::MalformedHash => f.write_str("the hash is malformed; no password matches it"),
            FindingKind::TakenForPassword => {
                let server = self.server.map_or("a server", |server| server.name);
                write!(f, "{server} does not know this kind of hash and uses its text as the password")
            }
            FindingKind::Foreign { beginning } => self.foreign(f, beginning),
            FindingKind::Unreadable(scheme) => self.unreadable(f, &scheme.to_string()),
            FindingKind::Weak(scheme) => {
                write!(f, "{scheme} is weak")?;
                match self.server {
                    Some(server) if server.reads == [scheme] => {
                        write!(f, ", but {server} reads nothing else")
                    }
                    _ => Ok(()),
                }
            }
            FindingKind::LowCost { cost } => {
                write!(f, "the cost is low ({cost}): the password is quick to guess from the hash")
            }
            FindingKind::HighCost { cost } => {
                write!(f, "the cost is high ({cost}): a few logins at once stall a server")
            }
            FindingKind::ByteOrderMark { hides_user: true } => {
                f.write_str("the file starts with a byte order mark, which becomes part of the user name")
            }
            FindingKind::ByteOrderMark { hides_user: false } => f.write_str(
                "the file starts with a byte order mark, so its first line is neither a comment nor a record",
            ),
            FindingKind::CarriageReturns { lines: 1 } => f.write_str("one line ends in CRLF"),
            FindingKind::CarriageReturns { lines } => write!(f, "{lines} lines end in CRLF"),
            FindingKind::StrayCarriageReturn => {
                f.write_str("the line contains a carriage return; no server reads the text after it")
            }
            FindingKind::NoFinalLineFeed => {
                f.write_str("the last line has no newline; some tools append the next record to this line")
            }
            FindingKind::LeadingSpace => f.write_str("there is white space before the user name"),
            FindingKind::SpaceAfterName => {
                f.write_str("there is white space between the user name and the colon")?;
                return self.trimmed(f);
            }
            FindingKind::TrimmedName => {
                f.write_str("the user name starts or ends with white space")?;
                return self.trimmed(f);
            }
            FindingKind::InvisibleCharacter => f.write_str("the user name contains an invisible character"),
            FindingKind::SpaceBeforeHash => f.write_str("there is white space before the hash"),
            FindingKind::TrailingSpace => f.write_str("there is white space after the hash"),
            FindingKind::MoreFields => f.write_str("there are further fields after the hash"),
            FindingKind::Nul => f.write_str("the line contains a NUL byte"),
            FindingKind::Backslash { hides_user: true } => f.write_str("the line ends in a backslash"),
            FindingKind::Backslash { hides_user: false } => {
                let names = self.names(|rules| rules.backslash != Impact::None);
                let ignore = if names.len() == 1 { "ignores" } else { "ignore" };
                write!(f, "the line ends in a backslash; {} {ignore} a record on the next line", list(&names))
            }
            FindingKind::LongLine { bytes } => {
                write!(f, "the line is {bytes} bytes long")?;
                if self.server.is_none() {
                    f.write_str("; Apache's htpasswd does not change a file with such a line")
                } else {
                    Ok(())
                }
            }
        }?;
        self.consequences(f)
    }
}

impl Finding<'_> {
    /// Appends the effect on each server in question, the most harmful effect first.
    fn consequences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for impact in [Impact::FileRejected, Impact::RestIgnored, Impact::LineMerged, Impact::UserRejected] {
            let names = self.names(|rules| self.kind.impact(rules) == Some(impact));
            if !names.is_empty() {
                write!(f, "; {} {}", list(&names), effect(impact, names.len()))?;
            }
        }
        Ok(())
    }

    /// Returns the names of the servers in question whose rules match.
    fn names(&self, matches: impl Fn(&FileRules) -> bool) -> Vec<&'static str> {
        let asked = |server: &Server| self.server.is_none_or(|asked| asked == server);
        readers().filter(|(server, rules)| asked(server) && matches(rules)).map(|(s, _)| s.name).collect()
    }

    /// Appends a text that says which of the user's records each server uses; `last` is the line of the user's last
    /// record.
    fn which_counts(&self, f: &mut fmt::Formatter<'_>, last: usize) -> fmt::Result {
        for rule in [Duplicates::First, Duplicates::Last, Duplicates::Refused] {
            let names = self.names(|rules| rules.duplicates == rule);
            if names.is_empty() {
                continue;
            }
            let uses = if names.len() == 1 { "uses" } else { "use" };
            let rejects = effect(Impact::FileRejected, names.len());
            let names = list(&names);
            match rule {
                Duplicates::First => write!(f, "; {names} {uses} that record")?,
                Duplicates::Last if last == self.line => write!(f, "; {names} {uses} this record")?,
                Duplicates::Last => write!(f, "; {names} {uses} the record in line {last}")?,
                Duplicates::Refused => write!(f, "; {names} {rejects}")?,
            }
        }
        Ok(())
    }

    /// Appends a text that says which servers remove the white space at the ends of the user name.
    fn trimmed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.unwrap_or_default();
        let names = self.names(|rules| rules.trims.name(user) != user);
        if names.is_empty() {
            return f.write_str("; it is part of the name");
        }
        if self.server.is_none() {
            f.write_str("; it is part of the name, but")?;
        } else {
            f.write_str(";")?;
        }
        let remove = if names.len() == 1 { "removes it and reads" } else { "remove it and read" };
        write!(f, " {} {remove} another user's name", list(&names))
    }

    fn unreadable(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let Some(server) = self.server else { return write!(f, "{what} is not read") };
        let reads: Vec<_> = server.reads.iter().map(ToString::to_string).collect();
        let reads: Vec<_> = reads.iter().map(String::as_str).collect();
        write!(f, "{server} does not read {what}; it reads {}", list(&reads))?;
        if server.unreadable == Impact::FileRejected {
            f.write_str(" and rejects the whole file")
        } else {
            Ok(())
        }
    }

    fn unknown(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash has an unknown scheme")?;
        if self.server.is_some() {
            f.write_str(": ")?;
            return self.unreadable(f, "it");
        }
        let plain = Server::ALL.iter().filter(|server| server.can_read(Scheme::Plain));
        let names: Vec<_> = plain.map(|server| server.name).collect();
        write!(
            f,
            "; if it is plain text, {} {} it",
            list(&names),
            if names.len() == 1 { "reads" } else { "read" }
        )
    }

    fn foreign(&self, f: &mut fmt::Formatter<'_>, beginning: &str) -> fmt::Result {
        write!(f, "htpasswd cannot check hashes that start with {beginning}")?;
        let servers = Server::ALL.iter().filter(|server| server.also_reads.contains(&beginning));
        let servers = servers.filter(|server| self.server.is_none_or(|asked| asked == *server));
        let names: Vec<_> = servers.map(|server| server.name).collect();
        write!(f, "; {} may read them", list(&names))
    }
}

/// The verb phrase for what one server or several servers do.
fn effect(impact: Impact, servers: usize) -> &'static str {
    match (impact, servers) {
        (Impact::None, 1) => "is not affected",
        (Impact::None, _) => "are not affected",
        (Impact::UserRejected, 1) => "rejects the user",
        (Impact::UserRejected, _) => "reject the user",
        (Impact::LineMerged, 1) => "joins the next line to it",
        (Impact::LineMerged, _) => "join the next line to it",
        (Impact::RestIgnored, 1) => "ignores all users after it",
        (Impact::RestIgnored, _) => "ignore all users after it",
        (Impact::FileRejected, 1) => "rejects the whole file",
        (Impact::FileRejected, _) => "reject the whole file",
    }
}

/// Joins words as in `a`, `a and b` and `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}
