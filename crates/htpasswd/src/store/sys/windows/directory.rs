//! The operations on names in a directory.
//!
//! The standard library has no operations relative to an open directory, so all functions build a path. No function may
//! follow a link, and only [`rename`] may replace a file.

#![expect(clippy::unnecessary_wraps, reason = "the functions have the signatures that `unix` needs")]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::{ERROR_ACCESS_DENIED, Owner, ROOT, SHARE_DELETE, SHARE_READ};
use crate::store::sys::{Access, Naming, NewMode, Opened};

/// Opens a link itself in place of its target.
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// The errors of a hard link on a file system that has none, such as FAT.
const ERROR_INVALID_FUNCTION: i32 = 1;
const ERROR_NOT_SUPPORTED: i32 = 50;

/// The absolute path of a directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory(pub(super) PathBuf);

impl Directory {
    pub(super) fn join(&self, name: &OsStr) -> PathBuf {
        self.0.join(name)
    }
}

/// Checks that the directory exists. Only the creation of a file can show that this user may create files in it.
pub(crate) fn check_create(directory: &Directory) -> io::Result<()> {
    if fs::metadata(&directory.0)?.is_dir() { Ok(()) } else { Err(super::missing()) }
}

/// Creates a file; fails if the name exists. Other programs can read and rename the file until it is closed, but not
/// write to it.
pub(crate) fn create(directory: &Directory, name: &OsStr, access: Access, _: NewMode) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(access != Access::Write).write(true).create_new(true);
    options.share_mode(SHARE_READ | SHARE_DELETE).open(directory.join(name))
}

/// Windows has no files without a name.
pub(crate) fn create_nameless(_: &Directory, _: NewMode) -> io::Result<File> {
    Err(ErrorKind::Unsupported.into())
}

/// Always fails, because there are no files without a name.
pub(crate) fn name_nameless(_: &File, _: &Directory, _: &OsStr) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Gives a file a second name; fails if that name exists. A rename would replace the file of that name.
pub(crate) fn give_free_name(directory: &Directory, old: &OsStr, new: &OsStr) -> io::Result<Naming> {
    match fs::hard_link(directory.join(old), directory.join(new)) {
        Ok(()) => Ok(Naming::Linked),
        Err(error) => match error.raw_os_error() {
            Some(ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED) => Ok(Naming::Unsupported),
            _ => Err(error),
        },
    }
}

/// Renames a file, and replaces the file that has the new name.
pub(crate) fn rename(directory: &Directory, old: &OsStr, new: &OsStr) -> io::Result<()> {
    fs::rename(directory.join(old), directory.join(new))
}

pub(crate) fn remove(directory: &Directory, name: &OsStr) -> io::Result<()> {
    fs::remove_file(directory.join(name))
}

/// Returns false if no file has this name. Returns true if the name cannot be looked up.
pub(crate) fn may_exist(directory: &Directory, name: &OsStr) -> bool {
    match fs::symlink_metadata(directory.join(name)) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename),
    }
}

/// The names of all files in the directory.
pub(crate) fn list(directory: &Directory) -> io::Result<impl Iterator<Item = io::Result<OsString>>> {
    Ok(fs::read_dir(&directory.0)?.map(|entry| Ok(entry?.file_name())))
}

/// Opens a file that may be a journal, for reading and writing.
pub(crate) fn open_journal(directory: &Directory, name: &OsStr) -> io::Result<Opened<File, Owner>> {
    let path = directory.join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).share_mode(SHARE_READ | SHARE_DELETE);
    match options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(&path) {
        Ok(journal) if journal.metadata()?.is_file() => Ok(Opened::File(journal)),
        Ok(_) => Ok(Opened::Special),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => {
            Ok(Opened::Missing)
        }
        Err(error) if error.raw_os_error() == Some(ERROR_ACCESS_DENIED) => {
            // Windows also denies this access to a directory.
            let is_directory = fs::symlink_metadata(&path)?.is_dir();
            Ok(if is_directory { Opened::Special } else { Opened::Denied(ROOT) })
        }
        Err(error) => Err(error),
    }
}

/// Does nothing: NTFS writes the names of files to its own journal, and no function flushes a directory.
pub(crate) fn sync_directory(_: &Directory) -> io::Result<()> {
    Ok(())
}
