//! The recipe for `HAProxy`, and its failure without the `deny` line.

use crate::application::seen;
use crate::page::without;
use crate::recipe::Recipe::HaProxy;
use crate::site::{Site, get};
use crate::{checks, failures};

#[test]
fn only_right_logins_pass() {
    checks::only_right_logins_pass(HaProxy);
}

#[test]
fn every_method_and_path_needs_a_login() {
    checks::every_method_and_path_needs_a_login(HaProxy);
}

#[test]
fn forged_identities_are_removed() {
    checks::forged_identities_are_removed(HaProxy);
}

#[test]
fn connection_options_remove_no_identity() {
    checks::connection_options_remove_no_identity(HaProxy);
}

#[test]
fn the_client_cannot_choose_its_address() {
    checks::the_client_cannot_choose_its_address(HaProxy);
}

#[test]
fn the_password_stays_with_the_proxy() {
    checks::the_password_stays_with_the_proxy(HaProxy, |text| without(text, "del-header Authorization"));
}

#[test]
fn websockets_pass_after_a_login() {
    checks::websockets_pass_after_a_login(HaProxy);
}

#[test]
fn preflights_reach_no_application() {
    checks::preflights_reach_no_application(HaProxy);
}

#[test]
fn limited_clients_get_429() {
    failures::limited_clients_get_429(HaProxy);
}

#[test]
fn an_overloaded_service_gets_503_through() {
    failures::overloads_reach_the_client(HaProxy);
}

#[test]
fn a_broken_service_lets_no_request_in() {
    failures::a_broken_service_lets_no_request_in(HaProxy, &[403, 503], &[403]);
}

/// This test shows why the page says to keep the line.
#[test]
fn without_the_deny_line_requests_pass_without_a_login() {
    let line = "http-request deny unless { var(txn.auth_status)";
    let Some(site) = Site::edited(HaProxy, |text| {
        // HAProxy itself answers 503 for a service that is stopped.
        without(&without(text, line), "-m int 503")
    }) else {
        return;
    };
    assert_eq!(site.send(get("/")).status, 401);
    site.service.signal("KILL");
    let answer = site.passed(get("/"));
    assert_eq!(seen(&answer, "remote-user").join(""), "");
}
