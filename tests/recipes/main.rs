//! Tests that the examples in the documents work: the tests run the commands of each page with bash, and compare the
//! output with the output on the page.
//!
//! `page.rs` describes how a page is written, and `run.rs` how it is run. `coverage.rs` checks that each example of each
//! page runs. A new page needs no entry here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failure here fails the test, which is what it should do"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

mod coverage;
mod files;
mod machine;
mod page;
mod run;
mod self_test;
mod systemd;
mod workflows;

use page::Page;

/// The folder with one page for each task. `README.md` in it is their index.
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

/// All pages of the repository.
fn pages() -> Vec<Page> {
    let mut names = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = folder.join(&name);
            let is_built = ["target", "node_modules", "corpus", "artifacts"].contains(&&*name);
            if entry.file_type().unwrap().is_dir() && !is_built && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                names.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    names.sort();
    assert!(names.len() > 40, "{names:?}");
    names.iter().map(|name| Page::read(name)).collect()
}

#[test]
fn the_commands_of_each_page_print_what_the_page_shows() {
    let pages: Vec<_> = pages().into_iter().filter(|page| page.run_blocks().next().is_some()).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        let mut errors = Vec::new();
        while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            errors.extend(run::errors(page));
        }
        errors
    };
    let errors: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

#[test]
fn each_page_of_a_task_has_a_command_that_is_tested() {
    for name in tasks() {
        assert!(Page::read(&name).run_blocks().next().is_some(), "{name} has no command in a console block");
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
