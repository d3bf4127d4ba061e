//! Credentials that wait to be verified.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::failures::Peer;
use super::flight::Flight;
use super::secret::Tag;
use crate::hash::{Hash, Params, Work};
use crate::password::Password;

/// One verification, for all who ask for the same.
pub(super) struct Job {
    pub(super) tag: Tag,
    pub(super) flight: Arc<Flight>,
    pub(super) user: String,
    /// By which failures are counted.
    pub(super) name: u64,
    pub(super) password: Password,
    /// The user's, or a decoy.
    pub(super) hash: Hash,
    pub(super) is_known: bool,
    /// These credentials were right once.
    pub(super) was_right: bool,
    /// Of the one who asked first.
    pub(super) address: Option<IpAddr>,
    pub(super) since: Instant,
}

impl Job {
    pub(super) fn peer(&self) -> Peer {
        Peer::new(self.address)
    }

    /// Whether it counts while it is under way.
    pub(super) fn is_guess(&self) -> bool {
        !self.was_right
    }

    fn line(&self) -> Line {
        (self.peer(), self.was_right)
    }

    /// Whether nobody waits for it any more: the flight is known to the job and to the list of flights only.
    fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.flight) <= 2
    }
}

/// Who takes turns: a peer with credentials of which nothing is known, and the same peer with those that were right
/// before. So a peer with many jobs does not hold up one with few, nor a guess a user behind the same address.
type Line = (Peer, bool);

/// Fair: each line has a job in each round. Within a round, first come, first served.
#[derive(Default)]
pub(super) struct Queue {
    /// By round and number.
    jobs: BTreeMap<(u64, u64), Job>,
    lines: BTreeMap<Line, Share>,
    /// The one that is being served.
    round: u64,
    number: u64,
}

/// What waits in a line.
struct Share {
    jobs: usize,
    /// The round of the last one.
    last: u64,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn push(&mut self, job: Job) {
        let share = self.lines.entry(job.line()).or_insert(Share { jobs: 0, last: 0 });
        share.jobs += 1;
        share.last = share.last.max(self.round) + 1;
        self.number += 1;
        self.jobs.insert((share.last, self.number), job);
    }

