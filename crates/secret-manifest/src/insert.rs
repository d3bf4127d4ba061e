//! The place for a new key: where it goes and how it is written there.
//!
//! A new key becomes the first entry of its mapping, because the start of the first entry is always known to the byte.
//! Comments in front of that entry stay in front of it.

use granit_parser::StructureStyle;

use crate::error::Error;
use crate::find::fields;
use crate::scalar::{Block, Form, double, is_plain, plain_key};
use crate::tree::{Body, Node};

/// The place for a new key, and the text around its value.
pub(crate) struct InsertionPoint {
    pub(crate) offset: usize,
    before: String,
    after: String,
    /// The preferred form of the value. `None` means double quotes.
    form: Option<Form>,
}

impl InsertionPoint {
    /// Returns the place for the key, with true if the place is in `data`.
    pub(crate) fn find(text: &str, secret: &Node<'_>, key: &str) -> Result<(bool, Self), Error> {
        let fields = fields(secret)?;
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let spaces = |count| " ".repeat(count);
        let quoted = double(key);
        let Some(&(encoded, (_, mapping))) = fields.first() else {
            // Every Secret has a `kind`, so the new field is inserted before the `kind`.
            let name = secret.get("kind")?.map(|(name, _)| name).ok_or(Error::NoSecret)?;
            let (before, after, form) = if is_block(secret) {
                let column = name.column;
                let before = format!("data:{newline}{}{}: ", spaces(column + 2), plain_key(key));
                (before, format!("{newline}{}", spaces(column)), Some(Form::Plain))
            } else {
                (format!("\"data\": {{{quoted}: "), "}, ".to_owned(), None)
            };
            return Ok((true, Self { offset: name.range.start, before, after, form }));
        };
        let first = mapping.entries().first().map(|(name, _)| name);
        let point = match first {
            Some(name) if is_block(mapping) => {
                let column = name.column;
                let block = Block {
                    folded: false,
                    digit: false,
                    chomping: "",
                    rest: newline.to_owned(),
                    indent: column + 2,
                    parent: column,
                };
                Self {
                    offset: name.range.start,
                    before: format!("{}: ", plain_key(key)),
                    after: format!("{newline}{}", spaces(column)),
                    form: Some(if encoded { Form::Plain } else { Form::Block(block) }),
                }
            }
            Some(name) => {
                let open = mapping.range.start + 1;
                let gap = text.get(open..name.range.start).filter(|gap| gap.trim().is_empty());
                let gap = gap.filter(|gap| gap.contains('\n')).unwrap_or(" ");
                let (before, after) = (format!("{quoted}: "), format!(",{gap}"));
                Self { offset: name.range.start, before, after, form: None }
            }
            None => {
                let offset = mapping.range.start + 1;
                Self { offset, before: format!("{quoted}: "), after: String::new(), form: None }
            }
        };
        Ok((encoded, point))
    }

    /// Returns two ways to write the new entry: the preferred one if it is possible, and one that can hold any text.
    pub(crate) fn render(&self, new: &str) -> [Option<String>; 2] {
        let framed = |text: &str| [&self.before, text, &self.after].concat();
        let best = match &self.form {
            Some(Form::Block(block)) => block.render(new).map(|text| {
                [&self.before, text.as_str(), self.after.trim_start_matches(['\r', '\n'])].concat()
            }),
            Some(_) => is_plain(new).then(|| framed(new)),
            None => None,
        };
        [best, Some(framed(&double(new)))]
    }
}

fn is_block(node: &Node<'_>) -> bool {
    matches!(node.body, Body::Mapping(StructureStyle::Block, _))
}
