//! Runs of `--check`, and what they find.

use serde_json::Value;

use super::{Run, Sandbox};

/// Of cost 10, for `secret`.
pub const STRONG: &str = "$2y$10$MqOaKJ9yyRQn45/4glcUSOSwmso42Pv0CM8BKGnSUi6E2zYKXEKoC";

/// A sandbox with this in `passwd`, which others cannot read.
pub fn private(content: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::with(content);
    sandbox.set_mode("passwd", 0o600);
    sandbox
}

/// Checks `passwd`, with these options and `--json`.
pub fn json(sandbox: &Sandbox, options: &[&str]) -> (Run, Value) {
    let run = sandbox.run([&["--check", "--json"], options, &["passwd"]].concat());
    assert!(run.stdout().ends_with("}\n") && run.stderr().is_empty(), "{run}");
    let value = serde_json::from_slice(&run.stdout).unwrap();
    (run, value)
}

/// `line severity kind` of each finding; line 0 is the file.
pub fn findings(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let line = |finding: &Value| finding["line"].as_u64().unwrap_or(0);
    findings.map(|f| format!("{} {} {}", line(f), text(&f["severity"]), text(&f["kind"]))).collect()
}

/// Checking `content` with these options ends with this code and finds just this, both for people and for programs.
#[track_caller]
pub fn finds(content: impl AsRef<[u8]>, options: &[&str], exit: i32, wanted: &[&str]) {
    let sandbox = private(content);
    let (run, report) = json(&sandbox, options);
    assert_eq!(findings(&report), wanted, "{run}");
    run.exits(exit);
    let count =
        |severity: &str| wanted.iter().filter(|w| w.split(' ').nth(1) == Some(severity)).count() as u64;
    assert_eq!(
        (report["errors"].as_u64(), report["warnings"].as_u64()),
        (Some(count("error")), Some(count("warning")))
    );

    let run = sandbox.run([&["--check"], options, &["passwd"]].concat());
    run.exits(exit).stderr_is("");
    let text = run.stdout();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), wanted.len() + 1, "{run}");
    for (said, wanted) in lines.iter().zip(wanted) {
        let mut words = wanted.split(' ');
        let (line, severity) = (words.next().unwrap(), words.next().unwrap());
        let place = if line == "0" { "passwd:".to_owned() } else { format!("passwd:{line}:") };
        let rest = said.strip_prefix(&place).unwrap_or_else(|| panic!("not {place}\n{run}"));
        assert!(rest.trim_start().starts_with(&format!("{severity}: ")), "{run}");
    }
}
