//! Sites of a configuration file: the endpoint chooses the site, and the site decides who is allowed.

use crate::service::{BCRYPT, Folder, Request, SECRET, Service, until};

const SITES: &str = "\
[sites.a]\nfile = \"DIR/a\"\nrealm = \"A\"\n\
[sites.b]\nfile = \"DIR/b\"\nproxy = \"nginx\"\n\
[sites.e]\nfile = \"DIR/a\"\nproxy = \"envoy\"\n\
[sites.staff]\nfile = \"DIR/a\"\ngroups = [\"staff\"]\ngroup-file = \"DIR/groups\"\nusers = [\"carol\"]\n";

fn service() -> Service {
    let a = format!("alice:{SECRET}\ncarol:{SECRET}\ndave:{SECRET}\n");
    let b = format!("bob:{BCRYPT}\n");
    let groups = "staff: alice\nadmins: alice \"a b\"\nodd,%: alice\n";
    Service::configured(SITES, &[("a", &a), ("b", &b), ("groups", groups)])
}

fn status(service: &Service, path: &str, user: &str) -> u16 {
    service.send(Request::get(path).login(user, "secret")).status
}

#[test]
fn the_endpoint_chooses_the_site() {
    let service = service();
    for (path, user, expected) in [
        ("/auth/a", "alice", 200),
        ("/auth/a?x=/auth/b", "alice", 200),
        ("/auth/a", "bob", 401),
        ("/auth/b", "bob", 200),
        ("/auth/b", "alice", 401),
        ("/auth/e/any/path?x", "alice", 200),
    ] {
        assert_eq!(status(&service, path, user), expected, "{path} {user}");
    }
    let challenge = service.send(Request::get("/auth/a")).head;
    assert!(challenge.contains("basic realm=\"a\","), "{challenge}");
}

#[test]
fn no_header_chooses_the_site() {
    let service = service();
    for line in [
        "X-Forwarded-Uri: /auth/b",
        "X-Original-URI: /auth/b",
        "X-Original-URL: http://localhost/auth/b",
        "X-Forwarded-Host: b",
        "X-Forwarded-Prefix: /auth/b",
        "X-Rewrite-URL: /auth/b",
        "X-HTTP-Method-Override: CONNECT",
    ] {
        let with = |user| service.send(Request::get("/auth/a").header(line).login(user, "secret")).status;
        assert_eq!((with("alice"), with("bob")), (200, 401), "{line}");
    }
}

#[test]
fn an_unknown_or_malformed_site_is_refused() {
    let service = service();
    for path in [
        "/",
        "/auth",
        "/auth/",
        "/auth/x",
        "/auth/A",
        "/auth/a/",
        "/auth/a/b",
        "/auth/a/../b",
        "/auth/a%2f..%2fb",
        "/auth/%61",
        "/auth/a%00",
        "/auth/a;b",
        "/auth/a\\b",
        "//auth/b",
        "/auth//b",
        "/./auth/b",
        "/auth/../auth/b",
        "/AUTH/b",
        "http://localhost/auth/b",
        "*",
        "/healthz",
        "/metrics",
        "/auth/e/../b",
        "/auth/e/%2e%2e/b",
        "/auth/e/x%2f..%2f..%2fb",
    ] {
        for user in ["alice", "bob"] {
            assert_eq!(status(&service, path, user), 403, "{path} {user}");
        }
        assert_eq!(service.send(Request::get(path)).status, 403, "{path}");
    }
    let connect = Request::new("CONNECT", "localhost:80").login("alice", "secret");
    assert_eq!(service.send(connect).status, 403);
    assert!(
        service.log().contains(" warn request refused reason=unknown_site endpoint=x\n"),
        "{}",
        service.log()
    );
    assert!(!service.log().contains("remote_ip"), "the addresses of refused requests are not verified");
    // The fragment is not part of the target, and the name before it is the raw one.
    assert_eq!(
        (status(&service, "/auth/a#/../b", "bob"), status(&service, "/auth/b#a", "alice")),
        (401, 401)
    );
}

#[test]
fn a_known_user_who_is_not_allowed_gets_403_without_a_challenge() {
    let service = service();
    for (user, expected) in [("alice", 200), ("carol", 200), ("dave", 403), ("bob", 401)] {
        let answer = service.send(Request::get("/auth/staff").login(user, "secret"));
        assert_eq!(answer.status, expected, "{user}");
        assert_eq!(answer.values("www-authenticate").len(), usize::from(expected == 401));
    }
    // A wrong password gets the answer of an unknown user.
    assert_eq!(service.send(Request::get("/auth/staff").login("dave", "wrong")).status, 401);
    let log = service.log();
    assert!(
        log.contains("remote_ip=192.0.2.1 site=staff reason=not_allowed method=GET user=\"dave\"\n"),
        "{log}"
    );
}

