//! Jobs that are computed together get each their own verdict.

use crate::login::{Desk, bcrypt, is_accepted, record, within_deadline};
use htpasswd::Params;

/// Begins all logins while the thread is held, lets it go, and compares.
fn check(desk: &Desk, logins: &[(String, String, bool)]) {
    for round in 0..3 {
        desk.hook.close();
        let held = desk.begin(crate::login::GATE, &round.to_string());
        desk.hook.wait_until_held(1);
        let begun: Vec<_> = logins.iter().map(|(user, password, _)| desk.begin(user, password)).collect();
        desk.hook.open();
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

fn login(number: usize, of: usize) -> (String, String, bool) {
    (format!("u{number}"), format!("secret {of}"), number == of)
}

#[test]
fn sixty_four_users_are_all_let_in() {
    within_deadline(|| {
        let desk = Desk::single(&file(|_| bcrypt(4)), |builder| builder);
        check(&desk, &(0..64).map(|number| login(number, number)).collect::<Vec<_>>());
    });
}

/// Every pattern of right and wrong among four, with the password of the neighbour, so that a lane mixed up shows.
#[test]
fn exactly_the_wrong_ones_are_rejected() {
    within_deadline(|| {
        let desk = Desk::single(&file(|_| bcrypt(4)), |builder| builder);
        let logins: Vec<_> = (0..64)
            .map(|number| {
                let right = (number / 4) >> (number % 4) & 1 == 1;
                login(number, if right { number } else { (number + 1) % 64 })
            })
            .collect();
        check(&desk, &logins);
    });
}

#[test]
fn costs_and_schemes_may_be_mixed() {
    within_deadline(|| {
        let schemes =
            [bcrypt(4), bcrypt(5), Params::Sha1, bcrypt(6), Params::Apr1, bcrypt(4), Params::DesCrypt];
        let desk = Desk::single(&file(|number| schemes[number % schemes.len()]), |builder| builder);
        let mut logins: Vec<_> = (0..64)
            .map(|number| login(number, if number % 3 == 0 { (number + 7) % 64 } else { number }))
            .collect();
        // DES reads eight letters: all passwords are `secret 0` to it, up to one digit.
        logins.retain(|(_, password, _)| password.len() == 8);
        logins.extend((0..20).map(|number| (format!("nobody{number}"), "secret 1".to_owned(), false)));
        check(&desk, &logins);
    });
}
