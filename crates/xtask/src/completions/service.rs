//! The completion scripts for the login service `htpasswd-auth` and its subcommand `doctor`, which the crate
//! `clap_complete` makes. The program parses the two tables separately. In the scripts, the table of the doctor is a
//! subcommand.

use clap::{Arg, Command};
use clap_complete::{Shell, generate};

use super::standard::prepare;
use crate::service_options::{doctor, service};

/// The line in which zsh offers the subcommands.
const ZSH_SUBCOMMANDS: &str = "    _describe -t commands 'htpasswd-auth commands' commands \"$@\"\n";

pub(crate) fn script(shell: Shell) -> String {
    // With FILE, the script for zsh would read the subcommand as FILE. It offers files beside the subcommand.
    let is_included = |arg: &&Arg| shell != Shell::Zsh || arg.get_id() != "file";
    let arguments: Vec<_> = service().get_arguments().filter(is_included).cloned().collect();
    let service = Command::new("htpasswd-auth").version(env!("CARGO_PKG_VERSION")).args(arguments);
    let service = service.disable_help_subcommand(true).mut_args(prepare);
    let mut table = service.subcommand(doctor().mut_args(prepare));
    let mut script = Vec::new();
    generate(shell, &mut table, "htpasswd-auth", &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete 4.6 reads the hyphen of the name as the start of a subcommand in one of two places.
    let script = script.replace("htpasswd__subcmd__auth__", "htpasswd__auth__");
    let script = script.replace(ZSH_SUBCOMMANDS, &format!("{ZSH_SUBCOMMANDS}    _files\n"));
    // The line `#compdef` of zsh must be the first one.
    let (first, rest) =
        if shell == Shell::Zsh { script.split_once('\n').unwrap_or_default() } else { ("", &*script) };
    let note = format!("# {shell} completion for htpasswd-auth. Made by `cargo xtask generate`.");
    format!("{first}\n{note}\n{}\n", rest.trim()).trim_start().to_owned()
}
