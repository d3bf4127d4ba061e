//! Finds the Secrets of a manifest, their fields and their keys.
//!
//! These functions reject a Secret in which an entry could come from another place of the manifest (a reference or a merge
//! key). They must never guess between two entries.

use granit_parser::ScalarStyle;

use crate::error::Error;
use crate::tree::{Body, Entry, Node};
use crate::warning::Warning;

/// Returns the Secrets of all documents and lists, or only those with this name.
pub(crate) fn secrets<'n, 't>(
    documents: &'n [Node<'t>],
    name: Option<&str>,
) -> Result<Vec<&'n Node<'t>>, Error> {
    let mut secrets = Vec::new();
    for document in documents {
        let listed = match scalar(document, "kind")? {
            Some("List" | "SecretList") => document.get("items")?.map_or(&[][..], |(_, list)| list.items()),
            _ => std::slice::from_ref(document),
        };
        for node in listed {
            if scalar(node, "kind")? == Some("Secret") {
                secrets.push(node);
            }
        }
    }
    if secrets.is_empty() {
        return Err(Error::NoSecret);
    }
    if let Some(name) = name {
        let mut named = Vec::new();
        for secret in secrets {
            let metadata = secret.get("metadata")?;
            if metadata.map(|(_, metadata)| scalar(metadata, "name")).transpose()?.flatten() == Some(name) {
                named.push(secret);
            }
        }
        secrets = named;
        if secrets.is_empty() {
            return Err(Error::NoSuchSecret(name.to_owned()));
        }
    }
    Ok(secrets)
}

fn scalar<'n>(node: &'n Node<'_>, key: &str) -> Result<Option<&'n str>, Error> {
    Ok(node.get(key)?.and_then(|(_, value)| value.text()))
}

/// Returns the fields `data` and `stringData` of a Secret, if it has them. The flag is true for `data`.
pub(crate) fn fields<'n, 't>(secret: &'n Node<'t>) -> Result<Vec<(bool, &'n Entry<'t>)>, Error> {
    if secret.marked {
        return Err(Error::Reference { line: secret.line, key: "Secret".to_owned() });
    }
    check_keys(secret, "the Secret")?;
    let mut fields = Vec::new();
    for (name, encoded) in [("data", true), ("stringData", false)] {
        let Some(entry) = secret.get(name)? else { continue };
        let (line, key) = (entry.0.line, name.to_owned());
        if entry.0.marked || entry.1.marked || matches!(entry.1.body, Body::Alias(_)) {
            return Err(Error::Reference { line, key });
        }
        if !matches!(entry.1.body, Body::Mapping(..)) {
            return Err(Error::NotAMapping { line, key });
        }
        check_keys(&entry.1, &format!("'{name}'"))?;
        fields.push((encoded, entry));
    }
    Ok(fields)
}

/// Fails unless all entries of a mapping are in the text: no merge key adds entries, and no key is an alias.
fn check_keys(mapping: &Node<'_>, place: &str) -> Result<(), Error> {
    for (name, _) in mapping.entries() {
        let (line, place) = (name.line, place.to_owned());
        if name.text() == Some("<<") {
            return Err(Error::MergeKey { line, place });
        }
        if matches!(name.body, Body::Alias(_)) {
            return Err(Error::AliasKey { line, place });
        }
    }
    Ok(())
}

/// Returns true if the Secret holds one user name and a plain password by its type.
pub(crate) fn is_basic_auth(secret: &Node<'_>) -> bool {
    values(secret, "type").any(|kind| kind.text() == Some("kubernetes.io/basic-auth"))
}

/// Returns the keys of a Secret, each once.
pub(crate) fn keys(secret: &Node<'_>) -> Result<Vec<String>, Error> {
    let mut keys: Vec<String> = Vec::new();
    for (_, (_, mapping)) in fields(secret)? {
        let names = mapping.entries().iter().filter_map(|(name, _)| name.text());
        for name in names {
            if !keys.iter().any(|key| key == name) {
                keys.push(name.to_owned());
            }
        }
    }
    Ok(keys)
}

/// Returns the reasons why a change of this Secret may have no effect or do harm.
pub(crate) fn warnings(documents: &[Node<'_>], secret: &Node<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if values(secret, "immutable").any(is_true) {
        warnings.push(Warning::Immutable);
    }
    // SOPS computes one MAC over all documents of a file, and adds its field to each document.
    if documents.iter().any(|document| values(document, "sops").next().is_some()) {
        warnings.push(Warning::Sops);
    }
    let versions = values(secret, "apiVersion").filter_map(Node::text);
    warnings.extend(
        versions.filter(|version| *version != "v1").map(|version| Warning::ApiVersion(version.to_owned())),
    );
    warnings
}

fn values<'n, 't>(node: &'n Node<'t>, key: &str) -> impl Iterator<Item = &'n Node<'t>> {
    node.entries().iter().filter(move |(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}

/// Returns true if YAML 1.1, which Kubernetes uses, reads a node as true.
fn is_true(node: &Node<'_>) -> bool {
    match &node.body {
        Body::Scalar(text, ScalarStyle::Plain) => {
            ["true", "yes", "on", "y"].iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        _ => false,
    }
}

/// Returns the entry of a key in a Secret. The flag is true for a key in `data`.
pub(crate) fn field<'n, 't>(secret: &'n Node<'t>, key: &str) -> Result<Option<(bool, &'n Entry<'t>)>, Error> {
    let mut found = None;
    for (encoded, (_, mapping)) in fields(secret)? {
        let Some(entry) = mapping.get(key)? else { continue };
        if found.replace((encoded, entry)).is_some() {
            return Err(Error::InBoth(key.to_owned()));
        }
    }
    Ok(found)
}
