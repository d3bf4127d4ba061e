//! The findings of `--check`, `--list` and `-v --for`: those about lines, and those about the file as a whole.
//!
//! The library finds the problems of lines. This module adds who can read and change the file, and the files that an
//! interrupted change has left. It must never change a mode or an owner.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use htpasswd::Document;
use htpasswd::lint::{Finding, check_for, check_user_keys};
use htpasswd::servers::Server;

use crate::accounts::Account;
use crate::args::command::Target;
use crate::os;
use crate::report::FileFinding;
use crate::target::PasswordFile;

/// A server, and the user as which it reads the file.
pub(super) struct Reader(&'static Server, Account);

impl Reader {
    /// The group of the user.
    pub(super) fn group(&self) -> String {
        self.1.group.clone()
    }
}

/// The findings about the lines of a file, or about the users of a manifest.
pub(super) fn of_lines<'a>(
    file: &Target,
    document: &'a Document,
    servers: &[&'static Server],
) -> Vec<Finding<'a>> {
    match file {
        Target::File(_) => check_for(document, servers),
        Target::Manifest { .. } => check_user_keys(document, servers),
    }
}

/// The servers that read the file as a user of their own, if this machine has that user.
pub(super) fn readers(servers: &[&'static Server]) -> Vec<Reader> {
    servers.iter().filter_map(|server| Some(Reader(server, Account::of_server(server)?))).collect()
}

/// The findings about the file as a whole, and about other files in its directory.
pub(super) fn of_file(file: &PasswordFile, readers: &[Reader], is_missing: bool) -> Vec<FileFinding> {
    // If the directory cannot be listed, the report has no leftover files.
    let leftovers = file.leftovers().unwrap_or_default().into_iter().map(FileFinding::Leftover);
    if is_missing {
        return [FileFinding::Missing].into_iter().chain(leftovers).collect();
    }
    let mode = metadata(file).map_or(0, |metadata| os::permissions(&metadata).mode);
    let bits = [(0o004, FileFinding::ReadableByOthers), (0o002, FileFinding::WritableByOthers)];
    let open = bits.into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, finding)| finding);
    let backups = unhidden_backups(file.path()).into_iter().map(FileFinding::UnhiddenBackup);
    unreadable(file, readers).into_iter().chain(open).chain(backups).chain(leftovers).collect()
}

/// The usual suffixes of backups.
const BACKUPS: [&str; 4] = ["~", ".bak", ".old", ".orig"];

/// The backups that a web server may serve although it hides the file. Web servers hide names that begin with `.ht`. If
/// such a name is a link to a file with another name, the backups of that file have the other name.
fn unhidden_backups(path: &Path) -> Vec<PathBuf> {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".ht");
    let Ok(real) = path.canonicalize() else { return Vec::new() };
    match (path.file_name(), real.file_name()) {
        (Some(name), Some(real_name)) if is_hidden(name) && !is_hidden(real_name) => {}
        _ => return Vec::new(),
    }
    let backup = |suffix| {
        let mut name = real.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    BACKUPS.into_iter().map(backup).filter(|backup| backup.is_file()).collect()
}

/// The findings that the user of a server cannot read the file.
pub(super) fn unreadable(file: &PasswordFile, readers: &[Reader]) -> Vec<FileFinding> {
    let metadata = metadata(file).filter(|_| matches!(file, PasswordFile::File(_)));
    let Some(metadata) = metadata else { return Vec::new() };
    readers.iter().filter_map(|reader| not_readable_by(file.path(), &metadata, reader)).collect()
}

fn metadata(file: &PasswordFile) -> Option<Metadata> {
    std::fs::metadata(file.path()).ok().filter(Metadata::is_file)
}

/// The finding that the user of the server cannot read the file. An access control list can grant more than the mode
/// says, so nothing is known about such a file.
fn not_readable_by(file: &Path, metadata: &Metadata, Reader(server, reader): &Reader) -> Option<FileFinding> {
    let directory = reader.cannot_enter(file);
    let can_read = reader.has(os::permissions(metadata), 4) || os::has_acl(file);
    (!can_read || directory.is_some()).then(|| FileFinding::NotReadableBy {
        server,
        reader: reader.clone(),
        directory,
    })
}
