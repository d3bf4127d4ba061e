//! The events that a store reports in addition to its results.
//!
//! A caller gets them through [`FileStore::on_event`](crate::FileStore::on_event). An event never replaces an error:
//! the call succeeds or fails independently of it.

use std::io;
use std::path::PathBuf;

/// An occurrence during a call that is not an error; see [`FileStore::on_event`](crate::FileStore::on_event).
///
/// ```
/// use htpasswd::store::StoreEvent;
/// use htpasswd::FileStore;
///
/// let store = FileStore::new("users").on_event(|event| match event {
///     StoreEvent::Recovered => eprintln!("an earlier write was finished"),
///     StoreEvent::JournalBlocked => eprintln!("written without a journal"),
///     _ => {}
/// });
/// # let _ = store;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreEvent {
    /// The store wrote a backup of the file with this path; see [`FileStore::backup`](crate::FileStore::backup).
    BackedUp(PathBuf),
    /// The store finished an earlier write that had been interrupted.
    Recovered,
    /// The store renamed a journal to this path and did not change the file. The journal belongs to another file, or
    /// the file was edited after the interrupted write. An administrator has to compare the journal with the file.
    JournalQuarantined(PathBuf),
    /// The file at the journal's path can be neither used nor renamed, so the store writes without a journal.
    JournalBlocked,
    /// The change is complete, but the store could not remove the journal. The next write removes the journal.
    JournalNotRemoved(io::Error),
    /// The change is complete, but the file system supports no modification time that is later than the present one of
    /// the file. Servers that compare modification times may continue with the old users.
    TimeNotMoved,
}
