//! `examples/forward_auth.rs` behind a real nginx, set up with the very lines that its documentation shows.

use std::fs;

use crate::proxy::Proxy;
use htpasswd::{Document, FileStore, Params, Password, PasswordHash, StoreError, Username};

/// All with the password `secret`.
const USERS: &str = "\
sha1:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
apr1:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0
bcrypt:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
sha256:$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/
";

/// The proxy names its clients, and wrong passwords are counted.
const LIMITED: [&str; 3] = ["--peer-header", "X-Real-IP", "--failures"];

fn hash(password: &str) -> PasswordHash {
    PasswordHash::create(&Password::new(password).unwrap(), &Params::Sha1).unwrap()
}

#[test]
fn users_of_all_schemes_are_let_through_and_nobody_else() {
    let Some(proxy) = Proxy::start(USERS, &["--realm", "The \"office\""]) else { return };
    for user in ["sha1", "apr1", "bcrypt", "sha256"] {
        let answer = proxy.get("/").login(user, "secret").send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "it works\n"), "{user}");
        // From the cache, too.
        assert_eq!(proxy.login(user, "secret"), 200, "{user}");
        assert_eq!(proxy.login(user, "wrong"), 401, "{user}");
    }
    let refused = [
        proxy.get("/"),
        proxy.get("/").login("sha1", "wrong"),
        proxy.get("/").login("nobody", "secret"),
        proxy.get("/").login("sha1", ""),
        proxy.get("/").login("", "secret"),
        proxy.get("/").header("Authorization: Basic ???"),
        proxy.get("/").header("Authorization: Bearer c2hhMTpzZWNyZXQ="),
    ];
    for request in refused {
        let answer = request.send();
        assert_eq!(answer.status, 401);
        assert!(!answer.body.contains("it works"));
        let challenge = "\r\nwww-authenticate: basic realm=\"the \\\"office\\\"\", charset=\"utf-8\"";
        assert_eq!(answer.head.matches(challenge).count(), 1, "{}", answer.head);
    }
    // The endpoint itself is not there for clients.
    assert_eq!(proxy.get("/auth").login("sha1", "secret").send().status, 404);
}

#[test]
fn all_methods_and_paths_are_alike() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    for path in ["/who", "/who?a=b", "/healthz/../who"] {
        assert_eq!(proxy.get(path).send().status, 401, "{path}");
        assert_eq!(proxy.get(path).login("sha1", "secret").send().status, 200, "{path}");
    }
    // The body is for the server, and the endpoint does not wait for it.
    for method in ["POST", "PUT", "DELETE"] {
        let request = || proxy.request(method, "/who").body(vec![b'x'; 200_000]);
        assert_eq!(request().send().status, 401, "{method}");
        assert_eq!(request().login("sha1", "secret").send().status, 200, "{method}");
    }
}

#[test]
fn the_server_is_told_the_user_and_not_what_the_client_says() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    for spoof in ["X-Nothing: x", "Remote-User: root", "REMOTE-USER: root", "Remote_User: root"] {
        let answer = proxy.get("/who").login("bcrypt", "secret").header(spoof).send();
        assert_eq!(answer.body, "<bcrypt> <>", "{spoof}");
    }
    let answer = proxy.get("/who").header("Remote-User: sha1").send();
    assert_eq!(answer.status, 401);
}

