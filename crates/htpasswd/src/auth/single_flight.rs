//! Single-flight: equal requests that arrive at the same time share one verification.
//!
//! A [`Flight`] is the shared verification of one job, and a [`Verification`] is one client's handle on it. When the
//! last client has gone, the flight lists its job as abandoned, so the queue can drop the job without a search.
//! Wakers are foreign code and must never run or be dropped under a lock.

use std::collections::BTreeMap;
use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::mac::Tag;
use super::{Verdict, foreign, lock};

/// One verification that all equal requests share.
pub(super) struct Flight {
    /// The number of the job.
    number: u64,
    /// The tag of the first client's whole password, including the part that the scheme does not read.
    exact: Tag,
    state: Mutex<State>,
    abandoned: Arc<Abandoned>,
}

/// The numbers of jobs for which no client waits any longer, each number at most once. With this list, the queue need
/// not search for such jobs.
#[derive(Default)]
pub(super) struct Abandoned(Mutex<Vec<u64>>);

#[derive(Default)]
struct State {
    verdict: Option<Verdict>,
    /// True if a client sent another password of which the scheme reads the same part.
    is_mixed: bool,
    /// True if the number is in the list of abandoned jobs.
    is_listed: bool,
    /// The waiting clients, in the order of their arrival.
    waiters: BTreeMap<u64, Waiter>,
    next: u64,
}

struct Waiter {
    address: Option<IpAddr>,
    waker: Option<Waker>,
}

/// A future [`Verdict`]: `.await` it in any async runtime, or [`wait`](Self::wait) for it.
///
/// A client that drops the `Verification` gives up. If all clients of a job give up before its verification begins, the
/// job is dropped. A pending verification keeps its authenticator running, even if all other handles are dropped.
///
/// ```
/// use htpasswd::auth::Verification;
/// use htpasswd::{Authenticator, Credentials, Users, Verdict};
///
/// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")).start()?;
/// let mut begun: Vec<Verification> = Vec::new();
/// for password in ["abc123", "abc124"] {
///     begun.push(authenticator.authenticate(&Credentials::new("alice", password)?, None));
/// }
/// drop(authenticator); // both verifications keep it running
/// let verdicts: Vec<Verdict> = begun.into_iter().map(Verification::wait).collect();
/// assert!(verdicts[0].is_accepted() && !verdicts[1].is_accepted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it gives up the verification"]
pub struct Verification(Inner);

enum Inner {
    Done(Verdict),
    Waiting { flight: Arc<Flight>, number: u64, _authenticator: KeepAlive },
}

/// Keeps the threads of an authenticator running. It must never be dropped under a lock, because dropping the last
/// handle ends the threads.
pub(super) type KeepAlive = Arc<dyn Send + Sync + UnwindSafe + RefUnwindSafe>;

impl Abandoned {
    /// Removes and returns all numbers. The caller checks if each job is [still abandoned](Flight::is_abandoned).
    pub(super) fn take(&self) -> Vec<u64> {
        mem::take(&mut lock(&self.0))
    }
}

impl Flight {
    pub(super) fn new(number: u64, exact: Tag, abandoned: &Arc<Abandoned>) -> Self {
        Self { number, exact, state: Mutex::default(), abandoned: Arc::clone(abandoned) }
    }

    /// Adds a client that waits for the verdict.
    pub(super) fn subscribe(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        exact: Tag,
        authenticator: KeepAlive,
    ) -> Verification {
        let mut state = lock(&self.state);
        state.is_mixed |= exact != self.exact;
        let number = state.next;
        state.next += 1;
        state.waiters.insert(number, Waiter { address, waker: None });
        Verification(Inner::Waiting { flight: Arc::clone(self), number, _authenticator: authenticator })
    }

    /// The addresses of the clients that joined the first client and still wait.
    pub(super) fn joined(&self) -> Vec<Option<IpAddr>> {
        lock(&self.state).waiters.range(1..).map(|(_, waiter)| waiter.address).collect()
    }

    /// Returns true if the clients sent different passwords.
    pub(super) fn is_mixed(&self) -> bool {
        lock(&self.state).is_mixed
    }

    /// Returns true if no client waits any more. If a client waits, the number is listed again when that client has
    /// gone.
    pub(super) fn is_abandoned(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_listed = false;
        state.waiters.is_empty()
    }

    /// Gives the verdict to all clients. Further verdicts are ignored.
    pub(super) fn resolve(&self, verdict: Verdict) {
        let wakers: Vec<_> = {
            let mut state = lock(&self.state);
            state.verdict.get_or_insert(verdict);
            state.waiters.values_mut().filter_map(|waiter| waiter.waker.take()).collect()
        };
        for waker in wakers {
            foreign::call(|| waker.wake());
        }
    }
}

impl Verification {
    pub(super) fn done(verdict: Verdict) -> Self {
        Self(Inner::Done(verdict))
    }

    /// Blocks the calling thread until the verdict is known, and returns the verdict.
    #[must_use]
    pub fn wait(self) -> Verdict {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut this = pin!(self);
        loop {
            match this.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(verdict) => return verdict,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl Future for Verification {
    type Output = Verdict;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Verdict> {
        match &self.0 {
            Inner::Done(verdict) => Poll::Ready(*verdict),
            Inner::Waiting { flight, number, .. } => {
                // A waker is foreign code, so it is cloned before the lock is taken.
                let waker = Some(context.waker().clone());
                let mut state = lock(&flight.state);
                if let Some(verdict) = state.verdict {
                    return Poll::Ready(verdict);
                }
                let old = state.waiters.get_mut(number).map(|waiter| mem::replace(&mut waiter.waker, waker));
                // The last waker of a task drops the task, which may own this verification. The lock is therefore
                // released before the waker is dropped.
                drop(state);
                drop(old);
                Poll::Pending
            }
        }
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        if let Inner::Waiting { flight, number, .. } = &self.0 {
            let mut state = lock(&flight.state);
            let gone = state.waiters.remove(number);
            let is_last = state.waiters.is_empty() && state.verdict.is_none();
            if is_last && !mem::replace(&mut state.is_listed, true) {
                lock(&flight.abandoned.0).push(flight.number);
            }
            // A waker is foreign code, so it is dropped after the lock is released. The handle on the authenticator is
            // also dropped without the lock, after this function.
            drop(state);
            drop(gone);
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done(verdict) => verdict.fmt(f),
            Self::Waiting { .. } => f.write_str("Waiting"),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
