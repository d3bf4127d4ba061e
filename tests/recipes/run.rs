//! Runs the commands of a page in one bash, in an empty directory, with the built `htpasswd` first in `PATH`.
//!
//! All commands of a page share the directory and the variables of bash. A command must exit with 0, unless the next
//! command is `echo $?`.

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use test_support::{Sandbox, has_tool, program, skipped};

use crate::page::{Block, Page, Step};

/// The programs of the pages that may be missing. If one is missing, the blocks that call it are skipped.
const TOOLS: [&str; 3] = ["ansible-playbook", "git", "jq"];
/// The programs of the pages for which Debian has no package. If one is missing, the blocks that call it do not run.
const TOOLS_WITHOUT_PACKAGE: [&str; 1] = ["terraform"];
/// The text before the exit code of each command in the output of bash.
const MARK: &str = "@@@ the command has ended with ";

/// Runs the page. Returns a sentence for each command whose output or exit code differs from the page.
pub(crate) fn errors(page: &Page) -> Vec<String> {
    let sandbox = Sandbox::new();
    let mut steps = Vec::new();
    let mut script = String::new();
    for block in &page.blocks {
        if let Some(file) = &block.file {
            script.push_str(&written(file, &block.text));
            continue;
        }
        if let Some(tool) = missing_tool(block) {
            let place = format!("{}:{}", page.name, block.line);
            if TOOLS_WITHOUT_PACKAGE.contains(&tool) {
                let _ = writeln!(std::io::stderr(), "not run: {place}: no {tool}");
            } else {
                skipped(&format!("{place}: no {tool}"));
            }
            continue;
        }
        for step in block.steps() {
            let report = format!("__code=$?; printf '\\n{MARK}%s\\n' $__code; (exit $__code)");
            script.extend([&step.command, "\n", &report, "\n"]);
            steps.push(step);
        }
    }
    let output = output(&sandbox, &script);
    let mark = format!("\n{MARK}");
    let mut results = output.split(&mark);
    let mut text = results.next().unwrap_or_default();
    let mut errors = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let place = format!("{}:{}: $ {}", page.name, step.line, step.command);
        let Some((code, rest)) = results.next().and_then(|rest| rest.split_once('\n')) else {
            errors.push(format!("{place}\nbash ended: {text}"));
            break;
        };
        errors
            .extend(differences(step, text, code, steps.get(index + 1)).map(|why| format!("{place}\n{why}")));
        text = rest;
    }
    errors
}

/// The shell command that writes a file with this text. A script gets the permission to run.
fn written(file: &str, text: &str) -> String {
    let mode = if text.starts_with("#!") { "755" } else { "644" };
    let folder = Path::new(file).parent().unwrap().display().to_string();
    let folder = if folder.is_empty() { ".".to_owned() } else { folder };
    format!(
        "mkdir -p {folder}; cat >{file} <<'@@@ end of file'\n{text}@@@ end of file\nchmod {mode} {file}\n"
    )
}

/// The first program that a command of the block calls and that this machine does not have.
fn missing_tool(block: &Block) -> Option<&'static str> {
    let steps = block.steps();
    let is_called = |tool: &&str| {
        let words = steps.iter().flat_map(|step| step.command.split([' ', '\n', '(']));
        words.into_iter().any(|word| word == *tool)
    };
    let tools = TOOLS.into_iter().chain(TOOLS_WITHOUT_PACKAGE).filter(is_called);
    tools.into_iter().find(|tool| !has_tool(tool, &["--version"]))
}

/// All that bash prints for a script. Standard error goes to standard output, so that both are in the right order.
fn output(sandbox: &Sandbox, script: &str) -> String {
    // The programs of a page read no standard input. setsid takes the terminal away, so that no program prompts.
    let file = sandbox.root().join("script");
    fs::write(&file, format!("umask 022\nexec 2>&1\n{script}")).unwrap();
    let bin = sandbox.root().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(program(), bin.join("htpasswd")).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap());
    let mut command = Command::new("timeout");
    command.args(["120", "setsid", "--wait", "bash", "--norc"]).arg(&file).current_dir(sandbox.work());
    command.env_clear().env("PATH", path).env("HOME", sandbox.root()).env("TMPDIR", sandbox.temporary());
    // Without this variable, Ansible uses the home directory of the user database, which may not exist.
    command.env("ANSIBLE_REMOTE_TMP", sandbox.temporary());
    for (name, value) in [
        ("LC_ALL", "C.UTF-8"),
        ("NO_COLOR", "1"),
        ("ANSIBLE_NOCOLOR", "1"),
        ("GIT_CONFIG_COUNT", "3"),
        ("GIT_CONFIG_KEY_0", "user.name"),
        ("GIT_CONFIG_VALUE_0", "Eva"),
        ("GIT_CONFIG_KEY_1", "user.email"),
        ("GIT_CONFIG_VALUE_1", "eva@example.com"),
        ("GIT_CONFIG_KEY_2", "init.defaultBranch"),
        ("GIT_CONFIG_VALUE_2", "main"),
    ] {
        command.env(name, value);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The difference between the page and the result of a command, if there is one.
fn differences(step: &Step, text: &str, code: &str, next: Option<&Step>) -> Option<String> {
    let shows_code = next.is_some_and(|next| next.command == "echo $?");
    // Pages do not show blank lines at the end of an output.
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    let expected: Vec<_> = step.output.iter().map(|line| line.trim_end()).collect();
    if code != "0" && !shows_code {
        return Some(format!("exits with {code}, and the page does not show it:\n{text}"));
    }
    (!matches(&expected, &lines)).then(|| format!("prints:\n{text}\ninstead of:\n{}", expected.join("\n")))
}

/// Returns true if the lines match the lines of the page. A line `…` of the page matches any number of lines.
pub(crate) fn matches(expected: &[&str], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|count| matches(rest, &lines[count..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && matches(rest, others)),
    }
}

/// Returns true if the line matches a line of the page. `…` in the line of the page matches any text.
fn line_matches(expected: &str, line: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else { return expected == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    ends.into_iter().any(|at| line_matches(rest, &line[at..]))
}
