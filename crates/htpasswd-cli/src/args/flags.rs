//! Turns the options and operands of a call into a command.
//!
//! [`parse`] checks the options from left to right, and then their combination. The order of these checks must stay,
//! because the first mistake decides the exit code.

use std::ffi::OsString;
use std::path::PathBuf;

use htpasswd::Username;
use htpasswd::document::UsernameError;
use htpasswd::hash::{Argon2Cost, Scheme};
use htpasswd::servers::{Server, ServerSet};

use super::command::{
    Command, Ensure, EnsureDeleted, GlobalOptions, Import, ListFormat, PasswordInput, Print, Secrets, Set,
    Switch, Target,
};
use super::error::UsageError;
use super::options::FlagId;
use super::words::RawArgs;
use super::{conflicts, operands, target, values};
use crate::limits::Limits;
use crate::os;
use crate::warning::Warning;

/// The options of a call.
#[derive(Default)]
pub(super) struct Flags {
    /// All options, from left to right.
    pub(super) given: Vec<FlagId>,
    /// `-c`, `-n`, `-D`, `-v`, `--disable` and `--enable`, each once.
    modes: Vec<FlagId>,
    /// The last `-b` or `-i` of the call.
    pub(super) source: Option<FlagId>,
    /// `--password-file`, `--password-fd` or `--password-env`.
    pub(super) other_source: Option<PasswordInput>,
    /// The value of `--generate`.
    length: Option<OsString>,
    /// The last scheme option of the call.
    pub(super) scheme: Option<FlagId>,
    /// The last `-C` or `-r` of the call, with its number. A number that does not fit becomes `u64::MAX`; strtol(3)
    /// also returns its maximum.
    pub(super) number: Option<(FlagId, u64)>,
    /// The value of `--argon2-params`.
    pub(super) argon2_cost: Option<Argon2Cost>,
    format: Option<ListFormat>,
    /// The value of `--output`.
    output: Option<PathBuf>,
    /// The values of `--ignore`.
    pub(super) ignored: Vec<&'static str>,
    globals: GlobalOptions,
    pub(super) servers: Option<ServerSet>,
    pub(super) target: target::Flags,
}

/// Checks the options from left to right, then the whole call.
pub(super) fn parse(
    words: RawArgs,
    warnings: &mut Vec<Warning>,
) -> Result<(Command, GlobalOptions), UsageError> {
    let mut flags = Flags::default();
    // `--for help` ends the parsing, so an option after it has to be found first.
    flags.globals.json = words.options.iter().any(|(id, _)| *id == FlagId::Json);
    for (id, value) in words.options {
        match id {
            FlagId::Help => return Ok((Command::Help, flags.globals)),
            FlagId::Version => return Ok((Command::Version, flags.globals)),
            FlagId::For if value == "help" => return Ok((Command::Servers, flags.globals)),
            FlagId::Plain => warnings.push(Warning::PlainText),
            _ => {}
        }
        flags.add(id, value)?;
    }
    if let Some(error) = words.error {
        return Err(error);
    }
    let globals = std::mem::take(&mut flags.globals);
    let operands = flags.with_manifest(words.operands)?;
    Ok((flags.command(operands, warnings)?, globals))
}

impl Flags {
    pub(super) fn has(&self, id: FlagId) -> bool {
        self.given.contains(&id)
    }

