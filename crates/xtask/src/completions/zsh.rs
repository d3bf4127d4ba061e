//! For zsh: one argument of `_arguments` for each spelling of an option. See zshcompsys(1).

use std::fmt::Write;

use super::in_single_quotes;
use crate::options::{Flag, Values};

pub(crate) fn script(options: &[Flag]) -> String {
    let mut script = "#compdef htpasswd\n\
        # zsh completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.\n\n\
        _arguments -s -S -A '-*' \\\n"
        .to_owned();
    for option in options {
        let long = format!("--{}", option.long);
        let spellings = option.letter.map(|letter| format!("-{letter}")).into_iter().chain([long]);
        let spellings: Vec<_> = spellings.collect();
        for spelling in &spellings {
            let argument = argument(option, spelling, &spellings.join(" "));
            let _ = writeln!(script, "    '{}' \\", in_single_quotes(&argument));
        }
    }
    script + "    '*:file:_files'\n"
}

fn argument(option: &Flag, spelling: &str, all: &str) -> String {
    let long = spelling.starts_with("--");
    // `+`: in the same word or the next one; `=` the same behind an equals sign; `=-` behind one only.
    let (sign, colons) = match option.value {
        None => ("", ""),
        Some(_) if option.value_is_optional => ("=-", "::"),
        Some(_) if long => ("=", ":"),
        Some(_) => ("+", ":"),
    };
    let values = match option.values {
        Values::Any => " ".to_owned(),
        Values::Path => "_files".to_owned(),
        Values::OneOf(values) => format!("({})", values.join(" ")),
    };
    let value = option.value.map_or(String::new(), |name| format!("{colons}{name}:{values}"));
    format!("({all}){spelling}{sign}[{}]{value}", explained(option.help))
}

fn explained(help: &str) -> String {
    let special = |character| matches!(character, '\\' | '[' | ']' | ':');
    help.chars()
        .flat_map(|character| special(character).then_some('\\').into_iter().chain([character]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_script_is_made_of_the_table() {
        let script = script(sample::OPTIONS);
        let help = r"[It'\''s \[a\: \\ b\] -x .y]";
        for line in [
            format!("'(-f --flag)-f{help}'"),
            format!("'(-f --flag)--flag{help}'"),
            format!("'(--long-flag)--long-flag{help}'"),
            format!("'(-N --number)-N+{help}:N: '"),
            format!("'(-P --place)--place={help}:PATH:_files'"),
            format!("'(--choice)--choice={help}:KIND:(one two)'"),
            format!("'(--perhaps)--perhaps=-{help}::LENGTH: '"),
        ] {
            assert!(script.contains(&format!("    {line} \\\n")), "no {line}\n{script}");
        }
    }
}
