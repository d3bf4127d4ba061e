//! A call of the program as plain data.
//!
//! The parser makes a [`Command`] and its [`GlobalOptions`], and the commands execute them. This module must never
//! depend on the parser or on the commands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use htpasswd::hash::Scheme;
use htpasswd::servers::ServerSet;
use htpasswd::{Params, Password, PasswordHash, Username};
use secret_manifest::Selector;

use crate::export::Output;
use crate::limits::Limits;
use crate::output::ColorChoice;

/// The action of a call, with its operands and options.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    ShortHelp,
    Version,
    /// Print the table of servers.
    Servers,
    Print(Print),
    Set(Set),
    Delete {
        file: Target,
        user: Vec<u8>,
    },
    Verify {
        file: Target,
        user: Vec<u8>,
        password: PasswordInput,
        /// The servers that read the file; `None` means any.
        servers: Option<ServerSet>,
    },
    Ensure(Ensure),
    EnsureDeleted(EnsureDeleted),
    Switch(Switch),
    Import(Import),
    Check(Check),
    List(Inspect),
}

impl Command {
    /// The name of the command in JSON; `None` for the help and the version, which are text only.
    pub(crate) fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Help | Self::ShortHelp | Self::Version => return None,
            Self::Servers => "servers",
            Self::Print(_) => "print",
            Self::Set(Set { create: true, .. }) => "create",
            Self::Set(_) => "set",
            Self::Delete { .. } => "delete",
            Self::Verify { .. } => "verify",
            Self::Ensure(_) => "ensure",
            Self::EnsureDeleted(_) => "ensure-deleted",
            Self::Switch(Switch { enables: true, .. }) => "enable",
            Self::Switch(_) => "disable",
            Self::Import(_) => "import",
            Self::Check { .. } => "check",
            Self::List(_) => "list",
        })
    }
}

/// Print a record (`-n`).
#[derive(Debug)]
pub(crate) struct Print {
    pub(crate) user: Vec<u8>,
    pub(crate) password: PasswordInput,
    pub(crate) hash_spec: HashSpec,
    pub(crate) output: Output,
}

/// Add a user or change a password.
#[derive(Debug)]
pub(crate) struct Set {
    /// Replace the file with a new one that has only this user (`-c`).
    pub(crate) create: bool,
    pub(crate) file: Target,
    pub(crate) user: Username,
    pub(crate) password: PasswordInput,
    pub(crate) hash_spec: HashSpec,
}

/// Add or update a user only if that is necessary (`--ensure`).
#[derive(Debug)]
pub(crate) struct Ensure {
    pub(crate) file: Target,
    pub(crate) user: Username,
    pub(crate) password: PasswordInput,
    pub(crate) hash_spec: HashSpec,
    pub(crate) dry_run: bool,
}

/// Delete a user who may not exist (`--ensure -D`).
#[derive(Debug)]
pub(crate) struct EnsureDeleted {
    pub(crate) file: Target,
    pub(crate) user: Vec<u8>,
    pub(crate) dry_run: bool,
}

/// Disable or enable a user (`--disable`, `--enable`).
#[derive(Debug)]
pub(crate) struct Switch {
    pub(crate) file: Target,
    pub(crate) user: Vec<u8>,
    pub(crate) enables: bool,
    pub(crate) dry_run: bool,
}

/// Add or update many users (`--import`).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each of these fields is an option without a value")]
pub(crate) struct Import {
    /// Replace the file with a new one that has only these users (`-c`).
    pub(crate) create: bool,
    pub(crate) file: Target,
    /// The user list; `None` is standard input.
    pub(crate) users: Option<PathBuf>,
    /// `None` if neither an option nor the name of the list tells the format.
    pub(crate) format: Option<ListFormat>,
    pub(crate) secrets: Secrets,
    /// Skip invalid records instead of writing nothing.
    pub(crate) keep_going: bool,
    /// Keep hashes that match the passwords, and create a missing file.
    pub(crate) ensure: bool,
    /// Delete users who are not in the list.
    pub(crate) prune: bool,
    pub(crate) dry_run: bool,
}

/// Report the problems of password files (`--check`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// At least one file. The path `-` is standard input.
    pub(crate) files: Vec<Target>,
    /// The second of two operands. It is a user name if no file has this name.
    pub(crate) user: Option<Vec<u8>>,
    /// The servers that read the files; `None` means any.
    pub(crate) servers: Option<ServerSet>,
    /// The kinds of findings that are neither reported nor counted.
    pub(crate) ignored: Vec<&'static str>,
    /// First make the repairs that do not change who can log in.
    pub(crate) fix: bool,
}

/// List the users of a file (`--list`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inspect {
    pub(crate) file: Target,
    /// The servers that read the file; `None` means any.
    pub(crate) servers: Option<ServerSet>,
    /// Print the records themselves, in this format.
    pub(crate) output: Option<Output>,
}

/// The format of a user list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// `user:password`
    Lines,
    Csv,
    /// JSON Lines.
    Json,
}

/// The second field of a user list.
#[derive(Debug)]
pub(crate) enum Secrets {
    Passwords(HashSpec),
    Hashes,
    /// The list has names only, and each user gets a new password of this many characters.
    Generate {
        hash_spec: HashSpec,
        length: usize,
        /// The new file for the passwords; `None` is standard output.
        output: Option<PathBuf>,
    },
}

