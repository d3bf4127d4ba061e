//! Validates objects with `docs/schemas/output.schema.json`. [`Run`](super::Run) validates the output of each run with
//! `--json`.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../docs/schemas/output.schema.json");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("the schema is invalid JSON: {error}"))
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::draft202012::new(&SCHEMA).unwrap_or_else(|error| panic!("the schema is invalid: {error}"))
});

/// The schema of the output.
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// The reasons why the object does not match the schema.
pub fn errors(object: &Value) -> Vec<String> {
    VALIDATOR.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
