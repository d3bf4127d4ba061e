//! The sentences of `--for`.

use htpasswd::{Params, Rounds, Server};

use super::{shown, warning};
use crate::options::{FlagId, spelling};

/// What `--for help` prints.
pub(crate) fn servers() -> Vec<u8> {
    let header = ["SERVER", "CHOSEN", "READS"].map(str::to_owned);
    let row = |server: &Server| {
        let reads = server.reads.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        [server.name.to_owned(), chosen(server.best()), reads]
    };
    let rows: Vec<_> = std::iter::once(header).chain(Server::ALL.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (name, best) = (width(0), width(1));
    let line = |[server, chosen, reads]: &[String; 3]| format!("{server:name$}  {chosen:best$}  {reads}\n");
    let notes = Server::ALL.iter().filter(|server| !server.note.is_empty());
    let notes = notes.map(|server| format!("{:name$}  {}\n", server.name, server.note));
    let table = rows.iter().map(line);
    table.chain(["\nNotes:\n".to_owned()]).chain(notes).collect::<String>().into_bytes()
}

fn chosen(params: Params) -> String {
    match params {
        Params::Bcrypt(cost) => format!("bcrypt, cost {}", cost.get()),
        Params::Sha512Crypt(rounds) | Params::Sha256Crypt(rounds) => {
            format!("SHA-crypt, {} rounds", rounds.unwrap_or(Rounds::DEFAULT).get())
        }
        Params::Sha1 => "{SHA}, weak".to_owned(),
        Params::Apr1 => "apr1, weak".to_owned(),
        Params::DesCrypt => "des-crypt, weak".to_owned(),
        _ => "plain, weak".to_owned(),
    }
}

/// The server reads no scheme that is worth its name.
pub(crate) fn weak_for(server: &Server) -> Vec<u8> {
    let best = chosen(server.best());
    let scheme = best.split(',').next().unwrap_or_default();
    warning(&format!("{server} reads nothing stronger than {scheme}, which is weak; keep the file secret"))
}

pub(super) fn unreadable(option: &str, server: &Server) -> String {
    let reads: Vec<_> = server.reads.iter().map(ToString::to_string).collect();
    format!("{server} does not read what {option} makes; it reads {}", reads.join(", "))
}

pub(super) fn unknown(name: &[u8], program: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(name).to_lowercase();
    // `docker-registry`, `apache`, `passlib`.
    let says = |server: &&Server| {
        text.contains(server.name) || (text.len() > 3 && server.note.to_lowercase().contains(&text))
    };
    let named = Server::ALL.iter().find(says).map(|server| server.name);
    let alike = Server::ALL.iter().map(|server| (strsim::jaro(&text, server.name), server.name));
    let best = alike.filter(|&(likeness, _)| likeness > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
    let advice = match named.or(best.map(|(_, name)| name)) {
        Some(name) => format!("; did you mean {name}?"),
        None => format!("; {} help lists those that are known", spelling(FlagId::For)),
    };
    [program, b": unknown server '", &shown(name), b"'", advice.as_bytes(), b"\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_nearly_right_is_guessed() {
        let said = |name: &[u8]| String::from_utf8(unknown(name, b"htpasswd")).unwrap();
        assert_eq!(said(b"ngnix"), "htpasswd: unknown server 'ngnix'; did you mean nginx?\n");
        assert_eq!(said(b"Registry"), "htpasswd: unknown server 'Registry'; did you mean registry?\n");
        assert_eq!(said(b""), "htpasswd: unknown server ''; --for help lists those that are known\n");
        assert_eq!(said(b"\n"), "htpasswd: unknown server '\\n'; --for help lists those that are known\n");
    }

    #[test]
    fn the_table_has_a_line_for_each_server() {
        let table = String::from_utf8(servers()).unwrap();
        let lines = |name: &str| table.lines().filter(|line| line.starts_with(&format!("{name} "))).count();
        assert!(Server::ALL.iter().all(|server| lines(server.name) >= 1));
        assert!(table.contains("\nregistry    bcrypt, cost 10  bcrypt\n"), "{table}");
        assert!(table.lines().all(|line| line.len() <= 100), "{table}");
        assert!(table.lines().all(|line| line.trim_end() == line));
    }
}
