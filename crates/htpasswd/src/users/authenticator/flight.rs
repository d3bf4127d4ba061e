//! A verdict that is being worked out, and those who wait for it.

use std::future::Future;
use std::net::IpAddr;
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
    waiters: Vec<Waiter>,
}

struct Waiter {
    peer: Option<IpAddr>,
    waker: Option<Waker>,
    /// It does not want to know any more.
    is_gone: bool,
}

/// A [`Verdict`] to come: [wait](Self::wait) for it, or let an async runtime do so, of whatever kind.
///
/// Who drops it does not want to know; if nobody else does, and nobody has begun, nothing is hashed.
#[derive(Debug)]
#[must_use = "a verdict that nobody waits for may never be worked out"]
pub struct Verification(Inner);

enum Inner {
    Done(Verdict),
    Waiting { flight: Arc<Flight>, place: usize },
}

impl Flight {
    /// One more who waits.
    pub(super) fn join(self: &Arc<Self>, peer: Option<IpAddr>) -> Verification {
        let mut state = lock(&self.0);
        state.waiters.push(Waiter { peer, waker: None, is_gone: false });
        Verification(Inner::Waiting { flight: Arc::clone(self), place: state.waiters.len() - 1 })
    }

    pub(super) fn is_abandoned(&self) -> bool {
        lock(&self.0).waiters.iter().all(|waiter| waiter.is_gone)
    }

    /// Where those come from who wait, or have waited.
    pub(super) fn peers(&self) -> Vec<Option<IpAddr>> {
        lock(&self.0).waiters.iter().map(|waiter| waiter.peer).collect()
    }

    /// Tells all of them.
    pub(super) fn land(&self, verdict: Verdict) {
        let wakers: Vec<_> = {
            let mut state = lock(&self.0);
            state.verdict = Some(verdict);
            state.waiters.iter_mut().filter_map(|waiter| waiter.waker.take()).collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Verification {
    pub(super) fn done(verdict: Verdict) -> Self {
        Self(Inner::Done(verdict))
    }

    /// Lets the calling thread sleep until the verdict is there.
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
            Inner::Waiting { flight, place } => {
                let mut state = lock(&flight.0);
                if let Some(verdict) = state.verdict {
                    return Poll::Ready(verdict);
                }
                let waker = &mut state.waiters[*place].waker;
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        if let Inner::Waiting { flight, place } = &self.0 {
            let mut state = lock(&flight.0);
            state.waiters[*place].is_gone = true;
            state.waiters[*place].waker = None;
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
