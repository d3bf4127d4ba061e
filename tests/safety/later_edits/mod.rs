//! Tests that recovery never undoes an edit that was made after the killed write.
//!
//! Each test kills one write at each of its system calls. Then one of the edits of [`kinds`] changes the file, and the
//! program uses the file again: at once, after a while, or after a simulated reboot. The file must have the content
//! that the later edit left. `cargo test` tries a sample; `HTPASSWD_TEST_FULL=1` tries each call with each edit. With
//! `HTPASSWD_TEST_OLD_PROGRAM=PATH`, the test uses the build at this path for the killed write, for the edits of this
//! program, and for the recovery.

mod kinds;

use std::fs;
use std::time::Duration;

use self::kinds::{Kind, Recovery};
use crate::support::companions::old_program;
use crate::support::mounted::Mounted;
use crate::support::strace::{SystemCall, can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::{OTHER, list, set, without_blank_lines};
use crate::support::{Call, Exit, SHA1, SHA512_CRYPT, Sandbox, is_crypt_text};

/// A write that the test kills.
struct Start<'a> {
    before: String,
    arguments: &'a [&'a str],
    /// The user list on standard input.
    users: String,
    /// The hash of the user `target` before the write, or a hash that this user could have had.
    earlier_hash: &'a str,
}

/// The moment at which the program uses the file again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    AtOnce,
    Later,
    AfterAReboot,
}

const MOMENTS: [Moment; 3] = [Moment::AtOnce, Moment::Later, Moment::AfterAReboot];

/// The calls that change the file or its journal, or that come just before such a change. A kill at any other call
/// leaves the same disk as a kill at the next call of this list.
const CHANGES: [&str; 12] = [
    "fallocate",
    "fchmod",
    "flock",
    "fsync",
    "ftruncate",
    "openat",
    "pwrite64",
    "pwritev",
    "renameat2",
    "unlinkat",
    "utimensat",
    "write",
];

#[derive(Default)]
struct Counts {
    combinations: usize,
    /// The number of edits that failed, for example because the program reported an error.
    failed_edits: usize,
    undone: Vec<String>,
    /// The problems with the files beside the password file.
    beside: Vec<String>,
}

fn call<'a>(sandbox: &'a Sandbox, arguments: &[&str]) -> Call<'a> {
    sandbox.call(arguments).by_old_program_if_named()
}

