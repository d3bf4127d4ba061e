//! The one table of options: clap parses with it and prints the help from it. `cargo xtask generate` makes the man
//! page's options and the completions from it, so this file uses nothing else of the command.

use std::ffi::{OsStr, OsString};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use htpasswd::servers::Server;

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagId {
    Create,
    Print,
    Delete,
    Verify,
    Ensure,
    Import,
    Check,
    List,
    Batch,
    Stdin,
    PasswordFile,
    PasswordFd,
    PasswordEnv,
    Generate,
    For,
    Bcrypt,
    Cost,
    Sha512,
    Sha256,
    Rounds,
    NoClobber,
    Mode,
    LockTimeout,
    DryRun,
    Strict,
    NoLimits,
    ImportFormat,
    Hashed,
    KeepGoing,
    Prune,
    Fix,
    Json,
    Format,
    Color,
    Secret,
    SecretKey,
    SecretName,
    Help,
    Version,
    Md5,
    Sha1,
    Crypt,
    Plain,
}

/// The name and the letter of each option.
const NAMES: &[(FlagId, &str, Option<char>)] = &[
    (FlagId::Create, "create", Some('c')),
    (FlagId::Print, "stdout", Some('n')),
    (FlagId::Delete, "delete", Some('D')),
    (FlagId::Verify, "verify", Some('v')),
    (FlagId::Ensure, "ensure", None),
    (FlagId::Import, "import", None),
    (FlagId::Check, "check", None),
    (FlagId::List, "list", None),
    (FlagId::Batch, "batch", Some('b')),
    (FlagId::Stdin, "stdin", Some('i')),
    (FlagId::PasswordFile, "password-file", None),
    (FlagId::PasswordFd, "password-fd", None),
    (FlagId::PasswordEnv, "password-env", None),
    (FlagId::Generate, "generate", None),
    (FlagId::For, "for", None),
    (FlagId::Bcrypt, "bcrypt", Some('B')),
    (FlagId::Cost, "cost", Some('C')),
    (FlagId::Sha512, "sha512", Some('5')),
    (FlagId::Sha256, "sha256", Some('2')),
    (FlagId::Rounds, "rounds", Some('r')),
    (FlagId::NoClobber, "no-clobber", None),
    (FlagId::Mode, "mode", None),
    (FlagId::LockTimeout, "lock-timeout", None),
    (FlagId::DryRun, "dry-run", None),
    (FlagId::Strict, "strict", None),
    (FlagId::NoLimits, "no-limits", None),
    (FlagId::ImportFormat, "import-format", None),
    (FlagId::Hashed, "hashed", None),
    (FlagId::KeepGoing, "keep-going", None),
    (FlagId::Prune, "prune", None),
    (FlagId::Fix, "fix", None),
    (FlagId::Json, "json", None),
    (FlagId::Format, "format", None),
    (FlagId::Color, "color", None),
    (FlagId::Secret, "secret", None),
    (FlagId::SecretKey, "secret-key", None),
    (FlagId::SecretName, "secret-name", None),
    (FlagId::Help, "help", None),
    (FlagId::Version, "version", None),
    (FlagId::Md5, "md5", Some('m')),
    (FlagId::Sha1, "sha1", Some('s')),
    (FlagId::Crypt, "crypt", Some('d')),
    (FlagId::Plain, "plain", Some('p')),
];

impl FlagId {
    /// The option with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known, _)| *known == name).map(|&(id, ..)| id)
    }

    /// The option with this letter.
    pub(crate) fn lettered(letter: char) -> Option<Self> {
        NAMES.iter().find(|(.., known)| *known == Some(letter)).map(|&(id, ..)| id)
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    /// The option as most people type it: its letter, or else its name.
    pub(crate) fn spelling(self) -> String {
        let (_, name, letter) = self.row();
        letter.map_or_else(|| format!("--{name}"), |letter| format!("-{letter}"))
    }

    fn row(self) -> &'static (Self, &'static str, Option<char>) {
        // A unit test holds that each option has a row.
        NAMES.iter().find(|(id, ..)| *id == self).unwrap_or(&NAMES[0])
    }
}

