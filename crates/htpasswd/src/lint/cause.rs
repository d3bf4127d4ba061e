//! Known causes of records that no server reads: text that another program, a shell or a mistake has changed.
//!
//! A check reports such a cause in place of an unknown or malformed hash, so that the reader knows what to correct. The
//! functions only look at the text of one line, and must never report a line that a server could read as it is meant.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::{memchr, memmem};

use super::FindingKind;
use crate::hash::{HashError, PasswordHash, Scheme};

/// Returns true if the text is a hash of a known scheme with a prefix. Any word of 13 letters is a hash of DES crypt, so
/// such hashes do not count.
fn is_hash(text: &[u8]) -> bool {
    match PasswordHash::parse(text) {
        Ok(hash) => !matches!(hash.scheme(), Scheme::DesCrypt | Scheme::Bigcrypt),
        Err(error) => matches!(error, HashError::Foreign(_)),
    }
}

/// The cause of a record that no server reads. `text` is the line without white space at its ends.
pub(super) fn of_record(text: &[u8]) -> Option<FindingKind> {
    let colon = memchr(b':', text)?;
    let (user, field) = (&text[..colon], text[colon + 1..].trim_ascii());
    if is_quoted(text) || is_quoted(field) {
        return Some(FindingKind::Quoted);
    }
    let single = field.split(|&byte| byte == b'$').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    if field.starts_with(b"$$") && is_hash(&[b"$", single.join(&b"$"[..]).as_slice()].concat()) {
        return Some(FindingKind::DoubledDollar);
    }
    if is_htdigest(field) {
        return Some(FindingKind::HtdigestRecord);
    }
    if has_two_records(field) {
        return Some(FindingKind::TwoRecords);
    }
    // The record itself may be right, but its user name is not the one that the user types.
    let is_item = user.starts_with(b"- ");
    (is_item || is_assignment(user)).then_some(FindingKind::PrefixedName)
}

/// The cause of a line without a colon. `text` is the line without white space at its ends.
pub(super) fn of_invalid_line(text: &[u8]) -> Option<FindingKind> {
    if is_hash(text) {
        return Some(FindingKind::HashWithoutName);
    }
    let decoded = STANDARD.decode(text).ok().filter(|decoded| decoded.is_ascii())?;
    let record = decoded.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let colon = memchr(b':', record)?;
    let is_record = is_hash(record[colon + 1..].trim_ascii()) || record[colon + 1..].starts_with(b"$");
    is_record.then_some(FindingKind::Base64)
}

/// Returns true if a shell or Compose has replaced parts of the hash that begin with `$`, as in `y05`: `$2` and
/// `$abcdef…` are names of variables.
pub(super) fn has_lost_dollars(hash: &[u8]) -> bool {
    if memchr(b'$', hash).is_some() {
        return false;
    }
    let rest = hash.strip_prefix(b"2").unwrap_or(hash);
    let is_bcrypt = matches!(rest.first(), Some(b'a' | b'b' | b'x' | b'y')) && {
        // `$0` is the name of the shell.
        let shells: [&[u8]; 4] = [b"bash", b"-bash", b"/bin/sh", b"sh"];
        let after = &rest[1..];
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        shells.iter().any(|shell| after.strip_prefix(*shell).is_some_and(|rest| digits(rest) == 1))
            || digits(after) == 2 && (after.len() == 2 || after.len() > 20)
    };
    is_bcrypt || hash.starts_with(b"apr1") && hash.len() >= 26
}

/// Returns true if the text is an MD5 digest in hexadecimal digits.
pub(super) fn is_hex_md5(text: &[u8]) -> bool {
    text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit)
}

/// Returns true if quotation marks enclose the text.
fn is_quoted(text: &[u8]) -> bool {
    let is_enclosed = |mark| text.len() > 2 && text.starts_with(mark) && text.ends_with(mark);
    (is_enclosed(b"\"") || is_enclosed(b"'")) && {
        let inner = &text[1..text.len() - 1];
        let hash = memchr(b':', inner).map_or(inner, |colon| &inner[colon + 1..]);
        hash.starts_with(b"$") || is_hash(hash)
    }
}

/// Returns true for a realm and an MD5 digest, as htdigest writes them after the user name.
fn is_htdigest(field: &[u8]) -> bool {
    memchr(b':', field).is_some_and(|colon| colon > 0 && is_hex_md5(&field[colon + 1..]))
}

/// Returns true if a second record follows the hash: after white space, or because the first record had no newline.
fn has_two_records(field: &[u8]) -> bool {
    let starts_hash = |rest: &[u8]| {
        let word = rest.split(|byte| byte.is_ascii_whitespace() || *byte == b':').next().unwrap_or_default();
        is_hash(word)
    };
    memmem::find_iter(field, b":").any(|colon| {
        // The first hash ends somewhere before the colon. No hash is longer than 200 bytes.
        starts_hash(&field[colon + 1..]) && (1..colon.min(200)).any(|end| is_hash(&field[..end]))
    })
}

/// Returns true for the start of an assignment, as in `HTPASSWD=max`.
fn is_assignment(user: &[u8]) -> bool {
    memchr(b'=', user).is_some_and(|equals| {
        let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        equals > 1 && user[..equals].iter().all(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    #[test]
    fn a_right_record_has_no_cause() {
        for text in [
            format!("max:{HASH}"),
            format!("max:{HASH}:Max Muster"),
            "max:abcdefghijklm".into(),
            "a=b:x".into(),
        ] {
            assert_eq!(of_record(text.as_bytes()), None, "{text}");
        }
        assert_eq!(of_invalid_line(b"word"), None);
        assert_eq!(of_invalid_line(b"abcdefghijklm"), None, "any word of 13 letters is a hash of DES crypt");
    }

    #[test]
    fn lost_dollars_are_recognized_by_what_is_left() {
        for left in
            ["y05", "y10", "2y10", "ybash5", "ysh5", "y/bin/sh5", "apr1saltsaltLrttParrLPdxvgutaSXWJ0"]
        {
            assert!(has_lost_dollars(left.as_bytes()), "{left}");
        }
        for other in ["", "y", "secret", "yard", "b12x", "a1", HASH, "apr1"] {
            assert!(!has_lost_dollars(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn two_records_on_a_line_are_recognized_with_and_without_a_blank() {
        for between in [" ", "", "  ", "\t", ","] {
            let text = format!("max:{HASH}{between}eva:{HASH}");
            assert_eq!(of_record(text.as_bytes()), Some(FindingKind::TwoRecords), "{between:?}");
        }
        let text = format!("max:{HASH} eva:{HASH}:x");
        assert_eq!(of_record(text.as_bytes()), Some(FindingKind::TwoRecords));
        let digest = "max:Private:0123456789abcdef0123456789abcdef";
        assert_eq!(of_record(digest.as_bytes()), Some(FindingKind::HtdigestRecord));
    }
}
