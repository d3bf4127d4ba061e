//! Changes a part of a file that contains more than users, such as a Kubernetes manifest.
//!
//! The write is the same as for a password file: one lock, one journal, one recovery. This module must never interpret
//! the content of the file.

use std::io;
use std::ops::Range;

use super::rewrite::Attempt;
use super::update::patch;
use super::{FileStore, StoreError, StoreOperation, read};
use crate::document::Splice;

impl FileStore {
    /// Replaces a range of a file that contains a password file, such as a manifest. It locks the file and writes a
    /// journal like [`update`](Self::update).
    ///
    /// `edit` gets the bytes of the file. It returns a result, and a range with its new bytes. If it returns `None` in
    /// place of the range, nothing is written. `edit` may run more than once, each time on new bytes.
    ///
    /// ```
    /// use htpasswd::store::StoreError;
    /// use htpasswd::FileStore;
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
    /// The errors of [`update`](Self::update), and [`StoreOperation::Read`] for a range outside the file.
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
