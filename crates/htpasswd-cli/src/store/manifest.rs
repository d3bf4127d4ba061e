//! A key of a Secret manifest as the password file: in a file, or on its way from standard input to standard
//! output.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use htpasswd::{Content, Document, FileStore, StoreError, StoreOperation};
use secret_manifest::{Error, Selector, Value};

use crate::global_options::{GlobalOptions, Warnings};
use crate::messages::{self, Problem};
use crate::output;
use crate::password::input;

/// A manifest, and which key of it counts.
pub(crate) struct Manifest {
    /// As it was named.
    path: PathBuf,
    source: Source,
    selector: Selector,
    makes_keys: bool,
    /// The largest one that is read, in bytes.
    limit: usize,
    warnings: Warnings,
    /// An edit that is made again does not warn again.
    has_warned: Cell<bool>,
}

enum Source {
    File(FileStore),
    /// With all of standard input, once it has been read.
    Streams(OnceCell<Vec<u8>>),
}

/// What is wrong with a manifest. Travels as the source of a [`StoreError`].
#[derive(Debug)]
pub(crate) enum Trouble {
    Missing,
    Unfit(Error),
    /// It can be edited, but `--strict` takes its warnings for errors.
    Strict,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no such file"),
            Self::Strict => f.write_str("a warning"),
            Self::Unfit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Trouble {}

/// What was wrong with which manifest, if that is why the store failed.
pub(crate) fn trouble(error: &StoreError) -> Option<(&Path, &Trouble)> {
    let StoreError::Io { path, source, .. } = error else { return None };
    Some((path, source.get_ref()?.downcast_ref()?))
}

/// The result, and what gives way to what.
type Edited<T> = (T, Option<(Range<usize>, Vec<u8>)>);

impl Manifest {
    /// Without a file: standard input and output.
    pub(super) fn new(
        path: &Path,
        file: Option<FileStore>,
        selector: Selector,
        globals: &GlobalOptions,
    ) -> Self {
        let source = file.map_or_else(|| Source::Streams(OnceCell::new()), Source::File);
        let (limit, warnings) = (globals.limits.manifest, globals.warnings);
        let (path, makes_keys, has_warned) = (path.to_owned(), false, Cell::new(false));
        Self { path, source, selector, makes_keys, limit, warnings, has_warned }
    }

