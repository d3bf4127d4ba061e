//! `BasicAuthLayer` against RFC 7617: the requests that it passes to the service, and its challenges to others.

use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use crate::layer::{BCRYPT, EMPTY, Guarded, SECRET, basic, login, request, wait};
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use tower::{Service as _, ServiceExt as _};

/// Returns a password file. `colons` has the password `a:b:c`, `jürgen` has `pässwörd`, and `alice` and `bob` have
/// `secret`.
fn users() -> String {
    format!(
        "alice:{SECRET}\nbob:{BCRYPT}\nempty:{EMPTY}\ncolons:{{SHA}}cLzgnoJ6mP5qz3w+mwvPE2vDgu0=\n\
         jürgen:{{SHA}}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=\n:{SECRET}\n"
    )
}

fn guarded() -> Guarded {
    Guarded::new(&users(), |builder| builder)
}

#[track_caller]
fn assert_challenged(answer: &Response<String>) {
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let challenges: Vec<_> = answer.headers().get_all(WWW_AUTHENTICATE).iter().collect();
    assert_eq!(challenges, ["Basic realm=\"Registry\", charset=\"UTF-8\""]);
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers().len(), 2);
    assert_eq!(answer.body(), "");
}

/// Asserts that each of these header values is challenged and none reaches the service.
#[track_caller]
fn assert_all_challenged<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) {
    let guarded = guarded();
    for value in values {
        let value = value.as_ref();
        let answer = guarded.answer(request([value]));
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{}", value.escape_ascii());
        assert_challenged(&answer);
    }
    assert_eq!(guarded.calls(), 0);
}

#[track_caller]
fn assert_accepted(value: impl AsRef<[u8]>, user: &str) {
    let guarded = guarded();
    let answer = guarded.answer(request([value.as_ref()]));
    assert_eq!(answer.status(), StatusCode::OK, "{}", value.as_ref().escape_ascii());
    // The service gets the body, and the layer adds no header to the response.
    assert_eq!(*answer.body(), format!("{user}, hello"));
    assert!(answer.headers().is_empty());
    assert_eq!(guarded.calls(), 1);
}

#[test]
fn a_request_without_credentials_is_challenged() {
    let guarded = guarded();
    assert_challenged(&guarded.answer(request::<&str>([])));
    for method in [Method::HEAD, Method::POST, Method::OPTIONS, Method::CONNECT] {
        let mut request = request::<&str>([]);
        *request.method_mut() = method;
        assert_challenged(&guarded.answer(request));
    }
    assert_eq!(guarded.calls(), 0);
}

#[test]
fn a_request_with_several_credentials_is_challenged() {
    let (guarded, right) = (guarded(), basic("alice:secret"));
    let (wrong, bearer) = (basic("alice:wrong"), "Bearer x".to_owned());
    for pair in [[&right, &right], [&right, &wrong], [&wrong, &right], [&bearer, &right], [&right, &bearer]] {
        assert_challenged(&guarded.answer(request(pair)));
    }
    // Two values in one line are not valid Base64.
    assert_challenged(&guarded.answer(request([format!("{right}, {right}")])));
    assert_eq!(guarded.calls(), 0);
}

#[test]
fn the_scheme_matches_in_any_case_with_spaces_after_it() {
    let encoded = &basic("alice:secret")["Basic ".len()..];
    for scheme in ["Basic ", "basic ", "BASIC ", "bAsIC ", "Basic    "] {
        assert_accepted(format!("{scheme}{encoded}"), "alice");
    }
    let none = [
        "", "Basi ", "Basic", "Basic\t", "Basic:", "Basics ", "Digest ", "Bearer ", " Basic ", "Basic=",
        "ßasic ",
    ];
    assert_all_challenged(none.map(|scheme| format!("{scheme}{encoded}")));
}

