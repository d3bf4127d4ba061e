//! The recipe for Traefik.

use crate::page::replace;
use crate::recipe::Recipe::Traefik;
use crate::{checks, failures};

#[test]
fn only_right_logins_pass() {
    checks::only_right_logins_pass(Traefik);
}

#[test]
fn every_method_and_path_needs_a_login() {
    checks::every_method_and_path_needs_a_login(Traefik);
}

#[test]
fn forged_identities_are_removed() {
    checks::forged_identities_are_removed(Traefik);
}

#[test]
fn connection_options_remove_no_identity() {
    checks::connection_options_remove_no_identity(Traefik);
}

#[test]
fn the_client_cannot_choose_its_address() {
    checks::the_client_cannot_choose_its_address(Traefik);
}

#[test]
fn websockets_pass_after_a_login() {
    checks::websockets_pass_after_a_login(Traefik);
}

#[test]
fn preflights_reach_no_application() {
    checks::preflights_reach_no_application(Traefik);
}

#[test]
fn limited_clients_get_429() {
    failures::limited_clients_get_429(Traefik);
}

#[test]
fn a_broken_service_lets_no_request_in() {
    failures::a_broken_service_lets_no_request_in(Traefik, &[500], &[500]);
}

#[test]
fn the_password_stays_with_the_proxy() {
    let remove = |text: &str| replace(text, &[(", wiki-password]", "]")]);
    checks::the_password_stays_with_the_proxy(Traefik, remove);
}

#[test]
fn an_overloaded_service_gets_503_through() {
    failures::overloads_reach_the_client(Traefik);
}
