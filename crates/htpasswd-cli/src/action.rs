//! What was asked for: options and operands become one [`Action`], or a [`Problem`].

mod inspect;
mod operands;
mod rules;
mod server;
mod target;
mod values;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use htpasswd::{Cost, Params, Rounds, Server, Username, UsernameError};

pub(crate) use self::inspect::Inspect;
pub(crate) use self::operands::WrongOperands;
use crate::argv::RawArgs;
use crate::export::Output;
use crate::global_options::{GlobalOptions, Warnings};
use crate::import::{Format, Import, Secrets};
use crate::limits::Limits;
use crate::messages::{Problem, Provisioning, warning};
use crate::options::FlagId;
use crate::output::eprint;
use crate::password::{self, HashSpec, Source};
use crate::store::Target;

/// The costs of bcrypt that Apache's tool makes.
const COSTS: (u32, u32) = (Cost::MIN, 17);
const DEFAULT_COST: u32 = 5;

#[derive(Debug)]
pub(crate) enum Action {
    Help,
    ShortHelp,
    Version,
    Print {
        user: Vec<u8>,
        source: Source,
        hash_spec: HashSpec,
        output: Output,
    },
    /// `create`: make the file anew.
    Write {
        create: bool,
        file: Target,
        user: Username,
        source: Source,
        hash_spec: HashSpec,
    },
    Delete {
        file: Target,
        user: Vec<u8>,
    },
    Verify {
        file: Target,
        user: Vec<u8>,
        source: Source,
    },
    Import(Import),
    /// The table of servers.
    Servers,
    Check {
        what: Inspect,
        fix: bool,
    },
    List(Inspect),
    Ensure(Ensure),
}

/// What `--ensure` was asked to do.
#[derive(Debug)]
pub(crate) struct Ensure {
    pub(crate) file: Target,
    pub(crate) user: Username,
    pub(crate) source: Source,
    pub(crate) hash_spec: HashSpec,
    pub(crate) dry_run: bool,
    /// What was done as JSON.
    pub(crate) json: bool,
}

/// The options, the last one of each kind.
#[derive(Default)]
struct Flags {
    /// Whatever there was, in order.
    given: Vec<FlagId>,
    /// All that were asked for, each once.
    modes: Vec<FlagId>,
    /// `-b` or `-i`.
    source: Option<FlagId>,
    /// A file, a descriptor or an environment variable.
    other_source: Option<Source>,
    /// What `--generate` was given.
    length: Option<OsString>,
    scheme: Option<FlagId>,
    /// Of `-C` and `-r`, which are one. Saturated, as strtol(3) does it.
    number: Option<u64>,
    format: Format,
    globals: GlobalOptions,
    server: Option<&'static Server>,
    target: target::Flags,
}

