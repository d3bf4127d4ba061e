//! Changes while a login is being verified: the verdict follows the newest users, groups and configuration.

use std::io::Write as _;
use std::net::TcpStream;

use htpasswd::{Cost, Params, Password, PasswordHash};

use crate::service::{Answer, Request, SECRET, Service, until};

/// A hash of the password `secret` with bcrypt, which takes a second or more.
fn slow_hash() -> String {
    let params = Params::Bcrypt(Cost::new(14).unwrap());
    PasswordHash::create(&Password::new("secret").unwrap(), &params).unwrap().to_string()
}

/// A service with the user `slow`, and a login of this user that has begun.
fn begin() -> (Service, TcpStream) {
    let settings = "metrics-listen = \"127.0.0.1:0\"\ncache = 3600\n";
    let site = "[sites.a]\nfile = \"DIR/users\"\ngroups = [\"staff\"]\ngroup-file = \"DIR/groups\"\n";
    let users = format!("slow:{}\nbob:{SECRET}\n", slow_hash());
    let files = [("users", users.as_str()), ("groups", "staff: slow bob\n")];
    let service = Service::configured(&format!("{settings}{site}"), &files);
    let mut stream = service.connect();
    stream.write_all(&login().bytes()).unwrap();
    until("the login has begun", || is_under_way(&service));
    (service, stream)
}

fn login() -> Request {
    Request::get("/auth/a").login("slow", "secret")
}

fn is_under_way(service: &Service) -> bool {
    service.page("/metrics").1.contains("htpasswd_auth_requests_in_flight 1\n")
}

#[test]
fn a_user_who_is_removed_during_the_login_is_refused() {
    let (mut service, mut stream) = begin();
    service.folder().write("users", format!("bob:{SECRET}\n"));
    service.wait_for_log("users=1 ");
    assert!(is_under_way(&service), "the login has its verdict already");
    assert_eq!(Answer::read(&mut stream, false).status, 401);
    assert_eq!(service.send(login()).status, 401);
}

#[test]
fn a_user_who_leaves_the_group_during_the_login_is_refused() {
    let (mut service, mut stream) = begin();
    service.folder().write("groups", "staff: bob\n");
    service.wait_for_log("the groups have changed");
    assert!(is_under_way(&service), "the login has its verdict already");
    assert_eq!(Answer::read(&mut stream, false).status, 403);
}

#[test]
fn a_user_whom_a_reload_excludes_during_the_login_is_refused() {
    for (old, new) in [("\"staff\"", "\"admins\""), ("[sites.a]", "[sites.b]"), ("DIR/users", "DIR/others")] {
        let (mut service, mut stream) = begin();
        service.folder().write("others", format!("slow:{SECRET}\n"));
        let folder = service.folder().path("").display().to_string();
        let text = std::fs::read_to_string(service.folder().path("auth.toml")).unwrap();
        let text = text.replace(folder.trim_end_matches('/'), "DIR");
        assert!(text.contains(old), "{text}");
        service.folder().write("auth.toml", text.replace(old, new));
        service.signal("HUP");
        service.wait_for_log("the configuration is reloaded");
        assert!(is_under_way(&service), "the login has its verdict already");
        assert_eq!(Answer::read(&mut stream, false).status, 403, "{new}");
    }
}

#[test]
fn a_login_under_way_survives_a_reload() {
    let (mut service, mut stream) = begin();
    let text = std::fs::read_to_string(service.folder().path("auth.toml")).unwrap();
    service.folder().write("auth.toml", text.replace("cache = 3600", "cache = 1800"));
    service.signal("HUP");
    service.wait_for_log("the configuration is reloaded");
    assert!(is_under_way(&service), "the login has its verdict already");
    assert_eq!(Answer::read(&mut stream, false).status, 200);
}
