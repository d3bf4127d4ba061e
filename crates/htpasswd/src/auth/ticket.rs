//! [`Ticket`], which counts an unfinished guess with the rate limits for as long as it lives.
//!
//! [`Ticket::begin`] counts the guess, and `Drop` ends the count. The count is therefore right however the job ends:
//! with a verdict, removed from the queue, abandoned by its clients, or lost in a panic. A ticket must not be dropped
//! while its thread holds the lock of the rate limits.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::lock;
use super::peer::Peer;
use super::rate_limit::RateLimiter;

/// One unfinished guess of a peer for a user.
pub(super) struct Ticket {
    failures: Arc<Mutex<RateLimiter>>,
    peer: Peer,
    user: u64,
}

impl Ticket {
    /// Counts the guess. If the limit is exceeded, the error is the time that the peer has to wait before its next
    /// guess.
    pub(super) fn begin(
        failures: &Arc<Mutex<RateLimiter>>,
        peer: Peer,
        user: u64,
        now: Instant,
    ) -> Result<Self, Duration> {
        lock(failures).begin(peer, user, now)?;
        Ok(Self { failures: Arc::clone(failures), peer, user })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.failures).end(self.peer, self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::super::FailureLimits;
    use super::*;

    #[test]
    fn a_guess_counts_until_its_ticket_is_dropped() {
        let failures = Arc::new(Mutex::new(RateLimiter::new(Some(FailureLimits::default()))));
        let (peer, now) = (Peer::new("192.0.2.1".parse().ok()), Instant::now());
        let begin = |user| Ticket::begin(&failures, peer, user, now);
        let mut tickets: Vec<_> = (0..10).map(|_| begin(1).unwrap()).collect();
        assert!(begin(1).is_err() && begin(2).is_ok());
        tickets.pop();
        let another = begin(1);
        assert!(another.is_ok() && begin(1).is_err());
    }
}
