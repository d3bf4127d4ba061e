//! Credentials that wait to be verified.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::failures::Peer;
use super::flight::Flight;
use super::secret::Tag;
use crate::hash::{Hash, Params};
use crate::password::Password;

/// One verification, for all who ask for the same.
pub(super) struct Job {
    pub(super) tag: Tag,
    pub(super) flight: Arc<Flight>,
    pub(super) user: String,
    pub(super) password: Password,
    /// The user's, or a decoy.
    pub(super) hash: Hash,
    pub(super) is_known: bool,
    /// Of the one who asked first.
    pub(super) address: Option<IpAddr>,
    pub(super) since: Instant,
}

impl Job {
    /// Whether nobody waits for it any more: the flight is known to the job and to the list of flights only.
    fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.flight) <= 2
    }
}

/// Fair: each peer has a job in each round, so that one with many does not hold up one with few. Within a round,
/// first come, first served. In round 0 are those who were right before.
#[derive(Default)]
pub(super) struct Queue {
    /// By round and number.
    jobs: BTreeMap<(u64, u64), Job>,
    /// How many jobs of each peer wait, of round 0 aside.
    waiting: BTreeMap<Peer, u64>,
    /// The one that is being served.
    round: u64,
    number: u64,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn push(&mut self, job: Job, was_right: bool) {
        let round = if was_right {
            0
        } else {
            let waiting = self.waiting.entry(Peer::new(job.address)).or_default();
            *waiting += 1;
            self.round + *waiting
        };
        self.number += 1;
        self.jobs.insert((round, self.number), job);
    }

