//! What an action heeds, whatever it is.

use std::time::Duration;

use crate::limits::Limits;
use crate::messages::{Problem, Provisioning};
use crate::output::eprint;

/// How an action is carried out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GlobalOptions {
    pub(crate) warnings: Warnings,
    /// Otherwise the library's.
    pub(crate) lock_timeout: Option<Duration>,
    /// Of a file that is made.
    pub(crate) mode: Option<u32>,
    /// `-c` replaces no file.
    pub(crate) no_clobber: bool,
    pub(crate) limits: Limits,
}

/// What becomes of warnings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Warnings {
    #[default]
    Told,
    /// The first one ends the run (`--strict`). So each is told before anything is written.
    Fatal,
}

impl Warnings {
    /// Says these lines, if any.
    pub(crate) fn warn(self, lines: &[u8]) -> Result<(), Problem> {
        eprint(lines);
        if lines.is_empty() || self == Self::Told { Ok(()) } else { Err(Provisioning::Strict.into()) }
    }

    /// Says these lines, if any, and ends the run; without `--strict`, they can still be told later.
    pub(crate) fn refuse(self, lines: &[u8]) -> Result<(), Problem> {
        if self == Self::Fatal { self.warn(lines) } else { Ok(()) }
    }
}
