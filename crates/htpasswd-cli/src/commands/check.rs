//! `--check`: what is wrong with a file. `--fix`: what can be repaired without a change for anybody.

use std::os::unix::fs::PermissionsExt;

use htpasswd::{Document, Repairs, Severity, StoreError, check};
use secret_manifest::Selector;

use crate::action::Inspect;
use crate::exit::Exit;
use crate::global_options::GlobalOptions;
use crate::messages::{self, About, Manifest, Problem, Report};
use crate::output;
use crate::store::{Store, Target};

pub(super) fn run(what: &Inspect, fix: bool, globals: &GlobalOptions) -> Result<Exit, Problem> {
    let store = super::store(&what.file, globals);
    let (document, repairs) = match read(&store, fix) {
        Ok((document, repairs)) => (Some(document), repairs),
        Err(Problem::Look(error) | Problem::Update(error)) if super::is_missing(&error) => (None, None),
        Err(problem) => return Err(problem),
    };
    let report = Report {
        file: what.file.path(),
        manifest: match &what.file {
            Target::File(_) => None,
            Target::Manifest { selector, .. } => {
                Some(Manifest { is_stream: what.file.is_stream(), is_selected: *selector != Selector::new() })
            }
        },
        server: what.server,
        users: document.as_ref().map_or(0, |document| document.index().len()),
        repairs,
        about: if what.file.is_stream() { Vec::new() } else { about(&store, document.is_none()) },
        findings: document.as_ref().map(|document| check(document, what.server)).unwrap_or_default(),
    };
    let text = if what.json {
        messages::checked_json(&report).into_bytes()
    } else {
        messages::checked(&report, output::wants_colour(&std::io::stdout()))
    };
    let is_changed = report.repairs.as_ref().is_some_and(|repairs| !repairs.is_empty());
    output::report(&text, is_changed.then(|| store.path()))?;
    Ok(match (report.count(Severity::Error), report.count(Severity::Warning)) {
        (0, 0) => Exit::Success,
        (0, _) => Exit::Warnings,
        _ => Exit::InvalidFile,
    })
}

fn read(store: &Store, fix: bool) -> Result<(Document, Option<Repairs>), Problem> {
    let repairs = if fix {
        Some(store.update(|document: &mut Document| Ok::<_, StoreError>(document.repair()))?)
    } else {
        None
    };
    Ok((store.load().map_err(Problem::Look)?, repairs))
}

/// The findings about the file as a whole, and about what lies beside it.
fn about(store: &Store, is_missing: bool) -> Vec<About> {
    // A directory that cannot be listed has nothing to report.
    let leftovers = store.leftovers().unwrap_or_default().into_iter().map(About::Leftover);
    if is_missing {
        return [About::Missing].into_iter().chain(leftovers).collect();
    }
    let metadata = std::fs::metadata(store.path()).ok().filter(std::fs::Metadata::is_file);
    let mode = metadata.map_or(0, |metadata| metadata.permissions().mode());
    let bits = [(0o004, About::ReadableByOthers), (0o002, About::WritableByOthers)];
    let open = bits.into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, about)| about);
    open.chain(leftovers).collect()
}