    /// Adds an option and checks its value.
    fn add(&mut self, id: FlagId, value: OsString) -> Result<(), UsageError> {
        if let Some(reason) = os::unavailable(id.name()) {
            return Err(UsageError::Unavailable(id, reason));
        }
        self.given.push(id);
        match id {
            FlagId::Create
            | FlagId::Print
            | FlagId::Delete
            | FlagId::Verify
            | FlagId::Disable
            | FlagId::Enable => {
                if !self.modes.contains(&id) {
                    self.modes.push(id);
                }
            }
            FlagId::Batch | FlagId::Stdin => self.source = Some(id),
            FlagId::Cost | FlagId::Rounds => self.number = Some((id, values::number(&value)?)),
            FlagId::Argon2Params => self.argon2_cost = Some(values::argon2_cost(&value)?),
            FlagId::ImportFormat => self.format = Some(values::list_format(&value)?),
            FlagId::Output => self.output = Some(value.into()),
            FlagId::For => self.servers = Some(values::servers(&value)?),
            FlagId::Format
            | FlagId::Secret
            | FlagId::SecretKey
            | FlagId::SecretName
            | FlagId::SecretType
            | FlagId::Namespace => {
                self.target.add(id, value)?;
            }
            FlagId::Ignore => self.ignored.extend(values::kinds(&value)?),
            FlagId::PasswordFile => self.other_source = Some(PasswordInput::File(value.into())),
            FlagId::PasswordFd => {
                self.other_source = Some(PasswordInput::Descriptor(values::descriptor(&value)?));
            }
            FlagId::PasswordEnv => self.other_source = Some(PasswordInput::Environment(value)),
            FlagId::Generate => self.length = Some(value),
            FlagId::Backup => self.globals.backup = Some(values::suffix(value)?),
            FlagId::NoClobber => self.globals.no_clobber = true,
            FlagId::Mode => self.globals.mode = Some(values::mode(&value)?),
            FlagId::Group => self.globals.group = Some(value),
            FlagId::LockTimeout => self.globals.lock_timeout = Some(values::seconds(&value)?),
            FlagId::NoLock => self.globals.no_lock = true,
            FlagId::Strict => self.globals.strict = true,
            FlagId::NoLimits => self.globals.limits = Limits::NONE,
            FlagId::Color => self.globals.color = values::color(&value)?,
            FlagId::Md5
            | FlagId::Sha256
            | FlagId::Sha512
            | FlagId::Bcrypt
            | FlagId::Argon2
            | FlagId::Crypt
            | FlagId::Sha1
            | FlagId::Plain => self.scheme = Some(id),
            FlagId::Import
            | FlagId::Hashed
            | FlagId::KeepGoing
            | FlagId::Json
            | FlagId::Ensure
            | FlagId::Prune
            | FlagId::DryRun
            | FlagId::Check
            | FlagId::List
            | FlagId::Fix
            | FlagId::Help
            | FlagId::Version => {}
        }
        Ok(())
    }

