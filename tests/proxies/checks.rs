//! The promises of every recipe. The tests of each proxy call these functions.

use std::io::{Read as _, Write as _};

use crate::application::seen;
use crate::page::without;
use crate::recipe::Recipe;
use crate::service::{Answer, Request};
use crate::site::{Site, get};

const CHALLENGE: &str = "basic realm=\"wiki\", charset=\"utf-8\"";

/// Checks an answer that asks for a login.
#[track_caller]
fn assert_challenge(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.head);
    assert_eq!(answer.values("www-authenticate"), [CHALLENGE], "{}", answer.head);
}

/// Right logins pass, and all others are refused with the status of the page.
pub(crate) fn only_right_logins_pass(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    for (user, groups) in [("alice", "admins,staff"), ("carol", "staff")] {
        let answer = site.passed(get("/page?x=y").login(user, "secret"));
        assert!(answer.body.starts_with("GET /page?x=y HTTP/1.1\r\n"), "{}", answer.body);
        assert_eq!(seen(&answer, "remote-user"), [user]);
        assert_eq!(seen(&answer, "remote-groups"), [groups]);
    }
    for request in [
        get("/"),
        get("/").login("alice", "wrong"),
        get("/").login("mallory", "secret"),
        get("/").login("", ""),
        get("/").header("Authorization: Bearer c2VjcmV0"),
        get("/").header("Authorization: Basic ???"),
        get("/").login("alice", "secret").login("mallory", "x"),
        get("/").login("mallory", "x").login("alice", "secret"),
    ] {
        let answer = site.refused(request);
        // nginx rejects a request with two Authorization headers itself.
        if answer.status != 400 {
            assert_challenge(&answer);
        }
    }
    let answer = site.refused(get("/").login("bob", "secret"));
    assert_eq!((answer.status, answer.values("www-authenticate").len()), (403, 0), "{}", answer.head);
}

/// No method and no path passes without a login, and each passes with a login.
pub(crate) fn every_method_and_path_needs_a_login(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
        let request = |path: &str| Request::bare(method, path).header("Content-Length: 0");
        assert_challenge(&site.refused(request("/page")));
        site.passed(request("/page").login("alice", "secret"));
    }
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/auth/wiki",
        "/htpasswd-auth",
        "/a/../b",
        "//",
        "//auth/wiki",
        "/%2e%2e/x",
        "/a%2f..%2fb",
        "/auth/wiki/../x",
        "/;/x",
    ] {
        site.refused(get(path));
    }
    site.refused(get("/").header("User-Agent: kube-probe/1.30"));
}

/// Lines that a client sends to get another name or another group.
const FORGED: [&str; 14] = [
    "Remote-User: root",
    "remote-user: root",
    "REMOTE-USER: root",
    "Remote_User: root",
    "REMOTE_USER: root",
    "remote.user: root",
    "Remote-User: root\r\nRemote-User: root",
    "Remote-User:",
    "Remote-Groups: wheel",
    "remote-groups: wheel",
    "Remote_Groups: wheel",
    "remote.groups: wheel",
    "Remote-Groups: wheel\r\nremote-groups: wheel",
    "Remote-Groups: wheel\r\nRemote_Groups: wheel\r\nRemote-User: root\r\nRemote_User: root",
];

/// The application gets the identity headers of the service only.
pub(crate) fn forged_identities_are_removed(proxy: Recipe) {
    let service = proxy.service();
    // Without groups, the service sends an empty Remote-Groups.
    let no_groups = without(&without(&service, "group-file ="), "groups = [");
    for (service, groups) in [(&service, "admins,staff"), (&no_groups, "")] {
        let Some(site) = Site::with(proxy, &proxy.configuration(), service) else { return };
        for forged in FORGED {
            // Envoy rejects names with `_`.
            if proxy == Recipe::Envoy && forged.contains('_') {
                assert_eq!(site.refused(get("/").header(forged).login("alice", "secret")).status, 400);
                continue;
            }
            assert_challenge(&site.refused(get("/").header(forged)));
            let answer = site.passed(get("/").header(forged).login("alice", "secret"));
            assert_eq!(seen(&answer, "remote-user"), ["alice"], "{forged}: {}", answer.body);
            let found = seen(&answer, "remote-groups");
            assert!(found.is_empty() && groups.is_empty() || found == [groups], "{forged}: {}", answer.body);
        }
    }
}

/// The client cannot remove headers of the proxy by naming them in `Connection`.
pub(crate) fn connection_options_remove_no_identity(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    for option in [
        "Authorization",
        "Remote-User",
        "remote-user, remote-groups",
        "Remote-Groups, close",
        "X-Real-IP",
        "X-Forwarded-For",
        "X-Real-IP, X-Forwarded-For, Authorization",
    ] {
        let line = format!("Connection: {option}");
        let request = || get("/").keep_alive().header(&line);
        site.refused(request());
        let answer = site.send(request().login("alice", "secret"));
        if answer.status == 200 {
            assert_eq!(seen(&answer, "remote-user"), ["alice"], "{option}: {}", answer.body);
            assert_eq!(seen(&answer, "remote-groups"), ["admins,staff"], "{option}: {}", answer.body);
            // A later proxy would remove the headers that the client names.
            let passed = seen(&answer, "connection").join(",").to_ascii_lowercase();
            assert!(!passed.contains("remote"), "{option}: {}", answer.body);
        } else {
            assert!(matches!(answer.status, 400 | 401 | 403), "{option}: {}", answer.head);
        }
    }
}

