//! The sentence of each finding, which a reader of `--check` sees.
//!
//! `Display` of [`Finding`] writes one line: what is wrong, and what it means to the servers in question. A sentence
//! must never quote text of the file, because the text may be a password or a hash.

use std::fmt;

use super::finding::{Finding, FindingKind, Severity, readers};
use crate::hash::Scheme;
use crate::servers::{Duplicates, EmptyField, FileRules, Impact, NameRule, Server};

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sentence) = self.fixed_sentence() {
            f.write_str(sentence)?;
            return self.consequences(f);
        }
        match self.kind {
            FindingKind::NotRead => {
                let (name, note) = self.server.map_or(("a server", ""), |server| (server.name, server.note));
                // The first part of the note says where the hashes of such a server are.
                let place = note.split(';').next().unwrap_or_default();
                write!(f, "{name} reads no password file; its {place}")
            }
            FindingKind::Utf16 => {
                f.write_str("the file is UTF-16, as Windows PowerShell writes it; no server reads it")
            }
            FindingKind::NoUsers => {
                f.write_str("the file has no users")?;
                return self.rejection(f);
            }
            FindingKind::NoUser => {
                f.write_str("the user name is empty; some servers accept a login without a user name")?;
                return self.rejection(f);
            }
            FindingKind::Duplicate { first, last } => {
                write!(f, "line {first} already has a record of this user")?;
                return self.which_counts(f, last);
            }
            FindingKind::CarriageReturns { lines } => write!(f, "{lines} lines end in CRLF"),
            FindingKind::SpaceAfterName => {
                f.write_str("there is white space between the user name and the colon")?;
                return self.trimmed(f);
            }
            FindingKind::TrimmedName => {
                f.write_str("the user name starts or ends with white space")?;
                return self.trimmed(f);
            }
            FindingKind::NameNotAccepted => self.name_rule(f),
            FindingKind::SplitLine { after } => {
                let servers = readers().filter(|(_, rules)| rules.splits_lines == Some(after));
                let names: Vec<_> = servers.map(|(server, _)| server.name).collect();
                let reads = if names.len() == 1 { "reads" } else { "read" };
                write!(
                    f,
                    "the line is longer than {after} bytes; {} {reads} the rest as another record",
                    list(&names)
                )
            }
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
            _ => return self.judgement(f),
        }?;
        self.consequences(f)
    }
}

