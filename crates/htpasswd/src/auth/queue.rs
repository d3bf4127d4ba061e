//! The queue of credentials that wait to be verified.
//!
//! `verify` pushes one [`Job`] for equal requests, and the threads of `pool` pop batches. `fair_queue` decides the
//! order, and this module holds the jobs. A job must only leave the queue when its flight gets a verdict or has no
//! clients.

use std::collections::BTreeMap;
use std::iter;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::Account;
use super::fair_queue::{Flow as _, JobKey, Path, Turns};
use super::mac::Tag;
use super::peer::Peer;
use super::single_flight::Flight;
use super::ticket::Ticket;
use crate::hash::{Group, PasswordHash};
use crate::password::Password;

/// One verification, which equal requests share.
pub(super) struct Job {
    /// The number of the job. Jobs are numbered in the order of their arrival.
    pub(super) number: u64,
    /// The tag of the user name, the hash and the part of the password that the scheme reads.
    pub(super) tag: Tag,
    /// The tag of the whole password if the scheme reads only a part of it; otherwise equal to `tag`.
    pub(super) exact: Tag,
    pub(super) flight: Arc<Flight>,
    pub(super) user: String,
    /// The number of the tag of the user name, for which failures are counted.
    pub(super) name: u64,
    pub(super) password: Password,
    /// The user's hash, or a dummy hash.
    pub(super) hash: PasswordHash,
    pub(super) account: Account,
    /// True if these credentials were right before.
    pub(super) was_right: bool,
    /// Counts the job as an unfinished guess; `None` for credentials that were right before, and after the verdict.
    pub(super) ticket: Option<Ticket>,
    /// The address of the client that asked first.
    pub(super) address: Option<IpAddr>,
    pub(super) since: Instant,
    /// The time when the job left the queue to be verified.
    pub(super) begun: Option<Instant>,
}

impl Job {
    pub(super) fn peer(&self) -> Peer {
        Peer::new(self.address)
    }

    fn path(&self) -> Path {
        self.peer().path().map(|network| (network, self.was_right))
    }

    fn key(&self) -> JobKey {
        (self.number, self.hash.group())
    }
}

/// A fair queue: networks and the peers in them take turns, so a peer with many jobs does not delay a peer with few
/// jobs. A peer has two flows, one for credentials that were right before, so guesses do not delay users at the same
/// address.
#[derive(Default)]
pub(super) struct Queue {
    /// The jobs by number.
    jobs: BTreeMap<u64, Job>,
    turns: Turns,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn push(&mut self, job: Job) {
        self.turns.push(&job.path(), job.key());
        self.jobs.insert(job.number, job);
    }

    /// Returns true if the next batch would not become larger by waiting for further jobs.
    pub(super) fn is_full(&self) -> bool {
        // The oldest job is not always the next one, but it shows which scheme the file has.
        self.jobs
            .first_key_value()
            .is_some_and(|(_, job)| self.len() >= job.hash.group().map_or(1, Group::len))
    }

    /// Removes and returns the next job and further jobs of its group, at most `share` jobs in total, and at most as many
    /// as one thread should compute together.
    pub(super) fn pop(&mut self, share: usize) -> Vec<Job> {
        let Some(first) = self.turns.next(None) else { return Vec::new() };
        let (_, group) = first;
        let most = share.clamp(1, group.map_or(1, Group::len));
        let others = iter::repeat_with(|| self.turns.next(Some(group)));
        let keys: Vec<_> = iter::once(first).chain(others.map_while(|next| next).take(most - 1)).collect();
        keys.into_iter().filter_map(|(number, _)| self.jobs.remove(&number)).collect()
    }

    /// Removes and returns the last job of the longest flow to make room for `job`, if the flow of `job` stays shorter.
    /// No peer and no network can therefore keep others out of the queue.
    pub(super) fn make_room(&mut self, job: &Job) -> Option<Job> {
        let (number, _) = self.turns.make_room(&job.path())?;
        self.jobs.remove(&number)
    }

    /// Removes and returns all jobs that have waited for at least `timeout`.
    pub(super) fn expire(&mut self, timeout: Duration, now: Instant) -> Vec<Job> {
        let is_late = |job: &Job| now.saturating_duration_since(job.since) >= timeout;
        let mut late = Vec::new();
        // Jobs are in the order of their arrival, so the first job has waited longest.
        while let Some((&number, job)) = self.jobs.first_key_value()
            && is_late(job)
        {
            late.extend(self.remove(number));
        }
        late
    }

    /// Removes and returns the job if no client waits for it.
    pub(super) fn remove_abandoned(&mut self, number: u64) -> Option<Job> {
        let job = self.jobs.get(&number)?;
        if job.flight.is_abandoned() { self.remove(number) } else { None }
    }

