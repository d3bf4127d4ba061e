//! The completion script for bash. It works with and without the package bash-completion.

use super::{letters, names};
use crate::flag::{Flag, Offer};

const SCRIPT: &str = include_str!("htpasswd.bash.in");

pub(crate) fn script(flags: &[Flag]) -> String {
    let needs_value = |flag: &Flag| flag.required_value().is_some();
    let mut spelled: Vec<_> = letters(flags, |_| true).chars().map(|letter| format!("-{letter}")).collect();
    spelled.push(names(flags, |_| true));
    SCRIPT
        .replace("@OPTIONS@", &spelled.join(" "))
        .replace("@WITH_VALUE@", &names(flags, needs_value))
        .replace("@LETTERS@", &letters(flags, |flag| flag.value.is_none()))
        .replace("@LETTERS_WITH_VALUE@", &letters(flags, needs_value))
        .replace("@VALUES@", &values(flags))
}

/// The arms of a `case` statement that sets the completions of an option's value.
fn values(flags: &[Flag]) -> String {
    let arms = flags.iter().filter_map(|flag| {
        let offer = match &flag.value.as_ref()?.offer {
            Offer::Nothing => return None,
            Offer::Files => "files=yes".to_owned(),
            Offer::Words(words) => format!("words='{}'", words.join(" ")),
        };
        let letter = flag.letter.map_or(String::new(), |letter| format!("-{letter} | "));
        Some(format!("        {letter}--{}) {offer} ;;\n", flag.name))
    });
    arms.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::sample;

    #[test]
    fn the_script_has_the_options_of_the_table() {
        let script = script(&sample::flags());
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
