//! `-c`: replaces the file with a new one. `set` and `import` use [`Replacement`].
//!
//! The warnings about the old content come before the prompts. The old content may change until the write, so it is
//! examined again under the lock.

use htpasswd::Document;

use crate::args::command::GlobalOptions;
use crate::error::Error;
use crate::target::PasswordFile;
use crate::target::error::Purpose;
use crate::warning::{self, StrictError, Warning};

/// The replacement of a file.
pub(super) struct Replacement<'a> {
    file: &'a PasswordFile,
    globals: &'a GlobalOptions,
    /// The loss that the warnings so far are about.
    warned: Loss,
}

/// The old content that is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Loss {
    /// The number of users.
    users: usize,
    /// True if the file is not a password file.
    is_other_file: bool,
}

impl<'a> Replacement<'a> {
    pub(super) fn new(file: &'a PasswordFile, globals: &'a GlobalOptions) -> Self {
        Self { file, globals, warned: Loss::default() }
    }

    /// Warns of the old content that the write would remove, except the users for whom `keeps` returns true.
    pub(super) fn warn(&mut self, keeps: impl Fn(&[u8]) -> bool) -> Result<(), StrictError> {
        // A pipe has no old content. Errors are ignored, because the write reports them.
        if !self.file.path().is_file() {
            return Ok(());
        }
        let Ok(document) = self.file.load_any() else { return Ok(()) };
        self.warned = self.loss(&document, keeps);
        warning::emit_all(self.warnings(self.warned), self.globals.strict)
    }

    /// Edits an empty document and replaces the file with it. With `--no-clobber`, fails if the file exists.
    pub(super) fn write<T>(
        &mut self,
        keeps: impl Fn(&[u8]) -> bool,
        edit: impl Fn(&mut Document) -> T,
    ) -> Result<T, Error> {
        if self.globals.no_clobber {
            let mut document = Document::default();
            let result = edit(&mut document);
            self.file.create_new(&document).map_err(|error| error.when(Purpose::Create))?;
            return Ok(result);
        }
        let mut loss = Loss::default();
        let result = self.file.create(|document: &mut Document| {
            loss = self.loss(document, &keeps);
            if self.globals.strict && loss != self.warned {
                warning::emit_all(self.warnings(loss), true)?;
            }
            document.clear();
            Ok(edit(document))
        });
        let result = result.map_err(create_error)?;
        if loss != self.warned {
            warning::emit_all(self.warnings(loss), false)?;
        }
        Ok(result)
    }

    /// The loss of this content. With a backup, nothing is lost.
    fn loss(&self, document: &Document, keeps: impl Fn(&[u8]) -> bool) -> Loss {
        if self.globals.backup.is_some() {
            return Loss::default();
        }
        if document.utf16().is_some() {
            return Loss { users: 0, is_other_file: true };
        }
        Loss {
            users: document.records().filter(|record| !keeps(record.user)).count(),
            is_other_file: document.first_invalid_line().is_some(),
        }
    }

    fn warnings(&self, loss: Loss) -> impl Iterator<Item = Warning> {
        let other_file = loss.is_other_file.then(|| Warning::OtherFileReplaced(self.file.path().to_owned()));
        other_file.into_iter().chain((loss.users > 0).then_some(Warning::UsersReplaced(loss.users)))
    }
}

/// Returns the error with the message for a file that cannot be created.
fn create_error(error: Error) -> Error {
    match error {
        Error::Target(error) => Error::Target(error.when(Purpose::Create)),
        other => other,
    }
}