impl Finding<'_> {
    /// Writes the sentence of a kind that is about the hash.
    fn judgement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FindingKind::EmptyHash => {
                f.write_str("the hash is empty")?;
                match self.server {
                    Some(server) if self.severity == Severity::Warning => {
                        write!(f, "; {server} ignores the record")
                    }
                    _ => self.rejection(f),
                }
            }
            FindingKind::EmptyField => {
                f.write_str("there is an empty field before the hash")?;
                self.server.map_or(Ok(()), |server| match server.file.as_ref().map(|r| r.empty_field) {
                    Some(EmptyField::BeforePlainText) => {
                        write!(f, "; {server} reads the text after it as the password in plain text")
                    }
                    _ => write!(f, "; {server} skips it, and most servers reject the user"),
                })
            }
            FindingKind::UnknownHash => self.unknown(f),
            FindingKind::MalformedHash => {
                f.write_str("the hash is malformed; no password matches it")?;
                match self.server {
                    Some(server) if server.unreadable == Impact::FileRejected => {
                        write!(f, "; {server} rejects the whole file")
                    }
                    _ => Ok(()),
                }
            }
            FindingKind::UnreadablePrefix(prefix) => self.unreadable_prefix(f, prefix),
            FindingKind::HexMd5 => self.hex_md5(f),
            FindingKind::TextAfterHash => {
                let server = self.server.map_or("the server", |server| server.name);
                write!(
                    f,
                    "there is text after the bcrypt hash; {server} ignores it, and other servers reject the user"
                )
            }
            FindingKind::TakenForPassword => {
                let server = self.server.map_or("a server", |server| server.name);
                write!(f, "{server} does not know this kind of hash and uses its text as the password")
            }
            FindingKind::Foreign { beginning } => self.foreign(f, beginning),
            FindingKind::NotVerified(scheme) => {
                write!(f, "the hash is {scheme}, which htpasswd does not verify; ")?;
                self.readers_of(f, |server| server.can_read(Scheme::Foreign(scheme)))
            }
            FindingKind::RarelyRead(scheme) => {
                write!(f, "the hash is {scheme}; only ")?;
                self.readers_of(f, |server| server.can_read(scheme))
            }
            FindingKind::Unreadable(scheme) => self.unreadable(f, scheme),
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
            _ => Ok(()),
        }
    }

    /// The sentence of a kind that has the same sentence for all servers and lines.
    fn fixed_sentence(&self) -> Option<&'static str> {
        Some(match self.kind {
            FindingKind::ByteOrderMark { hides_user: false } => {
                "the file starts with a byte order mark, so its first line is neither a comment nor a record"
            }
            FindingKind::InnerByteOrderMark => {
                "a byte order mark is before the user name, as when two files are joined, and becomes part of the name"
            }
            FindingKind::CarriageReturns { lines: 1 } => "one line ends in CRLF",
            FindingKind::LeadingSpace => "there is white space before the user name",
            FindingKind::InvisibleCharacter => "the user name contains an invisible character",
            FindingKind::SpaceBeforeHash => "there is white space before the hash",
            FindingKind::TrailingSpace => "there is white space after the hash",
            FindingKind::MoreFields => "there are further fields after the hash",
            FindingKind::Nul => "the line contains a NUL byte",
            FindingKind::EmptyLine => "the line is empty",
            FindingKind::BlankLine => "the line has only white space",
            FindingKind::Comment => "the line is a comment",
            FindingKind::IndentedComment => "there is white space before the comment",
            FindingKind::NotUtf8 if self.user.is_some() => "the user name is not UTF-8",
            FindingKind::NotUtf8 => "the line is not UTF-8",
            FindingKind::QuotationMark => "the record contains a quotation mark",
            FindingKind::Backslash { hides_user: true } => "the line ends in a backslash",
            FindingKind::HashWithoutName => "the line is a hash without a user name; write USER: before it",
            FindingKind::Base64 => {
                "the line is a password file in Base64; decode it (base64 -d), and encode a Secret only once"
            }
            FindingKind::DoubledDollar => {
                "each $ of the hash is doubled, as in a Compose file; in a password file, write each $ once"
            }
            FindingKind::LostDollar => {
                "a shell or Compose has replaced the parts of the hash that start with $; write the hash in single \
                 quotation marks in a shell, and each $ twice in a Compose file"
            }
            FindingKind::Quoted => {
                "quotation marks enclose the record or the hash; servers read them as a part of it, so remove them"
            }
            FindingKind::PrefixedName => {
                "the user name starts with '- ' or 'NAME='; servers read that as a part of the name, so remove it"
            }
            FindingKind::TwoRecords => {
                "there are two records on the line; begin a new line before the second one"
            }
            FindingKind::HtdigestRecord => {
                "the record is one of htdigest, for HTTP digest authentication; set the password with htpasswd"
            }
            FindingKind::NoColon => "the line has no colon; htpasswd does not change a file with such a line",
            FindingKind::Locked => {
                "the user is locked: no password matches a hash that starts with '*' or '!'"
            }
            FindingKind::ByteOrderMark { hides_user: true } => {
                "the file starts with a byte order mark, which becomes part of the user name"
            }
            FindingKind::StrayCarriageReturn => {
                "the line contains a carriage return; no server reads the text after it"
            }
            FindingKind::NoFinalLineFeed => {
                "the last line has no newline; some tools append the next record to this line"
            }
            FindingKind::NulInName => "the user name contains a NUL byte, so this user cannot log in",
            _ => return None,
        })
    }

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
        let all = Server::ALL.iter().filter(|server| server.is_common || self.server.is_some());
        let with_rules = all.filter_map(|server| Some((server, server.file.as_ref()?)));
        with_rules.filter(|(server, rules)| asked(server) && matches(rules)).map(|(s, _)| s.name).collect()
    }

    /// Appends a text that says which of the user's records each server uses; `last` is the line of the user's last
    /// record.
    fn which_counts(&self, f: &mut fmt::Formatter<'_>, last: usize) -> fmt::Result {
        for rule in [Duplicates::First, Duplicates::Last, Duplicates::Any, Duplicates::Refused] {
            let names = self.names(|rules| rules.duplicates == rule);
            if names.is_empty() {
                continue;
            }
            let uses = if names.len() == 1 { "uses" } else { "use" };
            let rejects = effect(Impact::FileRejected, names.len());
            let tries = if names.len() == 1 { "tries" } else { "try" };
            let names = list(&names);
            match rule {
                Duplicates::First => write!(f, "; {names} {uses} that record")?,
                Duplicates::Last if last == self.line => write!(f, "; {names} {uses} this record")?,
                Duplicates::Last => write!(f, "; {names} {uses} the record in line {last}")?,
                Duplicates::Any => write!(f, "; {names} {tries} all of them")?,
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

    /// Writes which of the servers in question read the hash.
    fn readers_of(&self, f: &mut fmt::Formatter<'_>, reads: impl Fn(&Server) -> bool) -> fmt::Result {
        let asked = |server: &Server| self.server.is_none_or(|asked| asked == server);
        let servers = Server::ALL.iter().filter(|server| asked(server) && reads(server));
        // This function is called for argon2 only, because no server reads another foreign scheme.
        let names: Vec<_> = servers.map(|server| format!("{server} ({})", server.argon2_needs)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        write!(f, "{} {} it", list(&names), if names.len() == 1 { "reads" } else { "read" })
    }

    fn unreadable(&self, f: &mut fmt::Formatter<'_>, scheme: Scheme) -> fmt::Result {
        if self.server.is_none() {
            return write!(
                f,
                "the hash is {scheme}, which htpasswd does not verify and no known server reads"
            );
        }
        self.does_not_read(f, &scheme.to_string())
    }

    fn does_not_read(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
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
            return self.does_not_read(f, "it");
        }
        let common = Server::ALL.iter().filter(|server| server.is_common);
        let plain = common.filter(|server| server.can_read(Scheme::Plain));
        let names: Vec<_> = plain.map(|server| server.name).collect();
        write!(
            f,
            "; if it is plain text, {} {} it",
            list(&names),
            if names.len() == 1 { "reads" } else { "read" }
        )
    }

    /// Appends the name of the server if it rejects the whole file. Without a server, appends nothing.
    fn rejection(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.server.filter(|server| self.impact_for(server) == Some(Impact::FileRejected)) {
            Some(server) => write!(f, "; {server} rejects the whole file"),
            None => Ok(()),
        }
    }

    fn impact_for(&self, server: &Server) -> Option<Impact> {
        self.kind.impact(server.file.as_ref()?)
    }

    fn name_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server.map_or("the server", |server| server.name);
        let rule = self.server.and_then(|server| server.file.as_ref()).map(|rules| rules.names);
        let names = match rule {
            Some(NameRule::Field) => "with a tab or more than 255 bytes",
            Some(NameRule::Folder) => {
                "with more than 255 bytes, control or format characters, any of / ' \" * ? , or a misplaced @ . ~"
            }
            _ => "with characters other than letters, digits, '@', '.', '_' and '-'",
        };
        write!(f, "{server} rejects user names {names}")
    }

    fn unreadable_prefix(&self, f: &mut fmt::Formatter<'_>, prefix: &str) -> fmt::Result {
        let (name, read) = self.server.map_or(("the server", &[][..]), |s| (s.name, s.bcrypt.prefixes));
        write!(f, "{name} does not read bcrypt hashes that start with {prefix}; it reads {}", list(read))
    }

    fn hex_md5(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash is MD5 without salt, as md5sum prints it; ")?;
        if self.severity == Severity::Warning {
            return f.write_str("it is quick to guess");
        }
        let servers = Server::ALL.iter().filter(|server| server.reads_hex_md5);
        let names: Vec<_> = servers.map(|server| server.name).collect();
        write!(f, "only {} {} it", list(&names), if names.len() == 1 { "reads" } else { "read" })
    }

    fn foreign(&self, f: &mut fmt::Formatter<'_>, beginning: &str) -> fmt::Result {
        write!(f, "htpasswd cannot check hashes that start with {beginning}")?;
        let servers = Server::ALL.iter().filter(|server| server.also_reads.contains(&beginning));
        let servers = servers.filter(|server| self.server.is_none_or(|asked| asked == *server));
        let servers: Vec<_> = servers.collect();
        // Without a server, only the common servers are named, if there are any.
        let has_common = self.server.is_none() && servers.iter().any(|server| server.is_common);
        let named = servers.iter().filter(|server| server.is_common || !has_common);
        let names: Vec<_> = named.map(|server| server.name).collect();
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
