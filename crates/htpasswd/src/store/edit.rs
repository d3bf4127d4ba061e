//! Changing users without holding the file: its lines pass through a small buffer, and only the bytes that have
//! to be written are kept.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::mem;
use std::ops::{ControlFlow, Range};

use super::FileStore;
use crate::document::{Change, Edits, Findings, Outcome, Patch, Splice, scan, splice};
use crate::error::{Step, StoreError};
use crate::username::Username;

impl FileStore {
    /// Adds or updates one user, as [`Document::set`](crate::Document::set) does.
    ///
    /// ```
    /// use htpasswd::{Change, FileStore, Hash, Params, Password, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let hash = Hash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(FileStore::new(&path).set(&Username::new("carol")?, &hash)?, Change::Added);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`StoreError::InvalidLine`] after
    /// [`refuse_invalid_lines`](Self::refuse_invalid_lines); the file is untouched then.
    pub fn set(&self, user: &Username, hash: &crate::Hash) -> Result<Change, StoreError> {
        let mut edits = Edits::new();
        edits.set(user, hash);
        self.edit(&edits, Findings::change)
    }

    /// Removes one user; says how many records there were.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn remove(&self, user: impl AsRef<[u8]>) -> Result<usize, StoreError> {
        let mut edits = Edits::new();
        edits.remove(user);
        self.edit(&edits, Findings::lines)
    }

    /// Sets and removes many users by one write, as [`Document::apply`](crate::Document::apply) does.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn apply(&self, edits: &Edits) -> Result<Outcome, StoreError> {
        self.edit(edits, Findings::outcome)
    }

    fn edit<'e, T>(&self, edits: &'e Edits, result: impl Fn(&Findings<'e>) -> T) -> Result<T, StoreError> {
        self.rewrite(|file| {
            let mut plan = edits.plan();
            let length = scan(&mut &*file, |line| {
                plan.look_at(line);
                match plan.first_invalid_line() {
                    Some(_) if self.refuses_invalid_lines => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            });
            let length = length.map_err(|error| self.io(Step::Read, error))?;
            match plan.first_invalid_line() {
                Some(line) if self.refuses_invalid_lines => return Err(self.invalid(line)),
                _ => {}
            }
            let (findings, splices) = plan.finish(length);
            Ok((result(&findings), patch(file, splices, length)))
        })
    }

    pub(super) fn invalid(&self, line: usize) -> StoreError {
        StoreError::InvalidLine { path: self.path.clone(), line }
    }
}

/// What splices come to, with the bytes between them and behind them read from the file.
pub(super) fn patch<'e>(
    file: &File,
    mut splices: Vec<Splice<'e>>,
    length: usize,
) -> io::Result<Option<Patch<'e>>> {
    let (Some(first), Some(last)) = (splices.first(), splices.last()) else { return Ok(None) };
    let (offset, end) = (first.range.start, last.range.end);
    let fresh = splices.iter().map(|splice| splice.text.len()).sum::<usize>() + (end - offset)
        - splices.iter().map(|splice| splice.range.len()).sum::<usize>();
    let moved = if fresh == end - offset { 0 } else { length - end };
    let bytes = match splices.as_mut_slice() {
        // Nothing but new records at the end.
        [only] if offset == length => mem::take(&mut only.text),
        splices => {
            let mut old = Vec::new();
            read(file, offset..end, &mut old)?;
            // Room for what a shorter file is filled up with.
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(fresh.max(end - offset) + moved)?;
            splice(&old, offset, splices, &mut bytes);
            read(file, end..end + moved, &mut bytes)?;
            bytes.into()
        }
    };
    Ok(Some(Patch { offset, replaced: end - offset, bytes, moved, old_length: length }))
}

/// Appends a range of the file; an unexpected end if a program that knows no lock has cut it meanwhile.
fn read(mut file: &File, range: Range<usize>, into: &mut Vec<u8>) -> io::Result<()> {
    into.try_reserve_exact(range.len())?;
    file.seek(SeekFrom::Start(range.start as u64))?;
    let count = file.take(range.len() as u64).read_to_end(into)?;
    if count == range.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests;
