//! What the documents name is there: files, headings, modules, tests and counts.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::groups::{Group, names, stem};
use crate::markdown::Page;
use crate::{files, has_extension, root};

/// Fails with all that is wrong, and not with the first only.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `what`, as said of a page.
fn at(page: &Page, what: &str) -> String {
    format!("{}: {what}", page.path.strip_prefix(root()).unwrap().display())
}

#[test]
fn links_and_pictures_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in Page::all() {
        let links =
            page.links().into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        for link in links {
            seen += 1;
            let (file, anchor) = link.split_once('#').map_or((&link[..], None), |(a, b)| (a, Some(b)));
            let target =
                if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let found = target.exists()
                && anchor.is_none_or(|anchor| Page::read(&target).anchors().iter().any(|a| a == anchor));
            if !found {
                wrong.push(at(&page, &format!("a link leads nowhere: {link}")));
            }
        }
    }
    assert!(seen > 20, "{seen} links");
    none(&wrong);
}

#[test]
fn files_in_backticks_are_there() {
    let folders = ["tests/", "crates/", "docs/", "benches/", "fuzz/", ".ci/", "packaging/", "examples/"];
    let made = fs::read_to_string(root().join(".gitignore")).unwrap();
    let is_made = |path: &str| made.lines().any(|line| line.trim_matches('/') == path.trim_end_matches('/'));
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in Page::all() {
        for code in page.code() {
            let words = code.split(|c: char| c.is_whitespace() || "\"'()[],;:=|".contains(c));
            for word in words.filter(|word| folders.iter().any(|folder| word.starts_with(folder))) {
                seen += 1;
                // Of a pattern, the folder must be there.
                let path = match word.find(['*', '{', '<', '…']) {
                    Some(end) => word[..end].rsplit_once('/').unwrap().0,
                    None => word.trim_end_matches('.'),
                };
                if !root().join(path).exists() && !is_made(path) {
                    wrong.push(at(&page, &format!("there is no {word}")));
                }
            }
        }
    }
    assert!(seen > 30, "{seen} paths");
    none(&wrong);
}

#[test]
fn surviving_mutants_are_of_files_that_exist() {
    let list = fs::read_to_string(root().join("tests/mutants.txt")).unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        seen += 1;
        if !line.split_once(": ").is_some_and(|(path, _)| root().join(path).is_file()) {
            wrong.push(format!("tests/mutants.txt: {line}"));
        }
    }
    assert!(seen > 30, "{seen} mutants");
    none(&wrong);
}

#[test]
fn commands_name_tests_that_exist() {
    let groups = Group::all();
    let mut scripts = files(&root().join(".ci"));
    scripts.retain(|path| fs::read_to_string(path).is_ok());
    let scripts = scripts.into_iter().map(Page::read);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in Page::all().into_iter().chain(scripts) {
        for command in page.text.split("--test ").skip(1) {
            seen += 1;
            let command = command.split(['`', '\n', '|', '"', ',', ';', '&']).next().unwrap();
            let mut words = command.split_whitespace().take_while(|word| *word != "--");
            let name = words.next().unwrap_or_default();
            let Some(group) = groups.iter().find(|group| group.name == name) else {
                wrong.push(at(&page, &format!("there is no --test {name}")));
                continue;
            };
            if let Some(filter) = words.find(|word| !word.starts_with('-'))
                && !group.tests().iter().any(|test| test.contains(filter))
            {
                wrong.push(at(&page, &format!("--test {name} has no test {filter}")));
            }
        }
    }
    assert!(seen > 8, "{seen} commands");
    none(&wrong);
}

/// A file that its parent forgets is a test that never runs.
#[test]
fn every_file_of_a_group_of_tests_is_a_module_of_it() {
    for group in Group::all() {
        for module in group.modules() {
            let parent = group.parent_of(&module);
            let text = fs::read_to_string(&parent).unwrap();
            let line = format!("mod {};", stem(&module));
            assert!(text.lines().any(|l| l == line), "{} has no {line}", parent.display());
        }
    }
}

/// The sections of docs/architecture.md about one crate each.
const SECTIONS: [(&str, &str); 3] = [
    ("The library", "crates/htpasswd/src"),
    ("The layer", "crates/tower-htpasswd/src"),
    ("The command", "crates/htpasswd-cli/src"),
];

#[test]
fn the_architecture_names_modules_that_exist() {
    let page = Page::read("docs/architecture.md");
    let mut wrong = Vec::new();
    for (section, source) in SECTIONS {
        let mut paths = files(&root().join(source));
        let folders: BTreeSet<PathBuf> = paths.iter().map(|path| path.parent().unwrap().to_owned()).collect();
        paths.extend(folders);
        for code in page.section(section).code() {
            let is_module = (has_extension(&code, "rs") || code.ends_with('/')) && !code.contains(' ');
            if is_module && !paths.iter().any(|path| path.ends_with(&code)) && !root().join(&code).exists() {
                wrong.push(format!("{source} has no {code}"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn the_architecture_names_each_module() {
    let page = Page::read("docs/architecture.md");
    let mut wrong = Vec::new();
    for (section, source) in SECTIONS {
        let named = page.section(section).code();
        for entry in fs::read_dir(root().join(source)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_module = has_extension(&name, "rs") && !["lib.rs", "main.rs"].contains(&&name[..]);
            if is_module && !named.contains(&name) {
                wrong.push(format!("docs/architecture.md, {section}, does not name {name}"));
            }
        }
    }
    none(&wrong);
}

/// The rows of differences from Apache's tool: their numbers, and the tests in their last column.
fn differences() -> Vec<(String, Vec<String>)> {
    let page = Page::read("docs/compatibility.md");
    let rows = page.text.lines().filter(|line| line.starts_with("| D"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let tests = cells.last().unwrap().split('`').skip(1).step_by(2);
        (cells[0].to_lowercase(), tests.map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn every_difference_has_its_tests_and_every_test_its_difference() {
    let folder = files(&root().join("tests/drop_in/differences"));
    let mut tests: Vec<_> = folder.iter().flat_map(|file| names(file)).collect();
    let mut named = Vec::new();
    for (number, row) in differences() {
        let own = |test: &String| test.starts_with(&format!("{number}_"));
        assert!(!row.is_empty() && row.iter().all(own), "{number}: {row:?}");
        named.extend(row);
    }
    named.sort();
    tests.sort();
    assert_eq!(named, tests);
}

#[test]
fn the_readme_counts_the_differences() {
    let sentence = format!("each of the {} differences", differences().len());
    assert!(Page::read("README.md").text.contains(&sentence), "README.md does not say: {sentence}");
}

/// In the profile `release`, a panic in one request ends the whole server.
#[test]
fn servers_are_built_with_the_profile_that_unwinds() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let profile = manifest.split("[profile.server]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(
        profile.contains("panic = \"unwind\"") && profile.contains("inherits = \"release\""),
        "{profile}"
    );
    let is_text = |path: &PathBuf| ["md", "rs", "sh"].iter().any(|extension| has_extension(path, extension));
    let texts = files(&root()).into_iter().filter(is_text);
    let calls = ["cargo run ", "cargo build "];
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in texts {
        let text = fs::read_to_string(&path).unwrap();
        let is_call =
            |line: &&str| calls.iter().any(|call| line.contains(call)) && line.contains("--example ");
        for line in text.lines().filter(is_call) {
            seen += 1;
            if line.contains("--release") || !line.contains("--profile server") {
                wrong.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(seen >= 5, "{seen} calls");
    none(&wrong);
}
