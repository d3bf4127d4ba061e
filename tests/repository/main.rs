//! Tests of the sources and documents as texts: dependency rules, links, sizes, names and phrases. The tests read
//! files and run no program except git.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failure here fails the test, which is what it should do"
)]

use std::path::{Path, PathBuf};

mod architecture;
mod circles;
mod documentation;
mod groups;
mod markdown;
mod mutants;
mod size;
mod sources;
mod style;

/// The root folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file below a folder, except build output and hidden files. `.ci` is included, and so is a module `target`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_file() {
            files.push(path);
        } else if path.is_dir()
            && (name != "target" || folder.ends_with("src"))
            && (name == ".ci" || !name.starts_with('.'))
        {
            files.extend(self::files(&path));
        }
    }
    files
}

/// Returns true if the path has this extension.
fn has_extension(path: impl AsRef<Path>, extension: &str) -> bool {
    path.as_ref().extension().is_some_and(|own| own == extension)
}
