//! `--secret` and `--format`: where the password file is, and how records are printed.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use secret_manifest::Selector;

use super::Flags as AllFlags;
use crate::format::{Format, Output};
use crate::messages::{MAX_PATH, Problem};
use crate::options::Id;
use crate::store::Place;

/// The options about places and formats, the last one of each kind.
#[derive(Default)]
pub(super) struct Flags {
    manifest: Option<OsString>,
    selector: Selector,
    /// The first of `--secret-key` and `--secret-name`.
    selects: Option<Id>,
    pub(super) format: Option<Format>,
}

impl Flags {
    pub(super) fn take(&mut self, id: Id, value: OsString) -> Result<(), Problem> {
        // What is not UTF-8 is no name either.
        let text = value.to_str().unwrap_or_default();
        let selector = self.selector.clone();
        match id {
            Id::Secret => self.manifest = Some(value),
            Id::Format => {
                let format = Format::named(&value);
                let unknown = || Problem::UnknownFormat(value.as_bytes().to_vec());
                self.format = Some(format.ok_or_else(unknown)?);
            }
            _ => {
                let selector = if id == Id::SecretKey { selector.key(text) } else { selector.secret(text) };
                self.selector = selector.map_err(|error| Problem::Selector(id, error))?;
                self.selects = self.selects.or(Some(id));
            }
        }
        Ok(())
    }
}

impl AllFlags {
    /// Decides what goes with `--secret` and `--format`, and puts the manifest where FILE would stand.
    pub(super) fn with_manifest(&mut self, mut operands: Vec<OsString>) -> Result<Vec<OsString>, Problem> {
        let print = self.modes.contains(&Id::Print);
        if let Some(format) = self.place.format {
            let lists = self.looks.contains(&Id::List);
            if !print && !lists {
                return Err(Problem::WithoutOutput);
            }
            if lists && self.bulk.contains(&Id::Json) {
                return Err(Problem::NotTogether(Id::Json, Id::Format));
            }
            // The program that reads the format is the server then, unless another one is named.
            self.server = self.server.or(if print { format.server() } else { None });
        }
        let Some(manifest) = self.place.manifest.clone() else {
            return match self.place.selects {
                Some(id) if self.place.format != Some(Format::K8sSecret) => Err(Problem::WithoutSecret(id)),
                _ => Ok(operands),
            };
        };
        if print {
            return Err(Problem::NotTogether(Id::Print, Id::Secret));
        }
        if manifest == "-" {
            let prints = self.bulk.contains(&Id::Import) && self.bulk.contains(&Id::Json);
            let others = [
                self.source.filter(|&source| source == Id::Stdin),
                self.looks.contains(&Id::Fix).then_some(Id::Fix),
                prints.then_some(Id::Json),
            ];
            if let Some(other) = others.into_iter().flatten().next() {
                return Err(Problem::StreamsTaken(other));
            }
            if self.bulk.contains(&Id::Import) && operands.first().is_none_or(|users| users == "-") {
                return Err(Problem::StreamsTaken(Id::Import));
            }
        }
        operands.insert(0, manifest);
        Ok(operands)
    }

    /// FILE, or the manifest that was put in its place.
    pub(super) fn place(&self, operand: OsString) -> Result<Place, Problem> {
        if operand.len() > MAX_PATH {
            return Err(Problem::PathTooLong);
        }
        let path = PathBuf::from(operand);
        Ok(match self.place.manifest {
            Some(_) => Place::Manifest { path, selector: self.place.selector.clone() },
            None => Place::File(path),
        })
    }

    pub(super) fn output(&self) -> Output {
        let format = self.place.format.unwrap_or(Format::Plain);
        Output { format, selector: self.place.selector.clone() }
    }
}
