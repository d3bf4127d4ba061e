//! Generates Kubernetes manifests from parts, and compares edits of them through a second YAML parser.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_yaml_ng::{Deserializer, Value};

/// The text before a Secret's fields, their indentation, and the text after them.
const AROUND: [(&str, &str, &str); 4] = [
    ("apiVersion: v1\nkind: Secret\nmetadata:\n  name: it\n", "", "type: Opaque\n"),
    (
        "# first\nkind: ConfigMap\ndata: {a: b}\n---\nkind: Secret # it\nmetadata: {name: it}\n",
        "",
        "...\n---\nx: y\n",
    ),
    ("kind: List\nitems:\n- kind: Secret\n  metadata:\n    name: it\n", "  ", "- kind: Other\n"),
    ("kind: Secret\n\nmetadata:\n    name: 'it'\n    labels: {a: \"b\"}\n", "", "# last"),
];

/// Returns a manifest and its content. Three bytes select the form, and the rest is the content.
pub fn make(data: &[u8]) -> Option<(String, Vec<u8>)> {
    let [around, style, field, content @ ..] = data else { return None };
    let (head, indent, tail) = AROUND[usize::from(*around) % AROUND.len()];
    let is_encoded = field & 1 == 0;
    let key = if field & 2 == 0 { "htpasswd" } else { "auth" };
    let text = if is_encoded { STANDARD.encode(content) } else { str::from_utf8(content).ok()?.to_owned() };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b'\n');
    let value = match style % 5 {
        0 => secret_manifest::quoted(&text),
        // This text needs no escapes in single quotes or in a block.
        1 if is_plain && !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
        2 if is_encoded && text.bytes().any(|byte| byte.is_ascii_lowercase()) => text.clone(),
        3 if is_plain && text.ends_with('\n') && !text.starts_with('\n') && !text.ends_with("\n\n") => {
            block("|", &text, indent)
        }
        4 if is_plain && is_encoded && !text.is_empty() => block(">-", &text, indent),
        _ => return None,
    };
    let name = if is_encoded { "data" } else { "stringData" };
    let comment = if style / 5 % 2 == 0 || value.contains('\n') { "" } else { "  # why" };
    let others = if style / 10 % 2 == 0 { "" } else { "    z: eA==\n" };
    let end = if value.ends_with('\n') { "" } else { "\n" };
    let manifest = format!(
        "{head}{indent}{name}:\n{indent}    {key}: {value}{comment}{end}{}{tail}",
        prefixed(others, indent)
    );
    Some((manifest, content.to_vec()))
}

fn prefixed(line: &str, indent: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{indent}{line}") }
}

fn block(header: &str, text: &str, indent: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { "\n".into() } else { format!("{indent}        {line}\n") });
    format!("{header}\n{}", lines.collect::<String>())
}

/// Asserts that libyaml reads the new content in the new manifest and no other change, if it reads the old
/// content in the old manifest.
pub fn reads_the_same(before: &[u8], after: &[u8], key: &str, (old, new): (&[u8], &[u8])) {
    let Some(before) = read(before) else { return };
    let marked = replace(before, key, old);
    let Some((marked, 1)) = marked else { return };
    let after = read(after).expect("the edited manifest is valid YAML");
    assert_eq!(replace(after, key, new), Some((marked, 1)));
}

fn read(manifest: &[u8]) -> Option<Vec<Value>> {
    Deserializer::from_slice(manifest).map(|document| Value::deserialize(document).ok()).collect()
}

/// Replaces the values of this key that have this content with null, and counts them.
fn replace(mut documents: Vec<Value>, key: &str, content: &[u8]) -> Option<(Vec<Value>, usize)> {
    let mut count = 0;
    for document in &mut documents {
        let items = match document.get_mut("items").and_then(Value::as_sequence_mut) {
            Some(items) => items.iter_mut().collect(),
            None => vec![document],
        };
        for item in
            items.into_iter().filter(|item| item.get("kind").and_then(Value::as_str) == Some("Secret"))
        {
            for (field, is_encoded) in [("data", true), ("stringData", false)] {
                let Some(value) = item.get_mut(field).and_then(|field| field.get_mut(key)) else { continue };
                let text = value.as_str()?;
                let value_content = if is_encoded {
                    STANDARD.decode(text.replace(['\r', '\n'], "")).ok()?
                } else {
                    text.as_bytes().to_vec()
                };
                if value_content == content {
                    *value = Value::Null;
                    count += 1;
                }
            }
        }
    }
    Some((documents, count))
}
