//! Kills of htpasswd.exe at many times of an edit. The file must be the old one or the new one after the next run.
//!
//! The file is long, so that the writes take a part of the run. Each time of a kill depends on the runs before: a killed run
//! makes it later, and a run that ended in time makes it earlier, so most kills are near the end of the run, where
//! htpasswd writes. .ci/windows.sh makes 32 kills, and with `HTPASSWD_TEST_FULL=1` 320.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::sandbox;
use super::support::strace::{counted, full};
use super::support::users::{OTHER, insert, list, set, users};
use super::support::{APR1, Call, Exit, SHA1, Sandbox};

/// The number of kills of each edit in a sample.
const SAMPLE: u32 = 8;
const LINES: usize = 20_000;

/// An edit of the file `passwd`, and the file before and after it.
struct Edit {
    arguments: &'static [&'static str],
    /// The user list on standard input.
    users: String,
    before: String,
    after: String,
}

impl Edit {
    fn call<'a>(&self, sandbox: &'a Sandbox) -> Call<'a> {
        sandbox.call(self.arguments).stdin(&self.users)
    }

    /// The duration of the edit without a kill.
    fn duration(&self) -> Duration {
        let sandbox = sandbox(&self.before);
        let start = Instant::now();
        self.call(&sandbox).run().exits(0);
        let duration = start.elapsed();
        assert!(sandbox.text("passwd") == self.after, "the edit fails without a kill");
        duration
    }

    fn kill_at_many_times(&self) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        // Another test at the same time would change the durations.
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = if full() { 10 * SAMPLE } else { SAMPLE };
        let (mut runs, mut kills, mut old, mut new, mut torn, mut recoveries) = (0, 0, 0, 0, 0, 0);
        let mut end = self.duration();
        while kills < wanted {
            runs += 1;
            assert!(runs <= 20 * wanted, "{kills} kills in {runs} runs");
            let sandbox = sandbox(&self.before);
            let limit = format!("{}", (end * (10 - runs % 4) / 10).as_secs_f64());
            // `timeout` exits with 137 after the signal, and with 124 if the run ended just before it.
            let call = self.call(&sandbox).under(["timeout", "--foreground", "--signal=KILL", &limit]);
            let run = call.run();
            assert!([Exit::Code(137), Exit::Code(124), Exit::Code(0)].contains(&run.exit), "{run}");
            let is_killed = run.exit == Exit::Code(137);
            end = end * if is_killed { 103 } else { 90 } / 100;
            kills += u32::from(is_killed);
            let left = sandbox.text("passwd");
            match () {
                () if left == self.before => old += 1,
                () if left == self.after => new += 1,
                () => torn += 1,
            }
            recoveries +=
                u32::from(self.recover(&sandbox, &format!("{:?} killed after {limit} s", self.arguments)));
        }
        counted(&format!(
            "{kills} kills in {runs} runs; {old} files were old, {new} new, {torn} torn; the next run finished {recoveries} \
             edits; then all files were old or new"
        ));
    }

    /// The next edit finishes the killed one, or has no trace of it, and loses no user. Returns true if it finished the edit.
    fn recover(&self, sandbox: &Sandbox, context: &str) -> bool {
        let run = sandbox.run(["-bs", "passwd", "u00000", "other"]);
        assert_eq!(run.exit, Exit::Code(0), "{context}\n{run}");
        let text = sandbox.text("passwd");
        let expected = [&self.before, &self.after].map(|content| set(content, "u00000", OTHER));
        assert!(expected.contains(&text), "{context}: neither old nor new\n{run}");
        assert_eq!(sandbox.names(), ["passwd"], "{context}");
        run.warnings().iter().any(|warning| warning.contains("was interrupted"))
    }
}

/// A long file with the user `target` at the start of its second quarter.
fn with_target(hash: &str) -> String {
    insert(&users(LINES), LINES / 4, &format!("target:{hash}"))
}

#[test]
fn a_killed_addition_leaves_the_old_or_the_new_file() {
    let before = users(LINES);
    let after = format!("{before}target:{SHA1}\n");
    let arguments = &["-bs", "passwd", "target", "secret"];
    Edit { arguments, users: String::new(), before, after }.kill_at_many_times();
}

#[test]
fn a_killed_update_that_shortens_the_file_leaves_the_old_or_the_new_file() {
    let (before, after) = (with_target(APR1), with_target(SHA1));
    let arguments = &["-bs", "passwd", "target", "secret"];
    Edit { arguments, users: String::new(), before, after }.kill_at_many_times();
}

#[test]
fn a_killed_deletion_leaves_the_old_or_the_new_file() {
    let (before, after) = (with_target(SHA1), users(LINES));
    let arguments = &["-D", "passwd", "target"];
    Edit { arguments, users: String::new(), before, after }.kill_at_many_times();
}

#[test]
fn a_killed_import_leaves_the_old_or_the_new_file() {
    let before = with_target(SHA1);
    let after = format!("{}new:{OTHER}\n", with_target(APR1));
    let users = list([("target", APR1), ("new", OTHER)]);
    Edit { arguments: &["--import", "--hashed", "passwd"], users, before, after }.kill_at_many_times();
}
