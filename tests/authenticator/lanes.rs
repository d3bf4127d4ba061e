//! bcrypt hashes of equal cost are computed in parallel lanes, and each login gets the verdict of its own lane.

use crate::login::{Fixture, bcrypt, is_accepted, record, within_deadline};
use htpasswd::Params;

/// Begins all logins while the only thread is held, releases the thread, and compares the verdicts.
fn assert_verdicts(fixture: &Fixture, logins: &[(String, String, bool)]) {
    for round in 0..3 {
        fixture.hook.close();
        let held = fixture.begin(crate::login::GATE, &round.to_string());
        fixture.hook.wait_until_held(1);
        let begun: Vec<_> = logins.iter().map(|(user, password, _)| fixture.begin(user, password)).collect();
        fixture.hook.open();
        for ((user, password, right), login) in logins.iter().zip(begun) {
            assert_eq!(is_accepted(login.wait()), *right, "{user} {password}");
        }
        let _ = held.wait();
    }
}

fn file(params: impl Fn(usize) -> Params) -> String {
    (0..64)
        .map(|number| record(&format!("u{number}"), &format!("secret {number}"), &params(number)))
        .collect()
}

fn login(number: usize, password_of: usize) -> (String, String, bool) {
    (format!("u{number}"), format!("secret {password_of}"), number == password_of)
}

#[test]
fn sixty_four_concurrent_users_are_accepted() {
    within_deadline(|| {
        let fixture = Fixture::single(&file(|_| bcrypt(4)), |builder| builder);
        assert_verdicts(&fixture, &(0..64).map(|number| login(number, number)).collect::<Vec<_>>());
    });
}

/// The test covers every pattern of right and wrong passwords among four lanes. A wrong password is the next user's
/// password, so that swapped lanes change a verdict.
#[test]
fn only_wrong_passwords_are_rejected() {
    within_deadline(|| {
        let fixture = Fixture::single(&file(|_| bcrypt(4)), |builder| builder);
        let logins: Vec<_> = (0..64)
            .map(|number| {
                let right = (number / 4) >> (number % 4) & 1 == 1;
                login(number, if right { number } else { (number + 1) % 64 })
            })
            .collect();
        assert_verdicts(&fixture, &logins);
    });
}

#[test]
fn concurrent_logins_may_mix_costs_and_schemes() {
    within_deadline(|| {
        let schemes =
            [bcrypt(4), bcrypt(5), Params::Sha1, bcrypt(6), Params::Apr1, bcrypt(4), Params::DesCrypt];
        let fixture = Fixture::single(&file(|number| schemes[number % schemes.len()]), |builder| builder);
        let mut logins: Vec<_> = (0..64)
            .map(|number| login(number, if number % 3 == 0 { (number + 7) % 64 } else { number }))
            .collect();
        // DES-crypt reads eight bytes, so only passwords of one digit stay distinct.
        logins.retain(|(_, password, _)| password.len() == 8);
        logins.extend((0..20).map(|number| (format!("unknown{number}"), "secret 1".to_owned(), false)));
        assert_verdicts(&fixture, &logins);
    });
}
