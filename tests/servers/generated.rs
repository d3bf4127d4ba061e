//! Users log in at a real registry with the passwords that `--import --generate` handed out.

use crate::support::Sandbox;
use crate::support::servers::Oracle;

#[test]
fn two_hundred_generated_passwords_log_in_at_a_registry() {
    let Some(mut registry) = Oracle::start("registry") else { return };
    let sandbox = Sandbox::new();
    let names: Vec<_> = (0..200).map(|number| format!("user{number:03}\n")).collect();
    let call = ["--import", "--generate", "--for=registry", "-C4", "-c", "--output=out.csv", "passwd"];
    sandbox.call(call).stdin(names.concat()).run().exits(0);
    registry.load(&sandbox.read("passwd"));
    let passwords = sandbox.text("out.csv");
    let rows: Vec<_> = passwords.lines().skip(1).map(|row| row.split_once(',').unwrap()).collect();
    assert_eq!(rows.len(), 200);
    for (user, password) in &rows {
        assert!(registry.accepts(user.as_bytes(), password.as_bytes()), "{user}");
    }
    assert!(!registry.accepts(rows[0].0.as_bytes(), rows[1].1.as_bytes()), "the password of another user");
}
