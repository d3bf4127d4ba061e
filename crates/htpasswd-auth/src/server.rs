//! The running service: it accepts connections, reloads on SIGHUP, and stops on SIGTERM or SIGINT.
//!
//! A reload has all of the new configuration or none of it. A stop lets requests finish until a deadline.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio::sync::{Semaphore, watch};
use tokio::time::{interval, sleep, timeout};

use crate::address::Peer;
use crate::config::Listeners;
use crate::connection::{self, Stop};
use crate::listener::{Bound, Listener, Stream};
use crate::login::Service;
use crate::notify;
use crate::os::{Signal, Signals};
use crate::tls::Tls;

/// The largest number of connections of peers that are not trusted.
const UNTRUSTED: usize = 32;
/// The largest number of connections of monitoring systems.
const METRICS: usize = 32;
/// The time after which the service accepts connections again when it has no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);
/// The time between two checks of the group files, as for password files.
const CHECK: Duration = Duration::from_millis(250);

/// The open sockets of the service.
pub(crate) struct Sockets {
    pub(crate) logins: Vec<Bound>,
    pub(crate) metrics: Option<Bound>,
    /// TLS of the TCP sockets for logins. A Unix socket has permissions instead.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// Reads the configuration again, and replaces the sites of the service if all of it is right.
pub(crate) type Reload = dyn Fn(&Service) -> bool + Send + Sync;

/// The parts that all connections share.
#[derive(Clone)]
struct Shared {
    service: Arc<Service>,
    trusted: Arc<Semaphore>,
    untrusted: Arc<Semaphore>,
    metrics: Arc<Semaphore>,
    tls: Option<Arc<Tls>>,
    stop: Stop,
}

/// Serves until a signal stops the service.
pub(crate) async fn run(
    sockets: Sockets,
    service: Arc<Service>,
    settings: &Listeners,
    reload: Arc<Reload>,
) -> io::Result<()> {
    let (stop_all, stop) = watch::channel(false);
    let shared = Shared {
        service: Arc::clone(&service),
        trusted: Arc::new(Semaphore::new(settings.connections)),
        untrusted: Arc::new(Semaphore::new(UNTRUSTED)),
        metrics: Arc::new(Semaphore::new(METRICS)),
        tls: sockets.tls,
        stop,
    };
    let mut signals = Signals::catch()?;
    for bound in sockets.logins {
        tracing::info!(address = bound.address(), "listening for logins");
        tokio::spawn(accept(bound.listener()?, shared.clone()));
    }
    if let Some(bound) = sockets.metrics {
        tracing::info!(address = bound.address(), "listening for metrics");
        tokio::spawn(accept_metrics(bound.listener()?, shared.clone()));
    }
    tokio::spawn(check_files(Arc::clone(&service), shared.tls.clone()));
    tokio::spawn(feed_watchdog());
    tracing::info!("ready");
    notify::ready();
    loop {
        match signals.next().await {
            Signal::Stop => break,
            Signal::Reload => {
                notify::reloading();
                let (service, reload) = (Arc::clone(&service), Arc::clone(&reload));
                // Files are read on another thread, so that logins continue.
                let reloaded = tokio::task::spawn_blocking(move || reload(&service)).await.unwrap_or(false);
                shared.service.metrics.set_configured(reloaded);
                notify::ready();
            }
        }
    }
    notify::stopping();
    tracing::info!("stopping");
    let _ = stop_all.send(true);
    // All permits are free when all connections have ended.
    let all = u32::try_from(settings.connections).unwrap_or(u32::MAX);
    if timeout(settings.stop_timeout, shared.trusted.acquire_many(all)).await.is_err() {
        tracing::warn!("requests were not finished in time; increase stop-timeout");
    }
    Ok(())
}

/// Accepts the connections of proxies.
async fn accept(listener: Listener, shared: Shared) {
    let mut stop = shared.stop.clone();
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = connection::stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::error!("cannot accept a connection: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        let is_trusted = peer.is_trusted(&shared.service.sites().trusted);
        let permit = if is_trusted {
            if shared.trusted.available_permits() == 0 {
                tracing::warn!("all connections are in use; increase connections");
            }
            // Further proxies wait until a connection ends.
            select! {
                permit = Arc::clone(&shared.trusted).acquire_owned() => permit.ok(),
                () = connection::stopped(&mut stop) => return,
            }
        } else {
            Arc::clone(&shared.untrusted).try_acquire_owned().ok()
        };
        let Some(permit) = permit else { continue };
        let (service, stop, tls) = (Arc::clone(&shared.service), shared.stop.clone(), shared.tls.clone());
        tokio::spawn(async move {
            match (stream, tls) {
                (Stream::Tcp(stream), None) => serve(stream, peer, is_trusted, stop, &service).await,
                (Stream::Tcp(stream), Some(tls)) => match tls.accept(stream).await {
                    Ok(stream) => serve(stream, peer, is_trusted, stop, &service).await,
                    Err(error) => tracing::warn!(peer = %peer, error = %error, "no TLS handshake"),
                },
                (Stream::Unix(stream), _) => serve(stream, peer, is_trusted, stop, &service).await,
            }
            drop(permit);
        });
    }
}

/// Answers the login requests of one connection.
pub(crate) async fn serve<I>(stream: I, peer: Peer, is_trusted: bool, stop: Stop, service: &Service)
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
{
    let answer = |request: Parts| async move { service.answer(peer, &request).await };
    connection::serve(stream, is_trusted, stop, answer).await;
}

/// Accepts the connections of a monitoring system.
async fn accept_metrics(listener: Listener, shared: Shared) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&shared.metrics).try_acquire_owned() else { continue };
        let (service, stop) = (Arc::clone(&shared.service), shared.stop.clone());
        tokio::spawn(async move {
            let answer = |request: Parts| {
                let page = page(request.uri.path(), &service, *stop.borrow());
                async move { page }
            };
            match stream {
                Stream::Tcp(stream) => connection::serve(stream, false, stop.clone(), answer).await,
                Stream::Unix(stream) => connection::serve(stream, false, stop.clone(), answer).await,
            }
            drop(permit);
        });
    }
}

