//! The users of the example registry: it follows changes to the password file, and its log contains no passwords.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::registry::{Registry, example};
use crate::support::{BCRYPT, SHA1, SHA512_CRYPT, Sandbox, hash_of};

const CHALLENGE: &str = "Basic realm=\"Registry\", charset=\"UTF-8\"";

/// Returns a sandbox whose file `passwd` has these users and passwords.
fn users(users: &[[&str; 2]]) -> Sandbox {
    let sandbox = Sandbox::with("");
    for [user, password] in users {
        sandbox.run(["-bBC", "4", "passwd", user, password]).exits(0);
    }
    sandbox
}

#[test]
fn added_changed_and_deleted_users_take_effect() {
    let sandbox = users(&[["dreamfish", "abc123"]]);
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    assert_eq!(registry.login("dreamfish:abc123"), 200);
    assert_eq!(registry.login("moonfish:def456"), 401);

    sandbox.run(["-bBC", "4", "passwd", "moonfish", "def456"]).exits(0);
    registry.login_becomes("moonfish:def456", 200);

    sandbox.run(["-bBC", "4", "passwd", "dreamfish", "new"]).exits(0);
    registry.login_becomes("dreamfish:abc123", 401);
    assert_eq!(registry.login("dreamfish:new"), 200);

    // The login of `moonfish` is in the cache before the deletion.
    sandbox.run(["-D", "passwd", "moonfish"]).exits(0);
    registry.login_becomes("moonfish:def456", 401);
    assert_eq!(registry.login("dreamfish:new"), 200);
}

#[test]
fn requests_without_credentials_are_challenged() {
    let sandbox = users(&[["alice", "pw"]]);
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    for path in ["/v2/", "/v2/_catalog", "/v2/a/manifests/b", "/", "/nothing", "/healthz/"] {
        for args in [&[][..], &["-u", "alice:wrong"], &["-u", "unknown:pw"], &["-u", "alice:"]] {
            let answer = registry.curl(path, args);
            assert_eq!(answer.status, 401, "{path} {args:?}");
            assert_eq!(answer.headers("www-authenticate"), [CHALLENGE], "{path} {args:?}");
            assert_eq!(answer.headers("docker-distribution-api-version"), ["registry/2.0"]);
            assert_eq!(answer.body, "");
        }
    }
    for (path, body) in [("/v2/", "{}"), ("/v2/_catalog", "{\"repositories\":[]}")] {
        let answer = registry.curl(path, &["-u", "alice:pw"]);
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert_eq!(answer.headers("content-type"), ["application/json"]);
        assert_eq!(answer.headers("docker-distribution-api-version"), ["registry/2.0"]);
        assert!(answer.headers("www-authenticate").is_empty());
    }
    assert_eq!(registry.curl("/healthz", &[]).status, 200);
}

#[test]
fn the_log_names_users_but_no_passwords() {
    let sandbox = users(&[["al\"ice", "hunter2"]]);
    let Some(registry) = Registry::start(&sandbox, &["--cache", "0"]) else { return };
    // The last user has typed a password into the wrong field.
    for credentials in ["al\"ice:hunter2", "al\"ice:hunter3", "hunter4:", "hunter2:al\"ice"] {
        registry.login(credentials);
    }
    sandbox.run(["-D", "passwd", "al\"ice"]).exits(0);
    registry.logs("registry: the previous users stay: ");
    registry.logs("registry: the users have changed: 0 can log in");
    let log = registry.log();
    assert_eq!(log.matches("wrong password for \"al\\\"ice\" from 127.0.0.1, ").count(), 1, "{log}");
    assert_eq!(log.matches("unknown user from 127.0.0.1, ").count(), 2, "{log}");
    assert!(!log.contains("hunter"), "{log}");
}

#[test]
fn a_client_that_guesses_is_limited_and_others_are_not() {
    let sandbox = users(&[["alice", "pw"], ["bob", "pw"]]);
    let Some(registry) = Registry::start(&sandbox, &["--failures"]) else { return };
    for _ in 0..10 {
        assert_eq!(registry.login("alice:wrong"), 401);
    }
    let answer = registry.curl("/v2/", &["-u", "alice:pw"]);
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.headers("retry-after").concat().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(registry.login("bob:pw"), 200);
    let elsewhere = registry.curl("/v2/", &["-u", "alice:pw", "--interface", "127.0.0.2"]);
    assert_eq!(elsewhere.status, 200);
    registry.logs("too many wrong passwords for \"alice\" from 127.0.0.1, retry after ");
}

#[test]
fn weak_hashes_are_replaced_when_their_users_log_in() {
    let long = "x".repeat(100);
    let sandbox = users(&[["weak", "pw"], ["other", "pw"]]);
    sandbox.run(["-b5", "passwd", "long", &long]).exits(0);
    sandbox.write("passwd", format!("{}old:{SHA1}\nnew:{SHA512_CRYPT}\n", sandbox.text("passwd")));
    let before = sandbox.text("passwd");
    let Some(registry) = Registry::start(&sandbox, &["--rehash", "5"]) else { return };
    for credentials in ["weak:wrong", "old:wrong"] {
        assert_eq!(registry.login(credentials), 401);
    }
    assert_eq!(registry.login(&format!("long:{long}")), 200);
    for (user, password) in [("weak", "pw"), ("old", "secret"), ("new", "secret")] {
        let credentials = format!("{user}:{password}");
        let deadline = Instant::now() + Duration::from_secs(15);
        while !hash_of(&sandbox.text("passwd"), user).starts_with("$2y$05$") {
            assert_eq!(registry.login(&credentials), 200);
            assert!(Instant::now() < deadline, "no better hash for {user}: {}", registry.log());
        }
        assert!(sandbox.verifies(user, password));
        assert_eq!(registry.login(&credentials), 200);
    }
    // The user `other` has not logged in, and bcrypt would ignore the end of the password of `long`.
    for user in ["other", "long"] {
        assert_eq!(hash_of(&sandbox.text("passwd"), user), hash_of(&before, user));
    }
    assert_eq!(sandbox.names(), ["passwd"]);
}

/// If such a cost were accepted, the first login of each user would create a hash above the limits, and the second
/// login would be rejected.
#[test]
fn a_rehash_cost_above_the_limits_is_an_error_at_start() {
    let sandbox = users(&[["alice", "pw"]]);
    let mut command = Command::new(example());
    command.args(["passwd", "--listen", "127.0.0.1:0", "--data", "../data", "--rehash", "17"]);
    let output = command.current_dir(sandbox.work()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let sentence = "rehash_below exceeds the limits of the users: no user could log in with such a hash\n";
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.ends_with(&format!("registry: {sentence}")), "{log}");
}

#[test]
fn the_log_explains_why_a_user_cannot_log_in() {
    let costly = BCRYPT.replace("$04$", "$17$");
    let sandbox = Sandbox::with(format!("alice:{costly}\nbob:*\n"));
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    for user in ["alice", "bob", "carol"] {
        assert_eq!(registry.login(&format!("{user}:secret")), 401);
    }
    registry.logs("\"alice\" cannot log in from 127.0.0.1: the hash exceeds the cost limit, ");
    registry.logs("\"bob\" cannot log in from 127.0.0.1: the account is locked, ");
    registry.logs("unknown user from 127.0.0.1, ");
    assert!(!registry.log().contains("carol"), "{}", registry.log());
}
