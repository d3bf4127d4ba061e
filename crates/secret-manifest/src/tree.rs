//! A manifest as a tree of nodes, each with its place in the text.
//!
//! [`documents`] makes the tree from the events of the parser. [`equal_except`] compares the trees of a manifest before
//! and after an edit, to check the edit. An alias is a node of its own: this module never follows it, so a small
//! manifest cannot become a large tree.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle};

use crate::error::Error;

/// A key and its value.
pub(crate) type Entry<'t> = (Node<'t>, Node<'t>);

/// A node of a document.
pub(crate) struct Node<'t> {
    /// The bytes of the node. For a block scalar or a collection, the parser reports only a part of them.
    pub(crate) range: Range<usize>,
    pub(crate) line: usize,
    /// The column, counted from 0.
    pub(crate) column: usize,
    /// True if the node has an anchor or a tag.
    pub(crate) marked: bool,
    pub(crate) body: Body<'t>,
}

/// The kind and content of a node.
pub(crate) enum Body<'t> {
    Scalar(Cow<'t, str>, ScalarStyle),
    Mapping(StructureStyle, Vec<Entry<'t>>),
    Sequence(Vec<Node<'t>>),
    Alias(usize),
}

/// Returns the roots of all documents.
///
/// The parser limits the nesting, which also limits the recursion over nodes.
pub(crate) fn documents(text: &str) -> Result<Vec<Node<'_>>, Error> {
    let mut events = Events { parser: Parser::new_from_str(text) };
    let mut roots = Vec::new();
    while let Some(event) = events.parser.next() {
        let (event, span) = event.map_err(broken)?;
        if matches!(event, Event::DocumentStart(..)) {
            let (first, span) = events.next(&span)?;
            roots.extend(events.node(first, &span)?);
        }
    }
    Ok(roots)
}

struct Events<'t> {
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Events<'t> {
    fn next(&mut self, after: &Span) -> Result<(Event<'t>, Span), Error> {
        let next = self.parser.next();
        let end = || Error::Yaml { line: after.start.line(), reason: "it ends too early".to_owned() };
        next.ok_or_else(end)?.map_err(broken)
    }

    /// Returns the node that begins with an event, or `None` for an event that ends a collection or a document.
    fn node(&mut self, first: Event<'t>, span: &Span) -> Result<Option<Node<'t>>, Error> {
        let (marked, body) = match first {
            Event::Alias(anchor) => (false, Body::Alias(anchor)),
            Event::Scalar(text, style, anchor, tag) => {
                (anchor != 0 || tag.is_some(), Body::Scalar(text, style))
            }
            Event::SequenceStart(_, anchor, tag) => {
                let mut items = Vec::new();
                while let Some(item) = self.child(span)? {
                    items.push(item);
                }
                (anchor != 0 || tag.is_some(), Body::Sequence(items))
            }
            Event::MappingStart(style, anchor, tag) => {
                let mut entries = Vec::new();
                while let Some(key) = self.child(span)? {
                    let value = self.child(span)?;
                    entries.extend(value.map(|value| (key, value)));
                }
                (anchor != 0 || tag.is_some(), Body::Mapping(style, entries))
            }
            _ => return Ok(None),
        };
        let place = |mark: &granit_parser::Marker| mark.byte_offset().unwrap_or(usize::MAX);
        Ok(Some(Node {
            range: place(&span.start)..place(&span.end),
            line: span.start.line(),
            column: span.start.col(),
            marked,
            body,
        }))
    }

    fn child(&mut self, parent: &Span) -> Result<Option<Node<'t>>, Error> {
        let (event, span) = self.next(parent)?;
        self.node(event, &span)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "map_err passes the error by value")]
fn broken(error: ScanError) -> Error {
    Error::Yaml { line: error.marker().line(), reason: error.kind().to_string() }
}

impl<'t> Node<'t> {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry<'t>] {
        match &self.body {
            Body::Mapping(_, entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.body {
            Body::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Returns the entry of a mapping with this key. A duplicate key is an error, because readers differ in which of the two
    /// they use.
    pub(crate) fn get(&self, key: &str) -> Result<Option<&Entry<'t>>, Error> {
        let mut entries = self.entries().iter().filter(|(name, _)| name.text() == Some(key));
        let first = entries.next();
        match entries.next() {
            Some((second, _)) => Err(Error::DuplicateKey { line: second.line, key: key.to_owned() }),
            None => Ok(first),
        }
    }

    /// Returns the entry whose key begins at this offset, at any depth.
    pub(crate) fn entry_at(&self, start: usize) -> Option<&Entry<'t>> {
        self.entries()
            .iter()
            .find_map(|entry| {
                if entry.0.range.start == start {
                    return Some(entry);
                }
                entry.0.entry_at(start).or_else(|| entry.1.entry_at(start))
            })
            .or_else(|| self.items().iter().find_map(|item| item.entry_at(start)))
    }
}

/// Returns true if two manifests are equal apart from one entry of each. `except` has the offsets of the keys of these entries.
pub(crate) fn equal_except(one: &[Node<'_>], other: &[Node<'_>], except: (usize, usize)) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.equals_except(other, except))
}

impl Node<'_> {
    fn equals_except(&self, other: &Node<'_>, except: (usize, usize)) -> bool {
        let bodies = match (&self.body, &other.body) {
            (Body::Mapping(_, one), Body::Mapping(_, other)) => {
                let mut one = one.iter().filter(|(key, _)| key.range.start != except.0);
                let mut other = other.iter().filter(|(key, _)| key.range.start != except.1);
                loop {
                    match (one.next(), other.next()) {
                        (None, None) => break true,
                        (Some(one), Some(other))
                            if one.0.equals_except(&other.0, except)
                                && one.1.equals_except(&other.1, except) => {}
                        _ => break false,
                    }
                }
            }
            (Body::Sequence(one), Body::Sequence(other)) => equal_except(one, other, except),
            (Body::Scalar(one, style), Body::Scalar(other, other_style)) => {
                one == other && style == other_style
            }
            (Body::Alias(one), Body::Alias(other)) => one == other,
            _ => false,
        };
        bodies && self.marked == other.marked
    }
}
