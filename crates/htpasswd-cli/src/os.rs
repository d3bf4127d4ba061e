//! The operations that differ between operating systems.
//!
//! All other modules of the command call these functions, and have no `cfg` for a system and no call of one. This file
//! chooses the implementation: `windows`, or the modules for Unix, where `linux` or `other` is the `kernel` with the
//! operations that not every Unix system has. An operation must never decide what the command does or prints.

#[cfg(unix)]
mod echo;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod keys;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod other;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod stdio;
mod types;
#[cfg(windows)]
mod windows;
#[cfg(unix)]
mod words;

#[cfg(unix)]
pub(crate) use self::echo::EchoGuard;
#[cfg(unix)]
pub(crate) use self::files::{
    HAS_ACCOUNTS, HAS_MODES, MAKE_DIRECTORY, create_private, has_no_locks, is_on_read_only_mount,
    is_open_file, is_same_file, permissions, sync_regular_file,
};
#[cfg(unix)]
pub(crate) use self::kernel::{has_acl, is_on_tmpfs, open_descriptor};
#[cfg(unix)]
pub(crate) use self::keys::{read, read_keys};
#[cfg(target_os = "linux")]
use self::linux as kernel;
#[cfg(all(unix, not(target_os = "linux")))]
use self::other as kernel;
#[cfg(unix)]
pub(crate) use self::process::{effective_ids, forbid_core_dumps, umask};
#[cfg(unix)]
pub(crate) use self::signals::{ENDING, INTERRUPT, Signals, end_by_broken_pipe};
#[cfg(unix)]
pub(crate) use self::stdio::{
    for_stream, open_terminal, sigpipe_was_ignored, stderr_width, stdin, stdout_was_closed,
};
pub(crate) use self::types::{Mode, Permissions, Typed};
#[cfg(windows)]
pub(crate) use self::windows::*;
#[cfg(unix)]
pub(crate) use self::words::{is_valid_word, trim_answer, unavailable, word_from_bytes};

#[cfg(not(any(unix, windows)))]
compile_error!("the command needs Unix or Windows: os.rs has no implementation for this target");
