//! Tests of many writers at the same time, with and without locks. No user is lost and no user is duplicated.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::strace::{can_trace, counted, full, ours, system_calls, with_rules};
use crate::support::users::{OTHER, set, users};
use crate::support::{Exit, SHA1, SHA512_CRYPT, Sandbox};

/// The edits of one writer, in this order, each with the number of one of its own users: `a` adds the user, `u`
/// sets a hash of equal length, `l` sets a longer hash, and `d` deletes the user.
const STEPS: &[(char, usize)] =
    &[('a', 0), ('a', 1), ('u', 0), ('d', 1), ('a', 2), ('l', 2), ('a', 3), ('u', 2), ('d', 0), ('a', 1)];

/// The first `count` edits of a writer. These edits are the same in each run of the test.
fn steps(writer: usize, count: usize) -> Vec<(char, usize)> {
    // Some writers begin in the middle of the list, so that not all writers add users at the same time.
    let start = if writer % 3 == 2 { 4 } else { 0 };
    STEPS.iter().copied().cycle().skip(start).take(count).collect()
}

/// Makes the edits. Returns the users of this writer after the last edit, each with the hash, or with `None` if the
/// hash has a random salt.
fn write(sandbox: &Sandbox, writer: usize, count: usize) -> BTreeMap<String, Option<&'static str>> {
    let mut model = BTreeMap::new();
    for (edit, number) in steps(writer, count) {
        let user = format!("w{writer}-{number}");
        let (options, password, hash) = match edit {
            'a' => ("-bs", Some("secret"), Some(SHA1)),
            'u' => ("-bs", Some("other"), Some(OTHER)),
            'l' => ("-b5", Some("other"), None),
            _ => ("-D", None, None),
        };
        let arguments = [options, "passwd", &user].into_iter().chain(password);
        let run = sandbox.call(arguments).limit(Duration::from_secs(60)).run();
        run.exits(0).does_not_warn();
        if edit == 'd' {
            model.remove(&user);
        } else {
            model.insert(user, hash);
        }
    }
    model
}

/// Fails unless the file has the records of `before` in their order, and then each user of the model once.
#[track_caller]
fn check(sandbox: &Sandbox, before: &str, model: &BTreeMap<String, Option<&'static str>>) {
    let text = sandbox.text("passwd");
    let rest = text.strip_prefix(before).unwrap_or_else(|| panic!("an earlier record is lost: {text}"));
    let mut found = BTreeMap::new();
    for line in rest.lines() {
        let (user, hash) = line.split_once(':').unwrap_or_else(|| panic!("invalid record: {line:?}"));
        let is_duplicate = found.insert(user.to_owned(), hash).is_some();
        assert!(!is_duplicate, "{user} is there twice: {text}");
    }
    assert_eq!(found.keys().collect::<Vec<_>>(), model.keys().collect::<Vec<_>>());
    for (user, hash) in model {
        if let Some(hash) = hash {
            assert_eq!(found[user], *hash, "{user}");
        } else {
            let whole = found[user].len() == SHA512_CRYPT.len() && found[user].starts_with("$6$");
            assert!(whole, "{user}: {}", found[user]);
        }
    }
    assert_eq!(sandbox.names(), ["passwd"]);
}

