//! The sentences of `--secret` and `--format`.

use std::path::Path;

use secret_manifest::{Error, Warning};

use super::{Problem, Provisioning, path, shown, warning};
use crate::export::{Format, Unfit};
use crate::options::{FlagId, spelling};
use crate::store::Trouble;

/// What is wrong with a call of `--secret` or `--format`.
#[derive(Debug)]
pub(crate) enum Placing {
    UnknownFormat(Vec<u8>),
    /// Name or key of a Secret.
    Selector(FlagId, Error),
    /// Name or key of a Secret where there is none.
    NoSecret(FlagId),
    /// `--secret -` needs standard input and output for itself.
    StreamsTaken(FlagId),
    Unfit(Format, Unfit),
}

impl From<Placing> for Problem {
    fn from(problem: Placing) -> Self {
        Self::Placing(problem)
    }
}

impl Placing {
    pub(super) fn text(&self, program: &[u8]) -> Vec<u8> {
        let named = |text: &str| [program, b": ", text.as_bytes(), b"\n"].concat();
        match self {
            Self::UnknownFormat(name) => unknown_format(name, program),
            Self::Selector(option, error) => named(&format!("argument to {}: {error}", spelling(*option))),
            Self::NoSecret(option) => {
                let (secret, format) = (spelling(FlagId::Secret), spelling(FlagId::Format));
                named(&format!("{} goes with {secret} or {format} k8s-secret only", spelling(*option)))
            }
            Self::StreamsTaken(option) => named(&streams_taken(*option)),
            Self::Unfit(format, unfit) => self::unfit(*format, unfit, program),
        }
    }
}

/// Why a manifest is of no use.
pub(super) fn trouble(manifest: &Path, trouble: &Trouble, program: &[u8]) -> Vec<u8> {
    let (key, name) = (spelling(FlagId::SecretKey), spelling(FlagId::SecretName));
    let why = match trouble {
        Trouble::Missing => {
            format!("there is no such file; -n {} k8s-secret prints a new manifest", spelling(FlagId::Format))
        }
        Trouble::Unfit(Error::NoKey(wanted)) => {
            format!("the Secret has no key {wanted}; use '-c' to make one, or name another with {key}")
        }
        Trouble::Unfit(error @ Error::SeveralSecrets) => format!("{error} with {name}"),
        Trouble::Unfit(Error::InBoth(_)) => format!("{trouble}; the latter wins, so remove one of them"),
        Trouble::Unfit(_) => trouble.to_string(),
        Trouble::Strict => return Provisioning::Strict.text(program),
    };
    let file = if manifest.as_os_str() == "-" { b"standard input".to_vec() } else { path(manifest) };
    [program, b": cannot use the manifest ", &file, b": ", &shown(why.as_bytes()), b"\n"].concat()
}

/// What somebody who changes a Secret should know about its manifest.
pub(crate) fn manifest_warning(about: &Warning) -> Vec<u8> {
    warning(&match about {
        Warning::Immutable => {
            "the Secret is immutable, so Kubernetes rejects this change; delete the Secret before \
                               you apply the manifest"
                .to_owned()
        }
        Warning::Sops => {
            "the manifest has a sops block, and SOPS cannot decrypt it after this change; use sops to \
                          change it"
                .to_owned()
        }
        Warning::ApiVersion(version) => {
            let version = shown(version.as_bytes());
            format!("the apiVersion of the Secret is '{}' and not v1", String::from_utf8_lossy(&version))
        }
        _ => "this change of the Secret may have no effect".to_owned(),
    })
}

fn unknown_format(name: &[u8], program: &[u8]) -> Vec<u8> {
    let known = Format::ALL.map(|(name, _)| name).join(", ");
    let text = format!("; it must be one of {known}\n");
    let option = spelling(FlagId::Format);
    [program, b": unknown ", option.as_bytes(), b" ", &shown(name), text.as_bytes()].concat()
}

fn streams_taken(option: FlagId) -> String {
    let option = match option {
        FlagId::Import => format!("{} needs USERS, a file,", spelling(option)),
        _ => format!("{} cannot be used", spelling(option)),
    };
    format!("{option} with {} -: standard input and output are the manifest's", spelling(FlagId::Secret))
}

/// A record that a format cannot hold.
fn unfit(format: Format, unfit: &Unfit, program: &[u8]) -> Vec<u8> {
    let name = format.name();
    let (what, user, rest) = match unfit {
        Unfit::Name(user) => (format!("{name} cannot hold the user name '"), user, "'".to_owned()),
        Unfit::Hash(user) => {
            (format!("{name} cannot hold what stands in place of the hash of user '"), user, "'".to_owned())
        }
        Unfit::Scheme(user) => {
            let reads = format.server().map_or(&[][..], |server| server.reads);
            let reads = reads.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            (format!("{name} cannot read the hash of user '"), user, format!("'; it reads {reads}"))
        }
    };
    [program, b": ", what.as_bytes(), &shown(user), rest.as_bytes(), b"\n"].concat()
}
