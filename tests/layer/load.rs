//! `BasicAuthLayer` under load: full queues, guesses, abandoned requests, and the polling of its futures.
//!
//! A gate holds the only hashing thread, so that no test depends on the speed of the machine.

use std::cell::RefCell;
use std::future::{Future as _, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::layer::{
    BCRYPT, Gate, Guarded, Inner, SECRET, authenticator, basic, from, gated, login, poll, request, until,
    wait, wait_for_log,
};
use htpasswd::auth::{AuthenticatorBuilder, FailureLimits};
use htpasswd::{Credentials, Verdict};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, Response};
use tower::{Layer as _, Service as _, ServiceExt as _};
use tower_htpasswd::ResponseFuture;

fn users() -> String {
    format!("blocker:{SECRET}\nalice:{BCRYPT}\nbob:{SECRET}\ncarol:{BCRYPT}\n")
}

fn default_settings(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    builder
}

/// Holds the only thread and fills the only place in the queue.
fn fill(guarded: &Guarded, gate: &Gate) -> [Pin<Box<ResponseFuture<Inner, String>>>; 2] {
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut second = guarded.begin(login("bob"));
    assert!(poll(&mut second).is_pending());
    [first, second]
}

/// Asserts that a response asks the client to retry in `seconds` and has no challenge, because a challenge would make a
/// browser prompt for another password.
#[track_caller]
fn assert_retry(answer: &Response<String>, status: u16, seconds: std::ops::RangeInclusive<u64>) {
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (status, ""));
    assert!(answer.headers().get(WWW_AUTHENTICATE).is_none());
    let wait = answer.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!(seconds.contains(&wait), "{wait}");
}

#[test]
fn a_full_queue_is_answered_with_503() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(2));
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut waiting = ["alice", "bob"].map(|user| guarded.begin(login(user)));
    assert!(waiting.each_mut().iter_mut().all(|future| poll(future).is_pending()));
    assert_retry(&guarded.answer(login("carol")), 503, 1..=1);
    assert_retry(&guarded.answer(request([basic("unknown:x")])), 503, 1..=1);
    // A login that equals a waiting login shares the place of that login in the queue.
    let mut same = guarded.begin(login("alice"));
    assert!(poll(&mut same).is_pending());
    assert_eq!(guarded.calls(), 0);

    gate.open();
    for (future, user) in [first, same].into_iter().chain(waiting).zip(["blocker", "alice", "alice", "bob"]) {
        assert_eq!(*wait(future).body(), format!("{user}, hello"));
    }
    assert_eq!(guarded.answer(login("carol")).status(), 200);
}

#[test]
fn exempt_paths_are_served_while_the_queue_is_full() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(1));
    let guarded = Guarded::new(&users(), set).with(|layer| layer.exempt("/healthz"));
    let waiting = fill(&guarded, &gate);
    let mut exempt = login("alice");
    *exempt.uri_mut() = "/healthz".parse().unwrap();
    assert_eq!(guarded.answer(exempt).status(), 200);
    assert_retry(&guarded.answer(login("alice")), 503, 1..=1);
    assert_eq!(guarded.calls(), 1);
    drop(waiting);
}

#[test]
fn a_queue_timeout_is_answered_with_503() {
    let (set, gate, log) = gated(|builder| builder.queue_timeout(Duration::from_millis(50)));
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    assert_retry(&guarded.answer(login("alice")), 503, 1..=1);
    gate.open();
    // The timeout does not apply to a login that is already being verified.
    assert_eq!(wait(first).status(), 200);
    assert_eq!(guarded.answer(login("alice")).status(), 200);
    wait_for_log(&log, &["+blocker", "!alice", "+alice"]);
}

/// `oneshot` drops the service immediately after it has called the service.
#[test]
fn waiting_requests_are_answered_after_the_service_is_dropped() {
    let (set, gate, _) = gated(default_settings);
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let waiting = guarded.begin(login("alice"));
    drop((guarded, gate));
    assert_eq!(wait(waiting).status(), 200);
    assert_eq!(wait(first).status(), 200);
}

