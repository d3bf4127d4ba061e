//! Findings in words.

use std::fmt;

use super::finding::{Finding, FindingKind, readers};
use crate::hash::Scheme;
use crate::servers::{Duplicates, FileRules, Impact, Server};

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FindingKind::NoUsers => f.write_str("there are no users in the file"),
            FindingKind::NoColon => f.write_str("the line has no colon; htpasswd changes no such file"),
            FindingKind::NoUser => f.write_str("there is no user name; some servers let in who gives none"),
            FindingKind::Duplicate { first, last } => {
                write!(f, "the user stands in line {first} already")?;
                return self.which_counts(f, last);
            }
            FindingKind::EmptyHash => f.write_str("the hash is empty"),
            FindingKind::Locked => {
                f.write_str("the user is locked: no password fits a hash that starts with '*' or '!'")
            }
            FindingKind::UnknownHash => self.unknown(f),
            FindingKind::MalformedHash => f.write_str("the hash is malformed; no password fits it"),
            FindingKind::TakenForPassword => {
                let server = self.server.map_or("a server", |server| server.name);
                write!(f, "{server} knows no such hash, and takes what stands there for the password itself")
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
            FindingKind::LowCost { cost } => write!(f, "the cost is low: {cost}"),
            FindingKind::HighCost { cost } => {
                write!(f, "the cost is so high that a few logins stall a server: {cost}")
            }
            FindingKind::ByteOrderMark { hides_user: true } => {
                f.write_str("a byte order mark is taken for a part of the user name")
            }
            FindingKind::ByteOrderMark { hides_user: false } => {
                f.write_str("a byte order mark makes the line one that is no comment")
            }
            FindingKind::CarriageReturns { lines: 1 } => f.write_str("one line ends in CRLF"),
            FindingKind::CarriageReturns { lines } => write!(f, "{lines} lines end in CRLF"),
            FindingKind::StrayCarriageReturn => {
                f.write_str("no server reads what stands behind the carriage return within the line")
            }
            FindingKind::NoFinalLineFeed => {
                f.write_str("the last line has no line feed; some tools glue the next user to it")
            }
            FindingKind::LeadingSpace => f.write_str("there is white space before the user name"),
            FindingKind::SpaceAfterName => {
                f.write_str("there is white space between user name and colon")?;
                return self.trimmed(f);
            }
            FindingKind::TrimmedName => {
                f.write_str("there is white space at an end of the user name")?;
                return self.trimmed(f);
            }
            FindingKind::InvisibleCharacter => {
                f.write_str("there is an invisible character in the user name")
            }
            FindingKind::SpaceBeforeHash => f.write_str("there is white space before the hash"),
            FindingKind::TrailingSpace => f.write_str("there is white space behind the hash"),
            FindingKind::MoreFields => f.write_str("there are further fields behind the hash"),
            FindingKind::Nul => f.write_str("there is a NUL byte in the line"),
            FindingKind::Backslash { hides_user: true } => f.write_str("the line ends in a backslash"),
            FindingKind::Backslash { hides_user: false } => {
                let names = self.names(|rules| rules.backslash != Impact::None);
                write!(
                    f,
                    "the line ends in a backslash; a record behind it would be lost to {}",
                    list(&names)
                )
            }
            FindingKind::LongLine { bytes } => {
                write!(f, "the line is {bytes} bytes long")?;
                if self.server.is_none() {
                    f.write_str("; Apache's htpasswd changes no such file")
                } else {
                    Ok(())
                }
            }
        }?;
        self.consequences(f)
    }
}

impl Finding<'_> {
    /// What servers do with it, the worst first.
    fn consequences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for impact in [Impact::FileRejected, Impact::RestIgnored, Impact::LineMerged, Impact::UserRejected] {
            let names = self.names(|rules| self.kind.impact(rules) == Some(impact));
            if !names.is_empty() {
                write!(f, "; {} {}", list(&names), what_they_do(impact, names.len()))?;
            }
        }
        Ok(())
    }

    /// Of the servers in question, those with such rules.
    fn names(&self, matches: impl Fn(&FileRules) -> bool) -> Vec<&'static str> {
        let asked = |server: &Server| self.server.is_none_or(|asked| asked == server);
        readers().filter(|(server, rules)| asked(server) && matches(rules)).map(|(s, _)| s.name).collect()
    }

    /// Which record of the user servers take; `last` is the line of the last one.
    fn which_counts(&self, f: &mut fmt::Formatter<'_>, last: usize) -> fmt::Result {
        for rule in [Duplicates::First, Duplicates::Last, Duplicates::Refused] {
            let names = self.names(|rules| rules.duplicates == rule);
            if names.is_empty() {
                continue;
            }
            let takes = if names.len() == 1 { "takes" } else { "take" };
            let refuses = what_they_do(Impact::FileRejected, names.len());
            let names = list(&names);
            match rule {
                Duplicates::First => write!(f, "; {names} {takes} that record")?,
                Duplicates::Last if last == self.line => write!(f, "; {names} {takes} this one")?,
                Duplicates::Last => write!(f, "; {names} {takes} the one in line {last}")?,
                Duplicates::Refused => write!(f, "; {names} {refuses}")?,
            }
        }
        Ok(())
    }

    /// What becomes of white space at the ends of a name.
    fn trimmed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.unwrap_or_default();
        let names = self.names(|rules| rules.trims.name(user) != user);
        if names.is_empty() {
            return f.write_str("; it is a part of the name");
        }
        if self.server.is_none() {
            f.write_str("; it is a part of the name, but")?;
        } else {
            f.write_str(";")?;
        }
        let do_what = if names.len() == 1 { "takes it off and reads" } else { "take it off and read" };
        write!(f, " {} {do_what} another user's name", list(&names))
    }

    fn unreadable(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let Some(server) = self.server else { return write!(f, "{what} is not read") };
        let reads: Vec<_> = server.reads.iter().map(ToString::to_string).collect();
        let reads: Vec<_> = reads.iter().map(String::as_str).collect();
        write!(f, "{server} does not read {what}; it reads {}", list(&reads))?;
        if server.unreadable == Impact::FileRejected {
            f.write_str(" and refuses the whole file")
        } else {
            Ok(())
        }
    }

    fn unknown(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash is of no known scheme")?;
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
        write!(f, "hashes that start with {beginning} cannot be checked here")?;
        let servers = Server::ALL.iter().filter(|server| server.also_reads.contains(&beginning));
        let servers = servers.filter(|server| self.server.is_none_or(|asked| asked == *server));
        let names: Vec<_> = servers.map(|server| server.name).collect();
        write!(f, "; {} may read them", list(&names))
    }
}

fn what_they_do(impact: Impact, servers: usize) -> &'static str {
    match (impact, servers) {
        (Impact::None, 1) => "does not mind",
        (Impact::None, _) => "do not mind",
        (Impact::UserRejected, 1) => "does not let the user in",
        (Impact::UserRejected, _) => "do not let the user in",
        (Impact::LineMerged, 1) => "takes the next line for a part of it",
        (Impact::LineMerged, _) => "take the next line for a part of it",
        (Impact::RestIgnored, 1) => "reads no user behind it",
        (Impact::RestIgnored, _) => "read no user behind it",
        (Impact::FileRejected, 1) => "refuses the whole file",
        (Impact::FileRejected, _) => "refuse the whole file",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}
