//! The graph of the source files of a crate, and the circles in it.
//!
//! An arrow leads from one file to another if the code of the first file has a path to an item that the second file
//! defines. The tests in `architecture.rs` look for circles and for arrows to higher layers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::sources::{Import, clean, imports, modules, paths, words};

/// A module: the names of the path from the root of its crate.
pub(crate) type Module = Vec<String>;

/// A source file: its imports, and the paths and words in the rest of its code.
struct File {
    imports: Vec<Import>,
    /// The modules that have their own files.
    modules: BTreeSet<String>,
    paths: Vec<Vec<String>>,
    words: BTreeSet<String>,
}

/// The source files of one crate.
///
/// These are the rules for arrows:
///
/// - A path makes an arrow if it begins with `crate`, `self`, `super` or the name of a module that the file declares.
///   Paths in comments, strings and items after `#[cfg(test)]` make no arrow.
/// - The arrow leads to the file that defines the item. If a module on the path imports the item, the arrow leads
///   further to the file that the import names.
/// - A file has no arrow to a module that it only declares, or whose names it only re-exports with `pub use`. It has an
///   arrow if its other code uses the name.
/// - A call of a method makes no arrow, because its path does not name the file with the `impl`.
pub(crate) struct Sources(BTreeMap<Module, File>);

impl Sources {
    /// Reads the crate in this folder, without its unit tests.
    pub(crate) fn read(folder: &Path) -> Self {
        let files = crate::files(folder).into_iter().filter_map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().strip_suffix(".rs")?.to_owned();
            let is_test = name.split('/').any(|part| part == "tests");
            (!is_test).then(|| (name, fs::read_to_string(&path).unwrap()))
        });
        Self::of(files)
    }

    /// Makes the graph from pairs of a path in `src` without `.rs`, and the text of the file.
    fn of(files: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Self {
        let files = files.into_iter().map(|(name, text)| {
            let module = match name.as_ref() {
                "lib" | "main" => Module::new(),
                name => name.split('/').map(str::to_owned).collect(),
            };
            let code = clean(text.as_ref());
            let (modules, words) = (modules(&code), words(&code));
            (module, File { imports: imports(&code), modules, paths: paths(&code), words })
        });
        Self(files.collect())
    }

    /// The files to which each file has an arrow.
    pub(crate) fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        self.0.iter().map(|(module, file)| (module.clone(), self.arrows_of(module, file))).collect()
    }

    fn arrows_of(&self, module: &Module, file: &File) -> BTreeSet<Module> {
        let mut arrows = BTreeSet::new();
        for import in &file.imports {
            let Some(target) = self.resolve(module, &import.path, 0) else { continue };
            let is_reexport = import.is_public && target.starts_with(module);
            if !is_reexport || file.words.contains(&import.name) {
                arrows.insert(target);
            }
        }
        for path in &file.paths {
            let is_imported = file.imports.iter().any(|import| import.name == path[0]);
            if !is_imported && let Some(target) = self.resolve(module, path, 0) {
                arrows.insert(target);
            }
        }
        arrows.remove(module);
        arrows
    }

    /// The file that defines the item of a path in `module`. `None` if the item is local or of another crate.
    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Option<Module> {
        assert!(depth < 20, "{path:?} in {module:?} leads nowhere");
        let (first, mut rest) = path.split_first()?;
        let mut at = module.to_vec();
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
                while let Some(("super", more)) = rest.split_first().map(|(name, more)| (name.as_str(), more))
                {
                    at.pop();
                    rest = more;
                }
            }
            name if self.child(&at, name).is_some() => rest = path,
            _ => return None,
        }
        while let Some((name, more)) = rest.split_first() {
            if let Some(child) = self.child(&at, name) {
                (at, rest) = (child, more);
                continue;
            }
            if self.0.get(&at)?.modules.contains(name) {
                return None;
            }
            let imported = self.0.get(&at)?.imports.iter().find(|import| import.name == *name);
            let further = imported.map(|import| [import.path.as_slice(), more].concat());
            return further.and_then(|path| self.resolve(&at, &path, depth + 1)).or(Some(at));
        }
        Some(at)
    }

    fn child(&self, module: &[String], name: &str) -> Option<Module> {
        let child = [module, &[name.to_owned()]].concat();
        self.0.contains_key(&child).then_some(child)
    }

    /// The circles of the graph. A circle is a set of files that all reach each other.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<Module>> {
        let arrows = self.arrows();
        let reached: BTreeMap<_, _> = arrows.keys().map(|file| (file, reach(&arrows, file))).collect();
        let circles: BTreeSet<BTreeSet<Module>> = reached
            .iter()
            .filter(|(file, files)| files.contains(**file))
            .map(|(file, files)| {
                files.iter().filter(|other| reached[other].contains(*file)).cloned().collect()
            })
            .collect();
        circles.into_iter().collect()
    }
}

