//! A password file that is the value of a key in a Secret manifest.
//!
//! The manifest is in a file, or comes from standard input and goes to standard output. An edit must only change the
//! value of the key, and never another byte of the manifest.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::path::{Path, PathBuf};

use htpasswd::document::Content;
use htpasswd::store::StoreError;
use htpasswd::{Document, FileStore};
use secret_manifest::{Error, Selector, Value};

use super::error::{ManifestError, TargetError};
use super::stdin;
use crate::args::command::GlobalOptions;
use crate::encoding::Utf16Text;
use crate::output;
use crate::warning::{self, StrictError, Warning};

/// A manifest, and the key in it that is the password file.
pub(crate) struct Manifest {
    /// The path as it was given.
    path: PathBuf,
    source: Source,
    selector: Selector,
    /// True if a missing key counts as empty.
    creates_key: bool,
    /// The largest manifest that is read, in bytes.
    limit: usize,
    strict: bool,
    /// True after the first warning, because a store may repeat an edit.
    has_warned: Cell<bool>,
}

enum Source {
    File(FileStore),
    /// The manifest comes from standard input and goes to standard output. The cell is empty until standard input has
    /// been read.
    Streams(OnceCell<Vec<u8>>),
}

/// The result of an edit, and the range of the manifest to replace with its new bytes.
type Edited<T> = (T, Option<(Range<usize>, Vec<u8>)>);

impl Manifest {
    /// A manifest in a file or, without a file, on standard input and output.
    pub(super) fn new(
        path: &Path,
        file: Option<FileStore>,
        selector: Selector,
        globals: &GlobalOptions,
    ) -> Self {
        let source = file.map_or_else(|| Source::Streams(OnceCell::new()), Source::File);
        let (limit, strict) = (globals.limits.manifest, globals.strict);
        let (path, creates_key, has_warned) = (path.to_owned(), false, Cell::new(false));
        Self { path, source, selector, creates_key, limit, strict, has_warned }
    }

