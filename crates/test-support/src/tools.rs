//! Finds the program under test, and the tools that this machine has for tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Returns true if the program under test is Apache's tool.
pub fn original() -> bool {
    std::env::var_os("HTPASSWD_UNDER_TEST").is_some()
}

/// The absolute path of the program under test. It is Apache's tool at `HTPASSWD_UNDER_TEST`, a build of this project's
/// program for another target at `HTPASSWD_TEST_BUILD`, or the program that cargo built for these tests.
pub fn program() -> PathBuf {
    let named = ["HTPASSWD_UNDER_TEST", "HTPASSWD_TEST_BUILD"].into_iter().find_map(std::env::var_os);
    if let Some(named) = named {
        let path = std::path::absolute(named).unwrap();
        assert!(path.is_file(), "there is no program: {}", path.display());
        return path;
    }
    let path = built().join("htpasswd");
    assert!(path.is_file(), "the program is not built: {}", path.display());
    path
}

/// The folder `target/PROFILE` with the programs. The test binary is in the folder `deps` in it.
pub(crate) fn built() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// Reports on standard error that a test is skipped. It uses `writeln!`, because the test harness captures the output
/// of `eprintln!`.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
}

/// Returns true if running `name` with these arguments succeeds.
pub fn has_tool(name: &str, args: &[&str]) -> bool {
    let mut tool = Command::new(name);
    tool.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tool.status().is_ok_and(|status| status.success())
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
