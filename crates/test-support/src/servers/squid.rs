//! Asks squid's program for basic authentication, which squid starts and asks in the same way.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::helper::Helper;
use crate::{Sandbox, skipped};

/// Starts the program with the password file `passwd` of the sandbox.
pub(super) fn start(sandbox: &Sandbox) -> Option<Helper> {
    let program = Path::new("/usr/lib/squid/basic_ncsa_auth");
    if !program.exists() {
        skipped("squid is not installed");
        return None;
    }
    let mut command = Command::new(program);
    command.arg(sandbox.path("passwd"));
    Some(Helper::start(command))
}

/// Returns true if squid accepts the login. squid escapes a user name and a password as in a URL.
pub(super) fn accepts(squid: &mut Helper, user: &[u8], password: &[u8]) -> bool {
    squid.ask(&format!("{} {}", escaped(user), escaped(password))).starts_with("OK")
}

fn escaped(word: &[u8]) -> String {
    word.iter().fold(String::new(), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(byte.into());
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
        text
    })
}

/// Asks squid's program whether the user can log in with the password file `passwd` of the sandbox.
pub fn squid_accepts(sandbox: &Sandbox, user: &str, password: &str) -> Option<bool> {
    Some(accepts(&mut start(sandbox)?, user.as_bytes(), password.as_bytes()))
}
