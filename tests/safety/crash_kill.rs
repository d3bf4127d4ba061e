//! Tests that kill the program at each of its system calls. The file must be the old one or the new one: at once, or
//! after the next run.
//!
//! `cargo test` kills at each call, beginning with the first call that names the password file, with files of 1 and
//! 400 lines. `HTPASSWD_TEST_FULL=1` kills at each call, including those of the loader, and also tries files of 50,000
//! lines.

use crate::support::strace::{SystemCall, can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::{OTHER, SOME_BCRYPT, insert, list, masked, set, users, without_blank_lines};
use crate::support::{APR1, Call, Exit, SHA1, Sandbox};

/// An edit, with the file before and after it. `None` means that there is no file.
struct Edit {
    arguments: &'static [&'static str],
    /// The user list on standard input.
    users: String,
    before: Option<String>,
    after: Option<String>,
}

/// The kind of run that follows the kill.
#[derive(Clone, Copy, Debug)]
enum Next {
    Verify,
    Update,
}

#[derive(Default)]
struct Counts {
    calls: usize,
    kills: usize,
    unfinished: usize,
    quarantined: usize,
}

const UPDATE: &[&str] = &["-bs", "passwd", "target", "secret"];
const DELETE: &[&str] = &["-D", "passwd", "target"];
const IMPORT: &[&str] = &["--import", "--hashed", "passwd"];
const CREATE: &[&str] = &["-cbs", "passwd", "target", "secret"];

/// An edit of the user `target` at line `at` of a file of `lines` lines. `None` as the new hash means that the edit
/// deletes the user.
fn with_target(lines: usize, at: usize, old: &str, new: Option<&str>, arguments: &'static [&str]) -> Edit {
    let others = users(lines - 1);
    let file = |hash: &str| insert(&others, at, &format!("target:{hash}"));
    let after = Some(new.map_or_else(|| others.clone(), file));
    Edit { arguments, users: String::new(), before: Some(file(old)), after }
}

/// An import of new hashes for three users who are among `lines` other users. `hashes` has the old and the new hash
/// of each.
fn with_three(lines: usize, hashes: [(&str, &str); 3], list: &str) -> Edit {
    let places = [lines / 3, lines / 2, lines - lines / 4];
    let mut content = users(lines);
    for ((number, (old, _)), place) in hashes.iter().enumerate().zip(places).rev() {
        content = insert(&content, place, &format!("target{number}:{old}"));
    }
    let mut after = content.clone();
    for (number, (_, new)) in hashes.iter().enumerate() {
        after = set(&after, &format!("target{number}"), new);
    }
    Edit { arguments: IMPORT, users: list.to_owned(), before: Some(content), after: Some(after) }
}

/// The content of the file without its random salts, or `None` if there is no file.
fn content(sandbox: &Sandbox) -> Option<String> {
    sandbox.path("passwd").exists().then(|| masked(&sandbox.text("passwd")))
}

fn kill_everywhere(edit: impl Fn(usize) -> Edit) {
    if !can_trace() {
        return;
    }
    let sizes: &[usize] = if full() { &[1, 400, 50_000] } else { &[1, 400] };
    let mut counts = Counts::default();
    for &size in sizes {
        let edit = edit(size);
        if edit.before.is_none() && size > 1 {
            break;
        }
        let sandbox = edit.sandbox();
        let calls = system_calls(&sandbox, edit.call(&sandbox));
        assert_eq!(content(&sandbox), edit.after, "the edit fails without a kill");
        let calls = if full() { calls } else { from_file_on(calls, "passwd") };
        for (index, call) in calls.iter().enumerate() {
            counts.calls += 1;
            let order =
                if index % 2 == 0 { [Next::Verify, Next::Update] } else { [Next::Update, Next::Verify] };
            for next in order {
                let left = edit.kill_at(call, next, &mut counts);
                if !left && !full() {
                    break;
                }
            }
        }
    }
    counted(&format!(
        "{} kills at {} system calls, files of {sizes:?} lines; {} times the next run had to recover or \
         remove a file, {} of them by quarantining an incomplete journal",
        counts.kills, counts.calls, counts.unfinished, counts.quarantined
    ));
    assert!(counts.kills >= counts.calls, "the program was not killed");
}

impl Edit {
    fn sandbox(&self) -> Sandbox {
        self.before.as_ref().map_or_else(Sandbox::new, Sandbox::with)
    }

