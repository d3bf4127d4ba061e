//! What to do next.

use htpasswd::{Finding, FindingKind, Severity};

use super::{About, Report};

/// What helps against the worst of it.
pub(super) fn next(report: &Report<'_>, file: &[u8]) -> Option<Vec<u8>> {
    let any = |helps: fn(&Finding<'_>) -> bool| report.findings.iter().any(helps);
    let server = report.server.map_or("SERVER", |server| server.name);
    let call = |what: &str, options: &str, rest: &str| {
        let manifest = if report.manifest.is_some() { " --secret" } else { "" };
        let options = [what, ": htpasswd ", options, manifest, " "].concat();
        let is_selected = report.manifest.is_some_and(|manifest| manifest.is_selected);
        let selected = if is_selected { ", with the options that chose its key" } else { "" };
        Some([options.as_bytes(), file, rest.as_bytes(), selected.as_bytes()].concat())
    };
    let is_stream = report.manifest.is_some_and(|manifest| manifest.is_stream);
    let new_hash = || call("for a new hash", &format!("--for {server}"), " USER");
    // The only scheme that the server reads cannot be given up.
    let has_choice = |finding: &Finding<'_>| match finding.kind {
        FindingKind::Weak(scheme) => report.server.is_none_or(|server| server.reads != [scheme]),
        FindingKind::LowCost { .. } => true,
        _ => false,
    };
    if report.about.contains(&About::Missing) {
        call("to make it", &format!("--for {server} -c"), " USER")
    } else if let Some(finding) = report.findings.iter().find(|finding| finding.kind == FindingKind::NoColon)
    {
        Some(format!("line {} has to be corrected or deleted by hand", finding.line).into_bytes())
    } else if any(shuts_out) {
        new_hash()
    } else if any(is_of_another) {
        call("to remove such a user", "-D", " USER")
    } else if report.repairs.is_none() && !is_stream && any(can_be_fixed) {
        call("to repair it", "--check --fix", "")
    } else if report.findings.iter().any(has_choice) {
        new_hash()
    } else {
        let is_open = |about: &About| matches!(about, About::ReadableByOthers | About::WritableByOthers);
        if report.about.iter().any(is_open) {
            return Some([b"to keep others out: chmod o-rwx ", file].concat());
        }
        let is_left = |about: &About| matches!(about, About::Leftover(_));
        report
            .about
            .iter()
            .any(is_left)
            .then(|| b"check its users, then remove what is left beside it".to_vec())
    }
}

/// A new hash helps.
fn shuts_out(finding: &Finding<'_>) -> bool {
    matches!(
        finding.kind,
        FindingKind::Unreadable(_)
            | FindingKind::UnknownHash
            | FindingKind::MalformedHash
            | FindingKind::EmptyHash
            | FindingKind::HighCost { .. }
    )
}

/// To the server, the record is another user's.
fn is_of_another(finding: &Finding<'_>) -> bool {
    finding.severity == Severity::Error
        && matches!(finding.kind, FindingKind::TrimmedName | FindingKind::SpaceAfterName)
}

/// `--fix` helps, unless it would change who can log in.
fn can_be_fixed(finding: &Finding<'_>) -> bool {
    matches!(
        finding.kind,
        FindingKind::ByteOrderMark { .. }
            | FindingKind::CarriageReturns { .. }
            | FindingKind::NoFinalLineFeed
    )
}
