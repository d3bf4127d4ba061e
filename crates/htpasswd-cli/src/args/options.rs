//! The one table of options.
//!
//! clap parses calls and prints the help with it. `cargo xtask generate` includes this file to write the options of the
//! man page and the completions, so this file must use nothing else of the command.

use std::ffi::{OsStr, OsString};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use htpasswd::lint::FindingKind;
use htpasswd::servers::Server;

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagId {
    Create,
    Print,
    Delete,
    Verify,
    Ensure,
    Disable,
    Enable,
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
    Argon2,
    Argon2Params,
    NoClobber,
    Backup,
    Mode,
    Group,
    LockTimeout,
    NoLock,
    DryRun,
    Strict,
    NoLimits,
    ImportFormat,
    Hashed,
    KeepGoing,
    Prune,
    Output,
    Fix,
    Ignore,
    Json,
    Format,
    Color,
    Secret,
    SecretKey,
    SecretName,
    SecretType,
    Namespace,
    Help,
    Version,
    Md5,
    Sha1,
    Crypt,
    Plain,
}

impl FlagId {
    /// The option with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        rows().find(|row| row.name == name).map(|row| row.id)
    }

    /// The option with this letter.
    pub(crate) fn lettered(letter: char) -> Option<Self> {
        rows().find(|row| row.letter == Some(letter)).map(|row| row.id)
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// The option as most users type it: its letter, or its name if it has no letter.
    pub(crate) fn spelling(self) -> String {
        let Row { name, letter, .. } = self.row();
        letter.map_or_else(|| format!("--{name}"), |letter| format!("-{letter}"))
    }

    fn row(self) -> &'static Row {
        // A unit test checks that each option has a row.
        rows().find(|row| row.id == self).unwrap_or(&OPTIONS[0].1[0])
    }
}

/// The name of the operands in clap.
pub(crate) const OPERANDS: &str = "operands";

/// An option in the table.
#[derive(Clone, Copy)]
struct Row {
    id: FlagId,
    name: &'static str,
    letter: Option<char>,
    help: &'static str,
    value: Option<Value>,
}

/// The value of an option.
#[derive(Clone, Copy)]
struct Value {
    name: &'static str,
    /// The value of the option if the call gives no value. If there is a default, clap reads a value only after an
    /// equals sign.
    default: Option<&'static str>,
    offer: Offer,
}

/// The words that completions offer for a value.
#[derive(Clone, Copy)]
enum Offer {
    Nothing,
    Files,
    Words(&'static [&'static str]),
}

/// An option without a value.
const fn flag(id: FlagId, name: &'static str, letter: Option<char>, help: &'static str) -> Row {
    Row { id, name, letter, help, value: None }
}

/// An option whose value is the rest of the word or the next word, which may begin with a dash.
const fn valued(
    id: FlagId,
    name: &'static str,
    letter: Option<char>,
    value: &'static str,
    help: &'static str,
) -> Row {
    let value = Value { name: value, default: None, offer: Offer::Nothing };
    Row { id, name, letter, help, value: Some(value) }
}

impl Row {
    /// Sets what completions offer for the value.
    const fn offer(mut self, offer: Offer) -> Self {
        if let Some(value) = &mut self.value {
            value.offer = offer;
        }
        self
    }

    /// Makes the value optional. If the call gives no value, the value is `default`.
    const fn default_value(mut self, default: &'static str) -> Self {
        if let Some(value) = &mut self.value {
            value.default = Some(default);
        }
        self
    }

    /// The option for clap. With `Append`, clap keeps the position of each use of the option.
    fn arg(&self) -> Arg {
        let arg = Arg::new(self.name).long(self.name).short(self.letter).help(self.help);
        let arg = arg.action(ArgAction::Append);
        let Some(value) = &self.value else { return arg.num_args(0).default_missing_value("") };
        let arg = arg.value_name(value.name).allow_hyphen_values(true).hide_possible_values(true);
        let arg = match value.default {
            Some(default) => arg.num_args(0..=1).require_equals(true).default_missing_value(default),
            None => arg.num_args(1),
        };
        match value.offer {
            Offer::Nothing => arg.value_parser(value_parser!(OsString)),
            Offer::Files => arg.value_parser(value_parser!(OsString)).value_hint(ValueHint::FilePath),
            Offer::Words(words) => arg.value_parser(AnyOf(words)),
        }
    }

