//! Authenticators over files of their own: what they tell, and how their threads are held.

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use htpasswd::{
    Authenticator, AuthenticatorBuilder, Cost, Credentials, Event, IssueKind, Params, Password, PasswordHash,
    Verdict, Verification, WatchedUsers,
};
use tempfile::TempDir;

/// Nothing takes so long but what will never end.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The user whose login holds a [`Desk`]'s thread until the gate is opened.
pub(crate) const GATE: &str = "gate";

/// `{SHA}` of `secret`.
pub(crate) const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
/// `$2y$04$` of `secret`.
pub(crate) const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/// Runs a test, and fails it if it hangs.
pub(crate) fn within_deadline(test: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        let _ = sender.send(());
    });
    match receiver.recv_timeout(DEADLINE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

/// An [`Event`] that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Accepted { user: String, peer: Option<IpAddr>, cached: bool, needs_rehash: bool },
    Rejected { user: String, peer: Option<IpAddr>, known: bool, issue: Option<IssueKind> },
    Limited { user: String, peer: Option<IpAddr>, retry_after: Duration },
    Overloaded { user: String, peer: Option<IpAddr> },
    Reloaded { users: usize },
    NotReloaded { error: String },
}

impl Told {
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

    /// Whose login it is about.
    pub(crate) fn user(&self) -> Option<&str> {
        self.login().map(|(user, _)| user)
    }

    /// Whose login it is about, and from where.
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
struct State {
    log: Mutex<Log>,
    logged: Condvar,
    /// How many threads stand at the gate, and whether it is open.
    gate: Mutex<(usize, bool)>,
    moved: Condvar,
}

#[derive(Default)]
struct Log {
    told: Vec<Told>,
    /// How many logins were told of each user and peer, by their hash: names can be long.
    logins: HashMap<u64, usize>,
}

/// Of a user and a peer.
fn login_hash(user: &str, peer: Option<IpAddr>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (user, peer).hash(&mut hasher);
    hasher.finish()
}

/// What an authenticator has told, and the gate at which it holds its threads.
#[derive(Clone, Default)]
pub(crate) struct Hook(Arc<State>);

impl Hook {
    pub(crate) fn call(&self, event: &Event<'_>) {
        let told = Told::of(event);
        let holds = told.user() == Some(GATE);
        let mut log = self.0.log.lock().unwrap();
        if let Some((user, peer)) = told.login() {
            *log.logins.entry(login_hash(user, peer)).or_insert(0) += 1;
        }
        log.told.push(told);
        drop(log);
        self.0.logged.notify_all();
        if holds {
            self.hold();
        }
    }

    /// Until the gate is open.
    pub(crate) fn hold(&self) {
        let mut gate = self.0.gate.lock().unwrap();
        gate.0 += 1;
        self.0.moved.notify_all();
        let (mut gate, _) = self.0.moved.wait_timeout_while(gate, DEADLINE, |(_, open)| !*open).unwrap();
        gate.0 -= 1;
    }

    pub(crate) fn wait_until_held(&self, threads: usize) {
        let gate = self.0.gate.lock().unwrap();
        let (_gate, result) =
            self.0.moved.wait_timeout_while(gate, DEADLINE, |(held, _)| *held < threads).unwrap();
        assert!(!result.timed_out(), "no thread came to the gate");
    }

    pub(crate) fn open(&self) {
        self.0.gate.lock().unwrap().1 = true;
        self.0.moved.notify_all();
    }

    pub(crate) fn close(&self) {
        self.0.gate.lock().unwrap().1 = false;
    }

    /// All that was told, but for the logins at the gate.
    pub(crate) fn log(&self) -> Vec<Told> {
        let log = self.0.log.lock().unwrap();
        log.told.iter().filter(|told| told.user() != Some(GATE)).cloned().collect()
    }

    /// What was told last.
    /// The last one about a login: files are told of by a thread of their own.
    pub(crate) fn last(&self) -> Told {
        let log = self.log();
        log.into_iter().rev().find(|told| told.user().is_some()).expect("an event")
    }

    pub(crate) fn count(&self, matches: impl Fn(&Told) -> bool) -> usize {
        self.log().iter().filter(|told| matches(told)).count()
    }

    /// Waits until so many such events were told.
    pub(crate) fn wait_for(&self, count: usize, matches: impl Fn(&Told) -> bool) {
        let log = self.0.log.lock().unwrap();
        let few = |log: &mut Log| log.told.iter().filter(|told| matches(told)).count() < count;
        let (log, result) = self.0.logged.wait_timeout_while(log, DEADLINE, few).unwrap();
        assert!(!result.timed_out(), "this did not come: {:?}", log.told);
    }