/// The pages of the metrics listener. `stops` is true while the service stops.
fn page(path: &str, service: &Service, stops: bool) -> Response<Full<Bytes>> {
    let (status, text) = match path {
        "/metrics" => (StatusCode::OK, service.metrics.text(&service.sites().gauges())),
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" if stops => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned()),
        "/readyz" => (StatusCode::OK, "ready\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "the pages are /metrics, /healthz and /readyz\n".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

/// Reads group files and TLS files that have changed, for as long as the service runs.
async fn check_files(service: Arc<Service>, tls: Option<Arc<Tls>>) {
    let mut ticks = interval(CHECK);
    loop {
        ticks.tick().await;
        let (service, tls) = (Arc::clone(&service), tls.clone());
        // Files are read on another thread, so that logins continue.
        let _ = tokio::task::spawn_blocking(move || check(&service, tls.as_deref())).await;
    }
}

fn check(service: &Service, tls: Option<&Tls>) {
    service.sites().check_groups();
    let Some(tls) = tls else { return };
    let reloaded = match tls.reload_if_changed() {
        Ok(false) => None,
        Ok(true) => {
            tracing::info!("the TLS certificate is reloaded");
            Some(true)
        }
        Err(error) => {
            tracing::error!("the previous TLS certificate stays: {error}");
            Some(false)
        }
    };
    service.metrics.set_tls(tls.end().unwrap_or(0), reloaded);
}

async fn feed_watchdog() {
    let Some(time) = notify::watchdog() else { return };
    let mut ticks = interval(time);
    loop {
        ticks.tick().await;
        notify::alive();
    }
}
