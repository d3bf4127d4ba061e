//! The one table of options: parser and help are made from it, and by `cargo xtask generate` the man page and
//! the completions. So this file uses nothing else of the command.

use std::fmt::Write;

use htpasswd::Server;

/// What an option asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagId {
    Create,
    Print,
    Delete,
    Verify,
    Ensure,
    Batch,
    Stdin,
    PasswordFile,
    PasswordFd,
    PasswordEnv,
    Generate,
    Md5,
    Sha256,
    Sha512,
    Bcrypt,
    Crypt,
    Sha1,
    Plain,
    Number,
    Import,
    ImportFormat,
    Hashed,
    KeepGoing,
    Prune,
    Json,
    DryRun,
    NoClobber,
    Mode,
    LockTimeout,
    Strict,
    NoLimits,
    For,
    Check,
    Fix,
    List,
    Format,
    Secret,
    SecretKey,
    SecretName,
    Help,
    Version,
}

/// What can stand for an option's value.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "the command does not complete itself, the xtask reads this")]
pub(crate) enum Values {
    /// Something that nobody can guess.
    Any,
    /// The path of a file.
    Path,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// One option.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) id: FlagId,
    pub(crate) letter: Option<char>,
    pub(crate) long: &'static str,
    /// The name of its value, if it takes one.
    pub(crate) value: Option<&'static str>,
    /// Then it stands behind `=` or nowhere.
    pub(crate) value_is_optional: bool,
    #[allow(dead_code, reason = "as above")]
    pub(crate) values: Values,
    pub(crate) heading: &'static str,
    pub(crate) help: &'static str,
}

const MODE: &str = "What to do (without one of these: add or update the user)";
const PASSWORD: &str = "Where the password comes from (without one of these: asked for, twice)";
const SCHEME: &str = "How it is hashed (the last one counts)";
const MANY: &str = "Many users at once (--import)";
const CARE: &str = "How FILE is treated";
const LOOK: &str = "Looking at a file (exit 0 clean, 8 warnings only, 7 errors)";
const KUBERNETES: &str = "In a Kubernetes Secret, in place of FILE";
const OTHER: &str = "Other";

const fn flag(
    id: FlagId,
    letter: char,
    long: &'static str,
    heading: &'static str,
    help: &'static str,
) -> Flag {
    Flag { letter: Some(letter), ..self::long(id, long, heading, help) }
}

const fn number(letter: char, long: &'static str, help: &'static str) -> Flag {
    Flag { letter: Some(letter), ..valued(FlagId::Number, long, "N", SCHEME, help) }
}

const fn long(id: FlagId, long: &'static str, heading: &'static str, help: &'static str) -> Flag {
    let (letter, value, value_is_optional, values) = (None, None, false, Values::Any);
    Flag { id, letter, long, value, value_is_optional, values, heading, help }
}