    /// The next job, and up to `most` in all that can be computed in step with it.
    pub(super) fn pop(&mut self, most: usize) -> Vec<Job> {
        let Some((&next, first)) = self.jobs.first_key_value() else { return Vec::new() };
        self.round = self.round.max(next.0);
        let keys: Vec<_> = match first.hash.work() {
            work @ Params::Bcrypt(_) => {
                let fitting = self.jobs.iter().filter(|(_, job)| job.hash.work() == work);
                fitting.map(|(key, _)| *key).take(most.max(1)).collect()
            }
            _ => vec![next],
        };
        keys.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    /// Takes out the last job of the peer with the most, if this peer has fewer, with its new one, or was right
    /// before. So a peer that fills the queue keeps nobody else out.
    pub(super) fn make_room(&mut self, peer: Peer, was_right: bool) -> Option<Job> {
        let (&heaviest, &most) = self.waiting.iter().max_by_key(|(_, waiting)| **waiting)?;
        let own = self.waiting.get(&peer).copied().unwrap_or(0);
        if !was_right && own + 1 >= most {
            return None;
        }
        let is_heaviest = |job: &Job| Peer::new(job.address) == heaviest;
        let (&key, _) = self.jobs.iter().rev().find(|((round, _), job)| *round > 0 && is_heaviest(job))?;
        self.remove(key)
    }

    /// Takes out all that have waited for so long.
    pub(super) fn expire(&mut self, timeout: Duration, now: Instant) -> Vec<Job> {
        self.take(|job| now.saturating_duration_since(job.since) >= timeout)
    }

    /// Takes out all that nobody waits for any more.
    pub(super) fn give_up(&mut self) -> Vec<Job> {
        self.take(Job::is_abandoned)
    }

    fn take(&mut self, which: impl Fn(&Job) -> bool) -> Vec<Job> {
        let keys: Vec<_> = self.jobs.iter().filter(|(_, job)| which(job)).map(|(key, _)| *key).collect();
        keys.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    fn remove(&mut self, key: (u64, u64)) -> Option<Job> {
        let job = self.jobs.remove(&key)?;
        if key.0 > 0
            && let Entry::Occupied(mut waiting) = self.waiting.entry(Peer::new(job.address))
        {
            *waiting.get_mut() -= 1;
            if *waiting.get() == 0 {
                waiting.remove();
            }
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::Secret;
    use super::*;
    use crate::hash::Cost;

    const TIMEOUT: Duration = Duration::from_secs(5);

    struct Maker(Secret, Instant);

    impl Maker {
        fn job(&self, user: &str, peer: &str, params: Params) -> Job {
            Job {
                tag: self.0.tag(&[user.as_bytes()]),
                flight: Arc::default(),
                user: user.to_owned(),
                password: Password::new("").unwrap(),
                hash: Hash::decoy(params).unwrap(),
                is_known: true,
                address: peer.parse().ok(),
                since: self.1,
            }
        }
    }

    fn bcrypt(cost: u32) -> Params {
        Params::Bcrypt(Cost::new(cost).unwrap())
    }

    fn users(jobs: &[Job]) -> String {
        jobs.iter().map(|job| job.user.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn queue(jobs: &[(&str, &str, Params)]) -> (Queue, Maker) {
        let (mut queue, maker) = (Queue::default(), Maker(Secret::random().unwrap(), Instant::now()));
        for (user, peer, params) in jobs {
            queue.push(maker.job(user, peer, *params), false);
        }
        (queue, maker)
    }

    #[test]
    fn a_peer_with_many_jobs_does_not_hold_up_one_with_few() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let (mut queue, maker) = queue(&["a", "b", "c", "d", "e"].map(|user| (user, many, Params::Sha1)));
        queue.push(maker.job("x", few, Params::Sha1), false);
        queue.push(maker.job("y", few, Params::Sha1), false);
        let mut order = Vec::new();
        for _ in 0..4 {
            order.extend(queue.pop(4));
        }
        // Who comes later is served in the round that is under way, not in those that are over.
        queue.push(maker.job("z", few, Params::Sha1), false);
        while queue.len() > 0 {
            order.extend(queue.pop(4));
        }
        assert_eq!(users(&order), "a x b y c z d e");
        assert!(queue.waiting.is_empty());
    }

    #[test]
    fn who_was_right_before_goes_first() {
        let (mut queue, maker) = queue(&[("a", "", Params::Sha1), ("b", "", Params::Sha1)]);
        queue.push(maker.job("c", "", Params::Sha1), true);
        let order: Vec<_> = (0..3).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "c a b");
    }

    #[test]
    fn room_is_made_by_the_peer_with_the_most() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let jobs = [("a", many), ("b", many), ("x", few), ("c", many)];
        let (mut queue, maker) = queue(&jobs.map(|(user, peer)| (user, peer, Params::Sha1)));
        let room = |queue: &mut Queue, peer: &str, was_right| {
            queue.make_room(Peer::new(peer.parse().ok()), was_right).map(|job| job.user)
        };
        assert_eq!(room(&mut queue, many, false), None);
        // With one more it would have as many.
        queue.push(maker.job("y", few, Params::Sha1), false);
        assert_eq!(room(&mut queue, few, false), None);
        assert_eq!(room(&mut queue, "192.0.2.3", false).as_deref(), Some("c"));
        assert_eq!(room(&mut queue, "192.0.2.3", false).as_deref(), Some("y"));
        assert_eq!(room(&mut queue, many, true).as_deref(), Some("b"));
        queue.push(maker.job("z", many, Params::Sha1), true);
        let order: Vec<_> = (0..4).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "z a x");
        assert!(room(&mut queue, many, true).is_none());
    }

    #[test]
    fn bcrypt_of_one_cost_goes_together() {
        let jobs = [
            ("a", "", bcrypt(5)),
            ("b", "", Params::Apr1),
            ("c", "", bcrypt(5)),
            ("d", "", bcrypt(6)),
            ("e", "", bcrypt(5)),
            ("f", "", Params::Apr1),
            ("g", "", bcrypt(5)),
            ("h", "", bcrypt(5)),
        ];
        let (mut queue, _) = queue(&jobs);
        for expected in ["a c e g", "b", "d", "f", "h", ""] {
            assert_eq!(users(&queue.pop(4)), expected);
        }
    }

    #[test]
    fn what_waited_too_long_is_taken_out() {
        let (mut queue, mut maker) = queue(&[("a", "", Params::Sha1), ("b", "", Params::Sha1)]);
        let start = maker.1;
        maker.1 += Duration::from_secs(1);
        queue.push(maker.job("c", "", Params::Sha1), false);
        assert_eq!(users(&queue.expire(TIMEOUT, start + Duration::from_nanos(4_999_999_999))), "");
        assert_eq!(users(&queue.expire(TIMEOUT, start + TIMEOUT)), "a b");
        assert_eq!(users(&queue.pop(1)), "c");
        assert!(queue.waiting.is_empty());
    }
}
