//! The operations that differ between operating systems.
//!
//! All other modules of the service call these functions, and have no `cfg` for a system. Windows has no Unix sockets, no
//! systemd and no SIGHUP, so the service there listens on TCP, and reads only changed files again.

#[cfg(unix)]
mod socket;
mod types;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use self::socket::bind;
pub(crate) use self::types::{Notice, Signal};
#[cfg(unix)]
pub(crate) use self::unix::*;
#[cfg(windows)]
pub(crate) use self::windows::*;
