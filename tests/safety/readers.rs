//! Readers that know nothing of locks: real servers, and a program that reads the file in a tight loop.
//!
//! `cargo test` makes 300 requests to each server, `HTPASSWD_TEST_FULL=1` makes 1,500, during 300 edits or more.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::support::servers::Server;
use crate::support::strace::{counted, full, ours};
use crate::support::users::users;
use crate::support::{BCRYPT, SHA1, Sandbox};

/// Updates of the same and of other lengths, additions and deletions; every fifth edit is the first one again.
const EDITS: [&[&str]; 5] = [
    &["-bBC", "4", "passwd", "changing", "one"],
    &["-bBC", "4", "passwd", "changing", "two"],
    &["-bs", "passwd", "changing", "three"],
    &["-bBC", "4", "passwd", "coming", "four"],
    &["-D", "passwd", "coming"],
];

/// A file with a user before and a user behind all that changes.
fn file() -> String {
    format!("first:{BCRYPT}\nchanging:{BCRYPT}\n{}last:{BCRYPT}\n", users(5))
}

/// Edits until there were `least` of them and nobody reads any more; says how many there were.
fn edit_until(sandbox: &Sandbox, edits: &[&[&str]], least: usize, done: &AtomicUsize, enough: &AtomicBool) {
    while done.load(Ordering::Relaxed) < least || !enough.load(Ordering::Relaxed) {
        let number = done.load(Ordering::Relaxed);
        sandbox.run(edits[number % edits.len()]).exits(0);
        done.store(number + 1, Ordering::Relaxed);
    }
}

