//! Switches the terminal's echo off, and back on.
//!
//! [`EchoGuard`] changes the settings of the terminal and restores them when it is dropped. It must be dropped before
//! the program ends; signals.rs sees to that.

use std::fs::File;
use std::io;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// A special character that no key stands for (`_POSIX_VDISABLE` of Linux).
const DISABLED: u8 = 0;

/// How the terminal hands over what is typed without showing it.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// Key by key, for rpassword, which edits. Only Ctrl-C makes a signal.
    Keys,
    /// Line by line; the terminal edits. Ctrl-Z makes no signal: the shell would get a terminal without echo.
    Lines,
}

/// Echo is off while this value lives.
pub(super) struct EchoGuard<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> EchoGuard<'a> {
    /// Discards what was typed before: the terminal has shown it.
    pub(super) fn begin(terminal: &'a File, mode: Mode) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL;
        silent.special_codes[SpecialCodeIndex::VSUSP] = DISABLED;
        if let Mode::Keys = mode {
            silent.local_modes -= LocalModes::ICANON;
            silent.special_codes[SpecialCodeIndex::VQUIT] = DISABLED;
            // Each key is handed over at once.
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for EchoGuard<'_> {
    fn drop(&mut self) {
        // After a hang-up there is no terminal to restore.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
