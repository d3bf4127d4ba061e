//! Credentials that were right lately.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hashbrown::HashTable;

use super::FOREVER;
use super::secret::Tag;

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
    /// Each with the end of its time.
    entries: HashTable<(Tag, Instant)>,
    /// In the order in which their times end. An entry that was renewed stands here twice.
    order: VecDeque<(Tag, Instant)>,
}

/// Tags are as random as can be.
fn hash(tag: &Tag) -> u64 {
    tag.number()
}

impl Cache {
    /// One with no capacity, or whose entries do not live, never knows anything.
    pub(super) fn new(ttl: Duration, capacity: usize) -> Self {
        let capacity = if ttl.is_zero() { 0 } else { capacity };
        Self { ttl: ttl.min(FOREVER), capacity, entries: HashTable::new(), order: VecDeque::new() }
    }

    pub(super) fn look(&self, tag: &Tag, now: Instant) -> Known {
        match self.entries.find(hash(tag), |(other, _)| other == tag) {
            Some((_, end)) if now < *end => Known::Right,
            Some(_) => Known::WasRight,
            None => Known::Nothing,
        }
    }

    pub(super) fn insert(&mut self, tag: Tag, now: Instant) {
        if self.capacity == 0 {
            return;
        }
        let end = now + self.ttl;
        while self.order.len() >= self.capacity
            && let Some((oldest, end)) = self.order.pop_front()
        {
            // Unless it was renewed.
            let entry = self.entries.find_entry(hash(&oldest), |entry| *entry == (oldest, end));
            if let Ok(entry) = entry {
                entry.remove();
            }
        }
        match self.entries.find_mut(hash(&tag), |(other, _)| *other == tag) {
            Some(entry) => entry.1 = end,
            None => {
                self.entries.insert_unique(hash(&tag), (tag, end), |(tag, _)| hash(tag));
            }
        }
        self.order.push_back((tag, end));
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::Secret;
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn tags(count: usize) -> Vec<Tag> {
        let secret = Secret::random().unwrap();
        (0..count).map(|number| secret.tag(&[&number.to_le_bytes()])).collect()
    }

    #[test]
    fn an_entry_lives_for_its_time_and_is_remembered() {
        let (mut cache, start, tag) = (Cache::new(TTL, 10), Instant::now(), tags(1)[0]);
        assert_eq!(cache.look(&tag, start), Known::Nothing);
        cache.insert(tag, start);
        let just_before = start + Duration::from_nanos(59_999_999_999);
        assert_eq!(cache.look(&tag, start), Known::Right);
        assert_eq!(cache.look(&tag, just_before), Known::Right);
        assert_eq!(cache.look(&tag, start + TTL), Known::WasRight);
        cache.insert(tag, start + TTL);
        assert_eq!(cache.look(&tag, start + TTL), Known::Right);
    }

    #[test]
    fn the_oldest_makes_room_but_not_one_that_was_renewed() {
        let (mut cache, start, tags) = (Cache::new(TTL, 3), Instant::now(), tags(5));
        let later = |seconds| start + Duration::from_secs(seconds);
        for (seconds, tag) in [(0, 0), (1, 1), (2, 0), (3, 2)] {
            cache.insert(tags[tag], later(seconds));
        }
        let known = |cache: &Cache| {
            tags.iter().map(|tag| cache.look(tag, later(3)) == Known::Right).collect::<Vec<_>>()
        };
        assert_eq!(known(&cache), [true, true, true, false, false]);
        cache.insert(tags[3], later(4));
        assert_eq!(known(&cache), [true, false, true, true, false]);
        cache.insert(tags[4], later(5));
        assert_eq!(known(&cache), [false, false, true, true, true]);
        assert_eq!((cache.entries.len(), cache.order.len()), (3, 3));
    }

    #[test]
    fn without_capacity_nothing_is_kept_and_without_end_everything() {
        let (start, tag) = (Instant::now(), tags(1)[0]);
        let nothing = [(TTL, 0, Known::Nothing), (Duration::ZERO, 10, Known::Nothing)];
        for (ttl, capacity, known) in nothing.into_iter().chain([(Duration::MAX, 10, Known::Right)]) {
            let mut cache = Cache::new(ttl, capacity);
            cache.insert(tag, start);
            assert_eq!(cache.look(&tag, start + 1000 * TTL), known);
        }
    }
}
