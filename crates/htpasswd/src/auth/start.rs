//! The start of an authenticator: `start` checks the settings and spawns the threads.
//!
//! Settings with which no user could log in must fail here, and not at the first login.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::builder::AuthenticatorBuilder;
use super::cache::Cache;
use super::mac::MacKey;
use super::rate_limit::RateLimiter;
use super::shared::{End, Shared};
use super::{Authenticator, Event, StartError, pool};
use crate::hash::Params;

impl AuthenticatorBuilder {
    /// Starts the threads and returns the authenticator.
    ///
    /// # Errors
    /// [`StartError`] if the operating system gives no random bytes or no thread, or if settings contradict each other
    /// so that logins would fail: a [queue limit](Self::queue_limit) of 0, or [`rehash_below`](Self::rehash_below) with
    /// plain text or above the [`Limits`](crate::hash::Limits) of the users.
    pub fn start(self) -> Result<Authenticator, StartError> {
        self.check()?;
        let (ttl, capacity) = self.cache;
        let shared = Arc::new(Shared {
            users: self.users,
            options: self.options,
            clock: self.clock,
            key: MacKey::random()?,
            cache: Mutex::new(Cache::new(ttl, capacity)),
            failures: Arc::new(Mutex::new(RateLimiter::new(self.failures))),
            state: Mutex::default(),
            is_rehashing: AtomicBool::new(false),
            next_job: AtomicU64::new(0),
            abandoned: Arc::default(),
            work: Condvar::new(),
            wake_clock: Condvar::new(),
            over: Condvar::new(),
            on_event: self.on_event,
        });
        // If a later step fails, dropping `end` ends the threads that were started.
        let end = Arc::new(End(Arc::clone(&shared)));
        let threads = match self.options.threads {
            0 => thread::available_parallelism().map_or(1, NonZeroUsize::get),
            threads => threads,
        };
        for _ in 0..threads {
            spawn(&shared, "htpasswd-hash", pool::work)?;
        }
        if shared.users.path().is_some() {
            spawn(&shared, "htpasswd-file", pool::watch_file)?;
        }
        spawn(&shared, "htpasswd-clock", pool::watch_clock)?;
        if cfg!(debug_assertions) {
            shared.emit(Event::SlowBuild);
        }
        Ok(Authenticator { shared, end })
    }

    /// Rejects settings with which users could not log in.
    fn check(&self) -> Result<(), StartError> {
        if self.options.queue_limit == 0 {
            return Err(StartError::NoQueue);
        }
        match self.options.rehash_below {
            Some(Params::Plain) => Err(StartError::RehashToPlainText),
            Some(wanted) if self.users.limits().check_params(&wanted).is_err() => {
                Err(StartError::RehashAboveLimits)
            }
            _ => Ok(()),
        }
    }
}

fn spawn(shared: &Arc<Shared>, name: &str, run: fn(&Shared)) -> Result<(), StartError> {
    let shared = Arc::clone(shared);
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(move || run(&shared)).map(drop).map_err(StartError::Thread)
}
