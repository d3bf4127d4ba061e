//! The verdict on every hash scheme, and on every kind of entry that is not a user.

use crate::login::{
    BCRYPT, Fixture, Hook, LoggedEvent, SHA1, bcrypt, credentials, is_accepted, record, within_deadline,
};
use htpasswd::auth::WatchedUsers;
use htpasswd::hash::{HashError, Limits, Rounds};
use htpasswd::users::IssueKind;
use htpasswd::{Authenticator, Cost, Params, Verdict};

/// Returns a user, a password and a record for each scheme.
fn schemes() -> Vec<(&'static str, &'static str, String)> {
    let created = |user, params| (user, "secret", record(user, "secret", &params));
    let stored = |user, password, hash| (user, password, format!("{user}:{hash}\n"));
    vec![
        created("bcrypt", bcrypt(4)),
        created("bcrypt5", bcrypt(5)),
        created("apr1", Params::Apr1),
        created("sha256", Params::Sha256Crypt(None)),
        created("sha256rounds", Params::Sha256Crypt(Some(Rounds::new(1000).unwrap()))),
        created("sha512", Params::Sha512Crypt(None)),
        created("sha1", Params::Sha1),
        created("des", Params::DesCrypt),
        stored("md5", "secret", "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"),
        stored("ssha", "password", "{SSHA}/lLSOXpMWipWr3ifiighLCpqBiFoMzBM"),
    ]
}

#[test]
fn every_scheme_accepts_the_right_password_only() {
    within_deadline(|| {
        let schemes = schemes();
        let text: String = schemes.iter().map(|(_, _, line)| line.as_str()).collect();
        let fixture = Fixture::new(&text, |builder| builder);
        for (user, password, line) in &schemes {
            assert!(is_accepted(fixture.verify(user, password)), "{user}");
            for wrong in ["", "Secret", "secre", line.split_once(':').unwrap().1.trim_end()] {
                assert_eq!(fixture.verify(user, wrong), Verdict::Rejected, "{user} {wrong}");
                let expected =
                    LoggedEvent::Rejected { user: (*user).to_owned(), peer: None, known: true, issue: None };
                assert_eq!(fixture.hook.last(), expected);
            }
        }
    });
}

#[test]
fn entries_that_are_no_users_are_rejected() {
    within_deadline(|| {
        let text = format!(
            "locked:!{SHA1}\nlocked2:*\nlocked3:!\nempty:\nplain:secret\nunknown:$9$secret\n:{SHA1}\n#note:{SHA1}\n\
             bare\nsha:{SHA1}\n"
        );
        let fixture = Fixture::new(&text, |builder| builder);
        assert!(is_accepted(fixture.verify("sha", "secret")));
        let with_issue = [
            ("locked", HashError::Locked),
            ("locked2", HashError::Locked),
            ("locked3", HashError::Locked),
            ("empty", HashError::Empty),
            ("plain", HashError::Unknown),
            ("unknown", HashError::Unknown),
        ];
        let without = ["#note", "note", "bare", "missing", "SHA", "sha ", " sha", "sh"];
        let with_issue = with_issue.map(|(user, error)| (user, Some(IssueKind::Hash(error))));
        for (user, issue) in with_issue.into_iter().chain(without.map(|user| (user, None))) {
            for password in ["secret", "", "!", "*", "$9$secret", SHA1] {
                assert_eq!(fixture.verify(user, password), Verdict::Rejected, "{user:?} {password:?}");
                let expected =
                    LoggedEvent::Rejected { user: user.to_owned(), peer: None, known: false, issue };
                assert_eq!(fixture.hook.last(), expected);
            }
        }
        let long = "u".repeat(700);
        assert_eq!(fixture.verify(&long, "secret"), Verdict::Rejected);
    });
}

#[test]
fn a_hash_above_the_cost_limit_is_rejected_with_its_cause() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        let rounds = "rounds:$6$rounds=999999999$saltsalt$\
            uXv3hlrVZWCRIzLPCuvePV4yLEHb.v8hPBJtdYDjiLPkuYHGPHeDkfkSYGcrmYZkwiSJjCG2nCSNCCXVKsNUF/\n";
        std::fs::write(&path, record("five", "secret", &bcrypt(5)) + rounds + &format!("four:{BCRYPT}\n"))
            .unwrap();
        let limits = Limits::default().max_bcrypt(Cost::new(4).unwrap());
        let users = WatchedUsers::builder(&path).limits(limits).open().unwrap();
        let hook = Hook::default();
        let log = hook.clone();
        let builder = Authenticator::builder(users).on_event(move |event| log.call(event));
        let authenticator = builder.start().unwrap();
        for user in ["five", "rounds"] {
            assert_eq!(
                authenticator.authenticate_blocking(&credentials(user, "secret"), None),
                Verdict::Rejected
            );
            let issue = Some(IssueKind::TooCostly);
            let expected = LoggedEvent::Rejected { user: user.to_owned(), peer: None, known: false, issue };
            hook.wait_for(1, |event| *event == expected);
        }
        assert_eq!(IssueKind::TooCostly.to_string(), "the hash exceeds the cost limit");
        assert!(is_accepted(authenticator.authenticate_blocking(&credentials("four", "secret"), None)));
    });
}

#[test]
fn the_first_record_of_a_user_decides_even_if_it_is_locked() {
    within_deadline(|| {
        let text = record("alice", "first", &bcrypt(4))
            + &format!("bob:*\nalice:{SHA1}\nbob:{SHA1}\n")
            + &record("carol", "first", &Params::Sha1)
            + &record("carol", "second", &bcrypt(4));
        let fixture = Fixture::new(&text, |builder| builder);
        assert!(is_accepted(fixture.verify("alice", "first")));
        assert!(is_accepted(fixture.verify("carol", "first")));
        for (user, password) in [("alice", "secret"), ("bob", "secret"), ("carol", "second")] {
            assert_eq!(fixture.verify(user, password), Verdict::Rejected, "{user} {password}");
        }
    });
}

#[test]
fn user_names_and_passwords_are_compared_as_bytes() {
    within_deadline(|| {
        let composed = "ren\u{e9}";
        let text = record(composed, "pa\u{df}wort \u{1f511}", &bcrypt(4)) + &record("empty", "", &bcrypt(4));
        let fixture = Fixture::new(&text, |builder| builder);
        assert!(is_accepted(fixture.verify(composed, "pa\u{df}wort \u{1f511}")));
        assert_eq!(fixture.verify("rene\u{301}", "pa\u{df}wort \u{1f511}"), Verdict::Rejected);
        assert!(is_accepted(fixture.verify("empty", "")));
        assert_eq!(fixture.verify("empty", " "), Verdict::Rejected);
    });
}

#[test]
fn an_empty_file_rejects_every_login() {
    within_deadline(|| {
        let fixture = Fixture::new("", |builder| builder);
        assert_eq!(fixture.verify("alice", ""), Verdict::Rejected);
        assert_eq!(fixture.verify("alice", "secret"), Verdict::Rejected);
    });
}
