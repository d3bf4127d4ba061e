//! The commands `--check` and `--list`, and the options that they accept.

use std::ffi::OsString;

use super::command::{Check, Command, Inspect};
use super::error::UsageError;
use super::flags::Flags;
use super::operands;
use super::options::FlagId;

impl Flags {
    pub(super) fn inspect(&self, operands: Vec<OsString>) -> Result<Command, UsageError> {
        let has = |id| self.has(id);
        let verb = match (has(FlagId::Check), has(FlagId::List)) {
            (true, true) => return Err(UsageError::Conflict(FlagId::List, FlagId::Check)),
            (true, false) => FlagId::Check,
            (false, true) => match [FlagId::Fix, FlagId::Ignore].into_iter().find(|id| has(*id)) {
                Some(id) => return Err(UsageError::Conflict(id, FlagId::List)),
                None => FlagId::List,
            },
            (false, false) => return Err(UsageError::Requires(FlagId::Fix, &[FlagId::Check])),
        };
        let is_allowed = |id| match id {
            FlagId::Check
            | FlagId::List
            | FlagId::Fix
            | FlagId::Ignore
            | FlagId::For
            | FlagId::Json
            | FlagId::NoLimits
            | FlagId::Color
            | FlagId::Secret
            | FlagId::SecretKey
            | FlagId::SecretName => true,
            FlagId::Format | FlagId::SecretType | FlagId::Namespace => has(FlagId::List),
            FlagId::LockTimeout | FlagId::NoLock | FlagId::Backup => has(FlagId::Fix),
            _ => false,
        };
        if let Some(&other) = self.given.iter().find(|&&id| !is_allowed(id)) {
            return Err(UsageError::Conflict(other, verb));
        }
        if verb == FlagId::Check {
            return self.check(operands).map(Command::Check);
        }
        operands::check(&operands, &["FILE"], 0, false)?;
        let operand = operands.into_iter().next().unwrap_or_default();
        let servers = self.servers.clone();
        let output = self.target.format.map(|_| self.target.output());
        Ok(Command::List(Inspect { file: self.target.target(operand)?, servers, output }))
    }

    fn check(&self, operands: Vec<OsString>) -> Result<Check, UsageError> {
        operands::check_files(&operands)?;
        let user = match operands.as_slice() {
            // --fix changes its files, so a misspelled file is no user.
            [_, word]
                if !self.has(FlagId::Fix) && word != "-" && !word.as_encoded_bytes().contains(&b'/') =>
            {
                Some(word.as_encoded_bytes().to_vec())
            }
            _ => None,
        };
        let files: Result<Vec<_>, _> =
            operands.into_iter().map(|operand| self.target.target(operand)).collect();
        let files = files?;
        let (servers, fix) = (self.servers.clone(), self.has(FlagId::Fix));
        match files.iter().filter(|file| file.is_dash()).count() {
            0 => {}
            _ if fix => return Err(UsageError::FixOfStdin),
            1 => {}
            _ => return Err(UsageError::RepeatedStdin),
        }
        Ok(Check { files, user, servers, ignored: self.ignored.clone(), fix })
    }
}
