//! The requests that Traefik, Envoy and ingress-nginx send, as their sources and documents describe them. A test cannot
//! start a cluster, and sees each status of the service only without a proxy.

use crate::failures::SLOW;
use crate::page::{block, insert_after, replace};
use crate::service::{Answer, Folder, Request, SECRET, Service};

/// Starts the service with the configuration of this page.
fn start(page: &str, replacements: &[(&str, &str)], users: &str) -> Service {
    let text = replace(&block(page, "toml", 0), replacements);
    let folder = Folder::new(&[("htpasswd", users), ("groups", "staff: alice\n")]);
    folder.write("auth.toml", text);
    folder.start(&["--config", "auth.toml"])
}

const ADDRESSES: [(&str, &str); 2] = [("127.0.0.1:8181", "127.0.0.1:0"), ("/etc/htpasswd-auth", "DIR")];

fn users() -> String {
    format!("alice:{SECRET}\nbob:{SECRET}\n")
}

/// A request of Traefik: the headers of the client, and those that Traefik sets.
fn traefik(scheme: &str) -> Request {
    let mut request = Request::bare("GET", "/auth/wiki");
    for line in [
        "User-Agent: Mozilla/5.0",
        "Accept-Encoding: gzip",
        "Cookie: a=b",
        "Remote-User: root",
        "X-Forwarded-Method: POST",
        "X-Forwarded-Host: wiki.example.org",
        "X-Forwarded-Uri: /healthz?x=../../auth/other",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Server: traefik",
    ] {
        request = request.header(line);
    }
    request.header(format!("X-Forwarded-Proto: {scheme}"))
}

/// A request of Envoy: the method and the path of the client, and few headers.
fn envoy(method: &str, path: &str) -> Request {
    let request = Request::bare(method, &format!("/auth/wiki{path}")).header("Content-Length: 0");
    let request = request.header("X-Envoy-Internal: true").header("X-Envoy-Expected-Rq-Timeout-Ms: 5000");
    request.header("X-Forwarded-For: 10.0.0.2").header("X-Real-IP: 192.0.2.7")
}

/// A request of ingress-nginx: the headers of the client, and those of its template.
fn ingress() -> Request {
    let mut request = Request::bare("GET", "/auth/wiki");
    for line in [
        "X-Request-ID: 0123456789abcdef",
        "X-Original-URL: https://wiki.example.org/page",
        "X-Original-Method: OPTIONS",
        "X-Sent-From: nginx-ingress-controller",
        "X-Real-IP: 192.0.2.7",
        "X-Forwarded-For: 192.0.2.7",
        "X-Auth-Request-Redirect: /page",
        "Cookie: a=b",
    ] {
        request = request.header(line);
    }
    request
}

/// Every identity header of the answer is in the list of the page.
#[track_caller]
fn assert_listed(answer: &Answer, page: &str, key: &str) {
    let text = block(page, "yaml", 0);
    let line = text.lines().skip_while(|line| !line.contains(key)).take(2).collect::<String>();
    let names = answer.head.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    let names: Vec<_> = names.filter(|name| name.starts_with("remote-")).collect();
    assert_eq!(names.len(), 2, "{}", answer.head);
    for name in names {
        assert!(line.to_ascii_lowercase().contains(name), "{page} does not list {name}: {line}");
    }
}

#[test]
fn requests_of_traefik_get_every_status() {
    let service = start("traefik.md", &ADDRESSES, &users());
    for scheme in ["https", "wss"] {
        assert_eq!(service.send(traefik(scheme)).status, 401);
        let answer = service.send(traefik(scheme).login("alice", "secret"));
        assert_eq!((answer.status, answer.values("remote-user")), (200, vec!["alice"]));
        assert_listed(&answer, "traefik.md", "authResponseHeaders:");
        assert_eq!(service.send(traefik(scheme).login("bob", "secret")).status, 403);
    }
    for _ in 0..10 {
        assert_eq!(service.send(traefik("https").login("alice", "wrong")).status, 401);
    }
    let limited = service.send(traefik("https").login("alice", "wrong"));
    assert_eq!((limited.status, limited.values("retry-after").len()), (429, 1));
    assert!(service.log().contains("remote_ip=192.0.2.7 "), "{}", service.log());
}

