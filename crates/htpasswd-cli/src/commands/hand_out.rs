//! Hands out the generated passwords of `--import --generate`, as CSV or JSON Lines.
//!
//! The import calls [`HandOut::write`] before it changes the password file. If the program ends between the two steps,
//! the handed-out passwords are not in force, and all users keep their old ones. The file must never replace another
//! file, and only its owner can read it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use htpasswd::{FileStore, Password, Username};
use zeroize::Zeroizing;

use crate::args::command::ListFormat;
use crate::args::list_format_of;
use crate::error::Error;
use crate::escape::Visible;
use crate::import::error::ImportError;
use crate::os;
use crate::output;

/// The generated passwords, before they are handed out.
pub(super) struct HandOut<'a> {
    /// The new file; `None` is standard output.
    output: Option<&'a Path>,
    format: ListFormat,
    /// The number of characters of each password.
    length: usize,
    count: usize,
    text: Zeroizing<Vec<u8>>,
}

/// Fails if the passwords cannot be handed out, before any password is generated.
pub(super) fn check(output: Option<&Path>) -> Result<(), Error> {
    let Some(path) = output else { return Ok(output::check_stdout()?) };
    if path.symlink_metadata().is_ok() {
        return Err(ImportError::OutputExists(path.to_owned()).into());
    }
    let checked = FileStore::new(path).check_create();
    checked.map_err(|error| {
        not_written(path, error.io_error().map_or_else(|| error.to_string(), output::reason))
    })
}

fn not_written(path: &Path, cause: String) -> Error {
    ImportError::OutputNotWritten { output: path.to_owned(), cause }.into()
}

impl<'a> HandOut<'a> {
    /// Makes room for this number of passwords, so that the text is never moved in memory.
    pub(super) fn new(output: Option<&'a Path>, length: usize, users: impl Iterator<Item = usize>) -> Self {
        let format = output.and_then(list_format_of).unwrap_or(ListFormat::Csv);
        // An escaped byte of a user name has at most six bytes in JSON, and a record at most 30 bytes beside the values.
        let size = users.map(|name| 6 * name + length + 30).sum::<usize>() + 30;
        let mut text = Zeroizing::new(Vec::with_capacity(size));
        if format != ListFormat::Json {
            text.extend_from_slice(b"user,password\n");
        }
        Self { output, format, length, count: 0, text }
    }

    /// Adds the password of a user. Fails for a name that JSON cannot contain.
    pub(super) fn push(
        &mut self,
        user: &Username,
        password: &Password,
        line: usize,
    ) -> Result<(), ImportError> {
        if self.format == ListFormat::Json {
            let name = str::from_utf8(user.as_bytes()).map_err(|_| ImportError::NameNotUtf8 { line })?;
            self.text.extend_from_slice(b"{\"user\":");
            // Writing to memory never fails.
            let _ = serde_json::to_writer(&mut *self.text, name);
            // A generated password needs no escaping.
            self.text.extend_from_slice(b",\"password\":\"");
            self.text.extend_from_slice(password.as_bytes());
            self.text.extend_from_slice(b"\"}\n");
        } else {
            push_field(&mut self.text, user.as_bytes());
            self.text.push(b',');
            self.text.extend_from_slice(password.as_bytes());
            self.text.push(b'\n');
        }
        self.count += 1;
        Ok(())
    }

    /// Writes and flushes the passwords. Writes nothing if there is no password. Fails if the password file `file` is
    /// the new file, because the change would remove the passwords.
    pub(super) fn write(&self, file: &Path) -> Result<(), Error> {
        if self.count == 0 {
            return Ok(());
        }
        let Some(path) = self.output else { return Ok(output::print_or_report(&self.text)?) };
        create(path, &self.text).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => ImportError::OutputExists(path.to_owned()).into(),
            _ => not_written(path, output::reason(&error)),
        })?;
        if os::is_same_file(path, file) {
            return Err(self.not_in_force(ImportError::OutputIsFile.into()));
        }
        Ok(())
    }

    /// The number of passwords.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The error of a failed change of the password file, after the passwords were handed out.
    pub(super) fn not_in_force(&self, error: Error) -> Error {
        if self.count == 0 {
            return error;
        }
        Error::NotInForce { output: self.output.map(Path::to_owned), cause: Box::new(error) }
    }

    /// Tells the user where the passwords are.
    pub(super) fn report(&self) {
        let (count, length, bits) = (self.count, self.length, Password::generated_bits(self.length));
        let passwords = if count == 1 { "password" } else { "passwords" };
        let place = self.output.map_or_else(String::new, |path| format!(" in {}", Visible::path(path)));
        if count > 0 {
            output::eprintln(&format_args!(
                "Generated {count} {passwords} of {length} characters, {bits} bits of entropy{place}"
            ));
        }
    }
}

/// Appends a field of CSV, in quotation marks if it needs them (RFC 4180).
fn push_field(text: &mut Vec<u8>, field: &[u8]) {
    if !field.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        text.extend_from_slice(field);
        return;
    }
    text.push(b'"');
    for &byte in field {
        text.extend(std::iter::repeat_n(byte, if byte == b'"' { 2 } else { 1 }));
    }
    text.push(b'"');
}

/// Creates the file with mode 0600, and flushes it and its directory. If that fails, no file remains.
fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = os::create_private(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // Some file systems cannot flush a directory. The content of the file is flushed already.
    let _ = File::open(directory.unwrap_or(Path::new("."))).and_then(|directory| directory.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(output: &str, users: &[&[u8]]) -> Result<String, ImportError> {
        let mut passwords = HandOut::new(Some(Path::new(output)), 26, users.iter().map(|user| user.len()));
        let room = passwords.text.capacity();
        for (line, user) in (1..).zip(users) {
            passwords.push(&Username::new(*user).unwrap(), &Password::new("abc123").unwrap(), line)?;
        }
        assert_eq!(passwords.text.capacity(), room, "the text was moved");
        Ok(String::from_utf8_lossy(&passwords.text).into_owned())
    }

    #[test]
    fn a_name_is_quoted_only_if_csv_needs_it() {
        let expected = "user,password\nmax,abc123\n\"a,b\",abc123\n\"\"\"q\"\"\",abc123\n\u{fffd},abc123\n";
        assert_eq!(text("out.csv", &[b"max", b"a,b", b"\"q\"", b"\xfc"]).unwrap(), expected);
    }

    #[test]
    fn the_ending_of_the_file_chooses_json() {
        for name in ["out.jsonl", "out.json"] {
            let expected = "{\"user\":\"a\\\"b\",\"password\":\"abc123\"}\n";
            assert_eq!(text(name, &[b"a\"b"]).unwrap(), expected);
        }
        assert!(text("out.txt", &[b"a"]).unwrap().starts_with("user,password\n"));
    }

    #[test]
    fn json_has_no_names_that_are_not_utf_8() {
        assert!(matches!(text("out.jsonl", &[b"a", b"\xfc"]), Err(ImportError::NameNotUtf8 { line: 2 })));
    }
}
