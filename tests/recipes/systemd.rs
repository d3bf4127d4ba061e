//! Tests the systemd units of the pages without systemd: the test puts paths of a sandbox into the command of the unit,
//! and runs it. If the machine has systemd-analyze, it checks the units too.

use std::fs;
use std::process::Command;

use test_support::{Sandbox, has_tool, program};

use crate::files::blocks;

/// The value of a setting of the unit with this file name.
fn setting(unit: &str, name: &str) -> String {
    let blocks = blocks("ini");
    let found = blocks.iter().find(|(_, block)| block.file.as_deref() == Some(unit));
    let text = &found.unwrap_or_else(|| panic!("no {unit}")).1.text;
    let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    value.unwrap_or_else(|| panic!("{unit} has no {name}")).to_owned()
}

#[test]
fn the_service_sets_the_password_of_its_credential() {
    let sandbox = Sandbox::new();
    let unit = "htpasswd-dreamfish.service";
    let (id, _) =
        setting(unit, "LoadCredential").split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    sandbox.write(&id, "abc123");
    sandbox.set_mode(&id, 0o400);
    let command = setting(unit, "ExecStart");
    let directory = sandbox.work().to_str().unwrap().to_owned();
    let command = command.replace("%d", &directory).replace("/etc/nginx", &directory);
    let words: Vec<_> = command.split(' ').collect();
    assert_eq!(words[0], "/usr/bin/htpasswd");
    for change in ["added", "unchanged"] {
        let output = Command::new(program()).args(&words[1..]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(&format!("User dreamfish: {change}\n")), "{message}");
    }
}

#[test]
fn systemd_accepts_the_units() {
    if !has_tool("systemd-analyze", &["--version"]) {
        // The other tests run the commands of the units, so this test needs no systemd in CI.
        return;
    }
    let sandbox = Sandbox::new();
    let mut paths = Vec::new();
    for (_, block) in blocks("ini") {
        let path = sandbox.path(block.file.unwrap());
        // systemd-analyze rejects a command that does not exist.
        let text =
            block.text.replace("/usr/bin/htpasswd", "/bin/true").replace("/usr/local/bin/", "/bin/true ");
        fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let output = Command::new("systemd-analyze").arg("verify").args(&paths).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    let names: Vec<_> = paths.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let errors: Vec<_> =
        message.lines().filter(|line| names.iter().any(|name| line.contains(name))).collect();
    assert!(errors.is_empty(), "{message}");
}
