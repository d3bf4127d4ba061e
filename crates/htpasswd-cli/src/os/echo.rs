//! Switches the echo of the terminal off and on.
//!
//! [`EchoGuard`] changes the settings of the terminal and restores them when it is dropped. It must be dropped before
//! the program ends. The module `signals` ensures this order.

use std::fs::File;
use std::io;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use super::types::Mode;

/// The value that disables a special character (`_POSIX_VDISABLE` on Linux).
const DISABLED: u8 = 0;

/// Keeps echo off until this value is dropped.
pub(crate) struct EchoGuard<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> EchoGuard<'a> {
    /// Switches echo off. Discards earlier keys, because the terminal has displayed them.
    pub(crate) fn begin(terminal: &'a File, mode: Mode) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL;
        silent.special_codes[SpecialCodeIndex::VSUSP] = DISABLED;
        if let Mode::Keys = mode {
            silent.local_modes -= LocalModes::ICANON;
            silent.special_codes[SpecialCodeIndex::VQUIT] = DISABLED;
            // `read` returns after each key.
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for EchoGuard<'_> {
    fn drop(&mut self) {
        // This fails after a hang-up, when there is no terminal to restore.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
