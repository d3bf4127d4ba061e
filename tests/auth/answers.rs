//! The form of the answers: status, headers and length, for each kind of proxy.

use crate::service::{Answer, BCRYPT, Request, SECRET, Service};

fn users() -> String {
    let others = "carol:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n\
                  dave:$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/\n";
    format!("{others}alice:{SECRET}\nbob:{BCRYPT}\njürgen:{SECRET}\na,%b:{SECRET}\n")
}

/// Checks the headers that every answer has.
#[track_caller]
fn assert_form(answer: &Answer) {
    assert_eq!(answer.body, "");
    assert_eq!(answer.values("content-length"), ["0"], "{}", answer.head);
    assert_eq!(answer.values("cache-control"), ["no-store"], "{}", answer.head);
    assert_eq!(answer.values("transfer-encoding"), [""; 0], "{}", answer.head);
    let challenges = usize::from(answer.status == 401);
    assert_eq!(answer.values("www-authenticate").len(), challenges, "{}", answer.head);
}

#[test]
fn a_right_login_of_each_scheme_gets_200_with_the_user() {
    let service = Service::start(&users(), &[]);
    let same = ["alice", "bob", "carol", "dave"].map(|user| (user, user));
    for (user, header) in same.into_iter().chain([("jürgen", "j%c3%bcrgen"), ("a,%b", "a,%25b")]) {
        let answer = service.send(Request::get("/").login(user, "secret"));
        assert_eq!(answer.status, 200, "{user}");
        assert_form(&answer);
        assert_eq!(answer.values("remote-user"), [header]);
        assert_eq!(answer.values("remote-groups"), [""], "the header is there, and empty");
        // The second login is answered from the cache.
        assert_eq!(service.login(user, "secret"), 200);
    }
}

#[test]
fn a_missing_or_wrong_login_gets_one_challenge() {
    let service = Service::start(&users(), &["--realm", "The \"office\""]);
    for request in [
        Request::get("/"),
        Request::get("/").login("alice", "wrong"),
        Request::get("/").login("mallory", "secret"),
        Request::get("/").login("alice", ""),
    ] {
        let answer = service.send(request);
        assert_eq!(answer.status, 401);
        assert_form(&answer);
        let challenge = "basic realm=\"the \\\"office\\\"\", charset=\"utf-8\"";
        assert_eq!(answer.values("www-authenticate"), [challenge]);
        assert_eq!(answer.values("remote-user"), [""; 0]);
    }
}

#[test]
fn every_method_and_path_gets_the_answer_of_get() {
    let service = Service::start(&users(), &[]);
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "X-UNKNOWN"] {
        for path in ["/", "/a/../b", "//x", "/auth/x", "*", "/?a=b", "http://localhost/x"] {
            let answer = service.send(Request::new(method, path));
            assert_eq!(answer.status, 401, "{method} {path}");
            let answer = service.send(Request::new(method, path).login("alice", "secret"));
            assert_eq!(answer.status, 200, "{method} {path}");
            assert_form(&answer);
        }
    }
}

#[test]
fn a_request_for_a_tunnel_is_refused() {
    let service = Service::start(&users(), &[]);
    let answer = service.send(Request::new("CONNECT", "localhost:80").login("alice", "secret"));
    assert_eq!(answer.status, 403);
}

#[test]
fn an_upgrade_is_ignored() {
    let service = Service::start(&users(), &[]);
    let upgrade = |request: Request| {
        let request = request.keep_alive().header("Connection: Upgrade").header("Upgrade: websocket");
        request.header("Sec-WebSocket-Version: 13").header("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    };
    let answer = service.send(upgrade(Request::get("/").login("alice", "secret")));
    assert_eq!(answer.status, 200);
    assert_form(&answer);
    assert_eq!(service.send(upgrade(Request::get("/"))).status, 401);
}

#[test]
fn an_answer_does_not_wait_for_a_body() {
    let service = Service::start(&users(), &[]);
    for length in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        let request = Request::new("POST", "/").header(length).login("alice", "secret");
        assert_eq!(service.send(request).status, 200, "{length}");
    }
}

#[test]
fn a_connection_serves_many_requests() {
    let service = Service::start(&users(), &[]);
    let mut stream = service.connect();
    for _ in 0..50 {
        let answer = Request::get("/").keep_alive().login("alice", "secret").send_on(&mut stream);
        assert_eq!(answer.status, 200);
        assert_eq!(Request::get("/").keep_alive().send_on(&mut stream).status, 401);
    }
}

#[test]
fn http_1_0_gets_an_answer() {
    let service = Service::start(&users(), &[]);
    let mut stream = service.connect();
    let head = String::from_utf8(Request::get("/").login("alice", "secret").bytes()).unwrap();
    std::io::Write::write_all(&mut stream, head.replace("HTTP/1.1", "HTTP/1.0").as_bytes()).unwrap();
    let answer = Answer::read(&mut stream, false);
    assert_eq!(answer.status, 200);
    assert_form(&answer);
}

/// Sends wrong passwords until the limit is reached, and returns the next answer.
fn limited(service: &Service) -> Answer {
    for guess in 0..10 {
        assert_eq!(service.login("alice", &format!("guess {guess}")), 401);
    }
    service.send(Request::get("/").login("alice", "secret"))
}

#[test]
fn limits_have_the_status_that_the_proxy_passes_on() {
    for (proxy, status, real) in [("standard", 429, None), ("envoy", 429, None), ("nginx", 403, Some("429"))]
    {
        let service = Service::start(&users(), &["--proxy", proxy]);
        let answer = limited(&service);
        assert_eq!(answer.status, status, "{proxy}");
        assert_form(&answer);
        let seconds: u64 = answer.values("retry-after")[0].parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(answer.values("x-auth-status"), Vec::from_iter(real), "{proxy}");
        // The limit is for this address and this user.
        assert_eq!(service.login("bob", "secret"), 200);
        let other = Request::bare("GET", "/").header("X-Forwarded-For: 192.0.2.2").login("alice", "secret");
        assert_eq!(service.send(other).status, 200);
    }
}

#[test]
fn envoy_never_gets_a_server_error() {
    // A login of this cost takes longer than the queue allows the next ones to wait.
    let users =
        format!("alice:{SECRET}\nslow:$2y$13$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n");
    for (proxy, status) in [("envoy", 429), ("standard", 503), ("nginx", 403)] {
        let options = ["--proxy", proxy, "--queue-timeout", "0.05", "--threads", "1"];
        let service = Service::start(&users, &options);
        let overloaded = std::thread::scope(|scope| {
            let guess = |number| {
                let request = Request::bare("GET", "/").header(format!("X-Forwarded-For: 192.0.2.{number}"));
                service.send(request.login("slow", &format!("guess {number}")))
            };
            let threads: Vec<_> = (1..24).map(|number| scope.spawn(move || guess(number))).collect();
            let answers = threads.into_iter().map(|thread| thread.join().unwrap());
            answers.filter(|answer| answer.status != 401).collect::<Vec<_>>()
        });
        assert!(!overloaded.is_empty(), "{proxy}");
        for answer in overloaded {
            assert_eq!((answer.status, answer.values("retry-after").len()), (status, 1), "{proxy}");
            assert_form(&answer);
            let real = if proxy == "nginx" { &["503"][..] } else { &[] };
            assert_eq!(answer.values("x-auth-status"), real);
        }
    }
}