/// Decides every combination of options; the checks come in the order of Apache's tool.
pub(crate) fn parse(words: RawArgs) -> Result<(Action, GlobalOptions), Problem> {
    let mut flags = Flags::default();
    for (id, value) in words.options {
        flags.given.push(id);
        match id {
            FlagId::Help => return Ok((Action::Help, flags.globals)),
            FlagId::Version => return Ok((Action::Version, flags.globals)),
            FlagId::Create | FlagId::Print | FlagId::Delete | FlagId::Verify => {
                if !flags.modes.contains(&id) {
                    flags.modes.push(id);
                }
            }
            FlagId::Batch | FlagId::Stdin => flags.source = Some(id),
            FlagId::Number => {
                flags.number = Some(number(&value.unwrap_or_default()).ok_or(Problem::NotANumber)?);
            }
            FlagId::ImportFormat => {
                flags.format = format(&value.unwrap_or_default()).ok_or(Problem::NotAFormat)?;
            }
            FlagId::For => match server::asked(&value.unwrap_or_default())? {
                Some(server) => flags.server = Some(server),
                None => return Ok((Action::Servers, flags.globals)),
            },
            FlagId::Import
            | FlagId::Hashed
            | FlagId::KeepGoing
            | FlagId::Json
            | FlagId::Ensure
            | FlagId::Prune
            | FlagId::DryRun
            | FlagId::Check
            | FlagId::List
            | FlagId::Fix => {}
            FlagId::Format | FlagId::Secret | FlagId::SecretKey | FlagId::SecretName => {
                flags.target.take(id, value.unwrap_or_default())?;
            }
            FlagId::PasswordFile => flags.other_source = Some(Source::File(value.unwrap_or_default().into())),
            FlagId::PasswordFd => {
                flags.other_source =
                    Some(Source::Descriptor(values::descriptor(&value.unwrap_or_default())?));
            }
            FlagId::PasswordEnv => flags.other_source = Some(Source::Environment(value.unwrap_or_default())),
            FlagId::Generate => flags.length = value,
            FlagId::NoClobber => flags.globals.no_clobber = true,
            FlagId::Mode => flags.globals.mode = Some(values::mode(&value.unwrap_or_default())?),
            FlagId::LockTimeout => {
                flags.globals.lock_timeout = Some(values::seconds(&value.unwrap_or_default())?);
            }
            FlagId::Strict => flags.globals.warnings = Warnings::Fatal,
            FlagId::NoLimits => flags.globals.limits = Limits::NONE,
            FlagId::Md5
            | FlagId::Sha256
            | FlagId::Sha512
            | FlagId::Bcrypt
            | FlagId::Crypt
            | FlagId::Sha1
            | FlagId::Plain => {
                flags.scheme = Some(id);
                if id == FlagId::Plain {
                    eprint(&warning("storing passwords as plain text might just not work on this platform."));
                }
            }
        }
    }
    if let Some(error) = words.error {
        return Err(Problem::Words(error));
    }
    let globals = flags.globals;
    let operands = flags.with_manifest(words.operands)?;
    Ok((flags.action(operands)?, globals))
}

impl Flags {
    fn has(&self, id: FlagId) -> bool {
        self.given.contains(&id)
    }

    fn action(mut self, operands: Vec<OsString>) -> Result<Action, Problem> {
        let mode = match *self.modes.as_slice() {
            [] => None,
            [mode] => Some(mode),
            _ => return Err(Problem::Modes),
        };
        if [FlagId::Check, FlagId::List, FlagId::Fix].into_iter().any(|id| self.has(id)) {
            return self.look(operands);
        }
        rules::check(&self.given)?;
        // That was said as soon as it was read, and perhaps before --strict was.
        if self.globals.warnings == Warnings::Fatal && self.has(FlagId::Plain) {
            return Err(Provisioning::Strict.into());
        }
        if self.has(FlagId::Import) {
            return self.import(mode, operands).map(Action::Import);
        }
        if let Some(mode) =
            mode.filter(|mode| self.server.is_some() && matches!(mode, FlagId::Delete | FlagId::Verify))
        {
            return Err(Problem::NotTogether(FlagId::For, mode));
        }
        let (print, delete) = (mode == Some(FlagId::Print), mode == Some(FlagId::Delete));
        let batch = self.source == Some(FlagId::Batch);
        let names = &["FILE", "USER", "PASSWORD"][usize::from(print)..2 + usize::from(batch)];
        operands::check(&operands, names, 0, !batch && !delete)?;
        let hash_spec = if delete || mode == Some(FlagId::Verify) { None } else { Some(self.hash_spec()?) };

        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_default();
        let file = if print { Target::File(PathBuf::new()) } else { self.target(next())? };
        let name = next().into_vec();
        let user = match Username::new(name.as_slice()) {
            Err(UsernameError::TooLong) => return Err(Problem::NameTooLong),
            Err(UsernameError::Colon) => return Err(Problem::NameWithColon),
            checked => checked,
        };
        let source = match (self.source, &hash_spec) {
            (Some(FlagId::Batch), _) => password::operand(next().into_vec(), delete)?,
            (Some(_), _) => Source::Stdin,
            (None, Some(hash_spec)) if self.has(FlagId::Generate) => {
                Source::Generate(values::length(self.length.as_deref(), &hash_spec.params)?)
            }
            (None, _) => self.other_source.take().unwrap_or(Source::Prompt),
        };
        // Names that cannot be written are looked up and deleted all the same: old files have them.
        Ok(match hash_spec {
            None if delete => Action::Delete { file, user: name },
            None => Action::Verify { file, user: name, source },
            // `htpasswd -nB "" | tr -d ':\n'` is how people make a hash for files of another kind.
            Some(hash_spec) if print && name.is_empty() => {
                Action::Print { user: name, source, hash_spec, output: self.output() }
            }
            Some(hash_spec) => {
                let user = user.map_err(Problem::Name)?;
                if print {
                    Action::Print { user: name, source, hash_spec, output: self.output() }
                } else if self.has(FlagId::Ensure) {
                    let (dry_run, json) = (self.has(FlagId::DryRun), self.has(FlagId::Json));
                    Action::Ensure(Ensure { file, user, source, hash_spec, dry_run, json })
                } else {
                    Action::Write { create: mode == Some(FlagId::Create), file, user, source, hash_spec }
                }
            }
        })
    }

