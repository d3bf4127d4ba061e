//! The operations that differ between operating systems.
//!
//! All other modules of the library call these functions, and have no `cfg` for a system and no call of one. This file
//! chooses the implementation: `windows`, or `unix` with what all Unix systems share, where `linux`, `apple` or `other` is
//! the `kernel` with the rest. An operation must never decide what is written to a file; `commit` and `recover` decide it.

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(any(target_os = "linux", target_vendor = "apple"))))]
mod other;
mod types;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_vendor = "apple")]
use self::apple as kernel;
#[cfg(target_os = "linux")]
use self::linux as kernel;
#[cfg(all(unix, not(any(target_os = "linux", target_vendor = "apple"))))]
use self::other as kernel;
pub(crate) use self::types::{Access, FileTime, Identity, Naming, NewMode, Opened, Times};
#[cfg(unix)]
pub(crate) use self::unix::*;

#[cfg(windows)]
pub(crate) use self::windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("the feature `store` needs Unix or Windows: store/sys has no implementation for this target");
