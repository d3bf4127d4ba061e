//! `BasicAuthLayer` under load: full queues, guesses, requests that are given up, and whoever polls its futures.
//!
//! The one thread that hashes is held up at a gate, so that nothing here depends on how fast a machine is.

use std::cell::RefCell;
use std::future::{Future as _, poll_fn};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::layer::{
    BCRYPT, Gate, Guarded, Inner, SECRET, authenticator, basic, comes_to, from, gated, login, poll, request,
    until, wait,
};
use htpasswd::{AuthenticatorBuilder, Credentials, FailureLimits, Password, Verdict};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, Response};
use tower::{Layer as _, Service as _, ServiceExt as _};
use tower_htpasswd::ResponseFuture;

fn users() -> String {
    format!("blocker:{SECRET}\nalice:{BCRYPT}\nbob:{SECRET}\ncarol:{BCRYPT}\n")
}

fn as_it_is(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    builder
}

/// Holds the one thread, and lets a login take the one place in the queue.
fn fill(guarded: &Guarded, gate: &Gate) -> [Pin<Box<ResponseFuture<Inner, String>>>; 2] {
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut second = guarded.begin(login("bob"));
    assert!(poll(&mut second).is_pending());
    [first, second]
}

/// To be tried again in `seconds`, and no challenge: a browser would ask for another password.
#[track_caller]
fn is_turned_away(answer: &Response<String>, status: u16, seconds: std::ops::RangeInclusive<u64>) {
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (status, ""));
    assert!(answer.headers().get(WWW_AUTHENTICATE).is_none());
    let wait = answer.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!(seconds.contains(&wait), "{wait}");
}

#[test]
fn a_full_queue_is_503() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(2));
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut waiting = ["alice", "bob"].map(|user| guarded.begin(login(user)));
    assert!(waiting.each_mut().iter_mut().all(|future| poll(future).is_pending()));
    is_turned_away(&guarded.answer(login("carol")), 503, 1..=1);
    is_turned_away(&guarded.answer(request([basic("nobody:x")])), 503, 1..=1);
    // Who asks what somebody waits for already takes no place.
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
fn a_full_queue_keeps_nobody_from_exempt_paths() {
    let (set, gate, _) = gated(|builder| builder.queue_limit(1));
    let guarded = Guarded::new(&users(), set).with(|layer| layer.exempt("/healthz"));
    let waiting = fill(&guarded, &gate);
    let mut exempt = login("alice");
    *exempt.uri_mut() = "/healthz".parse().unwrap();
    assert_eq!(guarded.answer(exempt).status(), 200);
    is_turned_away(&guarded.answer(login("alice")), 503, 1..=1);
    assert_eq!(guarded.calls(), 1);
    drop(waiting);
}

#[test]
fn waiting_for_too_long_is_503() {
    let (set, gate, told) = gated(|builder| builder.queue_timeout(Duration::from_millis(50)));
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    is_turned_away(&guarded.answer(login("alice")), 503, 1..=1);
    gate.open();
    // What was begun is answered, however long it takes.
    assert_eq!(wait(first).status(), 200);
    assert_eq!(guarded.answer(login("alice")).status(), 200);
    comes_to(&told, &["+blocker", "!alice", "+alice"]);
}

/// As with `oneshot`, which drops the service as soon as it has been called.
#[test]
fn what_waits_is_answered_though_the_service_is_gone() {
    let (set, gate, _) = gated(as_it_is);
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let waiting = guarded.begin(login("alice"));
    drop((guarded, gate));
    assert_eq!(wait(waiting).status(), 200);
    assert_eq!(wait(first).status(), 200);
}

#[test]
fn too_many_guesses_are_429_for_this_peer() {
    let limits = FailureLimits::default().user_and_peer(NonZeroU32::new(2).unwrap(), Duration::from_secs(60));
    let by_extension = |layer: tower_htpasswd::BasicAuthLayer| {
        layer.peer(|request| request.extensions.get::<IpAddr>().copied())
    };
    let guarded = Guarded::new(&users(), |builder| builder.failure_limits(limits)).with(by_extension);
    let (here, there) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for guess in ["1", "2"] {
        let answer = guarded.answer(from(here, request([basic(format!("alice:{guess}"))])));
        assert_eq!(answer.status(), 401);
    }
    // Whether right or wrong.
    for request in [login("alice"), request([basic("alice:3")])] {
        is_turned_away(&guarded.answer(from(here, request)), 429, 1..=30);
    }
    assert_eq!(guarded.calls(), 0);
    // Something that is no credentials is no guess.
    assert_eq!(guarded.answer(from(here, request(["Basic ???"]))).status(), 401);
    assert_eq!(guarded.answer(from(here, login("bob"))).status(), 200);
    assert_eq!(guarded.answer(from(there, login("alice"))).status(), 200);
    // From nowhere, nothing is counted.
    for _ in 0..4 {
        assert_eq!(guarded.answer(request([basic("alice:x")])).status(), 401);
    }
    assert_eq!(guarded.answer(login("alice")).status(), 200);
}

