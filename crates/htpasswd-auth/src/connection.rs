//! One connection of a proxy, with limits on its time and on its headers.
//!
//! A connection serves requests until the proxy closes it, an idle time is over, or the service stops. A peer that is
//! not trusted gets one answer and little time.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// The longest time until a header is complete, and the longest time between two requests. nginx closes idle
/// connections after 60 seconds, and a proxy should close first.
const TRUSTED_TIME: Duration = Duration::from_secs(75);
const UNTRUSTED_TIME: Duration = Duration::from_secs(5);
/// The longest header. Envoy allows clients 60 KiB, and proxies add lines.
const HEADER_BYTES: usize = 96 * 1024;
const HEADER_LINES: usize = 250;

/// A signal that is true while the service stops.
pub(crate) type Stop = watch::Receiver<bool>;

/// Waits until the service stops.
pub(crate) async fn stopped(stop: &mut Stop) {
    // An error means that the server has ended.
    let _ = stop.wait_for(|stops| *stops).await;
}

/// Serves requests with `answer` until the connection ends. When the service stops, the current request is finished.
pub(crate) async fn serve<I, F, A, B>(stream: I, is_trusted: bool, mut stop: Stop, answer: F)
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    F: Fn(Parts) -> A,
    A: Future<Output = Response<B>>,
    B: Body<Error = Infallible> + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        // The body is never read, so that an answer does not wait for it.
        let answer = answer(request.into_parts().0);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(if is_trusted { TRUSTED_TIME } else { UNTRUSTED_TIME })
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_LINES)
        .keep_alive(is_trusted);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The text of the error has no word of the client.
        tracing::debug!("a connection ended: {error}");
    }
}
