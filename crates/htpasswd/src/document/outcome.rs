//! The public results of edits: counts, and the change of each user.

/// The number of users that edits changed. A user with several records counts once.
///
/// ```
/// use htpasswd::document::Edits;
/// use htpasswd::Document;
///
/// let mut edits = Edits::new();
/// edits.remove("bob");
/// let summary = Document::parse("bob:x\nbob:y\n").apply(&edits);
/// assert_eq!((summary.removed, summary.updated), (1, 0)); // one user, two records
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EditSummary {
    /// The number of users who were added.
    pub added: usize,
    /// The number of users with at least one changed record: it had another hash, or followed a line that ends with a
    /// backslash.
    pub updated: usize,
    /// The number of users who already had the hash.
    pub unchanged: usize,
    /// The number of users who were removed.
    pub removed: usize,
    /// The number of users who are set and stay disabled; see [`Edits::keep_disabled`](super::Edits::keep_disabled). They
    /// also count as updated or unchanged.
    pub disabled: usize,
}

/// The change of one user; see [`Document::preview`](crate::Document::preview).
///
/// ```
/// use htpasswd::document::{Edits, UserChange};
/// use htpasswd::{Document, Params, Password, PasswordHash, Username};
///
/// let mut edits = Edits::new();
/// edits.set(&Username::new("bob")?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// Document::parse("bob:x\n").preview(&edits, |user, change| {
///     assert_eq!((user, change), (&b"bob"[..], UserChange::Updated));
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum UserChange {
    /// The user does not exist and is added.
    Added,
    /// The user exists, and at least one record has another hash or follows a line that ends with a backslash.
    Updated,
    /// The user already has the hash.
    Unchanged,
    /// The user exists and is removed.
    Removed,
}

/// The result of [`Document::set`](crate::Document::set).
///
/// ```
/// use htpasswd::document::SetOutcome;
/// use htpasswd::{Document, Params, Password, PasswordHash, Username};
///
/// let (bob, hash) = (Username::new("bob")?, PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// let outcome = match Document::parse("bob:x\nbob:y\n").set(&bob, &hash) {
///     SetOutcome::Added => "new".to_owned(),
///     SetOutcome::Updated { lines } => format!("changed in {lines} lines"),
///     _ => "changed".to_owned(),
/// };
/// assert_eq!(outcome, "changed in 2 lines");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum SetOutcome {
    /// The user was new and was added at the end.
    Added,
    /// The user existed. All records of the user now have the hash.
    Updated {
        /// The number of the user's records. It is 1 in a file without duplicates.
        lines: usize,
    },
}