#[test]
fn a_peer_with_too_many_guesses_gets_429() {
    let limits = FailureLimits::default().user_and_peer(2, Duration::from_secs(60));
    let by_extension = |layer: tower_htpasswd::BasicAuthLayer| {
        layer.peer(|request| request.extensions.get::<IpAddr>().copied())
    };
    let guarded = Guarded::new(&users(), |builder| builder.failure_limits(limits)).with(by_extension);
    let (here, there) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for guess in ["1", "2"] {
        let answer = guarded.answer(from(here, request([basic(format!("alice:{guess}"))])));
        assert_eq!(answer.status(), 401);
    }
    // Both right and wrong passwords are limited.
    for request in [login("alice"), request([basic("alice:3")])] {
        assert_retry(&guarded.answer(from(here, request)), 429, 1..=30);
    }
    assert_eq!(guarded.calls(), 0);
    // A header without valid credentials does not count as a guess.
    assert_eq!(guarded.answer(from(here, request(["Basic ???"]))).status(), 401);
    assert_eq!(guarded.answer(from(here, login("bob"))).status(), 200);
    assert_eq!(guarded.answer(from(there, login("alice"))).status(), 200);
    // The rate limits do not count requests without a peer.
    for _ in 0..4 {
        assert_eq!(guarded.answer(request([basic("alice:x")])).status(), 401);
    }
    assert_eq!(guarded.answer(login("alice")).status(), 200);
}

#[test]
fn abandoned_requests_are_not_verified() {
    let once = FailureLimits::default().user_and_peer(1, Duration::from_secs(60));
    let (set, gate, log) = gated(|builder| builder.failure_limits(once));
    let guarded = Guarded::new(&users(), set).with(|layer| layer.peer(|_| Some([192, 0, 2, 1].into())));
    let first = guarded.begin(login("blocker"));
    gate.wait();
    for guess in 0..20 {
        let mut wrong = guarded.begin(request([basic(format!("alice:{guess}"))]));
        assert!(poll(&mut wrong).is_pending());
    }
    // A request that is dropped before its first poll is not verified either.
    drop(guarded.begin(request([basic("alice:x")])));
    let last = guarded.begin(login("alice"));
    gate.open();
    assert_eq!(wait(last).body(), "alice, hello");
    assert_eq!(wait(first).body(), "blocker, hello");
    // The dropped requests produce no events and count as no guesses.
    wait_for_log(&log, &["+blocker", "+alice"]);
    assert_eq!(guarded.calls(), 2);
}

#[test]
fn abandoned_requests_hang_no_equal_requests() {
    let (set, gate, log) = gated(default_settings);
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut same = [0; 5].map(|_| Some(guarded.begin(login("alice"))));
    for future in same.iter_mut().flatten() {
        assert!(poll(future).is_pending());
    }
    // The test drops the first request and another request from the middle.
    same[0] = None;
    same[3] = None;
    gate.open();
    for future in same.into_iter().flatten() {
        assert_eq!(wait(future).body(), "alice, hello");
    }
    assert_eq!(wait(first).status(), 200);
    assert_eq!(guarded.calls(), 4);
    // The first request began the verification, so it produces an event although it was dropped.
    until("each login has its event", || log.lock().unwrap().len() == 1 + 4);
}

