//! The table of `--for help`: the scheme that htpasswd chooses for each server, and the schemes that the server reads.
//!
//! The text is for users, and the JSON has the same facts for programs.

use std::fmt::{self, Display};

use htpasswd::Params;
use htpasswd::hash::Rounds;
use htpasswd::servers::Server;
use serde::{Serialize, Serializer};

/// All servers that `--for` knows, and the notes on them.
#[derive(Debug)]
pub(crate) struct ServerTable;

impl Display for ServerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["SERVER", "CHOSEN", "READS"].map(str::to_owned);
        let row = |server: &Server| {
            let reads: Vec<_> = server.reads.iter().map(ToString::to_string).collect();
            [server.name.to_owned(), chosen(server.best()), reads.join(" ")]
        };
        let rows: Vec<_> = std::iter::once(header).chain(Server::ALL.iter().map(row)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let (name_width, chosen_width) = (width(0), width(1));
        for [name, chosen, reads] in &rows {
            writeln!(f, "{name:name_width$}  {chosen:chosen_width$}  {reads}")?;
        }
        writeln!(f, "\nNotes:")?;
        for server in Server::ALL.iter().filter(|server| !server.note.is_empty()) {
            write!(f, "{:name_width$}  {}", server.name, server.note)?;
            if !server.aliases.is_empty() {
                write!(f, "; also: {}", server.aliases.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Serialize for ServerTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let servers = Server::ALL.iter().map(ServerRow::of).collect();
        ServerList { servers }.serialize(serializer)
    }
}

#[derive(Serialize)]
struct ServerList {
    servers: Vec<ServerRow>,
}

#[derive(Serialize)]
struct ServerRow {
    name: &'static str,
    aliases: &'static [&'static str],
    /// The scheme that htpasswd chooses.
    scheme: String,
    /// The bcrypt cost or the rounds of SHA-crypt; `None` for other schemes.
    cost: Option<u32>,
    weak: bool,
    /// The schemes that the server reads.
    reads: Vec<String>,
    /// False if the server reads no password file, so that htpasswd edits no FILE for it.
    password_file: bool,
    note: &'static str,
}

impl ServerRow {
    fn of(server: &Server) -> Self {
        let params = server.best();
        let (cost, weak) = match params {
            Params::Bcrypt(cost) => (Some(cost.get()), false),
            Params::Sha512Crypt(rounds) | Params::Sha256Crypt(rounds) => {
                (Some(rounds.unwrap_or(Rounds::DEFAULT).get()), false)
            }
            _ => (None, true),
        };
        Self {
            name: server.name,
            aliases: server.aliases,
            scheme: params.scheme().to_string(),
            cost,
            weak,
            reads: server.reads.iter().map(ToString::to_string).collect(),
            password_file: server.file.is_some(),
            note: server.note,
        }
    }
}

fn chosen(params: Params) -> String {
    match params {
        Params::Bcrypt(cost) => format!("bcrypt -C{}", cost.get()),
        Params::Sha512Crypt(rounds) | Params::Sha256Crypt(rounds) => {
            format!("SHA-crypt, {} rounds", rounds.unwrap_or(Rounds::DEFAULT).get())
        }
        weak => format!("{}, weak", weak.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_server() {
        let table = ServerTable.to_string();
        let lines = |name: &str| table.lines().filter(|line| line.starts_with(&format!("{name} "))).count();
        assert!(Server::ALL.iter().all(|server| lines(server.name) >= 1));
        assert!(table.contains("\nregistry         bcrypt -C10  bcrypt\n"), "{table}");
        let also = "; also: docker, distribution, docker-registry, harbor\n";
        assert!(table.contains(also), "{table}");
        assert!(table.lines().all(|line| line.len() <= 100), "{table}");
        assert!(table.lines().all(|line| line.trim_end() == line));
    }

    #[test]
    fn json_has_the_facts_of_the_table() {
        let table = serde_json::to_value(ServerTable).unwrap();
        let servers = table["servers"].as_array().unwrap();
        assert_eq!(servers.len(), Server::ALL.len());
        let named = |name: &str| servers.iter().find(|row| row["name"] == name).unwrap();
        let registry = named("registry");
        assert_eq!((&registry["scheme"], &registry["cost"]), (&"bcrypt".into(), &10.into()));
        assert_eq!((&registry["weak"], &registry["password_file"]), (&false.into(), &true.into()));
        assert_eq!((&registry["reads"][0], &registry["aliases"][0]), (&"bcrypt".into(), &"docker".into()));
        assert_eq!(named("haproxy")["password_file"], false);
        let weak = servers.iter().filter(|row| row["weak"] == true);
        assert!(weak.clone().count() > 0 && weak.clone().all(|row| row["cost"].is_null()), "{table}");
    }

    #[test]
    fn weak_choices_are_marked() {
        assert_eq!(chosen(Params::Apr1), "apr1, weak");
        assert_eq!(chosen(Params::Sha1), "{SHA}, weak");
        assert_eq!(chosen(Params::DesCrypt), "des-crypt, weak");
        assert_eq!(chosen(Params::Plain), "plain, weak");
        assert_eq!(chosen(Params::Sha512Crypt(None)), "SHA-crypt, 5000 rounds");
    }
}
