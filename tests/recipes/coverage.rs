//! Tests that each example of the documents runs: each block of commands, and each block of Rust. A block is run here, or
//! by the file that its note names, or its note says what it needs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::page::{Block, Note, Page};
use crate::{pages, root};

/// The languages of blocks with commands.
const COMMANDS: [&str; 4] = ["bash", "console", "sh", "sh-session"];
/// The needs that a note may name, each with words of which one must be in the block.
const NEEDS: [(&str, &[&str]); 7] = [
    ("an engine", &["docker", "podman"]),
    ("an address", &["https://", "registry.example", "npm install", "pip install"]),
    ("an installed system", &["systemctl", "systemd", "apt ", "/run/secrets"]),
    ("the files of a release", &["packaging/", "SHA256SUMS", ".tar.gz", ".whl"]),
    ("another build", &["/path/to/old"]),
    ("minutes", &["benches/", "cargo bench", "cargo build", "cargo install", "cargo run", "cargo test"]),
    ("a framework", &["response.set_status", "spawn_blocking"]),
];

/// How a block is tested. The text is the heading in the report of counts.
fn coverage(page: &Page, block: &Block) -> Result<&'static str, String> {
    let is_tutorial = page.name.starts_with("docs/tutorials/") && block.language == "sh";
    match &block.note {
        None if block.file.is_some() => Ok("files that other blocks use"),
        None if block.has_steps() => Ok("run here"),
        // This script runs each block `sh` of the tutorials.
        None if is_tutorial => Ok("run by packaging/walk.sh"),
        None => Err("the block has no note and no `$ `".to_owned()),
        Some(Note::RunBy(file)) => is_in(block, file).map(|()| "run by the file of the note"),
        Some(Note::Needs(need)) => {
            let (_, words) =
                NEEDS.iter().find(|(name, _)| name == need).ok_or(format!("unknown need: {need}"))?;
            let has_word = words.iter().any(|word| block.text.contains(word));
            has_word.then_some("not run, with a reason").ok_or(format!("no word of the block needs {need}"))
        }
    }
}

/// Checks that a file has the lines of the block. In a file of Rust, one example of the documentation, or the code itself,
/// must have them in their order.
fn is_in(block: &Block, file: &str) -> Result<(), String> {
    let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    let is_rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    let mut texts = vec![text.clone()];
    if is_rust {
        let docs: Vec<_> =
            text.lines().map(str::trim_start).filter_map(|line| line.strip_prefix("//")).collect();
        let docs = docs.iter().map(|line| line.trim_start_matches(['/', '!']).trim_start());
        let examples = Page::parse(file, &docs.collect::<Vec<_>>().join("\n")).blocks;
        let compiled = examples.into_iter().filter(|example| ["", "no_run"].contains(&&*example.language));
        texts.extend(compiled.map(|example| example.text));
    }
    let lines: Vec<_> = block.text.lines().map(without_comment).filter(|line| !line.is_empty()).collect();
    assert!(!lines.is_empty());
    let mut missing = lines[0];
    for text in texts {
        let mut rest = text.lines().map(without_comment);
        let is_missing = |line: &&&str| {
            if is_rust {
                !rest.any(|own| own == **line)
            } else {
                !text.lines().any(|own| is_command(own, line))
            }
        };
        match lines.iter().find(is_missing) {
            None => return Ok(()),
            Some(line) => missing = line,
        }
    }
    Err(format!("{file} does not have this line, or has it in another order: {missing}"))
}

/// Returns true if the line of a script has the command of a page, perhaps with more words.
fn is_command(own: &str, command: &str) -> bool {
    let words = |text: &str| format!(" {} ", text.replace(['\'', '"'], " "));
    words(own).contains(&words(command))
}

/// The line without blanks at its ends and without a comment.
fn without_comment(line: &str) -> &str {
    let end = [" # ", " // "].iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
    line[..end].trim()
}

#[test]
fn each_example_is_run_or_has_a_reason() {
    let (mut counts, mut errors) = (BTreeMap::new(), Vec::new());
    for page in pages() {
        for block in page.blocks.iter().filter(|block| {
            COMMANDS.contains(&&*block.language) || block.language == "rust" || block.note.is_some()
        }) {
            match coverage(&page, block) {
                Ok(kind) => *counts.entry(kind).or_insert(0) += 1,
                Err(why) => errors.push(format!("{}:{}: {why}\n{}", page.name, block.line, block.text)),
            }
        }
    }
    let report: Vec<_> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    // The test harness does not capture this line.
    let _ = writeln!(std::io::stderr(), "examples of the documents: {}", report.join(", "));
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
    assert!(counts["run here"] > 100, "{counts:?}");
}

#[test]
fn each_block_has_a_language_and_commands_are_in_their_own_blocks() {
    for page in pages() {
        for block in &page.blocks {
            let place = format!("{}:{}", page.name, block.line);
            assert!(!block.language.is_empty(), "{place} has no language");
            let hides_commands = !COMMANDS.contains(&&*block.language) && block.text.starts_with("$ ");
            assert!(!hides_commands, "{place} has commands in a block of {}", block.language);
        }
        let text = fs::read_to_string(root().join(&page.name)).unwrap();
        let indented =
            text.lines().find(|line| line.starts_with(' ') && line.trim_start().starts_with("```"));
        assert_eq!(indented, None, "{}: only blocks at the start of a line are found", page.name);
    }
}

#[test]
fn notes_are_checked() {
    for (text, result) in [
        ("<!-- run by .ci/run -->\n```console\ncargo static\n```\n", Ok("run by the file of the note")),
        ("<!-- run by .ci/run -->\n```console\ncargo dynamic\n```\n", Err("does not have this line")),
        ("<!-- run by .ci/walk -->\n```console\ncargo static\n```\n", Err("No such file")),
        (
            "<!-- not run: needs an engine -->\n```console\n$ docker pull a\n```\n",
            Ok("not run, with a reason"),
        ),
        ("<!-- not run: needs an engine -->\n```console\n$ htpasswd -V\n```\n", Err("no word of the block")),
        ("<!-- not run: needs luck -->\n```console\n$ htpasswd -V\n```\n", Err("unknown need")),
        ("```console\nhtpasswd -V\n```\n", Err("no note and no `$ `")),
        ("```console\n$ htpasswd -V\n```\n", Ok("run here")),
    ] {
        let page = Page::parse("page", text);
        let found = coverage(&page, &page.blocks[0]);
        match (&found, result) {
            (Ok(kind), Ok(expected)) => assert_eq!(*kind, expected),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            _ => panic!("{text}: {found:?}"),
        }
    }
}