#[test]
fn requests_of_envoy_need_a_login_on_every_path() {
    let service = start("envoy.md", &ADDRESSES, &users());
    for method in ["GET", "HEAD", "POST", "OPTIONS", "PROPFIND"] {
        for path in ["/", "/page?x=y", "/healthz", "/readyz", "/metrics", "//x", "/a%2fb", ""] {
            assert_eq!(service.send(envoy(method, path)).status, 401, "{method} {path}");
            let answer = service.send(envoy(method, path).login("alice", "secret"));
            assert_eq!(answer.status, 200, "{method} {path}");
            assert_eq!(answer.values("x-envoy-auth-headers-to-remove"), ["authorization"]);
            assert_listed(&answer, "envoy.md", "allowed_upstream_headers:");
        }
        for path in ["/../other", "/a/%2e%2e/b", "/a%2f..%2fb", "x", "-other/"] {
            let answer = service.send(envoy(method, path).login("alice", "secret"));
            assert_eq!(answer.status, 403, "{method} {path}");
        }
    }
    assert_eq!(service.send(envoy("GET", "/").login("bob", "secret")).status, 403);
    assert!(service.log().contains("remote_ip=192.0.2.7 "), "{}", service.log());
}

/// Envoy replaces each 5xx with 403, or lets the request through.
#[test]
fn envoy_gets_no_5xx_for_an_overload() {
    let users: Vec<_> = (0..6).map(|number| format!("user{number}")).collect();
    let file = users.iter().map(|user| format!("{user}:{SLOW}")).collect::<Vec<_>>().join("\n");
    let text = insert_after(&block("envoy.md", "toml", 0), "listen =", "threads = 1\nqueue-timeout = 0.05");
    let folder = Folder::new(&[("htpasswd", &file), ("groups", "")]);
    folder.write("auth.toml", replace(&text, &ADDRESSES));
    let service = folder.start(&["--config", "auth.toml"]);
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let service = &service;
        let login = |user| scope.spawn(move || service.send(envoy("GET", "/").login(user, "wrong")).status);
        let threads: Vec<_> = users.iter().map(|user| login(user.as_str())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
}

#[test]
fn requests_in_a_cluster_are_answered_as_the_page_says() {
    let addresses =
        [("0.0.0.0:8181", "127.0.0.1:0"), ("/etc/htpasswd-auth", "DIR"), ("10.244.0.0/16", "127.0.0.0/8")];
    let service = start("kubernetes.md", &addresses, &users());
    assert_eq!(service.send(ingress()).status, 401);
    let answer = service.send(ingress().login("alice", "secret"));
    assert_eq!(answer.status, 200);
    assert_listed(&answer, "kubernetes.md", "auth-response-headers:");
    for _ in 0..10 {
        assert_eq!(service.send(ingress().login("alice", "wrong")).status, 401);
    }
    assert_eq!(service.send(ingress().login("alice", "wrong")).status, 403);
    // Envoy adds its own address, here 127.0.0.5.
    let gateway = |client: &str| {
        let request = Request::bare("GET", "/auth/wiki-envoy/page").header("Content-Length: 0");
        request.header(format!("X-Forwarded-For: {client}, 127.0.0.5"))
    };
    assert_eq!(service.send(gateway("192.0.2.8")).status, 401);
    assert_eq!(service.send(gateway("192.0.2.8").login("alice", "secret")).status, 200);
    assert_eq!(service.send(gateway("192.0.2.8").login("alice", "wrong")).status, 401);
    assert!(service.log().contains("remote_ip=192.0.2.8 "), "{}", service.log());
}
