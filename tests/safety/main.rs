//! Nothing is lost, whatever ends the program, whoever writes or reads beside it, and whatever the file is.

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
