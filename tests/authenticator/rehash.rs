//! `rehash_below`: an accepted login reports if the stored hash is weaker than the configured hash, until the stored
//! hash is replaced. The configured hash must be within the limits of the users.

use std::time::Duration;

use crate::login::{
    Fixture, LoggedEvent, SHA1, bcrypt, credentials, is_accepted, password, peer, record, wait_for_all,
    within_deadline,
};
use htpasswd::auth::{FailureLimits, RehashError, StartError, WatchedUsers};
use htpasswd::hash::{Limits, Rounds};
use htpasswd::{Authenticator, Cost, FileStore, Params, PasswordHash, Username, Users, Verdict};

fn needs_rehash(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Accepted { needs_rehash, .. } => needs_rehash,
        other => panic!("{other:?}"),
    }
}

#[test]
fn hashed_and_cached_logins_report_a_weak_hash() {
    within_deadline(|| {
        let text = format!("sha1:{SHA1}\n")
            + &record("four", "secret", &bcrypt(4))
            + &record("five", "secret", &bcrypt(5))
            + &record("six", "secret", &bcrypt(6))
            + &record("sha512", "secret", &Params::Sha512Crypt(None));
        let fixture = Fixture::new(&text, |builder| {
            builder.rehash_below(bcrypt(5)).cache(Duration::from_secs(3600), 100)
        });
        for (user, needed) in
            [("sha1", true), ("four", true), ("five", false), ("six", false), ("sha512", true)]
        {
            for is_cached in [false, true, true] {
                assert_eq!(needs_rehash(fixture.verify(user, "secret")), needed, "{user}");
                let expected = LoggedEvent::Accepted {
                    user: user.to_owned(),
                    peer: None,
                    cached: is_cached,
                    needs_rehash: needed,
                };
                assert_eq!(fixture.hook.last(), expected);
            }
        }
    });
}

#[test]
fn weak_hashes_are_not_reported_by_default() {
    within_deadline(|| {
        let fixture = Fixture::new(&format!("sha1:{SHA1}\n"), |builder| builder);
        assert!(!needs_rehash(fixture.verify("sha1", "secret")));
    });
}

#[test]
fn a_replaced_hash_is_not_reported_again() {
    within_deadline(|| {
        let fixture = Fixture::new(&format!("alice:{SHA1}\nbob:{SHA1}\n"), |builder| {
            builder.rehash_below(bcrypt(4)).cache(Duration::from_secs(3600), 100)
        });
        for user in ["alice", "bob"] {
            assert!(needs_rehash(fixture.verify(user, "secret")));
            let hash = PasswordHash::create(&password("secret"), &bcrypt(4)).unwrap();
            FileStore::new(fixture.path()).set(&Username::new(user).unwrap(), &hash).unwrap();
            fixture.authenticator.users().reload().unwrap();
            for cached in [false, true] {
                assert!(!needs_rehash(fixture.verify(user, "secret")));
                assert_eq!(fixture.last_cached(), Some(cached));
            }
        }
    });
}

/// A server may replace the weak hash of a user while more logins of this user wait in the queue.
#[test]
fn a_waiting_login_is_accepted_by_a_rehash_of_its_password() {
    within_deadline(|| {
        let fixture = Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| {
            builder.rehash_below(bcrypt(5)).cache(Duration::from_secs(3600), 100)
        });
        let _held = fixture.hold();
        let login = fixture.begin("alice", "secret");
        fixture.write(&record("alice", "secret", &bcrypt(5)));
        fixture.hook.open();
        // Both the verdict and the cache entry describe the new hash.
        assert!(!needs_rehash(login.wait()));
        assert!(!needs_rehash(fixture.verify("alice", "secret")));
        assert_eq!(fixture.last_cached(), Some(true));
    });
}

#[test]
fn a_waiting_login_is_rejected_by_a_hash_of_another_password() {
    within_deadline(|| {
        let limits = FailureLimits::default();
        let fixture =
            Fixture::single(&record("alice", "secret", &bcrypt(4)), |builder| builder.failure_limits(limits));
        let _held = fixture.hold();
        let logins: Vec<_> = (0..2).map(|last| fixture.begin_from(peer(last), "alice", "secret")).collect();
        fixture.write(&record("alice", "Secret", &bcrypt(4)));
        fixture.hook.open();
        wait_for_all(logins);
        fixture.hook.wait_for(2, |event| matches!(event, LoggedEvent::Rejected { known: true, .. }));
        assert!(is_accepted(fixture.verify("alice", "Secret")));
    });
}

