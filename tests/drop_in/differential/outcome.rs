//! Runs a program, and brings its outcome into a form that can be compared with the other program and the model.

use std::fs;
use std::path::Path;

use super::generator::{Call, Entry};
use super::model::{End, Entries, Expected, Message};
use super::scheme::Scheme;
use crate::support::{Exit, Sandbox, bytes};

const PROMPTS: [&str; 3] = ["Re-type new password: ", "New password: ", "Enter password: "];

/// The warnings of Apache's tool. Only this program has other warnings.
const WARNINGS: [&str; 3] = [
    "Warning: storing passwords as plain text might just not work on this platform.",
    "Warning: Ignoring -C/-r argument for this algorithm.",
    "Warning: Password truncated to 8 characters by CRYPT algorithm.",
];

/// The last line that this program prints after the reason of a wrong call.
const TRY_HELP: &[u8] = b"Try 'htpasswd --help'.\n";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) exit: Exit,
    stdout: Vec<u8>,
    prompts: usize,
    /// Standard error without prompts, warnings that only this program has, and the usage.
    text: Vec<u8>,
    /// True if the program printed the usage.
    usage: bool,
    entries: Entries,
    /// The names of files that the program left in its TMPDIR.
    left_in_tmp: Vec<String>,
    /// The warnings of a successful call that only this program has.
    warnings: Vec<String>,
    pub(super) not_compared: NotCompared,
}

/// Data that may differ between the programs, because the test does not compare them.
#[derive(Debug, Default)]
pub(super) struct NotCompared {
    /// The warnings of a failed call that only this program has.
    pub(super) warnings: Vec<String>,
    /// The new hash that the call made, if it made one.
    pub(super) hash: Option<Vec<u8>>,
}

/// All values of this type are equal, so that the comparison of outcomes ignores them.
impl PartialEq for NotCompared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for NotCompared {}

impl Outcome {
    /// Runs a program in its own sandbox. `scheme` and `user` identify new hashes.
    pub(super) fn of(program: &Path, call: &Call, scheme: &Scheme, user: &[u8]) -> Self {
        let sandbox = Sandbox::new();
        for (name, entry) in call.entries() {
            match entry {
                Entry::File(content) => sandbox.write(&name, content),
                Entry::Directory => fs::create_dir(sandbox.path(name)).unwrap(),
            }
        }
        let words = call.arguments.iter().map(|word| bytes(word));
        let run = sandbox.call(words).program(program).stdin(&call.input).run();

        let mut not_compared = NotCompared::default();
        let before: Vec<u8> = match call.entry("passwd") {
            Some(Entry::File(content)) => content,
            _ => Vec::new(),
        };
        let mut masked = |text: &[u8]| {
            let (masked, hash) = scheme.mask(text, user, &before);
            not_compared.hash = hash.or(not_compared.hash.take());
            masked
        };
        let stdout = masked(&run.stdout);
        let entries = sandbox.names().into_iter().map(|name| {
            let entry =
                fs::read(sandbox.path(&name)).map_or(Entry::Directory, |bytes| Entry::File(masked(&bytes)));
            (name, entry)
        });
        let entries = entries.collect();

        let path = [program.as_os_str().as_encoded_bytes(), b": "].concat();
        let mut stderr = replaced(&run.raw_stderr, &path, b"htpasswd: ").0;
        let mut prompts = 0;
        for prompt in PROMPTS {
            let (without, count) = replaced(&stderr, prompt.as_bytes(), b"");
            (stderr, prompts) = (without, prompts + count);
        }
        let usage =
            if stderr.starts_with(b"Usage:") { Some(0) } else { find(&stderr, b"\nUsage:").map(|at| at + 1) };
        stderr.truncate(usage.unwrap_or(stderr.len()));
        let (mut text, mut warnings) = (Vec::new(), Vec::new());
        for line in stderr.split_inclusive(|&byte| byte == b'\n') {
            let decoded = String::from_utf8_lossy(line);
            if usage.is_some() && REASONS.iter().any(|reason| decoded.contains(reason)) {
                continue;
            }
            if line.starts_with(b"Warning: ") && !WARNINGS.contains(&decoded.trim_end_matches('\n')) {
                warnings.push(decoded.into_owned());
            } else {
                text.extend(without_cause(line));
            }
        }
        if run.exit != Exit::Code(0) {
            not_compared.warnings = std::mem::take(&mut warnings);
        }
        let (usage, left_in_tmp) = (usage.is_some(), sandbox.temporary_names());
        Self { exit: run.exit, stdout, prompts, text, usage, entries, left_in_tmp, warnings, not_compared }
    }

