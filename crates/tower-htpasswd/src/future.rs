//! The future of a request: it waits for the verdict, then for the inner service.
//!
//! A request is in one of three states: its credentials are being verified, the inner service works on it, or it is
//! rejected. The inner service never sees a request before its verdict.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use htpasswd::Verdict;
use htpasswd::auth::Verification;
use http::request::Parts;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::authenticated::Authenticated;
use crate::body::{EmptyBody, ResponseBody};
use crate::rejection::Rejection;
use crate::rules::Rules;

pin_project! {
    /// The response of a [`BasicAuth`](crate::BasicAuth): a rejection, or the response of the inner service.
    ///
    /// ```
    /// use htpasswd::{Authenticator, Users};
    /// use http::{Request, Response, StatusCode};
    /// use tower::{Layer, Service, service_fn};
    /// use tower_htpasswd::{BasicAuthLayer, ResponseFuture};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let authenticator = Authenticator::builder(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")).start()?;
    /// let inner = service_fn(|_: Request<()>| async { Ok::<_, std::io::Error>(Response::new(())) });
    /// let mut service = BasicAuthLayer::new(authenticator, "Registry")?.layer(inner);
    /// let response: ResponseFuture<_, ()> = service.call(Request::new(()));
    /// assert_eq!(response.await?.status(), StatusCode::UNAUTHORIZED);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B, X = EmptyBody>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, X, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, X, F> {
        Verify { pending: Option<Pending<S, B, X>> },
        Pass { #[pin] future: F, client: Option<Authenticated> },
        Reject { rejected: Rejected<X> },
    }
}

/// A request that waits for its verdict, and the inner service that gets the request afterwards.
pub(crate) struct Pending<S, B, X> {
    pub(crate) verification: Verification,
    pub(crate) user: Arc<str>,
    pub(crate) inner: S,
    pub(crate) parts: Parts,
    pub(crate) body: B,
    pub(crate) rules: Rules<X>,
}

/// A request that the inner service does not get.
pub(crate) struct Rejected<X> {
    pub(crate) rejection: Rejection,
    /// The user, if the credentials are right and the user is not allowed to send the request.
    pub(crate) client: Option<Authenticated>,
    pub(crate) parts: Parts,
    pub(crate) rules: Rules<X>,
}

impl<S: Service<Request<B>>, B, X> ResponseFuture<S, B, X> {
    pub(crate) fn verify(pending: Pending<S, B, X>) -> Self {
        Self { state: State::Verify { pending: Some(pending) } }
    }

    pub(crate) fn pass(future: S::Future) -> Self {
        Self { state: State::Pass { future, client: None } }
    }

    pub(crate) fn reject(rejected: Rejected<X>) -> Self {
        Self { state: State::Reject { rejected } }
    }
}

impl<S, B, X, R> Future for ResponseFuture<S, B, X>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R, X>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Verify { pending } => {
                    let Some(waiting) = pending.as_mut() else { return Poll::Pending };
                    let verdict = ready!(Pin::new(&mut waiting.verification).poll(context));
                    let Some(decided) = pending.take() else { return Poll::Pending };
                    decided.next(&verdict)
                }
                StateProjection::Pass { future, client } => {
                    let mut response = ready!(future.poll(context))?.map(ResponseBody::inner);
                    if let Some(client) = client.take() {
                        response.extensions_mut().insert(client);
                    }
                    return Poll::Ready(Ok(response));
                }
                StateProjection::Reject { rejected } => {
                    return Poll::Ready(Ok(rejected.response().map(ResponseBody::rejected)));
                }
            };
            state.set(next);
        }
    }
}

impl<S: Service<Request<B>>, B, X> Pending<S, B, X> {
    fn next(mut self, verdict: &Verdict) -> State<S, B, X, S::Future> {
        let (rejection, client) = match *verdict {
            Verdict::Accepted { needs_rehash, .. } => {
                let client = Authenticated::new(self.user, needs_rehash);
                if self.rules.is_allowed(client.user(), &self.parts) {
                    self.parts.extensions.insert(client.clone());
                    let future = self.inner.call(Request::from_parts(self.parts, self.body));
                    return State::Pass { future, client: Some(client) };
                }
                (Rejection::Forbidden, Some(client))
            }
            Verdict::Limited { retry_after, .. } => (Rejection::Limited { retry_after }, None),
            Verdict::Overloaded => (Rejection::Overloaded, None),
            // `Rejected`, and any verdict that a later version of `htpasswd` adds.
            _ => (Rejection::Unauthorized, None),
        };
        State::Reject { rejected: Rejected { rejection, client, parts: self.parts, rules: self.rules } }
    }
}

impl<X> Rejected<X> {
    fn response(&self) -> Response<X> {
        let mut response = self.rules.response_to_rejected(&self.rejection, &self.parts);
        response.extensions_mut().insert(self.rejection.clone());
        if let Some(client) = &self.client {
            response.extensions_mut().insert(client.clone());
        }
        response
    }
}

impl<S: Service<Request<B>>, B, X> fmt::Debug for ResponseFuture<S, B, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Verify { .. } => "Verify",
            State::Pass { .. } => "Pass",
            State::Reject { .. } => "Reject",
        };
        write!(f, "ResponseFuture({state})")
    }
}
