//! `--format`: writes records in the formats of other programs.
//!
//! [`write()`] returns the text for all records, or an error if the format cannot contain one of them. The text must
//! never make the other program read another user or another hash.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};

use htpasswd::PasswordHash;
use htpasswd::servers::Server;
use secret_manifest::NewSecret;
use thiserror::Error;

use crate::escape::Visible;

/// The format of printed records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Lines of a password file.
    Plain,
    /// Lines of a password file in a Compose file, where `$$` means `$`.
    Compose,
    /// The value of a label in a Compose file.
    Traefik,
    /// Lines of a `userlist`.
    Haproxy,
    /// Lines of a `basic_auth` block.
    Caddy,
    /// `basic_auth_users` of a web configuration file.
    Prometheus,
    /// A variable in a shell script or `.env` file.
    Env,
    /// A Kubernetes Secret manifest.
    K8sSecret,
}

/// A format with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// The Secret, for [`Format::K8sSecret`].
    pub(crate) secret: NewSecret,
}

/// The reason why the record of a user cannot be written in a format.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum FormatError {
    #[error("{} cannot contain the user name '{}'", .0.name(), Visible(.1))]
    Name(Format, Vec<u8>),
    #[error("{} cannot contain the hash field of user '{}'", .0.name(), Visible(.1))]
    Hash(Format, Vec<u8>),
    /// The program that reads the format does not read the scheme.
    #[error("{} cannot read the hash of user '{}'; it reads {}", .0.name(), Visible(.1), .0.schemes())]
    Scheme(Format, Vec<u8>),
}

impl Format {
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("plain", Self::Plain),
        ("compose", Self::Compose),
        ("traefik", Self::Traefik),
        ("haproxy", Self::Haproxy),
        ("caddy", Self::Caddy),
        ("prometheus", Self::Prometheus),
        ("env", Self::Env),
        ("k8s-secret", Self::K8sSecret),
    ];

    pub(crate) fn named(name: &OsStr) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| known.as_bytes() == name.as_encoded_bytes());
        found.map(|&(_, format)| format)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// The server that reads the format, if only one does.
    pub(crate) fn server(self) -> Option<&'static Server> {
        Server::named(self.name())
    }

    /// The schemes that the server reads.
    fn schemes(self) -> String {
        let reads = self.server().map_or(&[][..], |server| server.reads);
        reads.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Returns true if the format can contain the name.
    fn can_contain_name(self, name: &str) -> bool {
        let none_of = |signs: &str| !name.chars().any(|c| c.is_control() || signs.contains(c));
        let is_named = !name.is_empty();
        match self {
            Self::Plain | Self::K8sSecret => true,
            Self::Compose => none_of(""),
            Self::Traefik => is_named && none_of(",\"'`\\ "),
            Self::Haproxy => is_named && none_of("'"),
            // Caddy replaces braces even between quotation marks, and `import` at the start of a line is a directive.
            Self::Caddy => is_named && none_of("{}\"`\\") && name != "import",
            Self::Prometheus => is_named && none_of(""),
            // Shells and readers of .env files have different escapes for these characters.
            Self::Env => is_named && none_of("'\\"),
        }
    }

    /// Returns true if the format can contain the hash field. A format can contain all hashes except those with an
    /// unusual salt.
    fn can_contain_hash(self, hash: &str) -> bool {
        let none_of = |signs: &str| !hash.chars().any(|c| c.is_control() || signs.contains(c));
        // In some formats, white space ends the hash.
        let is_word = hash.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Self::Plain | Self::K8sSecret => true,
            Self::Compose | Self::Prometheus => none_of(""),
            Self::Env => none_of("'\\"),
            Self::Traefik => is_word && none_of(",\"'`\\"),
            Self::Haproxy | Self::Caddy => is_word && none_of("\"'`\\"),
        }
    }

    pub(crate) fn check_name(self, user: &[u8]) -> Result<(), FormatError> {
        let any = matches!(self, Self::Plain | Self::K8sSecret);
        if any || str::from_utf8(user).is_ok_and(|name| self.can_contain_name(name)) {
            Ok(())
        } else {
            Err(FormatError::Name(self, user.to_vec()))
        }
    }

    fn check(self, user: &[u8], hash: &[u8]) -> Result<(), FormatError> {
        if matches!(self, Self::Plain | Self::K8sSecret) {
            return Ok(());
        }
        self.check_name(user)?;
        if !str::from_utf8(hash).is_ok_and(|hash| self.can_contain_hash(hash)) {
            return Err(FormatError::Hash(self, user.to_vec()));
        }
        match self.server() {
            Some(server) if !is_read(server, hash) => Err(FormatError::Scheme(self, user.to_vec())),
            _ => Ok(()),
        }
    }
}

