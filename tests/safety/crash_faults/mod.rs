//! Tests in which strace lets one system call of the program fail. The program must neither crash nor hang: it
//! either reports the error and leaves the old file, or succeeds and leaves the new one. The next run must find a
//! valid file.
//!
//! `cargo test` lets the calls fail that make and change files. `HTPASSWD_TEST_FULL=1` lets each call fail.

mod limits;

use std::fs::{self, FileTimes, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant, SystemTime};

use crate::support::companions::quarantined;
use crate::support::strace::{SystemCall, can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::{OTHER, SOME_BCRYPT, list, masked, set, users};
use crate::support::{APR1, Call, Exit, Run, SHA1, Sandbox};

const JOURNAL: &str = ".htpasswd-journal.passwd";
/// `cargo test` tries only the first three errors.
const ERRORS: [&str; 5] = ["EIO", "EACCES", "EINTR", "ENOSPC", "EDQUOT"];
/// The calls that open, read, make and change files.
const CALLS: [&str; 14] = [
    "openat",
    "read",
    "pread64",
    "write",
    "pwrite64",
    "fallocate",
    "ftruncate",
    "fsync",
    "fchmod",
    "linkat",
    "renameat2",
    "unlinkat",
    "flock",
    "utimensat",
];
/// Calls that end the process, read a limit or handle memory. A failure of these calls is not tested.
const CANNOT_FAIL: [&str; 9] =
    ["exit_group", "geteuid", "prlimit64", "brk", "mmap", "mremap", "munmap", "sigaltstack", "rt_sigaction"];
const CREATE: &[&str] = &["-cbs", "passwd", "new", "secret"];
const SET: &[&str] = &["-bs", "passwd", "u00003", "other"];
const DELETE: &[&str] = &["-D", "passwd", "u00003"];

/// A run of the program, with the file before and after the run. `None` means that there is no file.
struct Case {
    arguments: &'static [&'static str],
    /// The user list on standard input.
    users: String,
    start: fn() -> Sandbox,
    old: Option<String>,
    new: Option<String>,
}

#[derive(Default)]
struct Counts {
    faults: usize,
    failed: usize,
    went_on: usize,
}

fn content(sandbox: &Sandbox) -> Option<String> {
    sandbox.path("passwd").exists().then(|| masked(&sandbox.text("passwd")))
}

fn ten() -> Sandbox {
    Sandbox::with(users(10))
}

/// True if each line of standard error has a known beginning, and one of them is an error or a warning.
fn is_clear(run: &Run) -> bool {
    let text = run.stderr();
    let has_known_start = |line: &str| {
        ["htpasswd: ", "Warning: ", "Adding ", "Updating ", "Deleting ", "Imported "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let is_report = |line: &str| line.starts_with("htpasswd: ") || line.starts_with("Warning: ");
    text.ends_with('\n') && text.lines().all(has_known_start) && text.lines().any(is_report)
}

fn fail_everywhere(case: &Case) {
    if !can_trace() {
        return;
    }
    let sandbox = (case.start)();
    let all = system_calls(&sandbox, case.call(&sandbox));
    assert_eq!(content(&sandbox), case.new, "the edit fails without a fault");
    let mut calls = from_file_on(all, "passwd");
    calls.retain(|call| full() || CALLS.contains(&call.name.as_str()));
    calls.retain(|call| !CANNOT_FAIL.contains(&call.name.as_str()));
    let mut counts = Counts::default();
    for call in &calls {
        for error in if full() { &ERRORS } else { &ERRORS[..3] } {
            case.fail(call, &call.inject(&format!("error={error}")), &mut counts);
        }
        // These errors persist: the disk is full or broken.
        for error in ["ENOSPC", "EIO"] {
            case.fail(call, &call.inject_from_here(&format!("error={error}")), &mut counts);
        }
    }
    let Counts { faults, failed, went_on } = counts;
    counted(&format!(
        "{faults} faults at {} system calls: {failed} errors reported, {went_on} writes done nevertheless",
        calls.len()
    ));
    assert!(failed > 0, "nothing failed");
}

impl Case {
    fn call<'a>(&self, sandbox: &'a Sandbox) -> Call<'a> {
        sandbox.call(self.arguments).stdin(&self.users)
    }

    fn fail(&self, call: &SystemCall, rule: &str, counts: &mut Counts) {
        let context = format!("{:?}, {rule}: {}", self.arguments, call.text);
        let sandbox = (self.start)();
        let run = with_rules(self.call(&sandbox), &[rule]).run();
        counts.faults += 1;
        let now = content(&sandbox);
        match run.exit {
            Exit::Code(0) => {
                counts.went_on += 1;
                assert_eq!(now, self.new, "exit code 0, but the edit is not done: {context}\n{run}");
            }
            Exit::Code(1) => {
                counts.failed += 1;
                // The `write` that fails may be the write of the message to standard error.
                assert!(call.name == "write" || is_clear(&run), "no clear message: {context}\n{run}");
                let has_journal = sandbox.path(JOURNAL).exists();
                assert!(
                    now == self.old || now == self.new || has_journal,
                    "neither old nor new: {context}\n{run}"
                );
            }
            _ => panic!("{context}\n{run}"),
        }
        self.check_next(&sandbox, run.exit == Exit::Code(0), &context);
    }

    /// Checks the file with another run, which has no fault.
    fn check_next(&self, sandbox: &Sandbox, done: bool, context: &str) {
        let run = sandbox.run(["-bs", "passwd", "next", "other"]);
        let now = content(sandbox);
        if now.is_some() {
            run.exits(0);
        }
        let after = |content: &Option<String>| content.as_ref().map(|content| set(content, "next", OTHER));
        let fits = now == after(&self.new) || (!done && now == after(&self.old));
        assert!(fits, "wrong content after the next run: {context}\n{run}\n{now:?}");
        assert!(
            sandbox.names().iter().all(|name| name == "passwd"),
            "left: {:?}: {context}",
            sandbox.names()
        );
        assert!(sandbox.temporary_names().is_empty(), "left in TMPDIR: {context}");
    }
}

