//! Standard output and standard error. Nothing else in the program prints.
//!
//! Text is UTF-8 here; bytes of user names and paths that are not UTF-8 travel in it as `escape.rs` says. Results are
//! worth an error if they cannot be written. Messages on standard error are not: the password file counts.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::fs::FileType;

use crate::escape::{self, Visible};
use crate::stdio;

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// The name that the program was called by, for messages.
static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
static COLOR: AtomicU8 = AtomicU8::new(ColorChoice::Auto as u8);

/// When to print in colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    Always,
    Never,
}

/// Standard output did not take the result.
#[derive(Debug)]
pub(crate) enum OutputError {
    Stdout(io::Error),
    /// A file was changed, and the report of the change is lost.
    ReportLost(PathBuf, io::Error),
}

impl Display for OutputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Stdout(error) | Self::ReportLost(_, error)) = self;
        write!(f, "cannot write to standard output: {}", reason(error))?;
        match self {
            Self::Stdout(_) => Ok(()),
            Self::ReportLost(file, _) => write!(f, "; the file {} was changed", Visible::path(file)),
        }
    }
}

impl std::error::Error for OutputError {}

/// The cause that the operating system gave, without the number that Rust adds.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

pub(crate) fn set_program(name: Vec<u8>) {
    // It is set once, by `main`.
    let _ = PROGRAM.set(name);
}

pub(crate) fn set_color(choice: ColorChoice) {
    COLOR.store(choice as u8, Ordering::Relaxed);
}

fn program() -> &'static [u8] {
    PROGRAM.get().map_or(b"htpasswd", Vec::as_slice)
}

/// Prints text on standard error as it is.
pub(crate) fn eprint(text: &str) {
    let _ = io::stderr().write_all(&escape::to_bytes(text));
}

/// Prints a line on standard error.
pub(crate) fn eprintln(line: &impl Display) {
    eprint(&format!("{line}\n"));
}

/// Prints `Warning: …` on standard error.
pub(crate) fn eprint_warning(warning: &impl Display) {
    eprint(&format!("{}{warning}.\n", colored(YELLOW, b"Warning:")));
}

/// Prints `htpasswd: …` on standard error, with the name that the program was called by.
pub(crate) fn eprint_error(error: &impl Display) {
    eprint(&format!("{}{error}\n", colored(RED, &[program(), b":"].concat())));
}

/// Like [`eprint_error`], with the last part of the program's path only. getopt prints its errors so.
pub(crate) fn eprint_getopt_error(error: &impl Display) {
    let base = program().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    eprint(&format!("{}{error}\n", colored(RED, &[base, b":"].concat())));
}

fn colored(color: &str, label: &[u8]) -> String {
    let label = Visible(label);
    // The name of a program can be a byte string of any kind; colour is for the usual ones.
    if wants_color(&io::stderr()) { format!("{color}{label}{RESET} ") } else { format!("{label} ") }
}

/// Whether text for this stream is to be coloured (`--color`, no-color.org).
pub(crate) fn wants_color(stream: &impl IsTerminal) -> bool {
    let choice = COLOR.load(Ordering::Relaxed);
    if choice != ColorChoice::Auto as u8 {
        return choice == ColorChoice::Always as u8;
    }
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    stream.is_terminal()
        && set("NO_COLOR").is_none()
        && set("TERM").is_some_and(|terminal| terminal != "dumb")
}

/// Writes a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), OutputError> {
    print_bytes(&escape::to_bytes(text))
}

/// Like [`print()`], of bytes.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), OutputError> {
    let printed = print_or_report(bytes);
    if let Err(OutputError::Stdout(error)) = &printed
        && error.kind() == io::ErrorKind::BrokenPipe
        && !stdio::stdout_was_closed()
        && !stdio::sigpipe_was_ignored()
    {
        // Rust turns the signal into an error; in a pipeline, the signal is what is expected.
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
    }
    printed
}

/// Like [`print_bytes`], but a closed pipe is an error too: the caller has more to say about the loss.
pub(crate) fn print_or_report(bytes: &[u8]) -> Result<(), OutputError> {
    check_stdout()?;
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush()).and_then(|()| sync_if_file(&stdout));
    written.map_err(OutputError::Stdout)
}

/// Prints the result of a change. If `changed` names a file, the change stays, and an error says so.
pub(crate) fn report(text: &str, changed: Option<&Path>) -> Result<(), OutputError> {
    let Some(file) = changed else { return print(text) };
    print_or_report(&escape::to_bytes(text)).map_err(|error| match error {
        OutputError::Stdout(error) => OutputError::ReportLost(file.to_owned(), error),
        lost @ OutputError::ReportLost(..) => lost,
    })
}

/// Fails if there is no standard output.
pub(crate) fn check_stdout() -> Result<(), OutputError> {
    if stdio::stdout_was_closed() {
        return Err(OutputError::Stdout(io::Error::new(io::ErrorKind::BrokenPipe, "it is closed")));
    }
    Ok(())
}

/// Some file systems report a lost write only now.
fn sync_if_file(stdout: &io::StdoutLock<'_>) -> io::Result<()> {
    let kind = FileType::from_raw_mode(rustix::fs::fstat(stdout)?.st_mode);
    if kind == FileType::RegularFile {
        rustix::fs::fdatasync(stdout)?;
    }
    Ok(())
}
