//! The completion script for zsh. It has one argument of `_arguments` for each spelling of an option (zshcompsys(1)).

use std::fmt::Write;

use super::{in_single_quotes, is_with_users};
use crate::flag::{Flag, Offer};

/// The end of the script, which completes the operands. `WITHOUT_USERS` becomes the options after which the second operand
/// is not a user of FILE.
const USERS: &str = r#"    '1:file:_files' \
    '2:user:->user' \
    '*:file:_files' && return

[[ $state == user ]] || return 1
# The second operand is a user of the first operand, except with these options.
local option file=${(Q)line[1]} names
for option in ${(k)opt_args}; do
    case $option in
        (WITHOUT_USERS) _files; return ;;
    esac
done
[[ $file == '~/'* ]] && file=$HOME/${file#'~/'}
# Only a regular file is read, because a pipe would block.
if [[ -f $file ]]; then
    names=(${(f)"$(_call_program users $words[1] --list --format plain -- ${(q)file} 2>/dev/null </dev/null)"})
    names=(${names%%:*})
fi
if (( ${+opt_args[--check]} )); then
    # --check takes several files.
    _alternative 'users:user:compadd -a names' 'files:file:_files'
else
    _wanted users expl user compadd -a names
fi
"#;

pub(crate) fn script(flags: &[Flag]) -> String {
    let mut script = "#compdef htpasswd\n\
        # zsh completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.\n\n\
        local curcontext=\"$curcontext\" context state state_descr line expl\n\
        typeset -A opt_args\n\
        _arguments -C -s -S -A '-*' \\\n"
        .to_owned();
    let mut without_users = Vec::new();
    for flag in flags {
        let long = format!("--{}", flag.name);
        let spellings = flag.letter.map(|letter| format!("-{letter}")).into_iter().chain([long]);
        let spellings: Vec<_> = spellings.collect();
        if !is_with_users(flag) {
            without_users.extend(spellings.clone());
        }
        for spelling in &spellings {
            let argument = argument(flag, spelling, &spellings.join(" "));
            let _ = writeln!(script, "    '{}' \\", in_single_quotes(&argument));
        }
    }
    script + &USERS.replace("WITHOUT_USERS", &without_users.join("|"))
}

fn argument(flag: &Flag, spelling: &str, all: &str) -> String {
    let explained = explained(&flag.help);
    let Some(value) = &flag.value else { return format!("({all}){spelling}[{explained}]") };
    // The value follows in the same or the next word with `+`, after an equals sign or in the next word with `=`, and
    // only after an equals sign with `=-`.
    let (sign, colons) = match spelling.starts_with("--") {
        _ if value.is_optional => ("=-", "::"),
        true => ("=", ":"),
        false => ("+", ":"),
    };
    let offer = match &value.offer {
        Offer::Nothing => " ".to_owned(),
        Offer::Files => "_files".to_owned(),
        Offer::Words(words) => format!("({})", words.join(" ")),
    };
    format!("({all}){spelling}{sign}[{explained}]{colons}{}:{offer}", value.name)
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
    use crate::flag::sample;

    #[test]
    fn the_script_has_the_options_of_the_table() {
        let script = script(&sample::flags());
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
