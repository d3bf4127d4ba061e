//! Asks servers written in Python. `.ci/python-servers` installs them into `target/python-servers`.
//!
//! `ask.py` runs the application of the server in its own process, and starts it again for each password file in a few
//! milliseconds. A server that listens would need half a second for each start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::helper::Helper;
use crate::skipped;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Starts the script for this server.
pub(super) fn start(name: &str) -> Option<Helper> {
    // Radicale needs libpass, and the other servers need passlib. Both contain a module with the same name.
    let environment = if name == "radicale" { "radicale" } else { "passlib" };
    let python = root().join("target/python-servers").join(environment).join("bin/python");
    if !python.exists() {
        skipped(&format!("{name} is not installed (.ci/python-servers)"));
        return None;
    }
    let mut command = Command::new(python);
    command.arg(root().join("crates/test-support/python/ask.py")).arg(name);
    Some(Helper::start(command))
}

/// Starts the server with this password file. Returns false if the server does not start.
pub(super) fn load(server: &mut Helper, file: &Path) -> bool {
    server.ask(&format!("load {}", file.display())) == "200"
}

/// Returns true if the server accepts the login.
pub(super) fn accepts(server: &mut Helper, user: &[u8], password: &[u8]) -> bool {
    let status = server.ask(&format!("ask {} {}", hexadecimal(user), hexadecimal(password)));
    // Radicale answers 207 to PROPFIND.
    matches!(&*status, "200" | "207")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
