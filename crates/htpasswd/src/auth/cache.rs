//! Credentials that were right recently.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hashbrown::HashTable;

use super::FOREVER;
use super::mac::Tag;

/// A user has one password, and another one for a while after a change. More entries come of passwords that a scheme
/// cannot tell apart; the user's own oldest entry makes room for them.
const PER_USER: usize = 4;

/// What is known of credentials before anything is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// They were right less than a time to live ago.
    Right,
    /// They were right once, too long ago to count. Nobody can bring this about who does not know the password.
    WasRight,
    Nothing,
}

/// Bounded; the oldest entry makes room. Holds tags only, over user, stored hash and password: when any of these
/// changes, the entry cannot be hit any more.
pub(super) struct Cache {
    ttl: Duration,
    capacity: usize,
    /// By the number of the user's tag, which is as random as can be.
    entries: HashTable<Entry>,
    /// The user of each entry, in the order in which entries were made.
    order: BTreeMap<u64, u64>,
    made: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    user: u64,
    tag: Tag,
    /// The end of its time.
    end: Instant,
    /// Its place in the order.
    made: u64,
}

impl Cache {
    /// One with no capacity, or whose entries do not live, never knows anything.
    pub(super) fn new(ttl: Duration, capacity: usize) -> Self {
        let capacity = if ttl.is_zero() { 0 } else { capacity };
        Self { ttl: ttl.min(FOREVER), capacity, entries: HashTable::new(), order: BTreeMap::new(), made: 0 }
    }

    pub(super) fn look(&self, user: u64, tag: &Tag, now: Instant) -> Known {
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
    fn an_entry_lives_for_its_time_and_is_remembered() {
        let (mut cache, start, tag) = (Cache::new(TTL, 10), Instant::now(), tags(1)[0]);
        assert_eq!(cache.look(1, &tag, start), Known::Nothing);
        cache.insert(1, tag, start);
        let just_before = start + Duration::from_nanos(59_999_999_999);
        assert_eq!(cache.look(1, &tag, start), Known::Right);
        assert_eq!(cache.look(1, &tag, just_before), Known::Right);
        assert_eq!(cache.look(1, &tag, start + TTL), Known::WasRight);
        assert_eq!(cache.look(2, &tag, start), Known::Nothing);
        cache.insert(1, tag, start + TTL);
        assert_eq!(cache.look(1, &tag, start + TTL), Known::Right);
    }

    #[test]
    fn the_oldest_makes_room_but_not_one_that_was_renewed() {
        let (mut cache, start, tags) = (Cache::new(TTL, 3), Instant::now(), tags(5));
        let later = |seconds| start + Duration::from_secs(seconds);
        let insert = |cache: &mut Cache, number: usize, seconds| {
            cache.insert(number as u64, tags[number], later(seconds));
        };
        for (seconds, number) in [(0, 0), (1, 1), (2, 0), (3, 2)] {
            insert(&mut cache, number, seconds);
        }
        let known = |cache: &Cache| {
            let look = |(user, tag)| cache.look(user, tag, later(3)) == Known::Right;
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
    fn one_user_with_many_passwords_displaces_no_other() {
        let (mut cache, start, tags) = (Cache::new(TTL, 10), Instant::now(), tags(1000));
        for user in 1..=6 {
            cache.insert(user, tags[0], start);
        }
        for tag in &tags {
            cache.insert(7, *tag, start);
        }
        assert!((1..=7).all(|user| cache.look(user, &tags[0], start) == Known::Right || user == 7));
        let known = tags.iter().filter(|tag| cache.look(7, tag, start) == Known::Right);
        assert_eq!(known.collect::<Vec<_>>(), tags[996..].iter().collect::<Vec<_>>());
        assert_eq!((cache.entries.len(), cache.order.len()), (10, 10));
    }

    #[test]
    fn renewing_an_entry_displaces_no_other() {
        let (mut cache, start, tags) = (Cache::new(TTL, 3), Instant::now(), tags(2));
        cache.insert(1, tags[0], start);
        for _ in 0..10 {
            cache.insert(2, tags[1], start);
        }
        assert_eq!(cache.look(1, &tags[0], start), Known::Right);
    }

    #[test]
    fn without_capacity_nothing_is_kept_and_without_end_everything() {
        let (start, tag) = (Instant::now(), tags(1)[0]);
        let nothing = [(TTL, 0, Known::Nothing), (Duration::ZERO, 10, Known::Nothing)];
        for (ttl, capacity, known) in nothing.into_iter().chain([(Duration::MAX, 10, Known::Right)]) {
            let mut cache = Cache::new(ttl, capacity);
            cache.insert(1, tag, start);
            assert_eq!(cache.look(1, &tag, start + 1000 * TTL), known);
        }
    }
}
