//! Tests that the files, headings, modules, tests and counts named in the documents exist. Each test collects all
//! errors of the documents, so that one run reports all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::groups::{Group, names, stem};
use crate::markdown::Page;
use crate::{files, has_extension, root};

/// Fails if there are errors, and reports all of them.
fn fail_if_any(errors: &[String]) {
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// The message `what` with the path of the page.
fn on_page(page: &Page, what: &str) -> String {
    format!("{}: {what}", page.path.strip_prefix(root()).unwrap().display())
}

#[test]
fn the_targets_of_links_and_pictures_exist() {
    let mut errors = Vec::new();
    let mut count = 0;
    for page in Page::all() {
        let links =
            page.links().into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        for link in links {
            count += 1;
            let (file, anchor) = link.split_once('#').map_or((&link[..], None), |(a, b)| (a, Some(b)));
            let target =
                if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let found = target.exists()
                && anchor.is_none_or(|anchor| Page::read(&target).anchors().iter().any(|a| a == anchor));
            if !found {
                errors.push(on_page(&page, &format!("the target of a link does not exist: {link}")));
            }
        }
    }
    assert!(count > 20, "{count} links");
    fail_if_any(&errors);
}

/// The pages that the book must have: those of the folder docs, and those at the root of the repository.
#[test]
fn the_book_has_each_page() {
    let summary = Page::read("docs/SUMMARY.md");
    let linked: BTreeSet<_> =
        summary.links().iter().map(|link| root().join("docs").join(link).canonicalize().unwrap()).collect();
    let is_chapter = |page: &Page| {
        let path = page.path.strip_prefix(root()).unwrap();
        (path.starts_with("docs") || path.parent() == Some(Path::new(""))) && !path.ends_with("SUMMARY.md")
    };
    let missing: Vec<_> = Page::all().into_iter().filter(is_chapter).map(|page| page.path).collect();
    let missing: Vec<_> = missing.into_iter().filter(|path| !linked.contains(path)).collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md has no link to {missing:?}");
}

#[test]
fn files_in_backticks_exist() {
    let folders = ["tests/", "crates/", "docs/", "benches/", "fuzz/", ".ci/", "packaging/", "examples/"];
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let is_ignored_by_git =
        |path: &str| ignored.lines().any(|line| line.trim_matches('/') == path.trim_end_matches('/'));
    let mut errors = Vec::new();
    let mut count = 0;
    for page in Page::all() {
        for code in page.code() {
            let words = code.split(|c: char| c.is_whitespace() || "\"'()[],;:=|".contains(c));
            for word in words.filter(|word| folders.iter().any(|folder| word.starts_with(folder))) {
                count += 1;
                // A path with a pattern is checked as the folder before the pattern.
                let path = match word.find(['*', '{', '<', '…']) {
                    Some(end) => word[..end].rsplit_once('/').unwrap().0,
                    None => word.trim_end_matches('.'),
                };
                if !root().join(path).exists() && !is_ignored_by_git(path) {
                    errors.push(on_page(&page, &format!("{word} does not exist")));
                }
            }
        }
    }
    assert!(count > 30, "{count} paths");
    fail_if_any(&errors);
}

#[test]
fn the_files_of_surviving_mutants_exist() {
    let list = fs::read_to_string(root().join("tests/mutants.txt")).unwrap();
    let mut errors = Vec::new();
    let mut count = 0;
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        count += 1;
        if !line.split_once(": ").is_some_and(|(path, _)| root().join(path).is_file()) {
            errors.push(format!("tests/mutants.txt: {line}"));
        }
    }
    assert!(count > 30, "{count} mutants");
    fail_if_any(&errors);
}

