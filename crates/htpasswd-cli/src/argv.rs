//! Arguments to options and operands, by the rules of Apache's tool (`apr_getopt`) and, for the long names it
//! does not have, by GNU's.
//!
//! clap is not asked, because it differs where scripts can tell: it reads `-C=5` as 5, it reports an
//! unknown letter before a bad number that stands in front of it, and it wants letters to be UTF-8.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::options::{Flag, FlagId, OPTIONS};

/// A call, taken apart.
#[derive(Debug, Default)]
pub(crate) struct RawArgs {
    /// The options with their values, from left to right.
    pub(crate) options: Vec<(FlagId, Option<OsString>)>,
    /// What follows the options.
    pub(crate) operands: Vec<OsString>,
    /// Where parsing ended early; what stands before it counts first.
    pub(crate) error: Option<WordError>,
}

/// Why parsing ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WordError {
    /// No option has this letter.
    Letter(u8),
    /// The option needs a value and is the last word.
    LetterWithoutValue(u8),
    /// No option has this name.
    Name(OsString),
    /// The option needs a value and is the last word.
    NameWithoutValue(&'static str),
    /// The option takes no value.
    NameWithValue(&'static str),
}

/// Takes the words after the program's name apart.
pub(crate) fn split(words: impl IntoIterator<Item = OsString>) -> RawArgs {
    let mut split = RawArgs::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let result = match word.as_bytes() {
            b"--" => break,
            [b'-', b'-', name @ ..] => long_option(name, &mut words, &mut split.options),
            [b'-', letters @ ..] if !letters.is_empty() => {
                short_cluster(letters, &mut words, &mut split.options)
            }
            _ => {
                split.operands.push(word);
                break;
            }
        };
        if let Err(error) = result {
            split.error = Some(error);
            return split;
        }
    }
    split.operands.extend(words);
    split
}

type Options = Vec<(FlagId, Option<OsString>)>;

/// `-nbBC5`: letters, the last of which may take the rest of the word, or the next word, as its value.
fn short_cluster(
    letters: &[u8],
    words: &mut impl Iterator<Item = OsString>,
    options: &mut Options,
) -> Result<(), WordError> {
    for (index, &letter) in letters.iter().enumerate() {
        let option = find(|option| option.letter == Some(char::from(letter)) && letter.is_ascii());
        let option = option.ok_or(WordError::Letter(letter))?;
        if option.value.is_none() {
            options.push((option.id, None));
            continue;
        }
        let value = match &letters[index + 1..] {
            [] => words.next().ok_or(WordError::LetterWithoutValue(letter))?,
            rest => OsString::from_vec(rest.to_vec()),
        };
        options.push((option.id, Some(value)));
        break;
    }
    Ok(())
}

/// `--name`, `--name=value`, `--name value`; a value that may be left out comes with `=` only.
fn long_option(
    word: &[u8],
    words: &mut impl Iterator<Item = OsString>,
    options: &mut Options,
) -> Result<(), WordError> {
    let equals = word.iter().position(|&byte| byte == b'=');
    let name = &word[..equals.unwrap_or(word.len())];
    let value = equals.map(|at| OsString::from_vec(word[at + 1..].to_vec()));
    let option = find(|option| option.long.as_bytes() == name);
    let option = option.ok_or_else(|| WordError::Name(OsString::from_vec(name.to_vec())))?;
    let value = match (option.value, value) {
        (None, None) => None,
        (None, Some(_)) => return Err(WordError::NameWithValue(option.long)),
        (Some(_), Some(value)) => Some(value),
        (Some(_), None) if option.value_is_optional => None,
        (Some(_), None) => Some(words.next().ok_or(WordError::NameWithoutValue(option.long))?),
    };
    options.push((option.id, value));
    Ok(())
}

fn find(matches: impl Fn(&Flag) -> bool) -> Option<&'static Flag> {
    OPTIONS.iter().find(|option| matches(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> RawArgs {
        split(line.iter().map(OsString::from))
    }

    /// The letters and values in a cluster's notation, the operands, the error.
    fn shown(line: &[&str]) -> (String, String, Option<WordError>) {
        let split = words(line);
        let options = split.options.iter().map(|(id, value)| match value {
            None => format!("{id:?}"),
            Some(value) => format!("{id:?}={}", value.display()),
        });
        let operands = split.operands.iter().map(|word| word.display().to_string());
        (options.collect::<Vec<_>>().join(" "), operands.collect::<Vec<_>>().join(" "), split.error)
    }

    fn fine(line: &[&str], options: &str, operands: &str) {
        assert_eq!(shown(line), (options.into(), operands.into(), None));
    }

    fn wrong(line: &[&str], options: &str, error: WordError) {
        assert_eq!(shown(line), (options.into(), String::new(), Some(error)));
    }

    #[test]
    fn letters_are_bundled() {
        fine(&["-Bbc", "f", "u", "p"], "Bcrypt Batch Create", "f u p");
        fine(&["-n", "-b", "u", "p"], "Print Batch", "u p");
    }

    #[test]
    fn a_value_is_the_rest_of_the_word_or_the_next_word_whatever_it_is() {
        fine(&["-nbBC5", "u"], "Print Batch Bcrypt Number=5", "u");
        fine(&["-C", "5", "u"], "Number=5", "u");
        fine(&["-C", "--", "u"], "Number=--", "u");
        fine(&["-C=5"], "Number==5", "");
        fine(&["-nbC4B"], "Print Batch Number=4B", "");
        fine(&["-C", ""], "Number=", "");
        wrong(&["-nbC"], "Print Batch", WordError::LetterWithoutValue(b'C'));
    }

    #[test]
    fn operands_begin_at_the_first_word_without_a_dash() {
        fine(&["-b", "f", "-alice", "-B"], "Batch", "f -alice -B");
        fine(&["-", "-b"], "", "- -b");
        fine(&["-b", "--", "-f", "--", "u"], "Batch", "-f -- u");
        fine(&["", "-b"], "", " -b");
    }

    #[test]
    fn unknown_letters_end_it() {
        wrong(&["-bx"], "Batch", WordError::Letter(b'x'));
        wrong(&["-nb-", "x"], "Print Batch", WordError::Letter(b'-'));
        let split = split([OsString::from_vec(b"-\xff".to_vec())]);
        assert_eq!(split.error, Some(WordError::Letter(0xff)));
    }

    #[test]
    fn every_letter_has_a_name() {
        for option in OPTIONS.iter().filter(|option| option.letter.is_some()) {
            let name = format!("--{}", option.long);
            let letter = format!("-{}", option.letter.unwrap());
            let value = option.value.map(|_| "7");
            let line = |word: &str| shown(&[Some(word), value].into_iter().flatten().collect::<Vec<_>>());
            assert_eq!(line(&name), line(&letter));
        }
    }

    #[test]
    fn long_values_are_glued_or_spaced() {
        fine(&["--cost=12", "u"], "Number=12", "u");
        fine(&["--cost", "12", "u"], "Number=12", "u");
        fine(&["--cost=", "u"], "Number=", "u");
        fine(&["--generate=20", "u"], "Generate=20", "u");
        fine(&["--generate=", "u"], "Generate=", "u");
        fine(&["--generate", "20"], "Generate", "20");
        wrong(&["--cost"], "", WordError::NameWithoutValue("cost"));
        wrong(&["--bcrypt=5"], "", WordError::NameWithValue("bcrypt"));
        wrong(&["--bcrpyt"], "", WordError::Name("bcrpyt".into()));
        wrong(&["---"], "", WordError::Name("-".into()));
    }
}