    /// The next job, and up to `most` in all that can be computed in step with it.
    pub(super) fn pop(&mut self, most: usize) -> Vec<Job> {
        let Some((&next, first)) = self.jobs.first_key_value() else { return Vec::new() };
        self.round = self.round.max(next.0);
        let keys: Vec<_> = match first.hash.work() {
            work @ Work::Made { params: Params::Bcrypt(_), .. } => {
                let fitting = self.jobs.iter().filter(|(_, job)| job.hash.work() == work);
                fitting.map(|(key, _)| *key).take(most.max(1)).collect()
            }
            _ => vec![next],
        };
        keys.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    /// Takes out the last job of the longest line, if this job's will be shorter all the same. So a peer that fills
    /// the queue keeps nobody else out.
    pub(super) fn make_room(&mut self, job: &Job) -> Option<Job> {
        let (&longest, share) = self.lines.iter().max_by_key(|(_, share)| share.jobs)?;
        let own = self.lines.get(&job.line()).map_or(0, |share| share.jobs);
        if own + 1 >= share.jobs {
            return None;
        }
        let (&key, _) = self.jobs.iter().rev().find(|(_, job)| job.line() == longest)?;
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
        if let Entry::Occupied(mut share) = self.lines.entry(job.line()) {
            share.get_mut().jobs -= 1;
            if share.get().jobs == 0 {
                share.remove();
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
                name: 0,
                password: Password::new("").unwrap(),
                hash: Hash::decoy(&Work::Made { params, salt: 8 }).unwrap(),
                is_known: true,
                was_right: false,
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
            queue.push(maker.job(user, peer, *params));
        }
        (queue, maker)
    }

    #[test]
    fn a_peer_with_many_jobs_does_not_hold_up_one_with_few() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let (mut queue, maker) = queue(&["a", "b", "c", "d", "e"].map(|user| (user, many, Params::Sha1)));
        queue.push(maker.job("x", few, Params::Sha1));
        queue.push(maker.job("y", few, Params::Sha1));
        let mut order = Vec::new();
        for _ in 0..4 {
            order.extend(queue.pop(4));
        }
        // Who comes later is served in the round that is under way, not in those that are over.
        queue.push(maker.job("z", few, Params::Sha1));
        while queue.len() > 0 {
            order.extend(queue.pop(4));
        }
        assert_eq!(users(&order), "a x b y c z d e");
        assert!(queue.lines.is_empty());
    }

    #[test]
    fn jobs_of_one_peer_stay_in_their_order_however_they_come_and_go() {
        let (mut queue, maker) = queue(&[]);
        let (mut pushed, mut popped) = (0..1000, Vec::new());
        // As under load: those who have their answer ask again, and the queue never runs empty.
        for count in [24].into_iter().chain([4, 2, 4, 1, 3].into_iter().cycle()) {
            let users: Vec<_> = pushed.by_ref().take(count).map(|user| user.to_string()).collect();
            if users.is_empty() {
                break;
            }
            for user in users {
                queue.push(maker.job(&user, "192.0.2.1", bcrypt(5)));
            }
            popped.extend(queue.pop(count.min(4)));
        }
        while queue.len() > 0 {
            popped.extend(queue.pop(4));
        }
        assert_eq!(users(&popped), (0..1000).map(|user| user.to_string()).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn who_was_right_before_has_a_line_of_his_own() {
        let right = |maker: &Maker, user| Job { was_right: true, ..maker.job(user, "", Params::Sha1) };
        let (mut queue, maker) = queue(&["a", "b", "c"].map(|user| (user, "", Params::Sha1)));
        for user in ["x", "y", "z"] {
            queue.push(right(&maker, user));
        }
        let order: Vec<_> = (0..6).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "a x b y c z");
        // However many of these there are, the others are not kept waiting for ever.
        queue.push(maker.job("a", "", Params::Sha1));
        for _ in 0..3 {
            queue.push(right(&maker, "x"));
            queue.push(right(&maker, "y"));
            queue.pop(1);
        }
        assert!(queue.jobs.values().all(|job| job.was_right));
    }

    #[test]
    fn room_is_made_by_the_longest_line() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let jobs = [("a", many), ("b", many), ("x", few), ("c", many)];
        let (mut queue, maker) = queue(&jobs.map(|(user, peer)| (user, peer, Params::Sha1)));
        let room = |queue: &mut Queue, peer: &str, was_right| {
            let job = Job { was_right, ..maker.job("new", peer, Params::Sha1) };
            queue.make_room(&job).map(|job| job.user)
        };
        assert_eq!(room(&mut queue, many, false), None);
        // With one more it would have as many.
        queue.push(maker.job("y", few, Params::Sha1));
        assert_eq!(room(&mut queue, few, false), None);
        assert_eq!(room(&mut queue, "192.0.2.3", false).as_deref(), Some("c"));
        assert_eq!(room(&mut queue, many, true).as_deref(), Some("y"));
        assert_eq!(room(&mut queue, many, true).as_deref(), Some("b"));
        assert_eq!(room(&mut queue, many, true), None);
        let order: Vec<_> = (0..2).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "a x");
        assert!(queue.lines.is_empty());
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
        queue.push(maker.job("c", "", Params::Sha1));
        assert_eq!(users(&queue.expire(TIMEOUT, start + Duration::from_nanos(4_999_999_999))), "");
        assert_eq!(users(&queue.expire(TIMEOUT, start + TIMEOUT)), "a b");
        assert_eq!(users(&queue.pop(1)), "c");
        assert!(queue.lines.is_empty());
    }
}
