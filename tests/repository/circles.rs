//! The graph of the source files of a crate, and the circles in it.
//!
//! There is an arrow from one file to another if the code of the first names, by a path, something that the second
//! defines. `architecture.rs` asks for the circles and for the arrows that go up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::sources::{Import, clean, imports, modules, paths, words};

/// A module, as the names from the root of its crate to it.
pub(crate) type Module = Vec<String>;

/// A source file: what it imports, and which paths and words stand in the rest of its code.
struct File {
    imports: Vec<Import>,
    /// The modules that have a file of their own.
    modules: BTreeSet<String>,
    paths: Vec<Vec<String>>,
    words: BTreeSet<String>,
}

/// The source files of one crate.
///
/// The rule for an arrow:
///
/// - Paths count that begin with `crate`, `self`, `super` or the name of a module that the file declares. Comments,
///   text in quotation marks and items after `#[cfg(test)]` do not count.
/// - A path leads to the file which defines what it names: where a module on the way only imports the name, be it for
///   others or for itself, the path is followed to where the import leads.
/// - A file that declares a module, or that only hands names of its own modules on with `pub use`, has no arrow to that
///   module. It has one if its code uses the name, too.
/// - A call of a method is no arrow: its path does not say which file has the `impl`.
pub(crate) struct Sources(BTreeMap<Module, File>);

impl Sources {
    /// Reads the crate in this folder, tests beside the code left out.
    pub(crate) fn read(folder: &Path) -> Self {
        let files = crate::files(folder).into_iter().filter_map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().strip_suffix(".rs")?.to_owned();
            let is_test = name.split('/').any(|part| part == "tests");
            (!is_test).then(|| (name, fs::read_to_string(&path).unwrap()))
        });
        Self::of(files)
    }

    /// The files as pairs of their path below `src`, without `.rs`, and their text.
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

    /// The files that each file has an arrow to.
    pub(crate) fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        self.0.iter().map(|(module, file)| (module.clone(), self.arrows_of(module, file))).collect()
    }

    fn arrows_of(&self, module: &Module, file: &File) -> BTreeSet<Module> {
        let mut arrows = BTreeSet::new();
        for import in &file.imports {
            let Some(target) = self.resolve(module, &import.path, 0) else { continue };
            let hands_on = import.is_public && target.starts_with(module);
            if !hands_on || file.words.contains(&import.name) {
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

    /// The file that defines what a path in `module` names; `None` if it is of another crate, or local.
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

    /// The files that lead back to themselves, each circle with all files that share it.
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

/// All files that some way of arrows leads to.
fn reach(arrows: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(file) = ahead.pop() {
        ahead.extend(arrows[file].iter().filter(|next| reached.insert((*next).clone())));
    }
    reached
}

/// A module for people to read.
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
    fn a_circle_is_found_and_a_straight_line_is_not() {
        let line = [("lib", "mod a; mod b; mod c;"), ("a", "use crate::b::B;"), ("b", "use crate::c::C;")];
        assert_eq!(circles(&[&line[..], &[("c", "struct C;")]].concat()), [""; 0]);
        assert_eq!(circles(&[&line[..], &[("c", "fn f(_: crate::a::A) {}")]].concat()), ["a b c"]);
        assert_eq!(circles(&[&line[..], &[("c", "use super::a;")]].concat()), ["a b c"]);
    }

    #[test]
    fn a_name_leads_to_the_file_that_defines_it() {
        let root = ("lib", "mod a; pub use a::{Inner, Outer};");
        let parent = "mod inner; pub use self::inner::Inner; pub struct Outer;";
        // What the parent hands on is the child's own.
        assert_eq!(circles(&[root, ("a", parent), ("a/inner", "use super::Outer;")]), [""; 0]);
        assert_eq!(circles(&[root, ("a", parent), ("a/inner", "fn f(_: crate::Inner) {}")]), [""; 0]);
        let uses = [parent, "fn f(_: Inner) {}"].concat();
        assert_eq!(circles(&[root, ("a", &uses), ("a/inner", "use super::Outer;")]), ["a a/inner"]);
        let names = [parent, "fn f() { inner::g() }"].concat();
        assert_eq!(circles(&[root, ("a", &names), ("a/inner", "use crate::Outer as O;")]), ["a a/inner"]);
        // A private import is followed, too.
        let (a, b) = ("use crate::b::B;", "mod c; fn f() { c::g() }");
        assert_eq!(circles(&[("lib", ""), ("a", a), ("b", b), ("b/c", "use crate::a::B;")]), ["b b/c"]);
        let a = "use crate::{b::{c::{self as d, C}, B}, x};";
        assert_eq!(circles(&[("lib", ""), ("a", a), ("b", ""), ("b/c", "use crate::a::A;")]), ["a b/c"]);
        // A module that stands in another crate's folder is not one of these files.
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
