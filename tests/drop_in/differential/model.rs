//! A model of both programs. It predicts the outcome of a call, and the rows of `docs/compatibility.md` that describe a
//! difference.
//!
//! The model is based on the table and on experiments with Apache's tool. It must not use code of the command. From the
//! library, it uses only the functions that make and verify hashes.

mod edits;
mod passwords;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::generator::{Call, Entry};
use super::grammar::{ArgumentError, Arguments};
use super::records::{File, rows_of};
use super::scheme::Scheme;
use crate::support::PLAIN_WARNING;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Apache,
    Ours,
}

/// The rows of `docs/compatibility.md` that can describe a difference of a call.
pub(super) type Rows = BTreeSet<&'static str>;

/// The entries of the working directory.
pub(super) type Entries = BTreeMap<String, Entry>;

/// The expected outcome of a call.
pub(super) struct Expected {
    pub(super) exit: End,
    pub(super) message: Message,
    /// The number of prompts.
    pub(super) prompts: usize,
    /// Standard output, with [`HASH`](super::scheme::HASH) instead of a new hash. `None` means any text.
    pub(super) stdout: Option<Vec<u8>>,
    /// The working directory after the call, with [`HASH`](super::scheme::HASH) instead of a new hash.
    pub(super) entries: Entries,
    /// A part of each warning that only this program has.
    pub(super) warnings: Vec<&'static str>,
    pub(super) rows: Rows,
    /// The password of the new hash, if there is one.
    pub(super) password: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(i32),
    /// D37: Apache's tool crashes, or finds an error before it would crash.
    CrashOrError,
}

/// Standard error without prompts and without warnings that only this program has.
#[derive(PartialEq, Eq)]
pub(super) enum Message {
    /// Exactly this text.
    Text(Vec<u8>),
    /// This text and the usage.
    Usage(Vec<u8>),
    /// This text and a line that only this program has.
    OwnWords(Vec<u8>),
    Anything,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.escape_ascii()),
            Self::Usage(text) => write!(f, "\"{}\" and the usage", text.escape_ascii()),
            Self::OwnWords(text) => write!(f, "\"{}\" and another line", text.escape_ascii()),
            Self::Anything => f.write_str("anything"),
        }
    }
}

/// Returns true if a user name starts or ends with white space, except for ASCII blanks at the end.
fn has_white_space(user: &[u8]) -> bool {
    let is_white_space = |character: char| character.is_whitespace() || character == '\u{feff}';
    let chunks: Vec<_> = user.utf8_chunks().collect();
    let first = chunks.first().is_some_and(|chunk| chunk.valid().starts_with(is_white_space));
    let last = chunks.last().filter(|chunk| chunk.invalid().is_empty()).map_or("", |chunk| chunk.valid());
    // Blanks at the end are allowed, but not after other white space.
    let blanks = last.len() - last.trim_end_matches(' ').len();
    first || last.trim_end_matches(is_white_space).len() + blanks < last.len()
}

/// Returns true if a character is invisible. Only characters of the generated names are considered.
fn is_invisible(character: char) -> bool {
    let formats = ['\u{ad}', '\u{200b}', '\u{202e}', '\u{feff}'];
    character.is_control() || (character.is_whitespace() && character != ' ') || formats.contains(&character)
}

/// The result of a step. `Err` ends the run, with the outcome in [`Model::expected`].
type Step<T> = Result<T, ()>;

/// Predicts the outcome of a call of the program `dialect`.
pub(super) fn expect(call: &Call, dialect: Dialect) -> Expected {
    let expected = Expected {
        exit: End::Code(0),
        message: Message::Text(Vec::new()),
        prompts: 0,
        stdout: Some(Vec::new()),
        entries: call.entries(),
        warnings: Vec::new(),
        rows: Rows::new(),
        password: None,
    };
    let mut model = Model { call, dialect, text: Vec::new(), expected };
    let failed = model.run().is_err();
    if failed && dialect == Dialect::Apache && model.expected.entries != call.entries() {
        model.add_row("D17");
    }
    if model.expected.message == Message::Text(Vec::new()) {
        model.expected.message = Message::Text(model.text);
    }
    model.expected
}

