//! The recipe for Envoy.

use crate::application::seen;
use crate::recipe::Recipe::Envoy;
use crate::site::{Site, get};
use crate::{checks, failures};

#[test]
fn only_right_logins_pass() {
    checks::only_right_logins_pass(Envoy);
}

#[test]
fn every_method_and_path_needs_a_login() {
    checks::every_method_and_path_needs_a_login(Envoy);
}

#[test]
fn forged_identities_are_removed() {
    checks::forged_identities_are_removed(Envoy);
}

#[test]
fn connection_options_remove_no_identity() {
    checks::connection_options_remove_no_identity(Envoy);
}

#[test]
fn the_client_cannot_choose_its_address() {
    checks::the_client_cannot_choose_its_address(Envoy);
}

#[test]
fn websockets_pass_after_a_login() {
    checks::websockets_pass_after_a_login(Envoy);
}

#[test]
fn preflights_reach_no_application() {
    checks::preflights_reach_no_application(Envoy);
}

#[test]
fn limited_clients_get_429() {
    failures::limited_clients_get_429(Envoy);
}

#[test]
fn a_broken_service_lets_no_request_in() {
    failures::a_broken_service_lets_no_request_in(Envoy, &[403], &[403]);
}

#[test]
fn the_application_does_not_get_the_password() {
    let Some(site) = Site::start(Envoy) else { return };
    let answer = site.passed(get("/").login("alice", "secret"));
    assert_eq!(seen(&answer, "authorization"), [""; 0], "{}", answer.body);
}

#[test]
fn an_overloaded_service_gets_429_through() {
    failures::overloads_reach_the_client(Envoy);
}
