//! Killed at any system call, the program leaves the old file or the new one: at once, or after the next run.
//!
//! `cargo test` kills at each call from the first one on that concerns the password file, with files of 1 and 400
//! lines; `HTPASSWD_TEST_FULL=1` at each call of all, the loader's too, and with 50,000 lines besides.

use crate::support::strace::{SystemCall, can_trace, counted, from_file_on, full, system_calls, with_rules};
use crate::support::users::{OTHER, SOME_BCRYPT, insert, list, masked, set, users, without_blank_lines};
use crate::support::{APR1, Call, Exit, SHA1, Sandbox};

/// An edit, and the file before and after it; `None`: there is none.
struct Edit {
    arguments: &'static [&'static str],
    /// On standard input.
    users: String,
    before: Option<String>,
    after: Option<String>,
}

/// What is run after the kill.
#[derive(Clone, Copy, Debug)]
enum Next {
    Verify,
    Update,
}

#[derive(Default)]
struct Counts {
    calls: usize,
    kills: usize,
    left_over: usize,
    quarantined: usize,
}

const UPDATE: &[&str] = &["-bs", "passwd", "target", "secret"];
const DELETE: &[&str] = &["-D", "passwd", "target"];
const IMPORT: &[&str] = &["--import", "--hashed", "passwd"];
const CREATE: &[&str] = &["-cbs", "passwd", "target", "secret"];

/// A file of `lines` lines with the target at line `at`, before and after the edit.
fn with_target(lines: usize, at: usize, old: &str, new: Option<&str>, arguments: &'static [&str]) -> Edit {
    let others = users(lines - 1);
    let file = |hash: &str| insert(&others, at, &format!("target:{hash}"));
    let after = Some(new.map_or_else(|| others.clone(), file));
    Edit { arguments, users: String::new(), before: Some(file(old)), after }
}

/// A file with three users in the middle of `lines` others, before and after these hashes were imported.
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

/// The content that counts: none if there is no file.
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
        assert_eq!(content(&sandbox), edit.after, "the edit itself went wrong");
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
        "{} kills at {} system calls, files of {sizes:?} lines; {} times the next run had to tidy up, {} of them by \
         quarantining a journal that was cut short",
        counts.kills, counts.calls, counts.left_over, counts.quarantined
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

    /// True if something was left for the next run.
    fn kill_at(&self, call: &SystemCall, next: Next, counts: &mut Counts) -> bool {
        let at = format!("{:?} killed at {} number {}", self.arguments, call.name, call.number);
        let sandbox = self.sandbox();
        let run = with_rules(self.call(&sandbox), &[call.inject("signal=KILL")]).run();
        match run.exit {
            Exit::Signal(9) => counts.kills += 1,
            // The number of early calls differs a little from run to run.
            Exit::Code(0) => assert_eq!(content(&sandbox), self.after, "{at}"),
            _ => panic!("{at}\n{run}"),
        }
        // At once, every line is a user's or blank, and no user is lost.
        let now = content(&sandbox);
        let lines = |content: &Option<String>| content.as_deref().map(without_blank_lines);
        assert!([lines(&self.before), lines(&self.after)].contains(&lines(&now)), "{at}: broken at once");

        let names = sandbox.names();
        let left = (now != self.before && now != self.after) || names.iter().any(|name| name != "passwd");
        counts.left_over += usize::from(left);
        self.run_next(&sandbox, next, &at);
        let names = sandbox.names();
        let kept = sandbox.quarantined_names();
        // A journal that was cut short itself is not believed. The file is not touched by then.
        assert!(kept.is_empty() || now == self.before, "{at}: the write was not finished: {names:?}");
        assert!(names.iter().all(|name| name == "passwd" || kept.contains(name)), "{at}: left: {names:?}");
        counts.quarantined += usize::from(!kept.is_empty());
        left
    }

    fn run_next(&self, sandbox: &Sandbox, next: Next, at: &str) {
        let at = format!("{at}, then {next:?}");
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
            // Made anew with -c, the file has no other user.
            assert!(fits || (self.arguments == CREATE && run.exit == Exit::Code(6)), "{at}\n{run}");
            if let Next::Update = next {
                expected = expected.map(|content| content.map(|content| set(&content, "u00000", OTHER)));
            }
        }
        assert!(expected.contains(&content(sandbox)), "{at}: neither old nor new\n{run}");
        assert!(sandbox.temporary_names().is_empty(), "{at}: left: {:?}", sandbox.temporary_names());
    }
}

