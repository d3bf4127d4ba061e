//! Looks up many users of one document in a hash table.
//!
//! Callers use [`Index`], which borrows the document. [`Table`] borrows nothing, so a struct can own a document and its
//! table. The table stores the offsets of records and no names, so it must never be used with another document.

use std::fmt;

use memchr::memchr_iter;

use super::Document;
use super::line::{Head, Line, Record, find_colon, trim_start};
use super::lines::Lines;
use super::names::NameHasher;

/// The position of each user's first record in a document. Uses 11 to 21 bytes of memory per line.
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
    table: Table,
}

/// An index without its document, for an owner of both. With another document than the one that was passed to
/// [`Table::new`], the results are wrong.
pub(crate) struct Table {
    /// A hash table with open addressing and linear probing, at most three quarters full.
    slots: Vec<Slot>,
    users: usize,
    hasher: NameHasher,
}

/// A line that [`Table::new`] reports to its caller, in the order of the lines.
pub(crate) enum Seen<'a> {
    /// An invalid record: a line that is neither blank nor a comment nor a record.
    Invalid { number: usize },
    /// A record. If the record is a duplicate, `first` is the offset of the user's first record.
    Record { line: Line<'a>, first: Option<usize> },
}

/// A record of a batch.
struct Entry<'a> {
    hash: u64,
    line: Line<'a>,
    /// The offset of the user's first record. [`Table::insert`] sets it for duplicates.
    first: Option<usize>,
}

/// A slot of the table in one word, so that a look-up costs one cache miss. The low bits are the offset of the record
/// plus 1; zero means empty. The high bits are from the hash of the user name, and distinguish most other users without
/// a comparison of the text.
#[derive(Clone, Copy)]
struct Slot(u64);

/// The number of bits for the offset of a record: enough for a document of one tebibyte.
const START_BITS: u32 = 40;

/// The number of records that are inserted together.
const BATCH: usize = 512;

impl Slot {
    const EMPTY: Self = Self(0);

    fn new(hash: u64, start: usize) -> Self {
        Self(hash >> START_BITS << START_BITS | (start as u64 + 1))
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn may_be_of(self, hash: u64) -> bool {
        self.0 >> START_BITS == hash >> START_BITS
    }

    #[allow(clippy::cast_possible_truncation, reason = "it was a usize")]
    fn start(self) -> usize {
        (self.0 & ((1 << START_BITS) - 1)) as usize - 1
    }
}

impl<'a> Index<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, table: Table::new(document, |_| {}) }
    }

    /// The first record of `user`, which is the one that servers use.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("bob:x\nbob:y\n");
    /// let index = document.index();
    /// assert_eq!(index.get("bob").map(|record| record.hash), Some(&b"x"[..]));
    /// ```
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<Record<'a>> {
        self.table.get(self.document, user.as_ref())
    }

    /// The number of users.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.users
    }

    /// Returns true if the document has no users.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.users == 0
    }
}

impl Table {
    pub(crate) fn new<'a>(document: &'a Document, mut see: impl FnMut(Seen<'a>)) -> Self {
        let bytes = document.as_bytes();
        let lines = memchr_iter(b'\n', bytes).count() + 1;
        let slots = vec![Slot::EMPTY; (lines * 4 / 3 + 1).next_power_of_two()];
        let mut table = Self { slots, users: 0, hasher: NameHasher::default() };
        // Each access to the table is a cache miss. The processor waits for the misses of one batch in parallel.
        let mut batch = Vec::with_capacity(BATCH);
        for line in document.lines() {
            match line.head() {
                Head::Blank | Head::Comment => {}
                Head::Record { user } => {
                    let hash = table.hasher.hash(user);
                    batch.push(Entry { hash, line, first: None });
                    if batch.len() == BATCH {
                        table.insert(bytes, &mut batch, &mut see);
                    }
                }
                Head::Invalid => {
                    table.insert(bytes, &mut batch, &mut see);
                    see(Seen::Invalid { number: line.number });
                }
            }
        }
        table.insert(bytes, &mut batch, &mut see);
        table
    }

    /// Inserts the records of users who are not in the table yet. Calls `see` for each record.
    fn insert<'a>(&mut self, bytes: &[u8], batch: &mut Vec<Entry<'a>>, mut see: impl FnMut(Seen<'a>)) {
        for Entry { hash, line, first } in batch.iter_mut() {
            let place = self.find(bytes, *hash, |user| user == user_at(bytes, line.start));
            let slot = &mut self.slots[place];
            if slot.is_empty() {
                *slot = Slot::new(*hash, line.start);
                self.users += 1;
            } else {
                *first = Some(slot.start());
            }
        }
        // The caller's work for a record comes after all insertions, because it would separate their cache misses.
        for Entry { line, first, .. } in batch.drain(..) {
            see(Seen::Record { line, first });
        }
    }

    /// The first record of `user`.
    pub(crate) fn get<'a>(&self, document: &'a Document, user: &[u8]) -> Option<Record<'a>> {
        let bytes = document.as_bytes();
        let slot = self.slots[self.find(bytes, self.hasher.hash(user), |other| other == user)];
        if slot.is_empty() { None } else { document.record_at(slot.start()) }
    }

    /// The place of the user's slot, or of the empty slot for that user.
    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are used")]
    fn find(&self, bytes: &[u8], hash: u64, is_user: impl Fn(&[u8]) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot.is_empty() || (slot.may_be_of(hash) && is_user(user_at(bytes, slot.start()))) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }
}

impl Document {
    /// Creates an index of the first record of each user.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("bob:x\ncarol:y\n");
    /// let index = document.index();
    /// for user in ["bob", "carol"] {
    ///     assert!(index.get(user).is_some());
    /// }
    /// ```
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index::new(self)
    }

    /// The record that starts at this offset.
    pub(crate) fn record_at(&self, start: usize) -> Option<Record<'_>> {
        Lines::of_piece(self.bytes.get(start..)?, start, 0).next()?.record()
    }
}

/// The user name of the record that starts at this offset.
fn user_at(bytes: &[u8], start: usize) -> &[u8] {
    let text = trim_start(&bytes[start..]);
    &text[..find_colon(text).unwrap_or(text.len())]
}

impl fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} users)", self.table.users)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_with_equal_name_hashes_stay_distinct() {
        let bytes = b"alice:x\nbob:y\nalice:z\n";
        let mut table = Table::new(&Document::parse("\n\n\n"), |_| {});
        let mut batch: Vec<_> = Lines::new(bytes).map(|line| Entry { hash: 7, line, first: None }).collect();
        let mut firsts = Vec::new();
        table.insert(bytes, &mut batch, |seen| {
            if let Seen::Record { first, .. } = seen {
                firsts.push(first);
            }
        });
        assert_eq!((table.users, firsts), (2, vec![None, None, Some(0)]));
        let place = table.find(bytes, 7, |user| user == b"bob");
        assert_eq!(table.slots[place].start(), 8);
    }
}
