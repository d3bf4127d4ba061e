//! The man pages: their examples work, the exit codes match the program, and they can be shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Sandbox, has_tool, program, skipped};

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The man pages of the repository.
const PAGES: [&str; 4] = ["htpasswd.1", "htpasswd-formats.7", "htpasswd-servers.7", "htpasswd-auth.8"];

fn page(name: &str) -> String {
    fs::read_to_string(in_repository(&format!("docs/man/{name}"))).unwrap()
}

/// The lines of a section of htpasswd(1), without its heading.
fn section(name: &str) -> Vec<String> {
    let heading = format!(".SH {name}");
    let page = page("htpasswd.1");
    let lines = page.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with(".SH ")).map(str::to_owned).collect();
    assert!(!lines.is_empty(), "no section {name}");
    lines
}

/// A line without the markup of roff.
fn plain(line: &str) -> String {
    let escapes = [
        ("\\-", "-"),
        ("\\(aq", "'"),
        ("\\(dq", "\""),
        ("\\(ti", "~"),
        ("\\fB", ""),
        ("\\fR", ""),
        ("\\e", "\\"),
    ];
    escapes.iter().fold(line.to_owned(), |line, (escape, text)| line.replace(escape, text))
}

/// The commands of the examples.
fn examples() -> Vec<String> {
    section("EXAMPLES").iter().filter_map(|line| line.strip_prefix("$ ")).map(plain).collect()
}

/// A shell with htpasswd in its PATH, in the working directory of the sandbox. It has no terminal, so answers to
/// prompts are lines of standard input.
fn shell(sandbox: &Sandbox, command: &str) -> std::process::Output {
    let directory = sandbox.root().join("bin");
    if !directory.exists() {
        fs::create_dir(&directory).unwrap();
        std::os::unix::fs::symlink(program(), directory.join("htpasswd")).unwrap();
    }
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let answers = sandbox.path("answers");
    fs::write(&answers, "secret\nsecret\n").unwrap();
    let mut shell = Command::new("setsid");
    shell.args(["--wait", "sh", "-euc", command]).current_dir(sandbox.work());
    shell.env("PATH", path).env("NEW", "new secret").env("PASSWORD", "abc123");
    shell.stdin(fs::File::open(&answers).unwrap()).output().unwrap()
}

#[test]
fn the_examples_work_in_their_order() {
    let sandbox = Sandbox::new();
    let examples = examples();
    assert!(examples.len() >= 16, "{examples:?}");
    for example in &examples {
        let output = shell(&sandbox, example);
        // `--check` exits with 8, because it warns about the low cost in the examples.
        assert!(matches!(output.status.code(), Some(0 | 8)), "{example}: {output:?}");
    }

    let users: Vec<_> = sandbox
        .text("htpasswd.user")
        .lines()
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(users, ["dreamfish", "starfish", "catfish"]);
    for (user, password) in [("dreamfish", "new secret"), ("starfish", "abc123"), ("catfish", "ghi789")] {
        sandbox.run(["-vb", "htpasswd.user", user, password]).exits(0);
    }
}

#[test]
fn the_exit_codes_match_the_program() {
    let documented: BTreeSet<u8> =
        section("EXIT STATUS").iter().filter_map(|line| line.strip_prefix(".B ")?.parse().ok()).collect();
    let source = fs::read_to_string(in_repository("crates/htpasswd-cli/src/exit.rs")).unwrap();
    let codes =
        source.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = ")?.1.parse().ok());
    assert_eq!(documented, codes.collect::<BTreeSet<u8>>());
}

#[test]
fn the_examples_of_the_options_work() {
    let options = section("OPTIONS");
    let examples: Vec<_> =
        options.windows(2).filter(|lines| lines[0] == "Example:").map(|lines| plain(&lines[1])).collect();
    assert!(examples.len() >= 30, "{examples:?}");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: wiki\ndata:\n  auth: \"\"\n";
    for example in &examples {
        let sandbox = Sandbox::new();
        let record = "alice:$2y$04$......................hLDzgWpsvMgJo0VmBVZ8fsqsC/5pNO2\n";
        let files = [
            ("users", record),
            ("old-users", record),
            ("secret", "abc123\n"),
            ("secret.yaml", secret),
            ("people.csv", "user,password\nbob,abc123\n"),
            ("list", "user,password\nbob,abc123\n"),
        ];
        for (name, text) in files {
            fs::write(sandbox.path(name), text).unwrap();
        }
        let output = shell(&sandbox, example);
        // The password of `-v` is wrong, `--check` reports the low cost, and only some users may set a group.
        let code = output.status.code();
        let is_right = match code {
            Some(0) => true,
            Some(1) => example.contains("--group"),
            Some(3) => example.contains(" -v "),
            Some(7 | 8) => example.contains("--check"),
            _ => false,
        };
        assert!(is_right, "{example}: {output:?}");
    }
}

#[test]
fn the_formats_are_printed_as_the_page_shows() {
    let sandbox = Sandbox::new();
    let page = page("htpasswd-formats.7");
    let lines: Vec<_> = page.lines().map(plain).collect();
    let record = lines.iter().find(|line| line.starts_with("eva:$2y$")).unwrap();
    fs::write(sandbox.path("users"), format!("{record}\n")).unwrap();
    let mut count = 0;
    for example in page.split(".EX\n").skip(1).filter_map(|text| text.strip_prefix("$ ")) {
        count += 1;
        let (command, output) = example.split_once(".EE").unwrap().0.split_once('\n').unwrap();
        let printed = shell(&sandbox, &plain(command));
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), plain(output), "{command}");
    }
    assert_eq!(count, 8);
}

#[test]
fn the_pages_are_shown_without_a_warning() {
    if !has_tool("groff", &["--version"]) {
        return skipped("no groff");
    }
    for name in PAGES {
        let page = in_repository("docs/man").join(name);
        let mut groff = Command::new("groff");
        groff.args(["-man", "-Tutf8", "-ww", "-z"]).arg(&page).stdin(Stdio::null());
        let groff = groff.output().unwrap();
        let errors = String::from_utf8_lossy(&groff.stderr);
        assert!(groff.status.success() && errors.is_empty(), "{name}: {errors}");
    }
    if !has_tool("sh", &["-c", "command -v mandoc"]) {
        return skipped("no mandoc");
    }
    for name in PAGES {
        let page = in_repository("docs/man").join(name);
        let mandoc = Command::new("mandoc").arg("-Tlint").arg(&page).stdin(Stdio::null()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&mandoc.stdout), "");
    }
}
