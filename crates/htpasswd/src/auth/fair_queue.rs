//! Hierarchical fair queueing: which job is next, and which job makes room in a full queue.
//!
//! Networks take turns, then the narrower networks in each network, then the peers. A customer with many networks
//! therefore gets no more turns than a customer with one address. All jobs count as equally large, for which start-time
//! fair queueing (Goyal, Vin and Cheng, 1996) serves flows round robin; the start tag of a flow is its `turn`.
//!
//! Each operation takes at most logarithmic time in the number of jobs, except [`next`](Flow::next) with a lane, which
//! searches the children in order until one has a job in this lane.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::peer::{DEPTH, Network};
use crate::hash::Group;

/// A network, and true for credentials that were right before. Such credentials have flows of their own, so they do not
/// wait for guesses.
pub(super) type Key = (Option<Network>, bool);

/// Jobs with the same lane can be computed together.
pub(super) type Lane = Option<Group>;

/// The number and the lane of a job.
pub(super) type JobKey = (u64, Lane);

/// The flows of all networks, with one level for each network of a [`Path`].
pub(super) type Turns = Branch<Branch<Branch<Jobs>>>;

/// The networks of a job, from the widest network to the peer.
pub(super) type Path = [Key; DEPTH];

/// A sequence of waiting jobs: the jobs of one peer, or the jobs of all flows in a network.
pub(super) trait Flow: Default {
    fn len(&self) -> usize;

    /// Returns true if a job is in this lane.
    fn has(&self, lane: Lane) -> bool;

    fn push(&mut self, path: &[Key], job_key: JobKey);

    /// Removes and returns the next job, of this lane if a lane is given.
    fn next(&mut self, lane: Option<Lane>) -> Option<JobKey>;

    fn remove(&mut self, path: &[Key], job_key: JobKey);

    /// Removes and returns the last job of the longest flow.
    fn last(&mut self) -> Option<JobKey>;

    /// Removes and returns a job to make room for a new job with this path. Returns `None` if the flow of the new job
    /// would then not be shorter than the longest flow.
    fn make_room(&mut self, path: &[Key]) -> Option<JobKey>;
}

/// The jobs of one peer, first come, first served.
#[derive(Default)]
pub(super) struct Jobs(BTreeMap<Lane, BTreeSet<u64>>);

/// Child flows that take turns.
pub(super) struct Branch<L> {
    children: BTreeMap<Key, FlowState<L>>,
    /// The children by turn: the first child is served next.
    order: BTreeMap<u64, Key>,
    /// The number of jobs and the turn of each child.
    lengths: BTreeSet<(usize, u64)>,
    lanes: BTreeMap<Lane, usize>,
    len: usize,
    last_turn: u64,
}

struct FlowState<L> {
    turn: u64,
    /// The flow is boxed, because a node of the map has room for eleven children, and most maps have one or two.
    flow: Box<L>,
}

impl Flow for Jobs {
    fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    fn has(&self, lane: Lane) -> bool {
        self.0.contains_key(&lane)
    }

    fn push(&mut self, _: &[Key], (number, lane): JobKey) {
        self.0.entry(lane).or_default().insert(number);
    }

    fn next(&mut self, lane: Option<Lane>) -> Option<JobKey> {
        let first = |(&lane, numbers): (&Lane, &BTreeSet<u64>)| Some((*numbers.first()?, lane));
        let job_key = match lane {
            Some(lane) => first(self.0.get_key_value(&lane)?)?,
            None => self.0.iter().filter_map(first).min()?,
        };
        self.remove(&[], job_key);
        Some(job_key)
    }

    fn remove(&mut self, _: &[Key], (number, lane): JobKey) {
        if let Entry::Occupied(mut numbers) = self.0.entry(lane) {
            numbers.get_mut().remove(&number);
            if numbers.get().is_empty() {
                numbers.remove();
            }
        }
    }

    fn last(&mut self) -> Option<JobKey> {
        let lasts = self.0.iter().filter_map(|(&lane, numbers)| Some((*numbers.last()?, lane)));
        let job_key = lasts.max()?;
        self.remove(&[], job_key);
        Some(job_key)
    }

    fn make_room(&mut self, _: &[Key]) -> Option<JobKey> {
        None
    }
}