    fn remove(&mut self, number: u64) -> Option<Job> {
        let job = self.jobs.remove(&number)?;
        self.turns.remove(&job.path(), job.key());
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::mac::MacKey;
    use super::super::single_flight::Abandoned;
    use super::*;
    use crate::hash::{Cost, Params, VerifyCost};

    const TIMEOUT: Duration = Duration::from_secs(5);

    struct Maker(MacKey, Instant, Cell<u64>, Arc<Abandoned>);

    impl Maker {
        fn job(&self, user: &str, peer: &str, params: Params) -> Job {
            let (tag, number) = (self.0.tag(&[user.as_bytes()]), self.2.get());
            self.2.set(number + 1);
            Job {
                number,
                tag,
                exact: tag,
                flight: Arc::new(Flight::new(number, tag, &self.3)),
                user: user.to_owned(),
                name: 0,
                password: Password::new("").unwrap(),
                hash: PasswordHash::dummy_hash(&VerifyCost::Creatable { params, salt: 8 }).unwrap(),
                account: Account { is_known: true, issue: None },
                was_right: false,
                ticket: None,
                address: peer.parse().ok(),
                since: self.1,
                begun: None,
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
        let maker = Maker(MacKey::random().unwrap(), Instant::now(), Cell::default(), Arc::default());
        let mut queue = Queue::default();
        for (user, peer, params) in jobs {
            queue.push(maker.job(user, peer, *params));
        }
        (queue, maker)
    }

    #[test]
    fn a_peer_with_many_jobs_does_not_delay_one_with_few() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let (mut queue, maker) = queue(&["a", "b", "c", "d", "e"].map(|user| (user, many, Params::Sha1)));
        queue.push(maker.job("x", few, Params::Sha1));
        queue.push(maker.job("y", few, Params::Sha1));
        let mut order = Vec::new();
        for _ in 0..4 {
            order.extend(queue.pop(4));
        }
        // A job that arrives later is served in the current round, and gets no turn for earlier rounds.
        queue.push(maker.job("z", few, Params::Sha1));
        while queue.len() > 0 {
            order.extend(queue.pop(4));
        }
        assert_eq!(users(&order), "a x b y c z d e");
        assert!(queue.turns.len() == 0);
    }

    #[test]
    fn jobs_of_one_peer_stay_in_the_order_of_their_arrival() {
        let (mut queue, maker) = queue(&[]);
        let (mut pushed, mut popped) = (0..1000, Vec::new());
        // Under load, clients that have their answer send the next request, and the queue never runs empty.
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
    fn credentials_that_were_right_before_have_their_own_flow() {
        let right = |maker: &Maker, user| Job { was_right: true, ..maker.job(user, "", Params::Sha1) };
        let (mut queue, maker) = queue(&["a", "b", "c"].map(|user| (user, "", Params::Sha1)));
        for user in ["x", "y", "z"] {
            queue.push(right(&maker, user));
        }
        let order: Vec<_> = (0..6).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "a x b y c z");
        // Many jobs in this flow do not make the jobs in the other flow wait for ever.
        queue.push(maker.job("a", "", Params::Sha1));
        for _ in 0..3 {
            queue.push(right(&maker, "x"));
            queue.push(right(&maker, "y"));
            queue.pop(1);
        }
        assert!(queue.jobs.values().all(|job| job.was_right));
    }

    #[test]
    fn the_longest_flow_makes_room() {
        let (many, few) = ("192.0.2.1", "192.0.2.2");
        let jobs = [("a", many), ("b", many), ("x", few), ("c", many)];
        let (mut queue, maker) = queue(&jobs.map(|(user, peer)| (user, peer, Params::Sha1)));
        let room = |queue: &mut Queue, peer: &str, was_right| {
            let job = Job { was_right, ..maker.job("new", peer, Params::Sha1) };
            queue.make_room(&job).map(|job| job.user)
        };
        assert_eq!(room(&mut queue, many, false), None);
        // With the new job, the flow would be as long as the longest flow.
        queue.push(maker.job("y", few, Params::Sha1));
        assert_eq!(room(&mut queue, few, false), None);
        assert_eq!(room(&mut queue, "192.0.2.3", false).as_deref(), Some("c"));
        assert_eq!(room(&mut queue, many, true).as_deref(), Some("y"));
        assert_eq!(room(&mut queue, many, true).as_deref(), Some("b"));
        assert_eq!(room(&mut queue, many, true), None);
        let order: Vec<_> = (0..2).flat_map(|_| queue.pop(1)).collect();
        assert_eq!(users(&order), "a x");
        assert!(queue.turns.len() == 0);
    }

    #[test]
    fn bcrypt_jobs_of_one_cost_share_a_batch() {
        let jobs = [
            ("a", "", bcrypt(5)),
            ("b", "", Params::Sha1),
            ("c", "", bcrypt(5)),
            ("d", "", bcrypt(6)),
            ("e", "", bcrypt(5)),
            ("f", "", Params::Sha1),
            ("g", "", bcrypt(5)),
            ("h", "", bcrypt(5)),
        ];
        let (mut queue, _) = queue(&jobs);
        for expected in ["a c e g", "b", "d", "f", "h", ""] {
            assert_eq!(users(&queue.pop(4)), expected);
        }
    }

    #[test]
    fn a_batch_has_at_most_as_many_jobs_as_its_group_computes_together() {
        for params in [bcrypt(5), Params::Apr1, Params::Sha256Crypt(None), Params::Sha512Crypt(None)] {
            let (mut queue, maker) = queue(&[]);
            let most = Group::of(&params).unwrap().len();
            for user in 0..most {
                assert_eq!((user, queue.is_full()), (user, false));
                queue.push(maker.job(&user.to_string(), "", params));
            }
            queue.push(maker.job("last", "", params));
            assert!(queue.is_full());
            assert_eq!((queue.pop(most + 1).len(), users(&queue.pop(most + 1))), (most, "last".to_owned()));
        }
    }

    #[test]
    fn jobs_that_waited_too_long_are_removed() {
        let (mut queue, mut maker) = queue(&[("a", "", Params::Sha1), ("b", "", Params::Sha1)]);
        let start = maker.1;
        maker.1 += Duration::from_secs(1);
        queue.push(maker.job("c", "", Params::Sha1));
        assert_eq!(users(&queue.expire(TIMEOUT, start + Duration::from_nanos(4_999_999_999))), "");
        assert_eq!(users(&queue.expire(TIMEOUT, start + TIMEOUT)), "a b");
        assert_eq!(users(&queue.pop(1)), "c");
        assert!(queue.turns.len() == 0);
    }
}
