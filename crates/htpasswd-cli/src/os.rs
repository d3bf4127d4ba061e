//! The operations that differ between operating systems.
//!
//! All other modules of the command call these functions, and have no `cfg` for a system and no call of one. `linux` or
//! `other` is the `kernel`, with the operations that not every Unix system has. An operation must never decide what the
//! command does or prints.

mod echo;
mod files;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod other;
mod process;
mod signals;
mod stdio;
mod words;

pub(crate) use self::echo::{EchoGuard, Mode};
pub(crate) use self::files::{
    Permissions, create_private, has_no_locks, is_on_read_only_mount, is_same_file, sync_regular_file,
};
pub(crate) use self::kernel::{has_acl, is_on_tmpfs, open_descriptor};
#[cfg(target_os = "linux")]
use self::linux as kernel;
#[cfg(all(unix, not(target_os = "linux")))]
use self::other as kernel;
pub(crate) use self::process::{effective_ids, forbid_core_dumps, umask};
pub(crate) use self::signals::{ENDING, INTERRUPT, Signals, end_by_broken_pipe};
pub(crate) use self::stdio::{sigpipe_was_ignored, stderr_width, stdin, stdout_was_closed};
pub(crate) use self::words::word_from_bytes;

#[cfg(not(unix))]
compile_error!("the command needs a Unix system: os.rs has no implementation for this target");
