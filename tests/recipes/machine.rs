//! Gives each page that calls a server a machine of its own, so that it can use ports and change `/etc`. `machine.sh`
//! makes the machine, and `bin/` has stand-ins for an engine, a cluster and sudo.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::symlink;
use std::path::Path;

use test_support::{Sandbox, is_root};

use crate::page::Page;
use crate::root;
use crate::run::finds;

/// The programs that change the machine or listen on a port, each with the programs that must be installed.
const SERVERS: [(&str, &[&str]); 7] = [
    ("apache2", &["apache2", "curl"]),
    ("curl", &["curl"]),
    ("docker", &["curl", "docker", "docker-registry"]),
    ("htpasswd-auth", &["htpasswd-auth"]),
    ("kubectl", &["kubectl"]),
    ("nginx", &["nginx"]),
    ("sudo", &["unshare"]),
];
/// The stand-ins in `tests/recipes/bin`.
const STAND_INS: [&str; 3] = ["docker", "kubectl", "sudo"];

/// The servers that the page calls, each with the programs that it needs.
fn servers(page: &Page) -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    SERVERS.iter().filter(|(program, _)| page.run_blocks().any(|block| block.calls(program)))
}

/// Returns true if the page needs a machine of its own.
pub(crate) fn is_needed(page: &Page) -> bool {
    servers(page).next().is_some()
}

/// The first thing that the page needs for a machine of its own and that is missing. `path` lists the directories with
/// programs.
pub(crate) fn missing(page: &Page, path: &OsStr) -> Option<&'static str> {
    if is_needed(page) && !is_root() {
        return Some("root");
    }
    servers(page).flat_map(|(_, needed)| needed.iter().copied()).find(|tool| !finds(tool, path))
}

/// The words before a command that run it on a machine of its own.
pub(crate) fn words(sandbox: &Sandbox) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"].map(Into::into).to_vec();
    words.push(root().join("tests/recipes/machine.sh").into());
    words.push(sandbox.root().join("machine").into());
    words
}

/// Adds the stand-ins to a directory of programs.
pub(crate) fn add_stand_ins(directory: &Path) {
    for name in STAND_INS {
        symlink(root().join("tests/recipes/bin").join(name), directory.join(name)).unwrap();
    }
}