#[test]
fn commands_name_tests_that_exist() {
    let groups = Group::all();
    let mut scripts = files(&root().join(".ci"));
    scripts.retain(|path| fs::read_to_string(path).is_ok());
    let scripts = scripts.into_iter().map(Page::read);
    let mut errors = Vec::new();
    let mut count = 0;
    for page in Page::all().into_iter().chain(scripts) {
        for command in page.text.split("--test ").skip(1) {
            count += 1;
            let command = command.split(['`', '\n', '|', '"', ',', ';', '&']).next().unwrap();
            let mut words = command.split_whitespace().take_while(|word| *word != "--");
            let name = words.next().unwrap_or_default();
            let Some(group) = groups.iter().find(|group| group.name == name) else {
                errors.push(on_page(&page, &format!("--test {name} does not exist")));
                continue;
            };
            if let Some(filter) = words.find(|word| !word.starts_with('-'))
                && !group.tests().iter().any(|test| test.contains(filter))
            {
                errors.push(on_page(&page, &format!("--test {name} has no test {filter}")));
            }
        }
    }
    assert!(count > 8, "{count} commands");
    fail_if_any(&errors);
}

/// The tests of a file without a `mod` line never run.
#[test]
fn every_file_of_a_test_group_is_a_module() {
    for group in Group::all() {
        for module in group.modules() {
            let parent = group.parent_of(&module);
            let text = fs::read_to_string(&parent).unwrap();
            let line = format!("mod {};", stem(&module));
            assert!(text.lines().any(|l| l == line), "{} has no {line}", parent.display());
        }
    }
}

/// The sections of docs/architecture.md that describe one crate each, with the sources of that crate.
const SECTIONS: [(&str, &str); 4] = [
    ("The library", "crates/htpasswd/src"),
    ("The layer", "crates/tower-htpasswd/src"),
    ("The login service", "crates/htpasswd-auth/src"),
    ("The command", "crates/htpasswd-cli/src"),
];

#[test]
fn the_modules_named_in_the_architecture_exist() {
    let page = Page::read("docs/architecture.md");
    let mut errors = Vec::new();
    for (section, source) in SECTIONS {
        let mut paths = files(&root().join(source));
        let folders: BTreeSet<PathBuf> = paths.iter().map(|path| path.parent().unwrap().to_owned()).collect();
        paths.extend(folders);
        for code in page.section(section).code() {
            let is_module = (has_extension(&code, "rs") || code.ends_with('/')) && !code.contains(' ');
            if is_module && !paths.iter().any(|path| path.ends_with(&code)) && !root().join(&code).exists() {
                errors.push(format!("{source} has no {code}"));
            }
        }
    }
    fail_if_any(&errors);
}

#[test]
fn the_architecture_names_every_module() {
    let page = Page::read("docs/architecture.md");
    let mut errors = Vec::new();
    for (section, source) in SECTIONS {
        let named = page.section(section).code();
        for entry in fs::read_dir(root().join(source)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_module = has_extension(&name, "rs") && !["lib.rs", "main.rs"].contains(&&name[..]);
            if is_module && !named.contains(&name) {
                errors.push(format!("docs/architecture.md, {section}, does not name {name}"));
            }
        }
    }
    fail_if_any(&errors);
}

/// The differences from Apache's tool: the number of each row, and the tests in its last column.
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
fn differences_and_their_tests_name_each_other() {
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
fn the_readme_has_the_number_of_differences() {
    let sentence = format!("each of the {} differences", differences().len());
    assert!(Page::read("README.md").text.contains(&sentence), "README.md does not contain: {sentence}");
}

/// With the profile `release`, a panic in one request would end the whole server.
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
    let (mut errors, mut count) = (Vec::new(), 0);
    for path in texts {
        let text = fs::read_to_string(&path).unwrap();
        let is_call =
            |line: &&str| calls.iter().any(|call| line.contains(call)) && line.contains("--example ");
        for line in text.lines().filter(is_call) {
            count += 1;
            if line.contains("--release") || !line.contains("--profile server") {
                errors.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(count >= 5, "{count} calls");
    fail_if_any(&errors);
}