#[test]
fn faults_during_an_addition_lose_nothing() {
    let case = Case {
        arguments: &["-bs", "passwd", "new", "secret"],
        users: String::new(),
        start: ten,
        old: Some(users(10)),
        new: Some(set(&users(10), "new", SHA1)),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_an_update_of_equal_length_lose_nothing() {
    let case = Case {
        arguments: SET,
        users: String::new(),
        start: ten,
        old: Some(users(10)),
        new: Some(set(&users(10), "u00003", OTHER)),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_an_update_that_shortens_lose_nothing() {
    let old = || set(&users(10), "u00003", APR1);
    let case = Case {
        arguments: SET,
        users: String::new(),
        start: || Sandbox::with(set(&users(10), "u00003", APR1)),
        old: Some(old()),
        new: Some(set(&old(), "u00003", OTHER)),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_an_update_that_lengthens_lose_nothing() {
    let case = Case {
        arguments: &["-bBC", "4", "passwd", "u00003", "secret"],
        users: String::new(),
        start: ten,
        old: Some(users(10)),
        new: Some(set(&users(10), "u00003", SOME_BCRYPT)),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_a_deletion_lose_nothing() {
    let new = users(10).replace(&format!("u00003:{SHA1}\n"), "");
    let case =
        Case { arguments: DELETE, users: String::new(), start: ten, old: Some(users(10)), new: Some(new) };
    fail_everywhere(&case);
}

fn ten_to_import_over() -> String {
    set(&set(&users(10), "u00003", APR1), "u00008", APR1)
}

#[test]
fn faults_during_an_import_lose_nothing() {
    let new = set(&set(&ten_to_import_over(), "u00003", OTHER), "u00005", APR1);
    let case = Case {
        arguments: &["--import", "--hashed", "passwd"],
        users: list([("u00005", APR1), ("u00003", OTHER), ("new", SHA1), ("u00006", SHA1)]),
        start: || Sandbox::with(ten_to_import_over()),
        old: Some(ten_to_import_over()),
        new: Some(set(&new, "new", SHA1)),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_an_import_that_moves_lines_lose_nothing() {
    let new = set(&set(&ten_to_import_over(), "u00003", OTHER), "u00008", OTHER);
    let case = Case {
        arguments: &["--import", "--hashed", "passwd"],
        users: list([("u00003", OTHER), ("u00008", OTHER)]),
        start: || Sandbox::with(ten_to_import_over()),
        old: Some(ten_to_import_over()),
        new: Some(new),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_a_replacement_lose_nothing() {
    let case = Case {
        arguments: CREATE,
        users: String::new(),
        start: ten,
        old: Some(users(10)),
        new: Some(format!("new:{SHA1}\n")),
    };
    fail_everywhere(&case);
}

#[test]
fn faults_during_a_creation_leave_no_partial_file() {
    let case = Case {
        arguments: CREATE,
        users: String::new(),
        start: Sandbox::new,
        old: None,
        new: Some(format!("new:{SHA1}\n")),
    };
    fail_everywhere(&case);
}

/// The strace rule that makes [`CREATE`] see a file system without nameless files (`O_TMPFILE`).
fn without_nameless_files() -> String {
    let sandbox = Sandbox::new();
    let calls = from_file_on(system_calls(&sandbox, sandbox.call(CREATE)), "passwd");
    let nameless = calls.iter().find(|call| call.text.contains("O_TMPFILE"));
    nameless.unwrap().inject("error=EOPNOTSUPP")
}

/// On a file system without `O_TMPFILE`, the program writes a new file under a temporary name and renames it. A kill
/// leaves the whole file or no file. A kill may also leave the temporary file, because later runs do not know its
/// random name.
#[test]
fn a_kill_without_nameless_files_leaves_no_partial_file() {
    if !can_trace() {
        return;
    }
    let no_tmpfile = without_nameless_files();
    for (kill, expected) in [
        ("inject=close:signal=KILL:when=99", Some(format!("new:{SHA1}\n"))),
        ("inject=fsync:signal=KILL:when=1", None),
        ("inject=renameat2:signal=KILL:when=1", None),
        ("inject=fsync:signal=KILL:when=2", Some(format!("new:{SHA1}\n"))),
    ] {
        let sandbox = Sandbox::new();
        let run = with_rules(sandbox.call(CREATE), &[no_tmpfile.as_str(), kill]).run();
        assert_eq!(content(&sandbox), expected, "{kill}\n{run}");
        assert_eq!(run.exit == Exit::Code(0), kill.contains("99"), "{kill}\n{run}");
        let left = sandbox.names().iter().filter(|name| name.as_str() != "passwd").count();
        assert_eq!(left, usize::from(expected.is_none()), "{kill}: {:?}", sandbox.names());
        sandbox.run(CREATE).exits(0);
        assert_eq!(content(&sandbox), Some(format!("new:{SHA1}\n")), "{kill}");
    }
    // Another program makes the file while the rename is delayed.
    let sandbox = Sandbox::new();
    let slow = "inject=renameat2:delay_enter=400ms:when=1";
    let running = with_rules(sandbox.call(CREATE), &[no_tmpfile.as_str(), slow]).start();
    std::thread::sleep(Duration::from_millis(150));
    sandbox.write("passwd", users(3));
    let run = running.wait();
    run.exits(0);
    // `-c` then replaces the content of that file.
    assert_eq!(content(&sandbox), Some(format!("new:{SHA1}\n")), "{run}");
    assert_eq!(sandbox.names(), ["passwd"]);
}

/// Some shared folders of virtual machines support neither `linkat` nor `RENAME_NOREPLACE`. The program then makes
/// the file under its final name, and removes it if the write fails.
#[test]
fn a_file_without_a_temporary_name_is_removed_on_failure() {
    if !can_trace() {
        return;
    }
    let no_tmpfile = without_nameless_files();
    let rules = [no_tmpfile.as_str(), "inject=renameat2:error=EINVAL", "inject=linkat:error=EPERM"];
    for (fault, exit) in [("", 0), ("inject=fsync:error=EIO:when=2", 1)] {
        let sandbox = Sandbox::new();
        let rules: Vec<_> = rules.into_iter().chain([fault]).filter(|rule| !rule.is_empty()).collect();
        let run = with_rules(sandbox.call(CREATE), &rules).run();
        run.exits(exit);
        assert_eq!(content(&sandbox), (exit == 0).then(|| format!("new:{SHA1}\n")), "{fault}");
        assert_eq!(sandbox.names().len(), usize::from(exit == 0), "{fault}: {:?}", sandbox.names());
    }
    // Another program locks the file first, while it is still empty, and adds a user.
    let sandbox = Sandbox::new();
    let slow = "inject=flock:delay_enter=400ms:when=1";
    let running = with_rules(sandbox.call(CREATE), &[&rules[..], &[slow]].concat()).start();
    let deadline = Instant::now() + Duration::from_secs(10);
    while content(&sandbox).is_none() {
        assert!(Instant::now() < deadline, "no file");
    }
    sandbox.run(["-bs", "passwd", "other", "secret"]).exits(0);
    let run = running.wait();
    run.exits(0).stderr_has("removes 1 other user");
    assert_eq!(content(&sandbox), Some(format!("new:{SHA1}\n")), "{run}");
}

/// The file's time is in the future, so the program has to set a later one.
#[test]
fn faults_while_the_time_is_set_lose_nothing() {
    let start = || {
        let sandbox = ten();
        let file = OpenOptions::new().write(true).open(sandbox.path("passwd")).unwrap();
        let later = SystemTime::now() + Duration::from_secs(3600);
        file.set_times(FileTimes::new().set_modified(later)).unwrap();
        sandbox
    };
    let case = Case {
        arguments: SET,
        users: String::new(),
        start,
        old: Some(users(10)),
        new: Some(set(&users(10), "u00003", OTHER)),
    };
    fail_everywhere(&case);
}

/// The program has to finish the interrupted write first.
#[test]
fn faults_during_a_recovery_lose_nothing() {
    let start = || {
        let sandbox = ten();
        let delete = sandbox.call(["-D", "passwd", "u00001"]);
        let run = with_rules(delete, &["inject=ftruncate:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        sandbox
    };
    let finished = users(10).replace(&format!("u00001:{SHA1}\n"), "");
    let case = Case {
        arguments: SET,
        users: String::new(),
        start,
        old: Some(finished.clone()),
        new: Some(set(&finished, "u00003", OTHER)),
    };
    fail_everywhere(&case);
}

/// If the program cannot move an invalid journal away, it writes without a journal.
#[test]
fn an_update_succeeds_if_no_journal_can_be_quarantined() {
    if !can_trace() {
        return;
    }
    let start = || {
        let sandbox = ten();
        fs::write(sandbox.path(JOURNAL), "no journal").unwrap();
        fs::set_permissions(sandbox.path(JOURNAL), Permissions::from_mode(0o644)).unwrap();
        sandbox
    };
    let sandbox = start();
    let calls = system_calls(&sandbox, sandbox.call(SET));
    let rename = calls.iter().find(|call| call.name.starts_with("rename"));
    let rename = rename.unwrap_or_else(|| panic!("not quarantined: {calls:?}"));
    for error in ERRORS {
        let sandbox = start();
        let run = with_rules(sandbox.call(SET), &[rename.inject(&format!("error={error}"))]).run();
        // The program makes the update without a journal, and warns.
        run.exits(0).warns();
        assert_eq!(sandbox.text("passwd"), set(&users(10), "u00003", OTHER), "{error}");
        sandbox.run(DELETE).exits(0);
        assert_eq!(sandbox.names(), [&*quarantined(1, "passwd"), "passwd"], "{error}");
    }
    counted(&format!("{} faults", ERRORS.len()));
}

/// Under each fault, `-v` reports either that the password is correct or the error.
#[test]
fn faults_during_a_verification_change_nothing() {
    if !can_trace() {
        return;
    }
    let arguments = ["-vb", "passwd", "u00003", "secret"];
    let sandbox = ten();
    let mut calls = from_file_on(system_calls(&sandbox, sandbox.call(arguments)), "passwd");
    calls.retain(|call| !CANNOT_FAIL.contains(&call.name.as_str()));
    let mut faults = 0;
    for call in &calls {
        for error in ERRORS {
            let sandbox = ten();
            let rule = call.inject(&format!("error={error}"));
            let run = with_rules(sandbox.call(arguments), &[&rule]).run();
            let clear = run.exit == Exit::Code(1) && is_clear(&run);
            assert!(run.exit == Exit::Code(0) || clear, "{rule}: {}\n{run}", call.text);
            assert_eq!(sandbox.text("passwd"), users(10), "{rule}");
            assert_eq!(sandbox.names(), ["passwd"], "{rule}");
            faults += 1;
        }
    }
    counted(&format!("{faults} faults at {} system calls", calls.len()));
}