    pub(super) fn making_keys(self) -> Self {
        Self { makes_keys: true, ..self }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can be read, and has the key, or with `add` a place for it; and written, as far as can be
    /// told beforehand.
    pub(super) fn check(&self, add: bool) -> Result<(), StoreError> {
        if let Source::File(store) = &self.source {
            store.check_update().map_err(|error| self.missing(error))?;
        }
        self.value(&self.text()?, add).map(drop)
    }

    pub(super) fn load(&self) -> Result<Document, StoreError> {
        Ok(Document::parse(self.value(&self.text()?, false)?.content()))
    }

    pub(super) fn hash_of(&self, user: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let text = self.text()?;
        let value = self.value(&text, false)?;
        for line in Document::parse(value.content()).lines() {
            match line.content() {
                Content::Record(record) if record.user == user => return Ok(Some(record.hash.to_vec())),
                Content::Invalid => return Err(self.invalid(&value, line.number())),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Edits records; a line that is none is an error.
    pub(super) fn edit_records<T>(&self, mut edit: impl FnMut(&mut Document) -> T) -> Result<T, StoreError> {
        self.edit_value(false, |document, value| match document.first_invalid_line() {
            Some(line) => Err(self.invalid(value, line)),
            None => Ok(edit(document)),
        })
    }

    /// Edits the value of the key; with `add`, one that is not there is empty.
    pub(super) fn edit<T, E: From<StoreError>>(
        &self,
        add: bool,
        mut edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        self.edit_value(add, |document, _| edit(document))
    }

    fn edit_value<T, E: From<StoreError>>(
        &self,
        add: bool,
        mut edit: impl FnMut(&mut Document, &Value<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let edit = |text: &[u8]| -> Result<Edited<T>, E> {
            let value = self.value(text, add)?;
            let mut document = Document::parse(value.content());
            let result = edit(&mut document, &value)?;
            if document.as_bytes() == value.content() {
                return Ok((result, None));
            }
            let splice = value.replace(document.as_bytes()).map_err(|error| self.unfit(error))?;
            self.warn(&value)?;
            Ok((result, Some((splice.range, splice.text.into_bytes()))))
        };
        match &self.source {
            Source::File(store) => store.replace_range(edit),
            Source::Streams(input) => self.pass_on(input, edit),
        }
    }

    /// Standard input goes to standard output as it is.
    pub(super) fn pass_through(&self) -> Result<(), StoreError> {
        match &self.source {
            Source::File(_) => Ok(()),
            Source::Streams(input) => self.pass_on(input, |_| Ok(((), None))),
        }
    }

    /// Writes all of standard input to standard output, edited.
    fn pass_on<T, E: From<StoreError>>(
        &self,
        input: &OnceCell<Vec<u8>>,
        mut edit: impl FnMut(&[u8]) -> Result<Edited<T>, E>,
    ) -> Result<T, E> {
        let text = self.stdin(input)?;
        let (result, change) = edit(text)?;
        let (range, new) = change.unwrap_or_default();
        let (head, tail) = (text.get(..range.start), text.get(range.end..));
        let edited = [head.unwrap_or_default(), &new, tail.unwrap_or_default()].concat();
        match output::print(&edited) {
            Err(Problem::Output(source)) => {
                Err(StoreError::Io { operation: StoreOperation::Write, path: "/dev/stdout".into(), source }
                    .into())
            }
            _ => Ok(result),
        }
    }

    /// All bytes of the manifest.
    fn text(&self) -> Result<Vec<u8>, StoreError> {
        match &self.source {
            Source::File(store) => {
                let text = store.load().map_err(|error| self.missing(error))?;
                Ok(text.as_bytes().to_vec())
            }
            Source::Streams(input) => self.stdin(input).map(<[u8]>::to_vec),
        }
    }

    fn stdin<'i>(&self, input: &'i OnceCell<Vec<u8>>) -> Result<&'i [u8], StoreError> {
        if let Some(text) = input.get() {
            return Ok(text);
        }
        let mut text = Vec::new();
        // One byte more tells a manifest that is too large.
        let most = (self.limit as u64).saturating_add(1);
        let read = input::stdin()
            .and_then(|stdin| stdin.take(most).read_to_end(&mut text).map_err(Problem::Unreadable));
        match read {
            Err(Problem::Unreadable(source)) => Err(self.io(source)),
            _ if text.len() > self.limit => {
                Err(StoreError::TooLarge { path: "standard input".into(), limit: self.limit })
            }
            _ => Ok(input.get_or_init(|| text)),
        }
    }

    fn value<'t>(&self, text: &'t [u8], add: bool) -> Result<Value<'t>, StoreError> {
        let find = if add || self.makes_keys { Value::find_or_add } else { Value::find };
        find(text, &self.selector).map_err(|error| self.unfit(error))
    }

    /// Before the change is written.
    fn warn(&self, value: &Value<'_>) -> Result<(), StoreError> {
        let lines: Vec<_> = value.warnings().iter().map(messages::manifest_warning).collect();
        let told = if self.has_warned.replace(true) { Ok(()) } else { self.warnings.warn(&lines.concat()) };
        told.map_err(|_| self.io(io::Error::other(Trouble::Strict)))
    }

    fn unfit(&self, error: Error) -> StoreError {
        self.io(io::Error::new(io::ErrorKind::InvalidData, Trouble::Unfit(error)))
    }

    fn missing(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Io { operation: StoreOperation::Open, source, .. }
                if source.kind() == io::ErrorKind::NotFound =>
            {
                self.io(io::Error::new(io::ErrorKind::NotFound, Trouble::Missing))
            }
            other => other,
        }
    }

    fn io(&self, source: io::Error) -> StoreError {
        StoreError::Io { operation: StoreOperation::Read, path: self.path.clone(), source }
    }

    /// The line is one of the value.
    fn invalid(&self, value: &Value<'_>, line: usize) -> StoreError {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(", key {},", value.key()));
        StoreError::InvalidLine { path: path.into(), line }
    }
}