    fn call<'a>(&self, sandbox: &'a Sandbox) -> Call<'a> {
        sandbox.call(self.arguments).stdin(&self.users)
    }

    /// Kills the edit at this call. Returns true if the next run has something to recover or to remove.
    fn kill_at(&self, call: &SystemCall, next: Next, counts: &mut Counts) -> bool {
        let context = format!("{:?} killed at {} number {}", self.arguments, call.name, call.number);
        let sandbox = self.sandbox();
        let run = with_rules(self.call(&sandbox), &[call.inject("signal=KILL")]).run();
        match run.exit {
            Exit::Signal(9) => counts.kills += 1,
            // The number of calls of the loader varies, so a run may end before it reaches this call.
            Exit::Code(0) => assert_eq!(content(&sandbox), self.after, "{context}"),
            _ => panic!("{context}\n{run}"),
        }
        // Even before the recovery, each line is a record or blank, and no user is lost.
        let now = content(&sandbox);
        let lines = |content: &Option<String>| content.as_deref().map(without_blank_lines);
        assert!(
            [lines(&self.before), lines(&self.after)].contains(&lines(&now)),
            "{context}: invalid before recovery"
        );

        let names = sandbox.names();
        let left = (now != self.before && now != self.after) || names.iter().any(|name| name != "passwd");
        counts.unfinished += usize::from(left);
        self.run_next(&sandbox, next, &context);
        let names = sandbox.names();
        let kept = sandbox.quarantined_names();
        // Only an incomplete journal may be quarantined. A kill leaves an incomplete journal only before the file
        // changes.
        assert!(kept.is_empty() || now == self.before, "{context}: the write was not finished: {names:?}");
        assert!(
            names.iter().all(|name| name == "passwd" || kept.contains(name)),
            "{context}: left: {names:?}"
        );
        counts.quarantined += usize::from(!kept.is_empty());
        left
    }

    fn run_next(&self, sandbox: &Sandbox, next: Next, context: &str) {
        let context = format!("{context}, then {next:?}");
        let mut expected = [self.before.clone(), self.after.clone()];
        let run = match next {
            Next::Verify => sandbox.run(["-vb", "passwd", "u00000", "secret"]),
            Next::Update => sandbox.run(["-bs", "passwd", "u00000", "other"]),
        };
        if content(sandbox).is_some() {
            let found = expected.iter().flatten().any(|content| content.contains("u00000:"));
            let fits = match next {
                Next::Verify => run.exit == Exit::Code(0) || (run.exit == Exit::Code(6) && !found),
                Next::Update => run.exit == Exit::Code(0),
            };
            // A file that `-c` has replaced has no other user.
            assert!(fits || (self.arguments == CREATE && run.exit == Exit::Code(6)), "{context}\n{run}");
            if let Next::Update = next {
                expected = expected.map(|content| content.map(|content| set(&content, "u00000", OTHER)));
            }
        }
        assert!(expected.contains(&content(sandbox)), "{context}: neither old nor new\n{run}");
        assert!(sandbox.temporary_names().is_empty(), "{context}: left: {:?}", sandbox.temporary_names());
    }
}

#[test]
fn a_killed_addition_leaves_the_old_or_the_new_file() {
    kill_everywhere(|lines| {
        let before = users(lines);
        Edit {
            arguments: UPDATE,
            users: String::new(),
            after: Some(format!("{before}target:{SHA1}\n")),
            before: Some(before),
        }
    });
}

#[test]
fn a_killed_update_leaves_the_old_or_the_new_file() {
    kill_everywhere(|lines| with_target(lines, lines / 2, OTHER, Some(SHA1), UPDATE));
}

#[test]
fn a_killed_update_that_shortens_the_file_loses_nothing() {
    kill_everywhere(|lines| with_target(lines, lines / 2, APR1, Some(SHA1), UPDATE));
}

#[test]
fn a_killed_update_that_lengthens_the_file_loses_nothing() {
    let arguments = &["-bBC", "4", "passwd", "target", "secret"];
    kill_everywhere(|lines| with_target(lines, lines / 2, SHA1, Some(SOME_BCRYPT), arguments));
}

#[test]
fn a_killed_deletion_of_the_first_line_loses_nothing() {
    kill_everywhere(|lines| with_target(lines, 0, SHA1, None, DELETE));
}

