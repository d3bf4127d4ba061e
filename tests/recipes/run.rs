//! Runs the commands of a page in one bash, in an empty directory, with the built programs first in `PATH`.
//!
//! All commands of a page share the directory and the variables of bash. A command must exit with 0, unless the next
//! command is `echo $?`. If a page calls one of the programs in [`SERVERS`], it runs on a machine of its own
//! (`machine.sh`), with the stand-ins of `bin/` for an engine and a cluster.
//!
//! If the page shows prompts for passwords, bash runs on a terminal, and the test answers each prompt with [`ANSWER`]. The
//! prompts go to the terminal, and all other output to a file, so the test compares only the number of prompts.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pty_process::blocking;
use test_support::{Sandbox, Terminal, is_root, program, skipped};

use crate::page::{Block, Page, Step};
use crate::root;

/// The programs of the pages that may be missing. If one is missing, the blocks that call it are skipped.
const TOOLS: [&str; 6] = ["ansible-playbook", "caddy", "git", "htpasswd-auth", "jq", "openssl"];
/// The programs that change the machine or listen on a port, each with the programs that it needs. Blocks that call one of
/// them need root too.
const SERVERS: [(&str, &[&str]); 7] = [
    ("apache2", &["apache2", "curl"]),
    ("curl", &["curl"]),
    ("docker", &["curl", "docker", "docker-registry"]),
    ("htpasswd-auth", &["curl"]),
    ("kubectl", &["kubectl"]),
    ("nginx", &["curl", "nginx"]),
    ("sudo", &[]),
];
/// The programs of the pages for which Debian has no package. If one is missing, the blocks that call it do not run.
const TOOLS_WITHOUT_PACKAGE: [&str; 1] = ["terraform"];
/// The stand-ins in `tests/recipes/bin` for programs that a machine of its own does not have.
const STAND_INS: [&str; 3] = ["docker", "kubectl", "sudo"];
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
    let is_machine = page.run_blocks().any(is_server) && is_root();
    let mut steps = Vec::new();
    let mut script = String::new();
    for block in &page.blocks {
        if let Some(file) = &block.file {
            script.push_str(&written(file, &block.text));
            continue;
        }
        if let Some(tool) = missing_tool(&sandbox, block) {
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
    let output = output(&sandbox, &script, prompts, is_machine);
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

/// Returns true if the block calls a program that changes the machine or listens on a port.
fn is_server(block: &Block) -> bool {
    SERVERS.iter().any(|(program, _)| block.calls(program))
}

/// The first program that the block needs and that this machine does not have. Servers need root.
fn missing_tool(sandbox: &Sandbox, block: &Block) -> Option<&'static str> {
    let path = path(sandbox, false);
    let find = |tool: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("command -v {tool}")]).env("PATH", &path).stdout(Stdio::null());
        shell.status().unwrap().success()
    };
    let tools = TOOLS.into_iter().chain(TOOLS_WITHOUT_PACKAGE).filter(|tool| block.calls(tool));
    let servers = SERVERS.iter().filter(|(program, _)| block.calls(program));
    let mut needed = tools.chain(servers.flat_map(|(_, needed)| needed.iter().copied()));
    let missing = needed.find(|tool| !find(tool));
    missing.or_else(|| (is_server(block) && !is_root()).then_some("root"))
}

/// The directories in which bash looks for programs. The first one has the built programs, and on a machine of its own
/// the stand-ins.
fn path(sandbox: &Sandbox, is_machine: bool) -> OsString {
    let bin = sandbox.root().join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        let built: PathBuf = program();
        for name in ["htpasswd", "htpasswd-auth"] {
            let target = built.with_file_name(name);
            if target.exists() {
                std::os::unix::fs::symlink(target, bin.join(name)).unwrap();
            }
        }
        fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    }
    if is_machine {
        for name in STAND_INS {
            std::os::unix::fs::symlink(root().join("tests/recipes/bin").join(name), bin.join(name)).unwrap();
        }
    }
    let mut path = bin.into_os_string();
    path.push(format!(":{}:/usr/sbin:/sbin", env::var("PATH").unwrap()));
    path
}

/// All that bash prints for a script. Standard error goes to standard output, so that both are in the right order.
///
/// If there are prompts, the test answers them on a terminal. Otherwise, bash has no terminal, so that no program can
/// prompt. Standard input is empty in both cases.
fn output(sandbox: &Sandbox, script: &str, prompts: usize, is_machine: bool) -> String {
    let (file, result) = (sandbox.root().join("script"), sandbox.root().join("output"));
    fs::write(&file, format!("umask 022\nexec </dev/null >{} 2>&1\n{script}", result.display())).unwrap();
    let mut words: Vec<OsString> = Vec::new();
    if is_machine {
        words.extend(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"].map(Into::into));
        words.push(root().join("tests/recipes/machine.sh").into());
        words.push(sandbox.root().join("machine").into());
    }
    words.extend(["bash".into(), "--norc".into(), file.into()]);
    let variables = variables(sandbox, path(sandbox, is_machine));
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
