//! `examples/forward_auth.rs` as the auth endpoint of a real nginx. nginx is configured with the lines from the
//! example's documentation.

use std::fs;

use crate::proxy::Proxy;
use htpasswd::{Document, FileStore, Params, Password, PasswordHash, Username};

/// Every user has the password `secret`.
const USERS: &str = "\
sha1:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
apr1:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0
bcrypt:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
sha256:$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/
";

/// Options for a proxy that sends client addresses, with rate limits on.
const LIMITED: [&str; 3] = ["--peer-header", "X-Real-IP", "--failures"];

fn hash(password: &str) -> PasswordHash {
    PasswordHash::create(&Password::new(password).unwrap(), &Params::Sha1).unwrap()
}

#[test]
fn nginx_passes_logins_of_every_scheme_and_no_others() {
    let Some(proxy) = Proxy::start(USERS, &["--realm", "The \"office\""]) else { return };
    for user in ["sha1", "apr1", "bcrypt", "sha256"] {
        let answer = proxy.get("/").login(user, "secret").send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "it works\n"), "{user}");
        // The second login is answered from the cache.
        assert_eq!(proxy.login(user, "secret"), 200, "{user}");
        assert_eq!(proxy.login(user, "wrong"), 401, "{user}");
    }
    let rejected = [
        proxy.get("/"),
        proxy.get("/").login("sha1", "wrong"),
        proxy.get("/").login("unknown", "secret"),
        proxy.get("/").login("sha1", ""),
        proxy.get("/").login("", "secret"),
        proxy.get("/").header("Authorization: Basic ???"),
        proxy.get("/").header("Authorization: Bearer c2hhMTpzZWNyZXQ="),
    ];
    for request in rejected {
        let answer = request.send();
        assert_eq!(answer.status, 401);
        assert!(!answer.body.contains("it works"));
        let challenge = "\r\nwww-authenticate: basic realm=\"the \\\"office\\\"\", charset=\"utf-8\"";
        assert_eq!(answer.head.matches(challenge).count(), 1, "{}", answer.head);
    }
    // nginx hides the endpoint itself from clients.
    assert_eq!(proxy.get("/auth").login("sha1", "secret").send().status, 404);
}

#[test]
fn every_method_and_path_needs_a_login() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    for path in ["/who", "/who?a=b", "/healthz/../who"] {
        assert_eq!(proxy.get(path).send().status, 401, "{path}");
        assert_eq!(proxy.get(path).login("sha1", "secret").send().status, 200, "{path}");
    }
    // The upstream server gets the body, and the endpoint does not wait for it.
    for method in ["POST", "PUT", "DELETE"] {
        let request = || proxy.request(method, "/who").body(vec![b'x'; 200_000]);
        assert_eq!(request().send().status, 401, "{method}");
        assert_eq!(request().login("sha1", "secret").send().status, 200, "{method}");
    }
}

#[test]
fn the_upstream_gets_the_verified_user_name_only() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    for spoof in ["X-Nothing: x", "Remote-User: root", "REMOTE-USER: root", "Remote_User: root"] {
        let answer = proxy.get("/who").login("bcrypt", "secret").header(spoof).send();
        assert_eq!(answer.body, "<bcrypt> <>", "{spoof}");
    }
    let answer = proxy.get("/who").header("Remote-User: sha1").send();
    assert_eq!(answer.status, 401);
}

#[test]
fn each_user_name_has_its_own_header_value() {
    let names = [
        ("jürgen", "j%C3%BCrgen"),
        ("j%C3%BCrgen", "j%25C3%25BCrgen"),
        ("sha1 ", "sha1%20"),
        ("a b", "a%20b"),
        ("密码", "%E5%AF%86%E7%A0%81"),
        ("me@example.org", "me@example.org"),
        ("a,\"b\"", "a,\"b\""),
    ];
    let mut users = Document::parse(USERS);
    for (name, _) in names {
        users.set(&Username::new(name).unwrap(), &hash(name));
    }
    let Some(proxy) = Proxy::start(str::from_utf8(users.as_bytes()).unwrap(), &[]) else { return };
    for (name, encoded) in names {
        let answer = proxy.get("/who").login(name, name).send();
        assert_eq!((answer.status, answer.body), (200, format!("<{encoded}> <>")), "{name}");
    }
}

