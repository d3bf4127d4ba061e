//! What edits have done, or would do, to the users of a file.

/// What edits did, in users: each of them counts once, however many records it has.
///
/// ```
/// use htpasswd::{Document, Edits};
///
/// let mut edits = Edits::new();
/// edits.remove("bob");
/// let summary = Document::parse("bob:x\nbob:y\n").apply(&edits);
/// assert_eq!((summary.removed, summary.updated), (1, 0)); // one user, two records
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditSummary {
    /// Users who were new.
    pub added: usize,
    /// Users of whose records at least one had another hash, or stood behind a line that ends in a backslash.
    pub updated: usize,
    /// Users who had this very hash already.
    pub unchanged: usize,
    /// Users who were there and are gone.
    pub removed: usize,
}

/// What edits make of one user; see [`Document::preview`](crate::Document::preview).
///
/// ```
/// use htpasswd::{Document, Edits, Params, Password, PasswordHash, UserChange, Username};
///
/// let mut edits = Edits::new();
/// edits.set(&Username::new("bob")?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// Document::parse("bob:x\n").preview(&edits, |user, change| {
///     assert_eq!((user, change), (&b"bob"[..], UserChange::Updated));
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserChange {
    /// Is new.
    Added,
    /// Is there, with another hash in at least one record, or with a record behind a line that ends in a backslash.
    Updated,
    /// Has this very hash already.
    Unchanged,
    /// Is there and is to go.
    Removed,
}

/// What [`Document::set`](crate::Document::set) did.
///
/// ```
/// use htpasswd::{Document, Params, Password, PasswordHash, SetOutcome, Username};
///
/// let (bob, hash) = (Username::new("bob")?, PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// let said = match Document::parse("bob:x\nbob:y\n").set(&bob, &hash) {
///     SetOutcome::Added => "new".to_owned(),
///     SetOutcome::Updated { lines } => format!("changed in {lines} lines"),
///     _ => "changed".to_owned(),
/// };
/// assert_eq!(said, "changed in 2 lines");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetOutcome {
    /// The user was new and stands at the end now.
    Added,
    /// The user was there; each of the user's records has this hash now, if it had not already.
    Updated {
        /// How many records the user had, one in an orderly file.
        lines: usize,
    },
}
