//! A new file: complete under its name, or not there at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::disk::within_limit;
use super::{flags, path};
use crate::error::Step;

/// Writes a new file and flushes it and its directory. Without a mode, the umask decides.
pub(super) fn new_file(path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let path = path::follow(path);
    let directory = path::directory(&path);
    let made = match nameless(&directory, &path, bytes, mode) {
        // Not every file system knows files without a name, and not every container has a /proc.
        Err((Step::Create, error)) if error.kind() != io::ErrorKind::AlreadyExists => {
            renamed(&directory, &path, bytes, mode)
        }
        made => made,
    };
    made?;
    // The name is there; that it outlives a power cut is worth trying, but no reason to fail.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// A file that has no name until it is complete: nothing is left of it if the program ends before.
fn nameless(directory: &Path, path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let create = |error| (Step::Create, error);
    let mut file =
        open(OpenOptions::new().custom_flags(flags(OFlags::TMPFILE)), directory, mode).map_err(create)?;
    let writable = mode.is_some() || may_be_written(&file).map_err(create)?;
    if writable {
        fill(&mut file, bytes, mode)?;
    }
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = rustix::fs::linkat(CWD, source, CWD, path, AtFlags::SYMLINK_FOLLOW);
    linked.map_err(|errno| create(errno.into()))?;
    // As with Apache's tool, there is an empty file where the umask forbids to write to it.
    if writable { Ok(()) } else { Err((Step::Write, io::ErrorKind::PermissionDenied.into())) }
}

/// A file under another name until it is complete.
pub(super) fn renamed(
    directory: &Path,
    path: &Path,
    bytes: &[u8],
    mode: Option<u32>,
) -> Result<(), (Step, io::Error)> {
    let create = |error| (Step::Create, error);
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| create(io::Error::other(error)))?;
    let name = directory.join(format!(".htpasswd-new.{:016x}", u64::from_ne_bytes(random)));
    let mut file = open(OpenOptions::new().create_new(true), &name, mode).map_err(create)?;
    let made = fill(&mut file, bytes, mode).and_then(|()| {
        // Never in place of another file.
        match rustix::fs::renameat_with(CWD, &name, CWD, path, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => fs::hard_link(&name, path).map_err(create),
            renamed => renamed.map_err(|errno| create(errno.into())),
        }
    });
    // Gone already, if it was renamed.
    let _ = fs::remove_file(name);
    made
}

/// With a mode that is still to come, nobody else can open the file before.
fn open(options: &mut OpenOptions, path: &Path, mode: Option<u32>) -> io::Result<File> {
    options.read(true).write(true).mode(if mode.is_some() { 0o600 } else { 0o666 }).open(path)
}

/// Whether the umask leaves the owner the right to write.
fn may_be_written(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o200 != 0 || rustix::process::geteuid().is_root())
}

fn fill(file: &mut File, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let filled = within_limit(bytes.len() as u64)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| mode.map_or(Ok(()), |mode| file.set_permissions(Permissions::from_mode(mode))))
        .and_then(|()| file.sync_all());
    filled.map_err(|error| (Step::Write, error))
}
