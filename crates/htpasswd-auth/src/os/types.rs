//! The types that the operations of all systems share.
//!
//! This module must never contain code of one system.

/// A request to the running service.
pub(crate) enum Signal {
    /// Reads the configuration again.
    #[cfg_attr(windows, expect(dead_code, reason = "no signal of Windows asks for it"))]
    Reload,
    Stop,
}

/// A message to systemd.
pub(crate) enum Notice {
    Ready,
    Reloading,
    Stopping,
    Alive,
}
