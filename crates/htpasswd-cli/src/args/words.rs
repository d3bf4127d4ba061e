//! Splits the words of a call into options and operands.
//!
//! clap does the parsing, and its errors become errors with the messages of Apache's tool. Apache's tool checks options
//! from left to right and reports the first mistake. [`split`] therefore keeps the order of the options, and returns
//! the options before a mistake together with the mistake.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;

use super::error::UsageError;
use super::options::{self, FlagId, OPERANDS};

/// The parts of a call.
#[derive(Debug, Default)]
pub(super) struct RawArgs {
    /// The options with their values, from left to right.
    pub(super) options: Vec<(FlagId, OsString)>,
    /// The words after the options.
    pub(super) operands: Vec<OsString>,
    /// The mistake that ended the parsing. If an option in `options` is wrong, that mistake is reported instead.
    pub(super) error: Option<UsageError>,
}

/// Splits the words after the program's name. Most calls contain a few options, so clap first gets only the options that
/// the words can contain: a table of all options would take a tenth of the time of a short call.
pub(super) fn split(words: &[OsString]) -> RawArgs {
    options::mentioned(words).try_get_matches_from(words).map_or_else(|_| split_fully(words), parts)
}

/// Parses with all options. The message about a wrong call needs all options, because clap suggests a similar option.
fn split_fully(words: &[OsString]) -> RawArgs {
    let mut command = options::command();
    match command.try_get_matches_from_mut(words) {
        Ok(matches) => parts(matches),
        Err(error) => {
            let before = command.ignore_errors(true).try_get_matches_from_mut(words);
            let options = before.map(|matches| in_order(&matches)).unwrap_or_default();
            RawArgs { options, operands: Vec::new(), error: Some(explain(&error, words)) }
        }
    }
}

/// The options and operands that clap found.
fn parts(mut matches: ArgMatches) -> RawArgs {
    RawArgs {
        options: in_order(&matches),
        operands: matches.remove_many(OPERANDS).into_iter().flatten().collect(),
        error: None,
    }
}

/// The options that the call spells by their long names, such as `--create`.
pub(super) fn typed_by_name(words: &[OsString]) -> Vec<FlagId> {
    let names = words.iter().filter_map(|word| word.to_str()?.strip_prefix("--"));
    names.filter_map(|name| FlagId::named(name.split('=').next()?)).collect()
}

/// All uses of options, from left to right. A repeated option is in the list several times.
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

