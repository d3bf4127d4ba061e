//! Writes that are interrupted, fail, or happen at the same time, and files that a write must not change.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileTypeExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::many_users;
use crate::added;
use crate::support::{Exit, Run, SHA1, Sandbox, TWO_USERS, has_tool, original, skipped};
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// The system calls that change a file, in the syntax of `strace`. Calls with a question mark do not exist on all
/// processors.
const CHANGES: &str = "write,writev,pwrite64,pwritev,?pwritev2,ftruncate,fallocate,fsync,fdatasync,?unlink,unlinkat,\
                       ?link,linkat,?rename,?renameat,renameat2,?copy_file_range,?sendfile";

fn strace_works() -> bool {
    let works = has_tool("strace", &["-o", "/dev/null", "true"]);
    if !works {
        skipped("strace is not installed or may not trace");
    }
    works
}

/// The lines of a file, except blank ones.
fn records(file: &str) -> Vec<String> {
    file.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// Edits that make the file longer at its end, longer near its start, and shorter. Each tuple has the arguments of the
/// call and the user whom it changes.
const EDITS: [(&[&str], &str); 3] = [
    (&["-bs", "passwd", "alice", "secret"], "alice"),
    (&["-b5", "passwd", "u002", "longer record"], "u002"),
    (&["-D", "passwd", "u002"], "u002"),
];

/// The records of all users except `user`, or `None` if a line is incomplete.
fn others(file: &str, user: &str) -> Option<Vec<String>> {
    let (lines, prefix) = (records(file), format!("{user}:"));
    let whole = file.ends_with('\n') && lines.iter().all(|line| line.contains(':'));
    whole.then(|| lines.into_iter().filter(|line| !line.starts_with(&prefix)).collect())
}

/// The calls from [`CHANGES`] that an edit makes: the name of each call, and its number among the calls with this
/// name.
fn changing_calls(before: &str, arguments: &[&str]) -> Vec<(String, usize)> {
    let sandbox = Sandbox::with(before);
    let log = sandbox.root().join("log");
    let trace = format!("trace={CHANGES}");
    let strace = ["strace", "-f", "-e", &trace, "-o", log.to_str().unwrap()];
    sandbox.call(arguments).under(strace).run().exits(0);
    let mut calls = Vec::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        // "1234  write(2, ..."
        let Some((name, _)) = line.split_whitespace().nth(1).and_then(|word| word.split_once('(')) else {
            continue;
        };
        let count = calls.iter().filter(|(other, _)| other == name).count() + 1;
        calls.push((name.to_owned(), count));
    }
    assert!(calls.iter().any(|(name, _)| name.contains("write")), "nothing is written: {calls:?}");
    calls
}