/// The name that clap knows the operands by.
pub(crate) const OPERANDS: &str = "operands";

/// An option. `Append` keeps an index for each time that it is given.
fn option(id: FlagId, help: &'static str) -> Arg {
    let arg = Arg::new(id.name()).long(id.name()).help(help).action(ArgAction::Append);
    match id.row().2 {
        Some(letter) => arg.short(letter),
        None => arg,
    }
}

/// An option without a value.
fn flag(id: FlagId, help: &'static str) -> Arg {
    option(id, help).num_args(0).default_missing_value("")
}

/// An option whose value is the rest of the word or the next word, whatever it looks like.
fn valued(id: FlagId, value: &'static str, help: &'static str) -> Arg {
    let arg = option(id, help).num_args(1).value_name(value).allow_hyphen_values(true);
    arg.value_parser(value_parser!(OsString)).hide_possible_values(true)
}

/// Values that completions offer. The command itself checks values, from left to right.
#[derive(Clone)]
struct Offer(&'static [&'static str]);

impl TypedValueParser for Offer {
    type Value = OsString;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<OsString, clap::Error> {
        Ok(value.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|value| PossibleValue::new(*value))))
    }
}

/// The names of the servers, and the word that lists them.
const SERVERS: [&str; Server::ALL.len() + 1] = {
    let mut names = ["help"; Server::ALL.len() + 1];
    let mut index = 0;
    while index < Server::ALL.len() {
        names[index] = Server::ALL[index].name;
        index += 1;
    }
    names
};

const FORMATS: [&str; 8] =
    ["plain", "compose", "traefik", "haproxy", "caddy", "prometheus", "env", "k8s-secret"];

