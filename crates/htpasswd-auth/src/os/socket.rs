//! Unix sockets with a mode and a group.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::umask;

/// Binds a socket at this path. A socket that a killed service left there is replaced; any other file stays.
pub(crate) fn bind(path: &Path, group: Option<&str>, mode: u32) -> io::Result<UnixListener> {
    let group = group.map(group_id).transpose()?;
    remove_stale(path)?;
    // Without the mask, every user could connect until the mode is set. The process has one thread at this point.
    let previous = umask(Mode::from_raw_mode(0o777));
    let bound = UnixListener::bind(path);
    umask(previous);
    let listener = bound?;
    if group.is_some() {
        chown(path, None, group)?;
    }
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Removes a socket on which no program listens.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The number of a group, from its number or from its name in `/etc/group`.
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    let text = fs::read_to_string("/etc/group")?;
    let find = |line: &str| {
        let mut fields = line.split(':');
        if fields.next() == Some(group) { fields.nth(1)?.parse().ok() } else { None }
    };
    let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("/etc/group has no group {group}"));
    text.lines().find_map(find).ok_or_else(unknown)
}
