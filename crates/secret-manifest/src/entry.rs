//! An entry of `data` or `stringData`: its scalar in the text, and its value.
//!
//! An entry whose value may be used in other places of the manifest has no scalar that could be edited.

use granit_parser::ScalarStyle;

use crate::encoding::decode;
use crate::error::Error;
use crate::scalar::{Scalar, is_null};
use crate::tree::{Body, Entry};

/// Returns the scalar that is the value of an entry.
///
/// An anchor, an alias or a tag is an error: the value might be used in other places too, or might not be text.
pub(crate) fn scalar(text: &str, key: &str, (name, value): &Entry<'_>) -> Result<Scalar, Error> {
    let (line, key) = (name.line, key.to_owned());
    match value.body {
        Body::Alias(_) => return Err(Error::Reference { line, key }),
        _ if name.marked || value.marked => return Err(Error::Reference { line, key }),
        Body::Mapping(..) | Body::Sequence(_) => return Err(Error::NotText { line, key }),
        Body::Scalar(..) => {}
    }
    Scalar::of(text, name, value).ok_or(Error::Unsafe { line, key })
}

/// Returns the value of an entry, after Base64 decoding if it is in `data`.
pub(crate) fn content(
    text: &str,
    key: &str,
    (name, value): &Entry<'_>,
    encoded: bool,
) -> Result<Vec<u8>, Error> {
    let Body::Scalar(scalar, style) = &value.body else {
        return Err(Error::NotText { line: name.line, key: key.to_owned() });
    };
    let mut scalar: &str = scalar;
    match style {
        ScalarStyle::Plain if text.get(value.range.clone()).is_some_and(is_null) => scalar = "",
        // The manifest ends without a newline, but the parser adds one to the scalar.
        ScalarStyle::Literal | ScalarStyle::Folded
            if value.range.end == text.len() && !text.ends_with('\n') =>
        {
            scalar = scalar.strip_suffix('\n').unwrap_or(scalar);
        }
        _ => {}
    }
    if !encoded {
        return Ok(scalar.as_bytes().to_vec());
    }
    decode(scalar).ok_or_else(|| Error::NotBase64 { line: name.line, key: key.to_owned() })
}
