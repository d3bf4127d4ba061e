//! Standard input, output and error, and their state when the program started.
//!
//! Before `main` begins, the standard library opens /dev/null on closed standard descriptors and ignores SIGPIPE. This
//! module therefore records the original state earlier. It must never write to a descriptor.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::FileType;

use super::process::{contains, ignored_signals};

static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static SIGPIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// Runs before the standard library is initialized, so it uses only parts of it that need no initialization.
#[ctor::ctor]
fn record_standard_output() {
    match rustix::fs::fstat(rustix::stdio::stdout()) {
        Err(_) => STDOUT_WAS_CLOSED.store(true, Ordering::Relaxed),
        Ok(stat) => {
            // SIGPIPE comes only from pipes and sockets. Elsewhere the look-up is skipped, because it takes longer than
            // hashing with -s.
            if matches!(FileType::from_raw_mode(stat.st_mode), FileType::Fifo | FileType::Socket) {
                let ignored = contains(ignored_signals(), signal_hook::consts::SIGPIPE);
                SIGPIPE_WAS_IGNORED.store(ignored, Ordering::Relaxed);
            }
        }
    }
}

/// Standard input as a file without a buffer, so that the next program can read the rest of the input.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Opens the controlling terminal for answers and for prompts; `None` if there is no terminal. Without the second file,
/// prompts go to standard error.
pub(crate) fn open_terminal() -> io::Result<Option<(File, Option<File>)>> {
    match OpenOptions::new().read(true).write(true).open("/dev/tty") {
        Ok(terminal) => Ok(Some((terminal.try_clone()?, Some(terminal)))),
        Err(_) => Ok(None),
    }
}

/// The bytes that the stream accepts for this text: all of them.
pub(crate) fn for_stream<'b>(bytes: Cow<'b, [u8]>, _: &impl IsTerminal) -> Cow<'b, [u8]> {
    bytes
}

/// Returns true if standard output was closed when the program started. In this case, everything that the program
/// prints to it is lost.
pub(crate) fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// Returns true if the caller ignores SIGPIPE, as with `trap '' PIPE`, and standard output is a pipe or a socket.
pub(crate) fn sigpipe_was_ignored() -> bool {
    SIGPIPE_WAS_IGNORED.load(Ordering::Relaxed)
}

/// The width of the terminal of standard error, in columns; `None` if it is not a terminal or has no width.
pub(crate) fn stderr_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr()).ok()?;
    (size.ws_col > 0).then(|| size.ws_col.into())
}