#[test]
fn a_name_in_a_header_is_one_name_only() {
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
fn changes_of_the_file_count_while_it_runs() {
    let Some(proxy) = Proxy::start(USERS, &["--cache", "3600"]) else { return };
    let store = FileStore::new(proxy.passwd());
    assert_eq!(proxy.login("new", "one"), 401);
    store.set(&Username::new("new").unwrap(), &hash("one")).unwrap();
    proxy.login_comes_to("new", "one", 200);

    store.set(&Username::new("new").unwrap(), &hash("two")).unwrap();
    proxy.login_comes_to("new", "two", 200);
    assert_eq!(proxy.login("new", "one"), 401);

    // Out of the cache, too.
    store.update(|document: &mut Document| Ok::<_, StoreError>(document.remove("new"))).unwrap();
    proxy.login_comes_to("new", "two", 401);
    assert_eq!(proxy.login("sha1", "secret"), 200);

    // A file that is gone locks nobody out.
    fs::remove_file(proxy.passwd()).unwrap();
    proxy.log_comes_to("the users stay as they are");
    assert_eq!(proxy.login("apr1", "secret"), 200);
}

#[test]
fn too_many_failures_of_one_client_are_429_and_of_others_not() {
    let Some(proxy) = Proxy::start(USERS, &LIMITED) else { return };
    for guess in 0..10 {
        assert_eq!(proxy.login("sha1", &format!("guess {guess}")), 401);
    }
    let limited = proxy.get("/").login("sha1", "secret").send();
    assert_eq!(limited.status, 429);
    let wait = limited.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=60).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert!(!limited.body.contains("it works"));
    // What a client says about itself does not count, in either direction.
    for name in ["X-Real-IP", "X-Forwarded-For"] {
        let from_here = proxy.get("/").header(&format!("{name}: 127.0.0.9")).login("sha1", "secret");
        assert_eq!(from_here.send().status, 429, "{name}");
        let from_there = proxy.get("/").header(&format!("{name}: 127.0.0.1")).from([127, 0, 0, 2]);
        assert_eq!(from_there.login("sha1", "secret").send().status, 200, "{name}");
    }
    // Nor does another user have to wait.
    assert_eq!(proxy.login("apr1", "secret"), 200);
}

#[test]
fn too_much_load_is_503() {
    let Some(proxy) = Proxy::start(USERS, &[]) else { return };
    let answer = proxy.get("/").host("overloaded").login("sha1", "secret").send();
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("\r\nretry-after: 7"), "{}", answer.head);
    assert!(!answer.body.contains("it works"));
}

#[test]
fn without_limits_nobody_waits() {
    let Some(proxy) = Proxy::start(USERS, &["--peer-header", "X-Real-IP"]) else { return };
    for guess in 0..30 {
        assert_eq!(proxy.login("sha1", &format!("guess {guess}")), 401);
    }
    assert_eq!(proxy.login("sha1", "secret"), 200);
}

#[test]
fn a_proxy_that_does_not_name_its_clients_lets_nobody_through() {
    let Some(proxy) = Proxy::start(USERS, &["--peer-header", "X-Client", "--failures"]) else { return };
    for value in ["", "unknown", "127.0.0.1,", "127.0.0.1, x", "300.0.0.1"] {
        let request = proxy.get("/").header(&format!("X-Client: {value}"));
        assert_eq!(request.login("sha1", "secret").send().status, 500, "{value}");
    }
    assert!(proxy.log().contains("no address of the client in x-client"), "{}", proxy.log());
    for value in ["127.0.0.1", "x, 127.0.0.1", "::1", "10.0.0.1, 2001:db8::1"] {
        let request = proxy.get("/").header(&format!("X-Client: {value}"));
        assert_eq!(request.login("sha1", "secret").send().status, 200, "{value}");
    }
    // Of several lines, too, the last one is the proxy's.
    for (first, last, status) in [("127.0.0.1", "x", 500), ("x", "127.0.0.1", 200)] {
        let request = proxy.get("/").header(&format!("X-Client: {first}\r\nX-Client: {last}"));
        assert_eq!(request.login("sha1", "secret").send().status, status, "{last}");
    }
}

#[test]
fn without_the_endpoint_nobody_is_let_through() {
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
fn the_log_names_users_and_clients_but_no_password() {
    let Some(proxy) = Proxy::start(USERS, &LIMITED) else { return };
    assert_eq!(proxy.login("sha1", "hunter2"), 401);
    // Typed into the wrong field.
    assert_eq!(proxy.login("hunter2", ""), 401);
    proxy.log_comes_to("wrong password for \"sha1\" from 127.0.0.1\n");
    proxy.log_comes_to("unknown user from 127.0.0.1\n");
    let log = proxy.log();
    assert!(!log.contains("hunter2"), "{log}");
}