#[test]
fn changes_to_the_password_file_take_effect() {
    let Some(proxy) = Proxy::start(USERS, &["--cache", "3600"]) else { return };
    let store = FileStore::new(proxy.passwd());
    assert_eq!(proxy.login("new", "one"), 401);
    store.set(&Username::new("new").unwrap(), &hash("one")).unwrap();
    proxy.wait_for_login("new", "one", 200);

    store.set(&Username::new("new").unwrap(), &hash("two")).unwrap();
    proxy.wait_for_login("new", "two", 200);
    assert_eq!(proxy.login("new", "one"), 401);

    // A removed user leaves the cache, too.
    store.update(|document| document.remove("new")).unwrap();
    proxy.wait_for_login("new", "two", 401);
    assert_eq!(proxy.login("sha1", "secret"), 200);

    // The users of a deleted file can still log in.
    fs::remove_file(proxy.passwd()).unwrap();
    proxy.wait_for_log("the previous users stay");
    assert_eq!(proxy.login("apr1", "secret"), 200);
}

#[test]
fn a_client_with_too_many_failures_gets_429() {
    let Some(proxy) = Proxy::start(USERS, &LIMITED) else { return };
    for guess in 0..10 {
        assert_eq!(proxy.login("sha1", &format!("guess {guess}")), 401);
    }
    let limited = proxy.get("/").login("sha1", "secret").send();
    assert_eq!(limited.status, 429);
    let wait = limited.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=60).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert!(!limited.body.contains("it works"));
    // A client cannot change the address that the limits apply to by sending a header: a limited client stays limited,
    // and another client does not become limited.
    for name in ["X-Real-IP", "X-Forwarded-For"] {
        let limited_client = proxy.get("/").header(&format!("{name}: 127.0.0.9")).login("sha1", "secret");
        assert_eq!(limited_client.send().status, 429, "{name}");
        let other_client = proxy.get("/").header(&format!("{name}: 127.0.0.1")).from([127, 0, 0, 2]);
        assert_eq!(other_client.login("sha1", "secret").send().status, 200, "{name}");
    }
    // Another user from the same address is not limited.
    assert_eq!(proxy.login("apr1", "secret"), 200);
}

#[test]
fn an_overloaded_endpoint_is_answered_with_503() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    let answer = proxy.get("/").host("overloaded").login("sha1", "secret").send();
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("\r\nretry-after: 7"), "{}", answer.head);
    assert!(!answer.body.contains("it works"));
}

#[test]
fn without_rate_limits_no_client_is_limited() {
    let Some(proxy) = Proxy::start(USERS, &["--peer-header", "X-Real-IP"]) else { return };
    for guess in 0..30 {
        assert_eq!(proxy.login("sha1", &format!("guess {guess}")), 401);
    }
    assert_eq!(proxy.login("sha1", "secret"), 200);
}

#[test]
fn a_missing_client_address_is_answered_with_500() {
    let Some(proxy) = Proxy::start(USERS, &["--peer-header", "X-Client", "--failures"]) else { return };
    for value in ["", "unknown", "127.0.0.1,", "127.0.0.1, x", "300.0.0.1"] {
        let request = proxy.get("/").header(&format!("X-Client: {value}"));
        assert_eq!(request.login("sha1", "secret").send().status, 500, "{value}");
    }
    assert!(proxy.log().contains("does not send the client's address in x-client"), "{}", proxy.log());
    for value in ["127.0.0.1", "x, 127.0.0.1", "::1", "10.0.0.1, 2001:db8::1"] {
        let request = proxy.get("/").header(&format!("X-Client: {value}"));
        assert_eq!(request.login("sha1", "secret").send().status, 200, "{value}");
    }
    // If the header has several lines, the proxy has added the last one.
    for (first, last, status) in [("127.0.0.1", "x", 500), ("x", "127.0.0.1", 200)] {
        let request = proxy.get("/").header(&format!("X-Client: {first}\r\nX-Client: {last}"));
        assert_eq!(request.login("sha1", "secret").send().status, status, "{last}");
    }
}

#[test]
fn nginx_passes_no_request_without_the_endpoint() {
    let Some(mut proxy) = Proxy::start(USERS, &[]) else { return };
    assert_eq!(proxy.login("sha1", "secret"), 200);
    proxy.end_endpoint();
    for request in [proxy.get("/"), proxy.get("/").login("sha1", "secret")] {
        let answer = request.send();
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("it works"));
    }
}

#[test]
fn the_log_has_users_and_addresses_and_no_passwords() {
    let Some(proxy) = Proxy::start(USERS, &LIMITED) else { return };
    assert_eq!(proxy.login("sha1", "hunter2"), 401);
    // This user has typed the password into the wrong field.
    assert_eq!(proxy.login("hunter2", ""), 401);
    proxy.wait_for_log("wrong password for \"sha1\" from 127.0.0.1, waited ");
    proxy.wait_for_log("unknown user from 127.0.0.1, waited ");
    let log = proxy.log();
    assert!(!log.contains("hunter2"), "{log}");
}