#[test]
fn a_killed_deletion_of_a_middle_line_loses_nothing() {
    kill_everywhere(|lines| with_target(lines, lines / 2, SHA1, None, DELETE));
}

#[test]
fn a_killed_deletion_of_the_last_line_loses_nothing() {
    kill_everywhere(|lines| with_target(lines, lines - 1, SHA1, None, DELETE));
}

#[test]
fn a_killed_replacement_leaves_the_old_or_the_new_file() {
    let after = format!("target:{SHA1}\n");
    kill_everywhere(|lines| Edit {
        arguments: CREATE,
        users: String::new(),
        before: Some(users(lines)),
        after: Some(after.clone()),
    });
}

#[test]
fn a_killed_creation_leaves_no_file_or_the_new_file() {
    let after = format!("target:{SHA1}\n");
    kill_everywhere(|_| Edit {
        arguments: CREATE,
        users: String::new(),
        before: None,
        after: Some(after.clone()),
    });
}

/// The import moves the lines between the changed hashes, but not the lines after them.
#[test]
fn a_killed_import_of_equal_length_loses_nothing() {
    let list = list([("target0", OTHER), ("target1", APR1), ("target2", SHA1)]);
    kill_everywhere(|lines| with_three(lines, [(APR1, OTHER), (OTHER, APR1), (SHA1, SHA1)], &list));
}

#[test]
fn a_killed_import_that_shortens_the_file_loses_nothing() {
    let list = list([("target2", OTHER), ("target0", OTHER), ("target1", SHA1)]);
    kill_everywhere(|lines| with_three(lines, [(APR1, OTHER), (SHA1, SHA1), (APR1, OTHER)], &list));
}

#[test]
fn a_killed_import_that_lengthens_the_file_loses_nothing() {
    let list = list([("target0", APR1), ("target1", OTHER), ("target2", APR1)]);
    kill_everywhere(|lines| with_three(lines, [(SHA1, APR1), (APR1, OTHER), (SHA1, APR1)], &list));
}

#[test]
fn a_killed_import_of_new_users_loses_nothing() {
    let list = list([("new0", OTHER), ("target0", OTHER), ("target1", APR1), ("new1", SHA1)]);
    kill_everywhere(|lines| {
        let edit = with_three(lines, [(APR1, OTHER), (SHA1, APR1), (SHA1, SHA1)], &list);
        let after = edit.after.map(|content| format!("{content}new0:{OTHER}\nnew1:{SHA1}\n"));
        Edit { after, ..edit }
    });
}

/// The test kills a write, then kills its recovery at each call. The third run must find a valid file.
#[test]
fn a_killed_recovery_is_finished_by_the_next_run() {
    if !can_trace() {
        return;
    }
    let deletion = with_target(400, 3, SHA1, None, DELETE);
    let start = || {
        let sandbox = deletion.sandbox();
        let run = with_rules(sandbox.call(DELETE), &["inject=ftruncate:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        assert_ne!(content(&sandbox), deletion.before);
        assert_ne!(content(&sandbox), deletion.after);
        sandbox
    };
    let mut kills = 0;
    for arguments in [["-vb", "passwd", "u00001", "secret"], ["-bs", "passwd", "u00001", "secret"]] {
        let sandbox = start();
        let calls = system_calls(&sandbox, sandbox.call(arguments));
        assert_eq!(content(&sandbox), deletion.after);
        assert!(calls.iter().any(|call| call.name == "ftruncate"), "the recovery did not cut the file");
        for call in if full() { calls } else { from_file_on(calls, "passwd") } {
            let sandbox = start();
            let run = with_rules(sandbox.call(arguments), &[call.inject("signal=KILL")]).run();
            kills += usize::from(run.exit == Exit::Signal(9));
            let context = format!("{arguments:?} killed at {} number {}", call.name, call.number);
            for next in [Next::Verify, Next::Update] {
                let run = match next {
                    Next::Verify => sandbox.run(["-vb", "passwd", "u00002", "secret"]),
                    Next::Update => sandbox.run(["-bs", "passwd", "u00002", "secret"]),
                };
                run.exits(0);
                assert_eq!(content(&sandbox), deletion.after, "{context}");
                assert_eq!(sandbox.names(), ["passwd"], "{context}");
            }
        }
    }
    counted(&format!("{kills} kills"));
}
