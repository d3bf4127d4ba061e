//! Changing a part of a file that holds more than users.

use std::io;
use std::ops::Range;

use super::rewrite::Attempt;
use super::update::patch;
use super::{FileStore, StoreError, StoreOperation, read};
use crate::document::Splice;

impl FileStore {
    /// Changes a part of a file that is no password file as a whole, such as a manifest with one in it, under
    /// the same lock and by the same write as [`update`](Self::update). `edit` gets all bytes, and says which
    /// range of them gives way to which others; if it says `None`, nothing is written.
    ///
    /// ```
    /// use htpasswd::{FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users.json");
    /// # std::fs::write(&path, r#"{"bob": "x"}"#)?;
    /// let store = FileStore::new(&path);
    /// store.replace_range(|bytes| Ok::<_, StoreError>(((), bytes.last().map(|_| (9..10, b"y".to_vec())))))?;
    /// assert_eq!(std::fs::read(&path)?, br#"{"bob": "y"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `update`; [`StoreOperation::Read`] for a range that the file does not have.
    pub fn replace_range<T, E>(
        &self,
        mut edit: impl FnMut(&[u8]) -> Result<(T, Option<(Range<usize>, Vec<u8>)>), E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.rewrite(|mut file| {
            let bytes = read::to_end(&mut file, self.max_read)
                .map_err(|error| self.io(StoreOperation::Read, error))?;
            let (result, change) = edit(&bytes)?;
            let Some((range, text)) = change else { return Ok(Attempt { result, patch: Ok(None) }) };
            let patch = match bytes.get(range.clone()) {
                None => Err(io::ErrorKind::InvalidInput.into()),
                Some(old) if old == text => Ok(None),
                Some(_) => patch(file, vec![Splice { range, text: text.into() }], bytes.len()),
            };
            Ok(Attempt { result, patch })
        })
    }
}