#[test]
fn only_padded_base64_is_accepted() {
    assert_accepted(basic("bob:secret"), "bob"); // Ym9iOnNlY3JldA==
    assert_all_challenged([
        "Basic",
        "Basic ",
        "Basic ???",
        "Basic Ym9iOnNlY3JldA",
        "Basic Ym9iOnNlY3JldA=",
        "Basic Ym9iOnNlY3JldA===",
        "Basic Ym9iOnNlY3JldB==",
        "Basic Ym9iOnNlY3JldA== ",
        "Basic Ym9iOnNl Y3JldA==",
        "Basic Ym9iOnNl\tY3JldA==",
        "Basic \"Ym9iOnNlY3JldA==\"",
        "Basic Ym9iOnNlY3JldA==, realm=x",
        "Basic Ym9i_nNlY3JldA==",
        "Basic bob:secret",
        "Basic =",
    ]);
    assert_all_challenged([b"Basic \xff\xfe", b"Basic \xc3\xbc", b"Basic\xa0Ym"]);
}

#[test]
fn only_utf_8_without_control_characters_is_accepted() {
    assert_accepted(basic("jürgen:pässwörd"), "jürgen");
    // These texts are not UTF-8: Latin-1, a truncated character, invalid bytes, an overlong encoding and a surrogate.
    let others: [&[u8]; 6] = [
        b"j\xfcrgen:p\xe4ssw\xf6rd",
        b"jurgen:\xc3",
        b"\xff:secret",
        b"alice:secret\xff",
        b"\xc1\xa1:x",
        b"\xed\xa0\x80:x",
    ];
    assert_all_challenged(others.map(basic));
    // The decomposed form (NFD) is a different user name.
    assert_all_challenged([basic("ju\u{308}rgen:pa\u{308}sswo\u{308}rd")]);
    for control in (0..=0x1f).chain([0x7f]).map(char::from) {
        let texts = [
            format!("alice:secret{control}"),
            format!("alice{control}:secret"),
            format!("{control}alice:secret"),
        ];
        assert_all_challenged(texts.map(basic));
    }
}

#[test]
fn the_first_colon_ends_the_user_name() {
    assert_accepted(basic("colons:a:b:c"), "colons");
    assert_all_challenged(["colons:a", "colons:a:b", "colons:a:b:c:", "colons::a:b:c"].map(basic));
    assert_all_challenged(["alice", "secret", "", "alicesecret", "alice;secret"].map(basic));
}

#[test]
fn an_empty_password_is_valid_and_an_empty_user_name_is_not() {
    assert_accepted(basic("empty:"), "empty");
    assert_all_challenged(
        ["empty: ", "empty::", "alice:", "bob:", "unknown:", ":", "::", ":secret"].map(basic),
    );
}

#[test]
fn wrong_user_names_and_passwords_are_challenged() {
    assert_all_challenged(
        ["alice:Secret", "alice:secret ", "Alice:secret", "alice :secret", "unknown:secret"].map(basic),
    );
    assert_all_challenged([basic(format!("alice:{SECRET}")), basic(format!("bob:{BCRYPT}"))]);
}

#[test]
fn header_values_of_any_length_are_handled() {
    let mut values: Vec<_> = [1, 255, 256, 512, 513, 1_000, 1 << 20]
        .into_iter()
        .flat_map(|length| ["alice:", "", ":"].map(|text| basic(format!("{text}{}", "x".repeat(length)))))
        .collect();
    values.extend([format!("Basic {}", "=".repeat(1 << 20)), "B".repeat(1 << 20), " ".repeat(1 << 20)]);
    let blanks = |count| basic("alice:secret").replace(' ', &" ".repeat(count));
    values.push(blanks(1 << 20));
    assert_all_challenged(values);
    assert_accepted(blanks(1024), "alice");
}

#[test]
fn the_service_gets_a_header_marked_sensitive() {
    let guarded = guarded();
    assert_eq!(guarded.answer(login("alice")).status(), StatusCode::OK);
    assert_eq!((guarded.calls(), guarded.seen.insensitive.load(Ordering::Relaxed)), (1, 0));
}

/// [`Inner`](crate::layer::Inner) panics if it is called before it is ready, and a clone of it is not ready.
#[test]
fn the_layer_calls_the_service_that_it_made_ready() {
    let guarded = guarded().with(|layer| layer.exempt("/healthz"));
    let mut service = guarded.service();
    let mut exempt = Request::new("hello".to_owned());
    *exempt.uri_mut() = "/healthz".parse().unwrap();
    let requests = [login("alice"), exempt, request::<&str>([]), request([basic("alice:no")]), login("bob")];
    // All requests begin before the first one is answered.
    let answers = requests.map(|request| {
        assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
        service.call(request)
    });
    let answers = answers.map(|future| wait(future).status().as_u16());
    assert_eq!(answers, [200, 200, 401, 401, 200]);
    assert_eq!(guarded.calls(), 3);
}

