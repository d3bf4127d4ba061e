//! Which program is under test, and what there is on this machine to test it with.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Is the program under test Apache's?
pub fn original() -> bool {
    std::env::var_os("HTPASSWD_UNDER_TEST").is_some()
}

/// The absolute path of the program under test.
///
/// Ours is where cargo puts it for the tests of the command.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("HTPASSWD_UNDER_TEST") {
        return std::path::absolute(named).unwrap();
    }
    let path = built().join("htpasswd");
    assert!(path.is_file(), "the program is not built: {}", path.display());
    path
}

/// The folder `target/PROFILE` with the programs; the test binary is in its folder `deps`.
pub(crate) fn built() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// Says on the real standard error, past the capture of the test harness, that a test did not run.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
}

/// Can `name` be run with these arguments, with success?
pub fn has_tool(name: &str, args: &[&str]) -> bool {
    let mut tool = Command::new(name);
    tool.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tool.status().is_ok_and(|status| status.success())
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
