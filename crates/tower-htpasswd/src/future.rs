//! The future of a request: it waits for the verdict, then for the inner service.
//!
//! A request is in one of three states: its credentials are being verified, the inner service works on it, or it is
//! rejected. The inner service never sees a request before its verdict.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use htpasswd::auth::Verification;
use htpasswd::{Authenticator, Verdict};
use http::{HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::authenticated::Authenticated;
use crate::challenge::Rejection;

pin_project! {
    /// The response of a [`BasicAuth`](crate::BasicAuth): a rejection, or the response of the inner service.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    /// use htpasswd::Authenticator;
    /// use http::{Request, Response, StatusCode};
    /// use tower::{Layer, Service, service_fn};
    /// use tower_htpasswd::{BasicAuthLayer, ResponseFuture};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
    /// let inner = service_fn(|_: Request<()>| async { Ok::<_, std::io::Error>(Response::new(())) });
    /// let mut service = BasicAuthLayer::new(authenticator, "Registry")?.layer(inner);
    /// let response: ResponseFuture<_, ()> = service.call(Request::new(()));
    /// assert_eq!(response.await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        Verify { pending: Option<Pending<S, B>> },
        Pass { #[pin] future: F },
        Reject { rejection: Rejection },
    }
}

/// A request that waits for its verdict, and the inner service that gets it afterwards.
pub(crate) struct Pending<S, B> {
    pub(crate) verification: Verification,
    /// Keeps the authenticator running until the verdict, even if the service is dropped first. `oneshot` drops it.
    pub(crate) _authenticator: Authenticator,
    pub(crate) user: String,
    pub(crate) inner: S,
    pub(crate) request: Request<B>,
    pub(crate) challenge: HeaderValue,
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    pub(crate) fn verify(pending: Pending<S, B>) -> Self {
        Self { state: State::Verify { pending: Some(pending) } }
    }

    pub(crate) fn pass(future: S::Future) -> Self {
        Self { state: State::Pass { future } }
    }

    pub(crate) fn reject(rejection: Rejection) -> Self {
        Self { state: State::Reject { rejection } }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Verify { pending } => {
                    let Some(waiting) = pending.as_mut() else { return Poll::Pending };
                    let verdict = ready!(Pin::new(&mut waiting.verification).poll(context));
                    let Some(decided) = pending.take() else { return Poll::Pending };
                    decided.next(verdict)
                }
                StateProjection::Pass { future } => return future.poll(context),
                StateProjection::Reject { rejection } => return Poll::Ready(Ok(rejection.response())),
            };
            state.set(next);
        }
    }
}

impl<S: Service<Request<B>>, B> Pending<S, B> {
    fn next(mut self, verdict: Verdict) -> State<S, B, S::Future> {
        let rejection = match verdict {
            Verdict::Accepted { needs_rehash, .. } => {
                self.request.extensions_mut().insert(Authenticated::new(self.user, needs_rehash));
                return State::Pass { future: self.inner.call(self.request) };
            }
            Verdict::Limited { retry_after, .. } => Rejection::Limited { retry_after },
            Verdict::Overloaded => Rejection::Overloaded,
            // `Rejected`, and any verdict that a later version of `htpasswd` adds.
            _ => Rejection::Unauthorized { challenge: self.challenge },
        };
        State::Reject { rejection }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ResponseFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Verify { .. } => "Verify",
            State::Pass { .. } => "Pass",
            State::Reject { .. } => "Reject",
        };
        write!(f, "ResponseFuture({state})")
    }
}
