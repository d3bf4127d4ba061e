//! Tests that the recipes in the documents work: the tests run the commands of each page with bash, and compare the
//! output with the output on the page.
//!
//! `page.rs` describes how a page is written, and `run.rs` how it is run. To test another page, add it to [`PAGES`].

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failure here fails the test, which is what it should do"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod files;
mod page;
mod run;
mod self_test;
mod systemd;
mod workflows;

use page::Page;

/// The pages outside of the folder [`HOW_TO`] that are tested.
const PAGES: [&str; 1] = ["docs/reference.md"];
/// The folder with one page for each task. All of its pages are tested, and `README.md` in it is their index.
const HOW_TO: &str = "docs/how-to";

/// The root folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The paths of the pages of tasks in the repository, without the index.
fn tasks() -> Vec<String> {
    let entries = std::fs::read_dir(root().join(HOW_TO)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "README.md").collect();
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    names.into_iter().map(|name| format!("{HOW_TO}/{name}")).collect()
}

#[test]
fn the_commands_of_each_page_print_what_the_page_shows() {
    let names = tasks().into_iter().chain(PAGES.map(str::to_owned));
    let errors: Vec<_> = names.flat_map(|name| run::errors(&Page::read(&name))).collect();
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn each_page_has_a_command_that_is_tested() {
    for name in tasks().into_iter().chain(PAGES.map(str::to_owned)) {
        let page = Page::read(&name);
        assert!(page.blocks.iter().any(page::Block::has_steps), "{name} has no command in a console block");
    }
}

#[test]
fn the_index_has_a_link_to_each_page() {
    let index = std::fs::read_to_string(root().join(HOW_TO).join("README.md")).unwrap();
    let links = index.split("](").skip(1).filter_map(|rest| rest.split_once([')', '#']));
    let linked: BTreeSet<_> = links.map(|(target, _)| format!("{HOW_TO}/{target}")).collect();
    let missing: Vec<_> = tasks().into_iter().filter(|task| !linked.contains(task)).collect();
    assert!(missing.is_empty(), "the index has no link to {missing:?}");
}
