//! The options of the service and of its doctor.
//!
//! clap parses calls and prints the help with these tables. `cargo xtask generate` includes this file to write the
//! completions, so this file must use nothing else of the program.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

/// A proxy that has a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipe {
    Nginx,
    Caddy,
    HaProxy,
    Traefik,
    Envoy,
}

/// The options that are also keys of the file, each with its value and its help.
const OPTIONS: [(&str, &str, &str); 20] = [
    ("listen", "ADDRESS", "Listen on ADDRESS:PORT or unix:PATH (repeatable) [default: 127.0.0.1:8181]"),
    ("realm", "TEXT", "Show TEXT in the login prompt [default: Restricted]"),
    ("proxy", "KIND", "Answer as KIND needs it: nginx, envoy or standard [default: standard]"),
    ("trusted-proxy", "NETWORK", "Accept requests only from NETWORK; repeatable [default: loopback]"),
    ("address-header", "NAME", "Read the client's address from NAME [default: X-Forwarded-For]"),
    ("socket-mode", "MODE", "Set the mode of Unix sockets [default: 0660]"),
    ("socket-group", "GROUP", "Set the group of Unix sockets"),
    ("tls-certificate", "FILE", "Serve TLS with this certificate chain (PEM)"),
    ("tls-key", "FILE", "Read the private key of the certificate from FILE (PEM)"),
    ("tls-client-ca", "FILE", "Accept only client certificates of these authorities (PEM)"),
    ("metrics-listen", "ADDRESS", "Serve /metrics, /healthz and /readyz on another ADDRESS"),
    ("cache", "SECONDS", "Remember a right login for SECONDS; 0 turns this off [default: 60]"),
    ("queue-timeout", "SECONDS", "Reject a login that waits longer than SECONDS [default: 2]"),
    ("threads", "N", "Hash on N threads; 0 means one per core [default: 0]"),
    ("failures-per-user", "N", "Verify N wrong passwords a minute per address and user [default: 10]"),
    ("failures-per-address", "N", "Verify N wrong passwords a minute per address [default: 100]"),
    ("connections", "N", "Open at most N connections [default: 1024]"),
    ("stop-timeout", "SECONDS", "Finish requests for at most SECONDS after SIGTERM [default: 10]"),
    ("log-format", "FORMAT", "Log as text or json [default: text]"),
    ("log-level", "LEVEL", "Log error, warn, info or debug and above [default: info]"),
];

/// The options of the service.
pub(crate) fn service() -> Command {
    let options = OPTIONS.map(|(name, value, help)| {
        let is_list = matches!(name, "listen" | "trusted-proxy");
        let action = if is_list { ArgAction::Append } else { ArgAction::Set };
        let arg = Arg::new(name).long(name).value_name(value).help(help).action(action);
        let arg = if value == "FILE" { arg.value_hint(ValueHint::FilePath) } else { arg };
        let words: &[&'static str] = match name {
            "proxy" => &["nginx", "envoy", "standard"],
            "log-format" => &["text", "json"],
            "log-level" => &["error", "warn", "info", "debug"],
            _ => return arg.conflicts_with("config"),
        };
        // The help of these options names the words already.
        let words = PossibleValuesParser::new(words);
        arg.value_parser(words).hide_possible_values(true).conflicts_with("config")
    });
    let file = Arg::new("file").value_name("FILE").value_parser(value_parser!(PathBuf));
    Command::new("htpasswd-auth")
        .next_line_help(true)
        .version(env!("CARGO_PKG_VERSION"))
        .about("Verify logins for nginx, Caddy, HAProxy, Traefik or Envoy with a password file.")
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

/// The options of the subcommand `doctor`.
pub(crate) fn doctor() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let address = || value_parser!(SocketAddr);
    Command::new("doctor")
        .next_line_help(true)
        .override_usage("htpasswd-auth doctor [OPTIONS] URL")
        .about("Send requests through a proxy, and name the lines its configuration lacks.")
        .arg(Arg::new("url").value_name("URL").required(true).help("A protected page, http:// or https://"))
        .arg(option("user", "NAME", "Log in as this user, who may use the page").requires("password-file"))
        .arg(
            option("password-file", "FILE", "Read the password from the first line of FILE (- for stdin)")
                .value_parser(value_parser!(PathBuf))
                .requires("user"),
        )
        .arg(
            option("groups", "LIST", "Expect these groups in Remote-Groups, separated by commas")
                .requires("user")
                .requires("echo-listen"),
        )
        .arg(
            option(
                "echo-listen",
                "ADDRESS",
                "Answer as the application on ADDRESS:PORT, and check its requests",
            )
            .value_parser(address()),
        )
        .arg(
            option("proxy", "NAME", "Name lines for nginx, caddy, haproxy, traefik or envoy")
                .value_parser(Recipe::ALL.map(Recipe::name))
                .hide_possible_values(true),
        )
        .arg(
            option("connect", "ADDRESS", "Connect to ADDRESS:PORT instead of the host of the URL")
                .value_parser(address()),
        )
        .arg(
            option("ca", "FILE", "Trust these authorities (PEM) instead of those of the system")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option("failures-per-user", "N", "The limit of the service; 0 skips the probe of addresses")
                .value_parser(value_parser!(u32).range(0..=1000))
                .default_value("10"),
        )
        .arg(
            option("timeout", "SECONDS", "Wait for an answer for at most SECONDS")
                .value_parser(value_parser!(u64).range(1..=600))
                .default_value("15"),
        )
        .arg(flag("service-stopped", "Check that nothing passes while htpasswd-auth is stopped"))
        .arg(flag("json", "Print the report as JSON"))
}

/// The reason in the first paragraph of a message of clap, in one line, and the program that prints the help.
pub(crate) fn first_sentence(text: &str, program: &str) -> String {
    let reason = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    let reason: Vec<_> = reason.split_whitespace().collect();
    format!("{}; try '{program} --help'", reason.join(" "))
}

impl Recipe {
    pub(crate) const ALL: [Self; 5] = [Self::Nginx, Self::Caddy, Self::HaProxy, Self::Traefik, Self::Envoy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::HaProxy => "haproxy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
        }
    }
}