/// Injects this fault into each call of each edit. Asserts that this program keeps all users that the edit does not
/// change, immediately and after the next run, and that Apache's tool loses a user at one of the calls.
#[track_caller]
fn survives(fault: &str, is_expected: impl Fn(Exit) -> bool) {
    if !strace_works() {
        return;
    }
    // Apache's tool makes a call for each line, so that a few users are enough.
    let before = many_users(if original() { 5 } else { 300 });
    for (arguments, user) in EDITS {
        let mut expected = others(&before, user).unwrap();
        for (name, count) in changing_calls(&before, arguments) {
            let at = format!("{arguments:?}, {fault} at {name} number {count}");
            let sandbox = Sandbox::with(&before);
            let (trace, inject) = (format!("trace={name}"), format!("inject={name}:{fault}:when={count}"));
            let strace = ["strace", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let run = sandbox.call(arguments).under(strace).run();
            assert!(is_expected(run.exit), "{at}\n{run}");
            let found = others(&sandbox.text("passwd"), user);
            if original() {
                if found.is_none_or(|found| found != expected) {
                    return;
                }
                continue;
            }
            assert_eq!(found.as_ref(), Some(&expected), "{at}\n{run}");
            // The next run succeeds, finds all users and removes the journal.
            sandbox.run(["-bs", "passwd", "next", "secret"]).exits(0);
            expected.push(format!("next:{SHA1}"));
            assert_eq!(others(&sandbox.text("passwd"), user).as_ref(), Some(&expected), "after {at}");
            expected.pop();
            assert_eq!(sandbox.names(), ["passwd"], "after {at}");
        }
    }
    assert!(!original(), "Apache's tool has lost no user");
}

#[test]
fn d01_killing_the_program_at_any_call_loses_no_user() {
    survives("signal=KILL", |exit| exit == Exit::Signal(9));
}

#[test]
fn d01_a_full_disk_at_any_call_loses_no_user() {
    survives("error=ENOSPC", |exit| matches!(exit, Exit::Code(0 | 1)));
}

#[test]
fn d01_a_failing_disk_at_any_call_loses_no_user() {
    survives("error=EIO", |exit| matches!(exit, Exit::Code(0 | 1)));
}

#[test]
fn d01_a_reader_sees_every_user_all_the_time() {
    if original() {
        // Readers sometimes see an empty file while Apache's tool writes, but no test can force this.
        return;
    }
    let before = many_users(300);
    let sandbox = Sandbox::with(&before);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0_u32;
            // The limit of 1,000,000 reads ends this thread if the thread that edits fails.
            while (!done.load(Ordering::Relaxed) && reads < 1_000_000) || reads == 0 {
                let seen = sandbox.text("passwd");
                assert!(seen.starts_with(&before), "a reader saw {} of {} bytes", seen.len(), before.len());
                reads += 1;
            }
        });
        for _ in 0..30 {
            sandbox.run(["-bs", "passwd", "alice", "secret"]);
            sandbox.run(["-D", "passwd", "alice"]);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(sandbox.text("passwd"), before);
}

#[test]
fn d02_writers_wait_for_each_other() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = File::options().read(true).write(true).open(sandbox.path("passwd")).unwrap();
    file.lock().unwrap();
    let mut waiting = sandbox.call(["-bs", "passwd", "alice", "secret"]).start();
    if original() {
        // Apache's tool ignores locks. The number of lost users differs from run to run, so it is not tested.
        waiting.wait().exits(0);
        assert_eq!(sandbox.text("passwd"), added());
        return;
    }
    thread::sleep(Duration::from_millis(200));
    assert!(!waiting.has_ended(), "the lock of another program is ignored");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    file.unlock().unwrap();
    waiting.wait().exits(0);

    let names: BTreeSet<_> = (0..30).map(|number| format!("user{number}")).collect();
    let adding: Vec<_> =
        names.iter().map(|user| sandbox.call(["-bs", "passwd", user, "secret"]).start()).collect();
    for one in adding {
        one.wait().exits(0);
    }
    let text = sandbox.text("passwd");
    let records: BTreeSet<_> = text.strip_prefix(&added()).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(records, names.iter().map(|user| format!("{user}:{SHA1}")).collect());
}

#[test]
fn d17_a_failed_create_leaves_no_file() {
    let directory = |sandbox: &Sandbox| File::open(sandbox.root()).unwrap();
    let sandbox = Sandbox::new();
    let failures: [&dyn Fn() -> Run; 5] = [
        &|| sandbox.call(["-c", "passwd", "alice"]).stdin("one\ntwo\n").run(),
        &|| sandbox.call(["-ci", "passwd", "alice"]).stdin("x".repeat(300)).run(),
        &|| sandbox.call(["-ci", "passwd", "alice"]).stdin_from(directory(&sandbox)).run(),
        &|| sandbox.run(["-cbB", "-C", "18", "passwd", "alice", "secret"]),
        &|| sandbox.call(["-c", "passwd", "alice"]).stdin(format!("{}\n", "x".repeat(300))).run(),
    ];
    for failure in failures {
        let run = failure();
        assert_ne!(run.exit, Exit::Code(0), "{run}");
        if original() {
            assert_eq!(sandbox.text("passwd"), "");
            fs::remove_file(sandbox.path("passwd")).unwrap();
        } else {
            assert_eq!(sandbox.names(), Vec::<String>::new(), "{run}");
        }
    }
}