fn many_writers(writers: usize, edits: usize) {
    if !ours() {
        return;
    }
    let before = users(20);
    let sandbox = Sandbox::with(&before);
    let start = Instant::now();
    let model = thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                scope.spawn({
                    let sandbox = &sandbox;
                    move || write(sandbox, writer, edits)
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    check(&sandbox, &before, &model);
    counted(&format!(
        "{writers} writers, {} edits in {:.1} s",
        writers * edits,
        start.elapsed().as_secs_f32()
    ));
}

#[test]
fn two_writers_lose_no_user() {
    many_writers(2, if full() { 300 } else { 50 });
}

#[test]
fn eight_writers_lose_no_user() {
    many_writers(8, if full() { 100 } else { 20 });
}

#[test]
fn fifty_writers_lose_no_user() {
    many_writers(50, if full() { 50 } else { 10 });
}

/// Another program locks the file repeatedly for 300 ms.
#[test]
fn writers_respect_the_lock_of_another_program() {
    if !ours() {
        return;
    }
    let before = users(20);
    let sandbox = Sandbox::with(&before);
    let done = AtomicBool::new(false);
    let (model, locks) = thread::scope(|scope| {
        let locker = scope.spawn(|| {
            let mut locks = 0;
            while !done.load(Ordering::Relaxed) {
                let file = File::open(sandbox.path("passwd")).unwrap();
                file.lock().unwrap();
                let seen = sandbox.read("passwd");
                thread::sleep(Duration::from_millis(300));
                assert_eq!(sandbox.read("passwd"), seen, "the lock was not respected");
                assert_eq!(sandbox.names(), ["passwd"], "the lock was not respected");
                file.unlock().unwrap();
                locks += 1;
                thread::sleep(Duration::from_millis(50));
            }
            locks
        });
        let threads: Vec<_> = (0..4)
            .map(|writer| {
                scope.spawn({
                    let sandbox = &sandbox;
                    move || write(sandbox, writer, 10)
                })
            })
            .collect();
        // The locking thread has to end even if a writer fails.
        let models: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        let locks = locker.join().unwrap();
        (models.into_iter().flat_map(|model| model.unwrap()).collect(), locks)
    });
    check(&sandbox, &before, &model);
    assert!(locks > 0);
    counted(&format!("4 writers, 40 edits, {locks} locks of another program of 300 ms"));
}

const ADD: &[&str] = &["-bs", "passwd", "new", "secret"];
const UPDATE: &[&str] = &["-bs", "passwd", "u00003", "other"];
const LENGTHEN: &[&str] = &["-b5", "passwd", "u00003", "other"];
const DELETE: &[&str] = &["-D", "passwd", "u00003"];

/// The change that another program makes without a lock while the program under test writes.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    /// Appends a record with one write, like `htpasswd -n >> file`.
    Appends,
    /// Empties the file and writes the content with one more user, like Apache's tool and some editors.
    Rewrites,
    /// Writes another file with one more user and renames it to the name of the password file, like other editors.
    Replaces,
    /// Overwrites the hash of the last user with another one of equal length.
    Overwrites,
}

impl Meanwhile {
    /// The record that this change adds or sets.
    fn record(self) -> String {
        match self {
            Self::Overwrites => format!("u00019:{OTHER}\n"),
            _ => format!("foreign:{SHA1}\n"),
        }
    }

    fn apply_to(self, sandbox: &Sandbox) {
        let (path, record) = (sandbox.path("passwd"), self.record());
        match self {
            Self::Appends => append(sandbox, &record),
            Self::Rewrites => fs::write(path, sandbox.text("passwd") + &record).unwrap(),
            Self::Replaces => {
                fs::write(sandbox.path("other"), sandbox.text("passwd") + &record).unwrap();
                fs::rename(sandbox.path("other"), path).unwrap();
            }
            Self::Overwrites => {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.write_all_at(record.as_bytes(), (users(19).len()) as u64).unwrap();
            }
        }
    }
}

fn append(sandbox: &Sandbox, line: &str) {
    let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// With this number of users, one more user or a longer hash needs another disk block, so the program reserves space.
const USERS: usize = 99;

/// Delays one edit at the call of this name and number, and makes the other change meanwhile. Fails if one of them
/// is lost.
fn both_changes_stay(arguments: &[&str], at: (&str, usize), meanwhile: Meanwhile) {
    let sandbox = Sandbox::with(users(USERS));
    let rule = format!("inject={}:delay_enter=400ms:when={}", at.0, at.1);
    let running = with_rules(sandbox.call(arguments), &[rule]).start();
    // At this point, the program has reached the delayed call. On a slower machine, the change may come before that
    // call, and the test then proves less.
    thread::sleep(Duration::from_millis(150));
    meanwhile.apply_to(&sandbox);
    let run = running.wait();
    let context = format!("{arguments:?} delayed at {} number {}, another program {meanwhile:?}", at.0, at.1);
    assert_eq!(run.exit, Exit::Code(0), "{context}\n{run}");
    let text = sandbox.text("passwd");
    assert!(text.contains(&meanwhile.record()), "{context}: the change of the other program is lost\n{text}");
    let changed = match arguments {
        ADD => format!("new:{SHA1}\n"),
        UPDATE => format!("u00003:{OTHER}\n"),
        LENGTHEN => "u00003:$6$".to_owned(),
        _ => String::new(),
    };
    assert!(text.contains(&changed), "{context}: the edit of the program under test is lost\n{text}");
    assert_eq!(text.contains("u00003:"), arguments != DELETE, "{context}\n{text}");
    let untouched = |number: &usize| ![3, 19].contains(number);
    for number in (0..USERS).filter(untouched) {
        assert_eq!(text.matches(&format!("u{number:05}:{SHA1}\n")).count(), 1, "{context}\n{text}");
    }
    assert_eq!(sandbox.names(), ["passwd"], "{context}");
}

fn change_without_a_lock(at: (&str, usize)) {
    change_without_a_lock_during(&[ADD, UPDATE, LENGTHEN, DELETE], at);
}

fn change_without_a_lock_during(edits: &[&[&str]], at: (&str, usize)) {
    if !can_trace() {
        return;
    }
    let all = [Meanwhile::Appends, Meanwhile::Rewrites, Meanwhile::Replaces, Meanwhile::Overwrites];
    for meanwhile in all {
        thread::scope(|scope| {
            for &arguments in edits {
                scope.spawn(move || both_changes_stay(arguments, at, meanwhile));
            }
        });
    }
}

#[test]
fn a_change_without_a_lock_before_the_lock_stays() {
    change_without_a_lock(("flock", 1));
}

/// The program has already read the file, so the change is not in the content that it has read.
#[test]
fn a_change_without_a_lock_after_reading_stays() {
    // The first read of zero bytes after the lock is the end of the file.
    if can_trace() {
        let sandbox = Sandbox::with(users(USERS));
        let calls = system_calls(&sandbox, sandbox.call(UPDATE));
        let lock = calls.iter().position(|call| call.name == "flock").unwrap();
        let end =
            calls[lock..].iter().find(|call| call.name == "read" && call.text.ends_with("= 0")).unwrap();
        change_without_a_lock((&end.name, end.number));
    }
}

#[test]
fn a_change_without_a_lock_while_space_is_reserved_stays() {
    // Only the edits of this list need more space, so only these edits reserve it.
    change_without_a_lock_during(&[ADD, LENGTHEN], ("fallocate", 1));
}

#[test]
fn a_change_without_a_lock_while_the_journal_is_made_stays() {
    change_without_a_lock(("fchmod", 1));
}

/// This is the last call before the program writes the file.
#[test]
fn a_change_without_a_lock_during_the_journals_fsync_stays() {
    change_without_a_lock(("fsync", 2));
}

/// One thread appends lines without a lock, and another thread edits the file. A line that is appended during a write
/// may be lost, or a part of it may remain. The test counts such lines. The test fails if an earlier user is lost.
#[test]
fn appends_without_a_lock_lose_no_earlier_user() {
    if !ours() {
        return;
    }
    let lines = if full() { 2000 } else { 100 };
    let sandbox = Sandbox::with(users(20));
    let appending = AtomicBool::new(true);
    let line = |number: usize| format!("appended{number:05}:{SHA1}\n");
    let (edits, rejected) = thread::scope(|scope| {
        let editor = scope.spawn(|| {
            let (mut edits, mut rejected) = (0, 0);
            while appending.load(Ordering::Relaxed) {
                for arguments in [ADD, UPDATE, &["-D", "passwd", "new"]] {
                    edits += 1;
                    rejected += usize::from(sandbox.run(arguments).exit != Exit::Code(0));
                }
            }
            (edits, rejected)
        });
        for number in 0..lines {
            append(&sandbox, &line(number));
            thread::sleep(Duration::from_millis(5));
        }
        appending.store(false, Ordering::Relaxed);
        editor.join().unwrap()
    });
    let text = sandbox.text("passwd");
    let lost = (0..lines).filter(|&number| !text.contains(&line(number))).count();
    counted(&format!(
        "{lines} lines appended without a lock during {edits} edits: {lost} lost, {rejected} edits rejected"
    ));
    assert!(text.starts_with(&set(&users(20), "u00003", OTHER)), "{text}");
    assert!(lost < lines / 10, "{lost} of {lines} lines were lost");
    assert_eq!(sandbox.names(), ["passwd"]);
}
