//! A recovery never undoes an edit that somebody made after the killed write.
//!
//! Each test kills one write at its system calls. Then one of the edits of [`kinds`] changes the file, and then the
//! file is used again: at once, after a while, or after a simulated reboot. The file has to be what the later edit
//! left. `cargo test` tries a sample, `HTPASSWD_TEST_FULL=1` every call with every edit. With
//! `HTPASSWD_TEST_OLD_PROGRAM=PATH`, another build of this program is killed, edits and recovers.

mod kinds;

use std::fs;
use std::time::Duration;

use self::kinds::{Kind, Recovery};
use crate::support::companions::old_program;
use crate::support::mounted::Mounted;
use crate::support::strace::{SystemCall, can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::{OTHER, list, set, without_blank_lines};
use crate::support::{Call, Exit, SHA1, SHA512_CRYPT, Sandbox, is_crypt_text};

/// A write that gets killed.
struct Start<'a> {
    before: String,
    arguments: &'a [&'a str],
    /// On standard input.
    users: String,
    /// The hash of the user `target` before the write, or one that it might have had.
    earlier_hash: &'a str,
}

/// When the file is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    AtOnce,
    Later,
    AfterAReboot,
}

const MOMENTS: [Moment; 3] = [Moment::AtOnce, Moment::Later, Moment::AfterAReboot];

/// The calls that change the file or its journal, or that lie just before such a change. After a kill at any other
/// call, the disk is as after a kill at the next one of these.
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
    /// Edits that did not succeed, such as the deletion of a user by a program that reports an error.
    failed_edits: usize,
    undone: Vec<String>,
    /// What is wrong with the files beside the password file.
    beside: Vec<String>,
}

fn call<'a>(sandbox: &'a Sandbox, arguments: &[&str]) -> Call<'a> {
    sandbox.call(arguments).by_old_program_if_named()
}

/// The text with the salted hash of each run replaced.
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

    /// Kills the write everywhere, with each kind of later edit.
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
            "{combinations} combinations of kill and later edit, {} undone; {failed_edits} edits failed by themselves",
            undone.len()
        ));
        assert!(undone.is_empty(), "undone:\n{}", undone[..undone.len().min(40)].join("\n"));
        assert!(beside.is_empty(), "beside the file:\n{}", beside[..beside.len().min(40)].join("\n"));
        assert!(combinations > 50 && failed_edits * 20 < combinations, "too few edits");
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
        let mut said = String::new();
        match recovery.call(&sandbox) {
            Some(call) => {
                let words = mounted.map_or_else(Vec::new, |mounted| mounted.words_in(&sandbox.work()));
                let run = call.under(words).run();
                // A user may be gone, and a password may be another one; a file may have findings.
                assert!(matches!(run.exit, Exit::Code(0 | 3 | 6..=8)), "{what}\n{run}");
                said = run.warnings().concat();
            }
            None => drop(htpasswd::WatchedUsers::open(sandbox.path("passwd")).unwrap()),
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
                .push(format!("{what}: before, edited and now {sizes:?} bytes, {names:?}, {said:?}"));
            return;
        }
        if old_program().is_none() {
            // A journal that was cut short itself is not believed, and the file is the old one.
            let may_stay = kind != Kind::NoEdit || edited == self.before;
            // A server does not report by standard error.
            let said = (recovery != Recovery::Library).then_some(&*said);
            let wrong = wrong_companions(&sandbox, may_stay, &earlier, said);
            counts.beside.extend(wrong.into_iter().map(|wrong| format!("{what}: {wrong}")));
        }
    }
}

/// Servers protect all that lies beside the file, and nothing is quarantined without a warning.
fn wrong_companions(
    sandbox: &Sandbox,
    may_be_quarantined: bool,
    earlier: &[String],
    said: Option<&str>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in sandbox.companions(&["passwd", "elsewhere", "second"]) {
        if !name.starts_with(".ht") {
            wrong.push(format!("{name} can be downloaded"));
        } else if !name.starts_with(".htpasswd-quarantined-") {
            wrong.push(format!("{name} is left"));
        } else if !may_be_quarantined {
            wrong.push(format!("{name} is quarantined, and the write is not finished"));
        } else if !earlier.contains(&name) && said.is_some_and(|said| !said.contains(&name)) {
            wrong.push(format!("{name} is not reported"));
        }
    }
    wrong
}

/// When and how the file is used again after kill and edit number `seed`. `changes` and `touched` say whether the killed
/// call changes something, and whether the file itself is being written by then: from there on, the sample has every
/// edit, and the full run has every way at once and half of the ways later.
fn ways(seed: usize, changes: bool, touched: bool) -> Vec<(Moment, Recovery)> {
    let all = MOMENTS.iter().flat_map(|&moment| Recovery::ALL.map(|recovery| (moment, recovery)));
    let all: Vec<_> = all.collect();
    // 7 is coprime to the number of ways, so that neighbours differ in both.
    let some = |count: usize| (0..count).map(|shift| all[(seed + shift) * 7 % all.len()]).collect();
    match (full(), changes && touched) {
        (true, true) => {
            let is_wanted =
                |index: usize, moment| moment == Moment::AtOnce || (index + seed).is_multiple_of(2);
            let ways = all.iter().enumerate().filter(|(index, way)| is_wanted(*index, way.0));
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

/// Records of 64 bytes each, so that each page of 4096 bytes ends with a record.
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