    /// The parts of the outcome that are not as expected.
    pub(super) fn differences_from(&self, expected: &Expected) -> Vec<String> {
        let mut differences = Vec::new();
        let mut check = |what: &str, fits: bool, expected: String| {
            if !fits {
                differences.push(format!("{what}: {expected} was expected"));
            }
        };
        let exit = match expected.exit {
            End::Code(code) => self.exit == Exit::Code(code),
            End::CrashOrError => matches!(self.exit, Exit::Signal(11) | Exit::Code(2 | 5 | 6)),
        };
        check("exit", exit, format!("{:?}", expected.exit));
        let text = match &expected.message {
            Message::Text(text) => !self.usage && self.text == *text,
            Message::Usage(text) => self.usage && self.text == *text,
            Message::OwnWords(before) => {
                let own = self.text.strip_prefix(&before[..]).unwrap_or_default();
                let own = own.strip_suffix(TRY_HELP).unwrap_or(own);
                let is_line = find(own, b"\n").is_some_and(|at| at + 1 == own.len());
                !self.usage && is_line && own.starts_with(b"htpasswd: ")
            }
            Message::Anything => true,
        };
        check("standard error", text, format!("{:?}", expected.message));
        check(
            "prompts",
            self.prompts == expected.prompts || expected.message == Message::Anything,
            expected.prompts.to_string(),
        );
        let stdout =
            expected.stdout.as_ref().map_or(!self.stdout.is_empty(), |stdout| *stdout == self.stdout);
        check("standard output", stdout, format!("{:?}", expected.stdout));
        check("files", self.entries == expected.entries, format!("{:?}", expected.entries));
        check("files in TMPDIR", self.left_in_tmp.is_empty(), "none".to_owned());
        let warnings = self.warnings.len() == expected.warnings.len()
            && self.warnings.iter().all(|line| expected.warnings.iter().any(|part| line.contains(part)));
        check("warnings", warnings || self.exit != Exit::Code(0), format!("{:?}", expected.warnings));
        differences
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "    exit {:?}, {} prompts, usage: {}", self.exit, self.prompts, self.usage)?;
        writeln!(f, "    stdout: \"{}\"", self.stdout.escape_ascii())?;
        writeln!(f, "    stderr: \"{}\"", self.text.escape_ascii())?;
        writeln!(f, "    warnings: {:?}, not compared: {:?}", self.warnings, self.not_compared.warnings)?;
        for (name, entry) in &self.entries {
            writeln!(f, "    {name}: {entry:?}")?;
        }
        write!(f, "    in TMPDIR: {:?}", self.left_in_tmp)
    }
}

/// Parts of the reasons that only this program prints before the usage.
const REASONS: [&str; 3] = [" is missing\n", ": too many operands: '", ": options go before FILE: "];

/// The sentences of Apache's tool to which this program adds a colon and the cause.
const CONTINUED: [&str; 6] = [
    "cannot modify file ",
    "cannot create file ",
    "cannot open file ",
    "unable to read file ",
    "unable to update file ",
    "The file ",
];

/// Removes the cause from a line.
fn without_cause(line: &[u8]) -> Vec<u8> {
    let cut = |start: usize| find(&line[start..], b": ").map(|at| &line[..start + at]);
    let prefix = b"htpasswd: ";
    let words = line.strip_prefix(prefix).unwrap_or_default();
    let is_continued = CONTINUED.iter().any(|sentence| words.starts_with(sentence.as_bytes()));
    let start = if is_continued { Some(prefix.len()) } else { None };
    let start = start.or_else(|| line.starts_with(b"password verification failed: ").then_some(0));
    let Some(sentence) = start.and_then(cut) else { return line.to_vec() };
    let end: &[u8] = if words.starts_with(b"The file ") { b".\n" } else { b"\n" };
    [sentence, end].concat()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Replaces each `part`. Returns the text and the number of parts.
fn replaced(text: &[u8], part: &[u8], by: &[u8]) -> (Vec<u8>, usize) {
    let (mut result, mut rest, mut count) = (Vec::new(), text, 0);
    while let Some(at) = find(rest, part) {
        result.extend([&rest[..at], by].concat());
        rest = &rest[at + part.len()..];
        count += 1;
    }
    (result.into_iter().chain(rest.iter().copied()).collect(), count)
}
