//! The tables that the page shows: servers, schemes and formats.
//!
//! The facts come from the library and from the command, so that the page has no table of its own.

use htpasswd::hash::Scheme;
use htpasswd::servers::Server;
use serde_json::{Value, json};
use thiserror::Error;

use crate::export::Format;
use crate::fault::{Fault, Field};
use crate::hashing::{SCHEMES, cost_range};
use crate::servers::ServerTable;

#[derive(Debug, Error)]
#[error("{0} is no format of this page")]
struct UnknownFormat(String);

/// Returns the format with this name.
pub(crate) fn format(name: &str) -> Result<Format, Fault> {
    let format = Format::named(name.as_ref());
    format.ok_or_else(|| Fault::new(Field::Format, &UnknownFormat(name.to_owned())))
}

/// The servers of `htpasswd --for help --json`, and the schemes and formats that the page offers.
pub(crate) fn tables() -> Value {
    let schemes: Vec<_> = SCHEMES
        .iter()
        .map(|scheme| json!({ "name": scheme.to_string(), "cost": cost_range(*scheme) }))
        .collect();
    let formats: Vec<_> = Format::ALL
        .iter()
        .map(|(name, format)| {
            json!({ "name": name, "title": title(*format), "server": format.server().map(|server| server.name) })
        })
        .collect();
    let any = json!({ "scheme": Scheme::Bcrypt.to_string(), "cost": Server::COST });
    json!({ "servers": json!(ServerTable)["servers"], "schemes": schemes, "formats": formats, "any": any })
}

/// The purpose of a format, for its entry in a list.
fn title(format: Format) -> &'static str {
    match format {
        Format::Plain => "Password file",
        Format::Compose => "Compose file: lines of a password file, with $ doubled",
        Format::Traefik => "Compose file: label of Traefik",
        Format::Haproxy => "HAProxy: lines of a userlist",
        Format::Caddy => "Caddy: lines of a basic_auth block",
        Format::Prometheus => "Prometheus: web configuration file",
        Format::Env => "Shell script or .env file: a variable",
        Format::K8sSecret => "Kubernetes: manifest of a Secret",
    }
}
