//! The completion scripts that the crate `clap_complete` makes, for fish and PowerShell. This module first changes the
//! table, because shells need hints about values that the command itself does not need. For fish, it also adds the
//! functions that offer user names.

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

use super::filled;
use crate::flag;

/// The functions of fish that offer the users of FILE.
const USERS: &str = include_str!("users.fish.in");

pub(crate) fn script(shell: Shell, table: &Command) -> String {
    let flags = flag::read(table);
    let mut table = table.clone().mut_args(prepare);
    let mut script = Vec::new();
    generate(shell, &mut table, "htpasswd", &mut script);
    let script = String::from_utf8_lossy(&script);
    format!(
        "# {shell} completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.\n\
         {}\n{}",
        script.trim(),
        if shell == Shell::Fish { filled(USERS, &flags) } else { String::new() }
    )
}

pub(super) fn prepare(arg: Arg) -> Arg {
    let Some(count) = arg.get_num_args().filter(|_| !arg.is_positional()) else { return arg };
    if count.min_values() == 0 {
        // Without this change, the shell would complete the next word as the value, but an equals sign must precede it.
        let arg = arg.num_args(0).require_equals(false);
        return arg.allow_hyphen_values(false).hide_possible_values(false);
    }
    // If a value has no hint, a shell offers files.
    let is_known = arg.get_value_hint() != ValueHint::Unknown || !arg.get_possible_values().is_empty();
    if is_known { arg } else { arg.value_hint(ValueHint::Other) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::sample;

    #[test]
    fn fish_completes_the_values_of_options() {
        let script = script(Shell::Fish, &sample::table());
        let help = r"-d 'It\'s [a: \\ b] -x .y'";
        for line in [
            format!("-s f -l flag {help}"),
            format!("-l long-flag {help}"),
            format!("-s N -l number {help} -r -f"),
            format!("-s P -l place {help} -r -F"),
            format!("-l choice {help} -r -f -a \"one\\t''\ntwo\\t''\""),
            format!("-l perhaps {help}"),
        ] {
            assert!(script.contains(&format!("complete -c htpasswd {line}\n")), "no {line}\n{script}");
        }
        assert!(script.contains("contains -- $token --number --place --choice; and set"), "{script}");
    }

    #[test]
    fn powershell_offers_every_spelling_of_an_option() {
        let script = script(Shell::PowerShell, &sample::table());
        for name in
            ["-f", "--flag", "--long-flag", "-N", "--number", "-P", "--place", "--choice", "--perhaps"]
        {
            assert!(script.contains(&format!("[CompletionResult]::new('{name}', ")), "no {name}\n{script}");
        }
    }
}