/// The source of the password.
#[derive(Debug)]
pub(crate) enum PasswordInput {
    /// The last operand.
    Operand(Password),
    /// All of standard input.
    Stdin,
    /// A prompt.
    Prompt,
    File(PathBuf),
    /// An open file descriptor.
    Descriptor(i32),
    /// An environment variable.
    Environment(OsString),
    /// A new password of this many characters.
    Generate(usize),
}

impl PasswordInput {
    /// True if htpasswd generates the password, so that it has to print the password.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self, Self::Generate(_))
    }
}

/// How to hash a password.
#[derive(Debug, Clone)]
pub(crate) struct HashSpec {
    pub(crate) params: Params,
    /// True if `-C` or `-r` was given and the scheme ignores it.
    pub(crate) unused_number: bool,
    /// True if the call names a scheme, a server or, where bcrypt is the default, a cost.
    pub(crate) is_explicit: bool,
    /// The servers that read the hash; `None` means any.
    pub(crate) servers: Option<ServerSet>,
}

impl HashSpec {
    /// Returns true if all servers of the call read the hash.
    pub(crate) fn is_readable(&self, hash: &PasswordHash) -> bool {
        self.servers.as_ref().is_none_or(|servers| servers.can_read_hash(hash.as_bytes(), hash.scheme()))
    }

    /// Returns the hash with a prefix that all servers of the call read. The prefixes of bcrypt differ between servers;
    /// the text after the prefix is the same.
    pub(crate) fn with_readable_prefix(&self, hash: PasswordHash) -> PasswordHash {
        let prefix = self.servers.as_ref().and_then(ServerSet::bcrypt_prefix);
        let Some(prefix) = prefix.filter(|_| hash.scheme() == Scheme::Bcrypt && !self.is_readable(&hash))
        else {
            return hash;
        };
        let rest = hash.as_bytes().get(prefix.len()..).unwrap_or_default();
        PasswordHash::parse(&[prefix.as_bytes(), rest].concat()).unwrap_or(hash)
    }
}

/// The place of the password file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    File(PathBuf),
    /// The value of a key in a Secret manifest; `-` is standard input and output.
    Manifest {
        path: PathBuf,
        selector: Selector,
    },
}

impl Target {
    /// True if the manifest comes from standard input and goes to standard output.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Manifest { .. }) && self.is_dash()
    }

    /// True if the path is `-`, which is standard input for `--check` and for a manifest.
    pub(crate) fn is_dash(&self) -> bool {
        self.path().as_os_str() == "-"
    }

    /// The path as it was given.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Manifest { path, .. } => path,
        }
    }
}

/// Options that matter to more than one command.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each of these fields is an option without a value")]
pub(crate) struct GlobalOptions {
    /// Treat warnings as errors.
    pub(crate) strict: bool,
    /// Print the result, or the error, as JSON.
    pub(crate) json: bool,
    /// The longest time to wait for other writers; `None` is the library's default.
    pub(crate) lock_timeout: Option<Duration>,
    /// Permissions of a new file.
    pub(crate) mode: Option<u32>,
    /// The name or number of the group of a new file.
    pub(crate) group: Option<OsString>,
    /// Change the file without a lock.
    pub(crate) no_lock: bool,
    /// Before a change that removes or replaces users, keep the old file under its name with this suffix.
    pub(crate) backup: Option<OsString>,
    /// `-c` fails if the file exists.
    pub(crate) no_clobber: bool,
    pub(crate) limits: Limits,
    pub(crate) color: ColorChoice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_manifest_called_dash_is_a_stream() {
        let manifest = |path: &str| Target::Manifest { path: path.into(), selector: Selector::new() };
        assert!(manifest("-").is_stream());
        assert!(!manifest("s.yaml").is_stream() && !Target::File("-".into()).is_stream());
    }

    #[test]
    fn only_generate_has_a_generated_password() {
        assert!(PasswordInput::Generate(26).is_generated());
        assert!(!PasswordInput::Prompt.is_generated() && !PasswordInput::Stdin.is_generated());
    }

    const BCRYPT: &str = "10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    fn hash_spec(servers: &str) -> HashSpec {
        let servers = (!servers.is_empty()).then(|| ServerSet::named(servers).unwrap());
        HashSpec { params: Params::Apr1, unused_number: false, is_explicit: false, servers }
    }

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_hash_is_readable_if_all_servers_read_its_prefix() {
        let is_readable =
            |servers, prefix: &str| hash_spec(servers).is_readable(&hash(&format!("{prefix}{BCRYPT}")));
        assert!(is_readable("", "$2y$") && is_readable("registry", "$2y$"));
        assert!(is_readable("openbsd-httpd", "$2b$") && !is_readable("openbsd-httpd", "$2y$"));
        assert!(!is_readable("registry,openbsd-httpd", "$2y$"));
        assert!(!hash_spec("registry").is_readable(&hash("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")));
    }

    #[test]
    fn only_an_unreadable_prefix_is_replaced() {
        let prefix = |servers, prefix: &str| {
            let hash =
                hash_spec(servers).with_readable_prefix(hash(&format!("{prefix}{BCRYPT}"))).to_string();
            assert!(hash.ends_with(BCRYPT), "{hash}");
            hash[..4].to_owned()
        };
        assert_eq!(prefix("openbsd-httpd", "$2y$"), "$2b$");
        assert_eq!(prefix("openbsd-httpd", "$2a$"), "$2a$");
        assert_eq!((prefix("", "$2y$"), prefix("registry", "$2a$")), ("$2y$".to_owned(), "$2a$".to_owned()));
        let sha1 = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
        assert_eq!(hash_spec("openbsd-httpd").with_readable_prefix(hash(sha1)).to_string(), sha1);
    }
}