/// The error of clap as an error of this program.
fn explain(error: &clap::Error, words: &[OsString]) -> UsageError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    // Examples: `--cost <N>`, `--generate[=<LENGTH>]`, `--bcrypt`, `-x`.
    let option = context(ContextKind::InvalidArg);
    let name = option.split([' ', '[', '=']).next().unwrap_or_default().to_owned();
    let letter = FlagId::named(name.trim_start_matches('-')).map(FlagId::spelling);
    match error.kind() {
        ErrorKind::TooManyValues => UsageError::OptionTakesNoValue(name),
        // clap does not report whether the call spells the option by its letter or by its name. The option is the last
        // word of the call.
        ErrorKind::InvalidValue => match letter {
            Some(letter) if letter.len() == 2 && words.last().is_none_or(|word| *word != *name) => {
                UsageError::LetterNeedsValue(letter.chars().nth(1).unwrap_or('-'))
            }
            _ => UsageError::OptionNeedsValue(name),
        },
        _ if option.starts_with("--") && option != "--" => {
            // For a name of one or two letters, clap always finds a similar option, so its suggestion is not printed.
            let suggestion = Some(context(ContextKind::SuggestedArg));
            let suggestion = suggestion.filter(|text| !text.is_empty() && option.len() > "--xx".len());
            UsageError::UnknownOption { name: option.to_owned(), suggestion: suggestion.map(str::to_owned) }
        }
        _ => UsageError::UnknownLetter(option.chars().nth(1).unwrap_or('-')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the options with their values, the operands and the error.
    fn split_call(line: &[&str]) -> (String, String, Option<UsageError>) {
        let words: Vec<_> = line.iter().map(OsString::from).collect();
        let split = split(&words);
        let options = split.options.iter().map(|(id, value)| {
            if value.is_empty() { format!("{id:?}") } else { format!("{id:?}={}", value.display()) }
        });
        let operands = split.operands.iter().map(|word| word.display().to_string());
        (options.collect::<Vec<_>>().join(" "), operands.collect::<Vec<_>>().join(" "), split.error)
    }

    #[track_caller]
    fn splits(line: &[&str], options: &str, operands: &str) {
        assert_eq!(split_call(line), (options.into(), operands.into(), None));
    }

    #[track_caller]
    fn fails(line: &[&str], options: &str, error: UsageError) {
        assert_eq!(split_call(line), (options.into(), String::new(), Some(error)));
    }

    #[test]
    fn letters_can_be_in_one_word() {
        splits(&["-Bbc", "f", "u", "p"], "Bcrypt Batch Create", "f u p");
        splits(&["-n", "-b", "u", "p"], "Print Batch", "u p");
        splits(&["-pp", "-n", "-p", "u"], "Plain Plain Print Plain", "u");
    }

    #[test]
    fn a_value_is_the_rest_of_the_word_or_the_next_word() {
        splits(&["-nbBC5", "u"], "Print Batch Bcrypt Cost=5", "u");
        splits(&["-C", "5", "u"], "Cost=5", "u");
        splits(&["-C", "--", "u"], "Cost=--", "u");
        splits(&["-C", "-n", "u"], "Cost=-n", "u");
        splits(&["-C=5"], "Cost=5", "");
        splits(&["-nbC4B"], "Print Batch Cost=4B", "");
        splits(&["-C", ""], "Cost", "");
        splits(&["-C4", "-r", "5", "-C6"], "Cost=4 Rounds=5 Cost=6", "");
        fails(&["-nbC"], "Print Batch", UsageError::LetterNeedsValue('C'));
    }

    #[test]
    fn operands_begin_at_the_first_word_without_a_dash() {
        splits(&["-b", "f", "-alice", "-B"], "Batch", "f -alice -B");
        splits(&["-", "-b"], "", "- -b");
        splits(&["-b", "--", "-f", "--", "u"], "Batch", "-f -- u");
        splits(&["", "-b"], "", " -b");
        splits(&["-b", "f", "--", "u"], "Batch", "f -- u");
    }

    #[test]
    fn an_unknown_letter_ends_the_parsing() {
        fails(&["-bx"], "Batch", UsageError::UnknownLetter('x'));
        fails(&["-bx", "-C", "y"], "Batch", UsageError::UnknownLetter('x'));
        fails(&["-nb-", "x"], "Print Batch", UsageError::UnknownLetter('-'));
        let split = split(&[crate::os::word_from_bytes(b"-\xff".to_vec())]);
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
            let line =
                |word: String| split_call(&[Some(&*word), value].into_iter().flatten().collect::<Vec<_>>());
            assert_eq!(line(format!("-{letter}")), line(format!("--{name}")));
        }
    }

    #[test]
    fn values_of_long_options_follow_a_sign_or_are_the_next_word() {
        splits(&["--cost=12", "u"], "Cost=12", "u");
        splits(&["--cost", "12", "u"], "Cost=12", "u");
        splits(&["--cost=", "u"], "Cost", "u");
        splits(&["--generate=20", "u"], "Generate=20", "u");
        splits(&["--generate", "20"], "Generate=26", "20");
        splits(&["--generate=", "u"], "Generate", "u");
        fails(&["--cost"], "", UsageError::OptionNeedsValue("--cost".into()));
        fails(&["--mode"], "", UsageError::OptionNeedsValue("--mode".into()));
        fails(&["--bcrypt=5"], "", UsageError::OptionTakesNoValue("--bcrypt".into()));
        let suggestion = |name: &str| Some(name.to_owned());
        let unknown = |name: &str, suggestion| UsageError::UnknownOption { name: name.into(), suggestion };
        fails(&["--bcrpyt"], "", unknown("--bcrpyt", suggestion("--bcrypt")));
        fails(&["--sha-256"], "", unknown("--sha-256", suggestion("--sha256")));
        fails(&["-n", "--qqq=1"], "Print", unknown("--qqq", None));
        fails(&["--li"], "", unknown("--li", None));
        fails(&["--lis"], "", unknown("--lis", suggestion("--list")));
        fails(&["---"], "", unknown("---", None));
    }
}
