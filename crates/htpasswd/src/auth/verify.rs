//! The steps of one login: rate limits, cache, queue, hashing, and the verdict.
//!
//! [`Shared::authenticate`] runs on the caller's thread and never hashes a password; [`Shared::answer`] runs on a
//! hashing thread. The login of an unknown user has the same steps, with a dummy hash. A hook must never be called
//! while a lock is held.

use std::iter;
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::cache::Known;
use super::event::{Account, Answered, Event};
use super::peer::Peer;
use super::queue::Job;
use super::shared::{End, Shared, State};
use super::single_flight::{Flight, KeepAlive, Verification};
use super::ticket::Ticket;
use super::{Credentials, Verdict, foreign, lock};
use crate::hash::PasswordHash;
use crate::password::Password;

/// Returns the part of a password that the scheme of the hash reads. The scheme cannot distinguish passwords with the
/// same part, so the cache and single-flight treat them as equal too.
fn part_read<'a>(hash: &PasswordHash, password: &'a Password) -> &'a [u8] {
    let bytes = password.as_bytes();
    let limit = hash.scheme().password_limit().unwrap_or(usize::MAX);
    &bytes[..bytes.len().min(limit)]
}

impl Shared {
    pub(super) fn authenticate(
        &self,
        credentials: &Credentials,
        address: Option<IpAddr>,
        end: &Arc<End>,
    ) -> Verification {
        let (user, password) = (credentials.user(), credentials.password());
        let (peer, now) = (Peer::new(address), self.clock.now());
        let users = self.users.current();
        let name = self.key.tag(&[user.as_bytes()]).number();
        let stored = users.find(user.as_bytes());
        let account = Account { is_known: stored.is_ok(), issue: stored.as_ref().err().copied().flatten() };
        let at_once = |verdict, answered| {
            self.emit(Event::of(verdict, user, address, account, answered));
            Verification::done(verdict)
        };
        // Each scheme has a dummy hash except plain text, which `Users` never contains.
        let Some(hash) = stored.ok().or_else(|| users.dummy_hash(name)) else {
            return at_once(Verdict::Rejected, Answered::AtOnce);
        };
        let read = part_read(&hash, password);
        let tag = self.key.tag(&[user.as_bytes(), hash.as_bytes(), read]);

        // The lock is released before the hook is called.
        let (user_limited, peer_limited, may_ask) = {
            let failures = lock(&self.failures);
            let peer_limited = failures.peer_limited(peer, name, now);
            (failures.user_limited(peer, name, now), peer_limited, failures.may_ask_cache(peer, now))
        };
        // The rate limits are checked before the cache, because a cache hit also tells the client that a guess is
        // right.
        if let Some(retry_after) = user_limited {
            return at_once(Verdict::Limited { retry_after }, Answered::AtOnce);
        }
        let known = match peer_limited {
            Some(_) if !may_ask => Known::Nothing,
            _ => lock(&self.cache).lookup(name, &tag, now),
        };
        if known == Known::Right {
            lock(&self.failures).remember_place(peer, name);
            return at_once(self.accept(&hash), Answered::FromCache);
        }
        if let (Some(retry_after), Known::Nothing) = (peer_limited, known) {
            lock(&self.failures).count_cache_miss(peer, now);
            return at_once(Verdict::Limited { retry_after }, Answered::AtOnce);
        }

        let is_cut = read.len() < password.as_bytes().len();
        let exact = if is_cut { self.key.tag(&[password.as_bytes()]) } else { tag };
        let number = self.next_job.fetch_add(1, Ordering::Relaxed);
        let job = Job {
            number,
            tag,
            exact,
            flight: Arc::new(Flight::new(number, exact, &self.abandoned)),
            user: user.to_owned(),
            name,
            password: password.clone(),
            hash,
            account,
            was_right: known == Known::WasRight,
            ticket: None,
            address,
            since: now,
            begun: None,
        };
        self.enqueue(job, Arc::<End>::clone(end))
    }

    /// Drops the jobs whose clients have all gone.
    pub(super) fn drop_abandoned(&self, state: &mut State) {
        for number in self.abandoned.take() {
            if let Some(job) = state.queue.remove_abandoned(number) {
                state.flights.remove(&job.tag);
            }
        }
    }