    pub(super) fn create_missing_key(self) -> Self {
        Self { creates_key: true, ..self }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the manifest cannot be read or written, or if it has no such key. With `add`, a missing key is an error
    /// only if it cannot be added. A later write may still fail.
    pub(super) fn check(&self, add: bool) -> Result<(), TargetError> {
        if let Source::File(store) = &self.source {
            store.check_update().map_err(|error| self.explain(error))?;
        }
        self.value(&self.text()?, add).map(drop)
    }

    pub(super) fn load(&self) -> Result<Document, TargetError> {
        Ok(Document::parse(self.value(&self.text()?, false)?.content()))
    }

    pub(super) fn hash_of(&self, user: &[u8]) -> Result<Option<Vec<u8>>, TargetError> {
        let text = self.text()?;
        let value = self.value(&text, false)?;
        let document = Document::parse(value.content());
        if document.utf16().is_some() {
            return Err(self.utf16_value());
        }
        for line in document.lines() {
            match line.content() {
                Content::Record(record) if record.user == user => return Ok(Some(record.hash.to_vec())),
                Content::Invalid => return Err(self.invalid_line(&value, line.number())),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Edits the records of the value. Fails if a line of the value is not a record.
    pub(super) fn edit_records<T>(&self, mut edit: impl FnMut(&mut Document) -> T) -> Result<T, TargetError> {
        self.edit_value(false, |document, value| match document.first_invalid_line() {
            _ if document.utf16().is_some() => Err(self.utf16_value()),
            Some(line) => Err(self.invalid_line(value, line)),
            None => Ok(edit(document)),
        })
    }

    /// Edits the value of the key. With `add`, a missing key counts as empty.
    pub(super) fn edit<T, E: From<StoreError> + From<TargetError>>(
        &self,
        add: bool,
        mut edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        self.edit_value(add, |document, _| edit(document))
    }

    fn edit_value<T, E: From<StoreError> + From<TargetError>>(
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
            let splice = value.replace(document.as_bytes()).map_err(|error| self.invalid(error))?;
            self.warn(&value).map_err(TargetError::from)?;
            Ok((result, Some((splice.range, splice.text.into_bytes()))))
        };
        match &self.source {
            Source::File(store) => store.replace_range(edit),
            Source::Streams(input) => self.pass_on(input, edit),
        }
    }

    /// Copies standard input to standard output. Does nothing if the manifest is in a file.
    pub(super) fn pass_through(&self) -> Result<(), TargetError> {
        match &self.source {
            Source::File(_) => Ok(()),
            Source::Streams(input) => self.pass_on(input, |_| Ok(((), None))),
        }
    }

    /// Edits all of standard input and writes the result to standard output.
    fn pass_on<T, E: From<StoreError> + From<TargetError>>(
        &self,
        input: &OnceCell<Vec<u8>>,
        mut edit: impl FnMut(&[u8]) -> Result<Edited<T>, E>,
    ) -> Result<T, E> {
        let text = self.stdin(input)?;
        let (result, change) = edit(text)?;
        let (range, new) = change.unwrap_or_default();
        let (head, tail) = (text.get(..range.start), text.get(range.end..));
        let edited = [head.unwrap_or_default(), &new, tail.unwrap_or_default()].concat();
        output::print_bytes(&edited).map_err(TargetError::Output)?;
        Ok(result)
    }

    /// All bytes of the manifest.
    fn text(&self) -> Result<Vec<u8>, TargetError> {
        match &self.source {
            Source::File(store) => {
                let text = store.load().map_err(|error| self.explain(error))?;
                Ok(text.as_bytes().to_vec())
            }
            Source::Streams(input) => self.stdin(input).map(<[u8]>::to_vec),
        }
    }

    fn stdin<'i>(&self, input: &'i OnceCell<Vec<u8>>) -> Result<&'i [u8], TargetError> {
        if let Some(text) = input.get() {
            return Ok(text);
        }
        let text = stdin::read(self.limit)?;
        Ok(input.get_or_init(|| text))
    }

    fn value<'t>(&self, text: &'t [u8], add: bool) -> Result<Value<'t>, TargetError> {
        let file = Some(&*self.path).filter(|path| path.as_os_str() != "-");
        if let Some(text) = Utf16Text::detect(text, file) {
            return Err(TargetError::Manifest(self.path.clone(), ManifestError::Utf16(text)));
        }
        let find = if add || self.creates_key { Value::find_or_add } else { Value::find };
        find(text, &self.selector).map_err(|error| self.invalid(error))
    }

    /// Prints the warnings about a change before it is written.
    fn warn(&self, value: &Value<'_>) -> Result<(), StrictError> {
        if self.has_warned.replace(true) {
            return Ok(());
        }
        warning::emit_all(value.warnings().iter().cloned().map(Warning::Manifest), self.strict)
    }

    fn invalid(&self, error: Error) -> TargetError {
        TargetError::Manifest(self.path.clone(), ManifestError::Invalid(error))
    }

    /// The error of the store, with another message for a missing manifest.
    fn explain(&self, error: StoreError) -> TargetError {
        match TargetError::from(error) {
            error if error.is_missing() => TargetError::Manifest(self.path.clone(), ManifestError::Missing),
            other => other,
        }
    }

    /// The error for a value in UTF-16.
    pub(super) fn utf16_value(&self) -> TargetError {
        TargetError::Manifest(self.path.clone(), ManifestError::Utf16Value)
    }

    /// The error for a line of the value that is not a record.
    fn invalid_line(&self, value: &Value<'_>, line: usize) -> TargetError {
        match value.key() {
            Some(key) => {
                let key = key.to_string();
                TargetError::Manifest(self.path.clone(), ManifestError::InvalidLine { key, line })
            }
            None => StoreError::InvalidLine { path: self.path.clone(), line }.into(),
        }
    }
}
