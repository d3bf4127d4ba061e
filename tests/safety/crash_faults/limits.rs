//! Tests of writes without a journal, without locks and under a limit on the file size. Each write either succeeds or
//! leaves the old file.

use super::{JOURNAL, SET, is_clear, ten};
use crate::support::strace::{can_trace, counted, full, ours, system_calls, with_rules};
use crate::support::users::{OTHER, set, users};
use crate::support::{Exit, SHA1, Sandbox};

/// If there is no space or no permission for a journal, the program writes without one. If the disk fails, the
/// program writes nothing.
#[test]
fn an_update_needs_no_journal_unless_the_disk_fails() {
    if !can_trace() {
        return;
    }
    let sandbox = ten();
    let calls = system_calls(&sandbox, sandbox.call(SET));
    let make = calls.iter().find(|call| call.text.contains(JOURNAL) && call.text.contains("O_CREAT"));
    let make = make.unwrap_or_else(|| panic!("no journal: {calls:?}"));
    for (error, exit) in [("ENOSPC", 0), ("EACCES", 0), ("EROFS", 0), ("EIO", 1), ("ENOMEM", 1)] {
        let sandbox = ten();
        let run = with_rules(sandbox.call(SET), &[make.inject(&format!("error={error}"))]).run();
        run.exits(exit);
        let after = if exit == 0 { set(&users(10), "u00003", OTHER) } else { users(10) };
        assert_eq!(sandbox.text("passwd"), after, "{error}");
        assert_eq!(sandbox.names(), ["passwd"], "{error}");
    }
}

/// `ulimit -f` limits the size of a file in blocks of 512 bytes. A write that reaches the limit may write a part of its
/// bytes.
#[test]
fn a_write_over_the_file_size_limit_leaves_the_old_file() {
    if !ours() {
        return;
    }
    let mut runs = 0;
    for ignored in ["", "trap '' XFSZ; "] {
        for limit in 0..8 {
            for count in [1, 12, 13, 24, 25, 50, 90] {
                for arguments in [
                    &["-bs", "passwd", "new", "secret"][..],
                    &["-b5", "passwd", "u00000", "secret"],
                    &["-D", "passwd", "u00000"],
                    &["-cb5", "passwd", "new", "secret"],
                    &["-cb5", "newfile", "new", "secret"],
                ] {
                    // All combinations together take too long for each `cargo test`.
                    if !full() && (limit * 7 + count) % 3 != 0 {
                        continue;
                    }
                    let sandbox = Sandbox::with(users(count));
                    let run = sandbox.call(arguments).after(&format!("{ignored}ulimit -f {limit}")).run();
                    let context = format!("{ignored}ulimit -f {limit}, {count} lines, {arguments:?}");
                    match run.exit {
                        Exit::Code(0) => {}
                        Exit::Code(1) => {
                            assert!(is_clear(&run), "{context}\n{run}");
                            assert_eq!(sandbox.text("passwd"), users(count), "{context}\n{run}");
                            assert_eq!(sandbox.names(), ["passwd"], "{context}\n{run}");
                        }
                        _ => panic!("{context}\n{run}"),
                    }
                    sandbox.run(["-bs", "passwd", "next", "secret"]).exits(0);
                    assert!(sandbox.names().iter().all(|name| !name.starts_with('.')), "{context}\n{run}");
                    runs += 1;
                }
            }
        }
    }
    counted(&format!("{runs} runs"));
}

#[test]
fn a_file_may_be_as_long_as_the_limit() {
    if !ours() {
        return;
    }
    let line = format!("new:{SHA1}\n");
    for (length, exit) in [(1023, 0), (1024, 0), (1025, 1)] {
        let before = format!("#{}\n", "x".repeat(length - line.len() - 2));
        let sandbox = Sandbox::with(&before);
        let run = sandbox.call(["-bs", "passwd", "new", "secret"]).after("ulimit -f 2").run();
        run.exits(exit);
        assert_eq!(sandbox.text("passwd"), if exit == 0 { before + &line } else { before });
    }
}

/// The program locks again after EINTR, and writes without a lock on a file system without locks. The program reports
/// any other error of the lock.
#[test]
fn only_an_unexpected_error_of_a_lock_stops_a_write() {
    if !can_trace() {
        return;
    }
    for (fault, exit) in [("EINTR:when=1", 0), ("EOPNOTSUPP", 0), ("ENOLCK", 1)] {
        let sandbox = ten();
        let rule = format!("inject=flock:error={fault}");
        let run = with_rules(sandbox.call(["-D", "passwd", "u00001"]), &[&rule]).run();
        run.exits(exit);
        assert_eq!(sandbox.text("passwd").contains("u00001"), exit != 0, "{fault}: {run}");
        assert_eq!(sandbox.names(), ["passwd"], "{fault}: {run}");
    }
}
