//! What a store tells beside its results.

use std::io;
use std::path::PathBuf;

/// Something that happened on the way and is no error, for [`FileStore::on_notice`](crate::FileStore::on_notice).
///
/// ```
/// use htpasswd::{FileStore, Notice};
///
/// let store = FileStore::new("users").on_notice(|notice| match notice {
///     Notice::Finished => eprintln!("an earlier write is finished now"),
///     Notice::NoJournal => eprintln!("written without a journal"),
///     _ => {}
/// });
/// # let _ = store;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// An earlier write had been cut off; it has been finished.
    Finished,
    /// What lay at the journal's place is not the journal of this file in a state known to it. It has been
    /// renamed; the file has not been touched.
    SetAside(PathBuf),
    /// What lies at the journal's place can neither be used nor moved: this write goes without a journal.
    NoJournal,
    /// The change is done, but the journal could not be removed. The next write removes it.
    JournalStays(io::Error),
}