fn is_read(server: &Server, hash: &[u8]) -> bool {
    PasswordHash::parse(hash).is_ok_and(|hash| server.can_read(hash.scheme()))
        || server.also_reads.iter().any(|beginning| hash.starts_with(beginning.as_bytes()))
}

/// The text of all records in the format, with all newlines.
pub(crate) fn write<'r>(
    records: impl Iterator<Item = (&'r [u8], &'r [u8])>,
    output: &Output,
) -> Result<Vec<u8>, FormatError> {
    let format = output.format;
    let mut pieces = Vec::new();
    for (user, hash) in records {
        format.check(user, hash)?;
        pieces.push(piece(format, user, hash));
    }
    Ok(match format {
        Format::Traefik => [pieces.join(&b","[..]), b"\n".to_vec()].concat(),
        Format::Env => [b"HTPASSWD='", pieces.join(&b"\n"[..]).as_slice(), b"'\n"].concat(),
        Format::Prometheus if pieces.is_empty() => b"basic_auth_users: {}\n".to_vec(),
        Format::Prometheus => [&b"basic_auth_users:\n"[..], &lines(&pieces)].concat(),
        Format::K8sSecret => output.secret.write(&lines(&pieces)).into_bytes(),
        _ => lines(&pieces),
    })
}

fn lines(pieces: &[Vec<u8>]) -> Vec<u8> {
    pieces.iter().flat_map(|piece| [piece.as_slice(), b"\n"]).collect::<Vec<_>>().concat()
}

/// The text of one record.
fn piece(format: Format, user: &[u8], hash: &[u8]) -> Vec<u8> {
    let record = [user, b":", hash].concat();
    let words = |parts: &[&[u8]]| parts.join(&b" "[..]);
    match format {
        Format::Plain | Format::Env | Format::K8sSecret => record,
        Format::Compose | Format::Traefik => {
            record.split_inclusive(|&byte| byte == b'$').fold(Vec::new(), |mut doubled, part| {
                doubled.extend_from_slice(part);
                if part.ends_with(b"$") {
                    doubled.push(b'$');
                }
                doubled
            })
        }
        Format::Haproxy => words(&[b"user", &in_quotes(user, b"'"), b"password", hash]),
        Format::Caddy => words(&[&in_quotes(user, b"\""), hash]),
        Format::Prometheus => {
            let quoted = |text| secret_manifest::quoted(&String::from_utf8_lossy(text));
            format!("  {}: {}", quoted(user), quoted(hash)).into_bytes()
        }
    }
}

/// Returns the name, between quotation marks if it contains special characters.
fn in_quotes(name: &[u8], mark: &[u8]) -> Vec<u8> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(byte);
    if name.iter().all(is_plain) { name.to_vec() } else { [mark, name, mark].concat() }
}

/// The advice for a server that reads no password file.
pub(crate) struct InsteadOfFile(pub(crate) &'static Server);

impl Display for InsteadOfFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let server = self.0;
        if server.reads_user_keys {
            return write!(f, "for a user of a Secret: htpasswd --secret MANIFEST --for {server} USER");
        }
        write!(f, "for a record to copy: htpasswd -n --format {server} USER")
    }
}

#[cfg(test)]
#[path = "export/tests.rs"] // The crate htpasswd-wasm also compiles this file, at another place.
mod tests;