/// The service logs the address of the connection, and no address that the client sends.
pub(crate) fn the_client_cannot_choose_its_address(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    for forged in [
        "X-Real-IP: 192.0.2.7",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 192.0.2.8",
        "x-real-ip: 192.0.2.7\r\nx-forwarded-for: 192.0.2.7",
        "X_Real_IP: 192.0.2.7\r\nX_Forwarded_For: 192.0.2.7",
        "Forwarded: for=192.0.2.7",
        "X-Client-IP: 192.0.2.7\r\nTrue-Client-IP: 192.0.2.7",
    ] {
        site.refused(get("/").header(forged).login("mallory", "x"));
    }
    let log = site.service.log();
    let lines = log.lines().filter(|line| line.contains("login refused"));
    let (own, other): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("remote_ip=127.0.0.1 "));
    // Envoy rejects names with `_`.
    let expected = if proxy == Recipe::Envoy { 6 } else { 7 };
    assert_eq!((own.len(), other.len()), (expected, 0), "{log}");
}

/// The application gets the password only if the administrator removes the line that the page names.
pub(crate) fn the_password_stays_with_the_proxy(proxy: Recipe, remove: impl Fn(&str) -> String) {
    let Some(site) = Site::start(proxy) else { return };
    let answer = site.passed(get("/").login("alice", "secret"));
    assert_eq!(seen(&answer, "authorization"), [""; 0], "{}", answer.body);
    let Some(site) = Site::edited(proxy, remove) else { return };
    let answer = site.passed(get("/").login("alice", "secret"));
    assert_eq!(seen(&answer, "authorization"), ["Basic YWxpY2U6c2VjcmV0"], "{}", answer.body);
}

/// An upgrade to a websocket needs a login, and then bytes pass in both directions.
pub(crate) fn websockets_pass_after_a_login(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    let upgrade = || {
        let request = get("/socket").keep_alive().header("Connection: Upgrade").header("Upgrade: websocket");
        request.header("Sec-WebSocket-Version: 13").header("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    };
    assert_challenge(&site.refused(upgrade()));
    let mut stream = site.connect();
    let answer = upgrade().login("alice", "secret").send_on(&mut stream);
    assert_eq!(answer.status, 101, "{}", answer.head);
    stream.write_all(b"hello").unwrap();
    let mut bytes = [0; 5];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"hello");
}

/// Preflights need a login, except the preflights that the proxy answers itself.
pub(crate) fn preflights_reach_no_application(proxy: Recipe) {
    let preflight = |origin: &str| {
        let request = Request::bare("OPTIONS", "/api").header(format!("Origin: {origin}"));
        request.header("Access-Control-Request-Method: PUT")
    };
    let origin = "https://app.example.org";
    let Some(site) = Site::start(proxy) else { return };
    assert_challenge(&site.refused(preflight(origin)));

    let answers_with_200 = matches!(proxy, Recipe::Traefik | Recipe::Envoy);
    let Some(site) = Site::with(proxy, &proxy.with_preflights(), &proxy.service()) else { return };
    let before = site.application.requests();
    let answer = site.send(preflight(origin));
    assert_eq!(answer.status, if answers_with_200 { 200 } else { 204 }, "{}", answer.head);
    assert_eq!(answer.values("access-control-allow-origin"), [origin], "{}", answer.head);
    assert_eq!(answer.values("access-control-allow-credentials"), ["true"], "{}", answer.head);
    let list = |name| answer.values(name).join(",").replace(' ', "");
    assert_eq!(list("access-control-allow-methods"), "get,post,put,delete");
    assert_eq!(list("access-control-allow-headers"), "authorization,content-type");
    assert_eq!(site.application.requests(), before);
    for origin in ["https://other.example.org", "https://app.example.org.evil.example"] {
        let before = site.application.requests();
        let answer = site.send(preflight(origin));
        assert_eq!(answer.status, if proxy == Recipe::Traefik { 200 } else { 401 }, "{}", answer.head);
        assert_eq!(answer.values("access-control-allow-origin"), [""; 0], "{}", answer.head);
        assert_eq!(site.application.requests(), before);
    }
    for request in [
        Request::bare("OPTIONS", "/api"),
        Request::bare("OPTIONS", "/api").header("Origin: https://app.example.org"),
        Request::bare("PUT", "/api")
            .header("Origin: https://app.example.org")
            .header("Access-Control-Request-Method: PUT"),
    ] {
        assert_challenge(&site.refused(request));
    }
    site.passed(get("/api").login("alice", "secret"));
}
