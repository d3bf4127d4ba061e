//! Prompts: rpassword takes the answer on a terminal.
//!
//! [`Terminal::ask`] asks one question. On a terminal, echo is off before the prompt appears, and rpassword edits and
//! decodes the answer. It gets the keys from [`Keys`], and not straight from the terminal: a signal has to end the wait,
//! and Enter has to end the answer in any case. Without a terminal, answers are lines of standard input.
//! This module must never show an answer, nor return one that is not what was typed.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::rc::Rc;

use rpassword::{ConfigBuilder, read_password_with_config};
use rustix::termios::isatty;
use signal_hook::consts::SIGINT;
use zeroize::Zeroizing;

use super::echo::{EchoGuard, Mode};
use super::error::PasswordInputError;
use super::input::{self, Keys};
pub(crate) use super::input::{Answer, Until};
use super::signals::{ENDING, Signals};
use crate::stdio;

/// What rpassword makes of bytes that are not UTF-8.
const REPLACEMENT: char = '\u{fffd}';

/// The byte of this key, which makes no signal while echo is off.
const CTRL_Z: u8 = 0x1a;

/// Where questions are asked and answers come from.
pub(crate) struct Terminal {
    input: File,
    /// `None`: questions go to standard error.
    output: Option<File>,
    /// The input is a terminal, which shows what is typed unless told otherwise.
    has_echo: bool,
    signals: Rc<Signals>,
    /// What was read before a pause.
    so_far: Zeroizing<Vec<u8>>,
}

impl Terminal {
    /// The controlling terminal, or, without one, standard input and standard error.
    pub(crate) fn open() -> Result<Self, PasswordInputError> {
        match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(tty) => Self::new(tty.try_clone()?, Some(tty), &[SIGINT]),
            Err(_) => Self::new(stdio::stdin()?, None, &[SIGINT]),
        }
    }

    /// Standard input, whatever it is, and nothing to ask.
    pub(crate) fn stdin() -> Result<Self, PasswordInputError> {
        Self::of(stdio::stdin()?)
    }

    /// The same of any open file.
    pub(crate) fn of(input: File) -> Result<Self, PasswordInputError> {
        Self::new(input, None, &[])
    }

    /// If no echo has to come back, only `signals` are caught.
    fn new(input: File, output: Option<File>, signals: &[i32]) -> Result<Self, PasswordInputError> {
        let has_echo = isatty(&input);
        let signals = Signals::watch(if has_echo { ENDING } else { signals }, has_echo);
        let signals = Rc::new(signals?);
        Ok(Self { input, output, has_echo, signals, so_far: Zeroizing::default() })
    }

    /// Asks, and reads an answer of at most `limit` bytes with echo off.
    pub(crate) fn ask(
        &mut self,
        prompt: &str,
        until: Until,
        limit: usize,
    ) -> Result<Answer, PasswordInputError> {
        loop {
            let result = self.ask_once(prompt, until, limit);
            if self.signals.act() {
                if self.has_echo {
                    self.show("\n");
                }
                return Err(PasswordInputError::Interrupted);
            }
            match result {
                Ok(answer) if answer.bytes.len() > limit => return Err(PasswordInputError::TooLong),
                Ok(answer) => return Ok(answer),
                // The program was stopped and continued: the question is asked again.
                Err(PasswordInputError::Unreadable(error)) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks once, with both guards. A signal makes this an I/O error of the kind `Interrupted`.
    fn ask_once(&mut self, prompt: &str, until: Until, limit: usize) -> Result<Answer, PasswordInputError> {
        let terminal = self.input.try_clone()?;
        let is_edited = self.has_echo && until == Until::LineEnd;
        let mode = if is_edited { Mode::Keys } else { Mode::Lines };
        let _signal_guard = self.signals.begin();
        let _echo_guard = self.has_echo.then(|| EchoGuard::begin(&terminal, mode)).transpose()?;
        self.show(prompt);
        if is_edited {
            return self.typed();
        }
        let mut answer = input::read(&self.input, &self.signals, until, limit, &mut self.so_far)?;
        if self.has_echo {
            answer.bytes.retain(|byte| *byte != CTRL_Z);
        }
        Ok(answer)
    }

    /// The answer that somebody types.
    fn typed(&self) -> Result<Answer, PasswordInputError> {
        let is_entered = Rc::new(Cell::new(false));
        let keys = Keys {
            terminal: self.input.try_clone()?,
            signals: Rc::clone(&self.signals),
            is_entered: Rc::clone(&is_entered),
        };
        let config = ConfigBuilder::new().input_reader(keys).output_discard().build();
        let mut answer = Zeroizing::new(match read_password_with_config(config) {
            // Ctrl-D, when nothing was typed before.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => String::new(),
            answer => answer?,
        });
        if is_entered.get() {
            self.show("\n");
        }
        if answer.contains(REPLACEMENT) {
            return Err(PasswordInputError::NotUtf8);
        }
        let nothing = answer.is_empty() && !is_entered.get();
        Ok(Answer { bytes: Zeroizing::new(std::mem::take(&mut *answer).into_bytes()), nothing })
    }

    /// Writes to the terminal. A failure is no reason not to read the answer.
    fn show(&self, text: &str) {
        let _ = match &self.output {
            Some(output) => (&mut &*output).write_all(text.as_bytes()),
            None => io::stderr().write_all(text.as_bytes()),
        };
    }
}
