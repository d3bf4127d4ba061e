//! Runs the commands of the CI examples: they accept a clean password file, and fail for a file with an error.

use std::process::Command;

use test_support::{Sandbox, program};

use crate::files::{blocks, yaml};

/// The shell commands of each CI example, except the installation of htpasswd.
fn scripts() -> Option<Vec<String>> {
    let mut scripts = Vec::new();
    for (_, block) in blocks("yaml") {
        let value = yaml(&block.text)?;
        let steps = value["jobs"]["check"]["steps"].as_array();
        let runs = steps.into_iter().flatten().filter_map(|step| step["run"].as_str());
        let lines = value["password-file"]["script"].as_array();
        let lines = lines.into_iter().flatten().filter_map(|line| line.as_str());
        let runs = runs.chain(lines).filter(|line| !line.starts_with("cargo ")).map(str::to_owned);
        // pre-commit appends the names of the files.
        let hook =
            value["repos"][0]["hooks"][0]["entry"].as_str().map(|hook| format!("{hook} auth/htpasswd"));
        let all: Vec<_> = runs.chain(hook).collect();
        if !all.is_empty() {
            scripts.push(all.join("\n"));
        }
    }
    Some(scripts)
}

#[test]
fn ci_accepts_a_clean_file_and_rejects_one_with_an_error() {
    let Some(scripts) = scripts() else { return };
    assert_eq!(scripts.len(), 3, "{scripts:?}");
    let clean = "eva:$2y$10$abcdefghijklmnopqrstuu5s9CjxQKqzqHr2E6WNgGzZoSgKoqHPi\n";
    for (file, is_accepted) in [(clean, true), (test_support::TWO_USERS, false)] {
        for script in &scripts {
            let sandbox = Sandbox::new();
            std::fs::create_dir(sandbox.path("auth")).unwrap();
            sandbox.write("auth/htpasswd", file);
            sandbox.set_mode("auth/htpasswd", 0o644);
            let folder = program().parent().unwrap().to_str().unwrap().to_owned();
            let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
            let mut bash = Command::new("bash");
            bash.args(["-ec", script]).current_dir(sandbox.work()).env("PATH", path);
            let output = bash.output().unwrap();
            assert_eq!(output.status.success(), is_accepted, "{script}\n{output:?}");
        }
    }
}
