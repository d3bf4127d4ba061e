//! The words of a configuration before they are checked, from the command line or from a TOML file.
//!
//! Both sources fill a [`Raw`], so that one function checks both. Each word keeps its position in the file, so that an
//! error can name the line.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
use super::place;

/// A word with its position in the file. Words of the command line have the position 0.
type Word<T> = Option<Spanned<T>>;

/// The settings of a whole configuration. The names of the fields are the keys of the file and the names of the options.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Raw {
    pub(crate) listen: Word<OneOrMany>,
    pub(crate) metrics_listen: Word<String>,
    pub(crate) socket_mode: Word<String>,
    pub(crate) socket_group: Word<String>,
    pub(crate) trusted_proxy: Word<OneOrMany>,
    pub(crate) address_header: Word<String>,
    pub(crate) tls_certificate: Word<PathBuf>,
    pub(crate) tls_key: Word<PathBuf>,
    pub(crate) tls_client_ca: Word<PathBuf>,
    pub(crate) cache: Word<u64>,
    pub(crate) queue_timeout: Word<f64>,
    pub(crate) threads: Word<usize>,
    pub(crate) failures_per_user: Word<u32>,
    pub(crate) failures_per_address: Word<u32>,
    pub(crate) connections: Word<usize>,
    pub(crate) stop_timeout: Word<u64>,
    pub(crate) log_format: Word<String>,
    pub(crate) log_level: Word<String>,
    pub(crate) sites: BTreeMap<Spanned<String>, RawSite>,
    /// The site of the command line, which answers every path.
    #[serde(skip)]
    pub(crate) single: Option<RawSite>,
}

/// The settings of one site.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RawSite {
    pub(crate) file: Word<PathBuf>,
    pub(crate) realm: Word<String>,
    pub(crate) proxy: Word<String>,
    pub(crate) address_header: Word<String>,
    pub(crate) users: Word<Vec<String>>,
    pub(crate) groups: Word<Vec<String>>,
    pub(crate) group_file: Word<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }
}

/// The origin of a [`Raw`], for the places of errors.
#[derive(Debug)]
pub(crate) enum Source {
    CommandLine,
    File { path: PathBuf, text: String },
}

impl Source {
    /// Reads a TOML file.
    pub(crate) fn read(path: &Path) -> Result<(Self, Raw), ConfigError> {
        let bytes = fs::read(path).map_err(|error| ConfigError {
            place: path.display().to_string(),
            problem: format!("cannot be read: {error}; name a readable TOML file after --config"),
        })?;
        Self::parse(path, bytes)
    }

    /// Parses the content of a TOML file. Errors name the path.
    pub(crate) fn parse(path: &Path, bytes: Vec<u8>) -> Result<(Self, Raw), ConfigError> {
        let path = path.to_owned();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let problem = "is not UTF-8; save the file as UTF-8";
                return Err(Self::File { path, text }.error("", &(valid..valid), problem));
            }
        };
        let parsed = toml::from_str(&text);
        let source = Self::File { path, text };
        match parsed {
            Ok(raw) => Ok((source, raw)),
            Err(error) => {
                let problem = error.message().trim().replace('\n', "; ");
                Err(source.error("", &error.span().unwrap_or(0..0), &problem))
            }
        }
    }

    /// The name of a setting as the administrator writes it.
    pub(super) fn name(&self, key: &str) -> String {
        match self {
            Self::CommandLine => format!("--{key}"),
            Self::File { .. } => key.to_owned(),
        }
    }

    /// The error for a word. `key` names the option on the command line; a file shows the key at the position.
    pub(crate) fn error(&self, key: &str, span: &Range<usize>, problem: &str) -> ConfigError {
        let place = match self {
            Self::CommandLine if key == "file" => "FILE".to_owned(),
            Self::CommandLine => self.name(key),
            Self::File { path, text } => {
                let (line, found) = place::of(text, span);
                let path = path.display();
                // A key that is missing has the position of its table.
                match (found.is_empty(), key.is_empty() || found.ends_with(key)) {
                    (true, true) => format!("{path}:{line}"),
                    (true, false) => format!("{path}:{line}: {key}"),
                    (false, true) => format!("{path}:{line}: {found}"),
                    (false, false) => format!("{path}:{line}: {found}.{key}"),
                }
            }
        };
        ConfigError { place, problem: problem.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_another_encoding_is_rejected_with_its_line() {
        let content = b"# Umlaut\n[sites.a]\nfile = \"m\xfcde\"\n".to_vec();
        let error = Source::parse(Path::new("auth.toml"), content).unwrap_err();
        assert_eq!(error.to_string(), "auth.toml:3: sites.a.file: is not UTF-8; save the file as UTF-8");
    }
}