    /// The server of a call that would edit a file, if that server reads no password file.
    fn without_file(&self, mode: Option<FlagId>) -> Option<&'static Server> {
        let edits = matches!(mode, None | Some(FlagId::Create));
        let servers = self.servers.as_ref().filter(|_| edits)?.as_slice();
        let in_manifest = self.target.manifest.is_some();
        servers
            .iter()
            .copied()
            .find(|server| server.file.is_none() && !(in_manifest && server.reads_user_keys))
    }

    fn command(
        mut self,
        operands: Vec<OsString>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Command, UsageError> {
        let mode = match *self.modes.as_slice() {
            [] => None,
            [mode] => Some(mode),
            _ => return Err(UsageError::SeveralModes),
        };
        if [FlagId::Check, FlagId::List, FlagId::Fix].into_iter().any(|id| self.has(id)) {
            return self.inspect(operands);
        }
        conflicts::check(&self.given)?;
        if let Some(server) = self.without_file(mode) {
            return Err(UsageError::NoPasswordFile(server));
        }
        if self.has(FlagId::Import) {
            return self.import(mode, operands, warnings).map(Command::Import);
        }
        if self.servers.is_some() && mode == Some(FlagId::Delete) {
            return Err(UsageError::Conflict(FlagId::For, FlagId::Delete));
        }
        if let Some(mode) = mode.filter(|mode| matches!(mode, FlagId::Disable | FlagId::Enable)) {
            return self.switch(mode == FlagId::Enable, operands).map(Command::Switch);
        }
        let (print, delete) = (mode == Some(FlagId::Print), mode == Some(FlagId::Delete));
        let batch = self.source == Some(FlagId::Batch);
        let names = &["FILE", "USER", "PASSWORD"][usize::from(print)..2 + usize::from(batch)];
        operands::check(&operands, names, 0, !batch && !delete)?;
        let hash_spec =
            if delete || mode == Some(FlagId::Verify) { None } else { Some(self.hash_spec(warnings)?) };

        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_default();
        let file = if print { Target::File(PathBuf::new()) } else { self.target.target(next())? };
        let name = next().into_encoded_bytes();
        let user = match Username::new(name.as_slice()) {
            Err(error @ (UsernameError::TooLong | UsernameError::Colon)) => {
                return Err(UsageError::Name(error));
            }
            checked => checked.map_err(UsageError::Name),
        };
        let password = match (self.source, &hash_spec) {
            (Some(FlagId::Batch), _) => values::password(next().into_encoded_bytes(), delete)?,
            (Some(_), _) => PasswordInput::Stdin,
            (None, Some(hash_spec)) if self.has(FlagId::Generate) => {
                let length = self.length.take().unwrap_or_default();
                PasswordInput::Generate(values::length(&length, &hash_spec.params)?)
            }
            (None, _) => self.other_source.take().unwrap_or(PasswordInput::Prompt),
        };
        // -D and -v accept any name, because old files may have names that htpasswd no longer writes.
        let Some(hash_spec) = hash_spec else {
            return Ok(if delete && self.has(FlagId::Ensure) {
                let dry_run = self.has(FlagId::DryRun);
                Command::EnsureDeleted(EnsureDeleted { file, user: name, dry_run })
            } else if delete {
                Command::Delete { file, user: name }
            } else {
                Command::Verify { file, user: name, password, servers: self.servers }
            });
        };
        // `htpasswd -nB "" | tr -d ':\n'` prints a hash for another kind of file.
        if print && name.is_empty() {
            return Ok(Command::Print(Print {
                user: name,
                password,
                hash_spec,
                output: self.target.output(),
            }));
        }
        let user = user?;
        Ok(if print {
            Command::Print(Print { user: name, password, hash_spec, output: self.target.output() })
        } else if self.has(FlagId::Ensure) {
            let dry_run = self.has(FlagId::DryRun);
            Command::Ensure(Ensure { file, user, password, hash_spec, dry_run })
        } else {
            let create = mode == Some(FlagId::Create);
            Command::Set(Set { create, file, user, password, hash_spec })
        })
    }

    fn switch(&self, enables: bool, operands: Vec<OsString>) -> Result<Switch, UsageError> {
        let servers = self.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
        if let Some(server) = servers.iter().find(|server| server.can_read(Scheme::Plain)) {
            return Err(UsageError::DisabledIsPlain(server));
        }
        operands::check(&operands, &["FILE", "USER"], 0, false)?;
        let mut operands = operands.into_iter();
        let file = self.target.target(operands.next().unwrap_or_default())?;
        let user = operands.next().unwrap_or_default().into_encoded_bytes();
        let dry_run = self.has(FlagId::DryRun);
        Ok(Switch { file, user, enables, dry_run })
    }

    fn import(
        &self,
        mode: Option<FlagId>,
        operands: Vec<OsString>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Import, UsageError> {
        if let Some(other) = mode.filter(|&mode| mode != FlagId::Create).or(self.source) {
            return Err(UsageError::Conflict(other, FlagId::Import));
        }
        let hashed = self.has(FlagId::Hashed);
        let number = self.number.map(|(id, _)| id);
        let number = number.or(self.argon2_cost.map(|_| FlagId::Argon2Params));
        let generate = self.length.as_ref().map(|_| FlagId::Generate);
        let hashing = generate.or(self.scheme).or(number).or(self.servers.as_ref().map(|_| FlagId::For));
        if let Some(other) = hashing.filter(|_| hashed) {
            return Err(UsageError::Conflict(other, FlagId::Hashed));
        }
        operands::check(&operands, &["FILE", "USERS"], 1, false)?;
        if generate.is_some() && self.output.is_none() && self.has(FlagId::Json) {
            // The passwords would be on standard output, too.
            return Err(UsageError::Requires(FlagId::Json, &[FlagId::Output]));
        }
        let secrets = match &self.length {
            _ if hashed => Secrets::Hashes,
            None => Secrets::Passwords(self.hash_spec(warnings)?),
            Some(length) => {
                let hash_spec = self.hash_spec(warnings)?;
                let length = values::length(length, &hash_spec.params)?;
                Secrets::Generate { hash_spec, length, output: self.output.clone() }
            }
        };
        let mut operands = operands.into_iter();
        let file = self.target.target(operands.next().unwrap_or_default())?;
        let users = operands.next().filter(|users| users != "-").map(PathBuf::from);
        Ok(Import {
            create: mode == Some(FlagId::Create),
            file,
            format: self.format.or(users.as_deref().and_then(values::format_of_name)),
            users,
            secrets,
            keep_going: self.has(FlagId::KeepGoing),
            ensure: self.has(FlagId::Ensure),
            prune: self.has(FlagId::Prune),
            dry_run: self.has(FlagId::DryRun),
        })
    }
}
