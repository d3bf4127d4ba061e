//! For bash, with or without the package bash-completion.

use super::{letters, names};
use crate::options::{Flag, Values};

const SCRIPT: &str = include_str!("htpasswd.bash.in");

pub(crate) fn script(options: &[Flag]) -> String {
    let needs_value = |option: &Flag| option.value.is_some() && !option.value_is_optional;
    let mut spelled =
        letters(options, |_| true).chars().map(|letter| format!("-{letter}")).collect::<Vec<_>>();
    spelled.push(names(options, |_| true));
    SCRIPT
        .replace("@OPTIONS@", &spelled.join(" "))
        .replace("@WITH_VALUE@", &names(options, needs_value))
        .replace("@LETTERS@", &letters(options, |option| option.value.is_none()))
        .replace("@LETTERS_WITH_VALUE@", &letters(options, needs_value))
        .replace("@VALUES@", &values(options))
}

/// The arms of a `case` over the option whose value is wanted, where there is something to offer.
fn values(options: &[Flag]) -> String {
    let arms = options.iter().filter_map(|option| {
        let offer = match option.values {
            Values::Any => return None,
            Values::Path => "files=yes".to_owned(),
            Values::OneOf(values) => format!("words='{}'", values.join(" ")),
        };
        let letter = option.letter.map_or(String::new(), |letter| format!("-{letter} | "));
        Some(format!("        {letter}--{}) {offer} ;;\n", option.long))
    });
    arms.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_script_is_made_of_the_table() {
        let script = script(sample::OPTIONS);
        assert!(
            script.contains("'-f -N -P --flag --long-flag --number --place --choice --perhaps'"),
            "{script}"
        );
        assert!(script.contains("' --number --place --choice '"), "{script}");
        assert!(
            script.contains("        -P | --place) files=yes ;;\n        --choice) words='one two' ;;\n"),
            "{script}"
        );
        assert!(!script.contains('@'), "{script}");
    }
}
