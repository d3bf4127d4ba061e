//! The man page: its examples work, its exit codes match the program, and it can be shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Sandbox, has_tool, program, skipped};

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn page() -> String {
    fs::read_to_string(in_repository("docs/man/htpasswd.1")).unwrap()
}

/// The lines of a section, without its heading.
fn section(name: &str) -> Vec<String> {
    let heading = format!(".SH {name}");
    let lines =
        page().lines().skip_while(|line| *line != heading).skip(1).map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<_> = lines.into_iter().take_while(|line| !line.starts_with(".SH ")).collect();
    assert!(!lines.is_empty(), "no section {name}");
    lines
}

/// The commands of the examples, without the markup of roff.
fn examples() -> Vec<String> {
    let lines = section("EXAMPLES");
    let commands = lines.iter().filter_map(|line| line.strip_prefix("$ "));
    commands.map(|line| line.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")).collect()
}

#[test]
fn the_examples_work_in_their_order() {
    let sandbox = Sandbox::new();
    let directory = sandbox.root().join("bin");
    fs::create_dir(&directory).unwrap();
    std::os::unix::fs::symlink(program(), directory.join("htpasswd")).unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());

    let answers = sandbox.path("answers");
    let examples = examples();
    assert!(examples.len() >= 9, "{examples:?}");
    for example in &examples {
        fs::write(&answers, "secret\nsecret\n").unwrap();
        // Without a terminal, answers are lines of standard input.
        let mut shell = Command::new("setsid");
        shell.args(["--wait", "sh", "-euc", example]).current_dir(sandbox.work());
        shell.env("PATH", &path).env("NEW", "new secret");
        let output = shell.stdin(fs::File::open(&answers).unwrap()).output().unwrap();
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
fn the_page_is_shown_without_a_warning() {
    if !has_tool("groff", &["--version"]) {
        return skipped("no groff");
    }
    let page = in_repository("docs/man/htpasswd.1");
    let groff =
        Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(&page).stdin(Stdio::null()).output();
    let groff = groff.unwrap();
    assert!(groff.status.success() && groff.stderr.is_empty(), "{}", String::from_utf8_lossy(&groff.stderr));
    if !has_tool("sh", &["-c", "command -v mandoc"]) {
        return skipped("no mandoc");
    }
    let mandoc = Command::new("mandoc").arg("-Tlint").arg(&page).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&mandoc.stdout), "");
}
