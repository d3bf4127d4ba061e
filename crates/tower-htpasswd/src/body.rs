//! The body of a response: the body of the inner service, or the body of a rejection.
//!
//! The layer never makes a body of the inner service's type, so that type needs no default value.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

/// The empty body of a rejection, unless [`reject_with`](crate::BasicAuthLayer::reject_with) makes another one.
///
/// `EmptyBody` is the default of the type parameter `X` of [`BasicAuthLayer`](crate::BasicAuthLayer) and of the types
/// that the layer makes:
///
/// ```
/// use tower_htpasswd::{BasicAuthLayer, EmptyBody};
///
/// fn same(layer: BasicAuthLayer) -> BasicAuthLayer<EmptyBody> {
///     layer
/// }
/// # let _ = same;
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EmptyBody;

pin_project! {
    /// The body of a response from [`BasicAuth`](crate::BasicAuth): the body `R` of the inner service, or the body `X`
    /// of a rejection.
    ///
    /// ```
    /// use axum::body::Bytes;
    /// use http_body::Body;
    /// use http_body_util::Full;
    /// use tower_htpasswd::ResponseBody;
    ///
    /// fn assert_body<B: Body<Data = Bytes>>() {}
    /// assert_body::<ResponseBody<Full<Bytes>>>();
    /// ```
    #[derive(Debug)]
    pub struct ResponseBody<R, X = EmptyBody> {
        #[pin]
        kind: Kind<R, X>,
    }
}

pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<R, X> {
        Inner { #[pin] body: R },
        Rejected { #[pin] body: X },
    }
}

impl<R, X> ResponseBody<R, X> {
    pub(crate) fn inner(body: R) -> Self {
        Self { kind: Kind::Inner { body } }
    }

    pub(crate) fn rejected(body: X) -> Self {
        Self { kind: Kind::Rejected { body } }
    }
}

/// Layers outside of this one may need it, such as those that answer requests themselves.
impl<R: Default, X> Default for ResponseBody<R, X> {
    fn default() -> Self {
        Self::inner(R::default())
    }
}

impl<R: Body> Body for ResponseBody<R> {
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        match self.project().kind.project() {
            KindProjection::Inner { body } => body.poll_frame(context),
            KindProjection::Rejected { .. } => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Rejected { .. } => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Rejected { .. } => SizeHint::with_exact(0),
        }
    }
}

impl<R, X> Body for ResponseBody<R, X>
where
    R: Body,
    X: Body<Data = R::Data>,
    X::Error: Into<R::Error>,
{
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        match self.project().kind.project() {
            KindProjection::Inner { body } => body.poll_frame(context),
            KindProjection::Rejected { body } => {
                body.poll_frame(context).map(|frame| frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Rejected { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Rejected { body } => body.size_hint(),
        }
    }
}
