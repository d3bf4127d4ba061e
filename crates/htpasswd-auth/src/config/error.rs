//! The errors of a configuration. Each error is one sentence: the place, what is wrong, and what to write instead.

use std::fmt;

use thiserror::Error;

use crate::log::one_line;

/// The longest place and the longest problem in characters. A word of the file can be as long as the file.
const LONGEST: usize = 600;

/// One error of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) struct ConfigError {
    /// The option, or the file, the line and the key.
    pub(crate) place: String,
    pub(crate) problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shortened(&one_line(&self.place)), shortened(&one_line(&self.problem)))
    }
}

/// The start and the end of a long text. The advice is at the end.
fn shortened(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let (start, end) = (text.chars().take(half), text.chars().skip(length - half));
    start.chain("…".chars()).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(problem: &str) -> String {
        ConfigError { place: "auth.toml:1: file".to_owned(), problem: problem.to_owned() }.to_string()
    }

    #[test]
    fn an_error_is_one_short_line() {
        assert_eq!(
            sentence("'a\nb\u{1b}[0m\u{202e}' is bad"),
            "auth.toml:1: file: 'a\\nb\\u{1b}[0m\\u{202e}' is bad"
        );
        assert_eq!(sentence("müde"), "auth.toml:1: file: müde");
        let long = sentence(&format!("'{}' is bad; write x", "ü".repeat(10_000)));
        assert_eq!(long.chars().count(), "auth.toml:1: file: ".len() + LONGEST + 1);
        assert!(long.contains("ü…ü") && long.ends_with("ü' is bad; write x"), "{long}");
    }
}
