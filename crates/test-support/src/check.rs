//! Runs `--check`, and compares its findings.

use serde_json::Value;

use super::{Run, Sandbox, is_root};

/// A bcrypt hash of `secret` with cost 10, which gets no finding.
pub const STRONG: &str = "$2y$10$MqOaKJ9yyRQn45/4glcUSOSwmso42Pv0CM8BKGnSUi6E2zYKXEKoC";

/// A sandbox with the file `passwd`, which other users cannot read. If the test runs as root, the file belongs to the
/// group of Debian's web servers, so that `--check --for nginx` finds nothing wrong with its permissions.
pub fn private(content: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::with(content);
    let group = if is_root() { group_of_web_servers() } else { None };
    if let Some(group) = group {
        std::os::unix::fs::chown(sandbox.path("passwd"), None, Some(group)).unwrap();
    }
    sandbox.set_mode("passwd", if group.is_some() { 0o640 } else { 0o600 });
    sandbox
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
        (report["errors"].as_u64(), report["warnings"].as_u64()),
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
