//! Reads imports and paths from Rust source files. It knows only the parts of Rust's grammar that are needed for that.

use std::collections::BTreeSet;

/// One name that a file imports.
pub(crate) struct Import {
    /// The path without `self` or `*` at the end, because those mean the module itself.
    pub(crate) path: Vec<String>,
    /// The name that the file uses, which differs from the last part of the path after `as`.
    pub(crate) name: String,
    /// True if other files may import the name from this file.
    pub(crate) is_public: bool,
}

/// The tokens of the code without comments, strings, and items after `#[cfg(test)]`.
pub(crate) fn clean(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length_to_skip(rest);
        if length > 0 {
            rest = &rest[length..];
            continue;
        }
        let word = rest.find(|c: char| !is_of_a_word(c)).unwrap_or(rest.len());
        let length = match word {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            word => word,
        };
        if !first.is_whitespace() {
            tokens.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length of the comment, string or character at the start of the text, or 0 if there is none.
fn length_to_skip(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        let (mut depth, mut at) = (0, 0);
        while at < text.len() {
            match text.as_bytes().get(at..at + 2) {
                Some(b"/*") => depth += 1,
                Some(b"*/") => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                break;
            }
        }
        return at;
    }
    let raw = text.trim_start_matches('b').strip_prefix('r').filter(|raw| text.len() - raw.len() <= 2);
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let start = text.len() - raw.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            return text[start..].find(&end).map_or(text.len(), |at| start + at + end.len());
        }
    }
    let quote = match text.as_bytes() {
        [b'"', ..] => '"',
        [b'\'', b'\\', ..] => '\'',
        // A quotation mark in the third place distinguishes a character from a lifetime or label.
        [b'\'', ..] if text.chars().nth(2) == Some('\'') => '\'',
        _ => return 0,
    };
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, character)| {
        let is_end = character == quote && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Removes each item after `#[cfg(test)]`. An item ends with a semicolon or with its closing brace.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some((first, more)) = rest.split_first() {
        if rest.len() < TEST.len() || rest[..TEST.len()] != TEST {
            kept.push(first.clone());
            rest = more;
            continue;
        }
        let mut depth = 0;
        let end = rest.iter().position(|token| {
            depth += i32::from(token == "{") - i32::from(token == "}");
            depth == 0 && (token == ";" || token == "}")
        });
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
    }
    kept
}

/// The positions of each `use` and of its semicolon.
fn uses(tokens: &[String]) -> Vec<(usize, usize)> {
    // `use<…>` in an opaque type is not an import.
    let starts =
        (0..tokens.len()).filter(|&at| tokens[at] == "use" && tokens.get(at + 1).is_some_and(|t| t != "<"));
    starts
        .map(|at| {
            (at, tokens[at..].iter().position(|token| token == ";").map_or(tokens.len(), |end| at + end))
        })
        .collect()
}

/// All names that a file imports.
pub(crate) fn imports(tokens: &[String]) -> Vec<Import> {
    let mut imports = Vec::new();
    for (start, end) in uses(tokens) {
        let is_public = start > 0 && (tokens[start - 1] == "pub" || tokens[start - 1] == ")");
        let mut rest = &tokens[start + 1..end];
        tree(&mut rest, &[], &mut |mut path, alias| {
            path.pop_if(|last| last == "*" || last == "self");
            let Some(last) = path.last() else { return };
            imports.push(Import { name: alias.unwrap_or_else(|| last.clone()), path, is_public });
        });
    }
    imports
}

/// Reads one branch of an import, up to the comma or brace after it.
fn tree(rest: &mut &[String], prefix: &[String], found: &mut dyn FnMut(Vec<String>, Option<String>)) {
    let mut path = prefix.to_vec();
    let mut alias = None;
    while let Some((token, more)) = rest.split_first() {
        match token.as_str() {
            "," | "}" => break,
            "::" => *rest = more,
            "as" => {
                alias = more.first().cloned();
                *rest = &more[more.len().min(1)..];
            }
            "{" => {
                *rest = more;
                while rest.first().is_some_and(|token| token != "}") {
                    tree(rest, &path, found);
                    *rest = rest.strip_prefix(&[",".to_owned()]).unwrap_or(*rest);
                }
                *rest = &rest[rest.len().min(1)..];
                return;
            }
            _ => {
                path.push(token.clone());
                *rest = more;
            }
        }
    }
    if path.len() > prefix.len() {
        found(path, alias);
    }
}

/// The paths with at least two names outside of imports, except those in `pub(in …)`.
pub(crate) fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let tokens = without_uses(tokens);
    let is_word = |at: usize| tokens.get(at).is_some_and(|token| token.chars().all(is_of_a_word));
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (start, mut path) = (at, Vec::new());
        if is_word(at) {
            path.push(tokens[at].clone());
            while tokens.get(at + 1).is_some_and(|token| token == "::") && is_word(at + 2) {
                at += 2;
                path.push(tokens[at].clone());
            }
        }
        at += 1;
        let is_visibility = start > 1 && tokens[start - 2..start] == ["(", "in"];
        let is_continued = start > 0 && tokens[start - 1] == "::";
        if path.len() > 1 && !is_visibility && !is_continued {
            paths.push(path);
        }
    }
    paths
}

/// The modules that a file declares and that have their own files.
pub(crate) fn modules(tokens: &[String]) -> BTreeSet<String> {
    let declared = tokens.windows(3).filter(|three| three[0] == "mod" && three[2] == ";");
    declared.map(|three| three[1].clone()).collect()
}

/// The words outside of imports.
pub(crate) fn words(tokens: &[String]) -> BTreeSet<String> {
    without_uses(tokens).into_iter().filter(|token| token.chars().all(is_of_a_word)).collect()
}

fn without_uses(tokens: &[String]) -> Vec<String> {
    let uses = uses(tokens);
    let is_of_a_use = |at: usize| uses.iter().any(|&(start, end)| (start..=end).contains(&at));
    (0..tokens.len()).filter(|&at| !is_of_a_use(at)).map(|at| tokens[at].clone()).collect()
}
