//! The completion script for bash. It works with and without the package bash-completion.

use super::{filled, letters, names};
use crate::flag::{Flag, Offer};

const SCRIPT: &str = include_str!("htpasswd.bash.in");

pub(crate) fn script(flags: &[Flag]) -> String {
    let mut spelled: Vec<_> = letters(flags, |_| true).chars().map(|letter| format!("-{letter}")).collect();
    spelled.push(names(flags, |_| true));
    filled(SCRIPT, flags).replace("@OPTIONS@", &spelled.join(" ")).replace("@VALUES@", &values(flags))
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
        let is_mark = |rest: &str| rest.starts_with(|first: char| first.is_ascii_uppercase());
        assert!(!script.split('@').skip(1).any(is_mark), "{script}");
    }
}
