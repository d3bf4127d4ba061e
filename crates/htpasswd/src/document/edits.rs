//! A set of changes to the users of a password file.
//!
//! A caller collects [`Edits`] before the file is locked, and applies them to a document or a store. Edits must never
//! depend on the content of a file, because they can be applied more than once.

use std::borrow::Cow;

use hashbrown::HashTable;

use super::names::{NameHasher, is_same};
use crate::hash::PasswordHash;
use crate::username::Username;

/// The mark before the hash of a disabled user, as usermod(8) writes it. No hash of crypt(5) starts with it.
const DISABLED: &[u8] = b"!";

/// Returns the hash of a disabled user, without the mark `!` before it; `None` if the user is not disabled.
///
/// ```
/// use htpasswd::document::disabled;
///
/// assert_eq!(disabled(b"!$2y$05$x"), Some(&b"$2y$05$x"[..]));
/// assert_eq!(disabled(b"$2y$05$x"), None);
/// ```
#[must_use]
pub fn disabled(hash: &[u8]) -> Option<&[u8]> {
    let marks = hash.iter().take_while(|byte| DISABLED.contains(byte)).count();
    (marks > 0).then(|| &hash[marks..])
}

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
    /// True if a disabled user who gets a new hash stays disabled.
    pub(super) keeps_disabled: bool,
}

/// The change of one user.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    /// The offset of the user's line in [`Edits::text`].
    start: usize,
    user_len: usize,
    action: Action,
}

#[derive(Clone, Copy)]
enum Action {
    /// Set the hash of this length, which follows the user name in [`Edits::text`].
    Set(usize),
    Remove,
    Disable,
    Enable,
    Keep,
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
        self.insert(user.as_bytes(), Action::Set(hash.as_bytes().len()), hash.as_bytes());
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
        self.insert(user.as_ref(), Action::Remove, b"");
    }

    /// Disables `user`: writes `!` before the hash in each of the user's records, so that no password matches. A user who
    /// is disabled already or does not exist is no error. The hash stays, so [`enable`](Self::enable) restores the login.
    ///
    /// A server that reads plain text takes `!` for the first character of a password.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.disable("bob");
    /// let mut document = Document::parse("bob:$2y$05$x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).updated, 1);
    /// assert_eq!(document.as_bytes(), b"bob:!$2y$05$x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).unchanged, 1);
    /// ```
    pub fn disable(&mut self, user: impl AsRef<[u8]>) {
        self.insert(user.as_ref(), Action::Disable, b"");
    }

    /// Enables `user`: removes `!` before the hash in each of the user's records. A user who is not disabled, has no hash
    /// after `!`, or does not exist stays as it is.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.enable("bob");
    /// let mut document = Document::parse("bob:!$2y$05$x\n");
    /// assert_eq!(document.apply(&edits).updated, 1);
    /// assert_eq!(document.as_bytes(), b"bob:$2y$05$x\n");
    /// ```
    pub fn enable(&mut self, user: impl AsRef<[u8]>) {
        self.insert(user.as_ref(), Action::Enable, b"");
    }

    /// Leaves `user` as it is, also after [`prune`](Self::prune). A user who does not exist is no error.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.keep("bob");
    /// edits.prune();
    /// let mut document = Document::parse("bob:x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).unchanged, 1);
    /// assert_eq!(document.as_bytes(), b"bob:x\n");
    /// ```
    pub fn keep(&mut self, user: impl AsRef<[u8]>) {
        self.insert(user.as_ref(), Action::Keep, b"");
    }

    /// Leaves disabled users disabled: [`set`](Self::set) then changes the hash after `!`.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::{Document, Params, Password, PasswordHash, Username};
    ///
    /// let mut edits = Edits::new();
    /// edits.set(&Username::new("bob")?, &PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// edits.keep_disabled();
    /// let mut document = Document::parse("bob:!$2y$05$x\n");
    /// document.apply(&edits);
    /// assert_eq!(document.as_bytes(), b"bob:!{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_disabled(&mut self) {
        self.keeps_disabled = true;
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

    fn insert(&mut self, user: &[u8], action: Action, hash: &[u8]) {
        let edit = Edit { start: self.text.len(), user_len: user.len(), action };
        let hashed = self.hasher.hash(user);
        let earlier = self.find_hashed(hashed, user);
        for part in [user, b":", hash, b"\n"] {
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

    /// The hash of the user with the edit at this place. `old` is the hash field of one of the user's records. `None` if
    /// the user is removed.
    pub(super) fn new_hash(&self, place: usize, old: &[u8]) -> Option<Cow<'_, [u8]>> {
        let edit = self.users[place];
        let disabled = disabled(old);
        Some(match edit.action {
            Action::Remove => return None,
            Action::Set(_) => {
                let hash = edit.hash(&self.text)?;
                if self.keeps_disabled && disabled.is_some() {
                    [DISABLED, hash].concat().into()
                } else {
                    hash.into()
                }
            }
            Action::Disable if disabled.is_none() => [DISABLED, old].concat().into(),
            Action::Disable | Action::Keep => old.to_vec().into(),
            // Without a hash, some servers would accept an empty password.
            Action::Enable => disabled.filter(|hash| !hash.is_empty()).unwrap_or(old).to_vec().into(),
        })
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

    /// The new hash of a user who is set.
    fn hash(self, text: &[u8]) -> Option<&[u8]> {
        let Action::Set(length) = self.action else { return None };
        let start = self.start + self.user_len + 1;
        Some(&text[start..start + length])
    }

    /// True if the edit adds a user who does not exist.
    pub(super) fn adds(self) -> bool {
        matches!(self.action, Action::Set(_))
    }

    /// True if the edit removes the user.
    pub(super) fn removes(self) -> bool {
        matches!(self.action, Action::Remove)
    }

    /// The line of a new user; `None` if the edit adds no user.
    pub(super) fn line(self, text: &[u8]) -> Option<&[u8]> {
        let length = self.user_len + 1 + self.hash(text)?.len() + 1;
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
