//! The requests that need a login, the users who may send them, and the responses to all other requests.

use std::convert::Infallible;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use crate::layer::{BCRYPT, Guarded, SECRET, basic, login, request, wait};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower::{Layer as _, Service as _, ServiceExt as _};
use tower_htpasswd::{Authenticated, BasicAuthLayer, Rejection};

const CHALLENGE: &str = "Basic realm=\"Registry\", charset=\"UTF-8\"";

fn guarded() -> Guarded {
    Guarded::new(&format!("alice:{SECRET}\nbob:{BCRYPT}\n"), |builder| builder)
}

fn with_method(method: Method, mut request: Request<String>) -> Request<String> {
    *request.method_mut() = method;
    request
}

fn anonymous() -> Request<String> {
    request::<&str>([])
}

fn wrong() -> Request<String> {
    request([basic("alice:wrong")])
}

fn user_of<B>(response: &Response<B>) -> Option<&str> {
    response.extensions().get().map(Authenticated::user)
}

fn rejection_of<B>(response: &Response<B>) -> Option<&Rejection> {
    response.extensions().get()
}

#[test]
fn a_function_decides_which_requests_are_exempt() {
    let guarded = guarded().with(|layer| {
        layer
            .exempt("/healthz")
            .exempt_when(|request| request.method == Method::GET)
            .exempt_when(|request| request.headers.contains_key("x-internal"))
    });
    for request in [anonymous(), wrong(), login("alice")] {
        let answer = guarded.answer(with_method(Method::GET, request));
        assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, "no user, hello"));
        assert_eq!((user_of(&answer), rejection_of(&answer)), (None, None));
    }
    let mut internal = with_method(Method::PUT, anonymous());
    internal.headers_mut().insert("x-internal", HeaderValue::from_static("1"));
    assert_eq!(guarded.answer(internal).status(), 200);
    let mut healthz = with_method(Method::PUT, anonymous());
    *healthz.uri_mut() = "/healthz".parse().unwrap();
    assert_eq!(guarded.answer(healthz).status(), 200);
    assert_eq!(guarded.answer(with_method(Method::PUT, anonymous())).status(), 401);
    assert_eq!(guarded.answer(with_method(Method::PUT, wrong())).status(), 401);
    assert_eq!(guarded.answer(with_method(Method::PUT, login("alice"))).body(), "alice, hello");
}

#[test]
fn an_optional_login_may_be_missing_but_not_wrong() {
    let guarded = guarded().with(BasicAuthLayer::optional);
    let answer = guarded.answer(anonymous());
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, "no user, hello"));
    assert_eq!(user_of(&answer), None);
    assert_eq!(guarded.answer(login("bob")).body(), "bob, hello");
    let calls = guarded.calls();
    let right = basic("alice:secret");
    let rejected = [
        wrong(),
        request([""]),
        request(["Basic"]),
        request(["Bearer x"]),
        request([&right, &right]),
        request(["", &right]),
    ];
    for request in rejected {
        let answer = guarded.answer(request);
        assert_eq!(
            (answer.status().as_u16(), answer.headers()[WWW_AUTHENTICATE].as_bytes()),
            (401, CHALLENGE.as_bytes())
        );
    }
    assert_eq!(guarded.calls(), calls);
}

#[test]
fn users_who_are_not_allowed_get_403_without_a_challenge() {
    let guarded = guarded().with(|layer| {
        layer
            .allow(|user, request| request.method == Method::GET || user == "alice")
            .allow(|_, request| request.method != Method::DELETE)
    });
    let status =
        |method: Method, user: &str| guarded.answer(with_method(method, login(user))).status().as_u16();
    assert_eq!([status(Method::GET, "alice"), status(Method::GET, "bob")], [200, 200]);
    assert_eq!([status(Method::PUT, "alice"), status(Method::PUT, "bob")], [200, 403]);
    assert_eq!([status(Method::DELETE, "alice"), status(Method::DELETE, "bob")], [403, 403]);
    assert_eq!(guarded.calls(), 3);

    let answer = guarded.answer(with_method(Method::PUT, login("bob")));
    assert!(answer.headers().get(WWW_AUTHENTICATE).is_none());
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    assert_eq!((user_of(&answer), rejection_of(&answer)), (Some("bob"), Some(&Rejection::Forbidden)));
    // A wrong password is answered with 401, even if the user may not send this request.
    let answer = guarded.answer(with_method(Method::DELETE, wrong()));
    assert_eq!((answer.status(), user_of(&answer)), (StatusCode::UNAUTHORIZED, None));
}

