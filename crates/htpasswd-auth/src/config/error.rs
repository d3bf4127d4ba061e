//! The errors of a configuration. Each error is one sentence: the place, what is wrong, and what to write instead.

use thiserror::Error;

/// One error of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub(crate) struct ConfigError {
    /// The option, or the file, the line and the key.
    pub(crate) place: String,
    pub(crate) problem: String,
}
