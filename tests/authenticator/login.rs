//! Test support: an authenticator over its own password file, the events it sends, and a gate that holds its threads.
//!
//! A test creates a [`Fixture`], verifies logins through it and reads its events. Logins of the user [`GATE`] hold a
//! hashing thread, so that a test controls the order of events. No code in this file may rely on the speed of the
//! machine.

#![allow(dead_code, reason = "each test uses a part of this module")]

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use htpasswd::auth::{AuthenticatorBuilder, Event, Verification, WatchedUsers};
use htpasswd::users::IssueKind;
use htpasswd::{Authenticator, Cost, Credentials, Params, Password, PasswordHash, Verdict};
use tempfile::TempDir;

/// The time limit of a test. A test that takes longer counts as hung.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The user whose login holds a thread of a [`Fixture`] until the gate is opened.
pub(crate) const GATE: &str = "gate";

/// The `{SHA}` hash of `secret`.
pub(crate) const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
/// The `$2y$04$` hash of `secret`.
pub(crate) const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/// Runs a test, and fails if the test takes longer than [`DEADLINE`].
pub(crate) fn within_deadline(test: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        let _ = sender.send(());
    });
    match receiver.recv_timeout(DEADLINE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the test hangs"),
        _ => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

/// An owned copy of an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoggedEvent {
    Accepted { user: String, peer: Option<IpAddr>, cached: bool, needs_rehash: bool },
    Rejected { user: String, peer: Option<IpAddr>, known: bool, issue: Option<IssueKind> },
    Limited { user: String, peer: Option<IpAddr>, retry_after: Duration },
    Overloaded { user: String, peer: Option<IpAddr> },
    Reloaded { users: usize },
    NotReloaded { error: String },
}

impl LoggedEvent {
    fn of(event: &Event<'_>) -> Self {
        match *event {
            Event::Accepted { user, peer, cached, needs_rehash, .. } => {
                Self::Accepted { user: user.to_owned(), peer, cached, needs_rehash }
            }
            Event::Rejected { user, peer, known, issue, .. } => {
                Self::Rejected { user: user.to_owned(), peer, known, issue }
            }
            Event::Limited { user, peer, retry_after, .. } => {
                Self::Limited { user: user.to_owned(), peer, retry_after }
            }
            Event::Overloaded { user, peer, .. } => Self::Overloaded { user: user.to_owned(), peer },
            Event::Reloaded { users, .. } => Self::Reloaded { users: users.len() },
            Event::NotReloaded { error, .. } => Self::NotReloaded { error: error.to_string() },
            _ => panic!("an event that the tests do not know"),
        }
    }

    /// The user of the login, or `None` if the event is not about a login.
    pub(crate) fn user(&self) -> Option<&str> {
        self.login().map(|(user, _)| user)
    }

    /// The user and the peer of the login, or `None` if the event is not about a login.
    pub(crate) fn login(&self) -> Option<(&str, Option<IpAddr>)> {
        match self {
            Self::Accepted { user, peer, .. }
            | Self::Rejected { user, peer, .. }
            | Self::Limited { user, peer, .. }
            | Self::Overloaded { user, peer } => Some((user, *peer)),
            Self::Reloaded { .. } | Self::NotReloaded { .. } => None,
        }
    }
}

#[derive(Default)]
struct HookState {
    log: Mutex<Log>,
    logged: Condvar,
    /// The number of threads that the gate holds, and true if the gate is open.
    gate: Mutex<(usize, bool)>,
    gate_changed: Condvar,
}

#[derive(Default)]
struct Log {
    events: Vec<LoggedEvent>,
    /// The number of login events of each user and peer, by [`login_hash`] because user names can be long.
    logins: HashMap<u64, usize>,
}

/// Returns a hash of a user and a peer.
fn login_hash(user: &str, peer: Option<IpAddr>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (user, peer).hash(&mut hasher);
    hasher.finish()
}

