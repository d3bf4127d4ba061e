//! Secrets with one key for each user, whose value is the user's hash.
//!
//! ingress-nginx (`auth-map`) and the controller of haproxytech read such Secrets. This module shows such a Secret
//! as a password file, reads the changed password file, and removes keys. It must never take another
//! Secret for such a Secret: each value has to look like a hash with a prefix.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::entry::{content, scalar};
use crate::error::Error;
use crate::find::{fields, secrets};
use crate::scalar::Scalar;
use crate::selector::Selector;
use crate::splice::Splice;
use crate::tree::{self, Entry, Node};

/// The users, which are the keys, with their hashes.
pub(crate) type Users = BTreeMap<String, Vec<u8>>;

/// Returns the users of a Secret in which each value looks like a hash; no users if it has no keys. Returns `None` for any
/// other Secret.
pub(crate) fn find(text: &str, secret: &Node<'_>) -> Result<Option<Users>, Error> {
    let mut users = Users::new();
    for (encoded, (_, mapping)) in fields(secret)? {
        for entry in mapping.entries() {
            let Some(key) = entry.0.text() else { return Ok(None) };
            let Ok(mut hash) = content(text, key, entry, encoded) else { return Ok(None) };
            hash.truncate(hash.trim_ascii_end().len());
            if !is_key(key) || !is_hash(&hash) || scalar(text, key, entry).is_err() {
                return Ok(None);
            }
            if users.insert(key.to_owned(), hash).is_some() {
                return Ok(None);
            }
        }
    }
    Ok(Some(users))
}

fn is_key(text: &str) -> bool {
    Selector::new().key(text).is_ok()
}

/// Returns true if the text starts like a hash, such as `$2y$` or `{SHA}`, and is not a record or several lines.
fn is_hash(text: &[u8]) -> bool {
    let end = match text.first() {
        Some(b'$') => b'$',
        Some(b'{') => b'}',
        _ => return false,
    };
    let has_prefix =
        text.iter().skip(1).take_while(|byte| !byte.is_ascii_whitespace()).any(|byte| *byte == end);
    has_prefix && text.is_ascii() && !text.iter().any(|byte| *byte == b':' || byte.is_ascii_control())
}

/// Returns the users as a password file, ordered by name.
pub(crate) fn password_file(users: &Users) -> Vec<u8> {
    users.iter().flat_map(|(user, hash)| [user.as_bytes(), b":", hash, b"\n"].concat()).collect()
}

/// Returns the users of a password file that such a Secret can hold.
pub(crate) fn parse(file: &[u8]) -> Result<Users, Error> {
    let mut users = Users::new();
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Error::UserKey)?;
        let user = str::from_utf8(&line[..colon]).map_err(|_| Error::UserKey)?;
        let hash = &line[colon + 1..];
        if !is_hash(hash) {
            return Err(Error::UserHash);
        }
        if !is_key(user) || users.insert(user.to_owned(), hash.to_vec()).is_some() {
            return Err(Error::UserKey);
        }
    }
    if users.is_empty() { Err(Error::LastUser) } else { Ok(users) }
}

/// Returns the edit that removes a key from the only Secret with this name. If the key is the only one of a block, the
/// block is removed too.
pub(crate) fn remove(text: &str, secret: Option<&str>, key: &str) -> Result<Splice, Error> {
    let documents = tree::documents(text)?;
    let secrets = secrets(&documents, secret)?;
    let [secret] = secrets.as_slice() else { return Err(Error::SeveralSecrets) };
    for (_, (field, mapping)) in fields(secret)? {
        let entries = mapping.entries();
        let Some(place) = entries.iter().position(|(name, _)| name.text() == Some(key)) else { continue };
        let start = entries[place].0.range.start;
        let lines = lines_of(text, entries, place);
        let block = lines.clone().filter(|_| entries.len() == 1);
        let block = block.map(|lines| (field.range.start, line_start(text, field.range.start)..lines.end));
        let ways =
            [block, lines.map(|lines| (start, lines)), flow_entry(text, entries, place).map(|e| (start, e))];
        for (removed, range) in ways.into_iter().flatten() {
            let splice = Splice { range, text: String::new() };
            let result = splice.apply(text.as_bytes());
            let result = str::from_utf8(&result).ok().and_then(|result| tree::documents(result).ok());
            if result.is_some_and(|result| tree::equal_except(&documents, &result, (removed, usize::MAX))) {
                return Ok(splice);
            }
        }
        return Err(Error::Unsafe { line: entries[place].0.line, key: key.to_owned() });
    }
    Err(Error::NoKey(format!("'{key}'")))
}

fn line_start(text: &str, place: usize) -> usize {
    text[..place].rfind('\n').map_or(0, |end| end + 1)
}

/// Returns the whole lines of an entry. Returns `None` if other text is on these lines.
fn lines_of(text: &str, entries: &[Entry<'_>], place: usize) -> Option<Range<usize>> {
    let (name, value) = &entries[place];
    let start = line_start(text, name.range.start);
    let end = Scalar::of(text, name, value)?.range.end;
    let rest = &text[end..];
    // The range of a block ends after its last newline.
    let is_block = text[..end].ends_with('\n');
    let end = end + if is_block { 0 } else { rest.find('\n').map_or(rest.len(), |length| length + 1) };
    let is_first = text[start..name.range.start].trim().is_empty();
    let is_last = entries.get(place + 1).is_none_or(|(next, _)| next.range.start >= end);
    (is_first && is_last).then_some(start..end)
}

/// Returns an entry of a mapping in braces, with one of the commas beside it.
fn flow_entry(text: &str, entries: &[Entry<'_>], place: usize) -> Option<Range<usize>> {
    let end = |(name, value): &Entry<'_>| Scalar::of(text, name, value).map(|scalar| scalar.range.end);
    let start = entries[place].0.range.start;
    let end_of_entry = end(&entries[place])?;
    match (entries.get(place + 1), place.checked_sub(1)) {
        (Some((next, _)), _) => Some(start..next.range.start),
        (None, Some(before)) => Some(end(&entries[before])?..end_of_entry),
        (None, None) => Some(start..end_of_entry),
    }
}

#[cfg(test)]
mod tests;
