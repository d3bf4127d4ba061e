//! What each program does with a call, where a row of `docs/compatibility.md` says that they differ.
//!
//! Written from the table and from what Apache's tool was seen to do; nothing of the command is in it, and of the
//! library only whether a password fits a hash.

mod edits;
mod passwords;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::generator::{Call, Entry};
use super::grammar::{WordError, Words};
use super::records::{File, rows_of};
use super::scheme::Scheme;
use crate::support::PLAIN_WARNING;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Apache,
    Ours,
}

/// The rows that may have a say in a call.
pub(super) type Rows = BTreeSet<&'static str>;

/// What is in the working directory.
pub(super) type Entries = BTreeMap<String, Entry>;

/// What a program should do.
pub(super) struct Expected {
    pub(super) exit: End,
    pub(super) said: Said,
    pub(super) prompts: usize,
    /// What it prints; [`HASH`](super::scheme::HASH) stands for a new hash. None: anything that is not nothing.
    pub(super) stdout: Option<Vec<u8>>,
    /// The same for the files.
    pub(super) entries: Entries,
    /// What each warning that Apache's tool does not have speaks of.
    pub(super) warnings: Vec<&'static str>,
    pub(super) rows: Rows,
    /// What was hashed, if that is known.
    pub(super) password: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(i32),
    /// D37: a crash, or one of the errors that are found before it.
    CrashOrError,
}

/// Standard error without prompts and without warnings of our own.
#[derive(PartialEq, Eq)]
pub(super) enum Said {
    /// To the letter.
    Text(Vec<u8>),
    /// This, and then the usage text.
    Usage(Vec<u8>),
    /// This, and then a sentence in our own words.
    OwnWords(Vec<u8>),
    Anything,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.escape_ascii()),
            Self::Usage(text) => write!(f, "\"{}\" and the usage text", text.escape_ascii()),
            Self::OwnWords(text) => write!(f, "\"{}\" and a line of our own", text.escape_ascii()),
            Self::Anything => f.write_str("anything"),
        }
    }
}

/// Whether a name begins with a blank, or with white space that only Unicode knows, or ends with that.
fn has_white_space(user: &[u8]) -> bool {
    let is_odd = |sign: char| sign.is_whitespace() || sign == '\u{feff}';
    let chunks: Vec<_> = user.utf8_chunks().collect();
    let first = chunks.first().is_some_and(|chunk| chunk.valid().starts_with(is_odd));
    let last = chunks.last().filter(|chunk| chunk.invalid().is_empty()).map_or("", |chunk| chunk.valid());
    // Blanks at the end are taken, but not in front of other white space.
    let blanks = last.len() - last.trim_end_matches(' ').len();
    first || last.trim_end_matches(is_odd).len() + blanks < last.len()
}

/// Of the signs that occur here, those that nobody sees.
fn is_hidden(sign: char) -> bool {
    let formats = ['\u{ad}', '\u{200b}', '\u{202e}', '\u{feff}'];
    sign.is_control() || (sign.is_whitespace() && sign != ' ') || formats.contains(&sign)
}

/// A run that ended, as `Err` so that `?` ends the model.
type Step<T> = Result<T, ()>;

