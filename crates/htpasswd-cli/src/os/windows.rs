//! The operations of Windows.
//!
//! Words are UTF-16 on Windows and UTF-8 in this program. Files have no mode, owner and group that decide about access,
//! so each file counts as private. `console` has the prompts, and `signals` has Ctrl-C.

mod console;
mod signals;

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::windows::io::{AsHandle, BorrowedHandle};
use std::path::Path;

use winapi_util::console::screen_buffer_info;
use winapi_util::file::information;

pub(crate) use self::console::{EchoGuard, open_terminal, read, read_keys};
pub(crate) use self::signals::{ENDING, INTERRUPT, Signals, end_by_broken_pipe};
use super::types::Permissions;

/// Windows has access control lists in place of modes.
pub(crate) const HAS_MODES: bool = false;
/// The command that creates a directory with those above it, in cmd.exe and in PowerShell.
pub(crate) const MAKE_DIRECTORY: &str = "mkdir";
/// Windows has no /etc/passwd.
pub(crate) const HAS_ACCOUNTS: bool = false;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The permissions of a private file, because the standard library does not read access control lists.
pub(crate) fn permissions(_: &Metadata) -> Permissions {
    let (uid, gid) = effective_ids();
    Permissions { uid, gid, mode: 0o600 }
}

/// Returns true if both paths lead to the same file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    File::open(one).is_ok_and(|one| is_open_file(&one, other))
}

/// Returns true if the path leads to the open file.
pub(crate) fn is_open_file(open: &File, path: &Path) -> bool {
    let number =
        |file: &File| information(file).ok().map(|file| (file.volume_serial_number(), file.file_index()));
    let other = File::open(path).ok();
    number(open).is_some_and(|open| Some(open) == other.as_ref().and_then(number))
}

/// Creates a file with the access control list that its directory gives to new files. Fails if there is one with this
/// name.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Waits until the content of a regular file is on the disk. Does nothing for another kind of file.
pub(crate) fn sync_regular_file(file: &impl AsHandle) -> io::Result<()> {
    if !is_disk_file(file.as_handle()) {
        return Ok(());
    }
    File::from(file.as_handle().try_clone_to_owned()?).sync_all()
}

fn is_disk_file(file: BorrowedHandle<'_>) -> bool {
    file.try_clone_to_owned()
        .and_then(|file| winapi_util::file::typ(File::from(file)))
        .is_ok_and(|kind| kind.is_disk())
}

/// Returns false. The answer decides only about a warning for files that other users can read, and each file counts as
/// private.
pub(crate) fn is_on_read_only_mount(_: &File) -> bool {
    false
}

/// Returns false, because Windows has no tmpfs.
pub(crate) fn is_on_tmpfs(_: &File) -> bool {
    false
}

/// Returns false, because each file counts as private.
pub(crate) fn has_acl(_: &Path) -> bool {
    false
}

/// Returns false: a file is locked by opening it.
pub(crate) fn has_no_locks(_: &io::Error) -> bool {
    false
}

/// Always fails: the parser rejects the option, see [`unavailable`].
pub(crate) fn open_descriptor(_: i32) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Does nothing: no safe function keeps Windows from writing the memory of a program that crashes.
pub(crate) fn forbid_core_dumps() {}

/// Numbers of a user and a group that are not root.
pub(crate) fn effective_ids() -> (u32, u32) {
    (u32::MAX, u32::MAX)
}

/// The mask of a system without modes.
pub(crate) fn umask() -> u32 {
    0o077
}

/// Standard input as a file without a buffer, so that the next program can read the rest of the input.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

/// Returns false: the standard library does not report that there is no standard output.
pub(crate) fn stdout_was_closed() -> bool {
    false
}

/// Returns false: Windows has no SIGPIPE.
pub(crate) fn sigpipe_was_ignored() -> bool {
    false
}

/// The width of the console of standard error, in columns; `None` if it is not a console.
pub(crate) fn stderr_width() -> Option<usize> {
    let (columns, _) = screen_buffer_info(io::stderr()).ok()?.size();
    usize::try_from(columns).ok().filter(|columns| *columns > 0)
}

/// The bytes that the stream accepts for this text. A console accepts only UTF-8, so it gets a replacement character in
/// place of each other byte.
pub(crate) fn for_stream<'b>(bytes: Cow<'b, [u8]>, stream: &impl IsTerminal) -> Cow<'b, [u8]> {
    if str::from_utf8(&bytes).is_err() && stream.is_terminal() { for_console(&bytes) } else { bytes }
}

fn for_console<'b>(bytes: &[u8]) -> Cow<'b, [u8]> {
    String::from_utf8_lossy(bytes).into_owned().into_bytes().into()
}

/// The word or path with these bytes.
pub(crate) fn word_from_bytes(bytes: Vec<u8>) -> OsString {
    let text = String::from_utf8(bytes);
    text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()).into()
}

/// Returns false for a word with half of a surrogate pair, which UTF-8 does not have.
pub(crate) fn is_valid_word(word: &OsStr) -> bool {
    word.to_str().is_some()
}

/// The reason why Windows does not have the option with this name.
pub(crate) fn unavailable(option: &str) -> Option<&'static str> {
    match option {
        "mode" => Some("files have no mode on Windows"),
        "group" => Some("the group of a file gives no access on Windows"),
        "password-fd" => Some("programs do not inherit numbered file descriptors on Windows"),
        _ => None,
    }
}

/// Removes what PowerShell and cmd.exe add to an answer in a pipe: a byte order mark, and the carriage return of a line.
pub(crate) fn trim_answer(bytes: &mut Vec<u8>, is_line: bool) {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    if is_line && bytes.ends_with(b"\r") {
        bytes.pop();
    }
}

#[cfg(test)]
mod tests;
