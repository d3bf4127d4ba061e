//! Odd and forged `Authorization` headers, and password files without users: nothing but a right login gets 200.

use crate::service::{Folder, Request, SECRET, Service, basic, until};

fn users() -> String {
    format!("alice:{SECRET}\n")
}

#[test]
fn odd_authorization_headers_get_401() {
    let service = Service::start(&users(), &[]);
    let right = basic("alice:secret");
    let line = |value: &str| format!("Authorization: {value}");
    for lines in [
        vec![line("Basic ???")],
        vec![line("Basic")],
        vec![line(&basic("alice"))],
        vec![line(&basic(":secret"))],
        vec![line(&basic(format!("alice:{}", "x".repeat(60_000))))],
        vec![line(&format!("Basic {}", "A".repeat(60_000)))],
        vec![line("Bearer c2VjcmV0")],
        vec![line("Negotiate YIIB")],
        vec![line("Digest username=\"alice\"")],
        vec![line(&format!("{right}, {right}"))],
        vec![line(&right), line(&right)],
        vec![line(&right), line(&basic("alice:wrong"))],
        vec![line(&basic("alice:wrong")), line(&right)],
        vec![line("Bearer x"), line(&right)],
        vec![format!("Proxy-Authorization: {right}")],
        vec![format!("X-Authorization: {right}")],
    ] {
        let request = lines.iter().fold(Request::get("/"), Request::header);
        let answer = service.send(request);
        assert_eq!(answer.status, 401, "{lines:?}");
        assert_eq!(answer.values("www-authenticate").len(), 1);
    }
    for scheme in ["basic", "BASIC", "bAsIc", "Basic  "] {
        let value = right.replace("Basic", scheme);
        assert_eq!(service.send(Request::get("/").header(line(&value))).status, 200, "{scheme}");
    }
}

#[test]
fn an_overlong_header_never_gets_200() {
    let service = Service::start(&users(), &[]);
    let request =
        Request::get("/").header(format!("X-Long: {}", "x".repeat(200_000))).login("alice", "secret");
    assert_eq!(service.send(request).status, 431);
    let request =
        (0..300).fold(Request::get("/"), |request, number| request.header(format!("X-{number}: x")));
    assert_eq!(service.send(request.login("alice", "secret")).status, 431);
    assert_eq!(service.login("alice", "secret"), 200);
}

#[test]
fn a_file_without_users_refuses_every_login() {
    for text in
        ["", "\n", "# alice\n", "alice\nbob secret\n", "alice:\n", "alice:*\n", "alice:secret\n", ":\n"]
    {
        let service = Service::start(text, &[]);
        for password in ["", "secret", "*"] {
            assert_eq!(service.login("alice", password), 401, "{text:?}");
        }
        assert_eq!(service.send(Request::get("/")).status, 401);
    }
}

#[test]
fn an_unreadable_file_is_an_error_at_the_start() {
    let folder = Folder::new(&[]);
    std::fs::create_dir(folder.path("folder")).unwrap();
    for name in ["missing", "folder"] {
        let output = folder.run(&["--listen", "127.0.0.1:0", name]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        let last = message.lines().last().unwrap();
        assert!(
            last.starts_with("htpasswd-auth: FILE: ") && last.contains(name) && last.contains("; make"),
            "{message}"
        );
    }
}

#[test]
fn a_removed_user_is_refused_after_the_reload() {
    let mut service = Service::start(&format!("alice:{SECRET}\nbob:{SECRET}\n"), &["--cache", "3600"]);
    assert_eq!((service.login("alice", "secret"), service.login("alice", "secret")), (200, 200));
    service.folder().write("passwd", format!("bob:{SECRET}\n"));
    service.wait_for_log("the users are read file=passwd users=1 ");
    assert_eq!(service.login("alice", "secret"), 401);
    assert_eq!(service.login("bob", "secret"), 200);
    // The users of a deleted file stay, as the library documents.
    std::fs::remove_file(service.folder().path("passwd")).unwrap();
    service.wait_for_log("the previous users stay");
    assert_eq!(service.login("bob", "secret"), 200);
    // A file that stays empty refuses all logins.
    service.folder().write("passwd", "");
    until("bob is refused", || service.login("bob", "secret") == 401);
}

#[test]
fn a_changed_password_is_refused_after_the_reload() {
    let mut service = Service::start(&users(), &[]);
    assert_eq!(service.login("alice", "secret"), 200);
    // The hash of `abc123`.
    service.folder().write("passwd", "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n# one more line\n");
    service.wait_for_log("the users are read file=passwd users=1 issues=0\n");
    until("the new password is right", || service.login("alice", "abc123") == 200);
    assert_eq!(service.login("alice", "secret"), 401);
}

#[test]
fn health_pages_need_a_login_on_the_login_listener() {
    let service = Service::start(&users(), &["--metrics-listen", "127.0.0.1:0"]);
    for path in ["/healthz", "/readyz", "/metrics", "/ping", "/ready"] {
        for agent in ["kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0"] {
            let request = Request::get(path).header(format!("User-Agent: {agent}"));
            assert_eq!(service.send(request).status, 401, "{path} {agent}");
        }
    }
    assert_eq!(service.page("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(service.page("/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(service.page("/other").0, 404);
}
