//! `--secret` and `--format`: where the password file is, and how records are printed.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use secret_manifest::Selector;

use super::Flags as AllFlags;
use super::command::{PasswordInput, Target};
use super::error::UsageError;
use super::options::FlagId;
use crate::export::{Format, Output};

/// Longest path, in bytes: `PATH_MAX` without its NUL.
const MAX_PATH: usize = 4095;

/// The options about places and formats, the last one of each kind.
#[derive(Default)]
pub(super) struct Flags {
    manifest: Option<OsString>,
    selector: Selector,
    /// The first of `--secret-key` and `--secret-name`.
    selects: Option<FlagId>,
    pub(super) format: Option<Format>,
}

impl Flags {
    pub(super) fn add(&mut self, id: FlagId, value: OsString) -> Result<(), UsageError> {
        // What is not UTF-8 is no name either.
        let text = value.to_str().unwrap_or_default();
        let selector = self.selector.clone();
        match id {
            FlagId::Secret => self.manifest = Some(value),
            FlagId::Format => {
                let format = Format::named(&value);
                let unknown = || UsageError::UnknownFormat(value.as_bytes().to_vec());
                self.format = Some(format.ok_or_else(unknown)?);
            }
            _ => {
                let selector =
                    if id == FlagId::SecretKey { selector.key(text) } else { selector.secret(text) };
                self.selector = selector.map_err(|error| UsageError::Selector(id, error))?;
                self.selects = self.selects.or(Some(id));
            }
        }
        Ok(())
    }
}

impl AllFlags {
    /// Decides what goes with `--secret` and `--format`, and puts the manifest where FILE would stand.
    pub(super) fn with_manifest(&mut self, mut operands: Vec<OsString>) -> Result<Vec<OsString>, UsageError> {
        let print = self.has(FlagId::Print);
        if let Some(format) = self.target.format {
            let lists = self.has(FlagId::List);
            if !print && !lists {
                return Err(UsageError::Requires(FlagId::Format, &[FlagId::Print, FlagId::List]));
            }
            if lists && self.has(FlagId::Json) {
                return Err(UsageError::Conflict(FlagId::Json, FlagId::Format));
            }
            // The program that reads the format is the server then, unless another one is named.
            self.server = self.server.or(if print { format.server() } else { None });
        }
        let Some(manifest) = self.target.manifest.clone() else {
            return match self.target.selects {
                Some(id) if self.target.format != Some(Format::K8sSecret) => {
                    Err(UsageError::SelectorWithoutSecret(id))
                }
                _ => Ok(operands),
            };
        };
        if manifest == "-"
            && !print
            && let Some(option) = self.needs_streams(operands.first())
        {
            return Err(UsageError::StreamsTaken(option));
        }
        if !print {
            operands.insert(0, manifest);
        }
        Ok(operands)
    }

    /// An option that reads standard input or writes to standard output beside a manifest.
    fn needs_streams(&self, first: Option<&OsString>) -> Option<FlagId> {
        let reads = |id| match id {
            FlagId::Stdin => self.source == Some(id),
            FlagId::PasswordFd => matches!(self.other_source, Some(PasswordInput::Descriptor(0))),
            FlagId::Import => first.is_none_or(|users| users == "-"),
            _ => false,
        };
        let looks = [FlagId::DryRun, FlagId::Check, FlagId::List].into_iter().any(|id| self.has(id));
        let writes = |id| match id {
            FlagId::Fix | FlagId::Generate => true,
            FlagId::Json => !looks,
            _ => false,
        };
        self.given.iter().copied().find(|&id| reads(id) || writes(id))
    }

    /// FILE, or the manifest that was put in its place.
    pub(super) fn target(&self, operand: OsString) -> Result<Target, UsageError> {
        if operand.len() > MAX_PATH {
            return Err(UsageError::PathTooLong);
        }
        let path = PathBuf::from(operand);
        Ok(match self.target.manifest {
            Some(_) => Target::Manifest { path, selector: self.target.selector.clone() },
            None => Target::File(path),
        })
    }

    pub(super) fn output(&self) -> Output {
        let format = self.target.format.unwrap_or(Format::Plain);
        Output { format, selector: self.target.selector.clone() }
    }
}
