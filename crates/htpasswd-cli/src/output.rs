//! Standard output and standard error. Nothing else in the program prints.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use rustix::fs::FileType;

use crate::messages::{Problem, Provisioning};
use crate::stdio;

const WARNING: &[u8] = b"Warning:";
const RED: &[u8] = b"\x1b[31m";
const YELLOW: &[u8] = b"\x1b[33m";
const PLAIN: &[u8] = b"\x1b[0m";

/// Shows whole lines on standard error. That nobody can see them is no reason to fail: the file counts.
pub(crate) fn eprint(lines: &[u8]) {
    write(lines, b"");
}

/// The same for lines that may be errors: those start with the name that the program was called by.
pub(crate) fn eprint_error(lines: &[u8], program: &[u8]) {
    write(lines, program);
}

fn write(lines: &[u8], program: &[u8]) {
    let mut stderr = io::stderr();
    let colored = colorize(lines, program);
    // Nobody is asked about the terminal for lines that stay as they are.
    let lines = if colored != lines && wants_colour(&stderr) { &colored } else { lines };
    let _ = stderr.write_all(lines);
}

/// `Warning:` and the program's name in colour where they start a line; the sentences stay as they are.
fn colorize(lines: &[u8], program: &[u8]) -> Vec<u8> {
    let base = program.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let mut colored = Vec::with_capacity(lines.len());
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let named = |name: &[u8]| {
            !name.is_empty() && line.strip_prefix(name).is_some_and(|rest| rest.starts_with(b": "))
        };
        let (colour, length) = if line.starts_with(WARNING) {
            (YELLOW, WARNING.len())
        } else if let Some(name) = [program, base].into_iter().find(|name| named(name)) {
            (RED, name.len() + 1)
        } else {
            colored.extend_from_slice(line);
            continue;
        };
        let (start, rest) = line.split_at(length);
        for part in [colour, start, PLAIN, rest] {
            colored.extend_from_slice(part);
        }
    }
    colored
}

/// Whether this is a terminal that knows colours, and nobody has said that they want none (no-color.org).
pub(crate) fn wants_colour(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    stream.is_terminal()
        && set("NO_COLOR").is_none()
        && set("TERM").is_some_and(|terminal| terminal != "dumb")
}

/// Writes to standard output, where a loss is an error: what was asked for is lost.
pub(crate) fn print(text: &[u8]) -> Result<(), Problem> {
    let printed = print_or_tell(text);
    if let Err(Problem::Output(error)) = &printed
        && error.kind() == io::ErrorKind::BrokenPipe
        && !stdio::stdout_was_closed()
        && !stdio::sigpipe_was_ignored()
    {
        // Rust turns the signal into an error; in a pipeline, the signal is what is expected.
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
    }
    printed
}

/// The same, but it is an error too that nobody reads it: there is more to say than that.
pub(crate) fn print_or_tell(text: &[u8]) -> Result<(), Problem> {
    check()?;
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text).and_then(|()| stdout.flush()).and_then(|()| sync_if_file(&stdout));
    written.map_err(Problem::Output)
}

/// Prints what was done, to a file if one was changed: that stays so, and is said if this cannot be printed.
pub(crate) fn report(text: &[u8], changed: Option<&Path>) -> Result<(), Problem> {
    let Some(file) = changed else { return print(text) };
    print_or_tell(text).map_err(|problem| match problem {
        Problem::Output(error) => Provisioning::NotReported(file.to_owned(), error).into(),
        other => other,
    })
}

/// Whether there is a standard output at all.
pub(crate) fn check() -> Result<(), Problem> {
    if stdio::stdout_was_closed() {
        return Err(Problem::Output(io::Error::new(io::ErrorKind::BrokenPipe, "it is closed")));
    }
    Ok(())
}

/// Some file systems tell of a lost write only now.
fn sync_if_file(stdout: &io::StdoutLock<'_>) -> io::Result<()> {
    let kind = FileType::from_raw_mode(rustix::fs::fstat(stdout)?.st_mode);
    if kind == FileType::RegularFile {
        rustix::fs::fdatasync(stdout)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn colorizes(lines: &str, colored: &str) {
        let text = String::from_utf8(colorize(lines.as_bytes(), b"/usr/bin/htpasswd")).unwrap();
        assert_eq!(
            text.replace("\x1b[31m", "<red>").replace("\x1b[33m", "<yellow>").replace("\x1b[0m", "</>"),
            colored
        );
    }

    #[test]
    fn what_starts_a_warning_or_an_error_is_coloured() {
        colorizes("Warning: a.\n", "<yellow>Warning:</> a.\n");
        colorizes(
            "/usr/bin/htpasswd: a\nWarning: b.\n",
            "<red>/usr/bin/htpasswd:</> a\n<yellow>Warning:</> b.\n",
        );
        colorizes(
            "htpasswd: illegal option -- x\nUsage:\n",
            "<red>htpasswd:</> illegal option -- x\nUsage:\n",
        );
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        for lines in
            ["", "Adding password for user Warning: \n", "password verification failed\n", "htpasswd:x\n"]
        {
            colorizes(lines, lines);
        }
        assert_eq!(colorize(b": a\n", b""), b": a\n");
    }
}
