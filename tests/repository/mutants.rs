//! Tests of the list of known surviving mutants, whose script takes too long to run after each renaming.

use std::collections::BTreeSet;
use std::fs;

use crate::root;

/// The words with which cargo-mutants describes a mutant, and the values that it puts into the code.
const DESCRIPTION: [&str; 17] = [
    "arm",
    "default",
    "Default",
    "delete",
    "expression",
    "field",
    "from",
    "guard",
    "in",
    "match",
    "Ok",
    "replace",
    "struct",
    "true",
    "false",
    "with",
    "for",
];

#[test]
fn each_listed_mutant_has_only_names_of_its_file() {
    let list = fs::read_to_string(root().join("tests/mutants.txt")).unwrap();
    let mut missing = Vec::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (file, description) = line.split_once(": ").unwrap();
        let source =
            fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{file} does not exist"));
        let source: BTreeSet<&str> = words(&source).collect();
        for word in words(description).filter(|word| !DESCRIPTION.contains(word)) {
            let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number && !source.contains(word) {
                missing.push(format!("{file} has no name {word}"));
            }
        }
    }
    assert_eq!(missing, [""; 0], "names in tests/mutants.txt");
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
