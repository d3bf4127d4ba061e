//! Resolves a path to a directory and the name of the file in it.
//!
//! The standard library cannot open a directory and its files relative to it, so another program can exchange a directory
//! of the path between two calls. `profile` finds the place of the journals. This module must never accept the name of a
//! device or of a stream, because the system opens something else than a file of this name.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the functions have the signatures that `unix` needs"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

use super::directory::Directory;
use super::profile;
use crate::store::sys::{Access, Identity};

/// The maximum number of links at the end of a path.
const LINKS_MAX: usize = 40;

/// The directory of a file, and the name of the file in that directory.
#[derive(Debug)]
pub(crate) struct Location {
    pub(crate) directory: Directory,
    /// The path of the directory, for messages.
    pub(crate) directory_path: PathBuf,
    /// Empty if the path ends with a slash, `.` or `..`.
    pub(crate) name: OsString,
    /// Always false: Windows has no paths of open files.
    pub(crate) is_descriptor: bool,
    /// The directory of the journals; `None` if the account has no profile.
    journals: Option<Directory>,
    /// The name of the file with a digest of its directory, because all files of an account have their journals in the
    /// same directory.
    journal_base: OsString,
}

impl Location {
    /// Resolves a path, including a link at its end. The file itself may be missing.
    ///
    /// # Errors
    /// The name of a device or of a stream, a missing directory, or a loop of links.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(super::missing());
        }
        let path = follow(path)?;
        let directory_path = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // The system removes dots and blanks at the end of a name.
        let absolute = std::path::absolute(&path)?;
        let name = if ends_with_separator(&path) || path.file_name().is_none() {
            None
        } else {
            absolute.file_name()
        };
        let name = name.unwrap_or_default().to_owned();
        let directory = if name.is_empty() { &*absolute } else { absolute.parent().unwrap_or(&absolute) };
        if !directory.is_dir() {
            return Err(super::missing());
        }
        Ok(Self {
            journals: profile::journals().map(Directory),
            journal_base: journal_base(directory, &name),
            directory: Directory(directory.to_owned()),
            directory_path: directory_path.to_owned(),
            name,
            is_descriptor: false,
        })
    }

    pub(crate) fn open(&self, access: Access) -> io::Result<File> {
        super::open(&self.directory.join(&self.name), access, 0)
    }

    /// Returns true if the name in the directory belongs to the file with this identity.
    pub(crate) fn leads_to(&self, file: Identity) -> io::Result<bool> {
        let path = self.directory.join(&self.name);
        match fs::metadata(&path).and_then(|metadata| super::identity_at(&path, &metadata)) {
            Ok(found) => Ok(found == file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The directory of the journals.
    ///
    /// # Errors
    /// The account has no profile. The write then continues without a journal.
    pub(crate) fn journals(&self) -> io::Result<&Directory> {
        self.journals.as_ref().ok_or_else(super::denied)
    }

    /// The directory of the journals, which is created if it is missing.
    pub(crate) fn create_journals(&self) -> io::Result<&Directory> {
        let journals = self.journals()?;
        fs::create_dir_all(&journals.0)?;
        Ok(journals)
    }

    /// The path of the directory of the journals, for messages.
    pub(crate) fn journals_path(&self) -> &Path {
        self.journals.as_ref().map_or(Path::new(""), |journals| &journals.0)
    }

    /// The part of the names of journals that is different for each password file.
    pub(crate) fn journal_base(&self) -> &OsStr {
        &self.journal_base
    }

    /// The directories that can contain companions of the file, with their paths for messages, and the name of the file
    /// in the names of these companions.
    pub(crate) fn companion_places(&self) -> Vec<(&Directory, &Path, &OsStr)> {
        let mut places = vec![(&self.directory, &*self.directory_path, &*self.name)];
        if let Some(journals) = self.journals.as_ref().filter(|journals| journals.0.is_dir()) {
            places.push((journals, &journals.0, &self.journal_base));
        }
        places
    }

    /// Accepts every place, because the standard library has no owners.
    pub(crate) fn check_create(&self) -> io::Result<()> {
        Ok(())
    }

    /// Accepts every file, because Windows has no sticky directories.
    pub(crate) fn check_sticky(&self, _: &Metadata) -> io::Result<()> {
        Ok(())
    }
}

/// The part of the names of journals that is different for each password file. It is the same for each spelling of the
/// path, such as another case or a short name. Some file systems cannot return the true spelling.
fn journal_base(directory: &Path, name: &OsStr) -> OsString {
    if let Ok(file) = fs::canonicalize(directory.join(name))
        && let (Some(directory), Some(name)) = (file.parent(), file.file_name())
    {
        return profile::journal_base(directory, name);
    }
    match fs::canonicalize(directory) {
        Ok(directory) => profile::journal_base(&directory, name),
        Err(_) => profile::journal_base(directory, name),
    }
}

/// Follows the links at the end of a path. The system itself follows links to directories.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        check_name(&path)?;
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&path)?;
                path.pop();
                path.push(target);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("the path has too many links"))
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"\\")
        || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The reason why a path can never name a password file.
#[derive(Debug, thiserror::Error)]
enum NoFileName {
    #[error("{} is the name of a device", .0.display())]
    Device(PathBuf),
    #[error("{} has a colon, which names a stream of a file", .0.display())]
    Stream(PathBuf),
}

/// Returns true if the path names a device or a stream of a file.
pub(crate) fn is_no_file_name(path: &Path) -> bool {
    check_name(path).is_err()
}

fn check_name(path: &Path) -> io::Result<()> {
    let invalid = |reason| Err(io::Error::new(io::ErrorKind::InvalidFilename, reason));
    for component in path.components() {
        match component {
            Component::Prefix(prefix) if matches!(prefix.kind(), Prefix::DeviceNS(_)) => {
                return invalid(NoFileName::Device(path.to_owned()));
            }
            Component::Normal(name) if name.as_encoded_bytes().contains(&b':') => {
                return invalid(NoFileName::Stream(name.into()));
            }
            _ => {}
        }
    }
    match path.file_name() {
        Some(name) if is_device_name(&name.to_string_lossy()) => invalid(NoFileName::Device(name.into())),
        _ => Ok(()),
    }
}

/// Returns true if the system opens a device for this name in any directory. An extension makes no difference.
fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let is_numbered = ["COM", "LPT"].into_iter().any(|kind| {
        stem.strip_prefix(kind).is_some_and(|number| {
            matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    });
    is_numbered || matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}
