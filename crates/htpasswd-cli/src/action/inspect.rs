//! `--check` and `--list`: what goes with them, and what not.

use std::ffi::OsString;

use htpasswd::Server;

use super::{Action, Flags};
use crate::format::Output;
use crate::messages::Problem;
use crate::options::Id;
use crate::store::Place;

/// A file to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inspect {
    pub(crate) file: Place,
    /// For which server; `None`: for any.
    pub(crate) server: Option<&'static Server>,
    pub(crate) json: bool,
    /// The records themselves are wanted.
    pub(crate) output: Option<Output>,
}

impl Flags {
    pub(super) fn look(&self, operands: Vec<OsString>) -> Result<Action, Problem> {
        let has = |id| self.has(id);
        let verb = match (has(Id::Check), has(Id::List)) {
            (true, true) => return Err(Problem::NotTogether(Id::List, Id::Check)),
            (true, false) => Id::Check,
            (false, true) if has(Id::Fix) => return Err(Problem::NotTogether(Id::Fix, Id::List)),
            (false, true) => Id::List,
            (false, false) => return Err(Problem::GoesWith(Id::Fix, &[Id::Check])),
        };
        let goes_along = |id| match id {
            Id::Check
            | Id::List
            | Id::Fix
            | Id::For
            | Id::Json
            | Id::NoLimits
            | Id::Secret
            | Id::SecretKey
            | Id::SecretName => true,
            Id::Format => has(Id::List),
            Id::LockTimeout => has(Id::Fix),
            _ => false,
        };
        if let Some(&other) = self.given.iter().find(|&&id| !goes_along(id)) {
            return Err(Problem::NotTogether(other, verb));
        }
        let [operand] = <[OsString; 1]>::try_from(operands).map_err(|_| Problem::Operands)?;
        let json = has(Id::Json);
        let output = self.place.format.map(|_| self.output());
        let what = Inspect { file: self.place(operand)?, server: self.server, json, output };
        Ok(if verb == Id::Check { Action::Check { what, fix: has(Id::Fix) } } else { Action::List(what) })
    }
}
