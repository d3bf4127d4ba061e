//! Where a key that is not there can be put.

use granit_parser::StructureStyle;

use crate::error::Error;
use crate::find::fields;
use crate::scalar::{Block, Form, double, is_plain};
use crate::tree::{Body, Node};

/// Where a key can be added.
pub(crate) struct InsertionPoint {
    pub(crate) offset: usize,
    before: String,
    after: String,
    /// How a text is written there where it can be, and not between quotation marks.
    form: Option<Form>,
}

impl InsertionPoint {
    /// The offset for a new key, and whether it is in `data`.
    pub(crate) fn find(text: &str, secret: &Node<'_>, key: &str) -> Result<(bool, Self), Error> {
        let fields = fields(secret)?;
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let spaces = |count| " ".repeat(count);
        let quoted = double(key);
        let Some(&(encoded, (_, mapping))) = fields.first() else {
            // `kind` is there, as it is a Secret.
            let name = secret.get("kind")?.map(|(name, _)| name).ok_or(Error::NoSecret)?;
            let (before, after, form) = if is_block(secret) {
                let column = name.column;
                let before = format!("data:{line_end}{}{}: ", spaces(column + 2), plain_key(key));
                (before, format!("{line_end}{}", spaces(column)), Some(Form::Plain))
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
                    rest: line_end.to_owned(),
                    indent: column + 2,
                    parent: column,
                };
                Self {
                    offset: name.range.start,
                    before: format!("{}: ", plain_key(key)),
                    after: format!("{line_end}{}", spaces(column)),
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

/// A key as people write it, between quotation marks only where it could be read as something else.
pub(crate) fn plain_key(key: &str) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = words.iter().any(|word| word.eq_ignore_ascii_case(key));
    if !is_word && key.starts_with(|c: char| c.is_ascii_alphabetic()) { key.to_owned() } else { double(key) }
}
