//! The recipe for nginx, with and without keep-alive, and the lines that switch the login off.

use std::fs;

use crate::application::seen;
use crate::page::{insert_after, without};
use crate::recipe::Recipe::{Nginx, NginxKeepAlive, ProxyManager};
use crate::site::{Site, get};
use crate::{checks, failures};

#[test]
fn only_right_logins_pass() {
    checks::only_right_logins_pass(Nginx);
}

#[test]
fn every_method_and_path_needs_a_login() {
    checks::every_method_and_path_needs_a_login(Nginx);
}

#[test]
fn forged_identities_are_removed() {
    checks::forged_identities_are_removed(Nginx);
}

#[test]
fn connection_options_remove_no_identity() {
    checks::connection_options_remove_no_identity(Nginx);
}

#[test]
fn the_client_cannot_choose_its_address() {
    checks::the_client_cannot_choose_its_address(Nginx);
}

#[test]
fn the_password_stays_with_the_proxy() {
    checks::the_password_stays_with_the_proxy(Nginx, |text| without(text, "proxy_set_header Authorization"));
}

#[test]
fn websockets_pass_after_a_login() {
    checks::websockets_pass_after_a_login(Nginx);
}

#[test]
fn preflights_reach_no_application() {
    checks::preflights_reach_no_application(Nginx);
}

#[test]
fn limited_clients_get_429() {
    failures::limited_clients_get_429(Nginx);
}

#[test]
fn an_overloaded_service_gets_503_through() {
    failures::overloads_reach_the_client(Nginx);
}

#[test]
fn a_broken_service_lets_no_request_in() {
    failures::a_broken_service_lets_no_request_in(Nginx, &[500], &[500]);
}

#[test]
fn the_recipe_with_keep_alive_keeps_the_promises() {
    checks::only_right_logins_pass(NginxKeepAlive);
    checks::forged_identities_are_removed(NginxKeepAlive);
    checks::connection_options_remove_no_identity(NginxKeepAlive);
    checks::the_client_cannot_choose_its_address(NginxKeepAlive);
    failures::limited_clients_get_429(NginxKeepAlive);
    failures::a_broken_service_lets_no_request_in(NginxKeepAlive, &[500], &[500]);
}

#[test]
fn the_lines_for_nginx_proxy_manager_keep_the_promises() {
    checks::only_right_logins_pass(ProxyManager);
    checks::forged_identities_are_removed(ProxyManager);
    checks::connection_options_remove_no_identity(ProxyManager);
    checks::the_client_cannot_choose_its_address(ProxyManager);
    checks::websockets_pass_after_a_login(ProxyManager);
    failures::limited_clients_get_429(ProxyManager);
}

#[test]
fn return_and_rewrite_run_before_the_login() {
    let lines = "location = /open { return 200 open; }";
    for (line, others) in [("return 200 open;", ""), ("rewrite ^ /open last;", lines)] {
        let edit = |text: &str| insert_after(&insert_after(text, "location / {", line), "listen 80", others);
        let Some(site) = Site::edited(Nginx, edit) else { return };
        let answer = site.send(get("/"));
        assert_eq!((answer.status, &*answer.body), (200, "open"), "{line}");
    }
}

#[test]
fn another_location_needs_its_own_lines() {
    let pass = "proxy_pass http://127.0.0.1:5000;";
    let beside = format!("location /pictures/ {{ {pass} }}");
    let Some(site) = Site::edited(Nginx, |text| insert_after(text, "listen 80;", &beside)) else { return };
    site.passed(get("/pictures/a"));

    // With `auth_request` in `server`, a location without headers of its own is safe, and one with a header is not.
    let lines = format!(
        "auth_request /htpasswd-auth; auth_request_set $auth_user $upstream_http_remote_user;\n\
         proxy_set_header Remote-User $auth_user;\n{beside}\n\
         location /videos/ {{ {pass} proxy_set_header X-Video 1; }}"
    );
    let edit = |text: &str| {
        let text = without(text, "auth_request /htpasswd-auth;");
        insert_after(&insert_after(&text, "listen 80;", &lines), "internal;", "auth_request off;")
    };
    let Some(site) = Site::edited(Nginx, edit) else { return };
    for path in ["/pictures/a", "/videos/a", "/"] {
        site.refused(get(path));
    }
    for (path, user) in [("/pictures/a", "alice"), ("/videos/a", "root")] {
        let answer = site.passed(get(path).header("Remote-User: root").login("alice", "secret"));
        assert_eq!(seen(&answer, "remote-user"), [user], "{path}");
    }
}

#[test]
fn satisfy_any_makes_the_login_optional() {
    let line = "satisfy any; allow 127.0.0.0/8; deny all;";
    let Some(site) = Site::edited(Nginx, |text| insert_after(text, "location / {", line)) else { return };
    site.passed(get("/"));
}

#[test]
fn a_cache_needs_the_user_in_its_key() {
    for (key, page_of_carol_is_for) in [("", "alice"), ("proxy_cache_key $request_uri$auth_user;", "carol")] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("cache")).unwrap();
        let zone = format!(
            "proxy_cache_path {}/cache keys_zone=pages:1m use_temp_path=off;\n",
            folder.path().display()
        );
        let lines = format!("proxy_cache pages; proxy_cache_valid 200 1m; {key}");
        let edit = |text: &str| zone.clone() + &insert_after(text, "location / {", &lines);
        open_to_everyone(folder.path());
        let Some(site) = Site::edited(Nginx, edit) else { return };
        let page = |user| site.send(get("/page").login(user, "secret"));
        assert_eq!(seen(&page("alice"), "remote-user"), ["alice"]);
        assert_eq!(seen(&page("carol"), "remote-user"), [page_of_carol_is_for], "{key}");
        assert_eq!(site.send(get("/page")).status, 401, "nginx asks for each request");
    }
}

/// The worker of nginx may run as another user.
fn open_to_everyone(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in [folder, &folder.join("cache")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
}
