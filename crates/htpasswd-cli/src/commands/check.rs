//! `--check`: reports the problems of a password file.
//!
//! `--fix` first makes the repairs that do not change who can log in.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use htpasswd::Document;
use htpasswd::document::Repairs;
use htpasswd::lint::{Finding, Severity, check_for, check_user_keys};
use htpasswd::servers::{Server, ServerSet};
use secret_manifest::Selector;

use crate::accounts::{Account, Permissions};
use crate::args::command::{GlobalOptions, Inspect, Target};
use crate::error::Error;
use crate::exit::Exit;
use crate::os;
use crate::output;
use crate::report::{CheckReport, FileFinding, ManifestSource, json};
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};

pub(super) fn run(what: &Inspect, fix: bool, globals: &GlobalOptions) -> Result<Exit, Error> {
    let file = PasswordFile::new(&what.file, globals);
    let (document, repairs) = match read(&file, fix) {
        Ok((document, repairs)) => (Some(document), repairs),
        Err(error) if error.is_missing() => (None, None),
        Err(error) => return Err(error.into()),
    };
    let servers = what.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
    let readers: Vec<Reader> = servers.iter().filter_map(|s| Some((*s, Account::of_server(s)?))).collect();
    let report = CheckReport {
        file: what.file.path(),
        manifest: match &what.file {
            Target::File(_) => None,
            Target::Manifest { selector, .. } => Some(ManifestSource {
                is_stream: what.file.is_stream(),
                // The server alone decides whether keys are users.
                is_selected: selector.clone().user_keys() != Selector::new().user_keys(),
            }),
        },
        servers: what.servers.clone(),
        group: readers.first().map(|(_, reader)| reader.group.clone()),
        users: document
            .as_ref()
            .filter(|document| document.utf16().is_none())
            .map_or(0, |document| document.index().len()),
        repairs,
        file_findings: if what.file.is_stream() {
            Vec::new()
        } else {
            file_findings(&file, &readers, document.is_none())
        },
        line_findings: document
            .as_ref()
            .map(|document| findings(&what.file, document, servers))
            .unwrap_or_default(),
    };
    let text = if what.json {
        json::to_line(&report)
    } else {
        report.colored(output::wants_color(&std::io::stdout())).to_string()
    };
    let is_changed = report.repairs.as_ref().is_some_and(|repairs| !repairs.is_empty());
    output::report(&text, is_changed.then(|| file.path()))?;
    Ok(match (report.count(Severity::Error), report.count(Severity::Warning)) {
        (0, 0) => Exit::Success,
        (0, _) => Exit::Warnings,
        _ => Exit::InvalidFile,
    })
}

/// Repairs the file if `fix` is set, and then reads it.
fn read(file: &PasswordFile, fix: bool) -> Result<(Document, Option<Repairs>), TargetError> {
    let repairs = if fix {
        Some(file.update(|document: &mut Document| Ok::<_, TargetError>(document.repair()))?)
    } else {
        None
    };
    Ok((file.load_any().map_err(|error| error.when(Purpose::Inspect))?, repairs))
}

/// The findings about the lines of a file, or about the users of a manifest.
pub(super) fn findings<'a>(
    file: &Target,
    document: &'a Document,
    servers: &[&'static Server],
) -> Vec<Finding<'a>> {
    match file {
        Target::File(_) => check_for(document, servers),
        Target::Manifest { .. } => check_user_keys(document, servers),
    }
}

/// A server, and the user as which it reads the file.
type Reader = (&'static Server, Account);

/// The finding that the user of the server cannot read the file. An access control list can grant more than the mode
/// says, so nothing is known about such a file.
fn not_readable_by(file: &Path, metadata: &Metadata, (server, reader): &Reader) -> Option<FileFinding> {
    let directory = reader.cannot_enter(file);
    let can_read = reader.has(Permissions::from(metadata), 4) || os::has_acl(file);
    (!can_read || directory.is_some()).then(|| FileFinding::NotReadableBy {
        server,
        reader: reader.clone(),
        directory,
    })
}

/// The findings about the file as a whole, and about other files in its directory.
fn file_findings(file: &PasswordFile, readers: &[Reader], is_missing: bool) -> Vec<FileFinding> {
    // If the directory cannot be listed, the report has no leftover files.
    let leftovers = file.leftovers().unwrap_or_default().into_iter().map(FileFinding::Leftover);
    if is_missing {
        return [FileFinding::Missing].into_iter().chain(leftovers).collect();
    }
    let metadata = std::fs::metadata(file.path()).ok().filter(Metadata::is_file);
    let mode = metadata.as_ref().map_or(0, |metadata| metadata.permissions().mode());
    let bits = [(0o004, FileFinding::ReadableByOthers), (0o002, FileFinding::WritableByOthers)];
    let open = bits.into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, finding)| finding);
    let metadata = metadata.filter(|_| matches!(file, PasswordFile::File(_)));
    let readers = metadata.iter().flat_map(|metadata| readers.iter().map(move |reader| (metadata, reader)));
    let unreadable = readers.filter_map(|(metadata, reader)| not_readable_by(file.path(), metadata, reader));
    unreadable.chain(open).chain(leftovers).collect()
}