const fn valued(
    id: FlagId,
    name: &'static str,
    value: &'static str,
    heading: &'static str,
    help: &'static str,
) -> Flag {
    Flag { value: Some(value), ..long(id, name, heading, help) }
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

pub(crate) const OPTIONS: &[Flag] = &[
    flag(FlagId::Create, 'c', "create", MODE, "Make FILE with this user alone; an existing FILE is replaced"),
    flag(FlagId::Print, 'n', "stdout", MODE, "Print the record and an empty line; no FILE"),
    flag(FlagId::Delete, 'D', "delete", MODE, "Delete the user"),
    flag(FlagId::Verify, 'v', "verify", MODE, "Check the password; exit 0 if right, 3 if wrong"),
    long(FlagId::Ensure, "ensure", MODE, "Write only if that is needed; says added, updated or unchanged"),
    flag(FlagId::Batch, 'b', "batch", PASSWORD, "The last operand (other users of the machine can see it)"),
    flag(FlagId::Stdin, 'i', "stdin", PASSWORD, "All of standard input, less one line end"),
    Flag {
        values: Values::Path,
        ..valued(FlagId::PasswordFile, "password-file", "PATH", PASSWORD, "All of a file, less one line end")
    },
    valued(
        FlagId::PasswordFd,
        "password-fd",
        "N",
        PASSWORD,
        "All of an open file descriptor, less one line end",
    ),
    valued(FlagId::PasswordEnv, "password-env", "NAME", PASSWORD, "An environment variable"),
    Flag {
        value_is_optional: true,
        ..valued(
            FlagId::Generate,
            "generate",
            "LENGTH",
            PASSWORD,
            "A new one, printed (26 characters, 128 bits)",
        )
    },
    Flag {
        values: Values::OneOf(&SERVERS),
        ..valued(
            FlagId::For,
            "for",
            "SERVER",
            SCHEME,
            "The strongest that SERVER reads, at a sane cost; --for help lists servers",
        )
    },
    flag(FlagId::Bcrypt, 'B', "bcrypt", SCHEME, "bcrypt, the one that Docker registries read; strong"),
    number('C', "cost", "Cost of bcrypt, 4 to 17, default 5; each step doubles the work; 10 is wise"),
    flag(FlagId::Sha256, '2', "sha256", SCHEME, "SHA-256-crypt"),
    flag(FlagId::Sha512, '5', "sha512", SCHEME, "SHA-512-crypt; strong with more rounds"),
    number('r', "rounds", "Rounds of -2 and -5, 1000 to 999999999, default 5000"),
    flag(FlagId::Md5, 'm', "md5", SCHEME, "Apache's MD5, the default; weak by now"),
    flag(FlagId::Sha1, 's', "sha1", SCHEME, "SHA-1 without salt; weak"),
    flag(FlagId::Crypt, 'd', "crypt", SCHEME, "DES; reads 8 characters; weak"),
    flag(FlagId::Plain, 'p', "plain", SCHEME, "Not at all; most servers refuse it"),
    long(
        FlagId::Import,
        "import",
        MANY,
        "Add or update all users of USERS, or of standard input, in one write",
    ),
    Flag {
        values: Values::OneOf(&["lines", "csv", "json"]),
        ..valued(
            FlagId::ImportFormat,
            "import-format",
            "FORMAT",
            MANY,
            "lines (user:password; default), csv (with header) or json (lines)",
        )
    },
    long(FlagId::Hashed, "hashed", MANY, "USERS holds hashes, which are checked and taken as they are"),
    long(FlagId::KeepGoing, "keep-going", MANY, "Leave refused records out (without it nothing is written)"),
    long(FlagId::Prune, "prune", MANY, "Delete users who are not in USERS"),
    long(FlagId::Json, "json", MANY, "JSON on standard output; also with --ensure, --check and --list"),
    long(FlagId::DryRun, "dry-run", CARE, "Say what --import or --ensure would do, and write nothing"),
    long(FlagId::NoClobber, "no-clobber", CARE, "With -c: leave an existing FILE alone, exit 1"),
    valued(FlagId::Mode, "mode", "OCTAL", CARE, "Permissions of a FILE that -c or --ensure makes"),
    valued(
        FlagId::LockTimeout,
        "lock-timeout",
        "SECONDS",
        CARE,
        "How long to wait for other writers; default 10",
    ),
    long(FlagId::Strict, "strict", CARE, "Take warnings for errors, before anything is written; exit 1"),
    long(
        FlagId::NoLimits,
        "no-limits",
        CARE,
        "Lift the limits on the cost of hashes and on the size of inputs",
    ),
    long(FlagId::Check, "check", LOOK, "Say what is wrong with FILE, with --for what matters to SERVER"),
    long(
        FlagId::Fix,
        "fix",
        LOOK,
        "With --check: first repair line ends, byte order mark and exact repetitions",
    ),
    long(FlagId::List, "list", LOOK, "List users, schemes and findings; never a hash; exit 0"),
    Flag {
        values: Values::Path,
        ..valued(
            FlagId::Secret,
            "secret",
            "MANIFEST",
            KUBERNETES,
            "A Secret manifest; - is standard input and output",
        )
    },
    valued(FlagId::SecretKey, "secret-key", "KEY", KUBERNETES, "Its key (without: htpasswd, or else auth)"),
    valued(
        FlagId::SecretName,
        "secret-name",
        "NAME",
        KUBERNETES,
        "Its name, if there is more than one Secret",
    ),
    Flag {
        values: Values::OneOf(&[
            "plain",
            "compose",
            "traefik",
            "haproxy",
            "caddy",
            "prometheus",
            "env",
            "k8s-secret",
        ]),
        ..valued(FlagId::Format, "format", "FORMAT", OTHER, "Of -n and --list, hashes included; see below")
    },
    long(FlagId::Help, "help", OTHER, "Print a summary of the options"),
    long(FlagId::Version, "version", OTHER, "Print the version"),
];

/// After the reason why a call is wrong.
pub(crate) const SHORT_USAGE: &str = "\
Usage: htpasswd [OPTIONS] FILE USER       (with -b: FILE USER PASSWORD)
       htpasswd -n [OPTIONS] USER         (with -b: USER PASSWORD)
       htpasswd --check FILE | --list FILE | --import FILE [USERS]
Try 'htpasswd --help'.
";

/// What most people need, for `-h`.
pub(crate) const SHORT_HELP: &str = "\
Usage:
  htpasswd [OPTIONS] FILE USER              add or update a user, with a prompt
  htpasswd -b [OPTIONS] FILE USER PASSWORD  the same, password given
  htpasswd -n [OPTIONS] USER                print the record instead
  htpasswd -D FILE USER                     delete the user
  htpasswd -v FILE USER                     check the password
  htpasswd --list FILE                      list users and schemes
  htpasswd --check [--for SERVER] FILE      report what is wrong with the file
  htpasswd --import [OPTIONS] FILE [USERS]  add or update many users

Options:
  -c            make FILE; an existing FILE is replaced
  -B            bcrypt, which Docker registries need; -C 10 sets a good cost
  -5            SHA-512-crypt
  -i            read the password from standard input
  --for SERVER  the strongest scheme that SERVER reads

All options: htpasswd --help
";

const USAGE: &str = "\
Usage:
  htpasswd [OPTIONS] FILE USER              add or update, ask for the password
  htpasswd -b [OPTIONS] FILE USER PASSWORD  the same, password given
  htpasswd -n [OPTIONS] USER                print the record instead
  htpasswd -nb [OPTIONS] USER PASSWORD      the same, password given
  htpasswd --import [OPTIONS] FILE [USERS]  add or update many users
  htpasswd --ensure [OPTIONS] FILE USER     add or update if needed, as often as you like
  htpasswd --check [--for SERVER] [--fix] [--json] FILE
  htpasswd --list [--for SERVER] [--json | --format FORMAT] FILE
  htpasswd --secret MANIFEST [OPTIONS] …    the same as above without FILE, but for -n
";

const EXAMPLES: &str = "
Formats: plain, compose ($ doubled), traefik (a label), haproxy (lines of a userlist), caddy (lines
of basic_auth), prometheus (basic_auth_users), env (HTPASSWD='…'), k8s-secret (a manifest)

Examples:
  htpasswd -Bc htpasswd.user dreamfish      a new file for a registry
  htpasswd -B htpasswd.user moonfish        one more user, or a new password
  htpasswd -v htpasswd.user moonfish        is this the right password?
  htpasswd -D htpasswd.user moonfish        delete the user
  htpasswd --for nginx site.users fox       the strongest scheme that nginx reads
  htpasswd --check --for nginx site.users   who can log in there?
  htpasswd --import -B htpasswd.user list   all users of a list of user:password lines

Exit status: 0 done, 1 file trouble, 2 wrong call, 3 wrong password, 4 interrupted,
5 too long, 6 user name, 7 not a password file, or --check found errors, 8 it found
warnings only
";

/// An option as people type it: its letters, or else its name.
pub(crate) fn spelling(id: FlagId) -> String {
    let spelling = OPTIONS.iter().filter(|option| option.id == id).map(|option| match option.letter {
        Some(letter) => format!("-{letter}"),
        None => format!("--{}", option.long),
    });
    spelling.collect::<Vec<_>>().join("/")
}

/// What `--help` prints, and every wrong call.
pub(crate) fn help() -> String {
    let mut help = USAGE.to_owned();
    for group in OPTIONS.chunk_by(|one, next| one.heading == next.heading) {
        let names: Vec<_> = group.iter().map(Flag::names).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let _ = writeln!(help, "\n{}:", group[0].heading);
        for (names, option) in names.iter().zip(group) {
            let _ = writeln!(help, "  {names:width$}  {}", option.help);
        }
    }
    help + EXAMPLES
}

impl Flag {
    /// As they stand in the help: `-C, --cost N`.
    fn names(&self) -> String {
        let letter = self.letter.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
        let value = match self.value {
            None => String::new(),
            Some(value) if self.value_is_optional => format!("[={value}]"),
            Some(value) => format!(" {value}"),
        };
        format!("{letter}--{}{value}", self.long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for (index, option) in OPTIONS.iter().enumerate() {
            let others = &OPTIONS[index + 1..];
            assert!(others.iter().all(|other| other.long != option.long), "{}", option.long);
            assert!(others.iter().all(|other| other.letter.is_none() || other.letter != option.letter));
        }
    }

    #[test]
    fn each_heading_stands_once() {
        let help = help();
        for option in OPTIONS {
            assert_eq!(help.matches(&format!("\n{}:\n", option.heading)).count(), 1, "{}", option.heading);
        }
    }

    #[test]
    fn every_letter_of_apaches_tool_is_there() {
        let mut letters: Vec<_> = OPTIONS.iter().filter_map(|option| option.letter).collect();
        letters.sort_unstable();
        assert_eq!(String::from_iter(letters), "25BCDbcdimnprsv");
    }

    #[test]
    fn help_starts_with_usage_and_fits_a_terminal() {
        let help = help();
        assert!(help.starts_with("Usage:\n"), "{help}");
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
    }
}
