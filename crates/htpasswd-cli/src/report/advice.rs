//! Advice about the worst finding of a check: the next step for the administrator.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use htpasswd::lint::{Finding, FindingKind, Severity};
use htpasswd::servers::{Server, ServerSet};

use super::check::{CheckReport, FileFinding};
use crate::escape::{ShellWord, ShownUser};
use crate::export::InsteadOfFile;
use crate::os;

/// The next step, and the command for it if there is one.
#[derive(Debug)]
pub(super) struct Advice<'r, 'a> {
    report: &'r CheckReport<'a>,
    step: Step,
}

#[derive(Debug)]
enum Step {
    PrintRecord(&'static Server),
    CreateFile,
    ConvertByHand,
    CorrectLine(usize),
    SetPassword,
    DeleteUser,
    Repair,
    /// Give the file to this group, and take it from other users.
    ChangeGroup(String),
    OpenDirectory(PathBuf, String),
    RemoveLeftovers,
}

/// The next step for the worst finding; `None` if there is nothing to do.
pub(super) fn next<'r, 'a>(report: &'r CheckReport<'a>) -> Option<Advice<'r, 'a>> {
    let file_has = |matches: fn(&FileFinding) -> bool| report.file_findings.iter().any(matches);
    let lines_have = |matches: fn(&Finding<'_>) -> bool| report.line_findings.iter().any(matches);
    let no_colon = report.line_findings.iter().find(|finding| is_corrected_by_hand(finding));
    let is_stream = report.is_stream;
    // If the server reads only one scheme, a weak scheme is unavoidable.
    let is_avoidable = |finding: &Finding<'_>| match finding.kind {
        FindingKind::Weak(scheme) => {
            report.servers.as_ref().is_none_or(|s| s.best().is_none_or(|best| best.scheme() != scheme))
        }
        FindingKind::LowCost { .. } => true,
        _ => false,
    };
    let servers = report.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
    let not_readable = report.file_findings.iter().find_map(|finding| match finding {
        FileFinding::NotReadableBy { reader, directory, .. } => {
            Some((reader.group.clone(), directory.clone()))
        }
        _ => None,
    });
    let is_utf16 = lines_have(|finding| finding.kind == FindingKind::Utf16);
    let step = if lines_have(|finding| finding.kind == FindingKind::NotRead)
        && let Some(server) = servers.iter().find(|server| server.file.is_none())
    {
        Step::PrintRecord(server)
    } else if is_utf16 && (report.repairs.is_some() || is_stream) {
        Step::ConvertByHand
    } else if report.file_findings.contains(&FileFinding::Missing) {
        Step::CreateFile
    } else if let Some((group, directory)) = not_readable {
        match directory {
            Some(directory) => Step::OpenDirectory(directory, group),
            None => Step::ChangeGroup(group),
        }
    } else if let Some(finding) = no_colon {
        Step::CorrectLine(finding.line)
    } else if lines_have(rejects_every_password) {
        Step::SetPassword
    } else if lines_have(is_another_name) {
        Step::DeleteUser
    } else if report.repairs.is_none() && !is_stream && lines_have(is_repairable) {
        Step::Repair
    } else if report.line_findings.iter().any(is_avoidable) {
        Step::SetPassword
    } else if file_has(|file| matches!(file, FileFinding::ReadableByOthers | FileFinding::WritableByOthers)) {
        // The user of the server may differ from the owner, so `chmod o-rwx` alone would lock the server out.
        Step::ChangeGroup(report.group.clone().unwrap_or_else(|| "GROUP".to_owned()))
    } else if file_has(|file| matches!(file, FileFinding::Leftover(_))) {
        Step::RemoveLeftovers
    } else {
        return None;
    };
    Some(Advice { report, step })
}

impl Display for Advice<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.report.servers.as_ref().map_or("SERVER".to_owned(), ServerSet::names);
        match &self.step {
            Step::PrintRecord(server) => InsteadOfFile(server).fmt(f),
            Step::CreateFile => self.call(f, "to create it", &format!("--for {server} -c"), " USER"),
            Step::ConvertByHand if self.report.repairs.is_some() => {
                f.write_str("only a part of it is UTF-16, so convert it to UTF-8 by hand")
            }
            Step::ConvertByHand => f.write_str("convert it to UTF-8"),
            Step::CorrectLine(line) => write!(f, "correct or delete line {line} by hand"),
            Step::SetPassword => self.call(f, "for a new hash", &format!("--for {server}"), " USER"),
            Step::DeleteUser => self.call(f, "to remove such a user", "-D", " USER"),
            Step::Repair => self.call(f, "to repair it", "--check --fix", ""),
            Step::ChangeGroup(group) => {
                let (word, group) = (ShellWord(self.report.file), ShellWord(Path::new(group)));
                write!(f, "so that only the server can read it: chgrp {group} {word} && chmod 640 {word}")
            }
            Step::OpenDirectory(directory, group) => {
                let (word, group) = (ShellWord(directory), ShellWord(Path::new(group)));
                write!(f, "so that the server can enter it: chgrp {group} {word} && chmod g+x {word}")
            }
            Step::RemoveLeftovers => f.write_str("check its users, then remove the leftover files"),
        }
    }
}

