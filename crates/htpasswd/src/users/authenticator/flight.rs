//! A verdict that is being worked out, and those who wait for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::{Verdict, lock};

/// One piece of work for all who ask the same at the same time.
#[derive(Default)]
pub(super) struct Flight(Mutex<State>);

#[derive(Default)]
struct State {
    verdict: Option<Verdict>,
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
/// use htpasswd::{Authenticator, Credentials, Password, SharedUsers, Verdict, Verification};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
/// let mut begun: Vec<Verification> = Vec::new();
/// for password in ["abc123", "abc124"] {
///     begun.push(authenticator.begin(Credentials::new("alice", Password::new(password)?), None));
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

impl Flight {
    /// One more who waits.
    pub(super) fn join(self: &Arc<Self>, address: Option<IpAddr>) -> Verification {
        let mut state = lock(&self.0);
        let number = state.next;
        state.next += 1;
        state.waiters.insert(number, Waiter { address, waker: None });
        Verification(Inner::Waiting { flight: Arc::clone(self), number })
    }

    /// Where those come from who joined the first one, and still wait.
    pub(super) fn joined(&self) -> Vec<Option<IpAddr>> {
        lock(&self.0).waiters.range(1..).map(|(_, waiter)| waiter.address).collect()
    }

    /// Tells all of them.
    pub(super) fn land(&self, verdict: Verdict) {
        let wakers: Vec<_> = {
            let mut state = lock(&self.0);
            state.verdict = Some(verdict);
            state.waiters.values_mut().filter_map(|waiter| waiter.waker.take()).collect()
        };
        for waker in wakers {
            // It is somebody else's code, and the thread that hashes must not end by it.
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
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
    /// use htpasswd::{Authenticator, Credentials, Password, SharedUsers, Verdict};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let authenticator = Authenticator::builder(SharedUsers::open(&path)?).start()?;
    /// let verification = authenticator.begin(Credentials::new("bob", Password::new("abc123")?), None);
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
                let mut state = lock(&flight.0);
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
            let mut state = lock(&flight.0);
            let gone = state.waiters.remove(number);
            // As above.
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
