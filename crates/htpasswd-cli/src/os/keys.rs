//! Reads the answers of a user or a script, and stops when a signal arrives.
//!
//! [`read_keys`] reads the keys of a prompt on a terminal. rpassword edits and decodes the answer, and gets the keys from
//! [`Keys`] instead of the terminal, so that a signal ends the wait and Enter always ends the answer. This module must
//! never leave a copy of the input in memory, and must never read more than the answer.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

use rpassword::{ConfigBuilder, read_password_with_config};
use zeroize::Zeroizing;

use super::signals::Signals;
use super::types::Typed;

/// Waits for input and reads it once. A signal is an error of the kind [`ErrorKind::Interrupted`].
pub(crate) fn read(mut input: &File, signals: &Signals, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        signals.wait(input)?;
        match input.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Reads the keys of one answer from the terminal.
pub(crate) fn read_keys(terminal: &File, signals: &Rc<Signals>) -> io::Result<Typed> {
    let is_entered = Rc::new(Cell::new(false));
    let keys = Keys {
        terminal: terminal.try_clone()?,
        signals: Rc::clone(signals),
        is_entered: Rc::clone(&is_entered),
    };
    let config = ConfigBuilder::new().input_reader(keys).output_discard().build();
    let text = Zeroizing::new(match read_password_with_config(config) {
        // The user pressed Ctrl-D before any other key.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => String::new(),
        answer => answer?,
    });
    Ok(Typed { text, is_entered: is_entered.get() })
}

/// The keys of one answer. Enter ends the answer, even after an incomplete character.
struct Keys {
    terminal: File,
    signals: Rc<Signals>,
    /// True after Enter.
    is_entered: Rc<Cell<bool>>,
}

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_entered.get() {
            return Ok(0);
        }
        self.signals.wait(&self.terminal)?;
        // Each call reads one byte, so that the bytes after Enter stay for the next program.
        let length = self.terminal.read(buffer.get_mut(..1).unwrap_or_default())?;
        self.is_entered.set(matches!(buffer[..length], [b'\n' | b'\r']));
        Ok(length)
    }
}
