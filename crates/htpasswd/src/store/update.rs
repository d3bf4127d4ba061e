//! Changes users line by line, without reading the whole file into memory.
//!
//! The lines pass through a small buffer, which [`Edits`] turn into splices. Only the bytes that have to be written are
//! kept. The file must get the same bytes as with [`Document::apply`](crate::Document::apply).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::mem;
use std::ops::{ControlFlow, Range};

use super::rewrite::Attempt;
use super::{FileStore, StoreError, StoreOperation};
use crate::document::{EditSummary, Edits, Findings, Line, Patch, SetOutcome, Splice, Utf16, scan, splice};
use crate::username::Username;

impl FileStore {
    /// Adds or updates one user, like [`Document::set`](crate::Document::set).
    ///
    /// ```
    /// use htpasswd::document::SetOutcome;
    /// use htpasswd::{FileStore, Params, Password, PasswordHash, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(FileStore::new(&path).set(&Username::new("carol")?, &hash)?, SetOutcome::Added);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`update`](Self::update). After [`refuse_invalid_lines`](Self::refuse_invalid_lines), also
    /// [`StoreError::InvalidLine`] and [`StoreError::Utf16`]; the file is then unchanged.
    #[doc(alias = "add_user")]
    #[doc(alias = "set_password")]
    pub fn set(&self, user: &Username, hash: &crate::PasswordHash) -> Result<SetOutcome, StoreError> {
        let mut edits = Edits::new();
        edits.set(user, hash);
        self.edit(&edits, Findings::set_outcome)
    }

    /// Removes all records of one user. Returns the number of removed records.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\nbob:z\n")?;
    /// assert_eq!(htpasswd::FileStore::new(&path).remove("bob")?, 2);
    /// assert_eq!(std::fs::read(&path)?, b"carol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`set`](Self::set).
    #[doc(alias = "delete_user")]
    pub fn remove(&self, user: impl AsRef<[u8]>) -> Result<usize, StoreError> {
        let mut edits = Edits::new();
        edits.remove(user);
        self.edit(&edits, Findings::lines)
    }

    /// Sets and removes many users with one write, like [`Document::apply`](crate::Document::apply).
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
    /// let mut edits = Edits::new();
    /// edits.remove("bob");
    /// edits.remove("carol");
    /// assert_eq!(FileStore::new(&path).apply(&edits)?.removed, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`set`](Self::set).
    pub fn apply(&self, edits: &Edits) -> Result<EditSummary, StoreError> {
        self.edit(edits, Findings::summary)
    }

    /// Adds or updates one user, like [`set`](Self::set), if the user's hash is still `found` (compare and swap).
    ///
    /// `found` is a result of [`hash_of`](Self::hash_of): the hash field of the user's first record, or `None` if the
    /// user does not exist. If the hash is different now, another program has changed it. Nothing is then written and
    /// the result is `None`; call [`hash_of`](Self::hash_of) again. A disabled user stays disabled, see
    /// [`Edits::keep_disabled`].
    ///
    /// ```
    /// use htpasswd::document::SetOutcome;
    /// use htpasswd::{FileStore, Params, Password, PasswordHash, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let (store, bob) = (FileStore::new(&path), Username::new("bob")?);
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(store.set_if(&bob, None, &hash)?, None);
    /// assert_eq!(store.set_if(&bob, Some(b"x"), &hash)?, Some(SetOutcome::Updated { lines: 1 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`set`](Self::set).
    pub fn set_if(
        &self,
        user: &Username,
        found: Option<&[u8]>,
        hash: &crate::PasswordHash,
    ) -> Result<Option<SetOutcome>, StoreError> {
        let mut edits = Edits::new();
        edits.set(user, hash);
        edits.keep_disabled();
        self.rewrite(|file| {
            // `None` until the user's first record is read. After that, true if the hash of this record is `found`.
            let mut is_as_found = None;
            let (findings, splices, length) = self.plan(file, &edits, |line| {
                if is_as_found.is_none()
                    && let Some(record) = line.record_of(user.as_bytes())
                {
                    is_as_found = Some(Some(record.hash) == found);
                }
            })?;
            Ok(if is_as_found.unwrap_or(found.is_none()) {
                Attempt { result: Some(findings.set_outcome()), patch: patch(file, splices, length) }
            } else {
                Attempt { result: None, patch: Ok(None) }
            })
        })
    }

    fn edit<'e, T>(&self, edits: &'e Edits, result: impl Fn(&Findings<'e>) -> T) -> Result<T, StoreError> {
        self.rewrite(|file| {
            let (findings, splices, length) = self.plan(file, edits, |_| {})?;
            Ok(Attempt { result: result(&findings), patch: patch(file, splices, length) })
        })
    }

    /// Plans the edits on the lines of the file. Returns the findings, the splices and the length of the file. Calls
    /// `look` for each line.
    fn plan<'e>(
        &self,
        file: &File,
        edits: &'e Edits,
        mut look: impl FnMut(&Line<'_>),
    ) -> Result<(Findings<'e>, Vec<Splice<'e>>, usize), StoreError> {
        let mut plan = edits.plan();
        let mut is_utf16 = false;
        let length = scan(&mut &*file, self.max_read, |line| {
            if self.is_rejected_utf16(line) {
                is_utf16 = true;
                return ControlFlow::Break(());
            }
            plan.look_at(line);
            look(line);
            match plan.first_invalid_line() {
                Some(_) if self.refuses_invalid_lines => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        let length = length.map_err(|error| self.io(StoreOperation::Read, error))?;
        if is_utf16 {
            return Err(StoreError::Utf16(self.path.clone()));
        }
        match plan.first_invalid_line() {
            Some(line) if self.refuses_invalid_lines => return Err(self.invalid(line)),
            _ => {}
        }
        let (findings, splices) = plan.finish(length);
        Ok((findings, splices, length))
    }

    /// Returns true if the line is the first one of a file in UTF-16 that this store rejects.
    pub(super) fn is_rejected_utf16(&self, line: &Line<'_>) -> bool {
        self.refuses_invalid_lines && line.number() == 1 && Utf16::detect(line.bytes()).is_some()
    }

    pub(super) fn invalid(&self, line: usize) -> StoreError {
        StoreError::InvalidLine { path: self.path.clone(), line }
    }
}

/// Turns splices into a patch. The bytes between the splices are read from the file, and if the length changes, also
/// the bytes after the splices. Returns `None` if there are no splices.
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
        // The only change is new records at the end.
        [only] if offset == length => mem::take(&mut only.text),
        splices => {
            let mut old = Vec::new();
            read(file, offset..end, &mut old)?;
            // The capacity includes the padding of a file that shrinks.
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(fresh.max(end - offset) + moved)?;
            splice(&old, offset, splices, &mut bytes);
            read(file, end..end + moved, &mut bytes)?;
            bytes.into()
        }
    };
    Ok(Some(Patch { offset, replaced: end - offset, bytes, moved, old_length: length }))
}

/// Appends a range of the file to `into`. Returns `UnexpectedEof` if a program without the lock has shortened the file.
fn read(mut file: &File, range: Range<usize>, into: &mut Vec<u8>) -> io::Result<()> {
    into.try_reserve_exact(range.len())?;
    file.seek(SeekFrom::Start(range.start as u64))?;
    let count = file.take(range.len() as u64).read_to_end(into)?;
    if count == range.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests;