/// `reads_all`: the server reads the whole file, whichever user it looks for.
fn server_refuses_nobody(start: impl Fn(&Sandbox) -> Option<Server>, reads_all: bool) {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(file());
    let Some(server) = start(&sandbox) else { return };
    let (requests, least) = if full() { (1500, 300) } else { (300, 60) };
    for user in ["first", "last"] {
        assert_eq!(server.client(user, "secret").get(), 200);
        assert_eq!(server.client(user, "wrong").get(), 401);
    }
    let (edits, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ask = |user| {
        let (mut client, mut made, mut refused) = (server.client(user, "secret"), 0, 0);
        // Until there were enough of both. The limit is for the case that the editing fails.
        while made < requests || (edits.load(Ordering::Relaxed) < least && made < 100 * requests) {
            refused += usize::from(client.get() != 200);
            made += 1;
        }
        (made, refused)
    };
    let answers = thread::scope(|scope| {
        let editor = scope.spawn(|| edit_until(&sandbox, &EDITS, least, &edits, &enough));
        let answers =
            ["first", "last"].map(|user| scope.spawn(move || ask(user))).map(thread::ScopedJoinHandle::join);
        enough.store(true, Ordering::Relaxed);
        editor.join().unwrap();
        answers
    });
    let [first, last] = answers.map(Result::unwrap);
    counted(&format!(
        "{} edits; of the user before the change {} of {} requests refused, of the one behind it {} of {}",
        edits.into_inner(),
        first.1,
        first.0,
        last.1,
        last.0
    ));
    // A server that finds its user before it comes to the change never misses. What stands behind a change of another
    // length moves: who reads in that very microsecond may see a part of it twice or not at all. It has happened once
    // in 30,000 requests; with Apache's tool 284 of 1,500 are refused.
    assert!(first.1 <= usize::from(reads_all), "{first:?}");
    assert!(last.1 <= 1, "{last:?}");
    // The server still sees what is done.
    sandbox.run(["-bBC", "4", "passwd", "late", "pw"]).exits(0);
    assert_eq!(server.client("late", "pw").get(), 200);
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn apache_httpd() {
    server_refuses_nobody(Server::httpd, false);
}

#[test]
fn nginx() {
    server_refuses_nobody(Server::nginx, false);
}

#[test]
fn docker_registry() {
    server_refuses_nobody(Server::registry, true);
}

/// Servers that read the file again only when its time has changed: one that read in the middle of a write has to see,
/// by the time, that there is more. Otherwise it would keep what it has until the next edit.
#[test]
fn reader_that_looks_at_the_time() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(users(60_000));
    let time = || fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
    let known = Mutex::new((time(), sandbox.read("passwd")));
    let (looks, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let look = || {
        let (mut reads, mut last) = (0, time());
        while !enough.load(Ordering::Relaxed) {
            let now = time();
            if now != last {
                let content = sandbox.read("passwd");
                *known.lock().unwrap() = (now, content);
                last = now;
                reads += 1;
            }
            looks.fetch_add(1, Ordering::Relaxed);
        }
        reads
    };
    let edits = if full() { 200 } else { 40 };
    let edit = |number: usize| {
        // The first line changes its length: everything moves.
        let options = if number.is_multiple_of(2) { "-bm" } else { "-bs" };
        sandbox.run([options, "passwd", "u00000", "other"]).exits(0);
        let before = looks.load(Ordering::Relaxed);
        // One look may have begun before.
        while looks.load(Ordering::Relaxed) < before + 2 {
            thread::yield_now();
        }
        usize::from(known.lock().unwrap().1 != sandbox.read("passwd"))
    };
    let (stale, reads) = thread::scope(|scope| {
        let reader = scope.spawn(look);
        let stale: usize = (0..edits).map(edit).sum();
        enough.store(true, Ordering::Relaxed);
        (stale, reader.join().unwrap())
    });
    counted(&format!("{edits} edits, {reads} times read: {stale} times what was read last is not the file"));
    assert_eq!(stale, 0);
}

/// What a reader in a tight loop saw.
#[derive(Default)]
struct Snapshots {
    all: usize,
    /// With a line that is no record.
    broken: usize,
    /// Without some user that nobody touches.
    incomplete: usize,
}

/// Reads the file again and again while these edits are made. No snapshot is empty or without `head`, which stands
/// before all changes.
fn read_in_a_loop(content: &str, head: &str, edits: &[&[&str]]) -> Snapshots {
    let untouched: Vec<_> = content.lines().filter(|line| !line.starts_with("changing")).collect();
    let sandbox = Sandbox::with(content);
    let (done, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let least = if full() { 1000 } else { 100 };
    let read = || {
        let mut seen = Snapshots::default();
        while done.load(Ordering::Relaxed) < least && seen.all < 10_000_000 {
            let text = sandbox.text("passwd");
            seen.all += 1;
            assert!(text.starts_with(head), "{} bytes, without those that stood first", text.len());
            seen.broken += usize::from(text.lines().any(|line| !line.is_empty() && !line.contains(':')));
            // In their order, all that was in between left out.
            let mut lines = text.lines();
            seen.incomplete += usize::from(!untouched.iter().all(|user| lines.any(|line| line == *user)));
        }
        seen
    };
    let seen = thread::scope(|scope| {
        let editor = scope.spawn(|| edit_until(&sandbox, edits, least, &done, &enough));
        let reader = scope.spawn(read).join();
        enough.store(true, Ordering::Relaxed);
        editor.join().unwrap();
        reader
    });
    let seen = seen.unwrap();
    counted(&format!(
        "{} snapshots of {} bytes during {} edits: 0 empty, {} with a broken line, {} without an untouched user",
        seen.all,
        content.len(),
        done.into_inner(),
        seen.broken,
        seen.incomplete
    ));
    assert_eq!(sandbox.names(), ["passwd"]);
    seen
}

#[test]
fn raw_reader_during_updates_of_the_same_length() {
    if !ours() {
        return;
    }
    for lines in [20, 2000] {
        let head = users(lines);
        let content = format!("{head}changing:{SHA1}\n{}", users(lines).replace('u', "v"));
        let edits: [&[&str]; 2] =
            [&["-bs", "passwd", "changing", "other"], &["-bs", "passwd", "changing", "secret"]];
        let seen = read_in_a_loop(&content, &head, &edits);
        // Only the hash itself is written.
        assert_eq!((seen.broken, seen.incomplete), (0, 0));
    }
}

#[test]
fn raw_reader_during_additions_and_deletions_at_the_end() {
    if !ours() {
        return;
    }
    for lines in [20, 2000] {
        let content = users(lines);
        let edits: [&[&str]; 2] = [&["-bs", "passwd", "changing", "other"], &["-D", "passwd", "changing"]];
        let seen = read_in_a_loop(&content, &content, &edits);
        assert_eq!(seen.incomplete, 0);
    }
}

/// What stands behind a change of another length moves: a reader that reads in this very moment may see a part of it
/// twice or not at all. How often that is depends on the machine and is only counted.
#[test]
fn raw_reader_during_edits_of_other_lengths() {
    if !ours() {
        return;
    }
    for lines in [20, 2000] {
        let head = users(lines);
        let content = format!("{head}changing:{SHA1}\n{}", users(lines).replace('u', "v"));
        let edits: [&[&str]; 4] = [
            &["-bBC", "4", "passwd", "changing", "other"],
            &["-bs", "passwd", "changing", "other"],
            &["-D", "passwd", "changing"],
            &["-bm", "passwd", "changing", "other"],
        ];
        read_in_a_loop(&content, &head, &edits);
    }
}
