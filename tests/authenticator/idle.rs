//! The threads of an idle authenticator do not wake up, except the one that checks a watched file.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::login::{SHA1, credentials, is_accepted, within_deadline};
use htpasswd::auth::WatchedUsers;
use htpasswd::{Authenticator, Users};

/// The environment variable that is set in the process that [`alone`] starts.
const ALONE: &str = "HTPASSWD_TEST_ALONE";

/// Runs a test of this file in a process of its own, so that all threads in it are threads of the test.
fn alone(name: &str, test: impl FnOnce() + Send + 'static) {
    if std::env::var_os(ALONE).is_some() {
        return within_deadline(test);
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output =
        command.args([&format!("idle::{name}"), "--exact", "--nocapture"]).env(ALONE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

/// Returns how often each thread of authenticators has gone to sleep, by number and name.
fn switches() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let count = |task: std::path::PathBuf| {
        let name = fs::read_to_string(task.join("comm")).unwrap().trim().to_owned();
        let status = fs::read_to_string(task.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        (format!("{name} {}", task.file_name().unwrap().display()), line.trim().parse().unwrap())
    };
    tasks.map(count).filter(|(name, _)| name.starts_with("htpasswd-")).collect()
}

/// Waits for a second in which no thread woke up. Threads whose name begins with `may_wake` may wake up, unless this
/// text is empty.
fn wait_for_an_idle_second(may_wake: &str) {
    let asleep = || {
        let mut switches = switches();
        switches.retain(|name, _| may_wake.is_empty() || !name.starts_with(may_wake));
        switches
    };
    for _ in 0..20 {
        let before = asleep();
        thread::sleep(Duration::from_secs(1));
        // A thread that has just started has no name yet.
        if before.len() >= 2 && before == asleep() {
            return;
        }
    }
    panic!("threads wake up in each second: {:?}", asleep());
}

fn log_in(authenticator: &Authenticator) {
    assert!(is_accepted(authenticator.authenticate_blocking(&credentials("alice", "secret"), None)));
}

#[test]
fn an_idle_authenticator_over_memory_never_wakes_up() {
    alone("an_idle_authenticator_over_memory_never_wakes_up", || {
        let users = Users::from(format!("alice:{SHA1}\n"));
        let authenticator = Authenticator::builder(users).start().unwrap();
        wait_for_an_idle_second("");
        log_in(&authenticator);
        wait_for_an_idle_second("");
    });
}

#[test]
fn only_the_file_check_wakes_an_idle_authenticator() {
    alone("only_the_file_check_wakes_an_idle_authenticator", || {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, format!("alice:{SHA1}\n")).unwrap();
        let authenticator = Authenticator::builder(WatchedUsers::open(&path).unwrap()).start().unwrap();
        log_in(&authenticator);
        wait_for_an_idle_second("htpasswd-file");
        log_in(&authenticator);
    });
}
