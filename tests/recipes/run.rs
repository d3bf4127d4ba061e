//! Runs the commands of a page in one bash, in an empty directory, with the built programs first in `PATH`.
//!
//! All commands of a page share the directory and the variables of bash. A command must exit with 0, unless the next
//! command is `echo $?`. A page that calls a server runs on a machine of its own (`machine.rs`).
//!
//! If the page shows prompts for passwords, bash runs on a terminal, and the test answers each prompt with [`ANSWER`]. The
//! prompts go to the terminal, and all other output to a file, so the test compares only the number of prompts.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pty_process::blocking;
use test_support::{Sandbox, Terminal, program, skipped};

use crate::machine;
use crate::page::{Block, Page, Step};

/// The programs of the pages that may be missing. If one is missing, the blocks that call it are skipped.
const TOOLS: [&str; 5] = ["ansible-playbook", "caddy", "git", "jq", "openssl"];
/// The programs of the pages for which Debian has no package. If one is missing, the blocks that call it do not run.
const TOOLS_WITHOUT_PACKAGE: [&str; 1] = ["terraform"];
/// The maximum time of a page with prompts. Some of these pages start servers.
const LIMIT: Duration = Duration::from_secs(120);
/// The text before the exit code of each command in the output of bash.
const MARK: &str = "@@@ the command has ended with ";
/// The password that the test types at each prompt.
const ANSWER: &str = "violet otter\n";
/// The end of each prompt for a password, except for a blank.
const PROMPT: &str = "assword:";

/// Runs the page. Returns a sentence for each command whose output or exit code differs from the page.
pub(crate) fn errors(page: &Page) -> Vec<String> {
    let sandbox = Sandbox::new();
    let path = path(&sandbox);
    if let Some(needed) = machine::missing(page, &path) {
        skipped(&format!("{}: no {needed}", page.name));
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut script = String::new();
    for block in &page.blocks {
        if let Some(file) = &block.file {
            script.push_str(&written(file, &block.text));
            continue;
        }
        if let Some(tool) = missing_tool(block, &path) {
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
    let prompts = steps.iter().flat_map(|step| &step.output).filter(|line| is_prompt(line)).count();
    let output = output(&sandbox, &script, prompts, &path, machine::is_needed(page));
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

/// The first program that the block calls and that this machine does not have.
fn missing_tool(block: &Block, path: &OsStr) -> Option<&'static str> {
    let mut tools = TOOLS.into_iter().chain(TOOLS_WITHOUT_PACKAGE);
    tools.find(|tool| block.calls(tool) && !finds(tool, path))
}

/// Returns true if one of the directories of `path` has the program.
pub(crate) fn finds(tool: &str, path: &OsStr) -> bool {
    env::split_paths(path).any(|directory| directory.join(tool).is_file())
}

/// Makes a directory with the built programs. Returns the directories in which bash looks for programs; it is the first.
fn path(sandbox: &Sandbox) -> OsString {
    let bin = sandbox.root().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(program(), bin.join("htpasswd")).unwrap();
    let service = program().with_file_name("htpasswd-auth");
    if service.exists() {
        symlink(service, bin.join("htpasswd-auth")).unwrap();
    }
    let own = env::var_os("PATH").unwrap();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::join_paths([bin].into_iter().chain(env::split_paths(&own)).chain(system)).unwrap()
}

/// All that bash prints for a script. Standard error goes to standard output, so that both are in the right order.
///
/// If there are prompts, the test answers them on a terminal. Otherwise, bash has no terminal, so that no program can
/// prompt. Standard input is empty in both cases.
fn output(sandbox: &Sandbox, script: &str, prompts: usize, path: &OsStr, is_machine: bool) -> String {
    let (file, result) = (sandbox.root().join("script"), sandbox.root().join("output"));
    fs::write(&file, format!("umask 022\nexec </dev/null >{} 2>&1\n{script}", result.display())).unwrap();
    let mut words = if is_machine { machine::words(sandbox) } else { Vec::new() };
    if is_machine {
        machine::add_stand_ins(&sandbox.root().join("bin"));
    }
    words.extend(["bash".into(), "--norc".into(), file.into()]);
    let variables = variables(sandbox, path.to_owned());
    if prompts == 0 {
        let mut bash = Command::new("timeout");
        bash.args(["120", "setsid", "--wait"]).args(words).current_dir(sandbox.work());
        bash.env_clear().envs(variables).stdin(Stdio::null()).status().unwrap();
    } else {
        let start = |_| {
            let bash = blocking::Command::new(&words[0]).args(&words[1..]);
            bash.current_dir(sandbox.work()).env_clear().envs(variables)
        };
        let mut terminal = Terminal::start_with(sandbox, [""; 0], start).within(LIMIT);
        for _ in 0..prompts {
            if !terminal.appears(PROMPT) {
                break;
            }
            terminal.wait_for_echo(false);
            terminal.send(ANSWER);
        }
        terminal.wait();
        let count = terminal.transcript().matches(PROMPT).count();
        if count != prompts {
            let output = fs::read_to_string(&result).unwrap();
            return format!("{count} prompts instead of {prompts}: {}\n{output}", terminal.transcript());
        }
    }
    fs::read_to_string(result).unwrap()
}

/// The environment of the commands.
fn variables(sandbox: &Sandbox, path: OsString) -> Vec<(&'static str, OsString)> {
    let mut variables = vec![
        ("PATH", path),
        ("HOME", sandbox.root().into()),
        ("TMPDIR", sandbox.temporary().into()),
        // Without this variable, Ansible uses the home directory of the user database, which may not exist.
        ("ANSIBLE_REMOTE_TMP", sandbox.temporary().into()),
    ];
    let texts = [
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
    ];
    variables.extend(texts.map(|(name, value)| (name, value.into())));
    variables
}

/// Returns true if the line of a page is a prompt for a password.
fn is_prompt(line: &str) -> bool {
    line.trim_end().ends_with(PROMPT)
}

/// The difference between the page and the result of a command, if there is one.
fn differences(step: &Step, text: &str, code: &str, next: Option<&Step>) -> Option<String> {
    let shows_code = next.is_some_and(|next| next.command == "echo $?");
    // Pages do not show blank lines at the end of an output.
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    let expected = step.output.iter().map(|line| line.trim_end()).filter(|line| !is_prompt(line));
    let expected: Vec<_> = expected.collect();
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
