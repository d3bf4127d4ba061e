//! Looking up many users of one document.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use memchr::{memchr, memchr_iter};

use super::Document;
use super::lines::{Head, Lines, Record, trim_start};

/// Where in a document each user's first record stands. Takes about 19 bytes a user.
///
/// ```
/// use htpasswd::Document;
///
/// let document = Document::parse(b"alice:x\nbob:y\nalice:z\n");
/// let index = document.index();
/// assert_eq!(index.get("alice").map(|record| record.hash), Some(&b"x"[..]));
/// assert!(index.get("carol").is_none());
/// assert_eq!(index.len(), 2);
/// ```
pub struct Index<'a> {
    document: &'a Document,
    /// The beginnings of lines.
    starts: HashTable<usize>,
    /// With a key that nobody knows, so that no file can be made whose names all collide.
    hasher: RandomState,
}

impl<'a> Index<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let bytes = document.as_bytes();
        // As many as there are lines: a table that grows moves everything again and again.
        let starts = HashTable::with_capacity(memchr_iter(b'\n', bytes).count() + 1);
        let mut index = Self { document, starts, hasher: RandomState::new() };
        for line in document.lines() {
            if let Head::Record { user } = line.head() {
                let hash = |user: &[u8]| index.hasher.hash_one(user);
                let is_same = |&start: &usize| name_at(bytes, start) == user;
                // The first record stays.
                index
                    .starts
                    .entry(hash(user), is_same, |&start| hash(name_at(bytes, start)))
                    .or_insert(line.start);
            }
        }
        index
    }

    /// The first record of `user`, which is the one that decides.
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<Record<'a>> {
        let user = user.as_ref();
        let hash = self.hasher.hash_one(user);
        let bytes = self.document.as_bytes();
        let start = *self.starts.find(hash, |&start| name_at(bytes, start) == user)?;
        Lines::of_piece(&bytes[start..], start, 0).next()?.record()
    }

    /// How many users there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

/// The user of the record that starts there.
fn name_at(bytes: &[u8], start: usize) -> &[u8] {
    let text = trim_start(&bytes[start..]);
    &text[..memchr(b':', text).unwrap_or(text.len())]
}

impl fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} users)", self.len())
    }
}