impl Advice<'_, '_> {
    /// Writes a call of htpasswd with the file of the report.
    fn call(&self, f: &mut fmt::Formatter<'_>, purpose: &str, options: &str, operands: &str) -> fmt::Result {
        // A password file from standard input has no name that the advice could repeat.
        let is_unnamed = self.report.is_stream && self.report.manifest.is_none();
        let file = ShellWord(if is_unnamed { Path::new("FILE") } else { self.report.file });
        // The name of the user makes the command complete, unless the name must not be printed.
        let user = self.report.user.as_ref().map(|user| user.user).filter(|user| !ShownUser(user).is_hash());
        let user = user
            .filter(|_| operands == " USER")
            .map(|user| PathBuf::from(os::word_from_bytes(user.to_vec())));
        let operands = user.map_or(operands.to_owned(), |user| format!(" {}", ShellWord(&user)));
        let secret = if self.report.manifest.is_some() { " --secret" } else { "" };
        write!(f, "{purpose}: htpasswd {options}{secret} {file}{operands}")?;
        if self.report.manifest.is_some_and(|manifest| manifest.is_selected) {
            f.write_str(", with the options that select its key")?;
        }
        Ok(())
    }
}

/// Returns true if only the administrator can know what the line should be.
fn is_corrected_by_hand(finding: &Finding<'_>) -> bool {
    matches!(
        finding.kind,
        FindingKind::NoColon
            | FindingKind::HashWithoutName
            | FindingKind::Base64
            | FindingKind::DoubledDollar
            | FindingKind::Quoted
            | FindingKind::PrefixedName
            | FindingKind::TwoRecords
    )
}

/// Returns true if the server rejects every password until the record has a new hash.
fn rejects_every_password(finding: &Finding<'_>) -> bool {
    matches!(
        finding.kind,
        FindingKind::Unreadable(_)
            | FindingKind::LostDollar
            | FindingKind::HtdigestRecord
            | FindingKind::UnreadablePrefix(_)
            | FindingKind::HexMd5
            | FindingKind::UnknownHash
            | FindingKind::MalformedHash
            | FindingKind::EmptyHash
            | FindingKind::HighCost { .. }
    )
}

/// Returns true if the server reads another user name than the one in the record.
fn is_another_name(finding: &Finding<'_>) -> bool {
    finding.severity == Severity::Error
        && matches!(finding.kind, FindingKind::TrimmedName | FindingKind::SpaceAfterName)
}

/// Returns true if `--fix` may repair the finding. `--fix` does not change a line if that would change who can log in.
fn is_repairable(finding: &Finding<'_>) -> bool {
    matches!(
        finding.kind,
        FindingKind::Utf16
            | FindingKind::ByteOrderMark { .. }
            | FindingKind::CarriageReturns { .. }
            | FindingKind::NoFinalLineFeed
    )
}