#[test]
fn d18_create_warns_how_many_users_it_removes() {
    let sandbox = Sandbox::with(format!("# staff\n{}", many_users(37)));
    let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
    run.exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(run.warnings().iter().any(|line| line.contains("37")), !original(), "{run}");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    // If the old file has no users, there is no warning.
    Sandbox::with("# staff\n\n").run(["-cbs", "passwd", "alice", "secret"]).exits(0).does_not_warn();
    Sandbox::new().run(["-cbs", "passwd", "alice", "secret"]).exits(0).does_not_warn();
}

#[test]
fn d50_create_warns_of_another_file_before_the_prompts() {
    let content = "AuthType Basic\nRequire valid-user\n";
    let sandbox = Sandbox::with(content);
    let run = sandbox.call(["-cs", "passwd", "alice"]).stdin("secret\nother\n").run();
    run.exits(3);
    let warns = run.stderr().starts_with("Warning: -c replaces the file passwd, which does not appear");
    assert_eq!(warns, !original(), "{run}");
    if !original() {
        assert_eq!(sandbox.text("passwd"), content);
        sandbox.run(["-cbs", "--backup", "passwd", "alice", "secret"]).exits(0).does_not_warn();
        assert_eq!(sandbox.text("passwd~"), content);
    }
}

#[test]
fn d22_closed_standard_error_does_not_reach_the_file() {
    for redirection in ["2>&-", "<&- >&- 2>&-"] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.call(["-bs", "passwd", "alice", "secret"]).redirected(redirection).run().exits(0);
        if original() {
            assert!(
                sandbox.text("passwd").contains("password for user alice\n"),
                "{}",
                sandbox.text("passwd")
            );
            return;
        }
        assert_eq!(sandbox.text("passwd"), added());
    }
}

#[test]
fn d23_a_new_file_has_mode_0666_without_the_umask_as_before() {
    for (umask, mode) in [("022", 0o644), ("000", 0o666), ("077", 0o600)] {
        let sandbox = Sandbox::new();
        sandbox.call(["-cbs", "passwd", "alice", "secret"]).umask(umask).run().exits(0);
        assert_eq!(sandbox.mode("passwd"), mode);
    }
}

#[test]
fn d27_hashes_are_not_copied_to_the_temporary_directory() {
    let before = many_users(500);
    let sandbox = Sandbox::with(&before);
    // A limit on the file size kills the program while it writes.
    let run = sandbox.call(["-bs", "passwd", "alice", "secret"]).after("ulimit -c 0; ulimit -f 8").run();
    assert_ne!(run.exit, Exit::Code(0), "{run}");
    assert_eq!(sandbox.text("passwd"), before);
    if original() {
        assert_eq!(run.exit, Exit::Signal(25));
        assert!(sandbox.temporary_names().iter().any(|name| name.starts_with("htpasswd.tmp.")));
        return;
    }
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
    // The next run succeeds and removes the journal.
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(records(&sandbox.text("passwd")), records(&format!("{before}alice:{SHA1}\n")));
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn d31_create_on_a_fifo_does_not_hang() {
    let sandbox = Sandbox::new();
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let limit = Duration::from_millis(if original() { 300 } else { 10_000 });
    let run = sandbox.call(["-cbs", "passwd", "alice", "secret"]).limit(limit).run();
    if original() {
        assert_eq!(run.exit, Exit::TimedOut);
    } else {
        run.exits(1).stdout_is("").stderr_is("htpasswd: cannot create file passwd\n");
    }
    assert!(fs::metadata(sandbox.path("passwd")).unwrap().file_type().is_fifo());
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn d35_a_write_is_flushed_to_the_disk() {
    if !strace_works() {
        return;
    }
    let sandbox = Sandbox::with(TWO_USERS);
    let log = sandbox.root().join("log");
    let strace = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,?sync_file_range,?syncfs", "-o"];
    let strace = strace.into_iter().map(Into::into).chain([log.clone().into_os_string()]);
    sandbox.call(["-bs", "passwd", "alice", "secret"]).under(strace).run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    let log = fs::read_to_string(log).unwrap();
    let synced = log
        .lines()
        .any(|line| line.contains("sync(") && line.contains("/work/passwd>") && line.ends_with("= 0"));
    assert_eq!(synced, !original(), "{log}");
}
