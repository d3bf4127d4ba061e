//! Phrases that are wrong in every name, comment, message and document, because most readers misunderstand them.
//!
//! The rules of style are in CONTRIBUTING.md. This test finds only phrases that a program can find with certainty.
//! `style.txt` lists these phrases, and the lines where such a phrase is right, each with the reason. The test also
//! fails if `style.txt` lists an exception that no file needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::{files, has_extension, root};

/// The list of phrases and exceptions.
const LIST: &str = include_str!("style.txt");
/// The maximum number of exceptions. If a new exception exceeds it, rewrite a phrase instead.
const MAX_EXCEPTIONS: usize = 29;
/// Shell scripts without an extension.
const SCRIPTS: [&str; 5] =
    [".ci/proxies", ".ci/python-servers", ".ci/run", "packaging/debian/postrm", "packaging/debian/preinst"];
/// Comments must contain no sentence that has a clause as its subject, and no sentence without a verb. Such sentences
/// begin with these words.
const FIRST_WORDS: [&str; 4] = ["What ", "Whether ", "Who ", "Of a "];

/// A line where a phrase is right.
struct Exception {
    file: &'static str,
    part: &'static str,
    reason: &'static str,
}

/// The phrases of the list.
fn phrases() -> Vec<&'static str> {
    let lines = LIST.lines().filter_map(|line| line.strip_prefix("use "));
    lines.map(|line| line.split_once(", not ").expect("`use WORDS, not PHRASE`").1).collect()
}

/// The exceptions of the list.
fn exceptions() -> Vec<Exception> {
    let lines =
        LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("use "));
    let fields = lines.map(|line| line.split(" | ").collect::<Vec<_>>());
    let exception = |fields: Vec<&'static str>| match fields[..] {
        [file, part, reason] => Exception { file, part, reason },
        _ => panic!("`FILE | PART OF THE LINE | REASON`: {fields:?}"),
    };
    fields.map(exception).collect()
}

/// The words of a text in lower case. An underscore separates words, so the words of names are found too.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The text of the comment of a line. A line of Python that begins with three quotation marks is a comment.
fn comment<'a>(line: &'a str, extension: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let text = match extension {
        "rs" if line.starts_with("//") => line,
        "rs" => line.split_once(" // ")?.1,
        "py" if line.starts_with("\"\"\"") => &line[3..],
        "sh" | "py" if line.starts_with('#') => line,
        "sh" | "py" => line.split_once(" # ")?.1,
        _ => return None,
    };
    Some(text.trim_start_matches(['/', '!', '#']).trim_start())
}

/// Returns true if a sentence of the comment has one of the [`FIRST_WORDS`].
fn has_wrong_start(comment: &str) -> bool {
    let ends = comment
        .match_indices(['.', ':', '?', '!'])
        .filter_map(|(end, _)| comment[end + 1..].strip_prefix(' '));
    let mut sentences = std::iter::once(comment).chain(ends);
    sentences.any(|sentence| FIRST_WORDS.iter().any(|word| sentence.starts_with(word)))
}

/// The wrong phrases of a text, each with the number of its line from 0. A phrase may continue on the next line.
fn wrong_phrases(text: &str, extension: &str) -> Vec<(usize, String)> {
    let phrases: Vec<_> = phrases().into_iter().map(words).collect();
    let lines: Vec<_> = text.lines().map(words).collect();
    let mut wrong = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let own = &lines[number];
        let next = lines.get(number + 1).map_or(&[][..], |next| &next[..next.len().min(1)]);
        for phrase in &phrases {
            let joined = [own, next].concat();
            let starts = joined.windows(phrase.len()).take(own.len());
            if starts.into_iter().any(|window| window == phrase) {
                wrong.push((number, phrase.join(" ")));
            }
        }
        if comment(line, extension).is_some_and(has_wrong_start) {
            wrong.push((number, "the start of the sentence".to_owned()));
        }
    }
    wrong
}

/// The files that are checked: all documents, [`SCRIPTS`] and all other code, except this test with its examples.
fn checked_files() -> Vec<PathBuf> {
    let is_text = |path: &PathBuf| ["md", "rs", "sh", "py"].iter().any(|own| has_extension(path, own));
    let texts = files(&root()).into_iter().filter(is_text);
    let texts = texts.filter(|path| !path.ends_with("tests/repository/style.rs"));
    texts.chain(SCRIPTS.iter().map(|name| root().join(name))).collect()
}

#[test]
fn no_text_contains_a_phrase_that_most_readers_misunderstand() {
    let exceptions = exceptions();
    let mut needed = BTreeSet::new();
    let mut errors = Vec::new();
    let files = checked_files();
    assert!(files.len() > 200, "{} files", files.len());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let extension = path.extension().map_or("sh", |own| own.to_str().unwrap());
        for (number, phrase) in wrong_phrases(&text, extension) {
            let line = text.lines().nth(number).unwrap();
            let is_exception = |own: &Exception| own.file == name && line.contains(own.part);
            match exceptions.iter().position(is_exception) {
                Some(index) => drop(needed.insert(index)),
                None => errors.push(format!("{name}:{}: {phrase}: {}", number + 1, line.trim())),
            }
        }
    }
    for (index, exception) in exceptions.iter().enumerate() {
        if !needed.contains(&index) {
            errors.push(format!("{}: no line needs the exception '{}'", exception.file, exception.part));
        }
        if exception.reason.split_whitespace().count() < 3 {
            errors.push(format!("{}: the exception '{}' has no reason", exception.file, exception.part));
        }
    }
    assert!(
        errors.is_empty(),
        "{} errors; style.txt has the usual words:\n{}",
        errors.len(),
        errors.join("\n")
    );
    assert!(exceptions.len() <= MAX_EXCEPTIONS, "{} exceptions", exceptions.len());
}

#[test]
fn phrases_are_found_in_names_and_across_lines() {
    for (text, extension, wrong) in [
        ("// It was told anew.", "rs", &["anew", "told"][..]),
        ("fn loses_nobody() {", "rs", &["nobody"]),
        ("/// Whether it ends.", "rs", &["the start of the sentence"]),
        ("let a = 1; // Of a file", "rs", &["the start of the sentence"]),
        ("# It ends. Who knows?", "sh", &["the start of the sentence"]),
        ("    \"\"\"What it does.", "py", &["the start of the sentence"]),
        ("All users but\nfor one.", "md", &["but for"]),
        ("// All users but\n// for one.", "rs", &["but for"]),
        ("// The reader understands it, in somewhat folded form.", "rs", &[]),
        ("What is it?", "md", &[]),
        ("// It says: what it does.", "rs", &[]),
    ] {
        let found: Vec<_> = wrong_phrases(text, extension).into_iter().map(|(_, phrase)| phrase).collect();
        assert_eq!(found, wrong, "{text}");
    }
}
