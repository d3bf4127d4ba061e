//! Completion scripts: what a shell offers when Tab is pressed.
//!
//! The scripts for fish and PowerShell come from the crate `clap_complete`. Those for bash and zsh are made here, because
//! that crate's are poorer: in bash, it offers options where files belong; in zsh, it offers `--create` after `-c`.

pub(crate) mod bash;
pub(crate) mod standard;
pub(crate) mod zsh;

use crate::flag::Flag;

/// `--name` of those options.
fn names(flags: &[Flag], wanted: impl Fn(&Flag) -> bool) -> String {
    let wanted = flags.iter().filter(|flag| wanted(flag));
    wanted.map(|flag| format!("--{}", flag.name)).collect::<Vec<_>>().join(" ")
}

/// The letters of those options.
fn letters(flags: &[Flag], wanted: impl Fn(&Flag) -> bool) -> String {
    flags.iter().filter(|flag| wanted(flag)).filter_map(|flag| flag.letter).collect()
}

/// Inside single quotes of bash and zsh.
fn in_single_quotes(text: &str) -> String {
    text.replace('\'', "'\\''")
}