    /// Returns true if one of the words can contain the option. The result is always true if a word contains the
    /// option, and sometimes true for other words.
    fn is_mentioned(&self, words: &[OsString]) -> bool {
        let letter = self.letter.and_then(|letter| u8::try_from(letter).ok());
        words.iter().map(|word| word.as_encoded_bytes()).any(|word| match word.strip_prefix(b"--") {
            Some(name) => name.starts_with(self.name.as_bytes()),
            None => word.starts_with(b"-") && letter.is_some_and(|letter| word.contains(&letter)),
        })
    }
}

/// Values that completions offer. clap accepts any value here, because the command checks values from left to right.
#[derive(Clone)]
struct AnyOf(&'static [&'static str]);

impl TypedValueParser for AnyOf {
    type Value = OsString;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<OsString, clap::Error> {
        Ok(value.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|value| PossibleValue::new(*value))))
    }
}

/// The values of `--for`: the names of the servers, and `help`, which lists them.
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

/// The kinds of findings about a file as a whole. `report/check.rs` makes them, and a unit test compares the names.
pub(crate) const FILE_KINDS: [&str; 6] = [
    "missing-file",
    "not-readable",
    "readable-by-others",
    "writable-by-others",
    "unhidden-backup",
    "leftover-file",
];

/// The values of `--ignore`: all kinds of findings.
pub(crate) const KINDS: [&str; FILE_KINDS.len() + FindingKind::NAMES.len()] = {
    let mut names = [""; FILE_KINDS.len() + FindingKind::NAMES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = match index.checked_sub(FILE_KINDS.len()) {
            Some(index) => FindingKind::NAMES[index],
            None => FILE_KINDS[index],
        };
        index += 1;
    }
    names
};

