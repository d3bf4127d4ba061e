//! Words to options and operands: clap parses, and its errors get the words of Apache's tool.
//!
//! Apache's tool looks at options from left to right, and the first mistake counts. So the options keep the order in
//! which they were given, and after a mistake the options before it are still judged first.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;

use super::error::UsageError;
use super::options::{self, FlagId, OPERANDS};

/// A call, taken apart.
#[derive(Debug, Default)]
pub(super) struct RawArgs {
    /// The options with their values, from left to right.
    pub(super) options: Vec<(FlagId, OsString)>,
    /// The words after the options.
    pub(super) operands: Vec<OsString>,
    /// Where parsing ended early. The options before it count first.
    pub(super) error: Option<UsageError>,
}

/// Takes the words after the program's name apart. Most calls contain a few options, so clap first gets only the
/// options that the words can contain: a table of all options would take a tenth of the time of a short call.
pub(super) fn split(words: &[OsString]) -> RawArgs {
    options::mentioned(words).try_get_matches_from(words).map_or_else(|_| split_fully(words), take_apart)
}

/// Parses with all options. The message about a wrong call needs all of them, because clap suggests a similar one.
fn split_fully(words: &[OsString]) -> RawArgs {
    let mut command = options::command();
    match command.try_get_matches_from_mut(words) {
        Ok(matches) => take_apart(matches),
        Err(error) => {
            let before = command.ignore_errors(true).try_get_matches_from_mut(words);
            let options = before.map(|matches| in_order(&matches)).unwrap_or_default();
            RawArgs { options, operands: Vec::new(), error: Some(explain(&error, words)) }
        }
    }
}

/// The options and operands that clap found.
fn take_apart(mut matches: ArgMatches) -> RawArgs {
    RawArgs {
        options: in_order(&matches),
        operands: matches.remove_many(OPERANDS).into_iter().flatten().collect(),
        error: None,
    }
}

/// The options that were typed by their names, as `--create`.
pub(super) fn typed_by_name(words: &[OsString]) -> Vec<FlagId> {
    let names = words.iter().filter_map(|word| word.to_str()?.strip_prefix("--"));
    names.filter_map(|name| FlagId::named(name.split('=').next()?)).collect()
}

/// Each option once for each time that it was given.
fn in_order(matches: &ArgMatches) -> Vec<(FlagId, OsString)> {
    let mut found = Vec::new();
    for name in matches.ids().map(clap::Id::as_str) {
        let Some(id) = FlagId::named(name) else { continue };
        if matches.value_source(name) != Some(ValueSource::CommandLine) {
            continue;
        }
        let indices = matches.indices_of(name).into_iter().flatten();
        let values = matches.get_raw(name).into_iter().flatten();
        found.extend(indices.zip(values).map(|(index, value)| (index, (id, value.to_owned()))));
    }
    found.sort_by_key(|&(index, _)| index);
    found.into_iter().map(|(_, option)| option).collect()
}

