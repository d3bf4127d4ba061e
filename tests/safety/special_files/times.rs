//! Tests of the modification time. Each write moves the time forward, or a warning reports that this is impossible.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::time::{Duration, SystemTime};

use super::{before, cut_off, verify};
use crate::support::strace::{can_trace, ours};
use crate::support::users::users;
use crate::support::{Sandbox, is_root, skipped};

/// Servers read a file again when its modification time has changed.
#[test]
fn the_modification_time_moves_forward_with_each_write() {
    if !can_trace() {
        return;
    }
    let hour = Duration::from_secs(3600);
    for start in [SystemTime::now() - hour, SystemTime::now(), SystemTime::now() + hour] {
        let sandbox = Sandbox::with(before());
        let file = OpenOptions::new().write(true).open(sandbox.path("passwd")).unwrap();
        file.set_times(FileTimes::new().set_modified(start)).unwrap();
        let mut last = start;
        let modified = || fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
        let check = |last: &mut SystemTime, what: &str| {
            let now = modified();
            assert!(now > *last, "{what}: {last:?}, then {now:?}");
            *last = now;
        };
        for _ in 0..10 {
            sandbox.run(["-bs", "passwd", "u00000", "other"]).exits(0);
            check(&mut last, "update");
            sandbox.run(["-bm", "passwd", "new", "other"]).exits(0);
            check(&mut last, "addition");
            sandbox.run(["-bs", "passwd", "u00000", "secret"]).exits(0);
            sandbox.run(["-D", "passwd", "new"]).exits(0);
            check(&mut last, "deletion");
        }
        cut_off(&sandbox, "passwd");
        // If the time was in the future, the recovery may set the time of the write.
        last = last.min(modified());
        sandbox.run(verify("passwd")).exits(0);
        check(&mut last, "recovery");
        // A run that changes no record does not change the time.
        sandbox.run(verify("passwd")).exits(0);
        sandbox.run(["-D", "passwd", "unknown"]).exits(0);
        assert_eq!(modified(), last);
    }
}

/// Only the owner of a file can set its time. For other users, the kernel sets the current time.
#[test]
fn the_modification_time_moves_forward_for_other_writers() {
    if !ours() {
        return;
    }
    if !is_root() {
        skipped("only root can run the program as two users");
        return;
    }
    let sandbox = Sandbox::with(before());
    for (name, mode) in [("passwd", 0o666), (".", 0o777)] {
        sandbox.set_mode(name, mode);
    }
    for user in ["u00001", "u00002", "u00003"] {
        let modified = || fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
        let old = modified();
        sandbox.call(["-D", "passwd", user]).by_ordinary_user().run().exits(0);
        assert!(modified() > old);
        assert_eq!(sandbox.names(), ["passwd"]);
    }
}

/// ext4 stores no time after the year 2446. A write to a file whose time cannot move forward succeeds and warns.
#[test]
fn a_time_of_modification_that_cannot_move_forward_is_reported() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(users(3));
    let time = || fs::metadata(sandbox.path("passwd")).unwrap().modified().unwrap();
    for seconds in [u64::from(u32::MAX), 1 << 40, i64::MAX.unsigned_abs()] {
        let Some(far) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else {
            continue;
        };
        let file = File::options().write(true).open(sandbox.path("passwd")).unwrap();
        if file.set_modified(far).is_err() {
            continue;
        }
        let before = time();
        let run = sandbox.run(["-bm", "passwd", "u00001", "other"]);
        run.exits(0);
        assert_ne!(time(), before, "a server would not see the change\n{run}");
        let is_reported = run.warnings().iter().any(|line| line.contains("time cannot move forward"));
        assert_eq!(is_reported, time() < before, "{run}");
    }
}
