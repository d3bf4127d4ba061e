//! Completion scripts. With such a script, a shell offers options and values when the user presses Tab.
//!
//! The crate `clap_complete` makes the scripts for fish and PowerShell. This module makes the scripts for bash and zsh,
//! because the scripts of `clap_complete` are worse: in bash, they offer options where a file is expected; in zsh, they
//! offer `--create` after `-c`.

pub(crate) mod bash;
pub(crate) mod standard;
pub(crate) mod zsh;

use crate::flag::Flag;

/// The long names of the selected options, with dashes and separated by blanks.
fn names(flags: &[Flag], is_selected: impl Fn(&Flag) -> bool) -> String {
    let selected = flags.iter().filter(|flag| is_selected(flag));
    selected.map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>().join(" ")
}

/// The letters of the selected options, without dashes and separators.
fn letters(flags: &[Flag], is_selected: impl Fn(&Flag) -> bool) -> String {
    flags.iter().filter(|flag| is_selected(flag)).filter_map(|flag| flag.letter).collect()
}

/// Escapes a text for single quotes of bash and zsh.
fn in_single_quotes(text: &str) -> String {
    text.replace('\'', "'\\''")
}
