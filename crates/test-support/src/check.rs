//! Runs `--check`, and compares its findings.

use std::path::Path;

use rustix::fs::XattrFlags;
use serde_json::Value;

use super::{Run, Sandbox, is_root};

/// A bcrypt hash of `secret` with cost 10, which gets no finding.
pub const STRONG: &str = "$2y$10$MqOaKJ9yyRQn45/4glcUSOSwmso42Pv0CM8BKGnSUi6E2zYKXEKoC";

/// A sandbox with the file `passwd`, which only its owner and Debian's web servers can read, so that
/// `--check --for nginx` finds nothing wrong with its permissions.
pub fn private(content: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::with(content);
    sandbox.set_mode("passwd", 0o600);
    let Some(group) = group_of_web_servers() else { return sandbox };
    let file = sandbox.path("passwd");
    if is_root() {
        std::os::unix::fs::chown(&file, None, Some(group)).unwrap();
        sandbox.set_mode("passwd", 0o640);
    } else {
        // Only root may give a file to a group of others. Every owner may add the group to an access control list.
        let_group_read(&file, group);
    }
    sandbox
}

/// Gives the file an access control list that lets its owner and this group read it.
pub fn let_group_read(file: &Path, group: u32) {
    rustix::fs::setxattr(file, "system.posix_acl_access", &readable_by_group(group), XattrFlags::empty())
        .unwrap();
}

/// The bytes of such a list, in the format of acl(5) in Linux: the
/// version 2, then tag, permissions and number of each entry.
fn readable_by_group(group: u32) -> Vec<u8> {
    const NO_ID: u32 = u32::MAX;
    // The tags are those of the owner, the owner's group, a named group, the mask, and all other users.
    let entries = [(1, 6, NO_ID), (4, 0, NO_ID), (8, 4, group), (16, 4, NO_ID), (32, 0, NO_ID)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(u16::to_le_bytes(tag));
        list.extend(u16::to_le_bytes(permissions));
        list.extend(u32::to_le_bytes(id));
    }
    list
}

/// The number of the group `www-data`, if this machine has that group.
pub fn group_of_web_servers() -> Option<u32> {
    let groups = std::fs::read_to_string("/etc/group").unwrap();
    let line = groups.lines().find(|line| line.starts_with("www-data:"))?;
    line.split(':').nth(2)?.parse().ok()
}

/// Checks `passwd` with these options and `--json`.
pub fn json(sandbox: &Sandbox, options: &[&str]) -> (Run, Value) {
    let run = sandbox.run([&["--check", "--json"], options, &["passwd"]].concat());
    assert!(run.stdout().ends_with("}\n") && run.stderr().is_empty(), "{run}");
    let value = serde_json::from_slice(&run.stdout).unwrap();
    (run, value)
}

/// The line, severity and kind of each finding, separated by blanks. A finding about the whole file has line 0.
pub fn findings(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let line = |finding: &Value| finding["line"].as_u64().unwrap_or(0);
    findings.map(|f| format!("{} {} {}", line(f), text(&f["severity"]), text(&f["kind"]))).collect()
}

/// Asserts that `--check` of `content` exits with this code and has exactly these findings, as text and as JSON.
#[track_caller]
pub fn finds(content: impl AsRef<[u8]>, options: &[&str], exit: i32, expected: &[&str]) {
    let sandbox = private(content);
    let (run, report) = json(&sandbox, options);
    assert_eq!(findings(&report), expected, "{run}");
    run.exits(exit);
    let count = |severity: &str| {
        expected.iter().filter(|line| line.split(' ').nth(1) == Some(severity)).count() as u64
    };
    assert_eq!(
        (report["error_count"].as_u64(), report["warning_count"].as_u64()),
        (Some(count("error")), Some(count("warning")))
    );

    let run = sandbox.run([&["--check"], options, &["passwd"]].concat());
    run.exits(exit).stderr_is("");
    let text = run.stdout();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), expected.len() + 1, "{run}");
    for (printed, expected) in lines.iter().zip(expected) {
        let mut words = expected.split(' ');
        let (line, severity) = (words.next().unwrap(), words.next().unwrap());
        let place = if line == "0" { "passwd:".to_owned() } else { format!("passwd:{line}:") };
        let rest = printed.strip_prefix(&place).unwrap_or_else(|| panic!("not {place}\n{run}"));
        assert!(rest.trim_start().starts_with(&format!("{severity}: ")), "{run}");
    }
}
