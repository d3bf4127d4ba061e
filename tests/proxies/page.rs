//! Reads configurations from the pages in `docs/proxies/`.

use std::fs;

use crate::service::repository;

/// A block of a page: the block with this number, from 0, among the blocks in this language.
pub(crate) fn block(page: &str, language: &str, number: usize) -> String {
    let text = fs::read_to_string(repository(&format!("docs/proxies/{page}"))).unwrap();
    let fence = format!("```{language}\n");
    let block = text.split(&fence).nth(number + 1);
    let block = block.unwrap_or_else(|| panic!("{page} has no block {number} in {language}"));
    block.split("```").next().unwrap().to_owned()
}

/// Replaces each of these texts. Fails if the configuration does not contain a text, because the page has changed.
#[track_caller]
pub(crate) fn replace(configuration: &str, replacements: &[(&str, &str)]) -> String {
    let mut text = configuration.to_owned();
    for (old, new) in replacements {
        assert!(text.contains(old), "the configuration does not contain {old:?}: {text}");
        text = text.replace(old, new);
    }
    text
}

/// Removes the only line that contains this text.
#[track_caller]
pub(crate) fn without(configuration: &str, part: &str) -> String {
    let lines: Vec<_> = configuration.lines().filter(|line| !line.contains(part)).collect();
    assert_eq!(lines.len() + 1, configuration.lines().count(), "one line contains {part:?}");
    lines.join("\n") + "\n"
}

/// Inserts lines after the only line that contains this text.
#[track_caller]
pub(crate) fn insert_after(configuration: &str, part: &str, lines: &str) -> String {
    assert_eq!(configuration.lines().filter(|line| line.contains(part)).count(), 1, "{part:?}");
    let line = |line: &str| {
        if line.contains(part) { format!("{line}\n{}\n", lines.trim_end()) } else { format!("{line}\n") }
    };
    configuration.lines().map(line).collect()
}