/// The options in the order of the help, under their headings.
static OPTIONS: &[(&str, &[Row])] = {
    #[allow(clippy::enum_glob_use, reason = "the table names all variants")]
    use FlagId::*;
    &[
        (
            "Commands (default: add USER, or change the password)",
            &[
                flag(Create, "create", Some('c'), "Create FILE with this user only (replaces FILE)"),
                flag(Print, "stdout", Some('n'), "Print the record instead of writing FILE"),
                flag(Delete, "delete", Some('D'), "Delete USER"),
                flag(Verify, "verify", Some('v'), "Verify the password (exit 0: right, 3: wrong)"),
                flag(Ensure, "ensure", None, "Add or update USER only if necessary (-D: delete)"),
                flag(Disable, "disable", None, "Disable USER: no password matches until --enable"),
                flag(Enable, "enable", None, "Enable USER again, with the same password"),
                flag(Import, "import", None, "Add or update all users of the list USERS"),
                flag(Check, "check", None, "Report problems in FILE..., or those of USER in FILE"),
                flag(List, "list", None, "List users, schemes, costs and problems"),
            ],
        ),
        (
            "Password (default: prompt twice)",
            &[
                flag(Batch, "batch", Some('b'), "Use the operand PASSWORD (other users can see it)"),
                flag(Stdin, "stdin", Some('i'), "Read standard input, without its last newline"),
                valued(PasswordFile, "password-file", None, "PATH", "Read a file, without its last newline")
                    .offer(Offer::Files),
                valued(PasswordFd, "password-fd", None, "N", "Read an open file descriptor"),
                valued(PasswordEnv, "password-env", None, "NAME", "Read an environment variable"),
                valued(Generate, "generate", None, "LENGTH", "Generate and print a password (26 characters)")
                    .default_value("26"),
            ],
        ),
        (
            "Hash (default: Apache's MD5; bcrypt with --ensure, --import, --secret, ...)",
            &[
                valued(For, "for", None, "SERVER", "Use the best scheme of SERVER[,...] (--for help)")
                    .offer(Offer::Words(&SERVERS)),
                flag(Bcrypt, "bcrypt", Some('B'), "Use bcrypt, which Docker registries require"),
                valued(Cost, "cost", Some('C'), "N", "Set the bcrypt cost, 4 to 17 (use 10 or more)"),
                flag(Sha512, "sha512", Some('5'), "Use SHA-512-crypt"),
                flag(Sha256, "sha256", Some('2'), "Use SHA-256-crypt"),
                valued(Rounds, "rounds", Some('r'), "N", "Set the rounds of -5 and -2 (default 5000)"),
                flag(Argon2, "argon2", None, "Use argon2id, which Radicale and Caddy can read"),
                valued(
                    Argon2Params,
                    "argon2-params",
                    None,
                    "COST",
                    "Set the cost of --argon2 (default m=19456,t=2,p=1)",
                ),
            ],
        ),
        (
            "Writing",
            &[
                flag(NoClobber, "no-clobber", None, "With -c: fail if FILE exists"),
                valued(Backup, "backup", None, "SUFFIX", "Keep the old FILE as FILE~, or with this SUFFIX")
                    .default_value("~"),
                valued(Mode, "mode", None, "OCTAL", "Set the permissions of a new FILE"),
                valued(Group, "group", None, "NAME", "Set the group of a new FILE (and mode 640)"),
                valued(LockTimeout, "lock-timeout", None, "SECONDS", "Wait for other writers (default 10)"),
                flag(NoLock, "no-lock", None, "Write without a lock (where locks do not work)"),
                flag(DryRun, "dry-run", None, "With --import, --ensure: report, write nothing"),
                flag(Strict, "strict", None, "Treat warnings as errors: write nothing, exit 1"),
                flag(NoLimits, "no-limits", None, "Accept hashes of any cost and inputs of any size"),
            ],
        ),
        (
            "Import",
            &[
                valued(
                    ImportFormat,
                    "import-format",
                    None,
                    "FORMAT",
                    "Read lines, csv or json (default: by file name)",
                )
                .offer(Offer::Words(&["lines", "csv", "json"])),
                flag(Hashed, "hashed", None, "Read hashes instead of passwords from USERS"),
                flag(KeepGoing, "keep-going", None, "Skip invalid records instead of writing nothing"),
                flag(Prune, "prune", None, "Delete users who are not in USERS"),
                valued(Output, "output", None, "PATH", "Write the passwords of --generate to a new file")
                    .offer(Offer::Files),
            ],
        ),
        (
            "Check and list",
            &[
                flag(Fix, "fix", None, "With --check: first repair newlines, encoding, duplicates"),
                valued(Ignore, "ignore", None, "KIND", "With --check: hide the findings of KIND[,...]")
                    .offer(Offer::Words(&KINDS)),
            ],
        ),
        (
            "Output",
            &[
                flag(Json, "json", None, "Print the result, or the error, as a JSON object"),
                valued(Format, "format", None, "FORMAT", "Set the format of -n and --list; see Formats")
                    .offer(Offer::Words(&FORMATS)),
                valued(Color, "color", None, "WHEN", "Use colours: auto (default), always or never")
                    .offer(Offer::Words(&["auto", "always", "never"])),
            ],
        ),
        (
            "Kubernetes Secret, in place of FILE",
            &[
                valued(Secret, "secret", None, "MANIFEST", "Edit the Secret in a file (-: stdin, stdout)")
                    .offer(Offer::Files),
                valued(SecretKey, "secret-key", None, "KEY", "Use this key (default: htpasswd, auth, ...)"),
                valued(SecretName, "secret-name", None, "NAME", "Choose the Secret, if MANIFEST has several"),
                valued(SecretType, "secret-type", None, "TYPE", "Set the type of a new Secret (Opaque)"),
                valued(Namespace, "namespace", None, "NAME", "Set the namespace of a new Secret"),
            ],
        ),
        (
            "Other",
            &[
                flag(Help, "help", None, "Print this help (-h alone: a shorter one)"),
                flag(Version, "version", None, "Print the version (also: -V alone)"),
            ],
        ),
        (
            "Weak schemes, for old servers",
            &[
                flag(Md5, "md5", Some('m'), "Use Apache's MD5, the default of plain calls"),
                flag(Sha1, "sha1", Some('s'), "Use SHA-1 without salt"),
                flag(Crypt, "crypt", Some('d'), "Use DES crypt, which reads 8 characters only"),
                flag(Plain, "plain", Some('p'), "Store the password in plain text"),
            ],
        ),
    ]
};

