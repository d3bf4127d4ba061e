//! Whether the stored hash is less than wanted is told with each login, until it is not. What is wanted has to be
//! within the limits.

use std::time::Duration;

use crate::login::{
    Desk, SHA1, Told, bcrypt, is_accepted, password, peer, record, wait_for_all, within_deadline,
};
use htpasswd::{
    Authenticator, Cost, FailureLimits, FileStore, Limits, Params, PasswordHash, Rounds, StartError,
    Username, Verdict, WatchedUsers,
};

fn needs_rehash(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accepted { needs_rehash, .. } => needs_rehash,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_is_told_with_a_login_that_is_hashed_and_with_one_from_the_cache() {
    within_deadline(|| {
        let text = format!("sha1:{SHA1}\n")
            + &record("four", "secret", &bcrypt(4))
            + &record("five", "secret", &bcrypt(5))
            + &record("six", "secret", &bcrypt(6))
            + &record("sha512", "secret", &Params::Sha512Crypt(None));
        let desk =
            Desk::new(&text, |builder| builder.rehash_below(bcrypt(5)).cache(Duration::from_secs(3600), 100));
        for (user, needed) in
            [("sha1", true), ("four", true), ("five", false), ("six", false), ("sha512", true)]
        {
            for is_cached in [false, true, true] {
                assert_eq!(needs_rehash(desk.verify(user, "secret")), needed, "{user}");
                let told = Told::Accepted {
                    user: user.to_owned(),
                    peer: None,
                    cached: is_cached,
                    needs_rehash: needed,
                };
                assert_eq!(desk.hook.last(), told);
            }
        }
    });
}

#[test]
fn it_is_not_told_unless_asked_for() {
    within_deadline(|| {
        let desk = Desk::new(&format!("sha1:{SHA1}\n"), |builder| builder);
        assert!(!needs_rehash(desk.verify("sha1", "secret")));
    });
}

#[test]
fn a_server_can_make_the_better_hash_and_is_not_asked_again() {
    within_deadline(|| {
        let desk = Desk::new(&format!("alice:{SHA1}\nbob:{SHA1}\n"), |builder| {
            builder.rehash_below(bcrypt(4)).cache(Duration::from_secs(3600), 100)
        });
        for user in ["alice", "bob"] {
            assert!(needs_rehash(desk.verify(user, "secret")));
            let hash = PasswordHash::create(&password("secret"), &bcrypt(4)).unwrap();
            FileStore::new(desk.path()).set(&Username::new(user).unwrap(), &hash).unwrap();
            desk.authenticator.users().reload().unwrap();
            for cached in [false, true] {
                assert!(!needs_rehash(desk.verify(user, "secret")));
                assert_eq!(desk.last_cached(), Some(cached));
            }
        }
    });
}

/// It is what a server does that makes better hashes, while more logins of the same user wait.
#[test]
fn a_login_that_waits_is_let_in_by_a_new_hash_of_the_same_password() {
    within_deadline(|| {
        let desk = Desk::single(&record("alice", "secret", &bcrypt(4)), |builder| {
            builder.rehash_below(bcrypt(5)).cache(Duration::from_secs(3600), 100)
        });
        let _held = desk.hold();
        let login = desk.begin("alice", "secret");
        desk.write(&record("alice", "secret", &bcrypt(5)));
        desk.hook.open();
        // What is told, and what is remembered, is of the new one.
        assert!(!needs_rehash(login.wait()));
        assert!(!needs_rehash(desk.verify("alice", "secret")));
        assert_eq!(desk.last_cached(), Some(true));
    });
}

#[test]
fn a_login_that_waits_is_not_let_in_by_a_new_hash_of_another_password() {
    within_deadline(|| {
        let limits = FailureLimits::default();
        let desk =
            Desk::single(&record("alice", "secret", &bcrypt(4)), |builder| builder.failure_limits(limits));
        let _held = desk.hold();
        let logins: Vec<_> = (0..2).map(|last| desk.begin_from(peer(last), "alice", "secret")).collect();
        desk.write(&record("alice", "Secret", &bcrypt(4)));
        desk.hook.open();
        wait_for_all(logins);
        desk.hook.wait_for(2, |told| matches!(told, Told::Rejected { known: true, .. }));
        assert!(is_accepted(desk.verify("alice", "Secret")));
    });
}

/// Were it otherwise, the first login of a user would make a hash with which there is no second one.
#[test]
fn a_wanted_hash_above_the_limits_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, format!("alice:{SHA1}\n")).unwrap();
    let rounds = |rounds| Some(Rounds::new(rounds).unwrap());
    let lower =
        Limits::default().max_bcrypt(Cost::new(9).unwrap()).max_sha_crypt(Rounds::new(4_999).unwrap());
    let start = |limits, wanted| {
        let users = WatchedUsers::builder(&path).limits(limits).open().unwrap();
        Authenticator::builder(users).rehash_below(wanted).start().map(drop)
    };
    let above = [
        (Limits::default(), bcrypt(17)),
        (Limits::default(), Params::Sha256Crypt(rounds(5_000_001))),
        (Limits::default(), Params::Sha512Crypt(rounds(5_000_001))),
        (lower, bcrypt(10)),
        (lower, Params::Sha512Crypt(None)),
    ];
    for (limits, wanted) in above {
        let error = start(limits, wanted).unwrap_err();
        assert!(matches!(error, StartError::RehashAboveLimits), "{wanted:?}: {error:?}");
        let sentence = "rehash_below exceeds the limits of the users: no user could log in with such a hash";
        assert_eq!(error.to_string(), sentence);
    }
    let within = [
        (Limits::default(), bcrypt(16)),
        (Limits::default(), Params::Sha512Crypt(rounds(5_000_000))),
        (Limits::NONE, bcrypt(31)),
        (lower, bcrypt(9)),
        (lower, Params::Sha1),
    ];
    for (limits, wanted) in within {
        assert!(start(limits, wanted).is_ok(), "{wanted:?}");
    }
    assert!(matches!(start(Limits::NONE, Params::Plain), Err(StartError::RehashToPlainText)));
}
