//! Prompts on the console, and the reading of other inputs.
//!
//! A read from a console does not end at Ctrl-C, so another thread reads, and this thread waits for the answer or for
//! Ctrl-C. [`EchoGuard`] restores the console, because the program ends while the other thread still reads.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rpassword::{ConfigBuilder, read_password_with_config};
use winapi_util::console::{mode, set_mode};
use zeroize::Zeroizing;

use super::signals::Signals;
use crate::os::types::{Mode, Typed};

/// The input of the console, even if standard input is a file or a pipe.
const INPUT: &str = "CONIN$";
/// The output of the console, even if standard output and standard error are files or pipes.
const OUTPUT: &str = "CONOUT$";

/// The console displays the keys.
const ENABLE_ECHO_INPUT: u32 = 4;

/// The time after which the wait for an answer looks for Ctrl-C.
const POLL: Duration = Duration::from_millis(20);

/// Keeps echo off until this value is dropped.
pub(crate) struct EchoGuard<'a> {
    console: &'a File,
    before: u32,
}

impl<'a> EchoGuard<'a> {
    /// Switches echo off. For [`Mode::Keys`], rpassword changes the other settings.
    pub(crate) fn begin(console: &'a File, _: Mode) -> io::Result<Self> {
        let before = mode(console)?;
        set_mode(console, before & !ENABLE_ECHO_INPUT)?;
        Ok(Self { console, before })
    }
}

impl Drop for EchoGuard<'_> {
    fn drop(&mut self) {
        // This fails if the console was closed, when there is nothing to restore.
        let _ = set_mode(self.console, self.before);
    }
}

/// Opens the console for answers and for prompts; `None` if there is no console. Without the second file, prompts go to
/// standard error.
#[expect(clippy::unnecessary_wraps, reason = "it has the signature that Unix needs")]
pub(crate) fn open_terminal() -> io::Result<Option<(File, Option<File>)>> {
    let open = |name| OpenOptions::new().read(true).write(true).open(name);
    let Ok(input) = open(INPUT) else { return Ok(None) };
    if !input.is_terminal() {
        return Ok(None);
    }
    // The standard library converts text for the console only in its standard streams.
    let output = if io::stderr().is_terminal() { None } else { open(OUTPUT).ok() };
    Ok(Some((input, output)))
}

/// Waits for input and reads it once. Ctrl-C is an error of the kind [`ErrorKind::Interrupted`].
pub(crate) fn read(mut input: &File, signals: &Signals, buffer: &mut [u8]) -> io::Result<usize> {
    signals.check()?;
    if !input.is_terminal() {
        return input.read(buffer);
    }
    let length = buffer.len();
    let bytes = wait(signals, move || {
        let mut bytes = Zeroizing::new(vec![0; length]);
        // Only the standard stream converts the text of a console to UTF-8.
        let length = io::stdin().read(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    })?;
    buffer[..bytes.len()].copy_from_slice(&bytes);
    Ok(bytes.len())
}

/// Reads the keys of one answer from the console.
pub(crate) fn read_keys(_: &File, signals: &Rc<Signals>) -> io::Result<Typed> {
    let text = wait(signals, || {
        let config = ConfigBuilder::new().input_file_path(INPUT).output_discard().build();
        match read_password_with_config(config) {
            // The user pressed Ctrl-D before any other key.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            answer => answer.map(|text| Some(Zeroizing::new(text))),
        }
    })?;
    let is_entered = text.is_some();
    Ok(Typed { text: text.unwrap_or_default(), is_entered })
}

/// Calls the function in another thread, and waits for its result or for Ctrl-C.
fn wait<T: Send + 'static>(
    signals: &Signals,
    answer: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || sender.send(answer()))?;
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(answer) => {
                // Ctrl-C can end the read before its handler has run.
                thread::sleep(POLL);
                signals.check()?;
                return answer;
            }
            Err(RecvTimeoutError::Timeout) => signals.check()?,
            Err(RecvTimeoutError::Disconnected) => return Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}
