//! Reads `docs/man/options.txt`, which has the texts of the options in htpasswd(1).

/// The text of an option, after its help.
#[derive(Debug, Default)]
pub(super) struct OptionText<'t> {
    /// The long name without the dashes.
    pub(super) name: &'t str,
    /// The sentences, one in each line.
    pub(super) lines: Vec<&'t str>,
}

/// The texts in the order of the file. A line that starts with `--` and has one word begins a text. Lines that start
/// with `#` are comments.
pub(super) fn of_options(file: &str) -> Vec<OptionText<'_>> {
    let mut texts: Vec<OptionText<'_>> = Vec::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("--").filter(|name| !name.contains(' ')) {
            Some(name) => texts.push(OptionText { name, lines: Vec::new() }),
            None => texts.last_mut().unwrap_or(&mut OptionText::default()).lines.push(line),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sentences_are_read() {
        let texts = of_options("# A comment.\n--one\nFirst.\n--two is not a name.\n\n--two\nLast.\n");
        let read: Vec<_> = texts.iter().map(|text| (text.name, text.lines.join(" "))).collect();
        assert_eq!(read, [("one", "First. --two is not a name.".to_owned()), ("two", "Last.".to_owned())]);
    }
}