#[test]
fn the_layer_reports_the_readiness_of_the_service() {
    #[derive(Clone)]
    struct Lazy(u8);
    impl tower::Service<Request<String>> for Lazy {
        type Response = Response<String>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Response<String>, &'static str>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            self.0 += 1;
            match self.0 {
                1 => Poll::Pending,
                2 => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err("closed")),
            }
        }
        fn call(&mut self, _: Request<String>) -> Self::Future {
            std::future::ready(Err("failed"))
        }
    }
    let mut service = tower::Layer::layer(&guarded().layer, Lazy(0));
    let context = &mut Context::from_waker(Waker::noop());
    assert_eq!(service.poll_ready(context), Poll::Pending);
    assert_eq!(service.poll_ready(context), Poll::Ready(Ok(())));
    assert_eq!(service.poll_ready(context), Poll::Ready(Err("closed")));
    // The layer passes on errors of the service, and a challenge is not an error.
    let mut service = tower::Layer::layer(&guarded().layer, Lazy(1));
    assert_eq!(service.poll_ready(context), Poll::Ready(Ok(())));
    assert_eq!(crate::layer::wait_for(service.call(login("alice"))).unwrap_err(), "failed");
    assert_eq!(crate::layer::wait_for(service.call(request::<&str>([]))).unwrap().status(), 401);
}

#[test]
fn exempt_paths_match_byte_for_byte() {
    let guarded = guarded().with(|layer| layer.exempt("/healthz").exempt("/v2/public"));
    let answer_to = |uri: &str, value: Option<&str>| {
        let mut request = request(value);
        *request.uri_mut() = uri.parse().unwrap();
        guarded.answer(request)
    };
    for uri in ["/healthz", "/healthz?x", "/healthz?a=/v2/", "http://localhost/healthz", "/v2/public"] {
        for value in [None, Some("Basic ???"), Some("Bearer x"), Some(&basic("alice:wrong"))] {
            let answer = answer_to(uri, value);
            assert_eq!(
                (answer.status(), answer.body().as_str()),
                (StatusCode::OK, "no user, hello"),
                "{uri}"
            );
        }
        // The layer does not verify the login, so the service gets no user name.
        assert_eq!(answer_to(uri, Some(&basic("alice:secret"))).body(), "no user, hello");
    }
    let calls = guarded.calls();
    let others = [
        "/healthz/",
        "//healthz",
        "/Healthz",
        "/%68ealthz",
        "/healthz%00",
        "/healthz;x",
        "/healthz/..",
        "/healthz%2f",
        "/./healthz",
        "/v2/../healthz",
        "/",
        "/v2/",
        "/v2/public/",
        "/v2/publicx",
        "/?/healthz",
        "/healthz%3fx",
        "http://localhost/healthz/",
        "http://healthz/",
    ];
    for uri in others {
        assert_challenged(&answer_to(uri, None));
        assert_challenged(&answer_to(uri, Some(&basic("alice:wrong"))));
    }
    assert_eq!(guarded.calls(), calls);
    for uri in others {
        assert_eq!(answer_to(uri, Some(&basic("alice:secret"))).body(), "alice, hello", "{uri}");
    }
}

#[test]
fn the_challenge_quotes_the_realm() {
    let (_directory, authenticator) = crate::layer::authenticator(&users(), |builder| builder);
    for (realm, quoted) in [("", ""), ("a \"b\"", r#"a \"b\""#), (r"\", r"\\"), ("Büro", "Büro")] {
        let layer = tower_htpasswd::BasicAuthLayer::new(authenticator.clone(), realm).unwrap();
        let service = tower::Layer::layer(&layer, crate::layer::Inner::default());
        let answer = wait(service.oneshot(request::<&str>([])));
        let challenge = answer.headers()[WWW_AUTHENTICATE].as_bytes();
        assert_eq!(challenge, format!("Basic realm=\"{quoted}\", charset=\"UTF-8\"").as_bytes());
        assert!(answer.headers().get(RETRY_AFTER).is_none());
    }
}