/// All files that can be reached from a file by arrows.
fn reach(arrows: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(file) = ahead.pop() {
        ahead.extend(arrows[file].iter().filter(|next| reached.insert((*next).clone())));
    }
    reached
}

/// The name of a module in messages.
pub(crate) fn show(module: &Module) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let circles = Sources::of(files.iter().copied()).circles();
        circles.iter().map(|circle| circle.iter().map(show).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_circle_is_found_and_a_line_is_not() {
        let line = [("lib", "mod a; mod b; mod c;"), ("a", "use crate::b::B;"), ("b", "use crate::c::C;")];
        assert_eq!(circles(&[&line[..], &[("c", "struct C;")]].concat()), [""; 0]);
        assert_eq!(circles(&[&line[..], &[("c", "fn f(_: crate::a::A) {}")]].concat()), ["a b c"]);
        assert_eq!(circles(&[&line[..], &[("c", "use super::a;")]].concat()), ["a b c"]);
    }

    #[test]
    fn a_name_leads_to_the_file_that_defines_it() {
        let root = ("lib", "mod a; pub use a::{Inner, Outer};");
        let parent = "mod inner; pub use self::inner::Inner; pub struct Outer;";
        // The parent re-exports an item of the child.
        assert_eq!(circles(&[root, ("a", parent), ("a/inner", "use super::Outer;")]), [""; 0]);
        assert_eq!(circles(&[root, ("a", parent), ("a/inner", "fn f(_: crate::Inner) {}")]), [""; 0]);
        let uses = [parent, "fn f(_: Inner) {}"].concat();
        assert_eq!(circles(&[root, ("a", &uses), ("a/inner", "use super::Outer;")]), ["a a/inner"]);
        let names = [parent, "fn f() { inner::g() }"].concat();
        assert_eq!(circles(&[root, ("a", &names), ("a/inner", "use crate::Outer as O;")]), ["a a/inner"]);
        // An arrow also leads further through a private import.
        let (a, b) = ("use crate::b::B;", "mod c; fn f() { c::g() }");
        assert_eq!(circles(&[("lib", ""), ("a", a), ("b", b), ("b/c", "use crate::a::B;")]), ["b b/c"]);
        let a = "use crate::{b::{c::{self as d, C}, B}, x};";
        assert_eq!(circles(&[("lib", ""), ("a", a), ("b", ""), ("b/c", "use crate::a::A;")]), ["a b/c"]);
        // The module x is in the folder of another crate.
        assert_eq!(circles(&[("main", "mod a; mod x; use a::A;"), ("a", "use crate::x::X;")]), [""; 0]);
    }

    #[test]
    fn comments_texts_and_tests_have_no_arrows() {
        for code in [
            "// use crate::a::A;",
            "/* /* */ use crate::a::A; */",
            "const T: &str = \"crate::a::A\\\"crate::a::A\";",
            "const T: &str = r#\"\"crate::a::A\"#;",
            "#[cfg(test)] mod tests { fn f() { { crate::a::f() } } }",
            "#[cfg(test)] use crate::a::A;",
            "pub(in crate::a) struct B;",
            "use std::a::A; use a::A;",
        ] {
            let files = [("lib", "mod a; mod b;"), ("a", "use crate::b;"), ("b", code)];
            assert_eq!(circles(&files), [""; 0], "{code}");
            let more = [code, "\nfn f<'a>(c: char) -> bool { c == '\"' && crate::a::g() }"].concat();
            assert_eq!(circles(&[("lib", "mod a; mod b;"), ("a", "use crate::b;"), ("b", &more)]), ["a b"]);
        }
    }
}
