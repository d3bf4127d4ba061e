//! The options of the doctor.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::cures::Recipe;

/// The parsed options.
pub(super) struct Args {
    pub(super) url: String,
    pub(super) login: Option<(String, String)>,
    /// The groups of the user as `Remote-Groups` has them, in alphabetical order.
    pub(super) groups: Option<Vec<String>>,
    pub(super) echo: Option<SocketAddr>,
    pub(super) proxy: Option<Recipe>,
    /// The address to connect to, if it is not that of the URL.
    pub(super) connect: Option<SocketAddr>,
    pub(super) authorities: Option<PathBuf>,
    /// The number of wrong passwords after which the service answers 429; 0 skips this probe.
    pub(super) failures: u32,
    pub(super) timeout: Duration,
    pub(super) service_stopped: bool,
    pub(super) json: bool,
}

/// The result of a command line that runs no probes.
pub(super) enum Exit {
    /// The help, for standard output.
    Text(String),
    /// One sentence for standard error.
    Error(String),
}

fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let address = || value_parser!(SocketAddr);
    Command::new("htpasswd-auth doctor")
        .bin_name("htpasswd-auth doctor")
        .override_usage("htpasswd-auth doctor [OPTIONS] URL")
        .about("Send requests through a proxy, and name the lines of its configuration that are missing.")
        .arg(Arg::new("url").value_name("URL").required(true).help("A protected page, http:// or https://"))
        .arg(option("user", "NAME", "Log in as this user, who may use the page").requires("password-file"))
        .arg(
            option("password-file", "FILE", "Read the password from the first line of FILE (- for stdin)")
                .value_parser(value_parser!(PathBuf))
                .requires("user"),
        )
        .arg(
            option(
                "groups",
                "LIST",
                "Expect these groups of the user in Remote-Groups, with commas between them",
            )
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
            option("proxy", "NAME", "Name lines for this proxy [default: by the Server header]")
                .value_parser(Recipe::ALL.map(Recipe::name)),
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

/// Reads the command line, and the password from its file.
pub(super) fn parse(words: impl Iterator<Item = OsString>) -> Result<Args, Exit> {
    let matches = command().try_get_matches_from(words).map_err(|error| {
        let text = error.render().to_string();
        if !error.use_stderr() {
            return Exit::Text(text);
        }
        let reason = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        let reason: Vec<_> = reason.split_whitespace().collect();
        Exit::Error(format!("{}; try 'htpasswd-auth doctor --help'", reason.join(" ")))
    })?;
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let address = |name: &str| matches.get_one::<SocketAddr>(name).copied();
    Ok(Args {
        url: text("url").unwrap_or_default(),
        login: login(&matches)?,
        groups: text("groups").map(|list| groups(&list)),
        echo: address("echo-listen"),
        proxy: text("proxy").and_then(|name| Recipe::ALL.into_iter().find(|proxy| proxy.name() == name)),
        connect: address("connect"),
        authorities: path("ca"),
        failures: matches.get_one("failures-per-user").copied().unwrap_or(0),
        timeout: Duration::from_secs(matches.get_one("timeout").copied().unwrap_or(1)),
        service_stopped: matches.get_flag("service-stopped"),
        json: matches.get_flag("json"),
    })
}

/// The groups of a list with commas, in alphabetical order.
pub(super) fn groups(list: &str) -> Vec<String> {
    let mut groups: Vec<_> = list.split(',').map(|name| name.trim().to_owned()).collect();
    groups.retain(|name| !name.is_empty());
    groups.sort();
    groups
}

/// The user and the password, if the administrator gives a login.
fn login(matches: &ArgMatches) -> Result<Option<(String, String)>, Exit> {
    let (Some(user), Some(file)) =
        (matches.get_one::<String>("user"), matches.get_one::<PathBuf>("password-file"))
    else {
        return Ok(None);
    };
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().read_to_string(&mut text).map(drop)
    } else {
        fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|error| {
        let file = file.display();
        Exit::Error(format!("cannot read {file}: {error}; write the password into a file"))
    })?;
    let password = text.lines().next().unwrap_or_default().to_owned();
    Ok(Some((user.clone(), password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_compared_without_their_order() {
        assert_eq!(groups("staff,admins"), groups("admins, staff"));
        assert_eq!(groups(""), [""; 0]);
        assert_ne!(groups("staff"), groups("staf,f"));
    }
}