    fn import(&self, mode: Option<FlagId>, operands: Vec<OsString>) -> Result<Import, Problem> {
        if let Some(other) = mode.filter(|&mode| mode != FlagId::Create).or(self.source) {
            return Err(Problem::NotTogether(other, FlagId::Import));
        }
        let hashed = self.has(FlagId::Hashed);
        let making = self.scheme.or(self.number.map(|_| FlagId::Number)).or(self.server.map(|_| FlagId::For));
        if let Some(other) = making.filter(|_| hashed) {
            return Err(Problem::NotTogether(other, FlagId::Hashed));
        }
        operands::check(&operands, &["FILE", "USERS"], 1, false)?;
        let secrets = if hashed { Secrets::Hashes } else { Secrets::Passwords(self.hash_spec()?) };
        let mut operands = operands.into_iter();
        Ok(Import {
            create: mode == Some(FlagId::Create),
            file: self.target(operands.next().unwrap_or_default())?,
            users: operands.next().filter(|users| users != "-").map(PathBuf::from),
            format: self.format,
            secrets,
            keep_going: self.has(FlagId::KeepGoing),
            ensure: self.has(FlagId::Ensure),
            prune: self.has(FlagId::Prune),
            dry_run: self.has(FlagId::DryRun),
            json: self.has(FlagId::Json),
        })
    }

    fn hash_spec(&self) -> Result<HashSpec, Problem> {
        let in_range = |what, (least, most)| match self.number {
            None => Ok(None),
            Some(number) => u32::try_from(number)
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Some)
                .ok_or(Problem::Range { what, least, most }),
        };
        let rounds = |what| {
            let rounds = in_range(what, (Rounds::MIN, Rounds::MAX))?;
            let rounds = rounds.or(self.server.map(|_| Server::ROUNDS));
            Ok::<_, Problem>(rounds.and_then(|rounds| Rounds::new(rounds).ok()))
        };
        let is_asked_for = self.scheme.is_some() || self.server.is_some();
        let without_number = |params| {
            in_range("any algorithm", (1, u32::MAX))?;
            Ok(HashSpec { params, unused_number: self.number.is_some(), is_asked_for })
        };
        let params = match self.scheme_for_server()? {
            Some(FlagId::Bcrypt) => {
                let cost = in_range("bcrypt", COSTS)?.unwrap_or(if self.server.is_some() {
                    Server::COST
                } else {
                    DEFAULT_COST
                });
                let (least, most) = COSTS;
                let range = Problem::Range { what: "bcrypt", least, most };
                Params::Bcrypt(Cost::new(cost).map_err(|_| range)?)
            }
            Some(FlagId::Sha256) => Params::Sha256Crypt(rounds("SHA-256")?),
            Some(FlagId::Sha512) => Params::Sha512Crypt(rounds("SHA-512")?),
            Some(FlagId::Crypt) => return without_number(Params::DesCrypt),
            Some(FlagId::Sha1) => return without_number(Params::Sha1),
            Some(FlagId::Plain) => return without_number(Params::Plain),
            _ => return without_number(Params::Apr1),
        };
        Ok(HashSpec { params, unused_number: false, is_asked_for })
    }
}

fn format(name: &OsStr) -> Option<Format> {
    match name.as_bytes() {
        b"lines" => Some(Format::Lines),
        b"csv" => Some(Format::Csv),
        b"json" => Some(Format::Json),
        _ => None,
    }
}

/// What strtol(3) takes as a decimal number, all of it used up, and greater than 0.
fn number(text: &OsStr) -> Option<u64> {
    let text = text.as_bytes();
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let digits = text[blanks..].strip_prefix(b"+").unwrap_or(&text[blanks..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests;