/// All options without their headings.
fn rows() -> impl Iterator<Item = &'static Row> {
    OPTIONS.iter().flat_map(|(_, rows)| *rows)
}

/// The selected options for clap, without the texts that only the help needs.
fn parser(is_wanted: impl Fn(&Row) -> bool) -> Command {
    let operands = Arg::new(OPERANDS).num_args(0..).trailing_var_arg(true).hide(true);
    let operands = operands.value_parser(value_parser!(OsString)).value_hint(ValueHint::FilePath);
    let mut command = Command::new("htpasswd")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(operands);
    for (heading, rows) in OPTIONS {
        for row in rows.iter().filter(|row| is_wanted(row)) {
            command = command.arg(row.arg().help_heading(*heading));
        }
    }
    command
}

/// The options that the words can contain. If clap accepts the words with these options, it accepts them with all
/// options and returns the same result: it looks up an option only where a word contains it, and an option that is not
/// in the table is an error.
pub(crate) fn mentioned(words: &[OsString]) -> Command {
    parser(|row| row.is_mentioned(words))
}

/// All options, and the texts of the help.
pub(crate) fn command() -> Command {
    parser(|_| true)
        .about("Create and manage the password files of web servers and registries")
        .override_usage(USAGE)
        .help_template("Usage:\n{usage}\n\n{all-args}{after-help}")
        .after_help(AFTER_HELP)
}

/// The usage that is printed after the reason why a call is wrong.
pub(crate) const SHORT_USAGE: &str = "\
Usage: htpasswd [OPTIONS] FILE USER       (with -b: FILE USER PASSWORD)
       htpasswd -n [OPTIONS] USER         (with -b: USER PASSWORD)
       htpasswd --check FILE... | --list FILE | --import FILE [USERS]
";

/// The last line that a wrong call prints.
pub(crate) const TRY_HELP: &str = "Try 'htpasswd --help'.\n";

/// The short help of `-h`: what most users need.
pub(crate) const SHORT_HELP: &str = "\
htpasswd - create and manage password files for web servers and registries

Usage:
  htpasswd -B FILE USER               add a user or change a password (bcrypt)
  htpasswd --for SERVER FILE USER     use the best hash that SERVER reads
  htpasswd -c [OPTIONS] FILE USER     create FILE (replaces an existing one)
  htpasswd -b [OPTIONS] FILE USER PW  read the password from the command line
  htpasswd -n [OPTIONS] USER          print the record instead of writing FILE
  htpasswd -v FILE USER               verify a password
  htpasswd -D FILE USER               delete a user
  htpasswd --list FILE                list users
  htpasswd --check --for nginx FILE   find out why a user cannot log in
  htpasswd --import -B FILE USERS     add many users

All options: htpasswd --help. Details: man htpasswd.
";

const USAGE: &str = "  htpasswd [OPTIONS] FILE USER              prompt for the password
  htpasswd -b [OPTIONS] FILE USER PASSWORD
  htpasswd -n [OPTIONS] USER
  htpasswd -nb [OPTIONS] USER PASSWORD
  htpasswd --ensure [OPTIONS] FILE USER
  htpasswd --import [OPTIONS] FILE [USERS]  default: standard input
  htpasswd --check [--for SERVER] [--fix] [--json] FILE...
  htpasswd --check [--for SERVER] FILE USER
  htpasswd --list [--for SERVER] [--json | --format FORMAT] FILE
  htpasswd --secret MANIFEST ...            any call above, without FILE";

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

/// The text that `--help` prints.
pub(crate) fn help() -> String {
    format!("{}\n", command().render_help().to_string().trim_end())
}

#[cfg(test)]
#[path = "options/tests.rs"]
mod tests;
