//! Tests that a password file loses no record: after a kill, after a failed system call, with other writers and
//! readers, and for special files. Each test runs the program in a directory of its own; most tests need strace and
//! root, and report that they are skipped if one of these is missing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

use test_support as support;

mod companions;
mod crash_faults;
mod crash_journal;
mod crash_kill;
mod crash_outputs;
mod ensure_at_the_same_time;
mod later_edits;
mod old_journals;
mod planted_links;
mod readers;
mod secret_crashes;
mod special_files;
mod stale_journals;
mod swapped_directories;
mod torn_files;
mod writers;
