//! The operations of Windows, on open files and their metadata.
//!
//! `directory` has the operations on names in a directory, and `resolve` finds that directory and the place of the
//! journals. Windows differs from Unix in these points:
//!
//! - A lock of the file would make its readers fail, because locks are mandatory. A writer therefore opens the file and
//!   lets other programs only read it. Another writer cannot open the file until the first one closes it.
//! - A rename over a file fails while a reader has that file open.
//! - The standard library has no owners, modes and access control lists. Journals are therefore in a directory that only
//!   this account can write to; see `profile`.
//! - The standard library has no change time; see [`times`].
//!
//! The tests run under Wine. No test has run on Windows yet.

#![expect(clippy::unnecessary_wraps, reason = "the functions have the signatures that `unix` needs")]

mod directory;
mod profile;
mod resolve;

use std::ffi::OsString;
use std::fs::{File, FileTimes, Metadata, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom};
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use winapi_util::file::information;

pub(crate) use self::directory::{
    check_create, create, create_nameless, give_free_name, list, may_exist, name_nameless, open_journal,
    remove, rename, sync_directory,
};
pub(crate) use self::resolve::{Location, is_no_file_name};
use super::{Access, FileTime, Identity, Times};

/// All accounts have the same number, because nothing compares accounts. Only this account can write to the directory
/// of the journals.
pub(crate) type Owner = u32;

pub(crate) const ROOT: Owner = 0;

/// Lets other programs open the file to read it.
const SHARE_READ: u32 = 1;
/// Lets other programs open the file to write to it.
const SHARE_WRITE: u32 = 2;
/// Lets other programs rename and remove the file.
const SHARE_DELETE: u32 = 4;

const ERROR_FILE_NOT_FOUND: i32 = 2;
const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_SHARING_VIOLATION: i32 = 32;

/// The error for a file that does not exist.
pub(crate) fn missing() -> io::Error {
    io::Error::from_raw_os_error(ERROR_FILE_NOT_FOUND)
}

/// The error for a file that this user may not access.
pub(crate) fn denied() -> io::Error {
    io::Error::from_raw_os_error(ERROR_ACCESS_DENIED)
}

/// Returns true if another program has opened the file in a way that forbids this access.
pub(crate) fn is_in_use(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION)
}

/// A file name of these bytes, which are UTF-8. A shortened name can end with an incomplete character.
pub(crate) fn file_name(bytes: Vec<u8>) -> OsString {
    let text = String::from_utf8(bytes);
    text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()).into()
}

/// Returns false: `resolve` rejects the names of pipes.
pub(crate) fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Returns false: `resolve` rejects the names of devices.
pub(crate) fn is_device(_: &Metadata) -> bool {
    false
}

/// The identity of an open file.
pub(crate) fn identity(file: &File, _: &Metadata) -> io::Result<Identity> {
    let file = information(file)?;
    Ok(Identity { device: file.volume_serial_number(), inode: file.file_index() })
}

/// The identity of the file with this path.
pub(crate) fn identity_at(path: &Path, metadata: &Metadata) -> io::Result<Identity> {
    identity(&File::open(path)?, metadata)
}

pub(crate) fn owner(_: &Metadata) -> Owner {
    ROOT
}

/// The times of a file. The standard library does not have the change time, so the modification time takes its place.
pub(crate) fn times(file: &Metadata) -> Times {
    let modified = since_1970(file.modified().unwrap_or(UNIX_EPOCH));
    let accessed = since_1970(file.accessed().unwrap_or(UNIX_EPOCH));
    Times { accessed, modified, changed: modified }
}

fn since_1970(time: SystemTime) -> FileTime {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => [since.as_secs().cast_signed(), since.subsec_nanos().into()],
        Err(before) => {
            let before = before.duration();
            [-before.as_secs().cast_signed(), -i64::from(before.subsec_nanos())]
        }
    }
}

/// The time of a mark that proves, together with the modification time, that no program has changed the file: one second
/// before the modification time.
///
/// Recovery believes a mark only if its two times differ. A journal without a mark cannot have these times by chance,
/// because it is written after it is created. Another program cannot give the file these times by chance either: `touch`
/// sets a modification time that is one microsecond later than the time of the write.
pub(crate) fn proving_time(times: &Times) -> FileTime {
    let [seconds, nanoseconds] = times.modified;
    [seconds - 1, nanoseconds]
}

/// Returns true if the path names the open file.
pub(crate) fn names(path: &Path, file: &File) -> bool {
    let named = std::fs::metadata(path).and_then(|metadata| identity_at(path, &metadata));
    let open = file.metadata().and_then(|metadata| identity(file, &metadata));
    matches!((named, open), (Ok(named), Ok(open)) if named == open)
}

