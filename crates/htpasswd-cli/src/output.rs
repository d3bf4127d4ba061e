//! Writes to standard output and standard error.
//!
//! All other modules print through this one, except the prompts. Text is UTF-8, and `escape.rs` explains how it
//! represents other bytes of user names and paths. A result that cannot be written to standard output is an error. A
//! message that cannot be written to standard error is lost and is not an error, because the state of the password file
//! is more important.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf, is_separator};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;

use crate::escape::{self, Visible};
use crate::os;

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// The name or path by which the program was called. Messages start with it.
static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
/// The warnings since the last prompt, if it had no newline.
static DEFERRED: Mutex<Option<Vec<String>>> = Mutex::new(None);
/// The warnings that the next JSON object contains; `None` if the call does not ask for JSON.
static RECORDED: Mutex<Option<Vec<RecordedWarning>>> = Mutex::new(None);
static COLOR: AtomicU8 = AtomicU8::new(ColorChoice::Auto as u8);

/// When to print in colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// Print in colour on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    Always,
    Never,
}

/// A warning that was printed, for JSON.
#[derive(Debug, Serialize)]
pub(crate) struct RecordedWarning {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

/// A result could not be written to standard output.
#[derive(Debug)]
pub(crate) enum OutputError {
    Stdout(io::Error),
    /// This file was changed, but the report about the change could not be written.
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

/// The message of the operating system, without the error number that Rust adds.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

pub(crate) fn set_program(name: Vec<u8>) {
    // Only `main` sets the name, so the name is set once.
    let _ = PROGRAM.set(name);
}

pub(crate) fn set_color(choice: ColorChoice) {
    COLOR.store(choice as u8, Ordering::Relaxed);
}

fn program() -> &'static [u8] {
    PROGRAM.get().map_or(b"htpasswd", Vec::as_slice)
}

/// Prints text on standard error, and then the deferred warnings.
pub(crate) fn eprint(text: &str) {
    write_to_stderr(text);
    print_deferred();
}

/// Writes to standard error. Errors are ignored, because there is no other place to report them.
fn write_to_stderr(text: &str) {
    let mut stderr = io::stderr();
    let bytes = os::for_stream(escape::to_bytes(text), &stderr);
    let _ = stderr.write_all(&bytes);
}

/// Prints a line on standard error.
pub(crate) fn eprintln(line: &impl Display) {
    eprint(&format!("{line}\n"));
}

/// Prints `Warning: …` on standard error.
pub(crate) fn eprint_warning(warning: &impl Display) {
    eprint(&warning_line(warning));
}

/// Prints `Warning: …` on a line of its own. After a prompt without a newline, the warning is printed after the next
/// line, because scripts compare the line that starts with the prompts.
pub(crate) fn eprint_warning_on_line(warning: &impl Display) {
    let mut deferred = deferred();
    if let Some(lines) = &mut *deferred {
        lines.push(warning_line(warning));
        return;
    }
    drop(deferred);
    eprint_warning(warning);
}

/// Records all warnings from now on.
pub(crate) fn record_warnings() {
    recorded().get_or_insert_default();
}

/// Records a warning if the call asks for JSON.
pub(crate) fn record_warning(kind: &'static str, warning: &impl Display) {
    if let Some(warnings) = &mut *recorded() {
        let message = String::from_utf8_lossy(&escape::to_bytes(&warning.to_string())).into_owned();
        warnings.push(RecordedWarning { kind, message });
    }
}

/// Removes the recorded warnings and returns them.
pub(crate) fn take_recorded_warnings() -> Vec<RecordedWarning> {
    recorded().as_mut().map(std::mem::take).unwrap_or_default()
}

fn recorded() -> MutexGuard<'static, Option<Vec<RecordedWarning>>> {
    RECORDED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn warning_line(warning: &impl Display) -> String {
    format!("{}{warning}.\n", colored(YELLOW, b"Warning:"))
}

/// Records that the last text on standard error is a prompt without a newline.
pub(crate) fn after_prompt() {
    deferred().get_or_insert_default();
}

/// Prints the deferred warnings. `main` calls this function at the end, for a call that prints no other line.
pub(crate) fn print_deferred() {
    let lines = deferred().take().unwrap_or_default();
    write_to_stderr(&lines.concat());
}

fn deferred() -> MutexGuard<'static, Option<Vec<String>>> {
    DEFERRED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints `htpasswd: …` on standard error, with the name or path of the program.
pub(crate) fn eprint_error(error: &impl Display) {
    eprint(&format!("{}{error}\n", colored(RED, &[program(), b":"].concat())));
}

/// Like [`eprint_error`], but with only the last part of the program's path, like errors of getopt(3).
pub(crate) fn eprint_getopt_error(error: &impl Display) {
    let base = program().rsplit(|&byte| is_separator(byte.into())).next().unwrap_or_default();
    eprint(&format!("{}{error}\n", colored(RED, &[base, b":"].concat())));
}

fn colored(color: &str, label: &[u8]) -> String {
    let label = Visible(label);
    // The name of the program may contain any bytes, so it is escaped.
    if wants_color(&io::stderr()) { format!("{color}{label}{RESET} ") } else { format!("{label} ") }
}

/// Returns true if text for this stream should have colours. See `--color` and <https://no-color.org>.
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

/// Like [`print()`], with bytes in place of text.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), OutputError> {
    let printed = print_or_report(bytes);
    if let Err(OutputError::Stdout(error)) = &printed
        && error.kind() == io::ErrorKind::BrokenPipe
        && !os::stdout_was_closed()
        && !os::sigpipe_was_ignored()
    {
        // Rust turns SIGPIPE into an error, but shells expect that a program in a pipeline ends by SIGPIPE.
        os::end_by_broken_pipe();
    }
    printed
}

/// Like [`print_bytes`], but returns an error for a closed pipe too, so that the caller can report more about it.
pub(crate) fn print_or_report(bytes: &[u8]) -> Result<(), OutputError> {
    check_stdout()?;
    let mut stdout = io::stdout().lock();
    let bytes = os::for_stream(bytes.into(), &stdout);
    // Some file systems report a lost write only when the file is flushed to the disk.
    let written =
        stdout.write_all(&bytes).and_then(|()| stdout.flush()).and_then(|()| os::sync_regular_file(&stdout));
    written.map_err(OutputError::Stdout)
}

/// Prints the result of a command. If the command `changed` a file, an error says that the file was changed.
pub(crate) fn report(text: &str, changed: Option<&Path>) -> Result<(), OutputError> {
    let Some(file) = changed else { return print(text) };
    print_or_report(&escape::to_bytes(text)).map_err(|error| match error {
        OutputError::Stdout(error) => OutputError::ReportLost(file.to_owned(), error),
        lost @ OutputError::ReportLost(..) => lost,
    })
}

/// Fails if standard output is closed.
pub(crate) fn check_stdout() -> Result<(), OutputError> {
    if os::stdout_was_closed() {
        return Err(OutputError::Stdout(io::Error::new(io::ErrorKind::BrokenPipe, "it is closed")));
    }
    Ok(())
}
