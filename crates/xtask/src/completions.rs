//! Completion scripts: what a shell offers when Tab is pressed.

pub(crate) mod bash;
pub(crate) mod fish;
pub(crate) mod zsh;

use crate::options::Flag;

/// `--name` of those options.
fn names(options: &[Flag], wanted: impl Fn(&Flag) -> bool) -> String {
    let wanted = options.iter().filter(|option| wanted(option));
    wanted.map(|option| format!("--{}", option.long)).collect::<Vec<_>>().join(" ")
}

/// The letters of those options.
fn letters(options: &[Flag], wanted: impl Fn(&Flag) -> bool) -> String {
    options.iter().filter(|option| wanted(option)).filter_map(|option| option.letter).collect()
}

/// Inside single quotes of bash and zsh.
fn in_single_quotes(text: &str) -> String {
    text.replace('\'', "'\\''")
}