/// The options, in the order of the help.
pub(crate) fn command() -> Command {
    #[allow(clippy::enum_glob_use, reason = "the table names all of them")]
    use FlagId::*;
    let operands = Arg::new(OPERANDS).num_args(0..).trailing_var_arg(true).hide(true);
    Command::new("htpasswd")
        .about("Create and manage the password files of web servers and registries")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .override_usage(USAGE)
        .help_template("Usage:\n{usage}\n\n{all-args}{after-help}")
        .after_help(AFTER_HELP)
        .arg(operands.value_parser(value_parser!(OsString)).value_hint(ValueHint::FilePath))
        .next_help_heading("Commands (default: add USER, or change the password)")
        .arg(flag(Create, "Create FILE with this user only (replaces FILE)"))
        .arg(flag(Print, "Print the record instead of writing FILE"))
        .arg(flag(Delete, "Delete USER"))
        .arg(flag(Verify, "Verify the password (exit 0: right, 3: wrong)"))
        .arg(flag(Ensure, "Add or update USER only if necessary"))
        .arg(flag(Import, "Add or update all users of the list USERS"))
        .arg(flag(Check, "Report problems in FILE"))
        .arg(flag(List, "List users, schemes, costs and problems"))
        .next_help_heading("Password (default: prompt twice)")
        .arg(flag(Batch, "Take the last operand (other local users see it)"))
        .arg(flag(Stdin, "Read standard input, without its last newline"))
        .arg(
            valued(PasswordFile, "PATH", "Read a file, without its last newline")
                .value_hint(ValueHint::FilePath),
        )
        .arg(valued(PasswordFd, "N", "Read an open file descriptor"))
        .arg(valued(PasswordEnv, "NAME", "Read an environment variable"))
        .arg(
            valued(Generate, "LENGTH", "Generate and print one (default: 26 characters)")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("26"),
        )
        .next_help_heading("Hash (default: Apache's MD5; the last scheme counts)")
        .arg(
            valued(For, "SERVER", "Use the best scheme that SERVER reads (list: --for help)")
                .value_parser(Offer(&SERVERS)),
        )
        .arg(flag(Bcrypt, "bcrypt, which Docker registries require"))
        .arg(valued(Cost, "N", "bcrypt cost, 4 to 17 (default 5; use 10 or more)"))
        .arg(flag(Sha512, "SHA-512-crypt"))
        .arg(flag(Sha256, "SHA-256-crypt"))
        .arg(valued(Rounds, "N", "Rounds of -5 and -2, 1000 to 999999999 (default 5000)"))
        .next_help_heading("Writing")
        .arg(flag(NoClobber, "With -c: fail if FILE exists"))
        .arg(valued(Mode, "OCTAL", "Set the permissions of a new FILE"))
        .arg(valued(LockTimeout, "SECONDS", "Wait for other writers (default 10)"))
        .arg(flag(DryRun, "With --import, --ensure: report, write nothing"))
        .arg(flag(Strict, "Treat warnings as errors: write nothing, exit 1"))
        .arg(flag(NoLimits, "Accept hashes of any cost and inputs of any size"))
        .next_help_heading("Import")
        .arg(
            valued(ImportFormat, "FORMAT", "lines (user:password, the default), csv or json")
                .value_parser(Offer(&["lines", "csv", "json"])),
        )
        .arg(flag(Hashed, "USERS contains hashes instead of passwords"))
        .arg(flag(KeepGoing, "Skip invalid records instead of writing nothing"))
        .arg(flag(Prune, "Delete users who are not in USERS"))
        .next_help_heading("Check and list")
        .arg(flag(Fix, "With --check: first repair newlines, byte order mark and duplicates"))
        .next_help_heading("Output")
        .arg(flag(Json, "JSON (--ensure, --import, --check, --list)"))
        .arg(valued(Format, "FORMAT", "Format of -n and --list; see Formats").value_parser(Offer(&FORMATS)))
        .arg(
            valued(Color, "WHEN", "auto (default), always or never")
                .value_parser(Offer(&["auto", "always", "never"])),
        )
        .next_help_heading("Kubernetes Secret, in place of FILE")
        .arg(
            valued(Secret, "MANIFEST", "Manifest of the Secret (- is stdin and stdout)")
                .value_hint(ValueHint::FilePath),
        )
        .arg(valued(SecretKey, "KEY", "Key (default: htpasswd, else auth)"))
        .arg(valued(SecretName, "NAME", "Name, if the manifest has several Secrets"))
        .next_help_heading("Other")
        .arg(flag(Help, "Print this help (-h alone: a shorter one)"))
        .arg(flag(Version, "Print the version (also: -V alone)"))
        .next_help_heading("Weak schemes, for old servers")
        .arg(flag(Md5, "Apache's MD5, the default"))
        .arg(flag(Sha1, "SHA-1 without salt"))
        .arg(flag(Crypt, "DES crypt, uses 8 characters of the password"))
        .arg(flag(Plain, "Store the password in plain text"))
}

/// Printed after the reason why a call is wrong.
pub(crate) const SHORT_USAGE: &str = "\
Usage: htpasswd [OPTIONS] FILE USER       (with -b: FILE USER PASSWORD)
       htpasswd -n [OPTIONS] USER         (with -b: USER PASSWORD)
       htpasswd --check FILE | --list FILE | --import FILE [USERS]
";

/// Ends each wrong call.
pub(crate) const TRY_HELP: &str = "Try 'htpasswd --help'.\n";

/// What most people need, for `-h`.
pub(crate) const SHORT_HELP: &str = "\
htpasswd - create and manage password files for web servers and registries

