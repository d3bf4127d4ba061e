//! Prompts for passwords.
//!
//! [`Terminal::ask`] prints one prompt and reads the answer. On a terminal, echo is off before the prompt appears, and
//! [`os::read_keys`] reads the answer. Without a terminal, each answer is a line of standard input.
//! This module must never display an answer, or return one that the user did not type.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::rc::Rc;

use zeroize::Zeroizing;

use super::error::PasswordInputError;
use super::input;
pub(crate) use super::input::{Answer, Until};
use crate::os::{self, ENDING, EchoGuard, INTERRUPT, Mode, Signals, Typed};
use crate::output;

/// The character by which rpassword replaces bytes that are not UTF-8.
const REPLACEMENT: char = '\u{fffd}';

/// The byte of Ctrl-Z, which sends no signal while echo is off.
const CTRL_Z: u8 = 0x1a;

/// The input for answers and the output for prompts.
pub(crate) struct Terminal {
    input: File,
    /// `None` if prompts go to standard error.
    output: Option<File>,
    /// True if the input is a terminal, which displays keys unless echo is off.
    has_echo: bool,
    signals: Rc<Signals>,
    /// The bytes that were read before the program was stopped and continued.
    so_far: Zeroizing<Vec<u8>>,
}

impl Terminal {
    /// Opens the terminal of the user. If there is none, the prompts go to standard error and the answers come from
    /// standard input.
    pub(crate) fn open() -> Result<Self, PasswordInputError> {
        let (input, output) = match os::open_terminal()? {
            Some(terminal) => terminal,
            None => (os::stdin()?, None),
        };
        Self::new(input, output, &[INTERRUPT])
    }

    /// Reads answers from standard input, and prints prompts on standard error.
    pub(crate) fn stdin() -> Result<Self, PasswordInputError> {
        Self::from_file(os::stdin()?)
    }

    /// Reads answers from an open file, and prints prompts on standard error.
    pub(crate) fn from_file(input: File) -> Result<Self, PasswordInputError> {
        Self::new(input, None, &[])
    }

    /// Catches `signals`. If the input is a terminal, it catches all signals that end the program, because the echo of
    /// the terminal must be restored.
    fn new(input: File, output: Option<File>, signals: &[i32]) -> Result<Self, PasswordInputError> {
        let has_echo = input.is_terminal();
        let signals = Signals::watch(if has_echo { ENDING } else { signals }, has_echo);
        let signals = Rc::new(signals?);
        Ok(Self { input, output, has_echo, signals, so_far: Zeroizing::default() })
    }

    /// Prints the prompt and reads an answer of at most `limit` bytes with echo off.
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
                    self.print("\n");
                }
                return Err(PasswordInputError::Interrupted);
            }
            match result {
                Ok(answer) if answer.bytes.len() > limit => return Err(PasswordInputError::TooLong),
                Ok(answer) => return Ok(answer),
                // The program was stopped and continued, so the loop prints the prompt again.
                Err(PasswordInputError::Unreadable(error)) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Prompts once, with an echo guard and a signal guard. A signal is an I/O error of the kind `Interrupted`.
    fn ask_once(&mut self, prompt: &str, until: Until, limit: usize) -> Result<Answer, PasswordInputError> {
        let terminal = self.input.try_clone()?;
        let is_edited = self.has_echo && until == Until::LineEnd;
        let mode = if is_edited { Mode::Keys } else { Mode::Lines };
        let _signal_guard = self.signals.begin();
        let _echo_guard = self.has_echo.then(|| EchoGuard::begin(&terminal, mode)).transpose()?;
        self.print(prompt);
        if !self.has_echo && !prompt.is_empty() && !prompt.ends_with('\n') {
            // No terminal writes the newline of the answer.
            output::after_prompt();
        }
        if is_edited {
            return self.read_keys();
        }
        let mut answer = input::read(&self.input, &self.signals, until, limit, &mut self.so_far)?;
        if self.has_echo {
            answer.bytes.retain(|byte| *byte != CTRL_Z);
        } else {
            os::trim_answer(&mut answer.bytes, until == Until::LineEnd);
        }
        Ok(answer)
    }

    /// Reads the answer that the user types.
    fn read_keys(&self) -> Result<Answer, PasswordInputError> {
        let Typed { mut text, is_entered } = os::read_keys(&self.input, &self.signals)?;
        if is_entered {
            self.print("\n");
        }
        if text.contains(REPLACEMENT) {
            return Err(PasswordInputError::NotUtf8);
        }
        let is_missing = text.is_empty() && !is_entered;
        Ok(Answer { bytes: Zeroizing::new(std::mem::take(&mut *text).into_bytes()), is_missing })
    }

    /// Writes to the terminal. Errors are ignored, because the answer can be read without the prompt.
    fn print(&self, text: &str) {
        let _ = match &self.output {
            Some(output) => (&mut &*output).write_all(text.as_bytes()),
            None => io::stderr().write_all(text.as_bytes()),
        };
    }
}
