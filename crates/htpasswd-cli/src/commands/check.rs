//! `--check`: reports the problems of password files.
//!
//! [`run`] checks each file for itself, so a file that cannot be read never prevents the check of another one. `--fix`
//! first makes the repairs that do not change who can log in.

use htpasswd::Document;
use htpasswd::document::Repairs;
use htpasswd::lint::Severity;
use htpasswd::servers::ServerSet;
use secret_manifest::Selector;

use super::check_user;
use super::findings::{self, Reader};
use super::server_view::ServerView;
use crate::args::command::{Check, GlobalOptions, Target};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::report::{CheckReport, ManifestSource, json};
use crate::target::error::{Purpose, TargetError};
use crate::target::{PasswordFile, stdin};

pub(super) fn run(what: &Check, globals: &GlobalOptions) -> Result<Exit, Error> {
    let (files, user) = files_and_user(what);
    if let [file] = files {
        return check_file(file, user, what, globals);
    }
    let mut worst = Exit::Success;
    for file in files {
        let exit = match check_file(file, None, what, globals) {
            Err(error @ Error::Target(_)) => {
                output::eprint_error(&error);
                if globals.json {
                    output::print(&error.to_line())?;
                }
                error.exit()
            }
            // Without standard output, there is no report about the other files.
            result => result?,
        };
        worst = worse(worst, exit);
    }
    Ok(worst)
}

/// The files and the user of the call. The second of two operands can be a user, if no file has this name.
fn files_and_user(what: &Check) -> (&[Target], Option<&[u8]>) {
    match (&what.user, what.files.as_slice()) {
        (Some(user), [file, word]) if word.path().symlink_metadata().is_err() => {
            (std::slice::from_ref(file), Some(user))
        }
        (_, files) => (files, None),
    }
}

/// The worse of two exit codes. A file that cannot be read is worse than errors, and errors are worse than warnings.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit| match exit {
        Exit::Success => 0,
        Exit::Warnings => 1,
        Exit::InvalidFile => 2,
        _ => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// Checks one file, prints its report and returns its exit code.
fn check_file(
    target: &Target,
    user: Option<&[u8]>,
    what: &Check,
    globals: &GlobalOptions,
) -> Result<Exit, Error> {
    let file = PasswordFile::new(target, globals);
    let (document, repairs) = match read(target, &file, what.fix, globals) {
        Ok((document, repairs)) => (Some(document), repairs),
        Err(error) if error.is_missing() => (None, None),
        Err(error) => return Err(error.into()),
    };
    let servers = what.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
    let readers = findings::readers(servers);
    let mut report = CheckReport {
        file: target.path(),
        is_stream: target.is_dash(),
        manifest: match target {
            Target::File(_) => None,
            Target::Manifest { selector, .. } => Some(ManifestSource {
                // The server alone decides whether keys are users.
                is_selected: selector.clone().user_keys() != Selector::new().user_keys(),
            }),
        },
        servers: what.servers.clone(),
        group: readers.first().map(Reader::group),
        users: document
            .as_ref()
            .filter(|document| document.utf16().is_none())
            .map_or(0, |document| document.index().len()),
        repairs,
        file_findings: if target.is_dash() {
            Vec::new()
        } else {
            findings::of_file(&file, &readers, document.is_none())
        },
        line_findings: document
            .as_ref()
            .map(|document| findings::of_lines(target, document, servers))
            .unwrap_or_default(),
        ignored: 0,
        user: None,
    };
    if let Some(user) = user {
        let view = |document, server| ServerView::new(server, (target, &file), document, user);
        let views =
            document.iter().flat_map(|document| servers.iter().map(move |server| view(document, server)));
        check_user::restrict(&mut report, document.as_ref(), &views.collect::<Vec<_>>(), user)?;
    }
    report.ignore(&what.ignored);
    let text = if globals.json {
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
fn read(
    target: &Target,
    file: &PasswordFile,
    fix: bool,
    globals: &GlobalOptions,
) -> Result<(Document, Option<Repairs>), TargetError> {
    if target.is_dash() && matches!(target, Target::File(_)) {
        return Ok((Document::parse(stdin::read(globals.limits.file)?), None));
    }
    let repairs = if fix {
        Some(file.update(|document: &mut Document| Ok::<_, TargetError>(document.repair()))?)
    } else {
        None
    };
    Ok((file.load_any().map_err(|error| error.when(Purpose::Inspect))?, repairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_worse_than_errors_and_errors_are_worse_than_warnings() {
        let order = [Exit::Success, Exit::Warnings, Exit::InvalidFile, Exit::Failure];
        for (index, worst) in order.into_iter().enumerate() {
            for other in &order[..=index] {
                assert_eq!((worse(*other, worst), worse(worst, *other)), (worst, worst));
            }
        }
    }
}