Usage:
  htpasswd -B FILE USER               add a user or change a password (bcrypt)
  htpasswd --for SERVER FILE USER     the same, with the best hash SERVER reads
  htpasswd -c [OPTIONS] FILE USER     create FILE (replaces an existing one)
  htpasswd -b [OPTIONS] FILE USER PW  take the password from the command line
  htpasswd -n [OPTIONS] USER          print the record instead
  htpasswd -v FILE USER               verify a password
  htpasswd -D FILE USER               delete a user
  htpasswd --list FILE                list users
  htpasswd --check --for nginx FILE   find out why somebody cannot log in
  htpasswd --import -B FILE USERS     add many users

All options: htpasswd --help. Details: man htpasswd.
";

const USAGE: &str = "  htpasswd [OPTIONS] FILE USER              prompt for the password
  htpasswd -b [OPTIONS] FILE USER PASSWORD
  htpasswd -n [OPTIONS] USER
  htpasswd -nb [OPTIONS] USER PASSWORD
  htpasswd --ensure [OPTIONS] FILE USER
  htpasswd --import [OPTIONS] FILE [USERS]  default: standard input
  htpasswd --check [--for SERVER] [--fix] [--json] FILE
  htpasswd --list [--for SERVER] [--json | --format FORMAT] FILE
  htpasswd --secret MANIFEST ...            as above, without FILE";

const AFTER_HELP: &str = "\
Formats: plain, compose ($ doubled), traefik (a label), haproxy (userlist),
caddy (basic_auth), prometheus (basic_auth_users), env (HTPASSWD='...'),
k8s-secret (a manifest)

Examples:
  htpasswd -Bc htpasswd.user dreamfish     create a file for a registry
  htpasswd -B htpasswd.user moonfish       add a user or change a password
  htpasswd -v htpasswd.user moonfish       verify a password
  htpasswd --for nginx site.users fox      use the strongest scheme for nginx
  htpasswd --check --for nginx site.users  find out who cannot log in, and why
  htpasswd --import -B htpasswd.user list  add all users of a list

Exit status: 0 success, 1 file or system error, 2 wrong call, 3 wrong password,
4 interrupted, 5 too long, 6 invalid or unknown user, 7 invalid file, or --check
found errors, 8 --check found warnings only";

/// What `--help` prints.
pub(crate) fn help() -> String {
    format!("{}\n", command().render_help().to_string().trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_has_a_name_and_each_name_an_option() {
        let command = command();
        let known: Vec<_> = command.get_arguments().filter(|arg| !arg.is_positional()).collect();
        assert_eq!(known.len(), NAMES.len());
        for arg in known {
            let id = FlagId::named(arg.get_id().as_str()).unwrap();
            assert_eq!(arg.get_short().and_then(FlagId::lettered), arg.get_short().map(|_| id));
            assert_eq!(id.row().0, id);
        }
        command.debug_assert();
    }

    #[test]
    fn every_letter_of_apaches_tool_is_there() {
        let mut letters: Vec<_> = NAMES.iter().filter_map(|(.., letter)| *letter).collect();
        letters.sort_unstable();
        assert_eq!(String::from_iter(letters), "25BCDbcdimnprsv");
    }

    #[test]
    fn help_starts_with_usage_and_fits_a_terminal() {
        let help = help();
        assert!(help.starts_with("Usage:\n"), "{help}");
        assert!(help.ends_with('\n') && !help.ends_with("\n\n"), "{help}");
        for text in [&help[..], SHORT_HELP, SHORT_USAGE] {
            assert!(text.lines().all(|line| line.len() <= 80), "{text}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
        }
        assert!(SHORT_HELP.lines().count() <= 24);
    }

    #[test]
    fn weak_schemes_come_last() {
        let help = help();
        let strong = help.find("  -B, --bcrypt").unwrap();
        let weak =
            ["-m, --md5", "-s, --sha1", "-d, --crypt", "-p, --plain"].map(|name| help.find(name).unwrap());
        assert!(weak.iter().all(|&place| place > strong && place > help.find("--version").unwrap()));
    }
}