struct Model<'a> {
    call: &'a Call,
    dialect: Dialect,
    text: Vec<u8>,
    expected: Expected,
}

impl Model<'_> {
    fn is_apache(&self) -> bool {
        self.dialect == Dialect::Apache
    }

    fn add_row(&mut self, row: &'static str) {
        self.expected.rows.insert(row);
    }

    /// Adds a line to standard error.
    fn print(&mut self, parts: &[&[u8]]) {
        self.text.extend(parts.concat());
        self.text.push(b'\n');
    }

    /// Prints a message, and ends the run with this exit code.
    fn fail<T>(&mut self, code: i32, message: &str) -> Step<T> {
        self.print(&[message.as_bytes()]);
        self.expected.exit = End::Code(code);
        Err(())
    }

    /// Prints a message that only this program has, and ends the run with this exit code.
    fn fail_in_own_words<T>(&mut self, row: &'static str, code: i32) -> Step<T> {
        self.add_row(row);
        self.expected.message = Message::OwnWords(std::mem::take(&mut self.text));
        self.expected.exit = End::Code(code);
        Err(())
    }

    /// Prints a line and the usage, and ends the run with exit code 2.
    fn fail_with_usage<T>(&mut self, line: &[u8]) -> Step<T> {
        self.text.extend_from_slice(line);
        self.expected.message = Message::Usage(std::mem::take(&mut self.text));
        self.expected.exit = End::Code(2);
        Err(())
    }

    fn run(&mut self) -> Step<()> {
        let arguments = Arguments::read(&self.call.arguments, self.dialect, &mut self.expected.rows);
        for _ in 0..arguments.plain {
            self.text.extend_from_slice(PLAIN_WARNING.as_bytes());
        }
        match &arguments.error {
            Some(ArgumentError::Usage(line)) => return self.fail_with_usage(line),
            Some(ArgumentError::NotANumber) => {
                return self.fail(2, "htpasswd: argument to -C/-r must be a positive integer");
            }
            Some(ArgumentError::Long) => return self.fail_in_own_words("D29", 2),
            Some(ArgumentError::Help) => {
                self.expected.stdout = None;
                return Err(());
            }
            None => {}
        }
        if arguments.modes.len() > 1 {
            return self.fail(2, "htpasswd: only one of -c -n -v -D may be specified");
        }
        let mode = arguments.modes.first().copied();
        if arguments.times_n > 1 {
            self.add_row("D37");
            if self.is_apache() {
                self.expected.exit = End::CrashOrError;
                self.expected.message = Message::Anything;
                return Err(());
            }
        }
        let batch = arguments.source == Some(b'b');
        let print = mode == Some(b'n');
        if arguments.operands.len() != 1 + usize::from(batch) + usize::from(!print) {
            return self.fail_with_usage(b"");
        }
        let scheme = Scheme::new(arguments.scheme, arguments.number);
        let hashes = !matches!(mode, Some(b'v' | b'D'));
        if hashes {
            self.check_number(&scheme)?;
        }

        let mut operands = arguments.operands.iter();
        let file = if print { &Vec::new() } else { operands.next().unwrap() };
        let user = operands.next().unwrap();
        let argument = operands.next();
        self.check_operands(file, user, argument, mode)?;
        if !print {
            self.check_file(file, mode)?;
        }
        match mode {
            Some(b'D') => self.delete(file, user),
            Some(b'v') => self.verify(file, user, argument, arguments.source),
            _ => self.set(mode, file, user, argument, arguments.source, &scheme),
        }
    }

    /// This program rejects a number out of range before it prompts.
    fn check_number(&mut self, scheme: &Scheme) -> Step<()> {
        let Some(number) = scheme.number else { return Ok(()) };
        let (range, row) = match scheme.letter {
            b'B' => (4..=17, "D40"),
            b'2' | b'5' => (1000..=999_999_999, "D09"),
            _ => (1..=u128::from(u32::MAX), "D10"),
        };
        if range.contains(&number) {
            return Ok(());
        }
        let row = if number > u128::from(u32::MAX) { "D10" } else { row };
        self.add_row(row);
        if self.is_apache() { Ok(()) } else { self.fail_in_own_words(row, 2) }
    }

    fn check_operands(
        &mut self,
        file: &[u8],
        user: &[u8],
        argument: Option<&Vec<u8>>,
        mode: Option<u8>,
    ) -> Step<()> {
        if file.len() > 4095 {
            return self.fail(5, "htpasswd: filename too long");
        }
        if user.len() > 255 {
            return self.fail(5, "htpasswd: username too long (> 255)");
        }
        if user.contains(&b':') {
            return self.fail(6, "htpasswd: username contains illegal character ':'");
        }
        if argument.is_some_and(|password| password.len() > 255) {
            if mode != Some(b'D') {
                self.add_row("D30");
                if !self.is_apache() {
                    return self.fail(5, "htpasswd: password too long (>256)");
                }
            }
            return self.fail(5, "htpasswd: password too long (> 256)");
        }
        if matches!(mode, Some(b'v' | b'D')) {
            return Ok(());
        }
        let row = if user.iter().any(u8::is_ascii_control) {
            "D06"
        } else if user.is_empty() && mode != Some(b'n') || user.starts_with(b"#") || has_white_space(user) {
            "D08"
        } else {
            return Ok(());
        };
        self.add_row(row);
        if self.is_apache() { Ok(()) } else { self.fail_in_own_words(row, 6) }
    }

    fn check_file(&mut self, file: &[u8], mode: Option<u8>) -> Step<()> {
        let name = String::from_utf8_lossy(file).into_owned();
        let entry = self.call.entry(&name);
        if matches!(entry, Some(Entry::File(_))) {
            return Ok(());
        }
        if mode == Some(b'c') {
            if entry.is_none() && Call::can_be_created(&name) {
                if self.is_apache() {
                    // Apache's tool creates the file now, even if the call fails later.
                    self.put(file, Vec::new());
                }
                return Ok(());
            }
            return self.fail(1, &format!("htpasswd: cannot create file {name}"));
        }
        if mode == Some(b'v') && entry.is_none() {
            self.add_row("D39");
            if !self.is_apache() {
                return self.fail(1, &format!("htpasswd: cannot open file {name} for read access"));
            }
        }
        self.fail(1, &format!("htpasswd: cannot modify file {name}; use '-c' to create it"))
    }

    /// A user name in a message. This program escapes invisible characters.
    fn displayed(&mut self, user: &[u8]) -> Vec<u8> {
        let mut escaped = Vec::new();
        for chunk in user.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_invisible(character) {
                    escaped.extend(character.escape_default().to_string().into_bytes());
                } else {
                    escaped.extend(character.to_string().into_bytes());
                }
            }
            for byte in chunk.invalid() {
                match byte {
                    0x80..=0xa0 | 0xad => escaped.extend(byte.escape_ascii()),
                    _ => escaped.push(*byte),
                }
            }
        }
        if escaped != user {
            self.add_row("D06");
        }
        if self.is_apache() { user.to_vec() } else { escaped }
    }

    /// The content of the password file, and its lines.
    fn content(&mut self, mode: Option<u8>, file: &[u8], user: &[u8]) -> (Vec<u8>, File) {
        let content = match self.call.entry(&String::from_utf8_lossy(file)) {
            Some(Entry::File(content)) => content,
            _ => Vec::new(),
        };
        if mode != Some(b'c') {
            rows_of(&content, user, mode.is_none(), &mut self.expected.rows);
        }
        let lines = File::read(&content, self.dialect);
        (content, lines)
    }

    /// Replaces the content of a file.
    fn put(&mut self, file: &[u8], content: Vec<u8>) {
        let name = Call::name(&String::from_utf8_lossy(file)).to_owned();
        self.expected.entries.insert(name, Entry::File(content));
    }

    /// Expects a warning that only this program has.
    fn warn(&mut self, row: &'static str, part: &'static str) {
        self.add_row(row);
        if !self.is_apache() {
            self.expected.warnings.push(part);
        }
    }
}
