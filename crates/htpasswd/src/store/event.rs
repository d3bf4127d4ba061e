//! What a store reports beside its results.

use std::io;
use std::path::PathBuf;

/// Something that happened during a call and is not an error, for [`FileStore::on_event`](crate::FileStore::on_event).
///
/// ```
/// use htpasswd::{FileStore, StoreEvent};
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
    /// An earlier write had been cut off and was finished.
    Recovered,
    /// A journal was found that is not this file's, or that the file has been edited past. It has this path now, and
    /// the file was not touched. A person has to compare the two.
    JournalQuarantined(PathBuf),
    /// What lies in the journal's place can neither be used nor moved: this write goes without a journal.
    JournalBlocked,
    /// The change is done, but the journal could not be removed. The next write removes it.
    JournalNotRemoved(io::Error),
    /// The change is done, but the file system has no time of modification later than the file's. Servers that look at
    /// that time may go on with the old users.
    TimeNotMoved,
}