/// A waker that counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn only_the_last_waker_is_woken() {
    let (set, gate, _) = gated(default_settings);
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut answer = guarded.begin(login("alice"));
    let bells = [(); 2].map(|()| Arc::<Bell>::default());
    for bell in &bells {
        let waker = Waker::from(Arc::clone(bell));
        for _ in 0..3 {
            assert!(answer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
    }
    let wake_ups = || bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
    assert_eq!(wake_ups(), [0, 0]);
    gate.open();
    until("a bell is woken", || wake_ups() != [0, 0]);
    assert_eq!(wake_ups(), [0, 1]);
    assert!(matches!(poll(&mut answer), Poll::Ready(Ok(answer)) if answer.status() == 200));
    assert_eq!(wait(first).status(), 200);
}

#[test]
fn polling_after_the_answer_does_not_panic() {
    // The inner service may itself be polled after its response.
    let service = tower::service_fn(|_: Request<String>| {
        poll_fn(|_| Poll::Ready(Ok::<_, std::convert::Infallible>(Response::new(String::new()))))
    });
    let guarded = Guarded::new(&users(), default_settings);
    let (set, gate, _) = gated(|builder| builder.queue_limit(1));
    let full = Guarded::new(&users(), set);
    let _waiting = fill(&full, &gate);
    let cases = [
        (&guarded, login("alice"), 200),
        (&guarded, request([basic("alice:x")]), 401),
        (&guarded, request(["Basic ???"]), 401),
        (&full, login("alice"), 503),
    ];
    for (guarded, request, status) in cases {
        let mut future = pin!(guarded.layer.layer(service).call(request));
        assert_eq!(crate::layer::wait_for(future.as_mut()).unwrap().status(), status);
        for _ in 0..3 {
            let again = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(again, Poll::Ready(Ok(answer)) if answer.status() == status));
        }
    }
}

#[test]
fn a_verification_needs_no_runtime() {
    let (_directory, authenticator) = authenticator(&users(), default_settings);
    let begin =
        |password: &str| authenticator.authenticate(&Credentials::new("alice", password).unwrap(), None);
    let mut right = begin("secret");
    let verdict = crate::layer::wait_for(&mut right);
    assert!(matches!(verdict, Verdict::Accepted { needs_rehash: false, .. }));
    // Further polls of the login return the same verdict.
    assert_eq!(poll(&mut right), Poll::Ready(verdict));
    assert_eq!(right.wait(), verdict);
    assert_eq!(begin("wrong").wait(), Verdict::Rejected);
    // A caller may poll repeatedly with a waker that does nothing.
    let wrong = RefCell::new(begin("wrong"));
    until("there is a verdict", || poll(&mut *wrong.borrow_mut()) == Poll::Ready(Verdict::Rejected));
}

/// Sends 20 requests at once, half of them with the right password.
async fn send_many(guarded: &Guarded) {
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (user, password) = (["alice", "bob", "carol"][number % 3], ["secret", "wrong"][number % 2]);
            let expected = [200, 401][number % 2];
            let service = guarded.service();
            tokio::spawn(async move {
                let answer = service.oneshot(request([basic(format!("{user}:{password}"))])).await.unwrap();
                assert_eq!(answer.status(), expected);
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(crate::layer::LIMIT, task).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_layer_works_on_a_runtime_of_one_thread() {
    let guarded = Guarded::new(&users(), default_settings);
    send_many(&guarded).await;
    assert_eq!(guarded.calls(), 10);
    // The only runtime thread is free while a login waits.
    let (set, gate, _) = gated(default_settings);
    let guarded = Guarded::new(&users(), set);
    let first = tokio::spawn(guarded.service().oneshot(login("blocker")));
    tokio::task::yield_now().await;
    gate.wait();
    let second = tokio::spawn(guarded.service().oneshot(login("alice")));
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert!(!second.is_finished());
    gate.open();
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_layer_works_on_a_runtime_of_many_threads() {
    let guarded = Guarded::new(&users(), |builder| builder.cache(Duration::from_secs(60), 10));
    send_many(&guarded).await;
    send_many(&guarded).await;
    assert_eq!(guarded.calls(), 20);
}

#[test]
fn the_header_of_an_exempt_request_is_marked_sensitive() {
    let guarded = Guarded::new(&users(), default_settings).with(|layer| layer.exempt("/v2/"));
    assert_eq!(guarded.answer(login("alice")).status(), 200);
    assert_eq!(guarded.seen.insensitive.load(Ordering::Relaxed), 0);
}

#[test]
fn an_abandoned_request_frees_its_place_in_the_queue() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(1));
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    drop(guarded.begin(request([basic("alice:x")])));
    let mut second = guarded.begin(login("alice"));
    assert!(poll(&mut second).is_pending());
    gate.open();
    assert_eq!((wait(second).status(), wait(first).status()), (http::StatusCode::OK, http::StatusCode::OK));
}
