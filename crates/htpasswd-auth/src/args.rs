//! The command line: options for one site, or `--config` with a file of sites.
//!
//! [`parse`] returns plain data and prints nothing. The options have the names of the keys in the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ArgMatches;
use toml::Spanned;

use crate::config::{ConfigError, OneOrMany, Raw, RawSite, Source};
use crate::options;

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Args {
    /// The file after `--config`.
    config: Option<PathBuf>,
    /// The options, if there is no file.
    options: Option<RawOptions>,
    /// True if the program only checks the configuration.
    pub(crate) check_config: bool,
}

/// The words of the options, from which each reload makes a [`Raw`] again.
type RawOptions = ArgMatches;

/// The result of a command line that starts no service.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The help or the version, for standard output.
    Text(String),
    /// One sentence for standard error.
    Error(String),
}

/// Reads the command line.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, Exit> {
    let matches = options::service().try_get_matches_from(words).map_err(|error| {
        let text = error.render().to_string();
        if error.use_stderr() {
            Exit::Error(options::first_sentence(&text, "htpasswd-auth"))
        } else {
            Exit::Text(text)
        }
    })?;
    let config = matches.get_one::<PathBuf>("config").cloned();
    let check_config = matches.get_flag("check-config");
    let options = config.is_none().then_some(matches);
    Ok(Args { config, options, check_config })
}

impl Args {
    /// The file after `--config`.
    pub(crate) fn config_file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Reads the words of the configuration, from the file or from the options.
    pub(crate) fn read(&self) -> Result<(Source, Raw), ConfigError> {
        match (&self.config, &self.options) {
            (Some(path), _) => Source::read(path),
            (None, Some(options)) => raw(options).map(|raw| (Source::CommandLine, raw)),
            (None, None) => Ok((Source::CommandLine, Raw::default())),
        }
    }
}

fn raw(options: &ArgMatches) -> Result<Raw, ConfigError> {
    let text = |name| options.get_one::<String>(name).cloned().map(word);
    let path = |name| options.get_one::<String>(name).map(|path| word(PathBuf::from(path)));
    let list = |name| {
        let words = options.get_many::<String>(name)?.cloned().collect();
        Some(word(OneOrMany::Many(words)))
    };
    let single = RawSite {
        file: options.get_one::<PathBuf>("file").cloned().map(word),
        realm: text("realm"),
        proxy: text("proxy"),
        ..RawSite::default()
    };
    Ok(Raw {
        listen: list("listen"),
        metrics_listen: text("metrics-listen"),
        socket_mode: text("socket-mode"),
        socket_group: text("socket-group"),
        trusted_proxy: list("trusted-proxy"),
        address_header: text("address-header"),
        tls_certificate: path("tls-certificate"),
        tls_key: path("tls-key"),
        tls_client_ca: path("tls-client-ca"),
        cache: number(options, "cache")?,
        queue_timeout: number(options, "queue-timeout")?,
        threads: number(options, "threads")?,
        failures_per_user: number(options, "failures-per-user")?,
        failures_per_address: number(options, "failures-per-address")?,
        connections: number(options, "connections")?,
        stop_timeout: number(options, "stop-timeout")?,
        log_format: text("log-format"),
        log_level: text("log-level"),
        single: Some(single),
        ..Raw::default()
    })
}

fn number<T: FromStr>(options: &ArgMatches, name: &str) -> Result<Option<Spanned<T>>, ConfigError> {
    let Some(text) = options.get_one::<String>(name) else { return Ok(None) };
    let problem = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        "is too large; write fewer digits"
    } else {
        "is not a number; write digits"
    };
    let error = |_| Source::CommandLine.error(name, &(0..0), &format!("'{text}' {problem}"));
    text.parse().map(|number| Some(word(number))).map_err(error)
}

fn word<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}
