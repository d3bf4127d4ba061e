//! A verdict that is being worked out, and those who wait for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::mac::Tag;
use super::{Verdict, foreign, lock};

/// One piece of work for all who ask the same at the same time.
pub(super) struct Flight {
    /// Of the job.
    number: u64,
    /// Of all that was asked, beyond what the scheme reads of it.
    exact: Tag,
    state: Mutex<State>,
    abandoned: Arc<Abandoned>,
}

/// The numbers of jobs whose last waiter has gone, each at most once. So nobody has to look for them in the queue.
#[derive(Default)]
pub(super) struct Abandoned(Mutex<Vec<u64>>);

#[derive(Default)]
struct State {
    verdict: Option<Verdict>,
    /// Somebody has asked with another password, of which the scheme reads the same.
    is_mixed: bool,
    /// The number stands in the list of the abandoned.
    is_listed: bool,
    /// By the number of their coming.
    waiters: BTreeMap<u64, Waiter>,
    next: u64,
}

struct Waiter {
    address: Option<IpAddr>,
    waker: Option<Waker>,
}

/// A [`Verdict`] to come: [wait](Self::wait) for it, or let an async runtime do so, of whatever kind.
///
/// Who drops it does not want to know; if nobody else does, and the work has not begun, it never is.
///
/// ```
/// use htpasswd::{Authenticator, Credentials, Password, Verdict, Verification, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
/// let mut begun: Vec<Verification> = Vec::new();
/// for password in ["abc123", "abc124"] {
///     begun.push(authenticator.authenticate(Credentials::new("alice", Password::new(password)?), None));
/// }
/// let verdicts: Vec<Verdict> = begun.into_iter().map(Verification::wait).collect();
/// assert_eq!(verdicts[1], Verdict::Rejected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a verdict that nobody waits for may never be worked out"]
pub struct Verification(Inner);

enum Inner {
    Done(Verdict),
    Waiting { flight: Arc<Flight>, number: u64 },
}

impl Abandoned {
    /// All of them; it is for the caller to look whether they [still are](Flight::is_abandoned).
    pub(super) fn take(&self) -> Vec<u64> {
        mem::take(&mut lock(&self.0))
    }
}

impl Flight {
    pub(super) fn new(number: u64, exact: Tag, abandoned: &Arc<Abandoned>) -> Self {
        Self { number, exact, state: Mutex::default(), abandoned: Arc::clone(abandoned) }
    }

    /// One more who waits.
    pub(super) fn subscribe(self: &Arc<Self>, address: Option<IpAddr>, exact: Tag) -> Verification {
        let mut state = lock(&self.state);
        state.is_mixed |= exact != self.exact;
        let number = state.next;
        state.next += 1;
        state.waiters.insert(number, Waiter { address, waker: None });
        Verification(Inner::Waiting { flight: Arc::clone(self), number })
    }

    /// Where those come from who joined the first one, and still wait.
    pub(super) fn joined(&self) -> Vec<Option<IpAddr>> {
        lock(&self.state).waiters.range(1..).map(|(_, waiter)| waiter.address).collect()
    }

    /// Whether not all have asked with the same password.
    pub(super) fn is_mixed(&self) -> bool {
        lock(&self.state).is_mixed
    }

    /// Whether nobody waits any more. If somebody does, the number is listed again when they have gone.
    pub(super) fn is_abandoned(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_listed = false;
        state.waiters.is_empty()
    }

    /// Answers all of them. The first verdict counts.
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

    /// Lets the calling thread sleep until the verdict is there.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Credentials, Password, Verdict, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// let verification = authenticator.authenticate(Credentials::new("bob", Password::new("abc123")?), None);
    /// assert_eq!(verification.wait(), Verdict::Rejected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
            Inner::Waiting { flight, number } => {
                // A waker is somebody else's code: it is not run under the lock.
                let waker = Some(context.waker().clone());
                let mut state = lock(&flight.state);
                if let Some(verdict) = state.verdict {
                    return Poll::Ready(verdict);
                }
                let old = state.waiters.get_mut(number).map(|waiter| mem::replace(&mut waiter.waker, waker));
                // The last one of a task takes the task with it, and this very verification may be a part of that.
                drop(state);
                drop(old);
                Poll::Pending
            }
        }
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        if let Inner::Waiting { flight, number } = &self.0 {
            let mut state = lock(&flight.state);
            let gone = state.waiters.remove(number);
            let is_last = state.waiters.is_empty() && state.verdict.is_none();
            if is_last && !mem::replace(&mut state.is_listed, true) {
                lock(&flight.abandoned.0).push(flight.number);
            }
            // A waker is somebody else's code: it is not dropped under the lock.
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
