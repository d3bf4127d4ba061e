//! Standard output and standard error. Nothing else in the program prints.

use std::io::{self, IsTerminal, Write};

use rustix::fs::FileType;

use crate::messages::Problem;
use crate::startup;

/// Shows whole lines on standard error. That nobody can see them is no reason to fail: the file counts.
pub(crate) fn say(lines: &[u8]) {
    let _ = io::stderr().write_all(lines);
}

/// Writes to standard output, where a loss is an error: what was asked for is lost.
pub(crate) fn print(text: &[u8]) -> Result<(), Problem> {
    check()?;
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()).and_then(|()| settle(&stdout)) {
        Ok(()) => Ok(()),
        Err(error) => {
            if error.kind() == io::ErrorKind::BrokenPipe && !startup::sigpipe_was_ignored() {
                // Rust turns the signal into an error; in a pipeline, the signal is what is expected.
                let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
            }
            Err(Problem::Output(error))
        }
    }
}

/// Whether there is a standard output at all.
pub(crate) fn check() -> Result<(), Problem> {
    if startup::stdout_was_closed() {
        return Err(Problem::Output(io::Error::new(io::ErrorKind::BrokenPipe, "it is closed")));
    }
    Ok(())
}

/// Some file systems tell of a lost write only now.
fn settle(stdout: &io::StdoutLock<'_>) -> io::Result<()> {
    let kind = FileType::from_raw_mode(rustix::fs::fstat(stdout)?.st_mode);
    if kind == FileType::RegularFile {
        rustix::fs::fdatasync(stdout)?;
    }
    Ok(())
}

/// Whether standard output is a terminal, and nobody has said that they want no colour (no-color.org).
pub(crate) fn wants_colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && io::stdout().is_terminal()
}
