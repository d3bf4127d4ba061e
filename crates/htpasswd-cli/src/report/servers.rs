//! The table of `--for help`: the scheme that htpasswd chooses for each server, and the schemes that the server reads.

use std::fmt::{self, Display};

use htpasswd::Params;
use htpasswd::hash::Rounds;
use htpasswd::servers::Server;

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
    fn weak_choices_are_marked() {
        assert_eq!(chosen(Params::Apr1), "apr1, weak");
        assert_eq!(chosen(Params::Sha1), "{SHA}, weak");
        assert_eq!(chosen(Params::DesCrypt), "des-crypt, weak");
        assert_eq!(chosen(Params::Plain), "plain, weak");
        assert_eq!(chosen(Params::Sha512Crypt(None)), "SHA-crypt, 5000 rounds");
    }
}
