//! The peers that may ask, and the address of the client: trusted peers, and the headers of proxies.

use crate::service::{Folder, Request, SECRET, Service};

fn users() -> String {
    format!("alice:{SECRET}\n")
}

/// The status of a right login with these header lines.
fn status(service: &Service, lines: &[&str]) -> u16 {
    let request = lines.iter().fold(Request::bare("GET", "/"), Request::header);
    service.send(request.login("alice", "secret")).status
}

#[test]
fn an_untrusted_peer_is_refused() {
    let service = Service::start(&users(), &["--trusted-proxy", "192.0.2.0/24"]);
    for request in [Request::get("/"), Request::get("/").login("alice", "secret"), Request::bare("GET", "/")]
    {
        let answer = service.send(request);
        assert_eq!(answer.status, 403);
        assert!(answer.values("www-authenticate").is_empty() && answer.values("remote-user").is_empty());
    }
    assert!(
        service.log().contains("request refused reason=untrusted_peer peer=127.0.0.1\n"),
        "{}",
        service.log()
    );
}

#[test]
fn a_request_without_a_readable_address_is_refused() {
    let service = Service::start(&users(), &[]);
    for lines in [
        &[][..],
        &["X-Real-IP: 192.0.2.1"],
        &["Forwarded: for=192.0.2.1"],
        &["X_Forwarded_For: 192.0.2.1"],
        &["X-Forwarded.For: 192.0.2.1"],
        &["X-Forwarded-For:"],
        &["X-Forwarded-For: unknown"],
        &["X-Forwarded-For: unix:"],
        &["X-Forwarded-For: fe80::1%eth0"],
        &["X-Forwarded-For: 192.0.2.1,"],
        &["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: unknown"],
        &["X-Forwarded-For: unknown, 127.0.0.1"],
    ] {
        assert_eq!(status(&service, lines), 403, "{lines:?}");
    }
    for lines in [
        &["X-Forwarded-For: 192.0.2.1"][..],
        &["x-forwarded-for: unknown, 192.0.2.1"],
        &["X-Forwarded-For: unknown", "X-Forwarded-For: 192.0.2.1"],
        &["X-Forwarded-For: [2001:db8::1]:443"],
    ] {
        assert_eq!(status(&service, lines), 200, "{lines:?}");
    }
    assert!(service.log().contains("reason=missing_address header=x-forwarded-for\n"), "{}", service.log());
    assert!(!service.log().contains("remote_ip"), "no line has an address that is not verified");
}

#[test]
fn the_limits_apply_to_the_address_from_the_right() {
    let service =
        Service::start(&users(), &["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8"]);
    let guess = |number: u32| {
        // The client sends another address to the left with each guess.
        let line = format!("X-Forwarded-For: 203.0.113.{number}, 192.0.2.1, 10.0.0.1");
        service.send(Request::bare("GET", "/").header(line).login("alice", &format!("{number}"))).status
    };
    assert!((0..10).all(|number| guess(number) == 401));
    assert_eq!(guess(10), 429);
    assert_eq!(status(&service, &["X-Forwarded-For: 192.0.2.1"]), 429);
    assert_eq!(status(&service, &["X-Forwarded-For: 192.0.2.1, 198.51.100.1"]), 200);
}

#[test]
fn a_named_header_replaces_x_forwarded_for() {
    let service = Service::start(&users(), &["--address-header", "X-Real-IP"]);
    assert_eq!(status(&service, &["X-Real-IP: 192.0.2.1", "X-Forwarded-For: garbage"]), 200);
    for lines in [
        &["X-Forwarded-For: 192.0.2.1"][..],
        &["X-Real-IP: 192.0.2.1, 192.0.2.2"],
        &["X-Real-IP: 192.0.2.1", "X-Real-IP: 192.0.2.1"],
        &["X_Real_IP: 192.0.2.1"],
        &["X-Real-IP:"],
    ] {
        assert_eq!(status(&service, lines), 403, "{lines:?}");
    }
}

#[test]
fn a_site_can_have_its_own_address_header() {
    let sites =
        "[sites.a]\nfile = \"DIR/users\"\n[sites.b]\nfile = \"DIR/users\"\naddress-header = \"X-Real-IP\"\n";
    let service = Service::configured(sites, &[("users", &users())]);
    for (path, line, expected) in [
        ("/auth/a", "X-Forwarded-For: 192.0.2.1", 200),
        ("/auth/a", "X-Real-IP: 192.0.2.1", 403),
        ("/auth/b", "X-Forwarded-For: 192.0.2.1", 403),
        ("/auth/b", "X-Real-IP: 192.0.2.1", 200),
    ] {
        let request = Request::bare("GET", path).header(line).login("alice", "secret");
        assert_eq!(service.send(request).status, expected, "{path} {line}");
    }
}

#[test]
fn a_cached_login_passes_while_its_address_is_limited() {
    let users: Vec<_> = (0..12).map(|number| format!("user{number}:{SECRET}\n")).collect();
    let service = Service::start(&users.concat(), &["--failures-per-address", "10"]);
    assert_eq!(service.login("user0", "secret"), 200);
    let guesses = (1..12).map(|number| service.login(&format!("user{number}"), "wrong"));
    assert!(guesses.collect::<Vec<_>>().contains(&429));
    assert_eq!(service.login("user0", "secret"), 200, "the cache has this login");
    assert_eq!(service.login("user11", "secret"), 429, "the cache does not have this login");
}

#[test]
fn a_request_without_credentials_counts_for_no_limit() {
    let service = Service::start(&users(), &[]);
    assert!((0..200).all(|_| service.send(Request::get("/")).status == 401));
    assert_eq!(service.login("alice", "secret"), 200);
}

#[test]
fn no_listener_beyond_loopback_starts_without_trusted_proxies() {
    let folder = Folder::new(&[("passwd", &users())]);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let output = folder.run(&["--listen", address, "passwd"]);
        assert_eq!(output.status.code(), Some(2), "{address}");
        let message = String::from_utf8(output.stderr).unwrap();
        let expected = format!("htpasswd-auth: --listen: other machines can reach {address}; ");
        assert!(message.starts_with(&expected) && message.lines().count() == 1, "{message}");
    }
    let service = folder.start(&["--listen", "0.0.0.0:0", "--trusted-proxy", "127.0.0.1", "passwd"]);
    let port = service.address().port();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(Request::get("/").login("alice", "secret").send_on(&mut stream).status, 200);
}
