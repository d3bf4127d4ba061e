//! Rejects options that cannot be combined with `--secret` or `--format`.

use std::ffi::OsString;

use htpasswd::servers::ServerSet;

use super::command::PasswordInput;
use super::error::UsageError;
use super::flags::Flags;
use super::options::FlagId;
use crate::export::Format;

impl Flags {
    /// Checks the options beside `--secret` and `--format`. Returns the operands, with the manifest in place of FILE.
    pub(super) fn with_manifest(&mut self, mut operands: Vec<OsString>) -> Result<Vec<OsString>, UsageError> {
        let print = self.has(FlagId::Print);
        if let Some(format) = self.target.format {
            let lists = self.has(FlagId::List);
            if !print && !lists {
                return Err(UsageError::Requires(FlagId::Format, &[FlagId::Print, FlagId::List]));
            }
            if self.has(FlagId::Json) {
                return Err(UsageError::Conflict(FlagId::Json, FlagId::Format));
            }
            // Without --for, the program that reads the format is the server.
            if self.servers.is_none() && print {
                self.servers = format.server().map(ServerSet::from);
            }
        }
        if let Some(id) = self.target.needs_format.filter(|_| self.target.format != Some(Format::K8sSecret)) {
            return Err(UsageError::NeedsSecretFormat(id));
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
        // Such a server reads no password file, so each key is a user.
        let servers = self.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
        if servers.iter().any(|server| server.file.is_none() && server.reads_user_keys) {
            self.target.select_user_keys();
        }
        if !print {
            operands.insert(0, manifest);
        }
        Ok(operands)
    }

    /// The first option that uses standard input or output, which the manifest uses already.
    fn needs_streams(&self, first: Option<&OsString>) -> Option<FlagId> {
        let reads = |id| match id {
            FlagId::Stdin => self.source == Some(id),
            FlagId::PasswordFd => matches!(self.other_source, Some(PasswordInput::Descriptor(0))),
            FlagId::Import => first.is_none_or(|users| users == "-"),
            _ => false,
        };
        let read_only = [FlagId::DryRun, FlagId::Check, FlagId::List, FlagId::Verify];
        let is_read_only = read_only.into_iter().any(|id| self.has(id));
        let writes = |id| match id {
            FlagId::Fix => true,
            FlagId::Generate => !self.has(FlagId::Output),
            FlagId::Json => !is_read_only,
            _ => false,
        };
        self.given.iter().copied().find(|&id| reads(id) || writes(id))
    }
}