#[cfg(test)]
mod tests {
    use htpasswd::Document;
    use htpasswd::document::Repairs;
    use htpasswd::lint::check;

    use super::super::check::ManifestSource;
    use super::*;

    const BCRYPT: &str = "$2y$12$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    #[track_caller]
    fn advises(text: &str, change: impl Fn(&mut CheckReport<'_>), advice: &str) {
        let document = Document::parse(text);
        let servers = ServerSet::named("nginx").unwrap();
        let mut report = CheckReport {
            file: Path::new("f"),
            is_stream: false,
            manifest: None,
            servers: Some(servers.clone()),
            group: None,
            users: 0,
            repairs: None,
            file_findings: Vec::new(),
            line_findings: check(&document, servers.as_slice().first().copied()),
            ignored: 0,
            user: None,
        };
        change(&mut report);
        let next = next(&report).map(|advice| advice.to_string());
        assert_eq!(next.unwrap_or_default(), advice);
    }

    #[test]
    fn each_advice_is_for_the_worst_finding() {
        let weak = format!("a:{{SHA}}5en6G6MezRroT3XKqkdPOmY/BfQ=\nb:{BCRYPT}");
        let repair = "to repair it: htpasswd --check --fix f";
        let name = Server::named("nginx").unwrap().name;
        let new_hash = format!("for a new hash: htpasswd --for {name} f USER");
        let fixed = |report: &mut CheckReport<'_>| report.repairs = Some(Repairs::default());
        advises(&weak, |_| {}, repair);
        advises(&weak, fixed, &new_hash);
        advises(&format!("{weak}\nc:x\n"), |_| {}, &new_hash);
        advises(&format!("{weak}\nc:x\nd\n"), |_| {}, "correct or delete line 4 by hand");
        advises(&format!("a:{BCRYPT}\n"), |_| {}, "");
    }

    #[test]
    fn advice_on_a_file_comes_after_advice_on_its_lines() {
        let open = |report: &mut CheckReport<'_>| {
            report.file_findings = vec![FileFinding::Leftover("x".into()), FileFinding::ReadableByOthers];
        };
        let any_server = |report: &mut CheckReport<'_>| {
            open(report);
            report.servers = None;
        };
        let advice = "so that only the server can read it: chgrp GROUP f && chmod 640 f";
        advises(&format!("a:{BCRYPT}\n"), any_server, advice);
        advises(&format!("a:{BCRYPT}"), open, "to repair it: htpasswd --check --fix f");
        let leftover = |report: &mut CheckReport<'_>| {
            report.file_findings = vec![FileFinding::Leftover("x".into())];
        };
        let advice = "check its users, then remove the leftover files";
        advises(&format!("a:{BCRYPT}\n"), leftover, advice);
    }

    #[test]
    fn a_call_for_a_manifest_has_its_options() {
        let in_manifest = |is_stream, is_selected| {
            move |report: &mut CheckReport<'_>| {
                report.is_stream = is_stream;
                report.manifest = Some(ManifestSource { is_selected });
            }
        };
        let text = format!("a:{BCRYPT}");
        let repair = "to repair it: htpasswd --check --fix --secret f";
        advises(&text, in_manifest(false, false), repair);
        let selected = format!("{repair}, with the options that select its key");
        advises(&text, in_manifest(false, true), &selected);
        advises(&text, in_manifest(true, false), "");
    }

    #[test]
    fn a_call_for_standard_input_has_a_placeholder() {
        let from_stdin = |report: &mut CheckReport<'_>| report.is_stream = true;
        let name = Server::named("nginx").unwrap().name;
        advises("a:x\n", from_stdin, &format!("for a new hash: htpasswd --for {name} FILE USER"));
        advises(&format!("a:{BCRYPT}"), from_stdin, "");
    }
}
