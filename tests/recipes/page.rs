//! Reads the fenced blocks of a Markdown page. The tests run these blocks, so the page must use these forms:
//!
//! - A block `console` has commands, each after `$ `, and their output. A command continues on the next line if it ends
//!   with a backslash, and up to the last line of a here-document. In the output, `…` matches any text, and a line with
//!   only `…` matches any number of lines. If the first line does not start with `$ `, the block is not run.
//! - A block with a file name after its language, such as `yaml site.yml`, is written to that file.
//! - A comment in the line before a block is a [`Note`]: `<!-- run by FILE -->` if the file runs the commands or compiles
//!   the code, or `<!-- not run: needs NEED -->`.
//!
//! The tests do not run other blocks, but `files.rs` checks their syntax, and `coverage.rs` their notes.

use std::fs;

use crate::root;

/// A page with its fenced blocks, in their order.
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
}

/// A fenced block.
pub(crate) struct Block {
    /// The number of its first line in the page, counted from 1.
    pub(crate) line: usize,
    /// The word after the fence, such as `console`.
    pub(crate) language: String,
    /// The file name after the language. The test writes the block to this file.
    pub(crate) file: Option<String>,
    /// The comment before the block.
    pub(crate) note: Option<Note>,
    pub(crate) text: String,
}

/// The reason why this test does not run a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The path of the script, test or source file that runs the block.
    RunBy(String),
    /// The thing that the block needs and no test has, such as `an engine`.
    Needs(String),
}

impl Note {
    /// The note of a line. `None` if the line is something else.
    fn parse(line: &str) -> Option<Self> {
        let text = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        let run_by = text.strip_prefix("run by ").map(|file| Self::RunBy(file.to_owned()));
        run_by.or_else(|| Some(Self::Needs(text.strip_prefix("not run: needs ")?.to_owned())))
    }
}

/// A command of a console block with the output that the page shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The number of its line in the page, counted from 1.
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) output: Vec<String>,
}

impl Page {
    /// Reads a page by its path in the repository.
    pub(crate) fn read(name: &str) -> Self {
        Self::parse(name, &fs::read_to_string(root().join(name)).unwrap())
    }

    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_inside = false;
        let mut note = None;
        for (number, line) in text.lines().enumerate() {
            match (is_inside, line.strip_prefix("```")) {
                (false, Some(words)) => {
                    let (language, file) = words.split_once(' ').map_or((words, None), |(a, b)| (a, Some(b)));
                    let (language, file) = (language.to_owned(), file.map(str::to_owned));
                    let note = note.take();
                    blocks.push(Block { line: number + 2, language, file, note, text: String::new() });
                }
                (true, None) => blocks.last_mut().unwrap().text.extend([line, "\n"]),
                (_, fence) => {
                    is_inside &= fence.is_none();
                    note = Note::parse(line);
                    continue;
                }
            }
            is_inside = true;
        }
        Self { name: name.to_owned(), blocks }
    }

    /// The blocks whose commands this test runs.
    pub(crate) fn run_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.has_steps())
    }
}

impl Block {
    /// The commands of a console block.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let is_run = self.language == "console" && self.note.is_none() && self.text.starts_with("$ ");
        let mut lines = self.text.lines().zip(self.line..).filter(|_| is_run);
        while let Some((text, line)) = lines.next() {
            let Some(command) = text.strip_prefix("$ ") else {
                let step = steps.last_mut().unwrap_or_else(|| panic!("line {line}: output before a command"));
                step.output.push(text.to_owned());
                continue;
            };
            let mut command = command.to_owned();
            while command.ends_with('\\') || unfinished_document(&command) {
                let (next, _) = lines.next().unwrap_or_else(|| panic!("line {line}: the command has no end"));
                command.extend(["\n", next]);
            }
            steps.push(Step { line, command, output: Vec::new() });
        }
        steps
    }

    pub(crate) fn has_steps(&self) -> bool {
        !self.steps().is_empty()
    }

    /// Returns true if a command of the block calls this program.
    pub(crate) fn calls(&self, program: &str) -> bool {
        self.steps().iter().any(|step| {
            let parts = step.command.split(['\n', '|', ';', '&', '(', ')']);
            parts.into_iter().any(|part| called(part) == Some(program))
        })
    }
}

/// The program that a simple command calls: the first word that is neither a keyword of bash nor a variable.
fn called(command: &str) -> Option<&str> {
    let keywords = ["!", "do", "else", "if", "then", "until", "while"];
    let is_variable = |word: &str| word.split_once('=').is_some_and(|(name, _)| !name.contains(['-', '/']));
    command.split_whitespace().find(|word| !keywords.contains(word) && !is_variable(word))
}

/// Returns true if the command has a here-document whose last line is missing.
fn unfinished_document(command: &str) -> bool {
    let Some((_, rest)) = command.split_once("<<") else { return false };
    let word = rest.split(|c: char| c.is_whitespace() || c == '|').next().unwrap();
    let word = word.trim_matches('\'');
    rest.starts_with(|c: char| c == '\'' || c.is_ascii_uppercase())
        && !rest.lines().skip(1).any(|line| line == word)
}
