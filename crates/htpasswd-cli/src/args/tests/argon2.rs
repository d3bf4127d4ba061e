//! Calls with `--argon2` and `--argon2-params`.

use htpasswd::hash::Argon2Cost;

use super::*;

fn argon2(memory: u32, passes: u32, lanes: u32) -> Params {
    Params::Argon2id(Argon2Cost::new(memory, passes, lanes).unwrap())
}

#[test]
fn argon2_has_a_default_cost_and_a_chosen_one() {
    assert_eq!(params(&["-nb", "--argon2", "u", "p"]), (argon2(19_456, 2, 1), false));
    for line in [
        ["-nb", "--argon2", "--argon2-params", "m=64,t=3,p=2", "u", "p"],
        ["-nb", "--argon2-params", "m=64,t=3,p=2", "--argon2", "u", "p"],
    ] {
        assert_eq!(params(&line), (argon2(64, 3, 2), false));
    }
    let twice = ["--argon2-params=t=3", "--argon2-params=t=4"];
    assert_eq!(
        params(&[&["-nb", "--argon2"], &twice[..], &["u", "p"]].concat()),
        (argon2(19_456, 4, 1), false)
    );
}

#[test]
fn the_last_scheme_counts_with_argon2_too() {
    assert_eq!(params(&["-nbB", "--argon2", "u", "p"]), (argon2(19_456, 2, 1), false));
    assert_eq!(params(&["-nb", "--argon2", "-s", "u", "p"]), (Params::Sha1, false));
    assert_eq!(params(&["-nb", "--argon2", "-C5", "u", "p"]), (argon2(19_456, 2, 1), true));
}

#[test]
fn a_cost_of_argon2_needs_argon2() {
    for line in [
        &["-nb", "--argon2-params=t=2", "u", "p"][..],
        &["-nbB", "--argon2-params=t=2", "u", "p"],
        &["-nb", "--argon2", "--argon2-params=t=2", "-B", "u", "p"],
        &["-n", "--generate", "-r5000", "--argon2-params=t=2", "u"],
        &["--import", "--argon2-params=t=2", "f"],
        &["--for", "radicale", "-b", "--argon2-params=t=2", "f", "u", "p"],
    ] {
        match error(line) {
            UsageError::Requires(FlagId::Argon2Params, _) => {}
            other => panic!("{line:?}: {other:?}"),
        }
    }
    assert!(matches!(
        error(&["-nb", "--argon2", "--argon2-params=x", "u", "p"]),
        UsageError::NotAnArgon2Cost
    ));
}

#[test]
fn hashes_are_imported_without_a_scheme() {
    for option in ["--argon2", "--argon2-params=t=2"] {
        let line = ["--import", "--hashed", option, "f"];
        assert!(matches!(error(&line), UsageError::Conflict(_, FlagId::Hashed)), "{option}");
    }
}

#[test]
fn argon2_is_accepted_for_servers_that_read_it() {
    assert!(command(&["--for", "radicale", "-b", "--argon2", "f", "u", "p"]).is_ok());
    assert!(command(&["--for", "caddy", "-nb", "--argon2", "u", "p"]).is_ok());
    for servers in ["nginx", "registry", "radicale,nginx"] {
        let error = error(&["--for", servers, "-b", "--argon2", "f", "u", "p"]);
        assert!(matches!(error, UsageError::UnreadableScheme(FlagId::Argon2, _)), "{servers}");
    }
}