fn explain(error: &clap::Error, words: &[OsString]) -> UsageError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    // `--cost <N>`, `--generate[=<LENGTH>]`, `--bcrypt` or `-x`.
    let option = context(ContextKind::InvalidArg);
    let name = option.split([' ', '[', '=']).next().unwrap_or_default().to_owned();
    let letter = FlagId::named(name.trim_start_matches('-')).map(FlagId::spelling);
    match error.kind() {
        ErrorKind::TooManyValues => UsageError::OptionTakesNoValue(name),
        // clap does not say whether the letter or the name was typed. It is the last word.
        ErrorKind::InvalidValue => match letter {
            Some(letter) if letter.len() == 2 && words.last().is_none_or(|word| *word != *name) => {
                UsageError::LetterNeedsValue(letter.chars().nth(1).unwrap_or('-'))
            }
            _ => UsageError::OptionNeedsValue(name),
        },
        _ if option.starts_with("--") && option != "--" => {
            // clap finds something near to any name of one or two letters.
            let suggestion = Some(context(ContextKind::SuggestedArg));
            let suggestion = suggestion.filter(|text| !text.is_empty() && option.len() > "--xx".len());
            UsageError::UnknownOption { name: option.to_owned(), suggestion: suggestion.map(str::to_owned) }
        }
        _ => UsageError::UnknownLetter(option.chars().nth(1).unwrap_or('-')),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    /// The options and values, the operands, the error.
    fn shown(line: &[&str]) -> (String, String, Option<UsageError>) {
        let words: Vec<_> = line.iter().map(OsString::from).collect();
        let split = split(&words);
        let options = split.options.iter().map(|(id, value)| {
            if value.is_empty() { format!("{id:?}") } else { format!("{id:?}={}", value.display()) }
        });
        let operands = split.operands.iter().map(|word| word.display().to_string());
        (options.collect::<Vec<_>>().join(" "), operands.collect::<Vec<_>>().join(" "), split.error)
    }

    #[track_caller]
    fn fine(line: &[&str], options: &str, operands: &str) {
        assert_eq!(shown(line), (options.into(), operands.into(), None));
    }

    #[track_caller]
    fn wrong(line: &[&str], options: &str, error: UsageError) {
        assert_eq!(shown(line), (options.into(), String::new(), Some(error)));
    }

    #[test]
    fn letters_are_bundled() {
        fine(&["-Bbc", "f", "u", "p"], "Bcrypt Batch Create", "f u p");
        fine(&["-n", "-b", "u", "p"], "Print Batch", "u p");
        fine(&["-pp", "-n", "-p", "u"], "Plain Plain Print Plain", "u");
    }

    #[test]
    fn a_value_is_the_rest_of_the_word_or_the_next_word_whatever_it_is() {
        fine(&["-nbBC5", "u"], "Print Batch Bcrypt Cost=5", "u");
        fine(&["-C", "5", "u"], "Cost=5", "u");
        fine(&["-C", "--", "u"], "Cost=--", "u");
        fine(&["-C", "-n", "u"], "Cost=-n", "u");
        fine(&["-C=5"], "Cost=5", "");
        fine(&["-nbC4B"], "Print Batch Cost=4B", "");
        fine(&["-C", ""], "Cost", "");
        fine(&["-C4", "-r", "5", "-C6"], "Cost=4 Rounds=5 Cost=6", "");
        wrong(&["-nbC"], "Print Batch", UsageError::LetterNeedsValue('C'));
    }

    #[test]
    fn operands_begin_at_the_first_word_without_a_dash() {
        fine(&["-b", "f", "-alice", "-B"], "Batch", "f -alice -B");
        fine(&["-", "-b"], "", "- -b");
        fine(&["-b", "--", "-f", "--", "u"], "Batch", "-f -- u");
        fine(&["", "-b"], "", " -b");
        fine(&["-b", "f", "--", "u"], "Batch", "f -- u");
    }

    #[test]
    fn an_unknown_letter_ends_the_parsing() {
        wrong(&["-bx"], "Batch", UsageError::UnknownLetter('x'));
        wrong(&["-bx", "-C", "y"], "Batch", UsageError::UnknownLetter('x'));
        wrong(&["-nb-", "x"], "Print Batch", UsageError::UnknownLetter('-'));
        let split = split(&[OsString::from_vec(b"-\xff".to_vec())]);
        assert_eq!(split.error, Some(UsageError::UnknownLetter('\u{fffd}')));
    }

    #[test]
    fn options_that_no_word_contains_change_nothing() {
        let words =
            "-nbs -C -C5 -5 -x - -- u -alice --cost --cost=7 --create --generate=9 --json=1 --lis --=n ";
        let words: Vec<_> = words.split(' ').map(OsString::from).collect();
        assert_eq!(words.last().unwrap(), "");
        for first in &words {
            for second in &words {
                for third in ["-b", "--", "u", "--mode"] {
                    let line = [first.clone(), second.clone(), third.into()];
                    let (split, fully) = (split(&line), split_fully(&line));
                    assert_eq!(split.options, fully.options, "{line:?}");
                    assert_eq!(split.operands, fully.operands, "{line:?}");
                    assert_eq!(split.error, fully.error, "{line:?}");
                }
            }
        }
    }

    #[test]
    fn every_letter_has_a_name() {
        for option in options::command().get_arguments() {
            let (Some(letter), Some(name)) = (option.get_short(), option.get_long()) else { continue };
            let value = option.get_value_names().map(|_| "7");
            let line = |word: String| shown(&[Some(&*word), value].into_iter().flatten().collect::<Vec<_>>());
            assert_eq!(line(format!("-{letter}")), line(format!("--{name}")));
        }
    }

    #[test]
    fn long_values_are_glued_or_spaced() {
        fine(&["--cost=12", "u"], "Cost=12", "u");
        fine(&["--cost", "12", "u"], "Cost=12", "u");
        fine(&["--cost=", "u"], "Cost", "u");
        fine(&["--generate=20", "u"], "Generate=20", "u");
        fine(&["--generate", "20"], "Generate=26", "20");
        fine(&["--generate=", "u"], "Generate", "u");
        wrong(&["--cost"], "", UsageError::OptionNeedsValue("--cost".into()));
        wrong(&["--mode"], "", UsageError::OptionNeedsValue("--mode".into()));
        wrong(&["--bcrypt=5"], "", UsageError::OptionTakesNoValue("--bcrypt".into()));
        let suggestion = |name: &str| Some(name.to_owned());
        let unknown = |name: &str, suggestion| UsageError::UnknownOption { name: name.into(), suggestion };
        wrong(&["--bcrpyt"], "", unknown("--bcrpyt", suggestion("--bcrypt")));
        wrong(&["--sha-256"], "", unknown("--sha-256", suggestion("--sha256")));
        wrong(&["-n", "--qqq=1"], "Print", unknown("--qqq", None));
        wrong(&["--li"], "", unknown("--li", None));
        wrong(&["--lis"], "", unknown("--lis", suggestion("--list")));
        wrong(&["---"], "", unknown("---", None));
    }
}