    /// How many logins of this user from this peer were told.
    fn logins(&self, user: &str, peer: Option<IpAddr>) -> usize {
        self.0.log.lock().unwrap().logins.get(&login_hash(user, peer)).copied().unwrap_or(0)
    }

    /// Waits until more of them than `before` were told.
    fn wait_for_login(&self, user: &str, peer: Option<IpAddr>, before: usize) {
        let (log, hash) = (self.0.log.lock().unwrap(), login_hash(user, peer));
        let few = |log: &mut Log| log.logins.get(&hash).copied().unwrap_or(0) <= before;
        let (_log, result) = self.0.logged.wait_timeout_while(log, DEADLINE, few).unwrap();
        assert!(!result.timed_out(), "nothing was told of {user} from {peer:?}");
    }
}

/// A file, and an authenticator over it.
pub(crate) struct Desk {
    /// The first to be dropped: a test that fails leaves no thread at the gate.
    pub(crate) opener: Opener,
    pub(crate) directory: TempDir,
    path: PathBuf,
    pub(crate) hook: Hook,
    pub(crate) authenticator: Authenticator,
}

impl Desk {
    /// With what `build` makes of the builder.
    pub(crate) fn new(text: &str, build: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, text).unwrap();
        let users = WatchedUsers::builder(&path).check_every(Duration::from_millis(1)).open().unwrap();
        let hook = Hook::default();
        let told = hook.clone();
        let builder = Authenticator::builder(users).on_event(move |event| told.call(event));
        let authenticator = build(builder).start().unwrap();
        Self { opener: Opener(hook.clone()), directory, path, hook, authenticator }
    }

    /// With one thread.
    pub(crate) fn single(
        text: &str,
        build: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
    ) -> Self {
        Self::new(text, |builder| build(builder.threads(1.try_into().unwrap())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file, and makes it count.
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

    /// Waits for the hook, too: clients are answered before it is called.
    fn verify_and_log(&self, peer: Option<IpAddr>, user: &str, password: &str) -> Verdict {
        let before = self.hook.logins(user, peer);
        let verdict = self.authenticator.authenticate_blocking(credentials(user, password), peer);
        self.hook.wait_for_login(user, peer, before);
        verdict
    }

    pub(crate) fn begin(&self, user: &str, password: &str) -> Verification {
        self.authenticator.authenticate(credentials(user, password), None)
    }

    pub(crate) fn begin_from(&self, peer: IpAddr, user: &str, password: &str) -> Verification {
        self.authenticator.authenticate(credentials(user, password), Some(peer))
    }

    /// Keeps the only thread of [`single`](Self::single) from working until the gate is opened.
    pub(crate) fn hold(&self) -> Verification {
        let verification = self.begin(GATE, "x");
        self.hook.wait_until_held(1);
        verification
    }

    /// Whether the last login was let in, and from the cache.
    pub(crate) fn last_cached(&self) -> Option<bool> {
        match self.hook.last() {
            Told::Accepted { cached, .. } => Some(cached),
            _ => None,
        }
    }
}

/// Opens the gate when dropped.
pub(crate) struct Opener(Hook);

impl Drop for Opener {
    fn drop(&mut self) {
        self.0.open();
    }
}

pub(crate) fn credentials(user: &str, password: &str) -> Credentials {
    Credentials::new(user, self::password(password))
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

pub(crate) fn bcrypt(cost: u32) -> Params {
    Params::Bcrypt(Cost::new(cost).unwrap())
}

/// A line of a file.
pub(crate) fn record(user: &str, password: &str, params: &Params) -> String {
    let hash = PasswordHash::create(&self::password(password), params).unwrap();
    format!("{user}:{}\n", String::from_utf8_lossy(hash.as_bytes()))
}

/// Address number `last` of a documentation network.
pub(crate) fn peer(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

pub(crate) fn is_accepted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Accepted { .. })
}

pub(crate) fn is_limited(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Limited { .. })
}

/// Sleeps a little, again and again, until it is so.
pub(crate) fn wait_until(what: impl Fn() -> bool) {
    let mut left = 60_000;
    while !what() {
        assert!(left > 0, "it never came to that");
        left -= 1;
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn wait_for_all(logins: Vec<Verification>) {
    for login in logins {
        let _ = login.wait();
    }
}
