//! Finds the line and the key of a position in a TOML file, for messages.

use std::ops::Range;

/// Returns the number of the line from 1, and the key with its table, such as `sites.wiki.proxy`. The key is empty if
/// no key is near.
pub(super) fn of(text: &str, span: &Range<usize>) -> (usize, String) {
    let (mut table, mut key, mut number) = (String::new(), String::new(), 1);
    for (index, (start, line)) in lines(text).enumerate() {
        if start > span.start {
            break;
        }
        number = index + 1;
        let line = line.trim();
        // A line of a list can start with a bracket too, but then a value in quotation marks or a comma follows.
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'))
            && !line.contains('=')
            && !name.contains(',')
            && !name.starts_with('"')
        {
            (table, key) = (name.trim().to_owned(), String::new());
        } else if let Some((name, _)) = line.split_once('=')
            && is_key(name.trim())
        {
            name.trim().clone_into(&mut key);
        }
    }
    let names = [table, key];
    (number, names.iter().filter(|name| !name.is_empty()).cloned().collect::<Vec<_>>().join("."))
}

/// The lines of a text, each with the position of its first byte.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |position, line| {
        let start = *position;
        *position += line.len();
        Some((start, line))
    })
}

/// Returns true if the text is a key without quotation marks, perhaps with dots.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_and_the_key_with_its_table_are_found() {
        let text =
            "listen = [\n  \"a\",\n  \"b=c\",\n]\n# x = 1\n[sites.wiki]\nfile = \"f\"\nproxy = \"x\"\n";
        for (part, line, key) in [
            ("listen", 1, "listen"),
            ("\"a\"", 2, "listen"),
            ("\"b=c\"", 3, "listen"),
            ("[sites", 6, "sites.wiki"),
            ("\"f\"", 7, "sites.wiki.file"),
            ("\"x\"", 8, "sites.wiki.proxy"),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(of(text, &(start..start + 1)), (line, key.to_owned()), "{part}");
        }
        let text = "listen = \"a\"\n[sites.\"../x]\\n\"]\nfile = \"f\"\n";
        assert_eq!(of(text, &(15..16)), (2, r#"sites."../x]\n""#.to_owned()));
        assert_eq!(of("", &(0..0)), (1, String::new()));
    }
}
