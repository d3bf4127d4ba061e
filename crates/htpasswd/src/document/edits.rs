//! A set of changes to the users of a password file.
//!
//! A caller collects [`Edits`] before the file is locked, and applies them to a document or a store. Edits must never
//! depend on the content of a file, because they can be applied more than once.

use hashbrown::HashTable;

use super::names::{NameHasher, is_same};
use crate::hash::PasswordHash;
use crate::username::Username;

/// Changes to users, in the order in which the users were first added. The last change of a user replaces the earlier
/// ones.
///
/// ```
/// use htpasswd::document::Edits;
/// use htpasswd::{Document, Params, Password, PasswordHash, Username};
///
/// let mut edits = Edits::new();
/// for user in ["alice", "bob"] {
///     edits.set(&Username::new(user)?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// }
/// edits.remove("carol");
///
/// let mut document = Document::parse(b"bob:x\ncarol:y\n");
/// let summary = document.apply(&edits);
/// assert_eq!((summary.added, summary.updated, summary.removed), (1, 1, 1));
/// assert!(document.as_bytes().starts_with(b"bob:{SHA}"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Edits {
    /// A line `user:hash` for each edit: the records of new users.
    pub(super) text: Vec<u8>,
    pub(super) users: Vec<Edit>,
    /// The places in `users`, by user name.
    index: HashTable<usize>,
    hasher: NameHasher,
    /// True if users without an edit are removed.
    pub(super) prunes: bool,
}

/// The change of one user.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    /// The offset of the user's line in [`Edits::text`].
    start: usize,
    user_len: usize,
    /// The length of the hash; `None` if the user is removed.
    pub(super) hash_len: Option<usize>,
}

impl Edits {
    /// Returns an empty set of edits.
    ///
    /// ```
    /// assert!(htpasswd::document::Edits::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns an empty set of edits with capacity for this number of users.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    ///
    /// let leavers = ["bob", "carol"];
    /// let mut edits = Edits::with_capacity(leavers.len());
    /// leavers.iter().for_each(|user| edits.remove(user));
    /// assert_eq!(edits.len(), 2);
    /// ```
    #[must_use]
    pub fn with_capacity(users: usize) -> Self {
        Self { users: Vec::with_capacity(users), index: HashTable::with_capacity(users), ..Self::default() }
    }

    /// Sets the hash of `user` in each of the user's records, or adds a record at the end.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::{Document, Params, Password, PasswordHash, Username};
    ///
    /// let mut edits = Edits::new();
    /// edits.set(&Username::new("bob")?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// assert_eq!(Document::default().apply(&edits).added, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&mut self, user: &Username, hash: &PasswordHash) {
        self.insert(user.as_bytes(), Some(hash.as_bytes()));
    }

    /// Removes all records of `user`.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.remove(b"m\xfcller"); // any encoding, here Latin-1
    /// assert_eq!(Document::parse(b"m\xfcller:x\n").apply(&edits).removed, 1);
    /// ```
    pub fn remove(&mut self, user: impl AsRef<[u8]>) {
        self.insert(user.as_ref(), None);
    }

    /// Also removes all users without an edit. The file then has exactly the users that are set.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::{Document, Params, Password, PasswordHash, Username};
    ///
    /// let mut edits = Edits::new();
    /// edits.set(&Username::new("bob")?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// edits.prune();
    ///
    /// let mut document = Document::parse("# staff\nbob:x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).removed, 1);
    /// assert_eq!(document.as_bytes(), b"# staff\nbob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prune(&mut self) {
        self.prunes = true;
    }

    /// Returns true if there is an edit of this user.
    ///
    /// ```
    /// let mut edits = htpasswd::document::Edits::new();
    /// edits.remove("bob");
    /// assert!(edits.contains("bob") && !edits.contains("carol"));
    /// ```
    #[must_use]
    pub fn contains(&self, user: impl AsRef<[u8]>) -> bool {
        self.find(user.as_ref()).is_some()
    }

    /// The number of users with an edit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Returns true if there is no edit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The users, in the order in which they were first added.
    pub(super) fn users(&self) -> impl Iterator<Item = &[u8]> {
        self.users.iter().map(|edit| edit.user(&self.text))
    }

    fn insert(&mut self, user: &[u8], hash: Option<&[u8]>) {
        let edit = Edit { start: self.text.len(), user_len: user.len(), hash_len: hash.map(<[u8]>::len) };
        let hashed = self.hasher.hash(user);
        let earlier = self.find_hashed(hashed, user);
        for part in [user, b":", hash.unwrap_or_default(), b"\n"] {
            self.text.extend_from_slice(part);
        }
        if let Some(place) = earlier {
            self.users[place] = edit;
            return;
        }
        self.users.push(edit);
        let (users, text, hasher) = (&self.users, &self.text, &self.hasher);
        let rehash = |&place: &usize| hasher.hash(users[place].user(text));
        self.index.insert_unique(hashed, users.len() - 1, rehash);
    }

    /// The place of a user in `users`.
    #[inline]
    pub(super) fn find(&self, user: &[u8]) -> Option<usize> {
        match self.users.as_slice() {
            // If there is only one edit, comparing names is faster than hashing each name of a long file.
            [only] => is_same(only.user(&self.text), user).then_some(0),
            _ => self.find_hashed(self.hasher.hash(user), user),
        }
    }

    fn find_hashed(&self, hashed: u64, user: &[u8]) -> Option<usize> {
        self.index.find(hashed, |&place| self.users[place].user(&self.text) == user).copied()
    }
}

impl Edit {
    fn user(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.start + self.user_len]
    }

    pub(super) fn hash(self, text: &[u8]) -> Option<&[u8]> {
        let start = self.start + self.user_len + 1;
        self.hash_len.map(|length| &text[start..start + length])
    }

    /// The line of a new user; `None` if the user is removed.
    pub(super) fn line(self, text: &[u8]) -> Option<&[u8]> {
        let length = self.user_len + 1 + self.hash_len? + 1;
        Some(&text[self.start..][..length])
    }
}

impl FromIterator<(Username, PasswordHash)> for Edits {
    fn from_iter<I: IntoIterator<Item = (Username, PasswordHash)>>(hashes: I) -> Self {
        let hashes = hashes.into_iter();
        let mut edits = Self::with_capacity(hashes.size_hint().0);
        for (user, hash) in hashes {
            edits.set(&user, &hash);
        }
        edits
    }
}

impl std::fmt::Debug for Edits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edits({} users)", self.len())
    }
}