#[test]
fn requests_without_a_user_need_no_permission() {
    let guarded = guarded().with(|layer| layer.allow(|_, _| false).optional().exempt("/healthz"));
    assert_eq!(guarded.answer(anonymous()).status(), 200);
    assert_eq!(guarded.answer(login("alice")).status(), 403);
    let mut exempt = login("alice");
    *exempt.uri_mut() = "/healthz".parse().unwrap();
    assert_eq!(guarded.answer(exempt).status(), 200);
}

#[test]
fn the_response_knows_the_user_or_the_rejection() {
    let guarded = guarded();
    let answer = guarded.answer(login("alice"));
    assert_eq!((user_of(&answer), rejection_of(&answer)), (Some("alice"), None));
    for request in [anonymous(), wrong(), request(["Bearer x"])] {
        let answer = guarded.answer(request);
        assert_eq!((user_of(&answer), rejection_of(&answer)), (None, Some(&Rejection::Unauthorized)));
    }
}

/// A response whose status and headers contradict the rejection.
fn misleading(rejection: &Rejection, request: &http::request::Parts) -> Response<String> {
    Response::builder()
        .status(200)
        .header(CONTENT_TYPE, "text/plain")
        .header(RETRY_AFTER, "9999")
        .header(CACHE_CONTROL, "public, max-age=60")
        .header(WWW_AUTHENTICATE, "Bearer")
        .body(format!("{} {}: {rejection}", request.method, request.uri.path()))
        .unwrap()
}

#[test]
fn a_custom_response_keeps_the_status_and_the_challenge() {
    let guarded = guarded().with(|layer| layer.allow(|user, _| user == "alice").reject_with(misleading));
    let answer = guarded.answer(wrong());
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.body(), "GET /v2/: the request has no valid credentials");
    assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain");
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    // The function may offer another scheme beside Basic.
    let challenges: Vec<_> = answer.headers().get_all(WWW_AUTHENTICATE).iter().collect();
    assert_eq!(challenges, ["Bearer", CHALLENGE]);

    let answer = guarded.answer(login("bob"));
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.body(), "GET /v2/: the user is not allowed to send this request");
    assert_eq!(guarded.answer(login("alice")).body(), "alice, hello");
    assert_eq!(guarded.calls(), 1);
}

#[test]
fn the_inner_service_is_reached_through_the_layer() {
    let guarded = guarded();
    let mut service = guarded.service();
    assert_eq!(service.get_ref().seen.calls.load(Ordering::Relaxed), 0);
    let ready = service.get_mut().poll_ready(&mut Context::from_waker(Waker::noop()));
    assert!(ready.is_ready());
    // Without the layer, no request needs a password.
    let Ok(response) = crate::layer::wait_for(service.into_inner().call(anonymous()));
    assert_eq!(response.body(), "no user, hello");
    assert_eq!(guarded.calls(), 1);
}

#[test]
fn a_panic_of_the_inner_service_can_be_caught() {
    fn assert_unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}
    let guarded = guarded().with(|layer| layer.allow(|user, _| user != "alice" || panic!("a bug")));
    assert_unwind_safe(&guarded.layer);
    let service = guarded.layer.layer(tower::service_fn(async |_: Request<String>| {
        Ok::<_, Infallible>(Response::new(String::new()))
    }));
    assert_unwind_safe(&service);
    std::panic::catch_unwind(|| wait(service.oneshot(login("alice")))).unwrap_err();
    assert_eq!(guarded.answer(login("bob")).status(), 200);
}