#[test]
fn remote_groups_lists_the_groups_of_the_user() {
    let service = service();
    let groups = |user| service.send(Request::get("/auth/staff").login(user, "secret"));
    assert_eq!(groups("alice").values("remote-groups"), ["admins,odd%2c%25,staff"]);
    assert_eq!(groups("carol").values("remote-groups"), [""]);
}

#[test]
fn a_changed_group_file_takes_effect() {
    let mut service = service();
    assert_eq!(status(&service, "/auth/staff", "alice"), 200);
    service.folder().write("groups", "staff: dave\n");
    service.wait_for_log("the groups have changed");
    assert_eq!(
        (status(&service, "/auth/staff", "alice"), status(&service, "/auth/staff", "dave")),
        (403, 200)
    );
    std::fs::remove_file(service.folder().path("groups")).unwrap();
    service.wait_for_log("the previous groups stay");
    assert_eq!(status(&service, "/auth/staff", "dave"), 200);
    service.folder().write("groups", "");
    until("dave is refused", || status(&service, "/auth/staff", "dave") == 403);
}

#[test]
fn sites_with_one_file_share_the_limits() {
    let service = service();
    for guess in 0..10 {
        let path = if guess % 2 == 0 { "/auth/a" } else { "/auth/staff" };
        assert_eq!(service.send(Request::get(path).login("alice", &guess.to_string())).status, 401);
    }
    assert_eq!((status(&service, "/auth/a", "alice"), status(&service, "/auth/e", "alice")), (429, 429));
}

#[test]
fn sites_with_different_files_share_no_cached_login() {
    let a = format!("alice:{SECRET}\n");
    let service = Service::configured(
        SITES,
        &[("a", &a), ("b", "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"), ("groups", "")],
    );
    assert_eq!((status(&service, "/auth/a", "alice"), status(&service, "/auth/a", "alice")), (200, 200));
    assert_eq!(status(&service, "/auth/b", "alice"), 401);
}

#[test]
fn a_reload_has_all_of_the_new_configuration_or_none() {
    let mut service = service();
    let valid = std::fs::read_to_string(service.folder().path("auth.toml")).unwrap();
    for wrong in [
        format!("{valid}[sites.c]\nfile = \"DIR/missing\"\n"),
        valid.replace("[sites.b]", "[sites.c]").replace("\"nginx\"", "\"apache\""),
        valid.replace("127.0.0.1:0", "127.0.0.1:1"),
        format!("log-format = \"json\"\n{valid}"),
        format!("{valid}[sites"),
        String::new(),
    ] {
        service.folder().write("auth.toml", &wrong);
        let before = service.log().matches("the previous configuration stays").count();
        service.signal("HUP");
        until("the error is logged", || {
            service.log().matches("the previous configuration stays").count() > before
        });
        assert_eq!(
            (status(&service, "/auth/b", "bob"), status(&service, "/auth/c", "bob")),
            (200, 403),
            "{wrong}"
        );
    }
    service.folder().write("auth.toml", valid.replace("[sites.b]", "[sites.c]"));
    service.signal("HUP");
    service.wait_for_log("the configuration is reloaded");
    assert_eq!((status(&service, "/auth/b", "bob"), status(&service, "/auth/c", "bob")), (403, 200));
}

#[test]
fn a_reload_keeps_the_limits() {
    let mut service = service();
    for guess in 0..10 {
        assert_eq!(service.send(Request::get("/auth/a").login("alice", &guess.to_string())).status, 401);
    }
    service.signal("HUP");
    service.wait_for_log("the configuration is reloaded");
    assert_eq!(status(&service, "/auth/a", "alice"), 429);
}

