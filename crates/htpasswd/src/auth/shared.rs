//! What all handles and threads of one authenticator share.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::cache::Cache;
use super::mac::{MacKey, Tag};
use super::queue::Queue;
use super::rate_limit::RateLimiter;
use super::single_flight::{Abandoned, Flight};
use super::{Event, WatchedUsers, lock};
use crate::hash::Params;

/// What all handles and threads have in common. No two of the locks are held at once, with two exceptions: after that
/// of `state`, that of `failures` or of a flight may be taken, and after that of a flight that of `abandoned`.
pub(super) struct Shared {
    pub(super) users: WatchedUsers,
    pub(super) options: Options,
    pub(super) key: MacKey,
    pub(super) cache: Mutex<Cache>,
    pub(super) failures: Arc<Mutex<RateLimiter>>,
    pub(super) state: Mutex<State>,
    /// The number of the next job.
    pub(super) next_job: AtomicU64,
    pub(super) abandoned: Arc<Abandoned>,
    /// There is work in the queue, or it is over.
    pub(super) work: Condvar,
    pub(super) over: Condvar,
    pub(super) on_event: Option<Hook>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: Queue,
    /// All that waits in the queue or is being computed.
    pub(super) flights: BTreeMap<Tag, Arc<Flight>>,
    /// How many threads wait for work.
    pub(super) idle: usize,
    pub(super) is_over: bool,
}

pub(super) struct End(pub(super) Arc<Shared>);

pub(super) type Hook = Box<dyn Fn(&Event<'_>) + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) threads: Option<NonZeroUsize>,
    pub(super) queue_limit: usize,
    pub(super) queue_timeout: Duration,
    pub(super) rehash_below: Option<Params>,
}

impl Drop for End {
    fn drop(&mut self) {
        lock(&self.0.state).is_over = true;
        self.0.work.notify_all();
        self.0.over.notify_all();
    }
}