#[test]
fn add() {
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
fn update_of_the_same_length() {
    kill_everywhere(|lines| with_target(lines, lines / 2, OTHER, Some(SHA1), UPDATE));
}

#[test]
fn update_that_shortens() {
    kill_everywhere(|lines| with_target(lines, lines / 2, APR1, Some(SHA1), UPDATE));
}

#[test]
fn update_that_lengthens() {
    let arguments = &["-bBC", "4", "passwd", "target", "secret"];
    kill_everywhere(|lines| with_target(lines, lines / 2, SHA1, Some(SOME_BCRYPT), arguments));
}

#[test]
fn delete_first() {
    kill_everywhere(|lines| with_target(lines, 0, SHA1, None, DELETE));
}

#[test]
fn delete_middle() {
    kill_everywhere(|lines| with_target(lines, lines / 2, SHA1, None, DELETE));
}

#[test]
fn delete_last() {
    kill_everywhere(|lines| with_target(lines, lines - 1, SHA1, None, DELETE));
}

#[test]
fn create_over_an_old_file() {
    let after = format!("target:{SHA1}\n");
    kill_everywhere(|lines| Edit {
        arguments: CREATE,
        users: String::new(),
        before: Some(users(lines)),
        after: Some(after.clone()),
    });
}

#[test]
fn create_a_new_file() {
    let after = format!("target:{SHA1}\n");
    kill_everywhere(|_| Edit {
        arguments: CREATE,
        users: String::new(),
        before: None,
        after: Some(after.clone()),
    });
}

/// What lies between the hashes moves, what lies behind them does not.
#[test]
fn import_of_the_same_length() {
    let list = list([("target0", OTHER), ("target1", APR1), ("target2", SHA1)]);
    kill_everywhere(|lines| with_three(lines, [(APR1, OTHER), (OTHER, APR1), (SHA1, SHA1)], &list));
}

#[test]
fn import_that_shortens() {
    let list = list([("target2", OTHER), ("target0", OTHER), ("target1", SHA1)]);
    kill_everywhere(|lines| with_three(lines, [(APR1, OTHER), (SHA1, SHA1), (APR1, OTHER)], &list));
}

#[test]
fn import_that_lengthens() {
    let list = list([("target0", APR1), ("target1", OTHER), ("target2", APR1)]);
    kill_everywhere(|lines| with_three(lines, [(SHA1, APR1), (APR1, OTHER), (SHA1, APR1)], &list));
}

#[test]
fn import_with_new_users() {
    let list = list([("new0", OTHER), ("target0", OTHER), ("target1", APR1), ("new1", SHA1)]);
    kill_everywhere(|lines| {
        let edit = with_three(lines, [(APR1, OTHER), (SHA1, APR1), (SHA1, SHA1)], &list);
        let after = edit.after.map(|content| format!("{content}new0:{OTHER}\nnew1:{SHA1}\n"));
        Edit { after, ..edit }
    });
}

/// A run that finishes an earlier one is killed in turn, at any call; the third one finds all in order.
#[test]
fn recovery() {
    if !can_trace() {
        return;
    }
    let delete = with_target(400, 3, SHA1, None, DELETE);
    let start = || {
        let sandbox = delete.sandbox();
        let run = with_rules(sandbox.call(DELETE), &["inject=ftruncate:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        assert_ne!(content(&sandbox), delete.before);
        assert_ne!(content(&sandbox), delete.after);
        sandbox
    };
    let mut kills = 0;
    for arguments in [["-vb", "passwd", "u00001", "secret"], ["-bs", "passwd", "u00001", "secret"]] {
        let sandbox = start();
        let calls = system_calls(&sandbox, sandbox.call(arguments));
        assert_eq!(content(&sandbox), delete.after);
        assert!(calls.iter().any(|call| call.name == "ftruncate"), "nothing was finished");
        for call in if full() { calls } else { from_file_on(calls, "passwd") } {
            let sandbox = start();
            let run = with_rules(sandbox.call(arguments), &[call.inject("signal=KILL")]).run();
            kills += usize::from(run.exit == Exit::Signal(9));
            let at = format!("{arguments:?} killed at {} number {}", call.name, call.number);
            for next in [Next::Verify, Next::Update] {
                let run = match next {
                    Next::Verify => sandbox.run(["-vb", "passwd", "u00002", "secret"]),
                    Next::Update => sandbox.run(["-bs", "passwd", "u00002", "secret"]),
                };
                run.exits(0);
                assert_eq!(content(&sandbox), delete.after, "{at}");
                assert_eq!(sandbox.names(), ["passwd"], "{at}");
            }
        }
    }
    counted(&format!("{kills} kills"));
}
