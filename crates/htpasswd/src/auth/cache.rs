//! The cache of credentials that were right within the cache's lifetime, so that they are not hashed again.
//!
//! The key of an entry is a MAC over user name, stored hash and password. If the hash of the user changes, no key
//! matches the old entry, so the cache needs no invalidation. The cache must never contain a password.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hashbrown::HashTable;

use super::FOREVER;
use super::mac::Tag;

/// The largest number of entries of one user; the user's own oldest entry makes room for a new one. A user has one
/// right password, or two shortly after a change of the password. More entries come from passwords that the scheme
/// reads as equal.
const PER_USER: usize = 4;

/// The result of a look-up of credentials in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The credentials were right within the lifetime of an entry.
    Right,
    /// The credentials were right, but the entry has expired. Only a client who knew the password can cause this.
    WasRight,
    /// The cache has no entry.
    Nothing,
}

/// A bounded cache: when it is full, the oldest entry makes room.
pub(super) struct Cache {
    ttl: Duration,
    capacity: usize,
    /// The entries. The key of the hash table is the number of the user's tag, which is uniformly distributed.
    entries: HashTable<Entry>,
    /// The user of each entry by the entry's number, oldest entry first.
    order: BTreeMap<u64, u64>,
    /// The number of entries made so far.
    made: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    user: u64,
    tag: Tag,
    /// The time at which the entry expires.
    end: Instant,
    /// The number of the entry; newer entries have greater numbers.
    made: u64,
}

impl Cache {
    /// Creates a cache. With a capacity or lifetime of 0, the cache stays empty.
    pub(super) fn new(ttl: Duration, capacity: usize) -> Self {
        let capacity = if ttl.is_zero() { 0 } else { capacity };
        Self { ttl: ttl.min(FOREVER), capacity, entries: HashTable::new(), order: BTreeMap::new(), made: 0 }
    }

    pub(super) fn lookup(&self, user: u64, tag: &Tag, now: Instant) -> Known {
        match self.entries.find(user, |entry| entry.user == user && entry.tag == *tag) {
            Some(entry) if now < entry.end => Known::Right,
            Some(_) => Known::WasRight,
            None => Known::Nothing,
        }
    }

    pub(super) fn insert(&mut self, user: u64, tag: Tag, now: Instant) {
        if self.capacity == 0 {
            return;
        }
        let own = || self.entries.iter_hash(user).filter(|entry| entry.user == user);
        let replaced = match own().find(|entry| entry.tag == tag) {
            Some(entry) => Some(entry.made),
            None if own().count() >= PER_USER => own().map(|entry| entry.made).min(),
            None if self.order.len() >= self.capacity => self.order.first_key_value().map(|(made, _)| *made),
            None => None,
        };
        if let Some(made) = replaced {
            self.remove(made);
        }
        self.made += 1;
        self.order.insert(self.made, user);
        let entry = Entry { user, tag, end: now + self.ttl, made: self.made };
        self.entries.insert_unique(user, entry, |entry| entry.user);
    }

    /// The number of entries, with expired ones.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    fn remove(&mut self, made: u64) {
        let Some(user) = self.order.remove(&made) else { return };
        if let Ok(entry) = self.entries.find_entry(user, |entry| entry.made == made) {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mac::MacKey;
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn tags(count: usize) -> Vec<Tag> {
        let key = MacKey::random().unwrap();
        (0..count).map(|number| key.tag(&[&number.to_le_bytes()])).collect()
    }

    #[test]
    fn an_expired_entry_still_shows_that_credentials_were_right() {
        let (mut cache, start, tag) = (Cache::new(TTL, 10), Instant::now(), tags(1)[0]);
        assert_eq!(cache.lookup(1, &tag, start), Known::Nothing);
        cache.insert(1, tag, start);
        let just_before = start + Duration::from_nanos(59_999_999_999);
        assert_eq!(cache.lookup(1, &tag, start), Known::Right);
        assert_eq!(cache.lookup(1, &tag, just_before), Known::Right);
        assert_eq!(cache.lookup(1, &tag, start + TTL), Known::WasRight);
        assert_eq!(cache.lookup(2, &tag, start), Known::Nothing);
        cache.insert(1, tag, start + TTL);
        assert_eq!(cache.lookup(1, &tag, start + TTL), Known::Right);
    }

    #[test]
    fn the_oldest_entry_makes_room_unless_it_was_renewed() {
        let (mut cache, start, tags) = (Cache::new(TTL, 3), Instant::now(), tags(5));
        let later = |seconds| start + Duration::from_secs(seconds);
        let insert = |cache: &mut Cache, number: usize, seconds| {
            cache.insert(number as u64, tags[number], later(seconds));
        };
        for (seconds, number) in [(0, 0), (1, 1), (2, 0), (3, 2)] {
            insert(&mut cache, number, seconds);
        }
        let known = |cache: &Cache| {
            let look = |(user, tag)| cache.lookup(user, tag, later(3)) == Known::Right;
            (0..).zip(&tags).map(look).collect::<Vec<_>>()
        };
        assert_eq!(known(&cache), [true, true, true, false, false]);
        insert(&mut cache, 3, 4);
        assert_eq!(known(&cache), [true, false, true, true, false]);
        insert(&mut cache, 4, 5);
        assert_eq!(known(&cache), [false, false, true, true, true]);
        assert_eq!((cache.entries.len(), cache.order.len()), (3, 3));
    }

    #[test]
    fn one_user_with_many_passwords_displaces_no_other_user() {
        let (mut cache, start, tags) = (Cache::new(TTL, 10), Instant::now(), tags(1000));
        for user in 1..=6 {
            cache.insert(user, tags[0], start);
        }
        for tag in &tags {
            cache.insert(7, *tag, start);
        }
        assert!((1..=7).all(|user| cache.lookup(user, &tags[0], start) == Known::Right || user == 7));
        let known = tags.iter().filter(|tag| cache.lookup(7, tag, start) == Known::Right);
        assert_eq!(known.collect::<Vec<_>>(), tags[996..].iter().collect::<Vec<_>>());
        assert_eq!((cache.entries.len(), cache.order.len()), (10, 10));
    }

    #[test]
    fn a_renewed_entry_displaces_no_other_entry() {
        let (mut cache, start, tags) = (Cache::new(TTL, 3), Instant::now(), tags(2));
        cache.insert(1, tags[0], start);
        for _ in 0..10 {
            cache.insert(2, tags[1], start);
        }
        assert_eq!(cache.lookup(1, &tags[0], start), Known::Right);
    }

    #[test]
    fn a_cache_without_capacity_or_lifetime_stays_empty() {
        let (start, tag) = (Instant::now(), tags(1)[0]);
        let nothing = [(TTL, 0, Known::Nothing), (Duration::ZERO, 10, Known::Nothing)];
        for (ttl, capacity, known) in nothing.into_iter().chain([(Duration::MAX, 10, Known::Right)]) {
            let mut cache = Cache::new(ttl, capacity);
            cache.insert(1, tag, start);
            assert_eq!(cache.lookup(1, &tag, start + 1000 * TTL), known);
        }
    }
}
