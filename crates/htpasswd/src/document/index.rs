//! Looking up many users of one document.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use memchr::{memchr, memchr_iter};

use super::Document;
use super::lines::{Head, Lines, Record, trim_start};

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
    /// A table with open addressing, at most three quarters full.
    slots: Vec<Slot>,
    users: usize,
    /// With a key that nobody knows, so that no file can be made whose names all collide.
    hasher: RandomState,
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
        let bytes = document.as_bytes();
        let lines = memchr_iter(b'\n', bytes).count() + 1;
        let slots = vec![Slot::EMPTY; (lines * 4 / 3 + 1).next_power_of_two()];
        let mut index = Self { document, slots, users: 0, hasher: RandomState::new() };
        let mut records = document.lines().filter_map(|line| match line.head() {
            Head::Record { user } => Some((user, line.start)),
            _ => None,
        });
        // A place in the table is a cache miss; many one right after the other are waited for together.
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.extend(
                records.by_ref().take(BATCH).map(|(user, start)| (index.hasher.hash_one(user), start)),
            );
            if batch.is_empty() {
                return index;
            }
            for (hash, start) in batch.drain(..) {
                index.insert(hash, start);
            }
        }
    }

    /// Unless the user is there already.
    fn insert(&mut self, hash: u64, start: usize) {
        let place = self.find(hash, |user| user == self.user_at(start));
        let slot = &mut self.slots[place];
        if slot.is_empty() {
            *slot = Slot::new(hash, start);
            self.users += 1;
        }
    }

    /// The first record of `user`, which is the one that decides.
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<Record<'a>> {
        let user = user.as_ref();
        let slot = self.slots[self.find(self.hasher.hash_one(user), |other| other == user)];
        if slot.is_empty() {
            return None;
        }
        let start = slot.start();
        Lines::of_piece(&self.document.as_bytes()[start..], start, 0).next()?.record()
    }

    /// The place of a user's slot, or the empty one where it belongs.
    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
    fn find(&self, hash: u64, is_user: impl Fn(&[u8]) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot.is_empty() || (slot.may_be_of(hash) && is_user(self.user_at(slot.start()))) {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    /// The user of the record that starts there.
    fn user_at(&self, start: usize) -> &[u8] {
        let text = trim_start(&self.document.as_bytes()[start..]);
        &text[..memchr(b':', text).unwrap_or(text.len())]
    }

    /// How many users there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users == 0
    }
}

impl fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} users)", self.users)
    }
}
