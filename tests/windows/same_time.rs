//! Writers and readers of one file at the same time. No user is lost, and no reader fails or sees an empty file.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::sandbox;
use super::support::strace::{counted, full};
use super::support::users::users;
use super::support::{BCRYPT, Exit, SHA1};

const WRITERS: usize = 8;

#[test]
fn eight_writers_lose_no_user() {
    let each = if full() { 50 } else { 10 };
    let before = users(20);
    let sandbox = sandbox(&before);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for number in 0..each {
                    let user = format!("w{writer}-{number}");
                    let call =
                        sandbox.call(["-bs", "passwd", &user, "secret"]).limit(Duration::from_secs(120));
                    call.run().exits(0);
                }
            });
        }
    });
    let text = sandbox.text("passwd");
    let rest = text.strip_prefix(&before).expect("an earlier record is lost");
    let mut found: Vec<_> = rest.lines().map(str::to_owned).collect();
    let mut expected: Vec<_> = (0..WRITERS)
        .flat_map(|writer| (0..each).map(move |number| format!("w{writer}-{number}:{SHA1}")))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(sandbox.names(), ["passwd"]);
    counted(&format!("{WRITERS} writers at the same time: {} of {} users kept", found.len(), expected.len()));
}

/// One reader opens and reads the file as a program of Linux. The other one is htpasswd.exe, which opens the file as a
/// program of Windows does.
#[test]
fn readers_see_all_unchanged_users_during_edits() {
    let edits = if full() { 200 } else { 40 };
    let sandbox = sandbox(format!("first:{SHA1}\nchanging:{BCRYPT}\n{}last:{SHA1}\n", users(50)));
    let done = AtomicBool::new(false);
    let (reads, verified) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0_usize;
            while !done.load(Ordering::Relaxed) {
                let text = fs::read(sandbox.path("passwd")).unwrap();
                assert!(text.starts_with(format!("first:{SHA1}\n").as_bytes()), "{}", text.escape_ascii());
                reads += 1;
                thread::sleep(Duration::from_micros(200));
            }
            reads
        });
        let verifier = scope.spawn(|| {
            let mut verified = 0_usize;
            while !done.load(Ordering::Relaxed) {
                let run = sandbox.run(["-vb", "passwd", "first", "secret"]);
                assert_eq!(run.exit, Exit::Code(0), "{run}");
                verified += 1;
            }
            verified
        });
        for edit in 0..edits {
            match edit % 4 {
                0 => sandbox.run(["-bBC4", "passwd", "changing", "one"]),
                1 => sandbox.run(["-bs", "passwd", "changing", "two"]),
                2 => sandbox.run(["-bs", "passwd", "coming", "three"]),
                _ => sandbox.run(["-D", "passwd", "coming"]),
            }
            .exits(0);
        }
        done.store(true, Ordering::Relaxed);
        (reader.join().unwrap(), verifier.join().unwrap())
    });
    assert!(reads > 1_000 && verified > 10, "{reads} reads, {verified} verifications");
    counted(&format!(
        "{edits} edits; none of {reads} reads failed or lacked the first user, and none of {verified} verifications failed"
    ));
}