/// The text without the SHA-512 hashes, which have a new salt in each run.
fn masked(text: &str) -> String {
    let line = |line: &str| match line.split_once(":$6$") {
        Some((user, hash)) if is_crypt_text(&hash.replace('$', ""), 16 + 86) => format!("{user}:(sha512)\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

impl<'a> Start<'a> {
    fn new(before: &str, arguments: &'a [&'a str]) -> Self {
        Self { before: before.to_owned(), arguments, users: String::new(), earlier_hash: SHA1 }
    }

    fn sandbox(&self, kind: Kind) -> Sandbox {
        let sandbox = Sandbox::with(&self.before);
        kind.prepare(&sandbox);
        sandbox
    }

    fn call<'s>(&self, sandbox: &'s Sandbox) -> Call<'s> {
        call(sandbox, self.arguments).stdin(&self.users)
    }

    /// Kills the write at each call, with each kind of later edit.
    fn try_all(&self) {
        if !can_trace() {
            return;
        }
        let first = self.sandbox(Kind::NoEdit);
        let calls = from_file_on(system_calls(&first, self.call(&first)), "passwd");
        let after = masked(&first.text("passwd"));
        assert_ne!(after, self.before, "the edit changes nothing");
        let touched = calls.iter().position(|call| call.name == "pwrite64").expect("the file is not written");

        fs::write(first.root().join("boot_id"), "00000000-1111-4222-8333-444444444444\n").unwrap();
        let rebooted = Mounted::new(&first, "mount --bind ../boot_id /proc/sys/kernel/random/boot_id");
        let kinds = Kind::possible();
        let mut counts = Counts::default();
        for (at, call) in calls.iter().enumerate() {
            for (number, &kind) in kinds.iter().enumerate() {
                let changes = CHANGES.contains(&call.name.as_str());
                for (moment, recovery) in ways(at + number, changes, at >= touched) {
                    let mounted = rebooted.as_ref().filter(|_| moment == Moment::AfterAReboot);
                    let in_process = recovery == Recovery::Library;
                    let is_possible = (mounted.is_some() || moment != Moment::AfterAReboot)
                        && !(in_process && (mounted.is_some() || old_program().is_some()));
                    if is_possible {
                        let expected = [&self.before, &after].map(String::as_str);
                        self.try_one(call, kind, (moment, mounted), recovery, expected, &mut counts);
                    }
                }
            }
        }
        let Counts { combinations, failed_edits, undone, beside } = counts;
        counted(&format!(
            "{combinations} combinations of kill and later edit, {} undone; {failed_edits} later edits failed",
            undone.len()
        ));
        assert!(undone.is_empty(), "undone edits:\n{}", undone[..undone.len().min(40)].join("\n"));
        assert!(beside.is_empty(), "beside the file:\n{}", beside[..beside.len().min(40)].join("\n"));
        assert!(combinations > 50 && failed_edits * 20 < combinations, "too few edits succeeded");
    }

    fn try_one(
        &self,
        call: &SystemCall,
        kind: Kind,
        (moment, mounted): (Moment, Option<&Mounted<'_>>),
        recovery: Recovery,
        old_and_new: [&str; 2],
        counts: &mut Counts,
    ) {
        let sandbox = self.sandbox(kind);
        let what = format!(
            "{:?} killed at {} number {}, then {kind:?}, {moment:?} {recovery:?}",
            self.arguments, call.name, call.number
        );
        let run = with_rules(self.call(&sandbox), &[call.inject("signal=KILL")]).run();
        assert!(matches!(run.exit, Exit::Signal(9) | Exit::Code(0)), "{what}\n{run}");
        if !kind.apply(&sandbox, self) {
            counts.failed_edits += 1;
            return;
        }
        let edited = sandbox.text("passwd");
        let earlier = sandbox.quarantined_names();
        if moment == Moment::Later {
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut warnings = String::new();
        match recovery.call(&sandbox) {
            Some(call) => {
                let words = mounted.map_or_else(Vec::new, |mounted| mounted.words_in(&sandbox.work()));
                let run = call.under(words).run();
                // The later edit may have removed the user, changed the password or caused findings.
                assert!(matches!(run.exit, Exit::Code(0 | 3 | 6..=8)), "{what}\n{run}");
                warnings = run.warnings().concat();
            }
            None => drop(htpasswd::auth::WatchedUsers::open(sandbox.path("passwd")).unwrap()),
        }
        counts.combinations += 1;
        let now = sandbox.text("passwd");
        let stays = |text: &str| {
            let expected = recovery.expected(text);
            let has_blank_lines = edited.contains("\n\n");
            now == expected
                || (has_blank_lines && without_blank_lines(&now) == without_blank_lines(&expected))
        };
        if kind == Kind::NoEdit {
            let expected = old_and_new.map(|text| masked(&recovery.expected(text)));
            assert!(expected.contains(&masked(&now)), "{what}: neither old nor new\n{now}");
        } else if !stays(&edited) {
            let names = sandbox.names();
            let sizes = [&self.before, &edited, &now].map(String::len);
            counts
                .undone
                .push(format!("{what}: before, edited and now {sizes:?} bytes, {names:?}, {warnings:?}"));
            return;
        }
        if old_program().is_none() {
            // A kill during the write of the journal leaves the old file and an incomplete journal.
            let may_stay = kind != Kind::NoEdit || edited == self.before;
            // A server writes no warning to standard error.
            let warnings = (recovery != Recovery::Library).then_some(&*warnings);
            let wrong = wrong_companions(&sandbox, may_stay, &earlier, warnings);
            counts.beside.extend(wrong.into_iter().map(|wrong| format!("{what}: {wrong}")));
        }
    }
}

/// The problems with the files beside the password file: a name that servers do not protect, a file that recovery
/// should have removed, or a quarantined journal without a warning.
fn wrong_companions(
    sandbox: &Sandbox,
    may_be_quarantined: bool,
    earlier: &[String],
    warnings: Option<&str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in sandbox.companions(&["passwd", "elsewhere", "second"]) {
        if !name.starts_with(".ht") {
            wrong.push(format!("{name} can be downloaded"));
        } else if !name.starts_with(".htpasswd-quarantined-") {
            wrong.push(format!("{name} is left"));
        } else if !may_be_quarantined {
            wrong.push(format!("{name} is quarantined, but the write is not finished"));
        } else if !earlier.contains(&name) && warnings.is_some_and(|warnings| !warnings.contains(&name)) {
            wrong.push(format!("{name} is not reported"));
        }
    }
    wrong
}

/// The moments and uses that the test tries after kill and edit number `seed`. `changes` is true if the killed call is
/// one of [`CHANGES`]. `touched` is true if the killed call is the first write to the password file or a later call.
/// For such calls, the sample tries each edit, and the full run tries each use immediately and half of the uses at the
/// later moments.
fn ways(seed: usize, changes: bool, touched: bool) -> Vec<(Moment, Recovery)> {
    let all = MOMENTS.iter().flat_map(|&moment| Recovery::ALL.map(|recovery| (moment, recovery)));
    let all: Vec<_> = all.collect();
    // The factor 7 is coprime to the number of ways, so neighbours differ in moment and use.
    let some = |count: usize| (0..count).map(|shift| all[(seed + shift) * 7 % all.len()]).collect();
    match (full(), changes && touched) {
        (true, true) => {
            let is_included =
                |index: usize, moment| moment == Moment::AtOnce || (index + seed).is_multiple_of(2);
            let ways = all.iter().enumerate().filter(|(index, way)| is_included(*index, way.0));
            ways.map(|(_, way)| *way).collect()
        }
        (true, false) if changes => some(2),
        (true, false) => some(usize::from(seed.is_multiple_of(3))),
        (false, true) => some(1),
        (false, false) => some(usize::from(seed.is_multiple_of(if changes { 8 } else { 40 }))),
    }
}

fn five_users() -> String {
    ["target", "bob", "keeper", "carol", "mallory"].map(|user| format!("{user}:{SHA1}\n")).concat()
}

/// Records of 64 bytes each, so that each page of 4,096 bytes ends with a complete record.
fn records_of_64_bytes(prefix: &str, count: usize) -> String {
    let record = |number: usize| format!("{prefix}{number:028}:{SHA1}\n");
    (0..count).map(record).collect::<Vec<_>>().concat()
}

#[test]
fn edits_after_a_killed_update_stay() {
    Start::new(&five_users(), &["-b5", "passwd", "target", "other"]).try_all();
}

#[test]
fn edits_after_a_killed_import_of_new_users_stay() {
    let before = five_users().replace(&format!("target:{SHA1}\n"), "");
    let start = Start::new(&before, &["--import", "--hashed", "passwd"]);
    Start { users: list([("new", OTHER), ("target", OTHER)]), ..start }.try_all();
}

#[test]
fn edits_after_a_killed_update_that_shortens_stay() {
    let before = set(&five_users(), "target", SHA512_CRYPT);
    let start = Start::new(&before, &["-bs", "passwd", "target", "other"]);
    Start { earlier_hash: SHA512_CRYPT, ..start }.try_all();
}

#[test]
fn edits_after_a_killed_deletion_stay() {
    Start::new(&five_users(), &["-D", "passwd", "target"]).try_all();
}

#[test]
fn edits_after_a_killed_import_of_hashes_stay() {
    let start = Start::new(&five_users(), &["--import", "--hashed", "passwd"]);
    Start { users: list([("bob", OTHER), ("target", OTHER), ("mallory", OTHER)]), ..start }.try_all();
}

#[test]
fn edits_after_a_killed_growth_over_pages_stay() {
    let before = records_of_64_bytes("a", 48);
    let start = Start::new(&before, &["--import", "--hashed", "passwd"]);
    let users = records_of_64_bytes("b", 200) + &list([("target", OTHER)]);
    Start { users, ..start }.try_all();
}

#[test]
fn edits_after_a_killed_shrink_over_pages_stay() {
    let before = format!("{}target:{SHA1}\n", records_of_64_bytes("a", 232));
    let first = format!("a{:028}", 0);
    Start::new(&before, &["-D", "passwd", &first]).try_all();
}
