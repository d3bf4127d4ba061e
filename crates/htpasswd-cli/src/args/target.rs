//! The values of `--secret`, `--secret-key`, `--secret-name` and `--format`: the place of the password file, and the
//! format of printed records.

use std::ffi::OsString;
use std::path::PathBuf;

use secret_manifest::{NewSecret, Selector};

use super::command::Target;
use super::error::UsageError;
use super::options::FlagId;
use crate::export::{Format, Output};

/// The length of the longest path, in bytes: `PATH_MAX` without the NUL at the end.
const MAX_PATH: usize = 4095;

/// The values of these options. If an option is repeated, its last value counts.
#[derive(Default)]
pub(super) struct Flags {
    pub(super) manifest: Option<OsString>,
    selector: Selector,
    /// The first of `--secret-key` and `--secret-name`.
    pub(super) selects: Option<FlagId>,
    pub(super) format: Option<Format>,
    namespace: Option<String>,
    secret_type: Option<String>,
    /// The first of `--namespace` and `--secret-type`, which need `--format k8s-secret`.
    pub(super) needs_format: Option<FlagId>,
}

impl Flags {
    pub(super) fn add(&mut self, id: FlagId, value: OsString) -> Result<(), UsageError> {
        // A value that is not UTF-8 becomes the empty name, which is invalid too.
        let text = value.to_str().unwrap_or_default();
        let selector = self.selector.clone();
        match id {
            FlagId::Secret => self.manifest = Some(value),
            FlagId::Namespace | FlagId::SecretType => {
                let secret = NewSecret::new(Selector::new());
                let is_namespace = id == FlagId::Namespace;
                let checked = if is_namespace { secret.namespace(text) } else { secret.kind(text) };
                checked.map_err(|error| UsageError::Selector(id, error))?;
                let place = if is_namespace { &mut self.namespace } else { &mut self.secret_type };
                *place = Some(text.to_owned());
                self.needs_format = self.needs_format.or(Some(id));
            }
            FlagId::Format => {
                let format = Format::named(&value);
                let unknown = || UsageError::UnknownFormat(value.as_encoded_bytes().to_vec());
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

    /// Selects a Secret in which each key is a user.
    pub(super) fn select_user_keys(&mut self) {
        self.selector = std::mem::take(&mut self.selector).user_keys();
    }

    /// The operand FILE as the place of the password file. With `--secret`, the operand is the path of the manifest.
    pub(super) fn target(&self, operand: OsString) -> Result<Target, UsageError> {
        if operand.len() > MAX_PATH {
            return Err(UsageError::PathTooLong);
        }
        let path = PathBuf::from(operand);
        Ok(match self.manifest {
            Some(_) => Target::Manifest { path, selector: self.selector.clone() },
            None => Target::File(path),
        })
    }

    pub(super) fn output(&self) -> Output {
        let format = self.format.unwrap_or(Format::Plain);
        let secret = NewSecret::new(self.selector.clone());
        // The values are valid, because `add` has checked them.
        let with_namespace = |secret: NewSecret, name: &str| secret.clone().namespace(name).unwrap_or(secret);
        let secret = self.namespace.iter().fold(secret, |secret, name| with_namespace(secret, name));
        let with_kind = |secret: NewSecret, kind: &str| secret.clone().kind(kind).unwrap_or(secret);
        let secret = self.secret_type.iter().fold(secret, |secret, kind| with_kind(secret, kind));
        Output { format, secret }
    }
}