    /// Joins an equal job if there is one (single-flight), and otherwise adds this job to the queue.
    fn enqueue(&self, mut job: Job, authenticator: KeepAlive) -> Verification {
        let mut state = lock(&self.state);
        if let Some(flight) = state.flights.get(&job.tag) {
            return flight.subscribe(job.address, job.exact, authenticator);
        }
        let reject = |job: &Job, verdict| {
            self.emit(Event::of(verdict, &job.user, job.address, job.account, Answered::AtOnce));
            Verification::done(verdict)
        };
        if !job.was_right {
            let begin = || Ticket::begin(&self.failures, job.peer(), job.name, job.since);
            let begun = begin().or_else(|_| {
                self.drop_abandoned(&mut state);
                begin()
            });
            match begun {
                Ok(ticket) => job.ticket = Some(ticket),
                Err(retry_after) => {
                    drop(state);
                    return reject(&job, Verdict::Limited { retry_after });
                }
            }
        }
        let is_full = |state: &State| state.queue.len() >= self.options.queue_limit;
        if is_full(&state) {
            self.drop_abandoned(&mut state);
        }
        let evicted = if is_full(&state) { state.queue.make_room(&job) } else { None };
        if let Some(evicted) = &evicted {
            state.flights.remove(&evicted.tag);
        }
        if is_full(&state) {
            drop(state);
            job.ticket = None;
            return reject(&job, Verdict::Overloaded);
        }
        let verification = job.flight.subscribe(job.address, job.exact, authenticator);
        state.flights.insert(job.tag, Arc::clone(&job.flight));
        state.queue.push(job);
        let is_clock_asleep = mem::take(&mut state.is_clock_asleep);
        drop(state);
        self.work.notify_one();
        if is_clock_asleep {
            self.wake_clock.notify_one();
        }
        if let Some(mut evicted) = evicted {
            self.resolve(&mut evicted, Verdict::Overloaded);
        }
        verification
    }

    /// Gives a job its verdict. `is_match` is true if the password matches the job's hash, which may be a dummy hash.
    pub(super) fn answer(&self, job: &mut Job, is_match: bool) {
        let hash = if is_match && job.account.is_known { self.still_right(job) } else { None };
        if let Some(hash) = &hash {
            let read = part_read(hash, &job.password);
            let tag = self.key.tag(&[job.user.as_bytes(), hash.as_bytes(), read]);
            lock(&self.cache).insert(job.name, tag, self.clock.now());
        }
        lock(&self.state).flights.remove(&job.tag);
        let is_replaced = is_match && hash.as_ref().is_none_or(|hash| hash.as_bytes() != job.hash.as_bytes());
        let verdict = match hash {
            // The clients sent different passwords whose parts that the old hash reads were equal. The new hash may
            // read longer parts, and only one of the passwords was verified against the new hash.
            _ if is_replaced && job.account.is_known && job.flight.is_mixed() => Verdict::Overloaded,
            Some(hash) => self.accept(&hash),
            None => Verdict::Rejected,
        };
        self.resolve(job, verdict);
    }

    /// Returns the user's current hash if it still matches, because the file may have changed since the job began. A
    /// new hash of the same password, for example after a rehash, is accepted.
    fn still_right(&self, job: &Job) -> Option<PasswordHash> {
        let mut right = job.hash.clone();
        loop {
            let current = self.users.current().get(&job.user)?;
            if current.as_bytes() == right.as_bytes() {
                return Some(current);
            }
            if !current.verify(&job.password) {
                return None;
            }
            right = current;
        }
    }

    /// Gives the verdict to all clients of the job and emits their events. The caller must remove the flight from the
    /// state before this call, so that no further client joins it.
    pub(super) fn resolve(&self, job: &mut Job, verdict: Verdict) {
        let addresses: Vec<_> = iter::once(job.address).chain(job.flight.joined()).collect();
        let peers = addresses.iter().copied().map(Peer::new);
        let now = self.clock.now();
        let begun = job.begun.unwrap_or(now);
        let (waited, hashed) =
            (begun.saturating_duration_since(job.since), now.saturating_duration_since(begun));
        let answered = Answered::After { waited, hashed };
        match verdict {
            // Equal guesses count as one failure, however many times a peer has sent them.
            Verdict::Rejected => lock(&self.failures).count(peers, job.name, now),
            Verdict::Accepted { .. } => {
                let mut failures = lock(&self.failures);
                peers.for_each(|peer| failures.remember_place(peer, job.name));
            }
            Verdict::Limited { .. } | Verdict::Overloaded => {}
        }
        job.ticket = None;
        // The clients get their verdict before the hook is called, so a slow hook does not delay them.
        job.flight.resolve(verdict);
        for address in addresses {
            self.emit(Event::of(verdict, &job.user, address, job.account, answered));
        }
    }

    fn accept(&self, hash: &PasswordHash) -> Verdict {
        let wanted = self.options.rehash_below;
        Verdict::Accepted { needs_rehash: wanted.is_some_and(|wanted| hash.needs_rehash(&wanted)) }
    }

    pub(super) fn emit(&self, event: Event<'_>) {
        if let Some(hook) = &self.on_event {
            foreign::call(|| hook(&event));
        }
    }
}
