//! A parser for the parts of Markdown that the documents use: headings, links, code in backticks and fenced blocks.
//! Tests read a [`Page`] and ask for its links, code or headings.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{files, has_extension, root};

pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    /// Reads a page by its path in the repository.
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = root().join(path);
        Self { text: fs::read_to_string(&path).unwrap(), path }
    }

    /// Reads all pages of the repository.
    pub(crate) fn all() -> Vec<Self> {
        let mut pages = files(&root());
        pages.retain(|path| has_extension(path, "md"));
        assert!(pages.len() > 10, "{pages:?}");
        pages.into_iter().map(Self::read).collect()
    }

    /// The targets of links and pictures.
    pub(crate) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        let prose = self.pieces().into_iter().filter(|(_, kind)| *kind == Kind::Prose);
        for (text, _) in prose {
            for (before, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
                let targets = text.split(before).skip(1).filter_map(|rest| rest.split_once(end));
                links.extend(targets.map(|(target, _)| target.to_owned()));
            }
        }
        links
    }

    /// The code in backticks and in fenced blocks.
    pub(crate) fn code(&self) -> Vec<String> {
        let pieces = self.pieces().into_iter();
        pieces.filter(|(_, kind)| *kind == Kind::Code).map(|(text, _)| text).collect()
    }

    /// The anchors of the headings, as GitHub makes them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        for heading in unfenced(&self.text).filter(|line| line.starts_with('#')) {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let same = anchors.iter().filter(|other| **other == anchor).count();
            anchors.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
        }
        anchors
    }

    /// The text after a heading of the second level, up to the next heading of that level.
    pub(crate) fn section(&self, heading: &str) -> Self {
        let after = self.text.split(&format!("\n## {heading}\n")).nth(1);
        let after = after.unwrap_or_else(|| panic!("{} has no '## {heading}'", self.path.display()));
        Self { path: self.path.clone(), text: after.split("\n## ").next().unwrap().to_owned() }
    }

    /// The text, split into prose and code.
    fn pieces(&self) -> Vec<(String, Kind)> {
        let mut pieces = Vec::new();
        for (number, block) in self.text.split("\n```").enumerate() {
            if number % 2 == 1 {
                pieces.push((block.to_owned(), Kind::Code));
                continue;
            }
            // A backtick without a partner affects only its own paragraph.
            for paragraph in block.split("\n\n") {
                let kinds = [Kind::Prose, Kind::Code].into_iter().cycle();
                pieces.extend(paragraph.split('`').map(str::to_owned).zip(kinds));
            }
        }
        pieces
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Prose,
    Code,
}

/// The lines outside of fenced blocks.
fn unfenced(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}
