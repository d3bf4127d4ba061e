//! Completion scripts. With such a script, a shell offers options and values when the user presses Tab.
//!
//! The crate `clap_complete` makes the scripts for fish and PowerShell. This module makes the scripts for bash and zsh,
//! because the scripts of `clap_complete` are worse: in bash, they offer options where a file is expected; in zsh, they
//! offer `--create` after `-c`.
//!
//! The crate also makes the scripts for the login service `htpasswd-auth`, which has no short options.
//!
//! After FILE, the scripts for bash, zsh and fish offer the user names of FILE, which they read with
//! `htpasswd --list --format plain FILE`. They read only regular files, because a pipe would block the shell.

pub(crate) mod bash;
pub(crate) mod service;
pub(crate) mod standard;
pub(crate) mod zsh;

use crate::flag::Flag;

/// The long names of the options after which the second operand is not a user of FILE: with these options, the user is
/// new, or there is no FILE or no user.
const WITHOUT_USERS: [&str; 5] = ["create", "stdout", "import", "list", "secret"];

/// Returns true if the second operand can be a user of FILE with this option.
fn is_with_users(flag: &Flag) -> bool {
    !WITHOUT_USERS.contains(&flag.name.as_str())
}

/// The long names of the selected options, with dashes and separated by blanks.
fn names(flags: &[Flag], is_selected: impl Fn(&Flag) -> bool) -> String {
    let selected = flags.iter().filter(|flag| is_selected(flag));
    selected.map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>().join(" ")
}

/// The letters of the selected options, without dashes and separators.
fn letters(flags: &[Flag], is_selected: impl Fn(&Flag) -> bool) -> String {
    flags.iter().filter(|flag| is_selected(flag)).filter_map(|flag| flag.letter).collect()
}

/// The script with the names and letters of options in place of their marks.
fn filled(script: &str, flags: &[Flag]) -> String {
    let needs_value = |flag: &Flag| flag.required_value().is_some();
    script
        .replace("@WITH_VALUE@", &names(flags, needs_value))
        .replace("@WITHOUT_USERS@", &names(flags, |flag| !is_with_users(flag)))
        .replace("@LETTERS@", &letters(flags, |flag| flag.value.is_none()))
        .replace("@LETTERS_WITH_VALUE@", &letters(flags, needs_value))
        .replace("@LETTERS_WITHOUT_USERS@", &letters(flags, |flag| !is_with_users(flag)))
}

/// Escapes a text for single quotes of bash and zsh.
fn in_single_quotes(text: &str) -> String {
    text.replace('\'', "'\\''")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_options_without_users() {
        let flags = crate::flag::read(&crate::options::command());
        assert_eq!(flags.iter().filter(|flag| !is_with_users(flag)).count(), WITHOUT_USERS.len());
    }
}