#[test]
fn check_config_names_the_line_and_the_key() {
    let folder = Folder::new(&[("a", &format!("alice:{SECRET}\n"))]);
    let check = |text: &str| {
        folder.write("auth.toml", text);
        let output = folder.run(&["--config", "auth.toml", "--check-config"]);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let site = "[sites.a]\nfile = \"a\"\n";
    let (code, text) = check(site);
    assert_eq!((code, &text[..]), (Some(0), "the configuration is valid, sites: 1\n"));
    for (text, place) in [
        (
            format!("{site}proxy = \"apache\"\n"),
            "auth.toml:3: sites.a.proxy: 'apache' is not a kind of proxy",
        ),
        (format!("{site}realm = \"a\\nb\"\n"), "auth.toml:3: sites.a.realm: "),
        (format!("{site}relm = \"a\"\n"), "auth.toml:3: sites.a.relm: unknown field `relm`"),
        (format!("{site}groups = [\"x\"]\n"), "auth.toml:3: sites.a.groups: needs group-file"),
        (format!("{site}group-file = \"none\"\n"), "auth.toml:3: sites.a.group-file: cannot read none"),
        (format!("{site}users = \"alice\"\n"), "auth.toml:3: sites.a.users: invalid type"),
        ("[sites.a]\nrealm = \"a\"\n".into(), "auth.toml:1: sites.a.file: is missing"),
        ("[sites.a]\nfile = \"none\"\n".into(), "auth.toml:2: sites.a.file: "),
        (format!("listen = \"localhost\"\n{site}"), "auth.toml:1: listen: 'localhost' is not an address"),
        (
            format!("listen = [\n\"127.0.0.1:0\",\n\"0.0.0.0:1\"]\n{site}"),
            "auth.toml:1: listen: other machines can reach 0.0.0.0:1",
        ),
        (
            format!("trusted-proxy = [\"10.0.0.1/8\"]\n{site}"),
            "auth.toml:1: trusted-proxy: '10.0.0.1/8' is neither",
        ),
        (format!("trusted-proxy = []\n{site}"), "auth.toml:1: trusted-proxy: names no proxy"),
        (format!("cache = -1\n{site}"), "auth.toml:1: cache: invalid value"),
        (format!("queue-timeout = 0\n{site}"), "auth.toml:1: queue-timeout: "),
        (format!("tls-key = \"k\"\n{site}"), "auth.toml:1: tls-key: needs tls-certificate too"),
        (format!("socket-mode = \"999\"\n{site}"), "auth.toml:1: socket-mode: '999' is not a mode"),
        (format!("address-header = \"a b\"\n{site}"), "auth.toml:1: address-header: 'a b' cannot name"),
        ("[sites.\"a/b\"]\nfile = \"a\"\n".into(), "auth.toml:1: "),
        ("listen = \n".into(), "auth.toml:1: listen: "),
        ("[sites.a]\nfile = \"\"\n".into(), "auth.toml:2: sites.a.file: is empty"),
        (
            format!("connections = {}\n{site}", i64::MAX),
            "auth.toml:1: connections: 9223372036854775807 is out of range",
        ),
        (format!("threads = 100000\n{site}"), "auth.toml:1: threads: 100000 is out of range"),
        (format!("listen = \"\\u001b\\n\"\n{site}"), "auth.toml:1: listen: '\\u{1b}\\n' is not an address"),
        (String::new(), "auth.toml:1: sites: there is no site"),
    ] {
        let (code, message) = check(&text);
        assert_eq!(code, Some(2), "{text}: {message}");
        assert!(message.starts_with(&format!("htpasswd-auth: {place}")), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn check_config_reports_all_errors() {
    let folder = Folder::new(&[]);
    folder.write("auth.toml", "listen = \"x\"\ncache = 100000\n[sites.a]\nfile = \"a\"\nproxy = \"y\"\n");
    let output = folder.run(&["--config", "auth.toml", "--check-config"]);
    let message = String::from_utf8(output.stderr).unwrap();
    for place in ["auth.toml:1: listen: ", "auth.toml:2: cache: ", "auth.toml:5: sites.a.proxy: "] {
        assert!(message.contains(place), "{message}");
    }
}

#[test]
fn a_wrong_call_is_one_sentence() {
    let folder = Folder::new(&[("a", "")]);
    for (words, start) in [
        (&[][..], "the following required arguments were not provided: <FILE>"),
        (&["--realms", "x", "a"], "unexpected argument '--realms'"),
        (&["a", "b"], "unexpected argument 'b'"),
        (&["--config", "x", "a"], "the argument '--config <FILE>' cannot be used with"),
        (&["--cache", "soon", "a"], "--cache: 'soon' is not a number"),
        (
            &["--connections", "99999999999999999999", "a"],
            "--connections: '99999999999999999999' is too large",
        ),
        (
            &["--proxy", "apache", "a"],
            "invalid value 'apache' for '--proxy <KIND>' [possible values: nginx, envoy, standard]",
        ),
        (&["--config", "missing"], "missing: cannot be read: "),
    ] {
        let output = folder.run(words);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.starts_with(&format!("htpasswd-auth: {start}")), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