/// If such a setting were accepted, the first login of a user would create a hash above the limits, and the second
/// login would be rejected.
#[test]
fn rehash_below_above_the_limits_is_rejected_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, format!("alice:{SHA1}\n")).unwrap();
    let rounds = |rounds| Some(Rounds::new(rounds).unwrap());
    let lower =
        Limits::default().max_bcrypt(Cost::new(9).unwrap()).max_sha_crypt(Rounds::new(4_999).unwrap());
    let start = |limits, params| {
        let users = WatchedUsers::builder(&path).limits(limits).open().unwrap();
        Authenticator::builder(users).rehash_below(params).start().map(drop)
    };
    let above = [
        (Limits::default(), bcrypt(17)),
        (Limits::default(), Params::Sha256Crypt(rounds(5_000_001))),
        (Limits::default(), Params::Sha512Crypt(rounds(5_000_001))),
        (lower, bcrypt(10)),
        (lower, Params::Sha512Crypt(None)),
    ];
    for (limits, params) in above {
        let error = start(limits, params).unwrap_err();
        assert!(matches!(error, StartError::RehashAboveLimits), "{params:?}: {error:?}");
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
    for (limits, params) in within {
        assert!(start(limits, params).is_ok(), "{params:?}");
    }
    assert!(matches!(start(Limits::NONE, Params::Plain), Err(StartError::RehashToPlainText)));
}

/// A file with one user, whose hash has these parameters, and an authenticator over it.
fn store_with(password: &str, params: &Params) -> (Fixture, FileStore) {
    let fixture = Fixture::new(&record("alice", password, params), |builder| builder);
    let store = FileStore::new(fixture.path());
    (fixture, store)
}

#[test]
fn a_weak_hash_is_replaced_by_one_of_the_same_password() {
    within_deadline(|| {
        let (fixture, store) = store_with("secret", &Params::Sha1);
        let rehash =
            || fixture.authenticator.rehash(&store, &credentials("alice", "secret"), &bcrypt(4)).unwrap();
        assert_eq!([rehash(), rehash()], [true, false], "the second hash would be no better");
        let hash = fixture.authenticator.users().current().get("alice").unwrap();
        assert!(hash.as_bytes().starts_with(b"$2y$04$"), "the users are reloaded");
        assert!(is_accepted(fixture.verify("alice", "secret")));
        assert_eq!(fixture.verify("alice", "wrong"), Verdict::Rejected);
    });
}

#[test]
fn a_rehash_changes_nothing_for_a_wrong_password_or_an_unknown_user() {
    within_deadline(|| {
        let (fixture, store) = store_with("secret", &Params::Sha1);
        let before = std::fs::read(store.path()).unwrap();
        for (user, password) in [("alice", "wrong"), ("bob", "secret"), ("#alice", "secret")] {
            let credentials = credentials(user, password);
            assert!(
                !fixture.authenticator.rehash(&store, &credentials, &bcrypt(4)).unwrap(),
                "{user} {password}"
            );
        }
        assert_eq!(std::fs::read(store.path()).unwrap(), before);
    });
}

#[test]
fn a_rehash_keeps_a_hash_that_was_changed_meanwhile() {
    within_deadline(|| {
        let users = Users::from(record("alice", "secret", &Params::Sha1));
        let authenticator = Authenticator::builder(users).start().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path().join("users"));
        let (other, better) =
            (record("alice", "changed", &Params::Sha1), record("alice", "secret", &bcrypt(5)));
        for changed in [other, better, "bob:*\n".to_owned()] {
            std::fs::write(store.path(), &changed).unwrap();
            assert!(!authenticator.rehash(&store, &credentials("alice", "secret"), &bcrypt(4)).unwrap());
            assert_eq!(std::fs::read_to_string(store.path()).unwrap(), changed);
        }
    });
}

#[test]
fn a_password_that_a_scheme_reads_in_part_is_not_hashed_again() {
    within_deadline(|| {
        let long = "x".repeat(73);
        for (stored, password, wanted) in
            [(Params::DesCrypt, "correct house", bcrypt(4)), (Params::Sha1, &*long, bcrypt(4))]
        {
            let (fixture, store) = store_with(password, &stored);
            let before = std::fs::read(store.path()).unwrap();
            assert!(is_accepted(fixture.verify("alice", password)));
            assert!(!fixture.authenticator.rehash(&store, &credentials("alice", password), &wanted).unwrap());
            assert_eq!(std::fs::read(store.path()).unwrap(), before);
        }
    });
}

#[test]
fn parameters_that_lock_users_out_are_an_error_of_rehash() {
    within_deadline(|| {
        let (fixture, store) = store_with("secret", &Params::Sha1);
        let rehash = |wanted| fixture.authenticator.rehash(&store, &credentials("alice", "secret"), &wanted);
        let above = rehash(bcrypt(17)).unwrap_err();
        let sentence = "no user could log in with the new hash: cost 17 is above the limit 16";
        assert_eq!(above.to_string(), sentence);
        assert!(matches!(rehash(Params::Plain), Err(RehashError::PlainText)));
        std::fs::remove_file(store.path()).unwrap();
        assert!(matches!(rehash(bcrypt(4)), Err(RehashError::Store(_))));
    });
}
