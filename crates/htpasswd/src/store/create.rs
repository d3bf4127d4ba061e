//! A new file: complete under its name, or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags};

use super::flags;
use crate::error::Step;

/// The directory that the file stands in, or would.
pub(super) fn directory(path: &Path) -> PathBuf {
    match follow(path).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Writes a new file and flushes it and its directory.
pub(super) fn new_file(path: &Path, bytes: &[u8]) -> Result<(), (Step, io::Error)> {
    let path = follow(path);
    let directory = directory(&path);
    let create = |error| (Step::Create, error);
    let write = |error| (Step::Write, error);

    // A file without a name yet: nothing is left of it if the program ends here.
    let anonymous = OpenOptions::new()
        .read(true)
        .write(true)
        .mode(0o666)
        .custom_flags(flags(OFlags::TMPFILE))
        .open(&directory);
    let (mut file, mut name) = match anonymous {
        Ok(file) => (file, None),
        Err(_) => named(&directory).map(|(file, name)| (file, Some(name))).map_err(create)?,
    };
    let written = (|| {
        let mode = file.metadata().map_err(create)?.permissions().mode();
        if mode & 0o200 == 0 && !rustix::process::geteuid().is_root() {
            // A umask that takes the owner's own right to write: as with Apache's tool, there is an
            // empty file then and an error.
            link(&file, &mut name, &path).map_err(create)?;
            return Err(write(io::ErrorKind::PermissionDenied.into()));
        }
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(write)?;
        link(&file, &mut name, &path).map_err(create)
    })();
    if let Some(name) = name {
        let _ = fs::remove_file(name);
    }
    written?;
    // The name is there; that it outlives a power cut is worth trying, but no reason to fail.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Gives the file its name, never in place of another one. A temporary name is used up.
fn link(file: &File, name: &mut Option<PathBuf>, path: &Path) -> io::Result<()> {
    let Some(temporary) = name else {
        let source = format!("/proc/self/fd/{}", file.as_raw_fd());
        return Ok(rustix::fs::linkat(CWD, source, CWD, path, AtFlags::SYMLINK_FOLLOW)?);
    };
    match fs::hard_link(&*temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {}
        linked => return linked,
    }
    // No hard links here: rename, which takes the temporary name away.
    rustix::fs::renameat_with(CWD, &*temporary, CWD, path, RenameFlags::NOREPLACE)?;
    *name = None;
    Ok(())
}

/// Where the file system knows no files without a name.
fn named(directory: &Path) -> io::Result<(File, PathBuf)> {
    let name = directory.join(format!(".htpasswd-new.{}", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&name)?;
    Ok((file, name))
}

/// The path that a dangling link wants to name; as many steps as the kernel goes.
fn follow(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| target.clone(), |parent| parent.join(&target));
    }
    path
}