#[test]
fn a_request_that_is_given_up_while_it_waits_costs_nothing() {
    let once = FailureLimits::default().user_and_peer(NonZeroU32::MIN, Duration::from_secs(60));
    let (set, gate, told) = gated(|builder| builder.failure_limits(once));
    let guarded = Guarded::new(&users(), set).with(|layer| layer.peer(|_| Some([192, 0, 2, 1].into())));
    let first = guarded.begin(login("blocker"));
    gate.wait();
    for guess in 0..20 {
        let mut wrong = guarded.begin(request([basic(format!("alice:{guess}"))]));
        assert!(poll(&mut wrong).is_pending());
    }
    // Polled or not.
    drop(guarded.begin(request([basic("alice:x")])));
    let last = guarded.begin(login("alice"));
    gate.open();
    assert_eq!(wait(last).body(), "alice, hello");
    assert_eq!(wait(first).body(), "blocker, hello");
    // Nobody was told of the others, and none counts as a guess.
    comes_to(&told, &["+blocker", "+alice"]);
    assert_eq!(guarded.calls(), 2);
}

#[test]
fn who_gives_up_does_not_hang_others_who_ask_the_same() {
    let (set, gate, told) = gated(as_it_is);
    let guarded = Guarded::new(&users(), set);
    let first = guarded.begin(login("blocker"));
    gate.wait();
    let mut same = [0; 5].map(|_| Some(guarded.begin(login("alice"))));
    for future in same.iter_mut().flatten() {
        assert!(poll(future).is_pending());
    }
    // The one that came first, and one in between.
    same[0] = None;
    same[3] = None;
    gate.open();
    for future in same.into_iter().flatten() {
        assert_eq!(wait(future).body(), "alice, hello");
    }
    assert_eq!(wait(first).status(), 200);
    assert_eq!(guarded.calls(), 4);
    // The one that came first was the reason for the work, and counts.
    until("all of them are told of", || told.lock().unwrap().len() == 1 + 4);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_last_who_polled_is_woken_and_nobody_else() {
    let (set, gate, _) = gated(as_it_is);
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
    let rung = || bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
    assert_eq!(rung(), [0, 0]);
    gate.open();
    until("a bell rings", || rung() != [0, 0]);
    assert_eq!(rung(), [0, 1]);
    assert!(matches!(poll(&mut answer), Poll::Ready(Ok(answer)) if answer.status() == 200));
    assert_eq!(wait(first).status(), 200);
}

#[test]
fn polling_after_the_answer_does_not_panic() {
    // Of a service that does not mind.
    let service = tower::service_fn(|_: Request<String>| {
        poll_fn(|_| Poll::Ready(Ok::<_, std::convert::Infallible>(Response::new(String::new()))))
    });
    let guarded = Guarded::new(&users(), as_it_is);
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
    let (_directory, authenticator) = authenticator(&users(), as_it_is);
    let begin = |password: &str| {
        authenticator.authenticate(Credentials::new("alice", Password::new(password).unwrap()), None)
    };
    let mut right = begin("secret");
    let verdict = crate::layer::wait_for(&mut right);
    assert!(matches!(verdict, Verdict::Accepted { needs_rehash: false, .. }));
    // It stays the same.
    assert_eq!(poll(&mut right), Poll::Ready(verdict));
    assert_eq!(right.wait(), verdict);
    assert_eq!(begin("wrong").wait(), Verdict::Rejected);
    // Nobody needs to be woken who looks often enough.
    let wrong = RefCell::new(begin("wrong"));
    until("there is a verdict", || poll(&mut *wrong.borrow_mut()) == Poll::Ready(Verdict::Rejected));
}

/// Twenty at once, half of them right.
async fn many(guarded: &Guarded) {
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
async fn on_one_thread_of_tokio() {
    let guarded = Guarded::new(&users(), as_it_is);
    many(&guarded).await;
    assert_eq!(guarded.calls(), 10);
    // The one thread is free while a login waits.
    let (set, gate, _) = gated(as_it_is);
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
async fn on_many_threads_of_tokio() {
    let guarded = Guarded::new(&users(), |builder| builder.cache(Duration::from_secs(60), 10));
    many(&guarded).await;
    many(&guarded).await;
    assert_eq!(guarded.calls(), 20);
}

#[test]
fn exempt_requests_are_sensitive_too() {
    let guarded = Guarded::new(&users(), as_it_is).with(|layer| layer.exempt("/v2/"));
    assert_eq!(guarded.answer(login("alice")).status(), 200);
    assert_eq!(guarded.seen.insensitive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_request_that_is_given_up_gives_its_place_up() {
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
