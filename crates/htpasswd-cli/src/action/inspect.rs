//! `--check` and `--list`: what goes with them, and what not.

use std::ffi::OsString;

use htpasswd::Server;

use super::{Action, Flags};
use crate::export::Output;
use crate::messages::Problem;
use crate::options::FlagId;
use crate::store::Target;

/// A file to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inspect {
    pub(crate) file: Target,
    /// For which server; `None`: for any.
    pub(crate) server: Option<&'static Server>,
    pub(crate) json: bool,
    /// The records themselves are wanted.
    pub(crate) output: Option<Output>,
}

impl Flags {
    pub(super) fn look(&self, operands: Vec<OsString>) -> Result<Action, Problem> {
        let has = |id| self.has(id);
        let verb = match (has(FlagId::Check), has(FlagId::List)) {
            (true, true) => return Err(Problem::NotTogether(FlagId::List, FlagId::Check)),
            (true, false) => FlagId::Check,
            (false, true) if has(FlagId::Fix) => return Err(Problem::NotTogether(FlagId::Fix, FlagId::List)),
            (false, true) => FlagId::List,
            (false, false) => return Err(Problem::GoesWith(FlagId::Fix, &[FlagId::Check])),
        };
        let goes_along = |id| match id {
            FlagId::Check
            | FlagId::List
            | FlagId::Fix
            | FlagId::For
            | FlagId::Json
            | FlagId::NoLimits
            | FlagId::Secret
            | FlagId::SecretKey
            | FlagId::SecretName => true,
            FlagId::Format => has(FlagId::List),
            FlagId::LockTimeout => has(FlagId::Fix),
            _ => false,
        };
        if let Some(&other) = self.given.iter().find(|&&id| !goes_along(id)) {
            return Err(Problem::NotTogether(other, verb));
        }
        super::operands::check(&operands, &["FILE"], 0, false)?;
        let operand = operands.into_iter().next().unwrap_or_default();
        let json = has(FlagId::Json);
        let output = self.target.format.map(|_| self.output());
        let what = Inspect { file: self.target(operand)?, server: self.server, json, output };
        Ok(if verb == FlagId::Check {
            Action::Check { what, fix: has(FlagId::Fix) }
        } else {
            Action::List(what)
        })
    }
}
