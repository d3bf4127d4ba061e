//! The recipe for Caddy.

use crate::page::without;
use crate::recipe::Recipe::{Caddy, NewCaddy};
use crate::{checks, failures};

#[test]
fn only_right_logins_pass() {
    checks::only_right_logins_pass(Caddy);
}

#[test]
fn every_method_and_path_needs_a_login() {
    checks::every_method_and_path_needs_a_login(Caddy);
}

#[test]
fn forged_identities_are_removed() {
    checks::forged_identities_are_removed(Caddy);
}

#[test]
fn connection_options_remove_no_identity() {
    checks::connection_options_remove_no_identity(Caddy);
}

#[test]
fn the_client_cannot_choose_its_address() {
    checks::the_client_cannot_choose_its_address(Caddy);
}

#[test]
fn the_password_stays_with_the_proxy() {
    checks::the_password_stays_with_the_proxy(Caddy, |text| without(text, "request_header -Authorization"));
}

#[test]
fn websockets_pass_after_a_login() {
    checks::websockets_pass_after_a_login(Caddy);
}

#[test]
fn preflights_reach_no_application() {
    checks::preflights_reach_no_application(Caddy);
}

#[test]
fn limited_clients_get_429() {
    failures::limited_clients_get_429(Caddy);
}

#[test]
fn an_overloaded_service_gets_503_through() {
    failures::overloads_reach_the_client(Caddy);
}

#[test]
fn a_broken_service_lets_no_request_in() {
    failures::a_broken_service_lets_no_request_in(Caddy, &[502], &[504]);
}

#[test]
fn a_new_caddy_keeps_the_promises() {
    checks::only_right_logins_pass(NewCaddy);
    checks::forged_identities_are_removed(NewCaddy);
    checks::connection_options_remove_no_identity(NewCaddy);
    checks::the_client_cannot_choose_its_address(NewCaddy);
    checks::websockets_pass_after_a_login(NewCaddy);
    checks::preflights_reach_no_application(NewCaddy);
    failures::limited_clients_get_429(NewCaddy);
    failures::a_broken_service_lets_no_request_in(NewCaddy, &[502], &[504]);
}
