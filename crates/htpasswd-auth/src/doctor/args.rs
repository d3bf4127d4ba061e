//! The options of the doctor.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;

use crate::options::{self, Recipe};

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

/// Reads the command line, and the password from its file.
pub(super) fn parse(words: impl Iterator<Item = OsString>) -> Result<Args, Exit> {
    let matches =
        options::doctor().bin_name("htpasswd-auth doctor").try_get_matches_from(words).map_err(|error| {
            let text = error.render().to_string();
            if error.use_stderr() {
                Exit::Error(options::first_sentence(&text, "htpasswd-auth doctor"))
            } else {
                Exit::Text(text)
            }
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
