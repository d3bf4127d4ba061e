//! The command line: options for one site, or `--config` with a file of sites.
//!
//! [`parse`] returns plain data and prints nothing. The options have the names of the keys in the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use toml::Spanned;

use crate::config::{ConfigError, OneOrMany, Raw, RawSite, Source};

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

/// The options that are also keys of the file, each with its value and its help.
const OPTIONS: [(&str, &str, &str); 20] = [
    ("listen", "ADDRESS", "Listen on ADDRESS:PORT or unix:PATH; repeatable [default: 127.0.0.1:8181]"),
    ("realm", "TEXT", "Show TEXT in the login prompt [default: Restricted]"),
    ("proxy", "KIND", "Answer as KIND needs it: nginx, envoy or standard [default: standard]"),
    ("trusted-proxy", "NETWORK", "Accept requests only from NETWORK; repeatable [default: loopback]"),
    ("address-header", "NAME", "Read the client's address from header NAME [default: X-Forwarded-For]"),
    ("socket-mode", "MODE", "Set the mode of Unix sockets [default: 0660]"),
    ("socket-group", "GROUP", "Set the group of Unix sockets"),
    ("tls-certificate", "FILE", "Serve TLS with this certificate chain (PEM)"),
    ("tls-key", "FILE", "Read the private key of the certificate from FILE (PEM)"),
    ("tls-client-ca", "FILE", "Accept only client certificates of these authorities (PEM)"),
    ("metrics-listen", "ADDRESS", "Serve /metrics, /healthz and /readyz on another ADDRESS"),
    ("cache", "SECONDS", "Remember a right login for SECONDS; 0 turns this off [default: 60]"),
    ("queue-timeout", "SECONDS", "Reject a login that waits longer than SECONDS [default: 2]"),
    ("threads", "N", "Hash on N threads; 0 means one per core [default: 0]"),
    ("failures-per-user", "N", "Verify N wrong passwords a minute from an address for a user [default: 10]"),
    ("failures-per-address", "N", "Verify N wrong passwords a minute from an address [default: 100]"),
    ("connections", "N", "Open at most N connections [default: 1024]"),
    ("stop-timeout", "SECONDS", "Finish requests for at most SECONDS after SIGTERM [default: 10]"),
    ("log-format", "FORMAT", "Log as text or json [default: text]"),
    ("log-level", "LEVEL", "Log error, warn, info or debug and above [default: info]"),
];

fn command() -> Command {
    let options = OPTIONS.map(|(name, value, help)| {
        let is_list = matches!(name, "listen" | "trusted-proxy");
        let action = if is_list { ArgAction::Append } else { ArgAction::Set };
        Arg::new(name).long(name).value_name(value).help(help).action(action).conflicts_with("config")
    });
    let file = Arg::new("file").value_name("FILE").value_parser(value_parser!(PathBuf));
    Command::new("htpasswd-auth")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Verify logins for nginx, Caddy, HAProxy, Traefik and Envoy with an htpasswd file.")
        .override_usage("htpasswd-auth [OPTIONS] FILE\n       htpasswd-auth --config FILE [--check-config]\n       htpasswd-auth doctor [OPTIONS] URL")
        .arg(
            file.help("The password file of the only site")
                .required_unless_present("config")
                .conflicts_with("config"),
        )
        .args(options)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Read sites and settings from a TOML file"),
        )
        .arg(
            Arg::new("check-config")
                .long("check-config")
                .action(ArgAction::SetTrue)
                .help("Check the configuration and its files, and exit"),
        )
}

/// Reads the command line.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, Exit> {
    let matches = command().try_get_matches_from(words).map_err(|error| {
        let text = error.render().to_string();
        if error.use_stderr() { Exit::Error(first_sentence(&text)) } else { Exit::Text(text) }
    })?;
    let config = matches.get_one::<PathBuf>("config").cloned();
    let check_config = matches.get_flag("check-config");
    let options = config.is_none().then_some(matches);
    Ok(Args { config, options, check_config })
}

/// The reason in the first paragraph of a message of clap, in one line.
fn first_sentence(text: &str) -> String {
    let reason = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    let reason: Vec<_> = reason.split_whitespace().collect();
    format!("{}; try 'htpasswd-auth --help'", reason.join(" "))
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
    let problem =
        || Source::CommandLine.error(name, &(0..0), &format!("'{text}' is not a number; write digits"));
    text.parse().map(|number| Some(word(number))).map_err(|_| problem())
}

fn word<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}
