//! The error of a function: the field of the page whose value is wrong, and a sentence.
//!
//! JavaScript catches an `Error` object whose message is JSON. The sentences are those of the library and of the command.

use std::fmt::Display;

use serde::Serialize;
use wasm_bindgen::{JsError, JsValue};

use crate::escape::to_bytes;

/// A wrong value of a field.
#[derive(Debug, Serialize)]
pub struct Fault {
    field: Field,
    message: String,
}

/// A field of the page.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Field {
    Server,
    Scheme,
    Cost,
    File,
    User,
    Password,
    Format,
    Secret,
}

impl Fault {
    pub(crate) fn new(field: Field, error: &impl Display) -> Self {
        Self { field, message: text(error) }
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        JsError::new(&serde_json::to_string(&fault).unwrap_or(fault.message)).into()
    }
}

/// The text for JavaScript. Characters with which `escape.rs` represents bytes become U+FFFD.
pub(crate) fn text(value: &impl Display) -> String {
    String::from_utf8_lossy(&to_bytes(&value.to_string())).into_owned()
}
