//! The functions that the page `docs/generator` calls in a browser.
//!
//! Each function gets a password file as bytes, and returns bytes or JSON. The functions keep no state between calls, so
//! the page can stop a call by ending its worker. The crate must never send or store anything: it only calls the
//! library, and the code of the command for formats and for the table of servers.

mod facts;
mod fault;
mod hashing;

#[allow(dead_code, reason = "the page uses a part of this file of the command")]
#[path = "../../htpasswd-cli/src/escape.rs"]
mod escape;
#[allow(dead_code, reason = "the page uses a part of this file of the command")]
#[path = "../../htpasswd-cli/src/export.rs"]
mod export;
#[path = "../../htpasswd-cli/src/report/servers.rs"]
mod servers;

use htpasswd::document::Edits;
use htpasswd::lint::check_for;
use htpasswd::servers::ServerSet;
use htpasswd::{Document, Password, Username, Users};
use secret_manifest::{NewSecret, Selector};
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::escape::ShownUser;
use crate::export::{Format, Output};
use crate::fault::{Fault, Field};

/// The number of characters of a generated password, which has at least 128 bits of entropy.
const GENERATED_LENGTH: usize = 26;

/// Returns the tables of servers, schemes and formats as JSON.
#[wasm_bindgen]
#[must_use]
pub fn tables() -> String {
    facts::tables().to_string()
}

/// Returns a random password.
///
/// # Errors
/// A fault of the field `password` if the browser gives no random bytes.
#[wasm_bindgen]
pub fn generate() -> Result<String, Fault> {
    let password =
        Password::generate(GENERATED_LENGTH).map_err(|error| Fault::new(Field::Password, &error))?;
    Ok(String::from_utf8_lossy(password.as_bytes()).into_owned())
}

/// Sets the password of a user in the file, and returns the new file. The other bytes stay as they are. `server` is empty
/// if the file is for any server.
///
/// # Errors
/// A fault of the field `user`, `password`, `scheme` or `cost` if its value is not valid, and of the field `file` if the
/// file cannot be changed.
#[wasm_bindgen]
pub fn set(
    file: Vec<u8>,
    server: &str,
    scheme: &str,
    cost: f64,
    user: &str,
    password: String,
) -> Result<Vec<u8>, Fault> {
    let password = Password::new(password).map_err(|error| Fault::new(Field::Password, &error))?;
    let user = Username::new(user).map_err(|error| Fault::new(Field::User, &error))?;
    let hash = hashing::create(&password, scheme, cost, servers_named(server)?.as_ref())?;
    let mut document = editable(file)?;
    document.set(&user, &hash);
    Ok(document.as_bytes().to_vec())
}

/// Removes the records of a user, and returns the new file. `index` is the place of the user in the list that [`check`]
/// returns, because a name may contain bytes that no text in JavaScript can.
///
/// # Errors
/// A fault of the field `file` if the file cannot be changed.
#[wasm_bindgen]
pub fn remove(file: Vec<u8>, index: usize) -> Result<Vec<u8>, Fault> {
    let mut document = editable(file)?;
    let mut edits = Edits::new();
    if let Some((user, _)) = first_records(&document).nth(index) {
        edits.remove(user);
    }
    document.apply(&edits);
    Ok(document.as_bytes().to_vec())
}

/// Returns the findings about the file as JSON, as `htpasswd --check --json --for SERVER` prints them, and the names of
/// the users.
///
/// # Errors
/// A fault of the field `server` if the table has no such server.
#[wasm_bindgen]
pub fn check(file: Vec<u8>, server: &str) -> Result<String, Fault> {
    let servers = servers_named(server)?;
    let document = Document::parse(file);
    let findings = check_for(&document, servers.as_ref().map_or(&[], ServerSet::as_slice));
    let users: Vec<_> = first_records(&document).map(|(user, _)| fault::text(&ShownUser(user))).collect();
    Ok(json!({ "findings": findings, "users": users }).to_string())
}

/// Returns the text for a format of `htpasswd --format`: for `plain` the file itself, and for other formats the first
/// record of each user. `secret` is the name of a Kubernetes Secret.
///
/// # Errors
/// A fault of the field `format` if the format cannot contain a record, and of the field `secret` if Kubernetes does not
/// allow the name.
#[wasm_bindgen]
pub fn write(file: Vec<u8>, format: &str, secret: &str) -> Result<Vec<u8>, Fault> {
    let format = facts::format(format)?;
    if format == Format::Plain {
        return Ok(file);
    }
    let mut selector = Selector::new();
    if format == Format::K8sSecret {
        selector = selector.secret(secret).map_err(|error| Fault::new(Field::Secret, &error))?;
    }
    let document = Document::parse(file);
    let output = Output { format, secret: NewSecret::new(selector) };
    export::write(first_records(&document), &output).map_err(|error| Fault::new(Field::Format, &error))
}

/// Returns true if the password is that of the user in the file.
///
/// # Errors
/// A fault of the field `password` if it is not valid.
#[wasm_bindgen]
pub fn verify(file: Vec<u8>, user: &str, password: String) -> Result<bool, Fault> {
    let password = Password::new(password).map_err(|error| Fault::new(Field::Password, &error))?;
    Ok(Users::from(file).verify(user, password.as_bytes()))
}

/// The document of a file, unless the command would reject a change of it: in a file with an invalid line, a server may
/// ignore the records after that line.
fn editable(file: Vec<u8>) -> Result<Document, Fault> {
    let document = Document::parse(file);
    let fault = |error| Err(Fault::new(Field::File, &error));
    if document.utf16().is_some() {
        return fault("the file is UTF-16, which no server reads; save it as UTF-8".to_owned());
    }
    match document.first_invalid_line() {
        Some(line) => fault(format!("line {line} has no colon; correct or delete it first")),
        None => Ok(document),
    }
}

/// The first record of each user, as the name and the hash.
fn first_records(document: &Document) -> impl Iterator<Item = (&[u8], &[u8])> {
    let index = document.index();
    let is_first = move |user: &[u8]| index.get(user).is_some_and(|first| std::ptr::eq(first.user, user));
    let records = document.records().filter(move |record| is_first(record.user));
    records.map(|record| (record.user, record.hash.trim_ascii()))
}

/// The servers with these names; `None` if there is no name.
fn servers_named(names: &str) -> Result<Option<ServerSet>, Fault> {
    if names.is_empty() {
        return Ok(None);
    }
    ServerSet::named(names).map(Some).map_err(|error| Fault::new(Field::Server, &error))
}
