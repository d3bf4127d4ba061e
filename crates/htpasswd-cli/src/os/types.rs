//! The types that the operations of all systems share.
//!
//! This module must never contain code of one system.

use zeroize::Zeroizing;

/// The owner, the group and the mode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permissions {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: u32,
}

/// The unit of input that the terminal passes to the program.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    /// Each key at once, because rpassword does the editing. Only Ctrl-C sends a signal.
    Keys,
    /// Whole lines, which the terminal edits. Ctrl-Z sends no signal, because the shell would get a terminal without
    /// echo.
    Lines,
}

/// The keys that a user has typed at a prompt.
pub(crate) struct Typed {
    pub(crate) text: Zeroizing<String>,
    /// True after Enter.
    pub(crate) is_entered: bool,
}
