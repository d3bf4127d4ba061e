//! `BasicAuthLayer` in routers of axum: the extractor of the user, and the paths of nested routers.

use crate::layer::{SECRET, authenticator, basic, wait_for};
use axum::body::{Body, to_bytes};
use axum::extract::OriginalUri;
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Json, Router, response::IntoResponse as _};
use tempfile::TempDir;
use tower::ServiceExt as _;
use tower_htpasswd::{Authenticated, BasicAuthLayer};

fn layer() -> (TempDir, BasicAuthLayer) {
    let (directory, authenticator) = authenticator(&format!("alice:{SECRET}\n"), |builder| builder);
    (directory, BasicAuthLayer::new(authenticator, "Registry").unwrap())
}

async fn hello(client: Authenticated) -> String {
    client.user().to_owned()
}

async fn front_page(client: Option<Authenticated>) -> String {
    client.map_or_else(|| "stranger".to_owned(), |client| client.user().to_owned())
}

/// The status and the body of the response to a request, with the password `secret` if there is a user.
fn answer(app: &Router, path: &str, user: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::get(path);
    if let Some(user) = user {
        request = request.header(AUTHORIZATION, basic(format!("{user}:secret")));
    }
    wait_for(async {
        let Ok(response) = app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    })
}

fn ok(body: &str) -> (StatusCode, String) {
    (StatusCode::OK, body.to_owned())
}

fn unauthorized() -> (StatusCode, String) {
    (StatusCode::UNAUTHORIZED, String::new())
}

#[test]
fn handlers_extract_the_user() {
    let (_directory, layer) = layer();
    let routes = Router::new().route("/", get(hello)).route("/front", get(front_page));
    let app = routes.clone().layer(layer.clone().optional());
    assert_eq!(answer(&app, "/", Some("alice")), ok("alice"));
    assert_eq!(answer(&app, "/front", Some("alice")), ok("alice"));
    assert_eq!(answer(&app, "/front", None), ok("stranger"));
    assert_eq!(answer(&app, "/front", Some("bob")), unauthorized());
    let missing =
        "the request has no user: add BasicAuthLayer to this route, or extract Option<Authenticated>";
    let missing = (StatusCode::INTERNAL_SERVER_ERROR, missing.to_owned());
    assert_eq!(answer(&app, "/", None), missing);
    assert_eq!(answer(&routes, "/", Some("alice")), missing);
    assert_eq!(answer(&routes.layer(layer.exempt("/")), "/", Some("alice")), missing);
}

#[test]
fn a_layer_inside_a_nested_router_sees_paths_without_the_prefix() {
    let (_directory, layer) = layer();
    let app = |layer: BasicAuthLayer| {
        let api = Router::new().route("/health", get(|| async { "well" })).route("/who", get(hello));
        Router::new().nest("/api", api.layer(layer))
    };
    let app_with = |path: &str| app(layer.clone().exempt(path));
    assert_eq!(answer(&app_with("/health"), "/api/health", None), ok("well"));
    assert_eq!(answer(&app_with("/api/health"), "/api/health", None), unauthorized());
    let by_complete_path = app(layer.exempt_when(|request| {
        request.extensions.get::<OriginalUri>().is_some_and(|uri| uri.path() == "/api/health")
    }));
    assert_eq!(answer(&by_complete_path, "/api/health", None), ok("well"));
    assert_eq!(answer(&by_complete_path, "/api/who", None), unauthorized());
    assert_eq!(answer(&by_complete_path, "/api/who", Some("alice")), ok("alice"));
}

#[test]
fn a_layer_outside_a_nested_router_sees_complete_paths() {
    let (_directory, layer) = layer();
    let app_with = |path: &str| {
        let api = Router::new().route("/health", get(|| async { "well" }));
        Router::new().nest("/api", api).layer(layer.clone().exempt(path))
    };
    assert_eq!(answer(&app_with("/api/health"), "/api/health", None), ok("well"));
    assert_eq!(answer(&app_with("/health"), "/api/health", None), unauthorized());
}

#[test]
fn rejections_may_be_responses_of_axum() {
    let (_directory, layer) = layer();
    let layer = layer.reject_with(|rejection, _| Json(rejection.to_string()).into_response());
    let app = Router::new().route("/", get(hello)).layer(layer);
    let body = "\"the request has no valid credentials\"".to_owned();
    assert_eq!(answer(&app, "/", None), (StatusCode::UNAUTHORIZED, body));
    assert_eq!(answer(&app, "/", Some("alice")), ok("alice"));
}