/// Returns true for a regular file, because only this account can write to the directory of the journals.
pub(crate) fn is_private(file: &Metadata, _: Owner) -> bool {
    file.is_file()
}

/// Does nothing: no other account can open a file in the directory of the journals.
pub(crate) fn keep_private(_: &File) -> io::Result<()> {
    Ok(())
}

pub(crate) fn may_be_written(file: &File) -> io::Result<bool> {
    Ok(!file.metadata()?.permissions().readonly())
}

pub(crate) fn open_path(path: &Path, access: Access) -> io::Result<File> {
    open(path, access, 0)
}

/// Opens a file. To change a file with a lock, it must not be open for writing in another program.
fn open(path: &Path, access: Access, flags: u32) -> io::Result<File> {
    let sharing = match access {
        Access::ReadWrite => SHARE_READ,
        Access::Read | Access::Write | Access::ReadWriteUnlocked => SHARE_READ | SHARE_WRITE | SHARE_DELETE,
    };
    let mut options = OpenOptions::new();
    options.read(access != Access::Write).write(access != Access::Read);
    options.share_mode(sharing).custom_flags(flags).open(path)
}

/// Does nothing: an open file is locked already, because [`open`] lets no other program write to it.
pub(crate) fn try_lock(_: &File) -> Result<(), TryLockError> {
    Ok(())
}

/// Does nothing, because no pipe is opened.
pub(crate) fn wait_for_other_end(_: &File) -> io::Result<()> {
    Ok(())
}

/// Checks that this user may write to the file.
pub(crate) fn check_write(path: &Path) -> io::Result<()> {
    open_path(path, Access::Write).map(drop)
}

/// Fills the buffer with the bytes from this offset on. The position of the file stays.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    keeping_position(file, || {
        let mut done = 0;
        while done < buffer.len() {
            match file.seek_read(&mut buffer[done..], offset + done as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => done += count,
            }
        }
        Ok(())
    })
}

/// Writes all bytes at this offset. The length of the file changes only if the bytes end after its end, and the
/// position of the file stays.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    keeping_position(file, || {
        let mut done = 0;
        while done < bytes.len() {
            match file.seek_write(&bytes[done..], offset + done as u64)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => done += count,
            }
        }
        Ok(())
    })
}

/// Calls `transfer`, and then moves the position of the file back. Windows moves the position with each transfer, and
/// pread(2) and pwrite(2) do not.
fn keeping_position(mut file: &File, transfer: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let position = file.stream_position()?;
    let result = transfer();
    file.seek(SeekFrom::Start(position))?;
    result
}

/// Reserves nothing: no safe function reserves space without a change of the length. The write itself fails if the disk
/// is full.
pub(crate) fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Waits until the content and the attributes of the file are on the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Sets the access and modification times to the present time.
pub(crate) fn set_times_to_now(file: &File) -> io::Result<()> {
    let now = SystemTime::now();
    file.set_times(FileTimes::new().set_accessed(now).set_modified(now))
}

pub(crate) fn set_times(file: &File, accessed: FileTime, modified: FileTime) -> io::Result<()> {
    let (Some(accessed), Some(modified)) = (system_time(accessed), system_time(modified)) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    file.set_times(FileTimes::new().set_accessed(accessed).set_modified(modified))
}

fn system_time([seconds, nanoseconds]: FileTime) -> Option<SystemTime> {
    let part = |seconds: i64, nanoseconds: i64| {
        Some(Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?))
    };
    match part(seconds, nanoseconds) {
        Some(since) => UNIX_EPOCH.checked_add(since),
        None => UNIX_EPOCH.checked_sub(part(-seconds, -nanoseconds)?),
    }
}

/// Fails, because Windows has no modes.
pub(crate) fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "files have no mode on Windows"))
}

/// Fails, because files have no group that decides about access on Windows.
pub(crate) fn set_group(_: &File, _: u32) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "files have no group on Windows"))
}

/// Does nothing: the copy has the access control list that its directory gives to new files. No safe function copies
/// the list of the original.
pub(crate) fn copy_access(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// Accepts every length, because Windows has no such limit.
pub(crate) fn within_limit(_: u64) -> io::Result<()> {
    Ok(())
}

/// Recovery uses the tick only together with the identifier of the boot.
pub(crate) fn tick() -> Duration {
    Duration::ZERO
}

/// No safe function reads an identifier of the boot. Recovery then quarantines a file that was torn before the second
/// mark.
pub(crate) fn boot_id() -> Option<[u8; 16]> {
    None
}

#[cfg(test)]
mod tests;
