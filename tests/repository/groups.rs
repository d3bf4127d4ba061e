//! The test groups of the workspace and the tests in them. A test group is a binary that `cargo test --test NAME`
//! runs. This module reads the manifests and sources, and runs no test.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{files, has_extension, root};

/// A test group: its name, and the source file that cargo compiles as its root.
pub(crate) struct Group {
    pub(crate) name: String,
    /// The `main.rs` of the binary, or the only source file of the binary.
    pub(crate) file: PathBuf,
}

impl Group {
    /// All test groups of all crates.
    pub(crate) fn all() -> Vec<Self> {
        let mut groups = Vec::new();
        for entry in fs::read_dir(root().join("crates")).unwrap() {
            let folder = entry.unwrap().path();
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            for table in manifest.split("[[test]]").skip(1) {
                let value = |key: &str| {
                    let line = table.lines().find_map(|line| line.strip_prefix(key)).unwrap();
                    line.trim_start_matches([' ', '=']).trim_matches('"').to_owned()
                };
                let file = folder.join(value("path")).canonicalize().unwrap();
                groups.push(Self { name: value("name"), file });
            }
            // Cargo finds the files in `tests` without an entry in the manifest.
            let Ok(tests) = fs::read_dir(folder.join("tests")) else { continue };
            let files = tests.map(|test| test.unwrap().path());
            let files = files.filter(|file| has_extension(file, "rs"));
            groups.extend(files.map(|file| Self { name: stem(&file), file }));
        }
        assert!(groups.len() > 8);
        groups
    }

    /// The source files of the group, except its `main.rs`. The list is empty if the binary has only one source file.
    pub(crate) fn modules(&self) -> Vec<PathBuf> {
        if !self.file.ends_with("main.rs") {
            return Vec::new();
        }
        let mut files = files(self.file.parent().unwrap());
        files.retain(|file| has_extension(file, "rs") && !file.ends_with("main.rs"));
        files
    }

    /// The file that must have the `mod` line of a module. For a file beside `main.rs`, this is `main.rs`. For a file
    /// in a subfolder, this is the `mod.rs` of the subfolder, or the file with the name of the subfolder.
    pub(crate) fn parent_of(&self, module: &Path) -> PathBuf {
        let folder = module.parent().unwrap();
        let folder = if module.ends_with("mod.rs") { folder.parent().unwrap() } else { folder };
        if folder == self.file.parent().unwrap() {
            return self.file.clone();
        }
        let own = folder.join("mod.rs");
        if own.exists() { own } else { folder.with_extension("rs") }
    }

    /// The names of the tests, each with its module, such as `module::test`. cargo compares its filter with these
    /// names.
    pub(crate) fn tests(&self) -> Vec<String> {
        let mut tests = names(&self.file);
        for module in self.modules() {
            let path = self.path_of(&module);
            tests.extend(names(&module).into_iter().map(|name| format!("{path}::{name}")));
        }
        tests
    }

    /// The module path of a file, such as `folder::module`.
    fn path_of(&self, module: &Path) -> String {
        let relative = module.strip_prefix(self.file.parent().unwrap()).unwrap().with_extension("");
        let relative = if relative.ends_with("mod") { relative.parent().unwrap() } else { &relative };
        relative.to_str().unwrap().replace('/', "::")
    }
}

/// The name of a file's module.
pub(crate) fn stem(file: &Path) -> String {
    let named = if file.ends_with("mod.rs") { file.parent().unwrap() } else { file };
    named.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The names of the functions after `#[test]`.
pub(crate) fn names(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let after = text.split("#[test]\n").skip(1);
    let names = after.filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}
