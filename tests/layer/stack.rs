//! `BasicAuthLayer` among other layers, in a server of hyper without axum.
//!
//! The layer wraps `TraceLayer`, whose body type has no default value and no public constructor.

use std::convert::Infallible;

use crate::layer::{SECRET, authenticator, basic};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tower::{Service, ServiceBuilder};
use tower_htpasswd::{Authenticated, BasicAuthLayer};
use tower_http::trace::TraceLayer;

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let user = request.extensions().get().map_or("no user", Authenticated::user);
    Ok(Response::new(Full::from(user.to_owned())))
}

/// Serves one connection over memory, and returns what the server sends in reply to a request.
async fn reply<S, B>(service: S, header: &str) -> String
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body<Data = Bytes, Error = Infallible> + 'static,
{
    let (server, mut client) = duplex(1 << 16);
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    http1::Builder::new()
        .serve_connection(TokioIo::new(server), TowerToHyperService::new(service))
        .await
        .unwrap();
    let mut reply = String::new();
    client.read_to_string(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn the_layer_is_stacked_on_a_body_without_a_default() {
    let (_directory, authenticator) = authenticator(&format!("alice:{SECRET}\n"), |builder| builder);
    let layer = BasicAuthLayer::new(authenticator, "Registry").unwrap();
    let right = format!("Authorization: {}\r\n", basic("alice:secret"));

    let stack = ServiceBuilder::new().layer(layer.clone()).layer(TraceLayer::new_for_http());
    let service = stack.service_fn(hello);
    assert!(reply(service.clone(), "").await.starts_with("HTTP/1.1 401 "));
    let accepted = reply(service, &right).await;
    assert!(accepted.starts_with("HTTP/1.1 200 ") && accepted.ends_with("\r\n\r\nalice"), "{accepted}");

    let layer = layer.reject_with(|_, _| Response::new(Full::from("log in first")));
    let service = ServiceBuilder::new().layer(layer).layer(TraceLayer::new_for_http()).service_fn(hello);
    let rejected = reply(service.clone(), "").await;
    assert!(
        rejected.starts_with("HTTP/1.1 401 ") && rejected.ends_with("\r\n\r\nlog in first"),
        "{rejected}"
    );
    assert!(rejected.contains("\r\nwww-authenticate: Basic realm=\"Registry\""), "{rejected}");
    assert!(reply(service, &right).await.ends_with("\r\n\r\nalice"));
}
