//! Looking up many users of one document.

use std::fmt;

use memchr::{memchr, memchr_iter};

use super::Document;
use super::line::{Head, Record, trim_start};
use super::lines::Lines;
use super::names::NameHasher;

/// Where in a document each user's first record stands. Takes 11 to 21 bytes a line.
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

/// An index beside its document, for an owner of both. Any other document than that of [`Table::new`] gives
/// nonsense.
pub(crate) struct Table {
    /// A table with open addressing, at most three quarters full.
    slots: Vec<Slot>,
    users: usize,
    hasher: NameHasher,
}

/// What [`Table::new`] comes across, in the order of the lines.
pub(crate) enum Seen {
    /// A line that is neither blank, comment nor record.
    Invalid { number: usize },
    /// A record that starts there; another one before it that starts at `first` has the same user.
    Record { number: usize, start: usize, first: Option<usize> },
}

/// A record on its way into the table.
struct Entry {
    hash: u64,
    start: usize,
    number: usize,
}

/// The beginning of a record plus 1, and above it bits of the hash of its user, which tell most other
/// users apart without a look at the text. One word, so that a look-up costs one cache miss.
#[derive(Clone, Copy)]
struct Slot(u64);

/// Enough for a document of a tebibyte.
const START_BITS: u32 = 40;

/// How many users are looked for at a time.
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

    /// The first record of `user`, which is the one that decides.
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

    /// How many users there are.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("bob:x\ncarol:y\nbob:z\n");
    /// assert_eq!(document.index().len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.users
    }

    /// Whether there is nobody.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("# nobody yet\n");
    /// assert!(document.index().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.users == 0
    }
}

impl Table {
    pub(crate) fn new(document: &Document, mut see: impl FnMut(Seen)) -> Self {
        let bytes = document.as_bytes();
        let lines = memchr_iter(b'\n', bytes).count() + 1;
        let slots = vec![Slot::EMPTY; (lines * 4 / 3 + 1).next_power_of_two()];
        let mut table = Self { slots, users: 0, hasher: NameHasher::default() };
        // A place in the table is a cache miss; many one right after the other are waited for together.
        let mut batch = Vec::with_capacity(BATCH);
        for line in document.lines() {
            match line.head() {
                Head::Blank | Head::Comment => {}
                Head::Record { user } => {
                    let hash = table.hasher.hash(user);
                    batch.push(Entry { hash, start: line.start, number: line.number });
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

    /// Those whose users are not there already.
    fn insert(&mut self, bytes: &[u8], batch: &mut Vec<Entry>, mut see: impl FnMut(Seen)) {
        for Entry { hash, start, number } in batch.drain(..) {
            let place = self.find(bytes, hash, |user| user == user_at(bytes, start));
            let slot = &mut self.slots[place];
            let first = (!slot.is_empty()).then(|| slot.start());
            if first.is_none() {
                *slot = Slot::new(hash, start);
                self.users += 1;
            }
            see(Seen::Record { number, start, first });
        }
    }

    /// The first record of `user`.
    pub(crate) fn get<'a>(&self, document: &'a Document, user: &[u8]) -> Option<Record<'a>> {
        let bytes = document.as_bytes();
        let slot = self.slots[self.find(bytes, self.hasher.hash(user), |other| other == user)];
        if slot.is_empty() { None } else { document.record_at(slot.start()) }
    }

    /// The place of a user's slot, or the empty one where it belongs.
    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
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
    /// A table of the first record of each user.
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

    /// The record that starts there.
    pub(crate) fn record_at(&self, start: usize) -> Option<Record<'_>> {
        Lines::of_piece(self.bytes.get(start..)?, start, 0).next()?.record()
    }
}

/// The user of the record that starts there.
fn user_at(bytes: &[u8], start: usize) -> &[u8] {
    let text = trim_start(&bytes[start..]);
    &text[..memchr(b':', text).unwrap_or(text.len())]
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
    fn users_whose_names_have_one_hash_are_told_apart() {
        let bytes = b"alice:x\nbob:y\nalice:z\n";
        let mut table = Table::new(&Document::parse("\n\n\n"), |_| {});
        let entry = |start, number| Entry { hash: 7, start, number };
        let mut firsts = Vec::new();
        table.insert(bytes, &mut vec![entry(0, 1), entry(8, 2), entry(14, 3)], |seen| {
            if let Seen::Record { first, .. } = seen {
                firsts.push(first);
            }
        });
        assert_eq!((table.users, firsts), (2, vec![None, None, Some(0)]));
        let place = table.find(bytes, 7, |user| user == b"bob");
        assert_eq!(table.slots[place].start(), 8);
    }
}
