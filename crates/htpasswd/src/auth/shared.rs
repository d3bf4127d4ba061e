//! The state that all handles and threads of one authenticator share.
//!
//! Each part has its own lock, so that requests, hashing threads and the clock rarely wait for each other. [`Shared`]
//! lists which locks may be held together; any other order could deadlock.

use std::collections::BTreeMap;
use std::panic::RefUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::cache::Cache;
use super::clock::Clock;
use super::mac::{MacKey, Tag};
use super::queue::Queue;
use super::rate_limit::RateLimiter;
use super::single_flight::{Abandoned, Flight};
use super::{Event, WatchedUsers, lock};
use crate::hash::Params;

/// The shared state. A thread holds at most one lock, with two exceptions: while it holds `state`, it may lock
/// `failures` or a flight, and while it holds a flight, it may lock `abandoned`.
pub(super) struct Shared {
    pub(super) users: WatchedUsers,
    pub(super) options: Options,
    /// The clock of the cache, the rate limits and the queue.
    pub(super) clock: Clock,
    pub(super) key: MacKey,
    pub(super) cache: Mutex<Cache>,
    pub(super) failures: Arc<Mutex<RateLimiter>>,
    pub(super) state: Mutex<State>,
    /// True while a stronger hash is computed.
    pub(super) is_rehashing: AtomicBool,
    /// The number of the next job.
    pub(super) next_job: AtomicU64,
    pub(super) abandoned: Arc<Abandoned>,
    /// Signals that the queue has a new job, or that the authenticator ends.
    pub(super) work: Condvar,
    /// Wakes the clock thread, which sleeps while the queue is empty.
    pub(super) wake_clock: Condvar,
    /// Signals that the authenticator ends.
    pub(super) over: Condvar,
    pub(super) on_event: Option<Hook>,
}

/// The hook alone is not unwind safe. A panic in the hook is caught where the hook is called, and no lock is held
/// there.
impl RefUnwindSafe for Shared {}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: Queue,
    /// The flights of all jobs that wait in the queue or are being verified.
    pub(super) flights: BTreeMap<Tag, Arc<Flight>>,
    /// The number of hashing threads that wait for jobs.
    pub(super) idle: usize,
    /// True while the clock thread sleeps because the queue is empty.
    pub(super) is_clock_asleep: bool,
    /// True once the last handle is dropped.
    pub(super) is_over: bool,
}

/// Ends all threads when the last handle drops it. At this moment, no client waits for a job that is still queued.
pub(super) struct End(pub(super) Arc<Shared>);

pub(super) type Hook = Box<dyn Fn(&Event<'_>) + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// The number of hashing threads; 0 means one thread per core.
    pub(super) threads: usize,
    pub(super) queue_limit: usize,
    pub(super) queue_timeout: Duration,
    pub(super) rehash_below: Option<Params>,
}

impl Drop for End {
    fn drop(&mut self) {
        lock(&self.0.state).is_over = true;
        self.0.work.notify_all();
        self.0.wake_clock.notify_all();
        self.0.over.notify_all();
    }
}