/// The recorded events of an authenticator, and the gate that holds its threads.
#[derive(Clone, Default)]
pub(crate) struct Hook(Arc<HookState>);

impl Hook {
    pub(crate) fn call(&self, event: &Event<'_>) {
        // An authenticator of a debug build sends the event `SlowBuild` at its start. Only the test of `SlowBuild`
        // expects it.
        if matches!(event, Event::SlowBuild) {
            return;
        }
        let event = LoggedEvent::of(event);
        let holds = event.user() == Some(GATE);
        let mut log = self.0.log.lock().unwrap();
        if let Some((user, peer)) = event.login() {
            *log.logins.entry(login_hash(user, peer)).or_insert(0) += 1;
        }
        log.events.push(event);
        drop(log);
        self.0.logged.notify_all();
        if holds {
            self.hold();
        }
    }

    /// Blocks until the gate is open.
    pub(crate) fn hold(&self) {
        let mut gate = self.0.gate.lock().unwrap();
        gate.0 += 1;
        self.0.gate_changed.notify_all();
        let (mut gate, _) =
            self.0.gate_changed.wait_timeout_while(gate, DEADLINE, |(_, open)| !*open).unwrap();
        gate.0 -= 1;
    }

    pub(crate) fn wait_until_held(&self, threads: usize) {
        let gate = self.0.gate.lock().unwrap();
        let (_gate, result) =
            self.0.gate_changed.wait_timeout_while(gate, DEADLINE, |(held, _)| *held < threads).unwrap();
        assert!(!result.timed_out(), "no thread reached the gate");
    }

    pub(crate) fn open(&self) {
        self.0.gate.lock().unwrap().1 = true;
        self.0.gate_changed.notify_all();
    }

    pub(crate) fn close(&self) {
        self.0.gate.lock().unwrap().1 = false;
    }

    /// Returns all events except those of the user [`GATE`].
    pub(crate) fn log(&self) -> Vec<LoggedEvent> {
        let log = self.0.log.lock().unwrap();
        log.events.iter().filter(|event| event.user() != Some(GATE)).cloned().collect()
    }

    /// Returns the last event about a login. Events about the file come from another thread and are skipped.
    pub(crate) fn last(&self) -> LoggedEvent {
        let log = self.log();
        log.into_iter().rev().find(|event| event.user().is_some()).expect("an event")
    }

    pub(crate) fn count(&self, matches: impl Fn(&LoggedEvent) -> bool) -> usize {
        self.log().iter().filter(|event| matches(event)).count()
    }

    /// Waits until at least `count` events match.
    pub(crate) fn wait_for(&self, count: usize, matches: impl Fn(&LoggedEvent) -> bool) {
        let log = self.0.log.lock().unwrap();
        let too_few = |log: &mut Log| log.events.iter().filter(|event| matches(event)).count() < count;
        let (log, result) = self.0.logged.wait_timeout_while(log, DEADLINE, too_few).unwrap();
        assert!(!result.timed_out(), "the event did not arrive: {:?}", log.events);
    }

    /// Returns the number of login events of this user from this peer.
    fn logins(&self, user: &str, peer: Option<IpAddr>) -> usize {
        self.0.log.lock().unwrap().logins.get(&login_hash(user, peer)).copied().unwrap_or(0)
    }

    /// Waits until there are more than `before` login events of this user from this peer.
    fn wait_for_login(&self, user: &str, peer: Option<IpAddr>, before: usize) {
        let (log, hash) = (self.0.log.lock().unwrap(), login_hash(user, peer));
        let too_few = |log: &mut Log| log.logins.get(&hash).copied().unwrap_or(0) <= before;
        let (_log, result) = self.0.logged.wait_timeout_while(log, DEADLINE, too_few).unwrap();
        assert!(!result.timed_out(), "no event of {user} from {peer:?}");
    }
}