/// What `dialect` does with this call.
pub(super) fn expect(call: &Call, dialect: Dialect) -> Expected {
    let expected = Expected {
        exit: End::Code(0),
        said: Said::Text(Vec::new()),
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
        model.row("D17");
    }
    if model.expected.said == Said::Text(Vec::new()) {
        model.expected.said = Said::Text(model.text);
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
    fn apache(&self) -> bool {
        self.dialect == Dialect::Apache
    }

    fn row(&mut self, row: &'static str) {
        self.expected.rows.insert(row);
    }

    fn say(&mut self, parts: &[&[u8]]) {
        self.text.extend(parts.concat());
        self.text.push(b'\n');
    }

    /// Ends with this code and message.
    fn end<T>(&mut self, code: i32, message: &str) -> Step<T> {
        self.say(&[message.as_bytes()]);
        self.expected.exit = End::Code(code);
        Err(())
    }

    fn end_in_own_words<T>(&mut self, row: &'static str, code: i32) -> Step<T> {
        self.row(row);
        self.expected.said = Said::OwnWords(std::mem::take(&mut self.text));
        self.expected.exit = End::Code(code);
        Err(())
    }

    fn usage<T>(&mut self, line: &[u8]) -> Step<T> {
        self.text.extend_from_slice(line);
        self.expected.said = Said::Usage(std::mem::take(&mut self.text));
        self.expected.exit = End::Code(2);
        Err(())
    }

    fn run(&mut self) -> Step<()> {
        let words = Words::read(&self.call.arguments, self.dialect, &mut self.expected.rows);
        for _ in 0..words.plain {
            self.text.extend_from_slice(PLAIN_WARNING.as_bytes());
        }
        match &words.error {
            Some(WordError::Usage(line)) => return self.usage(line),
            Some(WordError::NotANumber) => {
                return self.end(2, "htpasswd: argument to -C/-r must be a positive integer");
            }
            Some(WordError::Long) => return self.end_in_own_words("D29", 2),
            Some(WordError::Help) => {
                self.expected.stdout = None;
                return Err(());
            }
            None => {}
        }
        if words.modes.len() > 1 {
            return self.end(2, "htpasswd: only one of -c -n -v -D may be specified");
        }
        let mode = words.modes.first().copied();
        if words.times_n > 1 {
            self.row("D37");
            if self.apache() {
                self.expected.exit = End::CrashOrError;
                self.expected.said = Said::Anything;
                return Err(());
            }
        }
        let batch = words.source == Some(b'b');
        let print = mode == Some(b'n');
        if words.operands.len() != 1 + usize::from(batch) + usize::from(!print) {
            return self.usage(b"");
        }
        let scheme = Scheme::new(words.scheme, words.number);
        let hashes = !matches!(mode, Some(b'v' | b'D'));
        if hashes {
            self.number(&scheme)?;
        }

        let mut operands = words.operands.iter();
        let file = if print { &Vec::new() } else { operands.next().unwrap() };
        let user = operands.next().unwrap();
        let argument = operands.next();
        self.names(file, user, argument, mode)?;
        if !print {
            self.access(file, mode)?;
        }
        match mode {
            Some(b'D') => self.delete(file, user),
            Some(b'v') => self.verify(file, user, argument, words.source),
            _ => self.set(mode, file, user, argument, words.source, &scheme),
        }
    }

    /// Numbers out of range are refused at once by ours.
    fn number(&mut self, scheme: &Scheme) -> Step<()> {
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
        self.row(row);
        if self.apache() { Ok(()) } else { self.end_in_own_words(row, 2) }
    }

    fn names(&mut self, file: &[u8], user: &[u8], argument: Option<&Vec<u8>>, mode: Option<u8>) -> Step<()> {
        if file.len() > 4095 {
            return self.end(5, "htpasswd: filename too long");
        }
        if user.len() > 255 {
            return self.end(5, "htpasswd: username too long (> 255)");
        }
        if user.contains(&b':') {
            return self.end(6, "htpasswd: username contains illegal character ':'");
        }
        if argument.is_some_and(|password| password.len() > 255) {
            if mode != Some(b'D') {
                self.row("D30");
                if !self.apache() {
                    return self.end(5, "htpasswd: password too long (>256)");
                }
            }
            return self.end(5, "htpasswd: password too long (> 256)");
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
        self.row(row);
        if self.apache() { Ok(()) } else { self.end_in_own_words(row, 6) }
    }

    fn access(&mut self, file: &[u8], mode: Option<u8>) -> Step<()> {
        let name = String::from_utf8_lossy(file).into_owned();
        let entry = self.call.entry(&name);
        if matches!(entry, Some(Entry::File(_))) {
            return Ok(());
        }
        if mode == Some(b'c') {
            if entry.is_none() && Call::can_be_made(&name) {
                if self.apache() {
                    // Whatever comes of it.
                    self.put(file, Vec::new());
                }
                return Ok(());
            }
            return self.end(1, &format!("htpasswd: cannot create file {name}"));
        }
        if mode == Some(b'v') && entry.is_none() {
            self.row("D39");
            if !self.apache() {
                return self.end(1, &format!("htpasswd: cannot open file {name} for read access"));
            }
        }
        self.end(1, &format!("htpasswd: cannot modify file {name}; use '-c' to create it"))
    }

    /// A name in a message: ours escapes characters that nobody sees.
    fn shown(&mut self, user: &[u8]) -> Vec<u8> {
        let mut shown = Vec::new();
        for chunk in user.utf8_chunks() {
            for sign in chunk.valid().chars() {
                if is_hidden(sign) {
                    shown.extend(sign.escape_default().to_string().into_bytes());
                } else {
                    shown.extend(sign.to_string().into_bytes());
                }
            }
            for byte in chunk.invalid() {
                match byte {
                    0x80..=0xa0 | 0xad => shown.extend(byte.escape_ascii()),
                    _ => shown.push(*byte),
                }
            }
        }
        if shown != user {
            self.row("D06");
        }
        if self.apache() { user.to_vec() } else { shown }
    }

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

    fn put(&mut self, file: &[u8], content: Vec<u8>) {
        let name = Call::name(&String::from_utf8_lossy(file)).to_owned();
        self.expected.entries.insert(name, Entry::File(content));
    }

    /// Something that only ours warns of.
    fn warn(&mut self, row: &'static str, part: &'static str) {
        self.row(row);
        if !self.apache() {
            self.expected.warnings.push(part);
        }
    }
}