impl<L: Flow> Branch<L> {
    /// Removes a child, so that the caller can change it and [attach](Self::attach) it again.
    fn detach(&mut self, key: Key) -> Option<FlowState<L>> {
        let child = self.children.remove(&key)?;
        self.order.remove(&child.turn);
        self.lengths.remove(&(child.flow.len(), child.turn));
        self.len -= child.flow.len();
        Some(child)
    }

    /// Adds a child, unless the child has no jobs.
    fn attach(&mut self, key: Key, child: FlowState<L>) {
        let len = child.flow.len();
        if len > 0 {
            self.len += len;
            self.order.insert(child.turn, key);
            self.lengths.insert((len, child.turn));
            self.children.insert(key, child);
        }
    }

    fn next_turn(&mut self) -> u64 {
        self.last_turn += 1;
        self.last_turn
    }

    /// Decreases the number of jobs in the lane of a removed job.
    fn count_removed(&mut self, job_key: Option<JobKey>) -> Option<JobKey> {
        if let Entry::Occupied(mut count) = self.lanes.entry(job_key?.1) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        job_key
    }

    /// Returns the child with the most jobs. Among children with equally many jobs, this is the child whose turn is
    /// last.
    fn longest(&self) -> Option<(usize, Key)> {
        let (len, turn) = self.lengths.last()?;
        Some((*len, *self.order.get(turn)?))
    }

    fn take_from(&mut self, key: Key, take: impl FnOnce(&mut L) -> Option<JobKey>) -> Option<JobKey> {
        let mut child = self.detach(key)?;
        let job_key = take(&mut child.flow);
        self.attach(key, child);
        self.count_removed(job_key)
    }
}

impl<L: Flow> Flow for Branch<L> {
    fn len(&self) -> usize {
        self.len
    }

    fn has(&self, lane: Lane) -> bool {
        self.lanes.contains_key(&lane)
    }

    fn push(&mut self, path: &[Key], job_key: JobKey) {
        let Some((&key, rest)) = path.split_first() else { return };
        let mut child = match self.detach(key) {
            Some(child) => child,
            None => FlowState { turn: self.next_turn(), flow: Box::default() },
        };
        child.flow.push(rest, job_key);
        self.attach(key, child);
        *self.lanes.entry(job_key.1).or_insert(0) += 1;
    }

    fn next(&mut self, lane: Option<Lane>) -> Option<JobKey> {
        if lane.is_some_and(|lane| !self.has(lane)) {
            return None;
        }
        let fits = |key: &&Key| {
            lane.is_none_or(|lane| self.children.get(key).is_some_and(|child| child.flow.has(lane)))
        };
        let key = *self.order.values().find(fits)?;
        let mut child = self.detach(key)?;
        let job_key = child.flow.next(lane);
        child.turn = self.next_turn();
        self.attach(key, child);
        self.count_removed(job_key)
    }

    fn remove(&mut self, path: &[Key], job_key: JobKey) {
        let Some((&key, rest)) = path.split_first() else { return };
        self.take_from(key, |flow| {
            let before = flow.len();
            flow.remove(rest, job_key);
            (flow.len() < before).then_some(job_key)
        });
    }

    fn last(&mut self) -> Option<JobKey> {
        let (_, key) = self.longest()?;
        self.take_from(key, L::last)
    }

    fn make_room(&mut self, path: &[Key]) -> Option<JobKey> {
        let (&own, rest) = path.split_first()?;
        let (most, longest) = self.longest()?;
        let len = self.children.get(&own).map_or(0, |child| child.flow.len());
        if len + 1 < most {
            return self.take_from(longest, L::last);
        }
        // Including the new job, its flow is at least as long as every other flow. So a job in this flow makes room, or
        // the new job is rejected.
        self.take_from(own, |flow| flow.make_room(rest))
    }
}

impl<L> Default for Branch<L> {
    fn default() -> Self {
        Self {
            children: BTreeMap::new(),
            order: BTreeMap::new(),
            lengths: BTreeSet::new(),
            lanes: BTreeMap::new(),
            len: 0,
            last_turn: 0,
        }
    }
}

#[cfg(test)]
mod tests;