/// A password file and an authenticator over it.
pub(crate) struct Fixture {
    /// This field is dropped first, so that a failing test leaves no thread at the gate.
    pub(crate) opener: Opener,
    pub(crate) directory: TempDir,
    path: PathBuf,
    pub(crate) hook: Hook,
    pub(crate) authenticator: Authenticator,
}

impl Fixture {
    /// Starts an authenticator over a file with this text, with the settings that `build` makes.
    pub(crate) fn new(text: &str, build: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, text).unwrap();
        let users = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let hook = Hook::default();
        let recorder = hook.clone();
        let builder = Authenticator::builder(users).on_event(move |event| recorder.call(event));
        let authenticator = build(builder).start().unwrap();
        Self { opener: Opener(hook.clone()), directory, path, hook, authenticator }
    }

    /// Starts an authenticator as [`new`](Self::new) does, with one thread.
    pub(crate) fn single(
        text: &str,
        build: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
    ) -> Self {
        Self::new(text, |builder| build(builder.threads(1)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file and reloads the users.
    pub(crate) fn write(&self, text: &str) {
        let new = self.directory.path().join("users.new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &self.path).unwrap();
        self.authenticator.users().reload().unwrap();
    }

    pub(crate) fn verify(&self, user: &str, password: &str) -> Verdict {
        self.verify_and_log(None, user, password)
    }

    pub(crate) fn verify_from(&self, peer: IpAddr, user: &str, password: &str) -> Verdict {
        self.verify_and_log(Some(peer), user, password)
    }

    /// Verifies a login and waits for its event, because clients are answered before the hook is called.
    fn verify_and_log(&self, peer: Option<IpAddr>, user: &str, password: &str) -> Verdict {
        let before = self.hook.logins(user, peer);
        let verdict = self.authenticator.authenticate_blocking(&credentials(user, password), peer);
        self.hook.wait_for_login(user, peer, before);
        verdict
    }

    pub(crate) fn begin(&self, user: &str, password: &str) -> Verification {
        self.authenticator.authenticate(&credentials(user, password), None)
    }

    pub(crate) fn begin_from(&self, peer: IpAddr, user: &str, password: &str) -> Verification {
        self.authenticator.authenticate(&credentials(user, password), Some(peer))
    }

    /// Holds the only thread of [`single`](Self::single) until the gate is opened.
    pub(crate) fn hold(&self) -> Verification {
        let verification = self.begin(GATE, "x");
        self.hook.wait_until_held(1);
        verification
    }

    /// True if the last login was answered from the cache, and `None` if it was not accepted.
    pub(crate) fn last_cached(&self) -> Option<bool> {
        match self.hook.last() {
            LoggedEvent::Accepted { cached, .. } => Some(cached),
            _ => None,
        }
    }
}

/// Opens the gate when it is dropped.
pub(crate) struct Opener(Hook);

impl Drop for Opener {
    fn drop(&mut self) {
        self.0.open();
    }
}

pub(crate) fn credentials(user: &str, password: &str) -> Credentials {
    Credentials::new(user, password).unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

pub(crate) fn bcrypt(cost: u32) -> Params {
    Params::Bcrypt(Cost::new(cost).unwrap())
}

/// A record of a password file, with its newline.
pub(crate) fn record(user: &str, password: &str, params: &Params) -> String {
    let hash = PasswordHash::create(&self::password(password), params).unwrap();
    format!("{user}:{}\n", String::from_utf8_lossy(hash.as_bytes()))
}

/// Address number `last` of the documentation network 192.0.2.0/24 (RFC 5737).
pub(crate) fn peer(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

pub(crate) fn is_accepted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Accepted { .. })
}

pub(crate) fn is_limited(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Limited { .. })
}

/// Checks a condition each millisecond until it is true.
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let mut left = 60_000;
    while !condition() {
        assert!(left > 0, "the condition never became true");
        left -= 1;
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn wait_for_all(logins: Vec<Verification>) {
    for login in logins {
        let _ = login.wait();
    }
}
